/*
 * A bare target is written out as the configuration it stands for and read
 * like any other: one way in, the same messages.
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

static void
add_no_kind(struct diag *diag, const char *target)
{
    struct diag_pos pos = {TEXT_NAME, 1, 1, (int)strlen(target)};
    bool is_host =
        !strstr(target, "://") && strchr(target, '.') && !strchr(target, ' ');
    char *hint = is_host ? str_xprintf("did you mean `https://%s`?", target)
                         : str_xdup("https://HOST/, dns:NAME, tls:HOST:PORT, "
                                    "tcp:HOST:PORT, icmp:HOST, "
                                    "grpc:HOST:PORT[/SERVICE] or wss://HOST/");

    if (pos.length < 1)
        pos.length = 1;
    diag_source(diag, TEXT_NAME, target, strlen(target));
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
        id = id_of(kind, rest, NULL);
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

/* What stands behind the host of grpc:HOST:PORT/SERVICE is no path. */
static void
add_target(struct buf *out, const char *kind, const char *rest)
{
    const char *scheme = strstr(rest, "://");
    const char *slash = strchr(scheme ? scheme + 3 : rest, '/');
    char *host;

    if (str_eq(kind, "icmp") && is_bracketed(rest)) {
        host = str_xndup(rest + 1, strlen(rest) - 2);
        conf_quote(out, host);
        (void)buf_add_str(out, ";\n");
        free(host);
        return;
    }
    if (!str_eq(kind, "grpc") || !slash) {
        conf_quote(out, rest);
        (void)buf_add_str(out, ";\n");
        return;
    }
    host = str_xndup(rest, (size_t)(slash - rest));
    conf_quote(out, host);
    (void)buf_add_str(out, ";\n    service = ");
    conf_quote(out, slash + 1);
    (void)buf_add_str(out, ";\n");
    free(host);
}

static void
add_check(struct buf *out, const char *kind, const char *rest,
          const char *const *expects, size_t count)
{
    /* The braces stay open: further settings follow. */
    (void)buf_add_str(out, "picket = 1;\nchecks = {\n  ");
    add_name(out, kind, rest);
    (void)buf_addf(out, " = {\n    %s = ", kind);
    add_target(out, kind, rest);
    (void)buf_add_str(out, "    expect = [");
    for (size_t i = 0; i < count; i++) {
        (void)buf_add_str(out, i ? ",\n      " : "\n      ");
        conf_quote(out, expects[i]);
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
    add_target(out, kind, rest);
    return true;
}

struct spec *
catalog_of_target(const char *target, const char *const *expects,
                  size_t expect_count, struct diag *diag)
{
    return catalog_of_target_with(target, expects, expect_count, "", diag);
}

struct spec *
catalog_of_target_with(const char *target, const char *const *expects,
                       size_t expect_count, const char *settings,
                       struct diag *diag)
{
    const char *rest;
    const char *kind = split(target, &rest);
    size_t before = diag_errors(diag);
    struct conf_set *set;
    struct catalog *catalog;
    struct spec *spec = NULL;
    struct buf text;

    if (!kind) {
        add_no_kind(diag, target);
        return NULL;
    }
    buf_init(&text, TEXT_MAX);
    add_check(&text, kind, rest, expects, expect_count);
    (void)buf_addf(&text, "    %s\n  };\n};\n", settings);
    set = conf_set_create();
    (void)conf_load_text(set, TEXT_NAME, buf_text(&text), text.len, diag);
    catalog = catalog_create(set, diag);
    if (catalog_count(catalog) == 1 && diag_errors(diag) == before)
        spec = spec_ref(catalog_get(catalog, 0));
    catalog_free(catalog);
    conf_set_free(set);
    buf_free(&text);
    return spec;
}
