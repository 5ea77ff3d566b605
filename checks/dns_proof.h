/*
 * dns_proof.h - DNSSEC: is the answer of one server secure, by our own
 * validation.
 *
 * libunbound asks for the answer itself: whether another that the server gave
 * is the same one is for the asker to compare (dns_seen.h).
 *
 * The door to libunbound, whose event interface runs on the loop.  What the
 * server says about itself (AD) counts for nothing.  Nothing is kept between
 * two proofs: a signature that expired is seen at the next run.
 *
 * Lifecycle   dns_proof_start() --+--> done() once, never from inside, or
 *                                 +--> dns_proof_cancel()
 *             The handle lives until dns_proof_cancel(), after done() too.
 * Ownership   opts are copied.
 * Errors      no proof is an answer: bogus or indeterminate, with a reason.
 *             NULL: errno; ENOENT: there is no trust anchor to begin with;
 *             EINVAL: one of those given is none.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_PROOF_H
#define CHECKS_DNS_PROOF_H

#include "base/addr.h"
#include "checks/dns_name.h"
#include "checks/spec_list.h"

struct dns_message;
struct dns_proof;
struct engine;

enum dns_security {
    DNS_SECURITY_UNKNOWN, /* not asked */
    DNS_SECURE,
    DNS_INSECURE,      /* proven: the zone is not signed */
    DNS_BOGUS,         /* signed, and the signatures do not hold */
    DNS_INDETERMINATE, /* no anchor above it, or nothing to prove it with */
};

const char *dns_proof_name(enum dns_security security); /* "secure" */

#define DNS_PROOF_ANCHOR "/usr/share/dns/root.key" /* Debian's dns-root-data */

struct dns_proof_opts {
    struct dns_name name;
    uint16_t type;
    struct addr resolver;            /* answers all that `server` does not */
    struct addr server;              /* whose answer is proven */
    const struct dns_name *zone;     /* it is responsible for; NULL: it is a
                                      resolver and answers everything */
    const struct spec_list *allow;   /* networks, of the address policy */
    const struct spec_list *anchors; /* DS or DNSKEY records as text; empty:
                                        the root's */
};

typedef void dns_proof_done_fn(void *cookie, enum dns_security security,
                               const char *why);

struct dns_proof *dns_proof_start(struct engine *engine,
                                  const struct dns_proof_opts *opts,
                                  dns_proof_done_fn *done, void *cookie);
/* The answer that was validated, while the handle lives; NULL: there is none.
 */
const struct dns_message *dns_proof_reply(const struct dns_proof *proof);
void dns_proof_cancel(struct dns_proof *proof);

#endif
