/* check_cmd.c - `picket check TARGET`: a verdict without file, daemon, root. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/commands.h"
#include "cli/curl_line.h"
#include "cli/evidence_card.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "cli/run_once.h"
#include "cli/waterfall.h"
#include "wire/result.h"

#define OUTPUT_MAX   (1u << 20) /* bytes of one result on the terminal */
#define SETTINGS_MAX 8192       /* bytes of options that are settings */
#define EX_ERROR     3          /* also for misuse: the plugins' UNKNOWN */

static const struct option_def options_table[] = {
    {"expect", 'e', "E", "what must hold; may be given again"},
    {"json", 'j', NULL, "the result as one JSON object"},
    {"resolvers", 0, "IP:PORT", "ask these DNS servers, not the system's"},
    {"ca", 0, "FILE", "believe these CA certificates too"},
    {"record", 0, "TYPE", "of dns:NAME: A, MX, TXT, ... or TYPE65280"},
    {"ask", 0, "SERVER",
     "of dns:NAME: authoritative, ns1.example, 192.0.2.53, "
     "tls://...; may be given again"},
    {"dnssec", 0, NULL, "of dns:NAME: validate the answer"},
    {"starttls", 0, "NAME", "what is said before TLS: smtp, imap, ldap, ..."},
    {"scan", 0, NULL, "which versions of TLS does the server accept?"},
    {0},
};

static const struct options_command command = {
    .usage = "check TARGET [--expect E]... [--json]",
    .about = "Check a target once, here and now, and say what was found.\n"
             "TARGET is https://HOST/, dns:NAME, tls:HOST:PORT, "
             "tcp:HOST:PORT, icmp:HOST,\n"
             "grpc:HOST:PORT[/SERVICE], grpc:https://HOST[/SERVICE] or "
             "wss://HOST/PATH.",
    .options = options_table,
    .more = "examples:\n"
            "  picket check https://example.com/ --expect 'status == 200' "
            "--expect 'time < 800ms'\n"
            "  picket check tls:example.com:443 --expect 'days > 21'\n"
            "  picket check tls:mail.example.com:25 --starttls smtp --scan\n"
            "  picket check dns:example.com --record MX --ask authoritative "
            "--expect 'all servers agree'\n"
            "\nexit code: 0 up, 1 degraded, 2 down, 3 error\n",
};

struct shown {
    struct paint paint;
    bool json;
    int counts[STATUS_ERROR + 1];
};

static void
show(void *cookie, const struct spec *spec, const struct result *result)
{
    struct shown *shown = cookie;
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    shown->counts[result->status]++;
    if (shown->json) {
        run_once_add_json(&out, spec, result);
    } else {
        buf_add_str(&out, "\n");
        waterfall_card(&out, &shown->paint, spec, result);
        evidence_card(&out, &shown->paint, spec, result);
    }
    fputs(buf_text(&out), stdout);
    buf_free(&out);
}

static void
print_problems(const struct diag *diag)
{
    struct paint paint = paint_of(stderr);
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    diag_print(diag, &out, paint.colour);
    fputs(buf_text(&out), stderr);
    buf_free(&out);
}

static void
add_dns_settings(const struct options *o, struct buf *out)
{
    const char *record = options_get(o, "record");
    const char *ask[OPTIONS_MAX];
    size_t count = options_all(o, "ask", ask, OPTIONS_MAX);
    if (record != NULL) {
        buf_add_str(out, "record = ");
        conf_quote(out, record);
        buf_add_str(out, "; ");
    }
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, i == 0 ? "ask = [ " : ", ");
        conf_quote(out, ask[i]);
    }
    if (count > 0)
        buf_add_str(out, " ]; ");
    if (options_has(o, "dnssec"))
        buf_add_str(out, "dnssec = true; ");
}

/* The options that are settings of the check. */
static void
add_settings(const struct options *o, struct buf *out)
{
    const char *starttls = options_get(o, "starttls");
    buf_init(out, SETTINGS_MAX);
    if (starttls != NULL) {
        buf_add_str(out, "starttls = ");
        conf_quote(out, starttls);
        buf_add_str(out, "; ");
    }
    if (options_has(o, "scan"))
        buf_add_str(out, "scan = true; ");
    add_dns_settings(o, out);
}

/* The check as `picket up` would watch it; what is no option there stands in a
 * file. */
static void
show_next(const struct options *o, const struct spec *spec,
          const char *settings)
{
    const char *expects[OPTIONS_MAX];
    size_t count = options_all(o, "expect", expects, OPTIONS_MAX);
    const char *target = o->operand[0];
    size_t kind = strcspn(target, ":");
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (settings[0] == '\0') {
        buf_addf(&out, "picket up %s", target);
        for (size_t i = 0; i < count; i++) {
            buf_add_str(&out, " --expect ");
            curl_line_quote(&out, expects[i]);
        }
        printf("\n  Next:  %s   watch it, with a dashboard\n", buf_text(&out));
    } else {
        buf_addf(&out, "%s = { %.*s = ", spec->name, (int)kind, target);
        conf_quote(&out, target + kind + 1);
        buf_addf(&out, "; %s", settings);
        for (size_t i = 0; i < count; i++) {
            buf_add_str(&out, i == 0 ? "expect = [ " : ", ");
            conf_quote(&out, expects[i]);
        }
        buf_addf(&out, "%s};", count > 0 ? " ]; " : "");
        printf(
            "\n  Next:  picket = 1; checks = { %s };\n"
            "         in a file, and   picket up --config FILE   watches it, "
            "with a dashboard\n",
            buf_text(&out));
    }
    buf_free(&out);
}

int
check_cmd(int argc, char **argv)
{
    struct options o;
    const char *expects[OPTIONS_MAX];
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc == 0 ? 0 : EX_ERROR;
    if (o.operand_count != 1) {
        options_misused(&command, "check takes one target");
        return EX_ERROR;
    }
    size_t count = options_all(&o, "expect", expects, OPTIONS_MAX);
    struct diag *diag = diag_create();
    struct buf settings;
    add_settings(&o, &settings);
    struct spec *spec = catalog_of_target_with(o.operand[0], expects, count,
                                               buf_text(&settings), diag);
    if (spec == NULL)
        print_problems(diag); /* a warning of who is paged is not for here */
    diag_free(diag);
    if (spec == NULL) {
        buf_free(&settings);
        return EX_ERROR;
    }
    struct shown shown = {.paint = paint_of(stdout),
                          .json = options_has(&o, "json")};
    struct run_once_opts run = {.specs = &spec,
                                .count = 1,
                                .resolvers = options_get(&o, "resolvers"),
                                .ca_file = options_get(&o, "ca"),
                                .each = show,
                                .cookie = &shown};
    rc = run_once(&run) == 0 ? run_once_exit_code(shown.counts) : EX_ERROR;
    if (rc == 0 && !shown.json)
        show_next(&o, spec, buf_text(&settings));
    buf_free(&settings);
    spec_free(spec);
    return rc;
}
