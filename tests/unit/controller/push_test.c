/* A push check from its heartbeats to its pages, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/push.c"
#include "fake_channel.h"
#include "fake_loop.c"
#include "fake_worker.c"

/* Thirty times faster than on a wall, as all that is simulated beside it costs. */
#define MINUTE INT64_C(2000)
#define HOUR   (60 * MINUTE)

#define CHECKS                                                                 \
    OUTAGE_PEOPLE                                                              \
    "checks = { " OUTAGE_HOME                                                  \
    " backup = { push = \"12m\"; grace = \"1m\"; policy = "                    \
    "\"web\"; }; };"

struct desk {
    struct outage bed;
    struct push *push;
    int stored, failed;
};

static struct push *
open_push(struct desk *desk)
{
    struct push_ports ports = {.loop = desk->bed.loop,
                               .store = desk->bed.store,
                               .decider = desk->bed.decider,
                               .dir = desk->bed.dir};
    char why[200] = "";
    struct push *push = push_create(&ports, why, sizeof why);

    assert_string_equal(why, "");
    push_set_config(push, desk->bed.config);
    return push;
}

static struct desk *
desk_of(const char *text)
{
    struct desk *desk = str_xcalloc(1, sizeof *desk);

    outage_open(&desk->bed, 7, text);
    desk->bed.every_ms = INT64_C(1) << 40; /* the probes' own check can rest */
    desk->push = open_push(desk);
    push_begin(desk->push);
    return desk;
}

static void
end(struct desk *desk)
{
    push_free(desk->push);
    outage_close(&desk->bed);
    free(desk);
}

static struct decider_check
view(const struct desk *desk)
{
    int at = decider_check_find(desk->bed.decider, "backup");

    assert_true(at >= 0);
    return decider_check(desk->bed.decider, (size_t)at);
}

static enum verdict
verdict_of(const struct desk *desk)
{
    return view(desk).verdict;
}

static void
on_done(void *cookie, bool is_stored)
{
    struct desk *desk = cookie;

    desk->stored += is_stored;
    desk->failed += !is_stored;
}

static bool
beat_with(struct desk *desk, struct push_beat beat)
{
    char token[PUSH_TOKEN_MAX];
    bool is_known;

    assert_true(push_token(desk->push, "backup", token));
    is_known = push_hear(desk->push, token, &beat, on_done, desk);
    outage_pass(&desk->bed, 2000);
    return is_known;
}

static void
beat(struct desk *desk)
{
    int before = desk->stored;

    assert_true(beat_with(desk, (struct push_beat){.took_ms = -1}));
    assert_int_equal(desk->stored, before + 1);
}

static const struct result *
last_of(const struct desk *desk)
{
    return view(desk).regions[0].newest;
}

static void
it_comes_and_it_is_up(void **state)
{
    struct desk *desk = desk_of(CHECKS);

    (void)state;
    assert_int_equal(verdict_of(desk), VERDICT_UNKNOWN);
    beat(desk);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    for (int i = 0; i < 4; i++) {
        outage_pass(&desk->bed, 6 * HOUR + 25 * MINUTE);
        beat(desk);
        assert_int_equal(verdict_of(desk), VERDICT_UP);
    }
    assert_int_equal(desk->bed.page_count, 0);
    assert_string_equal(view(desk).regions[0].region, PUSH_REGION);
    end(desk);
}

static void
it_does_not_come_and_somebody_is_paged(void **state)
{
    struct desk *desk = desk_of(CHECKS);
    size_t pages;

    (void)state;
    beat(desk);
    outage_pass(&desk->bed, 6 * HOUR + 28 * MINUTE);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    assert_int_equal(desk->bed.page_count, 0);
    outage_pass(&desk->bed, 4 * MINUTE);
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    assert_int_equal(last_of(desk)->reason, REASON_PUSH_MISSING);
    assert_non_null(strstr(last_of(desk)->message, "no heartbeat since"));
    pages = desk->bed.page_count;
    assert_true(pages > 0);
    /* A day without: still down, never unknown. */
    for (int i = 0; i < 24; i++) {
        outage_pass(&desk->bed, HOUR);
        assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    }
    beat(desk);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    assert_true(desk->bed.page_count > pages); /* and is told it is mended */
    end(desk);
}

static void
one_that_never_came_is_missing_too(void **state)
{
    struct desk *desk = desk_of(CHECKS);

    (void)state;
    outage_pass(&desk->bed, 6 * HOUR + 31 * MINUTE);
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    assert_non_null(strstr(last_of(desk)->message, "has ever arrived"));
    end(desk);
}

static void
what_the_job_says(void **state)
{
    static const char words[] = "disk full\nand more";
    struct desk *desk = desk_of(CHECKS);

    (void)state;
    beat(desk);
    beat_with(desk, (struct push_beat){.status = STATUS_DOWN,
                                       .took_ms = -1,
                                       .text = words,
                                       .len = sizeof words - 1});
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    assert_int_equal(last_of(desk)->reason, REASON_PUSH_FAILED);
    assert_string_equal(last_of(desk)->message, "disk full");
    beat_with(desk,
              (struct push_beat){.status = STATUS_DEGRADED, .took_ms = 1500});
    assert_int_equal(verdict_of(desk), VERDICT_DEGRADED);
    assert_int_equal(last_of(desk)->us[PHASE_TOTAL], 1500000);
    beat_with(desk, (struct push_beat){.is_begin = true, .took_ms = -1});
    outage_pass(&desk->bed, MINUTE);
    beat(desk);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    assert_true(last_of(desk)->us[PHASE_TOTAL] >= 2000000);
    end(desk);
}

static void
expectations_judge_what_it_took(void **state)
{
    struct desk *desk =
        desk_of(OUTAGE_PEOPLE
                "checks = { " OUTAGE_HOME
                " backup = { push = \"1d\"; expect = [ \"time < "
                "10m\" ]; degraded_when = [ \"output contains 'warning'\" "
                "]; }; };");
    static const char words[] = "one warning";

    (void)state;
    beat_with(desk, (struct push_beat){.took_ms = 1000});
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    beat_with(desk, (struct push_beat){.took_ms = 660000});
    assert_int_equal(last_of(desk)->reason, REASON_EXPECT_TIME);
    beat_with(desk, (struct push_beat){.took_ms = 1000,
                                       .text = words,
                                       .len = sizeof words - 1});
    assert_int_equal(verdict_of(desk), VERDICT_DEGRADED);
    end(desk);
}

static void
recover_counts_heartbeats(void **state)
{
    struct desk *desk =
        desk_of(OUTAGE_PEOPLE "checks = { " OUTAGE_HOME
                              " backup = { push = \"1h\"; recover = 2; }; };");

    (void)state;
    beat_with(desk, (struct push_beat){.status = STATUS_DOWN, .took_ms = -1});
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    beat(desk);
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    beat(desk);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    end(desk);
}

static void
tokens(void **state)
{
    struct desk *desk = desk_of(CHECKS);
    struct push_beat up = {.took_ms = -1};
    char first[PUSH_TOKEN_MAX];
    char token[PUSH_TOKEN_MAX];
    struct push *other;

    (void)state;
    assert_true(push_token(desk->push, "backup", first));
    assert_int_equal(strlen(first), 32);
    assert_false(push_token(desk->push, "home", token));
    assert_false(push_hear(desk->push, "", &up, on_done, desk));
    assert_false(push_hear(desk->push, "0123456789abcdef0123456789abcdef", &up,
                           on_done, desk));
    /* The same at another start: the key is a file. */
    other = open_push(desk);
    assert_true(push_token(other, "backup", token));
    assert_string_equal(token, first);
    push_free(other);
    assert_true(push_rotate(desk->push, "backup"));
    assert_false(push_rotate(desk->push, "home"));
    assert_true(push_token(desk->push, "backup", token));
    assert_string_not_equal(token, first);
    assert_false(push_hear(desk->push, first, &up, on_done, desk));
    beat(desk);
    end(desk);
}

#define NO_CHECKS OUTAGE_PEOPLE "checks = { " OUTAGE_HOME " };"

struct rows {
    int count;
    int64_t generation;
    wall_t base;
};

static void
count_row(void *cookie, const struct store_push *row)
{
    struct rows *rows = cookie;

    rows->count++;
    rows->generation = row->generation;
    rows->base = row->base;
}

static struct rows
rows_of(struct desk *desk)
{
    struct rows rows = {0};
    struct store_loader loader = {.cookie = &rows, .on_push = count_row};

    outage_pass(&desk->bed, 2000);
    assert_int_equal(store_load(desk->bed.store, &loader), 0);
    return rows;
}

static void
configure(struct desk *desk, const char *text)
{
    outage_configure(&desk->bed, text);
    push_set_config(desk->push, desk->bed.config);
}

static void
tell_row(void *cookie, const struct store_push *row)
{
    push_on_row(cookie, row);
}

/* Started again, with what the disk knows. */
static void
restart(struct desk *desk, const char *text)
{
    struct store_loader loader = {0};

    push_free(desk->push);
    outage_configure(&desk->bed, text);
    desk->push = open_push(desk);
    loader.cookie = desk->push;
    loader.on_push = tell_row;
    assert_int_equal(store_load(desk->bed.store, &loader), 0);
    push_begin(desk->push);
}

static void
a_check_that_goes_takes_its_row_along(void **state)
{
    struct desk *desk = desk_of(CHECKS);

    (void)state;
    assert_int_equal(rows_of(desk).count, 1);
    configure(desk, NO_CHECKS);
    assert_int_equal(rows_of(desk).count, 0);
    configure(desk, CHECKS);
    assert_int_equal(rows_of(desk).count, 1);
    restart(desk, NO_CHECKS); /* it went while nobody was there */
    assert_int_equal(rows_of(desk).count, 0);
    end(desk);
}

static void
a_token_taken_back_stays_so(void **state)
{
    struct desk *desk = desk_of(CHECKS);
    struct push_beat up = {.took_ms = -1};
    char leaked[PUSH_TOKEN_MAX];
    char token[PUSH_TOKEN_MAX];

    (void)state;
    assert_true(push_token(desk->push, "backup", leaked));
    assert_true(push_rotate(desk->push, "backup"));
    assert_true(push_token(desk->push, "backup", token));
    configure(desk, NO_CHECKS);
    assert_false(push_hear(desk->push, token, &up, on_done, desk));
    assert_int_equal(rows_of(desk).generation, 1);
    assert_int_equal(rows_of(desk).base.ms, 0);
    configure(desk, CHECKS);
    assert_false(push_hear(desk->push, leaked, &up, on_done, desk));
    restart(desk, NO_CHECKS);
    outage_pass(&desk->bed, 9 * HOUR);
    restart(desk, CHECKS);
    assert_false(push_hear(desk->push, leaked, &up, on_done, desk));
    beat(desk);
    /* It is a new check: nothing was missing while there was none. */
    assert_int_equal(desk->bed.page_count, 0);
    end(desk);
}

/* A controller that was away while it was expected pages nobody for that. */
static void
away_is_not_missing(void **state)
{
    struct desk *desk = desk_of(CHECKS);
    struct store_push row = {.check = "backup", .generation = 3};
    wall_t left;

    (void)state;
    beat(desk);
    row.base = row.last = outage_now(&desk->bed);
    outage_pass(&desk->bed, 5 * HOUR);
    left = outage_now(&desk->bed);
    push_free(desk->push);
    outage_pass(&desk->bed, 3 * HOUR); /* it came at 6, and nobody was there */
    desk->push = open_push(desk);
    push_on_row(desk->push, &row);
    push_on_alive(desk->push, left);
    push_begin(desk->push);
    outage_pass(&desk->bed, HOUR);
    assert_int_equal(verdict_of(desk), VERDICT_UP);
    assert_int_equal(desk->bed.page_count, 0);
    outage_pass(&desk->bed, 4 * HOUR); /* the next one, at 12 and a half */
    assert_int_equal(verdict_of(desk), VERDICT_DOWN);
    end(desk);
}

static void
who_left_is_not_told(void **state)
{
    struct desk *desk = desk_of(CHECKS);
    struct push_beat up = {.took_ms = -1};
    char token[PUSH_TOKEN_MAX];

    (void)state;
    assert_true(push_token(desk->push, "backup", token));
    assert_true(push_hear(desk->push, token, &up, on_done, desk));
    assert_int_equal(desk->stored, 0); /* never from inside */
    push_forget(desk->push, desk);
    outage_pass(&desk->bed, 2000);
    assert_int_equal(desk->stored + desk->failed, 0);
    assert_int_equal(verdict_of(desk), VERDICT_UP); /* heard all the same */
    end(desk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_and_it_is_up),
        cmocka_unit_test(it_does_not_come_and_somebody_is_paged),
        cmocka_unit_test(one_that_never_came_is_missing_too),
        cmocka_unit_test(what_the_job_says),
        cmocka_unit_test(expectations_judge_what_it_took),
        cmocka_unit_test(recover_counts_heartbeats),
        cmocka_unit_test(tokens),
        cmocka_unit_test(a_check_that_goes_takes_its_row_along),
        cmocka_unit_test(a_token_taken_back_stays_so),
        cmocka_unit_test(away_is_not_missing),
        cmocka_unit_test(who_left_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
