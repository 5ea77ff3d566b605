#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "controller/config.c"

static struct config *
load(const char *text, struct buf *out, size_t *errors)
{
    struct diag *diag = diag_create();
    struct config *config = config_load_text("f", text, diag);

    buf_reset(out);
    diag_print(diag, out, false);
    *errors = diag_errors(diag);
    assert_int_equal(config != NULL, *errors == 0);
    diag_free(diag);
    return config;
}

static const char full[] =
    "picket = 1;\n"
    "controller = { listen = \"0.0.0.0:1\"; probes = { listen = "
    "\"127.0.0.1:2\"; };\n"
    "  keep = { results = \"3d\"; };\n"
    "  mail = { server = \"smtps://m:465\"; from = \"p@x\"; user = \"u\";\n"
    "    password = \"${secret.mail}\"; }; };\n"
    "regions = { fra = { name = \"Frankfurt\"; country = \"DE\"; }; iad = { }; "
    "};\n"
    "secrets = { mail = { env = \"M\"; }; hook = { command = [ \"a\", \"b\" ]; "
    "}; };\n"
    "people = { ana = { name = \"Ana\"; email = \"ana@x\"; }; };\n"
    "channels = { t = { terminal = true; }; mail = { email = \"o@x\"; };\n"
    "  hook = { webhook = \"https://h/\"; secret = \"${secret.hook}\"; }; };\n"
    "policies = { one = { first = { notify = [ \"channel:t\" ]; wait = \"1m\"; "
    "};\n"
    "    last = { notify = [ \"person:ana\", \"channel:hook\" ]; repeat = 3; "
    "}; "
    "};\n"
    "  two = { page = { a = { notify = \"channel:mail\"; }; };\n"
    "    ticket = { b = { notify = [ \"channel:t\" ]; }; }; }; };\n"
    "checks = { home = { http = \"https://h/\"; policy = \"one\"; }; };\n"
    "alerts = { d = { on = \"down\"; }; s = { on = \"partial for 5m\";\n"
    "    severity = \"ticket\"; checks = [ \"ho*\" ]; tags = [ \"x\" ]; }; };\n"
    "status = { shop = { title = \"Shop\"; components = { web = { name = "
    "\"Web\"; checks = [ \"home\" ]; }; }; }; };\n";

static void
reads_all_of_it(void **state)
{
    struct buf out;
    size_t errors;
    struct config *c;
    const struct config_policy *p;

    (void)state;
    buf_init(&out, 100000);
    c = load(full, &out, &errors);
    assert_string_equal(buf_text(&out), "");
    if (!c) {
        fail();
        return;
    }
    assert_string_equal(c->listen, "0.0.0.0:1");
    assert_string_equal(c->public_url, "http://127.0.0.1:1");
    assert_string_equal(c->probes_url, "https://127.0.0.1:2");
    assert_string_equal(c->data_dir, "/var/lib/picket");
    assert_int_equal(c->keep_results_ns, 3 * 86400 * 1000000000LL);
    assert_int_equal(c->keep_evidence_ns, 14 * 86400 * 1000000000LL);
    assert_int_equal(c->region_count, 2);
    assert_string_equal(c->regions[1].name, "iad");
    assert_int_equal(c->channels[2].kind, CONFIG_WEBHOOK);
    assert_string_equal(c->channels[2].secret, "${secret.hook}");
    assert_int_equal(c->channels[1].kind, CONFIG_EMAIL);
    assert_null(config_channel(c, "none"));
    assert_string_equal(c->people[0].email, "ana@x");
    assert_ptr_equal(config_policy(c, "one"), &c->policies[0]);
    assert_ptr_equal(config_channel(c, "hook"), &c->channels[2]);
    assert_ptr_equal(config_person(c, "ana"), &c->people[0]);
    p = &c->policies[0];
    assert_int_equal(p->road[CONFIG_PAGE].count, 2);
    assert_int_equal(p->road[CONFIG_TICKET].count, 2);
    assert_int_equal(p->road[CONFIG_PAGE].steps[0].wait_ns, 60000000000);
    assert_int_equal(p->road[CONFIG_PAGE].steps[1].repeat, 3);
    assert_int_equal(p->road[CONFIG_PAGE].steps[1].notify_count, 2);
    p = &c->policies[1];
    assert_string_equal(p->road[CONFIG_TICKET].steps[0].name, "b");
    assert_int_equal(c->alert_count, 2);
    assert_int_equal(c->alerts[1].on, CONFIG_ON_PARTIAL);
    assert_int_equal(c->alerts[1].for_ns, 300000000000);
    assert_int_equal(c->alerts[1].severity, CONFIG_TICKET);
    assert_string_equal(c->alerts[1].checks[0], "ho*");
    assert_string_equal(c->pages[0].path, "/status");
    assert_string_equal(c->pages[0].components[0].name, "Web");
    config_free(c);
    buf_free(&out);
}

static void
two_lines_are_enough(void **state)
{
    struct buf out;
    size_t errors;
    struct config *c;

    (void)state;
    buf_init(&out, 100000);
    c = load("picket = 1;\nchecks = { home = { http = \"https://e/\"; }; };",
             &out, &errors);
    assert_non_null(strstr(buf_text(&out), "`home` pages nobody"));
    if (!c) {
        fail();
        return;
    }
    assert_string_equal(c->listen, "127.0.0.1:8787");
    assert_string_equal(c->regions[0].id, "local");
    assert_int_equal(c->alert_count, 1);
    assert_int_equal(c->alerts[0].on, CONFIG_ON_DOWN);
    assert_string_equal(c->pages[0].components[0].checks[0], "home");
    config_free(c);
    buf_free(&out);
}

static void
names_what_is_wrong(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"checks = { };", "write picket = 1; on top"},
        {"picket = 2;", "`picket` is a number from 1 to 1"},
        {"picket = 1; slos = { };", "`slos` is not in this version"},
        {"picket = 1; chekcs = { };", "did you mean `checks`?"},
        {"picket = 1; controller = { listen = \"x\"; };", "takes IP:PORT"},
        {"picket = 1; controller = { mail = { from = \"a@b\"; server = "
         "\"https://m\"; }; };",
         "begins with smtp://"},
        {"picket = 1; controller = { mail = { from = \"a@b\"; password = "
         "\"x\"; }; };",
         "never written here"},
        {"picket = 1; controller = { tls = { cert = \"c\"; }; };",
         "takes `cert` and `key_file`"},
        {"picket = 1; secrets = { a = { }; };", "has no source"},
        {"picket = 1; secrets = { a = { env = \"x\"; file = \"y\"; }; };",
         "more than one source"},
        {"picket = 1; secrets = { a = \"x\"; };", "never written here"},
        {"picket = 1; channels = { a = { }; };", "has no kind"},
        {"picket = 1; channels = { a = { slack = \"x\"; }; };",
         "`slack` is not in this version"},
        {"picket = 1; channels = { a = { email = \"x\"; }; };",
         "no mail address"},
        {"picket = 1; channels = { a = { webhook = \"https://h/\"; secret = "
         "\"${secret.hok}\"; }; }; secrets = { hook = { env = \"x\"; }; };",
         "did you mean `hook`?"},
        {"picket = 1; channels = { a = { webhook = \"ftp://h/\"; }; };",
         "takes an address"},
        {"picket = 1; channels = { ops = { terminal = true; }; }; policies = "
         "{ w = { a = { notify = [ \"channel:osp\" ]; }; }; };",
         "did you mean `ops`?"},
        {"picket = 1; policies = { w = { a = { notify = [ \"ops\" ]; }; }; };",
         "nobody to notify"},
        {"picket = 1; policies = { w = { }; };", "`w` has no step"},
        {"picket = 1; policies = { w = { a = { }; }; };", "notifies nobody"},
        {"picket = 1; people = { ana = { }; }; policies = { w = { a = { notify "
         "= \"person:ana\"; }; }; };",
         "cannot be reached"},
        {"picket = 1; policies = { w = { a = { notify = \"schedule:x\"; }; }; "
         "};",
         "schedules are not in this version"},
        {"picket = 1; checks = { a = { tcp = \"h:1\"; policy = \"wbe\"; }; }; "
         "channels = { t = { terminal = true; }; }; policies = { web = { a = { "
         "notify = \"channel:t\"; }; }; };",
         "did you mean `web`?"},
        {"picket = 1; alerts = { a = { on = \"donw\"; }; };",
         "nothing to alert on"},
        {"picket = 1; alerts = { a = { on = \"burn\"; }; };",
         "not in this version"},
        {"picket = 1; alerts = { a = { on = \"down\"; severity = \"x\"; }; };",
         "\"page\" or \"ticket\""},
        {"picket = 1; status = { a = { }; };", "shows nothing"},
        {"picket = 1; status = { a = { path = \"x\"; components = { b = { "
         "checks = \"*\"; }; }; }; };",
         "begins with `/`"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t errors;
        struct config *c = load(cases[i].text, &out, &errors);

        if (c || errors != 1 || !strstr(buf_text(&out), cases[i].says))
            fail_msg("%zu errors, wanted `%s`:\n%s", errors, cases[i].says,
                     buf_text(&out));
    }
    buf_free(&out);
}

static void
a_pattern_without_a_check_is_a_warning(void **state)
{
    struct buf out;
    size_t errors;
    struct config *c;

    (void)state;
    buf_init(&out, 100000);
    c = load("picket = 1; status = { a = { components = { b = { checks = [ "
             "\"x-*\" ]; }; }; }; };",
             &out, &errors);
    assert_non_null(c);
    assert_non_null(strstr(buf_text(&out), "no check is called `x-*`"));
    config_free(c);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_of_it),
        cmocka_unit_test(two_lines_are_enough),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(a_pattern_without_a_check_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
