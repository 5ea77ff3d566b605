/* Codes, replies of several lines, capability words; the dialogues are in
 * starttls_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/starttls_line.c"

static void
codes(void **state)
{
    (void)state;
    assert_int_equal(code_of("220 x", 5), 220);
    assert_int_equal(code_of("220-x", 5), 220);
    assert_int_equal(code_of("220\r\n", 5), 220);
    assert_int_equal(code_of("220", 3), 0);
    assert_int_equal(code_of("22x y", 5), 0);
    assert_int_equal(code_of("2200 y", 6), 0);
}

static int
reply(struct starttls *talk, const char *line)
{
    (void)str_copy(talk->unit, sizeof(talk->unit), line);
    return code_of_reply(talk, strlen(line));
}

static void
replies(void **state)
{
    struct starttls smtp = {.kind = STARTTLS_SMTP};
    struct starttls ftp = {.kind = STARTTLS_FTP};

    (void)state;
    assert_int_equal(reply(&smtp, "250-a\r\n"), 0);
    assert_int_equal(reply(&smtp, "250 b\r\n"), 250);
    assert_int_equal(reply(&smtp, "250-a\r\n"), 0);
    assert_int_equal(reply(&smtp, "text\r\n"), -1);
    assert_int_equal(reply(&ftp, "220-a\r\n"), 0);
    assert_int_equal(reply(&ftp, "text\r\n"), 0);
    assert_int_equal(reply(&ftp, "221 other\r\n"), 0);
    assert_int_equal(reply(&ftp, "220 b\r\n"), 220);
    assert_int_equal(reply(&ftp, "text\r\n"), -1);
}

static void
words(void **state)
{
    static const char line[] = "* CAPABILITY IMAP4rev1 STARTTLS]\r\n";

    (void)state;
    assert_true(has_word(line, strlen(line), "starttls"));
    assert_false(has_word(line, strlen(line), "START"));
    assert_false(has_word(line, strlen(line), "TLS"));
    assert_false(has_word("STARTTLS", 8, "STARTTLS"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(replies),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
