/*
 * jar.h - the cookies of one run, kept and sent as RFC 6265bis says.
 *
 * Empty when a run begins, and gone when it ends: no run knows another's
 * cookies.  Steps of a journey and hops of a redirect share it.
 *
 *   - Domain must be of the host that sent it and no public suffix (libpsl's
 *     own list); without Domain a cookie goes back to that host alone;
 *   - Secure is set and sent over https only, and over http to this machine
 *     (localhost, 127.0.0.1, ::1), as browsers and curl have it;
 *   - __Host- and __Secure- mean what they say, in any case of letters;
 *   - SameSite and HttpOnly change nothing: there are no other sites' requests
 *     and no scripts here.
 *
 * Limits      over JAR_DOMAIN_MAX cookies of a domain, JAR_COOKIES_MAX or
 *             JAR_BYTES_MAX, what was not used for longest goes, those that are
 *             not Secure first; jar_dropped() counts them.
 * Ownership   everything is copied, and wiped when it goes.  What jar_get()
 *             and jar_at() give is valid until the next jar_set() or jar_free().
 * Units       `url` is the absolute URL of the request; `now` is wall time.
 * Errors      jar_set() says what became of the line (cookie_fate_text()).
 * Threads     none of its own.
 */
#ifndef CHECKS_JAR_H
#define CHECKS_JAR_H

#include <stddef.h>

#include "base/clock.h"
#include "checks/cookie.h"

#define JAR_DOMAIN_MAX  50    /* cookies */
#define JAR_COOKIES_MAX 300   /* cookies */
#define JAR_BYTES_MAX   65536 /* of names, values, domains and paths */

struct buf;
struct jar;

struct jar *jar_create(void);
void jar_free(struct jar *jar);

/* The value of one Set-Cookie header in the answer to `url`. */
enum cookie_fate jar_set(struct jar *jar, const char *url, const char *line,
                         size_t len, wall_t now);

/* Every Set-Cookie of an answer's head (fetch_result), in its order. */
void jar_set_all(struct jar *jar, const char *url, const char *head, size_t len,
                 wall_t now);

/* Adds what a request to `url` has as its Cookie header, "a=1; b=2", or
 * nothing.  -1: `out` is full. */
int jar_format(struct jar *jar, const char *url, wall_t now, struct buf *out);

/* The value of the cookie `name` that was set last, whatever its host and
 * path; NULL: there is none, or its time is over. */
const char *jar_get(const struct jar *jar, const char *name, wall_t now);

/* The i-th cookie's value, in no order, and its name; NULL: no more. */
const char *jar_at(const struct jar *jar, size_t i, const char **name);

size_t jar_count(const struct jar *jar);
size_t jar_dropped(const struct jar *jar);

#endif
