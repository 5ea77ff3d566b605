#include "base/schema.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/units.h"

#define HINT_MAX  400 /* bytes of a list of what is known */
#define KNOWN_MAX 128 /* rows of one table */

#define OWNERS_MAX 4 /* kinds named in a hint; more are simply checks */

char *
schema_nearest(const char *text, const char *const *names, size_t count)
{
    int nearest = str_nearest(text, names, count);

    return nearest < 0 ? NULL
                       : str_xprintf("did you mean `%s`?", names[nearest]);
}

static bool
is_for(const struct schema *schema, const struct schema_row *row)
{
    return row->mask == 0 || schema->mask == 0 || (row->mask & schema->mask);
}

const struct schema_row *
schema_find(const struct schema *schema, const char *name)
{
    const struct schema_row *other = NULL;

    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_row *row = &schema->rows[i];

        if (!row->name || strcmp(row->name, name) != 0)
            continue;
        if (is_for(schema, row))
            return row;
        if (!other)
            other = row;
    }
    return other;
}

/* Rows that can be used here, without those of later versions. */
static size_t
known(const struct schema *schema, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < schema->count && count < KNOWN_MAX; i++) {
        const struct schema_row *row = &schema->rows[i];

        if (row->name && row->type != SCHEMA_LATER && is_for(schema, row))
            names[count++] = row->name;
    }
    return count;
}

/* Before the nearest name: `port` is not `post` misspelt. */
static char *
foreign_hint(const struct schema *schema, const char *name)
{
    const struct schema_foreign *f = schema->foreign;

    for (; f && f->name; f++)
        if (str_eq(f->name, name))
            return str_xdup(f->hint);
    return NULL;
}

static void
add_unknown(const struct schema *schema, const struct conf *member,
            struct diag *diag)
{
    const char *names[KNOWN_MAX] = {0};
    size_t count = known(schema, names);
    char *hint = foreign_hint(schema, member->name);
    struct buf list;

    if (!hint)
        hint = schema_nearest(member->name, names, count);
    buf_init(&list, HINT_MAX);
    (void)buf_add_str(&list, "known here: ");
    for (size_t i = 0; i < count; i++)
        (void)buf_addf(&list, "%s%s", i ? ", " : "", names[i]);
    diag_add(diag, DIAG_ERROR, member->pos, hint ? hint : buf_text(&list),
             "unknown setting `%s` in %s", member->name, schema->what);
    buf_free(&list);
    free(hint);
}

static const char *
wanted(enum schema_type type)
{
    switch (type) {
    case SCHEMA_TEXT:
        return "a text";
    case SCHEMA_INT:
        return "a whole number";
    case SCHEMA_BOOL:
        return "true or false";
    case SCHEMA_DURATION:
        return "a duration";
    case SCHEMA_SIZE:
        return "a size";
    case SCHEMA_TEXTS:
        return "a list of texts";
    case SCHEMA_GROUP:
    case SCHEMA_MAP:
    case SCHEMA_MIXED:
        return "a group { }";
    case SCHEMA_TREE:
        return "a group { } or a text";
    case SCHEMA_ANY:
    case SCHEMA_LATER:
        break;
    }
    return "nothing";
}

static int
add_type(const struct schema_row *row, const struct conf *value,
         struct diag *diag)
{
    const char *is_a = conf_type_name(value->type);
    char *hint = row->example
                     ? str_xprintf("write %s = %s;", row->name, row->example)
                     : NULL;

    if (diag)
        diag_add(diag, DIAG_ERROR, value->value, hint,
                 "`%s` takes %s, and this is %s", row->name, wanted(row->type),
                 is_a);
    free(hint);
    return -1;
}

static int
check_int(const struct schema_row *row, const struct conf *value,
          struct diag *diag)
{
    if (value->type != CONF_INT)
        return add_type(row, value, diag);
    if (row->max == 0 || (value->num >= row->min && value->num <= row->max))
        return 0;
    if (diag)
        diag_add(diag, DIAG_ERROR, value->value, NULL,
                 "`%s` is a number from %lld to %lld", row->name,
                 (long long)row->min, (long long)row->max);
    return -1;
}

static const char *
format_unit(const struct schema_row *row, int64_t value,
            char to[UNITS_TEXT_MAX])
{
    if (row->type == SCHEMA_DURATION)
        return units_format_duration(to, value);
    return units_format_size(to, value);
}

static int
check_unit(const struct schema_row *row, const struct conf *value,
           struct diag *diag)
{
    bool is_time = row->type == SCHEMA_DURATION;
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    int64_t num;

    if (value->type != CONF_STRING)
        return add_type(row, value, diag);
    if ((is_time ? units_parse_duration(value->text, &num)
                 : units_parse_size(value->text, &num)) != 0) {
        if (diag)
            diag_add(diag, DIAG_ERROR, value->value,
                     is_time ? "a number and ms, s, m, h, d or w: \"30s\""
                             : "a number and B, KiB, MiB or GiB: \"64KiB\"",
                     "`%s` is no %s", value->text,
                     is_time ? "duration" : "size");
        return -1;
    }
    if (row->max == 0 || (num >= row->min && num <= row->max))
        return 0;
    if (diag)
        diag_add(diag, DIAG_ERROR, value->value, NULL,
                 "`%s` goes from %s to %s", row->name,
                 format_unit(row, row->min, low),
                 format_unit(row, row->max, high));
    return -1;
}

static int
check_length(const struct schema_row *row, const struct conf *value,
             struct diag *diag)
{
    bool has_max = row->type == SCHEMA_TEXT || row->type == SCHEMA_TREE;
    size_t max = row->max && has_max ? (size_t)row->max : SCHEMA_TEXT_MAX;

    if (strlen(value->text) <= max)
        return 0;
    if (diag)
        diag_add(diag, DIAG_ERROR, value->value, NULL,
                 "`%s` is longer than %zu bytes", row->name, max);
    return -1;
}

static int
check_texts(const struct schema_row *row, const struct conf *value,
            struct diag *diag)
{
    int rc = 0;

    if (value->type == CONF_STRING)
        return check_length(row, value, diag);
    if (value->type != CONF_ARRAY)
        return add_type(row, value, diag);
    if (row->max != 0 && value->count > (size_t)row->max) {
        if (diag)
            diag_add(diag, DIAG_ERROR, value->value, NULL,
                     "`%s` holds at most %lld texts", row->name,
                     (long long)row->max);
        return -1;
    }
    for (const struct conf *n = value->first; n; n = n->next) {
        if (n->type != CONF_STRING)
            rc = add_type(row, n, diag);
        else if (check_length(row, n, diag))
            rc = -1;
    }
    return rc;
}

/* A number or true where a text goes: what it would be in quotes. */
static int
check_text_member(const struct schema_row *row, const struct conf *member,
                  struct diag *diag)
{
    struct schema_row text = {
        .name = member->name, .type = SCHEMA_TEXT, .max = row->max};
    bool is_scalar = member->type == CONF_INT || member->type == CONF_FLOAT ||
                     member->type == CONF_BOOL;
    char *quoted =
        is_scalar ? str_xprintf("\"%.*s\"", (int)member->raw_len, member->raw)
                  : NULL;
    int rc;

    text.example = quoted;
    rc = schema_check_value(&text, member, diag);
    free(quoted);
    return rc;
}

static int
check_member(const struct schema_row *row, const struct conf *member,
             struct diag *diag)
{
    const struct schema_row group = {
        .name = member->name, .type = SCHEMA_GROUP, .example = "{ ... }"};

    if (strlen(member->name) > SCHEMA_NAME_MAX) {
        if (diag)
            diag_add(diag, DIAG_ERROR, member->pos, NULL,
                     "a name has at most %d bytes", SCHEMA_NAME_MAX);
        return -1;
    }
    if (!row->sub || (row->type == SCHEMA_MIXED && member->type != CONF_GROUP))
        return check_text_member(row, member, diag);
    return member->type == CONF_GROUP ? schema_check(row->sub, member, diag)
                                      : add_type(&group, member, diag);
}

static int
check_map(const struct schema_row *row, const struct conf *value,
          struct diag *diag)
{
    int rc = 0;

    if (value->type != CONF_GROUP)
        return add_type(row, value, diag);
    for (const struct conf *n = value->first; n; n = n->next)
        if (check_member(row, n, diag) != 0)
            rc = -1;
    return rc;
}

int
schema_check_value(const struct schema_row *row, const struct conf *value,
                   struct diag *diag)
{
    switch (row->type) {
    case SCHEMA_TEXT:
        if (value->type != CONF_STRING)
            return add_type(row, value, diag);
        return check_length(row, value, diag);
    case SCHEMA_INT:
        return check_int(row, value, diag);
    case SCHEMA_BOOL:
        return value->type == CONF_BOOL ? 0 : add_type(row, value, diag);
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
        return check_unit(row, value, diag);
    case SCHEMA_TEXTS:
        return check_texts(row, value, diag);
    case SCHEMA_GROUP:
        if (value->type != CONF_GROUP)
            return add_type(row, value, diag);
        return diag && row->sub ? schema_check(row->sub, value, diag) : 0;
    case SCHEMA_MAP:
    case SCHEMA_MIXED:
        return check_map(row, value, diag);
    case SCHEMA_TREE:
        if (value->type == CONF_GROUP)
            return 0;
        return value->type == CONF_STRING ? check_length(row, value, diag)
                                          : add_type(row, value, diag);
    case SCHEMA_ANY:
        return 0;
    case SCHEMA_LATER:
        break;
    }
    if (diag)
        diag_add(diag, DIAG_ERROR, value->pos, "take it out for now",
                 "`%s` is not in this version", row->name);
    return -1;
}

/* The kinds that have it: "a setting of an http check, a dns check". */
static void
add_elsewhere(const struct schema *schema, const struct schema_row *row,
              const struct conf *member, struct diag *diag)
{
    const char *glue = "a setting of ";
    int count = 0;
    struct buf owners;

    buf_init(&owners, HINT_MAX);
    for (unsigned kind = 0; schema->kinds && kind < SCHEMA_KINDS_MAX; kind++) {
        if (!(row->mask & (1U << kind)) || !schema->kinds[kind])
            continue;
        (void)buf_addf(&owners, "%s%s", glue, schema->kinds[kind]);
        glue = ", ";
        count++;
    }
    diag_add(diag, DIAG_ERROR, member->pos,
             count > OWNERS_MAX ? "a setting of checks"
             : count > 0        ? buf_text(&owners)
                                : NULL,
             "%s has no setting `%s`", schema->what, member->name);
    buf_free(&owners);
}

int
schema_check(const struct schema *schema, const struct conf *group,
             struct diag *diag)
{
    int rc = 0;

    for (const struct conf *n = group->first; n; n = n->next) {
        const struct schema_row *row = schema_find(schema, n->name);

        if (row && is_for(schema, row)) {
            if (schema_check_value(row, n, diag))
                rc = -1;
            continue;
        }
        rc = -1;
        if (diag && row)
            add_elsewhere(schema, row, n, diag);
        else if (diag)
            add_unknown(schema, n, diag);
    }
    return rc;
}

int64_t
schema_number(const struct schema_row *row, const struct conf *value)
{
    int64_t num = value->num;
    int rc = 0;

    if (row->type == SCHEMA_DURATION)
        rc = units_parse_duration(value->text, &num);
    else if (row->type == SCHEMA_SIZE)
        rc = units_parse_size(value->text, &num);
    assert(rc == 0);
    return num;
}

/* ---- storing ---- */

static void
put(void *to, size_t at, const void *value, size_t size)
{
    memcpy((char *)to + at - 1, value, size);
}

static void
put_number(const struct schema_row *row, int64_t num, void *to)
{
    int as_int = (int)num;
    bool as_bool = num != 0;

    if (row->type == SCHEMA_INT)
        put(to, row->at, &as_int, sizeof(as_int));
    else if (row->type == SCHEMA_BOOL)
        put(to, row->at, &as_bool, sizeof(as_bool));
    else
        put(to, row->at, &num, sizeof(num));
}

static void
put_text(const struct schema_row *row, const char *text, void *to)
{
    char *copy = str_xdup(text);

    put(to, row->at, &copy, sizeof(copy));
}

static void
put_texts(const struct schema_row *row, const struct conf *value, void *to)
{
    const struct conf *n = value->type == CONF_STRING ? value : value->first;
    size_t count = value->type == CONF_STRING ? 1 : value->count;
    char **items = str_xcalloc(count + 1, sizeof(*items));

    for (size_t i = 0; i < count; i++, n = n->next)
        items[i] = str_xdup(n->text);
    put(to, row->at, &items, sizeof(items));
    put(to, row->count_at, &count, sizeof(count));
}

static void
put_value(const struct schema_row *row, const struct conf *value, void *to)
{
    switch (row->type) {
    case SCHEMA_TEXT:
        put_text(row, value->text, to);
        break;
    case SCHEMA_INT:
    case SCHEMA_BOOL:
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
        put_number(row, schema_number(row, value), to);
        break;
    case SCHEMA_TEXTS:
        put_texts(row, value, to);
        break;
    case SCHEMA_GROUP:
    case SCHEMA_MAP:
    case SCHEMA_MIXED:
    case SCHEMA_TREE:
    case SCHEMA_ANY:
    case SCHEMA_LATER:
        break;
    }
}

/* Defaults are checked by the tests of the tables, not here. */
static void
put_fallback(const struct schema_row *row, void *to)
{
    struct conf value = {.type = CONF_STRING, .text = row->fallback};

    if (!row->fallback)
        return;
    if (row->type == SCHEMA_INT)
        (void)str_parse_i64(row->fallback, &value.num);
    if (row->type == SCHEMA_BOOL)
        value.num = strcmp(row->fallback, "true") == 0;
    put_value(row, &value, to);
}

static void
fill(const struct schema *schema, const struct conf *group, void *to)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_row *row = &schema->rows[i];
        const struct conf *value = conf_find(group, row->name);
        bool is_right = value && schema_check_value(row, value, NULL) == 0;

        if (row->type == SCHEMA_GROUP && row->sub)
            fill(row->sub, is_right ? value : NULL, to);
        else if (row->at == 0)
            continue;
        else if (is_right)
            put_value(row, value, to);
        else
            put_fallback(row, to);
    }
}

int
schema_read(const struct schema *schema, const struct conf *group, void *to,
            struct diag *diag)
{
    int rc = group ? schema_check(schema, group, diag) : 0;

    fill(schema, group, to);
    return rc;
}
