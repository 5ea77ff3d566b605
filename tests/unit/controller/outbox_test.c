/* outbox_test.c - the outbox on a virtual clock, with a scripted channel and a
 * store that only writes down what it was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"
#include "controller/outbox.c"
#include "fake_loop.c"

#define SENT_MAX 256

struct channel_delivery {
    channel_done_fn *done;
    void *cookie;
    struct loop_timer *timer;
    struct world *world;
    char destination[64];
    struct id id;
};

struct world {
    struct loop *loop;
    struct outbox *outbox;
    enum channel_outcome outcome; /* of the next attempts */
    int64_t after_ns;
    const char *broken; /* a destination that is LATER for ever */
    struct id sent[SENT_MAX];
    wall_t at[SENT_MAX];
    size_t sent_count;
    size_t in_flight, in_flight_max;
    struct store_message put[SENT_MAX];
    size_t put_count;
};

static struct world *the_world(const struct channel_ports *ports);

static void
delivered(void *cookie)
{
    struct channel_delivery *d = cookie;
    struct channel_delivery copy = *d;
    struct world *w = d->world;
    free(d);
    w->in_flight--;
    bool broken = w->broken && str_eq(copy.destination, w->broken);
    copy.done(copy.cookie, broken ? CHANNEL_LATER : w->outcome, "scripted",
              w->after_ns);
}

struct channel_delivery *
channel_start(const struct channel_ports *ports, const struct config *config,
              const char *destination, const struct page *page,
              channel_done_fn *done, void *cookie)
{
    struct world *w = the_world(ports);
    struct channel_delivery *d = calloc(1, sizeof *d);
    (void)config;
    d->done = done;
    d->cookie = cookie;
    d->world = w;
    d->id = page->id;
    str_copy(d->destination, sizeof d->destination, destination);
    w->sent[w->sent_count] = page->id;
    w->at[w->sent_count] = loop_wall(w->loop);
    w->sent_count++;
    w->in_flight++;
    if (w->in_flight > w->in_flight_max)
        w->in_flight_max = w->in_flight;
    d->timer = loop_timer_start(w->loop, 100 * NS_PER_MS, delivered, d);
    return d;
}

void
channel_cancel(struct channel_delivery *d)
{
    if (d == NULL)
        return;
    loop_timer_cancel(d->timer);
    d->world->in_flight--;
    free(d);
}

static struct world *
the_world(const struct channel_ports *ports)
{
    return ports->print_cookie;
}

void
store_put_message(struct store *store, const struct store_message *m,
                  store_done_fn *done, void *cookie)
{
    struct world *w = (struct world *)(void *)store;
    (void)done;
    (void)cookie;
    w->put[w->put_count++] = *m;
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->loop = loop_create();
    struct channel_ports ports = {.loop = w->loop, .print_cookie = w};
    w->outbox = outbox_create(w->loop, (struct store *)(void *)w, &ports, NULL);
    outbox_set_config(w->outbox, (const struct config *)(const void *)w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;
    outbox_free(w->outbox);
    loop_free(w->loop);
    free(w);
    return 0;
}

/* Message `number` of incident `incident` for `destination`. */
static struct id
push(struct world *w, int incident, int number, const char *destination)
{
    char text[64];
    snprintf(text, sizeof text, "%d/%d/%s", incident, number, destination);
    struct page page = {.id = id_of("message", text, NULL),
                        .edge = PAGE_OPENED,
                        .check = (char *)(uintptr_t) "home",
                        .severity = (char *)(uintptr_t) "page",
                        .verdict = (char *)(uintptr_t) "down",
                        .opened = loop_wall(w->loop)};
    snprintf(text, sizeof text, "%d", incident);
    page.incident = id_of("incident", text, NULL);
    struct buf json;
    buf_init(&json, 4096);
    assert_int_equal(page_format(&json, &page), 0);
    struct store_message m = {.id = page.id,
                              .incident = page.incident,
                              .order = number,
                              .destination = destination,
                              .json = buf_text(&json),
                              .created = loop_wall(w->loop),
                              .next = loop_wall(w->loop)};
    outbox_push(w->outbox, &m);
    buf_free(&json);
    return page.id;
}

static void
test_order_and_once(void **state)
{
    struct world *w = *state;
    struct id resolved = push(w, 1, 2, "channel:a");
    struct id opened = push(w, 1, 1, "channel:a");
    (void)resolved;
    push(w, 1, 1, "channel:a"); /* the same id again: nothing */
    struct id third = push(w, 1, 3, "channel:a");
    fake_loop_advance(w->loop, 5 * NS_PER_S);
    /* the head may have gone before its elder came; the rest is in order */
    assert_int_equal(w->sent_count, 3);
    assert_true(id_eq(&w->sent[1], &opened));
    assert_true(id_eq(&w->sent[2], &third));
    assert_int_equal(w->put_count, 3);
    assert_int_equal(w->put[2].state, STORE_SENT);
    assert_int_equal(outbox_stats(w->outbox).pending, 0);
}

static void
test_no_resolve_before_its_trigger(void **state)
{
    struct world *w = *state;
    w->outcome = CHANNEL_LATER;
    struct id opened = push(w, 1, 1, "channel:a");
    struct id resolved = push(w, 1, 2, "channel:a");
    fake_loop_advance(w->loop, 30 * NS_PER_S);
    assert_true(w->sent_count >= 4);
    for (size_t i = 0; i < w->sent_count; i++)
        assert_true(id_eq(&w->sent[i], &opened));
    w->outcome = CHANNEL_ACCEPTED;
    fake_loop_advance(w->loop, 120 * NS_PER_S);
    assert_true(id_eq(&w->sent[w->sent_count - 1], &resolved));
    assert_int_equal(outbox_stats(w->outbox).pending, 0);
}

static void
test_backoff_grows_to_a_minute(void **state)
{
    struct world *w = *state;
    static const int64_t nominal[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    w->outcome = CHANNEL_LATER;
    push(w, 1, 1, "channel:a");
    fake_loop_advance(w->loop, 400 * NS_PER_S);
    assert_true(w->sent_count > 9);
    for (size_t i = 0; i < 9; i++) {
        int64_t ms = w->at[i + 1].ms - w->at[i].ms - 100;
        assert_true(ms >= nominal[i] * 800 && ms <= nominal[i] * 1200 + 2);
    }
    assert_int_equal(w->put[0].state, STORE_PENDING);
    assert_int_equal(w->put[0].attempts, 1);
}

static void
test_retry_after_is_kept(void **state)
{
    struct world *w = *state;
    w->outcome = CHANNEL_LATER;
    w->after_ns = 300 * NS_PER_S;
    push(w, 1, 1, "channel:a");
    fake_loop_advance(w->loop, 299 * NS_PER_S);
    assert_int_equal(w->sent_count, 1);
    fake_loop_advance(w->loop, 2 * NS_PER_S);
    assert_int_equal(w->sent_count, 2);
}

static void
test_refused_is_told_and_frees_the_lane(void **state)
{
    struct world *w = *state;
    w->outcome = CHANNEL_REFUSED;
    push(w, 1, 1, "channel:a");
    struct id next = push(w, 1, 2, "channel:a");
    fake_loop_advance(w->loop, 1 * NS_PER_S);
    assert_int_equal(w->sent_count, 2);
    assert_true(id_eq(&w->sent[1], &next));
    assert_int_equal(w->put[0].state, STORE_REFUSED);
    assert_int_equal(outbox_stats(w->outbox).refused, 2);
}

static void
test_a_dead_channel_delays_nobody(void **state)
{
    struct world *w = *state;
    w->broken = "channel:dead";
    for (int i = 0; i < 10; i++)
        push(w, i, 1, "channel:dead");
    for (int i = 0; i < 10; i++)
        push(w, i, 1, "channel:good");
    fake_loop_advance(w->loop, 1 * NS_PER_S);
    assert_int_equal(outbox_stats(w->outbox).accepted, 10);
    assert_int_equal(outbox_stats(w->outbox).pending, 10);
    assert_true(w->in_flight_max <= IN_FLIGHT_MAX);
}

static void
test_given_up_after_a_day(void **state)
{
    struct world *w = *state;
    w->outcome = CHANNEL_LATER;
    w->after_ns = 900 * NS_PER_S;
    push(w, 1, 1, "channel:a");
    fake_loop_advance(w->loop, 25 * 3600 * NS_PER_S);
    assert_int_equal(outbox_stats(w->outbox).pending, 0);
    assert_int_equal(outbox_stats(w->outbox).refused, 1);
    assert_int_equal(w->put[w->put_count - 1].state, STORE_REFUSED);
}

static void
test_damaged_row_is_refused(void **state)
{
    struct world *w = *state;
    struct store_message m = {.destination = "channel:a", .json = "{oops"};
    outbox_push(w->outbox, &m);
    fake_loop_advance(w->loop, 1 * NS_PER_S);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(outbox_stats(w->outbox).refused, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_resolve_before_its_trigger,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_backoff_grows_to_a_minute, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_retry_after_is_kept, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_refused_is_told_and_frees_the_lane,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_dead_channel_delays_nobody,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_up_after_a_day, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_damaged_row_is_refused, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
