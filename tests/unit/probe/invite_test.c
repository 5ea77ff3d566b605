/* invite_test.c - the line there and back; what is not one says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/invite.c"

/* Made with `base64 | tr +/ -_ | tr -d =`. */
static const char GOLDEN[] =
    "picket-invite:v1:"
    "eyJ1cmwiOiJodHRwczovL3BpY2tldC5leGFtcGxlLmNvbTo4Nzg4IiwiY2Ffc2hhMjU2Ijoi"
    "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGYxMDExMTIxMzE0MTUxNjE3MTgxOTFh"
    "MWIxYzFkMWUxZiIsIm5hbWUiOiJmcmEtMSIsInJlZ2lvbiI6ImZyYSIsInRva2VuIjoiMDEy"
    "MzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYifQ";

static void
there_and_back(void **state)
{
    char why[128] = "";
    struct invite *invite = invite_parse(GOLDEN, why, sizeof(why));
    char *line;

    (void)state;
    assert_string_equal(why, "");
    assert_non_null(invite);
    assert_string_equal(invite->url, "https://picket.example.com:8788");
    assert_string_equal(invite->name, "fra-1");
    assert_string_equal(invite->region, "fra");
    assert_string_equal(invite->token, "0123456789abcdef0123456789abcdef");
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(invite->ca_sha256[i], i);
    line = invite_format(invite);
    assert_string_equal(line, GOLDEN);
    free(line);
    invite_free(invite);
    invite_free(NULL);
}

static void
blanks_around_are_let_pass(void **state)
{
    char why[128];
    char *line = str_xprintf(" \n%s \r\n", GOLDEN);
    struct invite *invite = invite_parse(line, why, sizeof(why));

    (void)state;
    assert_non_null(invite);
    invite_free(invite);
    free(line);
}

static void
refused(const char *line, const char *part)
{
    char why[128] = "";

    assert_null(invite_parse(line, why, sizeof(why)));
    assert_non_null(strstr(why, part));
}

static void
anything_else_is_refused(void **state)
{
    char *cut = str_xndup(GOLDEN, sizeof(GOLDEN) / 2);

    (void)state;
    refused("", "no invitation");
    refused("hello", "no invitation");
    refused("picket-invite:v2:e30", "no invitation");
    refused("picket-invite:v1:***", "damaged");
    refused("picket-invite:v1:", "damaged");
    refused("picket-invite:v1:e30", "lacks a part");
    refused(cut, "damaged");
    free(cut);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(blanks_around_are_let_pass),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
