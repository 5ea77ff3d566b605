/* curl_line_test.c - what is printed, taken apart again by a real shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/curl_line.c"

#include <stdio.h>

#include "base/diag.h"
#include "checks/catalog.h"

/* The words a shell makes of the line for one check of that text. */
static char *
words_of(const char *settings, const char *step, bool is_token)
{
    struct curl_line again;
    char *text = str_xprintf("picket = 1;\nchecks = { x = { %s } };", settings);
    char why[300] = "";
    struct spec *spec = catalog_compile(text, why, sizeof(why));
    struct buf line, all;
    char *command;
    FILE *shell;
    int c;

    if (spec == NULL)
        fail_msg("%s: %s", text, why);
    buf_init(&line, 65536);
    buf_init(&all, 65536);
    again = curl_line_of(spec, step);
    if (is_token)
        curl_line_add_token(&line, spec, &again);
    else
        curl_line_add(&line, spec, &again);
    command = str_xprintf("set -- %s; for w; do printf '[%%s]' \"$w\"; done",
                          buf_text(&line));
    shell = popen(command, "r");
    assert_non_null(shell);
    while ((c = fgetc(shell)) != EOF)
        buf_add_char(&all, (char)c);
    assert_int_equal(pclose(shell), 0);
    spec_free(spec);
    buf_free(&line);
    free(command);
    free(text);
    return (char *)buf_take(&all, NULL);
}

static void
check_step(const char *settings, const char *step, const char *want)
{
    char *got = words_of(settings, step, false);

    assert_string_equal(got, want);
    free(got);
}

static void
check_token(const char *settings, const char *secrets, const char *want)
{
    char *all = str_xprintf("%s%s", settings, secrets);
    char *got = words_of(all, NULL, true);

    assert_string_equal(got, want);
    free(got);
    free(all);
}

static void
check(const char *settings, const char *want)
{
    check_step(settings, NULL, want);
}

static void
a_plain_one(void **state)
{
    (void)state;
    check("http = \"https://a.example/x?y=1&z=2\";",
          "[curl][-sS][-i][-L][--max-redirs][10][-m][10][--compressed]"
          "[https://a.example/x?y=1&z=2]");
}

static void
quotes_dollars_and_newlines_stay_what_they_are(void **state)
{
    (void)state;
    check("http = \"http://a.example/\"; redirects = 0; timeout = \"1500ms\"; "
          "headers = { X-A = \"it's $HOME `id`\"; }; "
          "body = \"a=1\\nb='2'\";",
          "[curl][-sS][-i][-m][2][--compressed][-H][X-A: it's $HOME `id`]"
          "[-H][Content-Type:][--data-raw][a=1\nb='2'][http://a.example/]");
}

static void
a_method_is_said_when_curl_would_not_know(void **state)
{
    (void)state;
    check("http = \"http://a.example/\"; method = \"PUT\"; body = \"x\"; "
          "redirects = 0; timeout = \"1s\";",
          "[curl][-sS][-i][-X][PUT][-m][1][--compressed][-H][Content-Type:]"
          "[--data-raw][x][http://a.example/]");
    check(
        "http = \"http://a.example/\"; method = \"HEAD\"; redirects = 0; "
        "timeout = \"1s\"; insecure = true; family = \"4\";",
        "[curl][-sS][-i][-I][-m][1][-4][--compressed][-k][http://a.example/]");
}

/* curl would name no length, and a redirect would be followed by a POST. */
static void
no_body_has_a_length_where_one_is_due(void **state)
{
    (void)state;
    check("post = \"http://a.example/\"; redirects = 0; timeout = \"1s\";",
          "[curl][-sS][-i][-m][1][--compressed][-H][Content-Type:]"
          "[--data-raw][][http://a.example/]");
    check("patch = \"http://a.example/\"; redirects = 0; timeout = \"1s\";",
          "[curl][-sS][-i][-X][PATCH][-m][1][--compressed][-H][Content-Type:]"
          "[--data-raw][][http://a.example/]");
    check("delete = \"http://a.example/\"; redirects = 0; timeout = \"1s\";",
          "[curl][-sS][-i][-X][DELETE][-m][1][--compressed]"
          "[http://a.example/]");
}

static void
curl_adds_no_header_and_leaves_none_out(void **state)
{
    (void)state;
    check("http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "body = \"x\"; headers = { X-E = \"\"; content-type = \"a/b\"; };",
          "[curl][-sS][-i][-m][1][--compressed][-H][X-E;]"
          "[-H][content-type: a/b][--data-raw][x][http://a.example/]");
}

static void
brackets_of_an_address_are_no_ranges(void **state)
{
    (void)state;
    check("http = \"http://a.example/?a[]=1&b[1-3]=${run.id}\"; "
          "redirects = 0; timeout = \"1s\";",
          "[curl][-sS][-i][-g][-m][1][--compressed]"
          "[http://a.example/?a[]=1&b[1-3]=${run.id}]");
}

static void
http_2_is_spoken_as_the_check_speaks_it(void **state)
{
    (void)state;
    check("http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "http_version = \"2\";",
          "[curl][-sS][-i][-m][1][--http2-prior-knowledge][--compressed]"
          "[http://a.example/]");
    check("http = \"https://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "http_version = \"2\";",
          "[curl][-sS][-i][-m][1][--http2][--compressed][https://a.example/]");
}

static void
a_proxy_looks_names_up_and_knows_who_asks(void **state)
{
    (void)state;
    check("http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "proxy = \"socks5://192.0.2.1:1080\";",
          "[curl][-sS][-i][-m][1][--compressed][-x][socks5h://192.0.2.1:1080]"
          "[http://a.example/]");
    check("http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "proxy = \"http://192.0.2.1:3128\"; proxy_user = \"u\"; "
          "proxy_password = \"${secret.p}\"; }; }; secrets = { p = { "
          "env = \"P\"; for = [ \"http://192.0.2.1:3128\" ];",
          "[curl][-sS][-i][-m][1][--compressed][-x][http://192.0.2.1:3128]"
          "[-U][u:${secret.p}][http://a.example/]");
}

static void
the_address_that_failed_is_asked_again(void **state)
{
    static const char all[] = "http = \"http://a.example/\"; redirects = 0; "
                              "timeout = \"1s\"; addresses = \"all\";";

    (void)state;
    check_step(
        all, "192.0.2.7",
        "[curl][-sS][-i][-m][1][--compressed][--connect-to][::192.0.2.7:]"
        "[http://a.example/]");
    check_step(
        all, "2001:db8::1",
        "[curl][-sS][-i][-m][1][--compressed][--connect-to][::[2001:db8::1]:]"
        "[http://a.example/]");
}

static void
a_step_has_its_own_time(void **state)
{
    (void)state;
    check_step("journey = { a = { get = \"http://a.example/\"; }; "
               "b = { get = \"http://b.example/\"; timeout = \"2s\"; "
               "redirects = 0; }; };",
               "b", "[curl][-sS][-i][-m][2][--compressed][http://b.example/]");
}

static void
a_part_keeps_its_text_its_name_and_its_type(void **state)
{
    (void)state;
    check("post = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
          "multipart = { f = \"@x;y\"; g = { name = \"q\\\"x.csv\"; "
          "text = \"a;\\\"b\"; type = \"text/csv\"; }; "
          "h = { base64 = \"AAAA\"; }; };",
          "[curl][-sS][-i][-m][1][--compressed][--form-string][f=@x;y]"
          "[-F][g=\"a;\\\"b\";type=text/csv;filename=\"q\\\"x.csv\"]"
          "[-F][h=@FILE;type=application/octet-stream;filename=\"h\"]"
          "[http://a.example/]");
}

static void
a_token_is_asked_for_as_the_check_asks(void **state)
{
    static const char secrets[] = " }; }; secrets = { s = { env = \"S\"; for = "
                                  "[ \"http://id.example\" ];";

    (void)state;
    check_token(
        "http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
        "auth = { oauth2 = \"http://id.example/t\"; client = \"me\"; "
        "secret = \"${secret.s}\"; scope = \"a b\"; };",
        secrets,
        "[curl][-sS][-i][-m][1][-H][Accept: "
        "application/json][-u][me:${secret.s}]"
        "[--data-urlencode][grant_type=client_credentials]"
        "[--data-urlencode][scope=a b][http://id.example/t]");
    check_token(
        "http = \"http://a.example/\"; redirects = 0; timeout = \"1s\"; "
        "auth = { oauth2 = \"http://id.example/t\"; client = \"me\"; "
        "secret = \"${secret.s}\"; in_body = true; };",
        secrets,
        "[curl][-sS][-i][-m][1][-H][Accept: application/json]"
        "[--data-urlencode][grant_type=client_credentials]"
        "[--data-urlencode][client_id=me]"
        "[--data-urlencode][client_secret=${secret.s}]"
        "[http://id.example/t]");
}

static void
what_makes_no_request_has_no_line(void **state)
{
    char why[300];
    struct spec *spec = catalog_compile(
        "picket = 1; checks = { x = { dns = \"a.example\"; } };", why,
        sizeof(why));

    (void)state;
    assert_non_null(spec);
    assert_null(curl_line_of(spec, NULL).request);
    spec_free(spec);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_one),
        cmocka_unit_test(quotes_dollars_and_newlines_stay_what_they_are),
        cmocka_unit_test(a_method_is_said_when_curl_would_not_know),
        cmocka_unit_test(no_body_has_a_length_where_one_is_due),
        cmocka_unit_test(curl_adds_no_header_and_leaves_none_out),
        cmocka_unit_test(brackets_of_an_address_are_no_ranges),
        cmocka_unit_test(http_2_is_spoken_as_the_check_speaks_it),
        cmocka_unit_test(a_proxy_looks_names_up_and_knows_who_asks),
        cmocka_unit_test(the_address_that_failed_is_asked_again),
        cmocka_unit_test(a_step_has_its_own_time),
        cmocka_unit_test(a_part_keeps_its_text_its_name_and_its_type),
        cmocka_unit_test(a_token_is_asked_for_as_the_check_asks),
        cmocka_unit_test(what_makes_no_request_has_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
