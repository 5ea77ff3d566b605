/*
 * dns_seen.h - what every server of a DNS check said, and what follows from it.
 *
 * Pure: the asking is dns_panel.h.  Expectations, facts and evidence read here.
 *
 * Ownership   the panel's; messages live as long as it does.
 * Units       seconds for days and TTLs, *_us microseconds.
 * Errors      what a server did not say is absent.
 * Threads     any.
 */
#ifndef CHECKS_DNS_SEEN_H
#define CHECKS_DNS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "checks/dns_codec.h"
#include "checks/dns_proof.h"
#include "checks/dns_walk.h"
#include "wire/reason.h"

struct buf;

#define DNS_SEEN_LABEL_MAX 200
#define DNS_SEEN_EACH_MAX  512 /* as RESULT_TEXT_MAX of one fact */

struct dns_seen_server {
    char label[DNS_SEEN_LABEL_MAX]; /* "ns1.example (192.0.2.1:53)" */
    char address[ADDR_TEXT_MAX];    /* "192.0.2.1:53"; "": none was found */
    char ip[ADDR_TEXT_MAX];
    const char *transport; /* "udp" */
    bool is_authoritative; /* one of the zone's, asked without recursion */
    bool is_skipped;       /* this machine has no way to it */
    bool was_cut;
    bool has_other_case; /* than the question's, over UDP */
    bool is_passed;      /* it gave nothing, and there is another name server */
    size_t passed; /* of the system's: those that gave nothing before it */
    int resent;
    enum reason reason; /* not NONE: it gave no usable answer */
    char message[480];
    const struct dns_message *reply; /* NULL: none came */
    int64_t took_us;                 /* -1 */
    int64_t connect_us;              /* -1 */
    int64_t tls_us;                  /* -1 */
    bool has_serial;
    uint32_t serial;
    const struct dns_message *ns; /* who serves the zone, as it says; or NULL */
    enum dns_security security;
    char why[256]; /* it is bogus or indeterminate */
};

struct dns_seen {
    struct dns_seen_server *server;
    size_t count;
    size_t at; /* whose values are looked up, and told of */
    struct dns_name name;
    uint16_t type;
    const struct dns_walk_answer *walk; /* NULL: none was made */
    char each[DNS_SEEN_EACH_MAX];       /* every server in one line */
    char alias_of[DNS_NAME_TEXT];       /* where the aliases lead; a fact */
};

/* Those that did not fail have the same records of the asked type and the same
 * rcode, order and TTL aside.  False: `why` says who has what. */
bool dns_seen_agree(const struct dns_seen *seen, struct buf *why);
/* 1: all serials are the same; 0: not, see `why`; -1: there are none. */
int dns_seen_serials(const struct dns_seen *seen, struct buf *why);
/* The parent's servers name the same servers for the zone as each of those
 * does, and no glue that the zone has otherwise; -1: the parent's were not
 * asked or did not refer. */
int dns_seen_delegation(const struct dns_seen *seen, struct buf *why);
/* Whole days until the first signature over the answer ends, rounded down. */
bool dns_seen_rrsig_days(const struct dns_seen_server *server, wall_t now,
                         int64_t *days);
/* A proof is worth what it was made for: of a secure answer, whether `valid`,
 * which was validated, says what the server's reply does (rcode, aliases,
 * records of the asked type; order and TTL aside).  If not, it is bogus, until
 * its own signatures say otherwise (dns_signature.h).  A server of the zone may
 * stop at an alias. */
void dns_seen_confirm(struct dns_seen_server *server,
                      const struct dns_message *valid);
/* Servers without a usable answer, those skipped aside. */
size_t dns_seen_failed(const struct dns_seen *seen);
/* Aliases that never end. */
bool dns_seen_has_loop(const struct dns_message *m, const struct dns_name *name,
                       uint16_t type);

#endif
