/* crew_test.c - lanes on real threads: each check in one lane, every result at
 * home, an end in the middle of work.  Runs on the real loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/crew.c"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/trust.h"

#define CHECKS 40

struct bed {
    struct loop *loop;
    struct crew *crew;
    unsigned seen[CHECKS];
    unsigned asked;
    unsigned names;
};

static void order_all(struct bed *bed);

/* Orders for a check that its lane has not met yet are ignored, so they are
 * given when all have reported. */
static void
go_on(struct bed *bed, bool is_new)
{
    if (is_new && bed->names == CHECKS)
        order_all(bed);
    if (bed->asked == CHECKS)
        loop_stop(bed->loop);
}

static void
on_result(void *cookie, struct result *result, bool asked)
{
    struct bed *bed = cookie;
    int64_t number;
    bool is_new;

    assert_int_equal(str_parse_i64(result->check + 1, &number), 0);
    is_new = !asked && bed->seen[number]++ == 0;
    bed->asked += asked;
    bed->names += is_new;
    result_free(result);
    go_on(bed, is_new);
}

/* A text that does not compile is reported at once: no network is needed. */
static void
assign(struct bed *bed)
{
    static char names[CHECKS][8];
    static struct message_assigned some[CHECKS];
    struct message_sync_reply reply = {.assigned = some,
                                       .assigned_count = CHECKS};
    struct buf bytes;

    for (size_t i = 0; i < CHECKS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "c%zu", i);
        some[i] = (struct message_assigned){names[i], "rubbish", 1, 0, 1};
    }
    buf_init(&bytes, 1 << 20);
    assert_int_equal(message_encode_sync_reply(&bytes, &reply), 0);
    crew_set_assignment(bed->crew, assignment_create(message_decode_sync_reply(
                                       bytes.data, bytes.len)));
    buf_free(&bytes);
}

static void
order_all(struct bed *bed)
{
    struct message_run_now run = {0};
    char name[8];

    for (unsigned i = 0; i < CHECKS; i++) {
        (void)snprintf(name, sizeof(name), "c%u", i);
        run.check = name;
        run.id.byte[0] = (uint8_t)(i + 1);
        crew_run_now(bed->crew, &run,
                     clock_after(loop_now(bed->loop), 60 * NS_PER_S));
    }
}

static struct trust *
some_trust(void)
{
    char why[256];
    struct trust *trust = trust_create(NULL, NULL, why, sizeof(why));

    assert_non_null(trust);
    return trust;
}

static void
open_crew(struct bed *bed, struct trust *trust)
{
    struct crew_opts opts = {
        .loop = bed->loop,
        .trust = trust,
        .resolvers = "127.0.0.1",
        .concurrency_max = 100,
        .lanes = CREW_LANES_MAX,
        .on_result = on_result,
        .cookie = bed,
    };

    bed->crew = crew_create(&opts);
    assert_non_null(bed->crew);
}

static void
every_result_comes_home(void **state)
{
    struct bed bed = {.loop = loop_create()};
    struct trust *trust = some_trust();

    (void)state;
    open_crew(&bed, trust);
    assign(&bed);
    loop_run(bed.loop);
    for (size_t i = 0; i < CHECKS; i++)
        assert_true(bed.seen[i] >= 1);
    assert_int_equal(bed.asked, CHECKS);
    crew_free(bed.crew);
    loop_free(bed.loop);
    trust_free(trust);
}

static void
an_end_in_the_middle(void **state)
{
    struct trust *trust = some_trust();

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct bed bed = {.loop = loop_create()};

        open_crew(&bed, trust);
        assign(&bed);
        crew_free(bed.crew);
        loop_stop(bed.loop);
        loop_run(bed.loop); /* letters still on their way find nobody */
        assert_int_equal(bed.names, 0);
        loop_free(bed.loop);
    }
    trust_free(trust);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_comes_home),
        cmocka_unit_test(an_end_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
