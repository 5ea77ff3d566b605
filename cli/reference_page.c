#include "cli/reference_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/log.h"
#include "base/str.h"
#include "checks/spec_table.h"
#include "checks/subject_help.h"
#include "cli/reference.h"
#include "wire/reason.h"

#define MADE                                                                   \
    "<!-- Made by `make docs` from the tables that validate: change those. "   \
    "-->\n"

/* ---- configuration.md ---- */

static const struct {
    const char *path;
    const char *title;
    const char *text;
} rooms[] = {
    {"", "A file",
     "The groups stand in any file, in any order; names are unique over all "
     "files."},
    {"controller", "controller", NULL},
    {"regions.NAME", "regions", NULL},
    {"people.NAME", "people", NULL},
    {"channels.NAME", "channels", "A channel has one kind."},
    {"alerts.NAME", "alerts", NULL},
    {"status.NAME", "status", NULL},
    {"secrets.NAME", "secrets",
     "A secret has one source: `credential`, `file`, `command` or `env`. "
     "Elsewhere it is `${secret.NAME}`. It is read at the start, as often as "
     "`refresh` says, at `picket reload`, and once when a target answers 401 "
     "or 403; what cannot be read is tried again each minute, and the check "
     "that needs it is `local.secret` meanwhile. A reload that finds one of "
     "the controller's unreadable is refused: the old values stay. Where "
     "people look it is "
     "`<secret>`, encoded for a URL, a form, JSON, HTML or in base64 too; a "
     "value under 4 bytes is not masked."},
    {"checks.NAME", "checks, templates, defaults",
     "A check has one target: `http` (or `get`, `post` ... with the address), "
     "`dns`, `tls`, `tcp`, `icmp`, `grpc`, `ws`, `exec`, `push` or a "
     "`journey`. It starts from "
     "`defaults`, then from the template named by `like` (which may be `like` "
     "another, at most 8 deep), then come its own settings; the last one that "
     "is written wins, but `expect` adds up (`!reset` in it drops what was "
     "inherited) and `tags` take `+x` and `-x`. Targets and `like` are never "
     "inherited from `defaults`. `picket show NAME` prints what comes out of "
     "it, with the place of every value.\n"
     "\n"
     "`each` makes one check many:\n"
     "\n"
     "    host = { each = [ \"a.example\", \"b.example\" ]; tls = "
     "\"${each}:443\"; };\n"
     "    pay  = {\n"
     "      each = { market = [ \"de\", \"fr\" ]; provider = [ \"visa\", "
     "\"sepa\" ]; };\n"
     "      http = \"https://${provider}.example.com/${market}/health\";\n"
     "      tags = [ \"+${market}\" ];\n"
     "    };\n"
     "\n"
     "are `host-a-example`, `host-b-example`, `pay-de-visa`, `pay-de-sepa`, "
     "`pay-fr-visa`, `pay-fr-sepa`: the name, then the values, each run of "
     "bytes other than letters, digits and `_` as one `-`, at most 63 bytes in "
     "all. Values go into every text of the check and of what it inherits. "
     "`each` may stand in a template. One `each` makes at most 2000 checks "
     "from at most 8 lists; a value has at most 255 bytes; two values, or two "
     "checks, that come to the same name are an error, and so is a list that "
     "nothing refers to."},
    {"checks.NAME.auth", "auth",
     "In a check, a template or a step: one of `basic`, `digest`, `bearer`, "
     "`oauth2` with what belongs to it. It goes to the origin of the request "
     "and to no other one that a redirect leads to."},
    {"checks.NAME.multipart.NAME", "multipart",
     "A part is a text, or a group with one of `file`, `text` and `base64`."},
    {"checks.NAME.journey.NAME", "steps of a journey",
     "In the order written, each with one address; those of `cleanup` are "
     "written in the same way. A step starts from what the journey itself "
     "says in `headers`, `auth`, `redirects`, `header_max` and `body_max`, "
     "then from the template named by its own `like`: request settings, "
     "`expect` and `degraded_when`. [journeys.md](journeys.md) is how to "
     "write one."},
    {"policies.NAME.STEP", "policies",
     "Steps in the order in which they are told. They stand in `page` and "
     "`ticket`, or right in the policy for both."},
    {"probe", "probe",
     "In a file of its own on the probe's machine; `picket probe join` writes "
     "it."},
};

static void
add_cell(struct buf *out, const char *text)
{
    for (; text && *text; text++)
        (void)buf_addf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void
add_setting(const struct reference_setting *s, struct buf *out)
{
    const struct schema_row *row = s->row;
    const char *example = reference_example(s);
    struct buf kinds;

    buf_init(&kinds, 200);
    if (s->table == &spec_table)
        reference_add_kinds(row->mask, &kinds);
    (void)buf_addf(out, "| `%s` | ", row->name);
    reference_add_type(row, out);
    (void)buf_addf(out, " | %s%s%s | ", row->fallback ? "`" : "",
                   row->fallback ? row->fallback : "",
                   row->fallback ? "`" : "");
    if (example)
        (void)buf_addf(out, "`%s = %s;`", row->name, example);
    (void)buf_add_str(out, " | ");
    if (kinds.len > 0)
        (void)buf_addf(out, "(%s) ", buf_text(&kinds));
    add_cell(out, row->help);
    (void)buf_add_str(out, " |\n");
    buf_free(&kinds);
}

static void
add_later(const struct reference *r, size_t from, struct buf *out)
{
    const char *glue = "\nKnown, but not in this version: ";

    for (size_t i = from; i < r->setting_count; i++) {
        const struct reference_setting *s = &r->settings[i];

        if (s->room != r->settings[from].room || s->row->type != SCHEMA_LATER)
            continue;
        (void)buf_addf(out, "%s`%s`", glue, s->row->name);
        glue = ", ";
    }
    if (glue[0] == ',')
        (void)buf_add_str(out, ".\n");
}

static void
add_title(const char *path, struct buf *out)
{
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        if (!str_eq(rooms[i].path, path))
            continue;
        (void)buf_addf(out, "\n## %s\n\n", rooms[i].title);
        if (rooms[i].text)
            (void)buf_addf(out, "%s\n\n", rooms[i].text);
        if (path[0])
            (void)buf_addf(out, "Settings of `%s`:\n\n", path);
        return;
    }
    (void)buf_addf(out, "\nSettings of `%s`:\n\n", path);
}

static void
add_room(const struct reference *r, size_t from, struct buf *out)
{
    const struct reference_setting *first = &r->settings[from];
    size_t len = strlen(first->path) - strlen(first->row->name);
    char *path = str_xndup(first->path, len > 0 ? len - 1 : 0);

    add_title(path, out);
    (void)buf_add_str(out, "| setting | type | default | example | what it is "
                           "|\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = from; i < r->setting_count; i++)
        if (r->settings[i].room == first->room &&
            r->settings[i].row->type != SCHEMA_LATER)
            add_setting(&r->settings[i], out);
    add_later(r, from, out);
    free(path);
}

static void
add_configuration(const struct reference *r, struct buf *out)
{
    (void)buf_add_str(
        out,
        "# Configuration\n\n" MADE
        "\nlibconfig text: `NAME = VALUE;`, groups in `{ }`, lists in `[ ]`, "
        "comments from `#` to the end of the line. Texts stand in double "
        "quotes; durations (`500ms` `30s` `5m` `12h` `7d` `1w`) and sizes "
        "(`512B` `64KiB` `1MiB`) are texts with their unit. Names are letters, "
        "digits, `-` and `_`, and begin with a letter.\n\n"
        "`picket validate` names everything that is wrong, with its place; "
        "`picket explain SETTING` says of one setting what this page "
        "says.\n\n## Reload\n\n"
        "`picket reload`, or SIGHUP to `picket-controller`, reads everything "
        "again. A file with a mistake is refused: the old configuration stays, "
        "and the answer and the log (`CONFIG_REFUSED`) name file and line. A "
        "right one is taken as a whole: a check of the same name keeps its "
        "verdict, its open incidents and its place in the schedule; the open "
        "incidents of a check or an alert that was removed are resolved, and "
        "who was told is told that it is no longer watched. `listen`, "
        "`probes.listen`, `metrics`, `tls` and `data_dir` of the controller "
        "take a restart.\n");
    for (size_t i = 0; i < r->setting_count; i++)
        if (r->settings[i].room == i)
            add_room(r, i, out);
}

/* ---- reasons.md ---- */

static const struct {
    const char *phase;
    const char *text;
} phases[] = {
    {"dns", "looking the name up"},
    {"connect", "connecting to the address"},
    {"proxy", "the way through a proxy"},
    {"tls", "the TLS handshake and the certificates"},
    {"http", "request and answer"},
    {"auth", "getting a token before the request"},
    {"tcp", "the first bytes of a TCP service"},
    {"expect", "an expectation that does not hold, named by its subject"},
    {"save", "a value for a later step"},
    {"policy", "the address policy: link-local and metadata addresses"},
    {"local", "this probe: status `error`, never counted against the target"},
};

static const char *
phase_text(const char *phase)
{
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
        if (str_eq(phases[i].phase, phase))
            return phases[i].text;
    return NULL;
}

static void
add_reasons(struct buf *out)
{
    char *phase = str_xdup("");

    (void)buf_add_str(
        out, "# Reasons\n\n" MADE
             "\nWhy a run is not up: `phase.cause`, from this closed list. A "
             "deadline that passes is named by the phase it passed in. The "
             "number is what travels and is stored.\n");
    for (size_t i = 0; reason_row(i) != REASON_NONE; i++) {
        const char *name = reason_name(reason_row(i));
        char *next = str_xndup(name, strcspn(name, "."));
        const char *text = phase_text(next);

        if (!str_eq(next, phase))
            (void)buf_addf(out,
                           "\n## %s%s%s\n\n| reason | number | what it "
                           "means |\n| --- | --- | --- |\n",
                           next, text ? ": " : "", text ? text : "");
        (void)buf_addf(out, "| `%s` | %d | ", name, (int)reason_row(i));
        add_cell(out, reason_text(reason_row(i)));
        (void)buf_add_str(out, " |\n");
        free(phase);
        phase = next;
    }
    free(phase);
}

/* ---- log.md ---- */

static void
add_log(struct buf *out)
{
    (void)buf_add_str(
        out, "# Log events\n\n" MADE
             "\nThe daemons write one JSON object a line to standard error: "
             "`time`, `level`, `who`, `event`, `text`, and what the event is "
             "about. A result's `run` and an incident's id are the same "
             "everywhere. `picket explain SPOOL_TORN` tells a row of this "
             "table.\n\n| event | level | what it means | what to do |\n"
             "| --- | --- | --- | --- |\n");
    for (int i = 0; i < EV_COUNT; i++) {
        struct log_event_row row = log_event_row((enum log_event_id)i);

        (void)buf_addf(out, "| `%s` | %s | ", row.name, row.level);
        add_cell(out, row.text);
        (void)buf_add_str(out, " | ");
        add_cell(out, row.remedy);
        (void)buf_add_str(out, " |\n");
    }
}

/* ---- the subjects in expectations.md ---- */

static void
add_subject(const struct reference_subject *s, struct buf *out)
{
    static const char *const args[] = {
        [EXPR_ARG_NONE] = "",
        [EXPR_ARG_WORD] = " NAME",
        [EXPR_ARG_JSONPATH] = " PATH",
    };
    struct subject_help help = subject_help_of((enum subject)s->subject->id);
    struct buf kinds;

    buf_init(&kinds, 200);
    reference_add_kinds(s->kinds, &kinds);
    (void)buf_addf(out, "| `%s%s` | %s | %s | ", s->subject->name,
                   args[s->subject->arg], kinds.len ? buf_text(&kinds) : "all",
                   reference_subject_type(s->subject));
    add_cell(out, help.text);
    (void)buf_addf(out, " | `%s` |\n", help.example ? help.example : "");
    buf_free(&kinds);
}

static void
add_subjects(const struct reference *r, struct buf *out)
{
    (void)buf_add_str(out, MADE "\n| subject | kinds | type | what it is | "
                                "example |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < r->subject_count; i++)
        add_subject(&r->subjects[i], out);
}

int
reference_page_format(const struct reference *reference, const char *name,
                      struct buf *out)
{
    if (str_eq(name, "configuration"))
        add_configuration(reference, out);
    else if (str_eq(name, "reasons"))
        add_reasons(out);
    else if (str_eq(name, "subjects"))
        add_subjects(reference, out);
    else if (str_eq(name, "log"))
        add_log(out);
    else
        return -1;
    return out->failed ? -1 : 0;
}
