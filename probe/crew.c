/*
 * Home to a lane's loop: an order, posted there.  A lane's loop to home: a
 * result, posted here through the crew's mailbox, which outlives the crew by
 * what was still on its way when it ended.
 */
#include "probe/crew.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/loop.h"
#include "base/str.h"
#include "probe/assignment.h"
#include "wire/message.h"
#include "wire/result.h"

struct mailbox {
    atomic_size_t refs;
    struct loop *home;
    struct crew *crew; /* home thread only; NULL: it has ended */
};

struct hand { /* a lane that has a thread */
    struct mailbox *mailbox;
    pthread_t thread;
    struct loop *loop;
    struct lane_opts opts;
    struct lane *lane; /* its own thread's, but before it runs and after */
    bool is_running;
};

struct crew {
    struct crew_opts opts;
    struct lane *lane; /* on the home loop */
    struct hand hand[CREW_LANES_MAX - 1];
    size_t hand_count;
    struct mailbox *mailbox;
};

static void
mailbox_unref(struct mailbox *m)
{
    if (atomic_fetch_sub(&m->refs, 1) == 1)
        free(m);
}

struct letter {
    struct mailbox *mailbox;
    struct result *result;
    bool asked;
};

static void
on_letter(void *cookie)
{
    struct letter *letter = cookie;
    struct crew *crew = letter->mailbox->crew;

    if (crew != NULL)
        crew->opts.on_result(crew->opts.cookie, letter->result, letter->asked);
    else
        result_free(letter->result);
    mailbox_unref(letter->mailbox);
    free(letter);
}

/* On the lane's thread. */
static void
on_hand_result(void *cookie, struct result *result, bool asked)
{
    struct hand *hand = cookie;
    struct letter *letter = str_xcalloc(1, sizeof(*letter));

    letter->mailbox = hand->mailbox;
    letter->result = result;
    letter->asked = asked;
    (void)atomic_fetch_add(&hand->mailbox->refs, 1);
    loop_post(hand->mailbox->home, on_letter, letter);
}

static void
on_home_result(void *cookie, struct result *result, bool asked)
{
    struct crew *crew = cookie;

    crew->opts.on_result(crew->opts.cookie, result, asked);
}

/* ---- orders ------------------------------------------------------------ */

struct order {
    struct hand *hand;
    struct assignment *assignment; /* NULL: a run-now */
    struct message_run_now run_now;
    char check[RESULT_NAME_MAX];
    mono_t expires;
};

static void
on_order(void *cookie)
{
    struct order *order = cookie;
    struct lane *lane = order->hand->lane;

    if (order->assignment != NULL) {
        lane_set_assignment(lane, order->assignment);
    } else {
        order->run_now.check = order->check;
        lane_run_now(lane, &order->run_now, order->expires);
    }
    free(order);
}

void
crew_set_assignment(struct crew *crew, struct assignment *assignment)
{
    for (size_t i = 0; i < crew->hand_count; i++) {
        struct order *order = str_xcalloc(1, sizeof(*order));

        order->hand = &crew->hand[i];
        order->assignment = assignment_ref(assignment);
        loop_post(crew->hand[i].loop, on_order, order);
    }
    lane_set_assignment(crew->lane, assignment);
}

void
crew_run_now(struct crew *crew, const struct message_run_now *run_now,
             mono_t expires)
{
    for (size_t i = 0; i < crew->hand_count; i++) {
        struct order *order = str_xcalloc(1, sizeof(*order));

        order->hand = &crew->hand[i];
        order->run_now = *run_now;
        (void)str_copy(order->check, sizeof(order->check), run_now->check);
        order->expires = expires;
        loop_post(crew->hand[i].loop, on_order, order);
    }
    lane_run_now(crew->lane, run_now, expires);
}

/* ---- life -------------------------------------------------------------- */

static void *
run_hand(void *cookie)
{
    struct hand *hand = cookie;

    loop_run(hand->loop);
    return NULL;
}

/* On the lane's thread: what the lane holds there ends there. */
static void
on_end(void *cookie)
{
    struct hand *hand = cookie;

    lane_free(hand->lane);
    hand->lane = NULL;
    loop_stop(hand->loop);
}

/* Signals are the main loop's: a thread is born with all of them blocked. */
static int
start_thread(struct hand *hand)
{
    sigset_t all, old;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&hand->thread, NULL, run_hand, hand);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = rc;
    return rc == 0 ? 0 : -1;
}

static int
start_hand(struct crew *crew, struct hand *hand, const struct lane_opts *opts)
{
    hand->mailbox = crew->mailbox;
    hand->opts = *opts;
    hand->loop = loop_create();
    if (hand->loop == NULL)
        return -1;
    hand->opts.loop = hand->loop;
    hand->opts.on_result = on_hand_result;
    hand->opts.cookie = hand;
    hand->lane = lane_create(&hand->opts);
    if (hand->lane == NULL || start_thread(hand) != 0)
        return -1;
    hand->is_running = true;
    return 0;
}

static void
end_hand(struct hand *hand)
{
    if (hand->is_running) {
        loop_post(hand->loop, on_end, hand);
        (void)pthread_join(hand->thread, NULL);
    }
    lane_free(hand->lane);
    loop_free(hand->loop);
}

struct crew *
crew_create(const struct crew_opts *opts)
{
    struct crew *crew = str_xcalloc(1, sizeof(*crew));
    struct lane_opts lane = {
        .loop = opts->loop,
        .log = opts->log,
        .trust = opts->trust,
        .resolvers = opts->resolvers,
        .plugins = opts->plugins,
        .source = opts->source,
        .region = opts->region,
        .secrets = opts->secrets,
        .count = opts->lanes,
        .on_result = on_home_result,
        .cookie = crew,
    };

    assert(opts->lanes >= 1 && opts->lanes <= CREW_LANES_MAX);
    lane.concurrency_max = opts->concurrency_max / opts->lanes + 1;
    crew->opts = *opts;
    crew->mailbox = str_xcalloc(1, sizeof(*crew->mailbox));
    crew->mailbox->home = opts->loop;
    crew->mailbox->crew = crew;
    atomic_init(&crew->mailbox->refs, 1);
    crew->lane = lane_create(&lane);
    if (crew->lane == NULL)
        goto fail;
    for (size_t i = 1; i < opts->lanes; i++) {
        lane.index = i;
        crew->hand_count++;
        if (start_hand(crew, &crew->hand[i - 1], &lane) != 0)
            goto fail;
    }
    return crew;
fail:
    crew_free(crew);
    return NULL;
}

void
crew_free(struct crew *crew)
{
    if (crew == NULL)
        return;
    for (size_t i = 0; i < crew->hand_count; i++)
        end_hand(&crew->hand[i]);
    lane_free(crew->lane);
    crew->mailbox->crew = NULL;
    mailbox_unref(crew->mailbox);
    free(crew);
}

struct lane_counts
crew_counts(const struct crew *crew)
{
    struct lane_counts sum = lane_counts(crew->lane);

    for (size_t i = 0; i < crew->hand_count; i++) {
        struct lane_counts one = lane_counts(crew->hand[i].lane);

        sum.overruns += one.overruns;
        sum.delayed += one.delayed;
        sum.missed += one.missed;
        sum.asked_dropped += one.asked_dropped;
    }
    return sum;
}

struct engine *
crew_engine(struct crew *crew)
{
    return lane_engine(crew->lane);
}
