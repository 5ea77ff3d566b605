#include "tests/lib/dns_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

const struct dns_message *
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

struct dns_seen_server *
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
