/* The story of one outage, to the letter. */
#include "cli/story.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const wall_t noon = {1767268800000LL}; /* 2026-01-01 12:00:00 UTC */

struct told {
    char *text;
    size_t len;
    FILE *out;
    struct story *story;
};

static void
begin(struct told *told, size_t voices)
{
    static const struct paint plain = {0};
    told->out = open_memstream(&told->text, &told->len);
    struct story_opts opts = {
        .out = told->out, .paint = &plain, .voices = voices, .name_width = 4};
    told->story = story_create(&opts);
}

static void
finish(struct told *told, const char *want)
{
    fclose(told->out);
    assert_string_equal(told->text, want);
    free(told->text);
    story_free(told->story);
}

static void
hear(struct told *told, int64_t s, const char *region, enum status status)
{
    struct result r;
    result_init(&r);
    r.check = "pay";
    r.status = status;
    r.us[PHASE_TOTAL] = 3000;
    if (status == STATUS_DOWN) {
        r.reason = REASON_EXPECT_STATUS;
        r.message = "status == 200: got 503";
    }
    wall_t at = {noon.ms + s * 1000};
    story_on_result(told->story, at, region, &r);
}

static void
an_outage(void **state)
{
    struct told told;
    (void)state;
    begin(&told, 2);
    hear(&told, 0, "fra", STATUS_UP);
    hear(&told, 1, "iad", STATUS_UP);
    story_on_verdict(told.story, noon, "pay", VERDICT_UNKNOWN, VERDICT_UP);
    hear(&told, 2, "fra", STATUS_UP); /* nothing new */
    hear(&told, 3, "fra", STATUS_DOWN);
    hear(&told, 3, "fra", STATUS_DOWN);
    hear(&told, 4, "iad", STATUS_DOWN);
    story_on_verdict(told.story, (wall_t){noon.ms + 4000}, "pay", VERDICT_UP,
                     VERDICT_DOWN);
    story_on_component(told.story, (wall_t){noon.ms + 4000}, "Payments", "up",
                       "outage");
    story_on_page(told.story, (wall_t){noon.ms + 5000},
                  "DOWN pay: why\ntarget   t\n");
    hear(&told, 6, "iad", STATUS_UP);
    story_end(told.story, (wall_t){noon.ms + 7000});
    finish(&told,
           "12:00:00  up          pay   fra   3 ms\n"
           "12:00:01  up          pay   iad   3 ms\n"
           "12:00:01  ready       every check has reported from every region; "
           "from here on only what changes\n"
           "12:00:03  suspected   pay   fra   expect.status: status == 200: "
           "got 503\n"
           "12:00:04  confirmed   pay   iad   expect.status: status == 200: "
           "got 503\n"
           "12:00:04  DOWN        pay   was up; failing: fra and iad\n"
           "12:00:04  public      status page: Payments: outage, was up\n"
           "\n"
           "  | 12:00:05  DOWN pay: why\n"
           "  | target   t\n"
           "\n"
           "12:00:06  recovered   pay   iad   3 ms\n"
           "12:00:07  ended       after 7 s: 7 results, 4 changes, 1 "
           "page\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
