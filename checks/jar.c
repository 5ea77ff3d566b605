/*
 * A plain array: a run has a handful of cookies, and what is over the limits
 * is pushed out.  Each cookie is one block of memory, its four texts in a row,
 * so that wiping it is one call.
 *
 * J1  no two cookies have the same name, domain, path and host-only flag;
 * J2  no cookie's domain is a public suffix, unless it is host-only;
 * J3  the limits hold whenever jar_set() returns.
 */
#include "checks/jar.h"

#include <assert.h>
#include <libpsl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fetch.h"
#include "base/str.h"
#include "checks/url.h"

struct kept {
    char *name; /* the block; the others are places in it */
    const char *value;
    const char *domain;
    const char *path;
    size_t bytes; /* of the block */
    bool is_host_only;
    bool is_secure;
    bool has_expires;
    wall_t expires;
    uint64_t made; /* order of creation; a newer value does not change it */
    uint64_t set;  /* order of the newest value */
    uint64_t used; /* order of the newest set or send */
};

struct jar {
    struct kept *cookie;
    size_t count;
    size_t cap;
    size_t bytes;
    size_t dropped;
    uint64_t clock; /* counts what happens */
};

/* Where a request goes. */
struct place {
    struct url url;
    char *path;
    bool is_secure;
};

struct jar *
jar_create(void)
{
    return str_xcalloc(1, sizeof(struct jar));
}

static void
discard(struct jar *jar, size_t i)
{
    struct kept *kept = &jar->cookie[i];

    jar->bytes -= kept->bytes;
    explicit_bzero(kept->name, kept->bytes);
    free(kept->name);
    jar->count--;
    /* The order of the array is nobody's: `made` orders. */
    if (i != jar->count)
        jar->cookie[i] = jar->cookie[jar->count];
}

void
jar_free(struct jar *jar)
{
    if (jar == NULL)
        return;
    while (jar->count > 0)
        discard(jar, jar->count - 1);
    free(jar->cookie);
    free(jar);
}

/* --- places --- */

/* libcurl sends /a/../b as /b, so that is where the cookies belong. */
static void
remove_dots(char *path)
{
    char *to = path;
    const char *from = path;

    while (*from == '/') {
        size_t len = 1 + strcspn(from + 1, "/");
        bool is_last = from[len] == '\0';

        if (len == 2 && from[1] == '.') {
            if (is_last)
                *to++ = '/';
        } else if (len == 3 && from[1] == '.' && from[2] == '.') {
            while (to > path && *--to != '/')
                continue;
            if (is_last)
                *to++ = '/';
        } else {
            memmove(to, from, len);
            to += len;
        }
        from += len;
    }
    *to = '\0';
}

static bool
is_this_machine(const char *host)
{
    return str_eq_nocase(host, "localhost") || str_eq(host, "127.0.0.1") ||
           str_eq(host, "::1");
}

/* False: not a URL that cookies have to do with. */
static bool
place_open(struct place *place, const char *url)
{
    const char *authority;
    const char *path;

    if (url_parse(&place->url, url) != 0)
        return false;
    authority = strstr(url, "://") + strlen("://");
    path = authority + strcspn(authority, "/?#\\");
    place->path = *path == '/' || *path == '\\'
                      ? str_xndup(path, strcspn(path, "?#"))
                      : str_xdup("/");
    place->path[0] = '/';
    remove_dots(place->path);
    for (char *c = place->url.host; *c != '\0'; c++)
        *c = str_lower(*c);
    place->is_secure = place->url.is_https || is_this_machine(place->url.host);
    return true;
}

static void
place_close(struct place *place)
{
    free(place->path);
}

static bool
is_address(const char *host)
{
    size_t len = strlen(host);

    return strchr(host, ':') != NULL || strspn(host, "0123456789.") == len;
}

/* RFC 6265, 5.1.3; both lower case. */
static bool
is_domain_of(const char *host, const char *domain)
{
    size_t host_len = strlen(host);
    size_t len = strlen(domain);

    if (str_eq(host, domain))
        return true;
    return len < host_len && host[host_len - len - 1] == '.' &&
           str_ends(host, domain) && !is_address(host);
}

/* RFC 6265, 5.1.4. */
static bool
is_path_of(const char *path, const char *cookie_path)
{
    size_t len = strlen(cookie_path);

    return str_starts(path, cookie_path) &&
           (path[len] == '\0' || cookie_path[len - 1] == '/' ||
            path[len] == '/');
}

static bool
has_ended(const struct kept *kept, wall_t now)
{
    return kept->has_expires && kept->expires.ms <= now.ms;
}

/* --- setting --- */

/* What jar_set() makes of a line before it keeps it. */
struct fresh {
    struct cookie cookie;
    char *domain; /* lower case; of the host when it is host-only */
    char *path;
    bool is_host_only;
};

/* Up to its last slash (RFC 6265, 5.1.4). */
static char *
default_path(const char *path)
{
    const char *last = strrchr(path, '/');

    return last == path ? str_xdup("/")
                        : str_xndup(path, (size_t)(last - path));
}

static bool
begins(struct cookie_text text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (str_lower(text.at[i]) != prefix[i])
            return false;
    return true;
}

/* A cookie without a name is sent as its value, so that counts as well. */
static bool
is_bad_prefix(const struct fresh *fresh)
{
    const struct cookie *cookie = &fresh->cookie;
    bool is_host = begins(cookie->name, "__host-");

    if (cookie->name.len == 0)
        return begins(cookie->value, "__host-") ||
               begins(cookie->value, "__secure-");
    if (!is_host && !begins(cookie->name, "__secure-"))
        return false;
    if (!cookie->is_secure)
        return true;
    return is_host && (!fresh->is_host_only || cookie->path.len == 0 ||
                       !str_eq(fresh->path, "/"));
}

/* A name that ends in a dot is one the list does not know. */
static bool
is_public(const char *domain)
{
    return str_ends(domain, ".") ||
           psl_is_public_suffix(psl_builtin(), domain) != 0;
}

/* Whose cookie it is; COOKIE_SET when the host may say so. */
static enum cookie_fate
settle_domain(struct fresh *fresh, const struct place *place)
{
    const struct cookie_text domain = fresh->cookie.domain;
    const char *host = place->url.host;

    fresh->is_host_only = domain.len == 0;
    if (fresh->is_host_only) {
        fresh->domain = str_xdup(host);
        return COOKIE_SET;
    }
    fresh->domain = str_xndup(domain.at, domain.len);
    for (char *c = fresh->domain; *c != '\0'; c++)
        *c = str_lower(*c);
    if (!is_address(fresh->domain) && is_public(fresh->domain)) {
        fresh->is_host_only = str_eq(fresh->domain, host);
        return fresh->is_host_only ? COOKIE_SET : COOKIE_PUBLIC;
    }
    return is_domain_of(host, fresh->domain) ? COOKIE_SET : COOKIE_FOREIGN;
}

/* Over http nothing may take the place of a Secure cookie (5.7, step 15). */
static bool
hides_secure(const struct jar *jar, const struct fresh *fresh)
{
    const struct cookie_text name = fresh->cookie.name;

    for (size_t i = 0; i < jar->count; i++) {
        const struct kept *kept = &jar->cookie[i];

        if (kept->is_secure && strlen(kept->name) == name.len &&
            memcmp(kept->name, name.at, name.len) == 0 &&
            (is_domain_of(kept->domain, fresh->domain) ||
             is_domain_of(fresh->domain, kept->domain)) &&
            is_path_of(fresh->path, kept->path))
            return true;
    }
    return false;
}

static struct kept *
find_same(struct jar *jar, const struct fresh *fresh)
{
    const struct cookie_text name = fresh->cookie.name;

    for (size_t i = 0; i < jar->count; i++) {
        struct kept *kept = &jar->cookie[i];

        if (strlen(kept->name) == name.len &&
            memcmp(kept->name, name.at, name.len) == 0 &&
            kept->is_host_only == fresh->is_host_only &&
            str_eq(kept->domain, fresh->domain) &&
            str_eq(kept->path, fresh->path))
            return kept;
    }
    return NULL;
}

/* The texts of `fresh` as one block. */
static void
fill(struct kept *kept, const struct fresh *fresh)
{
    const struct cookie *cookie = &fresh->cookie;
    size_t domain = strlen(fresh->domain) + 1;
    size_t path = strlen(fresh->path) + 1;
    size_t value_at = cookie->name.len + 1;
    size_t domain_at = value_at + cookie->value.len + 1;
    char *block;

    kept->bytes = domain_at + domain + path;
    block = str_xcalloc(1, kept->bytes);
    if (cookie->name.len > 0)
        memcpy(block, cookie->name.at, cookie->name.len);
    if (cookie->value.len > 0)
        memcpy(block + value_at, cookie->value.at, cookie->value.len);
    memcpy(block + domain_at, fresh->domain, domain);
    memcpy(block + domain_at + domain, fresh->path, path);
    kept->name = block;
    kept->value = block + value_at;
    kept->domain = block + domain_at;
    kept->path = block + domain_at + domain;
    kept->is_host_only = fresh->is_host_only;
    kept->is_secure = cookie->is_secure;
    kept->has_expires = cookie->has_expires;
    kept->expires = cookie->expires;
}

static void
keep(struct jar *jar, const struct fresh *fresh)
{
    struct kept *old = find_same(jar, fresh);
    struct kept made = {.made = ++jar->clock};

    if (old != NULL) {
        made.made = old->made;
        discard(jar, (size_t)(old - jar->cookie));
    }
    fill(&made, fresh);
    made.set = jar->clock;
    made.used = jar->clock;
    if (jar->count == jar->cap) {
        jar->cap = jar->cap > 0 ? jar->cap * 2 : 4;
        jar->cookie =
            str_xrealloc(jar->cookie, jar->cap * sizeof(*jar->cookie));
    }
    jar->cookie[jar->count++] = made;
    jar->bytes += made.bytes;
}

/* True when `a` is to go before `b`. */
static bool
goes_before(const struct kept *a, const struct kept *b)
{
    if (a->is_secure != b->is_secure)
        return !a->is_secure;
    return a->used < b->used;
}

/* Of `domain`, or with NULL of all.  Never the newest, which was just set. */
static void
drop_one(struct jar *jar, const char *domain)
{
    const struct kept *gone = NULL;

    for (size_t i = 0; i < jar->count; i++) {
        const struct kept *kept = &jar->cookie[i];

        if (kept->set == jar->clock ||
            (domain != NULL && !str_eq(kept->domain, domain)))
            continue;
        if (gone == NULL || goes_before(kept, gone))
            gone = kept;
    }
    assert(gone != NULL);
    discard(jar, (size_t)(gone - jar->cookie));
    jar->dropped++;
}

static size_t
count_of(const struct jar *jar, const char *domain)
{
    size_t count = 0;

    for (size_t i = 0; i < jar->count; i++)
        count += str_eq(jar->cookie[i].domain, domain) ? 1 : 0;
    return count;
}

static void
remove_ended(struct jar *jar, wall_t now)
{
    for (size_t i = jar->count; i > 0; i--)
        if (has_ended(&jar->cookie[i - 1], now))
            discard(jar, i - 1);
}

static enum cookie_fate
judge(const struct jar *jar, struct fresh *fresh, const struct place *place)
{
    const struct cookie *cookie = &fresh->cookie;
    enum cookie_fate fate = settle_domain(fresh, place);

    fresh->path = cookie->path.len > 0
                      ? str_xndup(cookie->path.at, cookie->path.len)
                      : default_path(place->path);
    if (fate != COOKIE_SET)
        return fate;
    if (cookie->is_secure && !place->is_secure)
        return COOKIE_NOT_SECURE;
    if (is_bad_prefix(fresh))
        return COOKIE_BAD_PREFIX;
    if (!place->is_secure && hides_secure(jar, fresh))
        return COOKIE_OVER_SECURE;
    return COOKIE_SET;
}

enum cookie_fate
jar_set(struct jar *jar, const char *url, const char *line, size_t len,
        wall_t now)
{
    struct fresh fresh = {0};
    struct place place;
    enum cookie_fate fate = cookie_parse(&fresh.cookie, line, len, now);

    if (fate != COOKIE_SET)
        return fate;
    if (!place_open(&place, url))
        return COOKIE_FOREIGN;
    fate = judge(jar, &fresh, &place);
    if (fate == COOKIE_SET) {
        keep(jar, &fresh);
        if (has_ended(&jar->cookie[jar->count - 1], now))
            fate = COOKIE_DELETED;
        remove_ended(jar, now);
        while (count_of(jar, fresh.domain) > JAR_DOMAIN_MAX)
            drop_one(jar, fresh.domain);
        while (jar->count > JAR_COOKIES_MAX || jar->bytes > JAR_BYTES_MAX)
            drop_one(jar, NULL);
    }
    free(fresh.domain);
    free(fresh.path);
    place_close(&place);
    return fate;
}

void
jar_set_all(struct jar *jar, const char *url, const char *head, size_t len,
            wall_t now)
{
    size_t at = 0;
    size_t line_len = 0;
    const char *line;

    while ((line = fetch_header(head, len, "Set-Cookie", &at, &line_len)) !=
           NULL)
        (void)jar_set(jar, url, line, line_len, now);
}

/* --- sending --- */

static bool
is_for(const struct kept *kept, const struct place *place, wall_t now)
{
    const char *host = place->url.host;

    if (kept->is_host_only ? !str_eq(kept->domain, host)
                           : !is_domain_of(host, kept->domain))
        return false;
    return is_path_of(place->path, kept->path) &&
           (!kept->is_secure || place->is_secure) && !has_ended(kept, now);
}

/* Longer paths first, then what was made earlier (5.8.3). */
static int
compare(const void *a, const void *b)
{
    const struct kept *const *left = a;
    const struct kept *const *right = b;
    size_t left_len = strlen((*left)->path);
    size_t right_len = strlen((*right)->path);

    if (left_len != right_len)
        return left_len > right_len ? -1 : 1;
    return (*left)->made < (*right)->made ? -1 : 1;
}

int
jar_format(struct jar *jar, const char *url, wall_t now, struct buf *out)
{
    struct kept *sent[JAR_COOKIES_MAX];
    struct place place;
    size_t count = 0;

    if (!place_open(&place, url))
        return 0;
    for (size_t i = 0; i < jar->count; i++)
        if (is_for(&jar->cookie[i], &place, now))
            sent[count++] = &jar->cookie[i];
    place_close(&place);
    if (count > 1)
        qsort(sent, count, sizeof(sent[0]), compare);
    for (size_t i = 0; i < count; i++) {
        sent[i]->used = ++jar->clock;
        buf_add_str(out, i > 0 ? "; " : "");
        buf_add_str(out, sent[i]->name);
        buf_add_str(out, sent[i]->name[0] != '\0' ? "=" : "");
        buf_add_str(out, sent[i]->value);
    }
    return out->failed ? -1 : 0;
}

const char *
jar_get(const struct jar *jar, const char *name, wall_t now)
{
    const struct kept *newest = NULL;

    for (size_t i = 0; i < jar->count; i++) {
        const struct kept *kept = &jar->cookie[i];

        if (str_eq(kept->name, name) && !has_ended(kept, now) &&
            (newest == NULL || kept->set > newest->set))
            newest = kept;
    }
    return newest != NULL ? newest->value : NULL;
}

const char *
jar_at(const struct jar *jar, size_t i, const char **name)
{
    if (i >= jar->count)
        return NULL;
    *name = jar->cookie[i].name;
    return jar->cookie[i].value;
}

size_t
jar_count(const struct jar *jar)
{
    return jar->count;
}

size_t
jar_dropped(const struct jar *jar)
{
    return jar->dropped;
}
