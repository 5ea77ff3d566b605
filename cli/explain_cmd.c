/*
 * explain_cmd.c - `picket explain WORD`: what a setting, a reason, the subject
 * of an expectation or an event of the logs is, from the tables that validate
 * and log; and what an alert of a configuration watches and whom it tells
 * (explain_alert.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/json.h"
#include "base/log.h"
#include "base/schema.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec_table.h"
#include "checks/subject_help.h"
#include "cli/commands.h"
#include "cli/explain_alert.h"
#include "cli/options.h"
#include "cli/reference.h"
#include "cli/reference_page.h"
#include "wire/reason.h"

#define OUTPUT_MAX ((size_t)4 * 1024 * 1024)
#define KINDS_MAX  200 /* bytes of their names */

static const struct option_def options_table[] = {
    {"json", 'j', NULL, "one JSON object a line"},
    {"page", 0, "PAGE",
     "configuration, reasons, subjects, log: all, as Markdown"},
    {0},
};

static const struct options_command command = {
    .usage = "explain WORD [FILE|DIR]... [--json]",
    .about = "Say what a setting (every, controller.keep), a reason "
             "(tls.expired), a subject\nof expectations (days), an event of "
             "the logs (SPOOL_TORN) or an alert\n(alerts.down, of FILE or DIR) "
             "is.",
    .options = options_table,
    .more = "exit code: 0, 66 nothing of that name, 78 not valid\n",
};

struct explain {
    const struct reference *reference;
    const char *word;
    bool is_json;
    size_t found;
    struct buf out;
};

static void
add_line(struct explain *e, const char *label, const char *text)
{
    if (text && text[0])
        (void)buf_addf(&e->out, "  %-9s%s\n", label, text);
}

/* A blank line between things of one name. */
static void
begin(struct explain *e, const char *name, const char *what)
{
    (void)buf_addf(&e->out, "%s%s - %s\n", e->found++ ? "\n" : "", name, what);
}

static struct json
begin_json(struct explain *e, const char *what, const char *name)
{
    struct json j = json_begin(&e->out);

    e->found++;
    json_obj(&j, NULL);
    json_int(&j, "schema", 1);
    json_str(&j, "what", what);
    json_str(&j, "name", name);
    return j;
}

static void
end_json(struct explain *e, struct json *j)
{
    json_end(j);
    (void)buf_add_char(&e->out, '\n');
}

static void
add_kinds_json(struct json *j, unsigned mask)
{
    json_arr(j, "kinds");
    for (unsigned kind = 0; kind < SPEC_KIND_COUNT; kind++)
        if (mask == 0 || (mask & (1U << kind)))
            json_str(j, NULL, spec_kind_name((enum spec_kind)kind));
    json_end(j);
}

/* ---- settings ---- */

static bool
is_of_checks(const struct reference_setting *s)
{
    return s->table == &spec_table;
}

/* What stands in a group: "listen, probes, ..."; nothing of what is none. */
static void
add_members(const struct reference *r, const char *group, struct buf *out)
{
    for (size_t i = 0; i < r->setting_count; i++) {
        const char *path = r->settings[i].path;
        const char *rest = str_starts(path, group) ? path + strlen(group) : "";

        if (str_starts(rest, ".NAME"))
            rest += strlen(".NAME");
        if (str_starts(rest, ".STEP"))
            rest += strlen(".STEP");
        if (rest[0] == '.' && !strchr(rest + 1, '.') &&
            r->settings[i].row->type != SCHEMA_LATER)
            (void)buf_addf(out, "%s%s", out->len ? ", " : "", rest + 1);
    }
}

static void
add_setting_json(struct explain *e, const struct reference_setting *s)
{
    const struct schema_row *row = s->row;
    struct json j = begin_json(e, "setting", row->name);
    struct buf type;

    buf_init(&type, KINDS_MAX);
    reference_add_type(row, &type);
    json_str(&j, "path", s->path);
    json_str(&j, "in", s->table->what);
    json_str(&j, "type", buf_text(&type));
    json_str(&j, "default", row->fallback);
    json_str(&j, "example", reference_example(s));
    json_str(&j, "help", row->help);
    json_bool(&j, "available", row->type != SCHEMA_LATER);
    if (is_of_checks(s))
        add_kinds_json(&j, row->mask);
    end_json(e, &j);
    buf_free(&type);
}

static void
add_setting(struct explain *e, const struct reference_setting *s)
{
    const struct schema_row *row = s->row;
    struct buf text;

    if (e->is_json) {
        add_setting_json(e, s);
        return;
    }
    buf_init(&text, KINDS_MAX);
    (void)buf_addf(&text, "a setting of %s", s->table->what);
    begin(e, s->path, buf_text(&text));
    if (row->help)
        (void)buf_addf(&e->out, "  %s\n", row->help);
    buf_reset(&text);
    reference_add_type(row, &text);
    add_line(e, "type", buf_text(&text));
    add_line(e, "default", row->fallback);
    buf_reset(&text);
    if (is_of_checks(s))
        reference_add_kinds(row->mask, &text);
    add_line(e, "kinds",
             text.len == 0 && is_of_checks(s) ? "all" : buf_text(&text));
    buf_reset(&text);
    if (reference_example(s))
        (void)buf_addf(&text, "%s = %s;", row->name, reference_example(s));
    add_line(e, "example", buf_text(&text));
    buf_free(&text);
    buf_init(&text, OUTPUT_MAX);
    add_members(e->reference, s->path, &text);
    add_line(e, "holds", buf_text(&text));
    buf_free(&text);
}

static void
add_settings(struct explain *e)
{
    for (size_t i = 0; i < e->reference->setting_count; i++)
        if (reference_is_asked(&e->reference->settings[i], e->word))
            add_setting(e, &e->reference->settings[i]);
}

/* ---- subjects and reasons ---- */

static void
add_subject(struct explain *e, const struct reference_subject *s)
{
    struct subject_help help = subject_help_of((enum subject)s->subject->id);
    const char *type = reference_subject_type(s->subject);
    struct buf kinds;
    struct json j;

    if (e->is_json) {
        j = begin_json(e, "subject", s->subject->name);
        json_str(&j, "type", type);
        json_str(&j, "example", help.example);
        json_str(&j, "help", help.text);
        add_kinds_json(&j, s->kinds);
        end_json(e, &j);
        return;
    }
    buf_init(&kinds, KINDS_MAX);
    reference_add_kinds(s->kinds, &kinds);
    begin(e, s->subject->name, "a subject of expectations");
    (void)buf_addf(&e->out, "  %s\n", help.text);
    add_line(e, "type", type);
    add_line(e, "kinds", kinds.len ? buf_text(&kinds) : "all");
    add_line(e, "example", help.example);
    buf_free(&kinds);
}

static void
add_subjects(struct explain *e)
{
    for (size_t i = 0; i < e->reference->subject_count; i++)
        if (str_eq(e->reference->subjects[i].subject->name, e->word))
            add_subject(e, &e->reference->subjects[i]);
}

static void
add_reason(struct explain *e)
{
    enum reason reason = reason_parse(e->word);
    bool is_local = str_starts(e->word, "local.");
    char number[UNITS_TEXT_MAX];
    struct json j;

    if (reason == REASON_NONE)
        return;
    if (e->is_json) {
        j = begin_json(e, "reason", e->word);
        json_int(&j, "number", (int64_t)reason);
        json_str(&j, "help", reason_text(reason));
        end_json(e, &j);
        return;
    }
    begin(e, e->word, "a reason why a run is not up");
    (void)buf_addf(&e->out, "  %s\n", reason_text(reason));
    (void)snprintf(number, sizeof(number), "%d", (int)reason);
    add_line(e, "number", number);
    add_line(e, "status",
             is_local ? "error: never counted against the target" : NULL);
}

/* ---- events of the logs ---- */

static void
add_event(struct explain *e, const struct log_event_row *row)
{
    struct json j;

    if (e->is_json) {
        j = begin_json(e, "event", row->name);
        json_str(&j, "level", row->level);
        json_str(&j, "help", row->text);
        json_str(&j, "remedy", row->remedy);
        end_json(e, &j);
        return;
    }
    begin(e, row->name, "an event of the logs");
    (void)buf_addf(&e->out, "  %s\n", row->text);
    add_line(e, "level", row->level);
    add_line(e, "to do", row->remedy);
}

static void
add_events(struct explain *e)
{
    for (int i = 0; i < EV_COUNT; i++) {
        struct log_event_row row = log_event_row((enum log_event_id)i);

        if (str_eq_nocase(row.name, e->word))
            add_event(e, &row);
    }
}

/* ---- nothing of that name ---- */

static int
add_unknown(const struct explain *e)
{
    const struct reference *r = e->reference;
    size_t max = r->setting_count * 2 + r->subject_count + EV_COUNT;
    const char **names;
    size_t count = 0;
    char *hint;

    for (size_t i = 0; reason_row(i) != REASON_NONE; i++)
        max++;
    names = str_xcalloc(max, sizeof(*names));
    for (size_t i = 0; i < r->setting_count; i++) {
        names[count++] = r->settings[i].row->name;
        names[count++] = r->settings[i].path;
    }
    for (size_t i = 0; i < r->subject_count; i++)
        names[count++] = r->subjects[i].subject->name;
    for (int i = 0; i < EV_COUNT; i++)
        names[count++] = log_event_row((enum log_event_id)i).name;
    for (size_t i = 0; reason_row(i) != REASON_NONE; i++)
        names[count++] = reason_name(reason_row(i));
    hint = schema_nearest(e->word, names, count);
    (void)fprintf(
        stderr,
        "picket: `%s` is no setting, reason, subject or log event%s%s\n",
        e->word, hint ? "; " : "", hint ? hint : "");
    free(hint);
    free(names);
    return EX_NOINPUT;
}

/* "alerts.down": one that a configuration names. */
static bool
is_alert(const char *word)
{
    return str_starts(word, "alerts.") &&
           strchr(word + strlen("alerts."), '.') == NULL;
}

static int
explain(const struct reference *reference, const struct options *o)
{
    struct explain e = {.reference = reference,
                        .word = o->operand[0],
                        .is_json = options_has(o, "json")};
    int rc;

    buf_init(&e.out, OUTPUT_MAX);
    add_settings(&e);
    add_subjects(&e);
    add_reason(&e);
    add_events(&e);
    rc = e.found > 0 ? EX_OK : add_unknown(&e);
    (void)fwrite(buf_text(&e.out), 1, e.out.len, stdout);
    buf_free(&e.out);
    return rc;
}

static int
print_page(const struct reference *reference, const char *name)
{
    struct buf out;
    int rc;

    buf_init(&out, OUTPUT_MAX);
    rc = reference_page_format(reference, name, &out);
    if (rc == 0)
        (void)fwrite(buf_text(&out), 1, out.len, stdout);
    buf_free(&out);
    return rc == 0
               ? EX_OK
               : options_misused(&command, "pages are configuration, reasons, "
                                           "subjects and log");
}

int
explain_cmd(int argc, char **argv)
{
    struct options o;
    struct reference *reference;
    int rc = options_parse(&o, &command, argc, argv);

    if (rc != OPTIONS_GO_ON)
        return rc;
    if (o.operand_count == 0 && !options_has(&o, "page"))
        return options_misused(&command, "explain takes a WORD");
    if (o.operand_count > 0 && is_alert(o.operand[0]))
        return explain_alert(o.operand[0] + strlen("alerts."), &o.operand[1],
                             o.operand_count - 1, options_has(&o, "json"));
    reference = reference_create();
    rc = options_has(&o, "page")
             ? print_page(reference, options_get(&o, "page"))
             : explain(reference, &o);
    reference_free(reference);
    return rc;
}
