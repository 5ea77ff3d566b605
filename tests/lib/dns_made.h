/*
 * dns_made.h - DNS messages made by hand, and what servers are said to have
 * said, for tests of what follows from answers.
 *
 * Header only: a unit test links no test library.
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
static inline const struct dns_message *
made_message(struct made *made, const struct stage_row *row)
{
    uint8_t query[300] = {0, 1, 1, 0, 0, 1};
    size_t at = stage_put_name(query, 12, row->name);
    struct stage stage = {.row = row, .row_count = 1};
    uint8_t *bytes = made->bytes[made->used];
    struct dns_message *m = &made->message[made->used++];

    at = stage_put(query, at, (unsigned)row->type, 2);
    (void)stage_put(query, at, 1, 2);
    assert_int_equal(
        dns_codec_decode(m, bytes, stage_answer(&stage, row->at, query, bytes)),
        0);
    return m;
}

/* One more server, called ns0, ns1, ..., that answered `row`; NULL: did not. */
static inline struct dns_seen_server *
made_server(struct made *made, const struct stage_row *row)
{
    struct dns_seen_server *server = &made->server[made->seen.count];

    *server = (struct dns_seen_server){
        .transport = "udp", .took_us = 1500, .connect_us = -1, .tls_us = -1};
    (void)snprintf(server->label, sizeof(server->label), "ns%zu",
                   made->seen.count);
    (void)snprintf(server->ip, sizeof(server->ip), "192.0.2.%zu",
                   50 + made->seen.count);
    if (row != NULL)
        server->reply = made_message(made, row);
    made->seen.server = made->server;
    made->seen.count++;
    made->seen.type = 1;
    assert_int_equal(dns_name_parse(&made->seen.name, "www.example"), 0);
    return server;
}

#endif
