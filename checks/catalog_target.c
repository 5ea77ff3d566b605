/*
 * A bare target is written out as the configuration it stands for and read
 * like any other: one way in, the same messages.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"

#define TEXT_MAX  ((size_t)1024 * 1024)
#define TEXT_NAME "command line"

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

/* What libconfig takes as a name, from the target's host. */
static void
add_name(struct buf *out, const char *rest)
{
    const char *scheme = strstr(rest, "://");
    const char *at = scheme ? scheme + 3 : rest;
    size_t len = 0;

    if (!str_is_alpha((unsigned char)*at))
        len += buf_add_str(out, "at-") == 0 ? 3 : 0;
    for (; *at && !strchr("/?#", *at) && len < SPEC_NAME_MAX - 1; at++, len++) {
        int c = (unsigned char)*at;

        (void)buf_add_char(
            out, (char)(str_is_alpha(c) || str_is_digit(c) ? *at : '-'));
    }
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
    add_name(out, rest);
    (void)buf_addf(out, " = {\n    %s = ", kind);
    add_target(out, kind, rest);
    (void)buf_add_str(out, "    expect = [");
    for (size_t i = 0; i < count; i++) {
        (void)buf_add_str(out, i ? ",\n      " : "\n      ");
        conf_quote(out, expects[i]);
    }
    (void)buf_add_str(out, "\n    ];\n");
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
