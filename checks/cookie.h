/*
 * cookie.h - one Set-Cookie line taken apart, as RFC 6265bis (5.6) says.
 *
 * Not whether it may be kept: that is jar.h, which knows who sent it.
 *
 * Ownership   the texts are places in the line.
 * Units       `expires` is UTC, at most COOKIE_AGE_MAX_S ahead.
 * Errors      COOKIE_SET, or why the line is to be ignored.  An attribute that
 *             cannot be read, or is over COOKIE_ATTRIBUTE_MAX, is left out.
 * Threads     any.
 */
#ifndef CHECKS_COOKIE_H
#define CHECKS_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define COOKIE_MAX           4096 /* bytes of name and value together */
#define COOKIE_ATTRIBUTE_MAX 1024 /* bytes of an attribute's value */
#define COOKIE_AGE_MAX_S     (400LL * 24 * 3600)

/* What became of a Set-Cookie line. */
enum cookie_fate {
    COOKIE_SET,
    COOKIE_DELETED,     /* its life is over: none of that name is kept */
    COOKIE_EMPTY,       /* neither name nor value */
    COOKIE_CONTROL,     /* a control character */
    COOKIE_TOO_LONG,    /* over COOKIE_MAX */
    COOKIE_NOT_SECURE,  /* Secure, but the answer came over http */
    COOKIE_BAD_PREFIX,  /* __Host- or __Secure- without what it demands */
    COOKIE_PUBLIC,      /* Domain is a public suffix */
    COOKIE_FOREIGN,     /* Domain is not of the host that sent it */
    COOKIE_OVER_SECURE, /* would stand in for a Secure one, over http */
};

#define COOKIE_FATE_COUNT 10

struct cookie_text {
    const char *at;
    size_t len;
};

struct cookie {
    struct cookie_text name; /* may be empty: sent as the value alone */
    struct cookie_text value;
    struct cookie_text domain; /* without its first dot; empty: host-only */
    struct cookie_text path;   /* begins with a slash, or is empty */
    bool has_expires;
    wall_t expires; /* Max-Age before Expires */
    bool is_secure;
    bool is_http_only;
};

enum cookie_fate cookie_parse(struct cookie *cookie, const char *line,
                              size_t len, wall_t now);

/* For people: "its Domain is a public suffix". */
const char *cookie_fate_text(enum cookie_fate fate);

#endif
