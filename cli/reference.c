/*
 * The tables hang together by `sub`; where a group is looked at by code of its
 * own (checks, secrets, policies, the probe) it is found here by its path.
 */
#include "cli/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/secret_conf.h"
#include "checks/spec_table.h"
#include "checks/subject.h"
#include "controller/config_table.h"
#include "probe/settings.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define DEPTH_MAX 8
#define ALL_KINDS ((1U << SPEC_KIND_COUNT) - 1) /* steps are none */

static void gather(struct reference *r, const char *path,
                   const struct schema *table, int depth);

/* `cleanup` holds what `journey` holds: it is said once. */
static bool
is_there(const struct reference *r, const struct schema *table)
{
    for (size_t i = 0; i < r->setting_count; i++)
        if (r->settings[i].table == table)
            return true;
    return false;
}

static void
gather_below(struct reference *r, const char *path,
             const struct schema_row *row, int depth)
{
    static const struct {
        const char *path;
        const char *name;
        const struct schema *table;
    } rooms[] = {
        {"checks", "NAME", &spec_table},
        {"secrets", "NAME", &secret_conf_table},
        {"policies", "NAME.STEP", &config_table_step},
    };

    bool is_map = row->type == SCHEMA_MAP || row->type == SCHEMA_MIXED;
    char *below = NULL;

    if (row->sub && is_there(r, row->sub))
        return;
    if (row->sub) {
        below = str_xprintf("%s%s", path, is_map ? ".NAME" : "");
        gather(r, below, row->sub, depth + 1);
    }
    for (size_t i = 0; i < COUNT(rooms) && !below; i++) {
        if (!str_eq(path, rooms[i].path))
            continue;
        below = str_xprintf("%s.%s", path, rooms[i].name);
        gather(r, below, rooms[i].table, depth + 1);
    }
    free(below);
}

static void
add_setting(struct reference *r, char *path, size_t room,
            const struct schema *table, const struct schema_row *row)
{
    size_t size = (r->setting_count + 1) * sizeof(r->settings[0]);
    struct reference_setting *setting;

    r->settings = str_xrealloc(r->settings, size);
    setting = &r->settings[r->setting_count++];
    setting->path = path;
    setting->room = room;
    setting->table = table;
    setting->row = row;
}

/* A check's table has the rows of its steps, too, which stand in theirs. */
static bool
is_of(const struct schema *table, const struct schema_row *row)
{
    if (table == &spec_table && row - table->rows < SPEC_KEY_COUNT)
        return !spec_table_is_of_steps((enum spec_key)(row - table->rows));
    return table->mask == 0 || (row->mask & table->mask) != 0;
}

/* A group's own settings stand together, what is inside them after it: groups
 * of its own, then steps. */
static void
gather(struct reference *r, const char *path, const struct schema *table,
       int depth)
{
    size_t room = r->setting_count;
    size_t end;

    for (size_t i = 0; i < table->count; i++) {
        const struct schema_row *row = &table->rows[i];

        if (row->name && is_of(table, row))
            add_setting(
                r, str_xprintf("%s%s%s", path, path[0] ? "." : "", row->name),
                room, table, row);
    }
    end = r->setting_count;
    for (size_t i = room; depth < DEPTH_MAX && i < 2 * end - room; i++) {
        size_t at = i < end ? i : i - end + room;
        const struct schema_row *row = r->settings[at].row;
        bool is_steps = row->sub && row->sub->rows == table->rows;

        if (row->type != SCHEMA_LATER && is_steps == (i >= end))
            gather_below(r, r->settings[at].path, row, depth);
    }
}

/* The probe's file: its `picket` and `include` are said already. */
static void
gather_probe(struct reference *r)
{
    const struct schema_row *row = schema_find(&settings_table, "probe");

    gather(r, "probe", row->sub, 1);
}

static void
gather_subject(struct reference *r, const struct expr_subject *subject,
               unsigned kind)
{
    size_t size = (r->subject_count + 1) * sizeof(r->subjects[0]);

    for (size_t i = 0; i < r->subject_count; i++)
        if (str_eq(r->subjects[i].subject->name, subject->name)) {
            r->subjects[i].kinds |= kind;
            return;
        }
    r->subjects = str_xrealloc(r->subjects, size);
    r->subjects[r->subject_count++] = (struct reference_subject){subject, kind};
}

struct reference *
reference_create(void)
{
    struct reference *r = str_xcalloc(1, sizeof(*r));

    gather(r, "", &config_table_root, 0);
    gather_probe(r);
    for (unsigned kind = 0; kind < SPEC_KIND_COUNT; kind++) {
        size_t count;
        const struct expr_subject *table =
            subject_table((enum spec_kind)kind, &count);

        for (size_t i = 0; i < count; i++)
            gather_subject(r, &table[i], 1U << kind);
    }
    return r;
}

void
reference_free(struct reference *reference)
{
    if (!reference)
        return;
    for (size_t i = 0; i < reference->setting_count; i++)
        free(reference->settings[i].path);
    free(reference->settings);
    free(reference->subjects);
    free(reference);
}

/* ---- asking ---- */

static bool
is_any(const char *word, size_t len)
{
    return (len == 4 && strncmp(word, "NAME", 4) == 0) ||
           (len == 4 && strncmp(word, "STEP", 4) == 0);
}

/* Word by word; NAME and STEP stand for any. */
static bool
is_path(const char *path, const char *asked)
{
    while (*path && *asked) {
        size_t len = strcspn(path, ".");
        size_t asked_len = strcspn(asked, ".");

        if (!is_any(path, len) &&
            (len != asked_len || strncmp(path, asked, len) != 0))
            return false;
        path += len + (path[len] == '.');
        asked += asked_len + (asked[asked_len] == '.');
    }
    return !*path && !*asked;
}

/* What templates and defaults take is what a check takes. */
static bool
is_of_check(const struct reference_setting *setting, const char *rest)
{
    char *as_check = str_xprintf("checks.x%s", rest);
    bool is_asked = is_path(setting->path, as_check);

    free(as_check);
    return is_asked;
}

bool
reference_is_asked(const struct reference_setting *setting, const char *asked)
{
    const char *rest = NULL;

    if (str_starts(asked, "defaults."))
        return is_of_check(setting, asked + strlen("defaults"));
    if (str_starts(asked, "checks.") &&
        is_of_check(setting, asked + strlen("checks")))
        return true; /* the name was left out */
    if (str_starts(asked, "templates."))
        rest = strchr(asked + strlen("templates."), '.');
    if (rest)
        return is_of_check(setting, rest);
    for (const char *at = setting->path; at; at = strchr(at, '.')) {
        at += *at == '.';
        if (!is_any(at, strcspn(at, ".")) && is_path(at, asked))
            return true;
    }
    return false;
}

/* ---- for people ---- */

static const char *
type_name(const struct schema_row *row)
{
    switch (row->type) {
    case SCHEMA_TEXT:
        return "text";
    case SCHEMA_INT:
        return "number";
    case SCHEMA_BOOL:
        return "true or false";
    case SCHEMA_DURATION:
        return "duration";
    case SCHEMA_SIZE:
        return "size";
    case SCHEMA_TEXTS:
        return "texts";
    case SCHEMA_GROUP:
        return "group";
    case SCHEMA_MAP:
        return row->sub ? "groups by name" : "texts by name";
    case SCHEMA_MIXED:
        return "texts and groups by name";
    case SCHEMA_TREE:
        return "group or text";
    case SCHEMA_ANY:
        return "texts, or lists of texts by name";
    case SCHEMA_LATER:
        break;
    }
    return "not in this version";
}

static void
add_range(const struct schema_row *row, struct buf *out)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];

    if (row->min == row->max)
        (void)buf_addf(out, ", %lld", (long long)row->min);
    else if (row->type == SCHEMA_INT)
        (void)buf_addf(out, ", %lld to %lld", (long long)row->min,
                       (long long)row->max);
    else if (row->type == SCHEMA_DURATION)
        (void)buf_addf(out, ", %s to %s", units_format_duration(low, row->min),
                       units_format_duration(high, row->max));
    else if (row->type == SCHEMA_SIZE)
        (void)buf_addf(out, ", %s to %s", units_format_size(low, row->min),
                       units_format_size(high, row->max));
    else if (row->type == SCHEMA_TEXTS)
        (void)buf_addf(out, ", at most %lld", (long long)row->max);
    else if (row->type == SCHEMA_TEXT)
        (void)buf_addf(out, ", at most %lld bytes", (long long)row->max);
}

void
reference_add_type(const struct schema_row *row, struct buf *out)
{
    (void)buf_add_str(out, type_name(row));
    if (row->max != 0)
        add_range(row, out);
}

void
reference_add_kinds(unsigned mask, struct buf *out)
{
    const char *glue = "";

    mask &= ALL_KINDS;
    if (mask == 0 || mask == ALL_KINDS)
        return;
    for (unsigned kind = 0; kind < SPEC_KIND_COUNT; kind++) {
        if (!(mask & (1U << kind)))
            continue;
        (void)buf_addf(out, "%s%s", glue, spec_kind_name((enum spec_kind)kind));
        glue = ", ";
    }
}

const char *
reference_example(const struct reference_setting *setting)
{
    if (setting->table == &spec_table_talk &&
        setting->row - setting->table->rows == SPEC_KEY_EXPECT)
        return "[ \"banner ~ '^220 '\" ]";
    return setting->row->example;
}

const char *
reference_subject_type(const struct expr_subject *subject)
{
    switch (subject->type) {
    case EXPR_INT:
    case EXPR_DECIMAL:
        return "number";
    case EXPR_DURATION:
        return "duration";
    case EXPR_SIZE:
        return "size";
    case EXPR_TEXT:
        return subject->words ? "word" : "text";
    case EXPR_FLAG:
        return "flag";
    case EXPR_ADDRESS:
        return "address";
    case EXPR_ANY:
        return "what is there";
    }
    return "";
}
