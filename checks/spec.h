/*
 * spec.h - one check, compiled from its merged text: what to run and expect.
 *
 * Not a run (check.h) and not the merging of defaults and templates
 * (catalog.h).  The text is the only representation that travels; a spec is
 * made from it on the probe, in the command line and, to validate, in the
 * controller.
 *
 * Lifecycle   spec_ref()/spec_free(): counted, as runs outlive a reload.
 * Ownership   the spec owns everything in it.
 * Units       *_ns nanoseconds, *_max bytes.
 * Errors      see catalog.h, which makes them.
 * Threads     read-only once made, the count aside: one thread at a time.
 */
#ifndef CHECKS_SPEC_H
#define CHECKS_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/dns_transport.h"
#include "checks/spec_endpoint.h"
#include "checks/spec_http.h"
#include "checks/spec_kinds.h"
#include "checks/spec_list.h"
#include "checks/spec_net.h"

struct secret_set;

enum spec_kind {

#define KIND(id, name, what) SPEC_##id,
#include "checks/spec_kind.def"
#undef KIND
};

enum {

#define KIND(id, name, what) +1
    SPEC_KIND_COUNT = 0
#include "checks/spec_kind.def"
#undef KIND
};

#define SPEC_NAME_MAX   64 /* bytes, NUL included */
#define SPEC_EXPECT_MAX 100

enum spec_evidence {
    SPEC_EVIDENCE_BODY,
    SPEC_EVIDENCE_HEAD,
    SPEC_EVIDENCE_NONE
};

struct spec_dns {
    char *name;
    char *record;                  /* "A", upper case */
    struct spec_list ask;          /* as dns_place.h reads them; never empty */
    enum dns_transport transport;  /* of servers that do not say their own */
    uint16_t udp_size;             /* EDNS; 0: without */
    bool recurse;                  /* RD, to resolvers */
    bool unchecked;                /* CD */
    bool want_dnssec;              /* DO */
    bool validate;                 /* also when no expectation asks `dnssec` */
    struct spec_list trust_anchor; /* DS, DNSKEY; empty: the root's */
};

struct spec {
    int refs;
    char *name;
    enum spec_kind kind;
    char *target; /* as written: for people */
    char *text;   /* merged libconfig text; compiles to this spec */
    uint64_t version;

    int64_t every_ns;
    int64_t timeout_ns;
    struct spec_list regions; /* empty: every region there is */
    int quorum;               /* 0: the default, 2 */
    int min_eligible;         /* 0: the default */
    int recover;              /* good slots; default 2 */
    struct spec_list tags;
    char *policy;             /* NULL: pages nobody */
    char *runbook;            /* NULL */
    struct spec_fields links; /* by name; ${run.id}, ${check}, ${region} */
    bool lock;                /* one region at a time */
    enum spec_evidence evidence;
    struct spec_list shown; /* names evidence shows unmasked */

    struct spec_net net;
    struct secret_set *secrets; /* defined for its requests, without values;
                                   NULL: it refers to none */

    struct spec_exprs expect;
    struct spec_exprs degraded_when;

    union {
        struct spec_http http;
        struct spec_journey journey;
        struct spec_dns dns;
        struct spec_endpoint endpoint;
        struct spec_icmp icmp;
        struct spec_exec exec;
        struct spec_grpc grpc;
        struct spec_ws ws;
    } of;
};

struct spec *spec_ref(struct spec *spec);
void spec_free(struct spec *spec);

/* The longest a run takes, its cleanup included. */
static inline int64_t
spec_run_ns(const struct spec *spec)
{
    return spec->timeout_ns + (spec->kind == SPEC_JOURNEY
                                   ? spec->of.journey.cleanup_timeout_ns
                                   : 0);
}

const char *spec_kind_name(enum spec_kind kind); /* "http" */

#endif
