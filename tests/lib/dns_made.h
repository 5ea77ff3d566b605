/*
 * dns_made.h - DNS messages made by hand, and what servers are said to have
 * said, for tests of what follows from answers.
 *
 * Ownership   all of it lies in `struct made`, which begins zeroed.
 * Errors      cmocka's assertions.
 */
#ifndef TESTS_LIB_DNS_MADE_H
#define TESTS_LIB_DNS_MADE_H

#include "checks/dns_seen.h"
#include "tests/lib/dns_stage.h"

#define MADE_SERVERS 3

struct made {
    uint8_t bytes[2 * MADE_SERVERS][1024];
    struct dns_message message[2 * MADE_SERVERS];
    size_t used;
    struct dns_seen_server server[MADE_SERVERS];
    struct dns_walk_answer walk;
    struct dns_seen seen;
};

/* The answer of `row` to a question for its name and type. */
const struct dns_message *made_message(struct made *made,
                                       const struct stage_row *row);

/* One more server, called ns0, ns1, ..., that answered `row`; NULL: did not. */
struct dns_seen_server *made_server(struct made *made,
                                    const struct stage_row *row);

#endif
