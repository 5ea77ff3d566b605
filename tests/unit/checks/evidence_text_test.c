/* evidence_text_test.c - what strangers wrote: cut, and without secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/evidence_text.c"

#include <stdlib.h>

#define VALUE "hunter2-and-more"

struct bed {
    struct mask *mask;
    struct evidence_opts opts;
    struct buf out;
    struct evidence e;
};

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));

    bed->mask = mask_create();
    mask_add(bed->mask, VALUE, strlen(VALUE));
    bed->opts.mask = bed->mask;
    buf_init(&bed->out, 1u << 20);
    bed->e = (struct evidence){json_begin(&bed->out), &bed->opts};
    json_obj(&bed->e.j, NULL);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    buf_free(&bed->out);
    mask_free(bed->mask);
    free(bed);
    return 0;
}

static void
a_secret_is_hidden(void **state)
{
    struct bed *bed = *state;
    const char *text = "key=" VALUE ";";

    assert_int_equal(evidence_text(&bed->e, "t", text, strlen(text), 100), 0);
    assert_string_equal(buf_text(&bed->out), "{\"t\":\"key=<secret>;\"");
}

static void
a_secret_that_the_cut_goes_through_is_hidden(void **state)
{
    struct bed *bed = *state;
    const char *text = "key=" VALUE ";";

    assert_int_equal(evidence_text(&bed->e, "t", text, strlen(text), 12), 1);
    assert_string_equal(buf_text(&bed->out), "{\"t\":\"key=<secret>\"");
}

static void
a_part_that_begins_in_a_secret_shows_none_of_it(void **state)
{
    struct bed *bed = *state;
    const char *text = "key=" VALUE "; the rest";

    for (size_t from = 0; from < strlen(text); from++) {
        buf_reset(&bed->out);
        bed->e.j = json_begin(&bed->out);
        json_obj(&bed->e.j, NULL);
        evidence_part(&bed->e, "t", text, from, strlen(text));
        for (size_t len = 4; len < strlen(VALUE); len++) {
            const char *tail = VALUE + strlen(VALUE) - len;

            assert_null(strstr(buf_text(&bed->out), tail));
        }
    }
}

static void
without_a_mask_a_part_is_those_bytes(void **state)
{
    struct bed *bed = *state;

    bed->opts.mask = NULL;
    evidence_part(&bed->e, "t", "0123456789", 3, 6);
    assert_string_equal(buf_text(&bed->out), "{\"t\":\"345\"");
}

static void
a_cookie_is_hidden_unless_declared(void **state)
{
    struct bed *bed = *state;
    static char name[] = "set-COOKIE";
    char *names[] = {name};
    struct spec_list shown = {names, 1};
    const char *head = "HTTP/1.1 200 OK\r\nSet-Cookie: lang=de\r\nX: 1\r\n\r\n";

    evidence_head(&bed->e, head, strlen(head));
    assert_non_null(strstr(buf_text(&bed->out), "Set-Cookie: <masked>\\nX: 1"));
    buf_reset(&bed->out);
    bed->e.j = json_begin(&bed->out);
    bed->opts.shown = &shown;
    json_obj(&bed->e.j, NULL);
    evidence_head(&bed->e, head, strlen(head));
    assert_non_null(strstr(buf_text(&bed->out), "Set-Cookie: lang=de"));
}

static void
a_long_head_says_that_it_is_cut(void **state)
{
    struct bed *bed = *state;
    static char line[EVIDENCE_HEAD_MAX];
    const char *const lines[] = {"A: b", line, "C: d", NULL};

    memset(line, 'x', sizeof(line) - 1);
    evidence_lines(&bed->e, lines);
    assert_non_null(strstr(buf_text(&bed->out), "\"head_cut\":true"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_secret_is_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_secret_that_the_cut_goes_through_is_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_part_that_begins_in_a_secret_shows_none_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_mask_a_part_is_those_bytes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_cookie_is_hidden_unless_declared,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_head_says_that_it_is_cut, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
