/*
 * A bare target is written out as the configuration it stands for and read
 * like any other: one way in, the same messages.
 *
 * A fault of that text is shown in the argument that it came from: nobody wrote
 * the text.
 *
 * Its name is made of its kind and its host, so that it is the same in every
 * run and whatever stands beside it: what is kept of a check is kept under its
 * name.  A dot or colon is a dash there and a dash is two; what a name cannot
 * say of a target (a path, what is too long) is in six digits at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/id.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"

#define TEXT_MAX  ((size_t)1024 * 1024)
#define TEXT_NAME "command line"
#define TARGET    "target" /* what an argument is called in a message */
#define EXPECT    "--expect"
#define MARK_LEN  6 /* hex digits of a name that does not say all */

/* What one text says whole.  A program is run only when a file says so. */
static bool
is_aimed(enum spec_kind kind)
{
    return kind != SPEC_JOURNEY && kind != SPEC_EXEC && kind != SPEC_WS &&
           kind != SPEC_PUSH;
}

/* The kind's word and where the target proper begins; NULL: no kind. */
static const char *
split(const char *target, const char **rest)
{
    size_t len = strcspn(target, ":");

    *rest = target;
    if (str_starts(target, "http://") || str_starts(target, "https://"))
        return "http";
    if (str_starts(target, "ws://") || str_starts(target, "wss://"))
        return "ws";
    for (int kind = SPEC_HTTP + 1; kind < SPEC_KIND_COUNT; kind++) {
        const char *name = spec_kind_name((enum spec_kind)kind);

        if (target[len] == ':' && strlen(name) == len &&
            str_starts(target, name) && is_aimed((enum spec_kind)kind)) {
            *rest = target + len + 1;
            return name;
        }
    }
    return NULL;
}

/* An argument, or the part of one that stands in quotes on its own. */
struct part {
    const char *name;  /* of the argument */
    const char *whole; /* the argument */
    size_t from, len;  /* which bytes of it */
    int line, column;  /* of the first within the quotes */
};

#define PARTS_MAX 66 /* two of a target, and what OPTIONS_MAX leaves */

struct parts {
    struct part item[PARTS_MAX];
    size_t count;
};

/* `part` in quotes, and the note where it went. */
static void
add_part(struct buf *out, struct parts *parts, struct part part)
{
    const char *text = buf_text(out);
    const char *line = strrchr(text, '\n');
    char *words = str_xndup(part.whole + part.from, part.len);

    part.line = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        part.line++;
    line = line ? line + 1 : text;
    part.column = (int)str_utf8_count(line, strlen(line)) + 2;
    conf_quote(out, words);
    free(words);
    if (parts != NULL && parts->count < PARTS_MAX)
        parts->item[parts->count++] = part;
}

/* The byte of the argument that became the character at `column`. */
static size_t
byte_at(const struct part *part, int column)
{
    const char *text = part->whole + part->from;
    int at = part->column;
    size_t i = 0;

    while (i < part->len && at < column) {
        unsigned char c = (unsigned char)text[i++];

        at += (c & 0xc0) == 0x80                   ? 0
              : c == '"' || c == '\\' || c == '\n' ? 2
                                                   : 1;
        while (i < part->len && ((unsigned char)text[i] & 0xc0) == 0x80)
            i++;
    }
    return part->from + i;
}

static void
place_in_argument(void *cookie, struct diag_pos *pos)
{
    const struct parts *parts = cookie;
    struct diag_pos place = {NULL, 0, 0, 1};

    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->item[i];

        /* One that is named by its quote begins with its first character. */
        if (part->line == pos->line && pos->column >= part->column - 1)
            place = (struct diag_pos){
                part->name, 1,
                (int)str_utf8_count(part->whole, byte_at(part, pos->column)) +
                    1,
                pos->length};
    }
    *pos = place;
}

static void
add_no_kind(struct diag *diag, const char *target)
{
    struct diag_pos pos = {TARGET, 1, 1, (int)strlen(target)};
    bool is_host =
        !strstr(target, "://") && strchr(target, '.') && !strchr(target, ' ');
    char *hint = is_host ? str_xprintf("did you mean `https://%s`?", target)
                         : str_xdup("https://HOST/, dns:NAME, tls:HOST:PORT, "
                                    "tcp:HOST:PORT, icmp:HOST, "
                                    "grpc:HOST:PORT[/SERVICE] or wss://HOST/");

    if (pos.length < 1)
        pos.length = 1;
    diag_source(diag, TARGET, target, strlen(target));
    diag_add(diag, DIAG_ERROR, pos, hint, "this is no target to check");
    free(hint);
}

/* A host as a part of a name; false when that does not say all of it. */
static bool
add_host(struct buf *out, const char *host, size_t len)
{
    size_t most = SPEC_NAME_MAX - 1 - (MARK_LEN + 1) - 2;
    bool is_bare_ip = len > 0 && host[0] == '[' && host[len - 1] == ']';

    for (size_t i = is_bare_ip; i < len - is_bare_ip; i++) {
        int c = (unsigned char)host[i];

        if (out->len > most)
            return false;
        if (str_is_alpha(c) || str_is_digit(c))
            (void)buf_add_char(out, str_lower((char)c));
        else
            (void)buf_add_str(out, c == '-' ? "--" : "-");
        if (!str_is_alpha(c) && !str_is_digit(c) && !strchr("-.:", c))
            return false;
    }
    return true;
}

/* What libconfig takes as a name: the same for the same target, always. */
static void
add_name(struct buf *out, const char *kind, const char *rest)
{
    const char *scheme = strstr(rest, "://");
    const char *host = scheme ? scheme + 3 : rest;
    size_t len = strcspn(host, "/?#");
    const char *path = host + len;
    const char *user = memchr(host, '@', len);
    bool is_scheme_kind =
        scheme && (str_eq(kind, "http") || str_eq(kind, "ws"));
    bool is_whole = !scheme || is_scheme_kind;
    char hex[ID_TEXT_MAX];
    struct buf name;
    struct id id;

    buf_init(&name, SPEC_NAME_MAX);
    if (user) {
        len -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    if (is_scheme_kind)
        (void)buf_add(&name, rest, (size_t)(scheme - rest));
    else
        (void)buf_add_str(&name, kind);
    (void)buf_add_char(&name, '-');
    is_whole = add_host(&name, host, len) && is_whole;
    if (!is_whole || !(path[0] == '\0' || str_eq(path, "/"))) {
        id = id_of(kind, rest, (const char *)NULL);
        (void)buf_addf(&name, "-%.*s", MARK_LEN, id_format(hex, &id));
    }
    (void)buf_add_str(out, buf_text(&name));
    buf_free(&name);
}

/* [2001:db8::1], as it stands before a port; alone it needs no brackets. */
static bool
is_bracketed(const char *host)
{
    return host[0] == '[' && strchr(host, ':') &&
           strchr(host, ']') == host + strlen(host) - 1;
}

/* `rest` is what follows the kind in `target`.  What stands behind the host of
 * grpc:HOST:PORT/SERVICE is no path. */
static void
add_target(struct buf *out, struct parts *parts, const char *kind,
           const char *target, const char *rest)
{
    const char *scheme = strstr(rest, "://");
    const char *slash = strchr(scheme ? scheme + 3 : rest, '/');
    struct part part = {.name = TARGET, .whole = target};
    bool is_bare = str_eq(kind, "icmp") && is_bracketed(rest);

    part.from = (size_t)(rest - target) + is_bare;
    part.len = strlen(rest) - 2 * (size_t)is_bare;
    if (str_eq(kind, "grpc") && slash)
        part.len = (size_t)(slash - rest);
    add_part(out, parts, part);
    (void)buf_add_str(out, ";\n");
    if (!str_eq(kind, "grpc") || !slash)
        return;
    (void)buf_add_str(out, "    service = ");
    part.from += part.len + 1;
    part.len = strlen(target) - part.from;
    add_part(out, parts, part);
    (void)buf_add_str(out, ";\n");
}

static void
add_expects(struct buf *out, struct parts *parts, const char *const *expects,
            size_t count)
{
    (void)buf_add_str(out, "    expect = [");
    for (size_t i = 0; i < count; i++) {
        struct part part = {
            .name = EXPECT, .whole = expects[i], .len = strlen(expects[i])};

        (void)buf_add_str(out, i ? ",\n      " : "\n      ");
        add_part(out, parts, part);
    }
    (void)buf_add_str(out, "\n    ];\n");
}

bool
catalog_add_target(struct buf *out, const char *target)
{
    const char *rest;
    const char *kind = split(target, &rest);

    if (!kind)
        return false;
    (void)buf_addf(out, "    %s = ", kind);
    add_target(out, NULL, kind, target, rest);
    return true;
}

struct spec *
catalog_of_target(const char *target, const char *const *expects,
                  size_t expect_count, struct diag *diag)
{
    return catalog_of_target_with(target, expects, expect_count, "", diag);
}

static struct spec *
compile(const struct buf *text, struct diag *diag)
{
    struct conf_set *set = conf_set_create();
    struct catalog *catalog;
    struct spec *spec = NULL;

    (void)conf_load_text(set, TEXT_NAME, buf_text(text), text->len, diag);
    catalog = catalog_create(set, diag);
    if (catalog_count(catalog) == 1 && diag_errors(diag) == 0)
        spec = spec_ref(catalog_get(catalog, 0));
    catalog_free(catalog);
    conf_set_free(set);
    return spec;
}

/* Several arguments of one name are told apart by their texts. */
static void
tell(struct diag *diag, const struct diag *found, struct parts *parts)
{
    char *names[PARTS_MAX] = {NULL};

    for (size_t i = 0; i < parts->count; i++) {
        struct part *part = &parts->item[i];

        if (i > 0 && part->whole == parts->item[i - 1].whole)
            continue; /* the second part of a target */
        if (str_eq(part->name, EXPECT) && parts->count > 2) {
            names[i] = str_xprintf("%s '%s'", EXPECT, part->whole);
            part->name = names[i];
        }
        diag_source(diag, part->name, part->whole, strlen(part->whole));
    }
    diag_move(diag, found, place_in_argument, parts);
    for (size_t i = 0; i < parts->count; i++)
        free(names[i]);
}

struct spec *
catalog_of_target_with(const char *target, const char *const *expects,
                       size_t expect_count, const char *settings,
                       struct diag *diag)
{
    const char *rest;
    const char *kind = split(target, &rest);
    struct parts parts = {.count = 0};
    struct diag *found;
    struct spec *spec;
    struct buf text;

    if (!kind) {
        add_no_kind(diag, target);
        return NULL;
    }
    buf_init(&text, TEXT_MAX);
    found = diag_create();
    (void)buf_add_str(&text, "picket = 1;\nchecks = {\n  ");
    add_name(&text, kind, rest);
    (void)buf_addf(&text, " = {\n    %s = ", kind);
    add_target(&text, &parts, kind, target, rest);
    add_expects(&text, &parts, expects, expect_count);
    (void)buf_addf(&text, "    %s\n  };\n};\n", settings);
    spec = compile(&text, found);
    tell(diag, found, &parts);
    diag_free(found);
    buf_free(&text);
    return spec;
}
