/*
 * spec_endpoint.h - what TLS and TCP checks ask for, compiled.
 *
 * Part of spec.h; addresses, trust and the client's certificate are spec_net.h
 * and stand in the spec.
 *
 * Ownership   the spec's; the engine reads.
 * Errors      none: compile_tls.c makes only right ones.
 * Threads     read-only once made.
 */
#ifndef CHECKS_SPEC_ENDPOINT_H
#define CHECKS_SPEC_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/spec_list.h"
#include "checks/starttls.h"
#include "checks/tls_pin.h"
#include "checks/tls_reason.h"

#define SPEC_TALK_MAX 30    /* steps of a dialogue */
#define SPEC_SEND_MAX 16384 /* bytes sent in one of them */

struct spec_talk { /* one step: say, then hear until it is as expected */
    char *name;
    char *send;               /* NULL: only hears */
    struct spec_exprs expect; /* none: only says */
    bool starts_tls;          /* after it, the connection goes on inside TLS */
};

struct spec_endpoint {
    char *host;
    uint16_t port;
    char *sni; /* NULL is the host; "" sends none */
    enum starttls_kind starttls;
    bool is_secured;       /* tcp: inside TLS before the first step */
    bool has_tls;          /* at some time */
    struct spec_list alpn; /* none: nothing is offered */
    struct tls_pin *pins;  /* one has to hold */
    size_t pin_count;
    struct tls_policy policy;
    bool scan; /* which versions does the server accept? */
    struct spec_talk *talk;
    size_t talk_count;
};

void spec_endpoint_clear(struct spec_endpoint *endpoint);

#endif
