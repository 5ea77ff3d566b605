/*
 * tls_scan.h - which versions of TLS a server accepts, one connection each.
 *
 * Done on request only: it is three more handshakes, and old versions in a
 * server's log.  SSL 3 is not among them: OpenSSL no longer speaks it.
 *
 * Lifecycle   tls_scan_start() --+--> done() once, never from inside, or
 *                                +--> tls_scan_cancel()
 * Ownership   the address is copied; the text is valid until
 *             tls_scan_cancel().
 * Errors      a version whose handshake does not end in its share of what is
 *             left of the run is one the server does not accept.
 * Threads     as check.h.
 */
#ifndef CHECKS_TLS_SCAN_H
#define CHECKS_TLS_SCAN_H

struct addr;
struct check;
struct tls_scan;

/* `versions` is "1.2 1.3". */
typedef void tls_scan_done_fn(void *cookie, const char *versions);

/* `known` ("TLSv1.3") was agreed on already.  NULL: errno. */
struct tls_scan *tls_scan_start(struct check *check, const struct addr *addr,
                                const char *known, tls_scan_done_fn *done,
                                void *cookie);
void tls_scan_cancel(struct tls_scan *scan);

#endif
