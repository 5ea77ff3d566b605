/*
 * dns_ask.h - one question to one server: over UDP, TCP, TLS (DoT) or HTTPS
 * (DoH).
 *
 * Not a check: what the answer is worth, and which servers are asked, is
 * dns_panel.h.  Names are not looked up here.
 *
 * Lifecycle   dns_ask_start() --+--> done() once, never from inside, or
 *                               +--> dns_ask_cancel()
 *             The handle lives until dns_ask_cancel(), after done() too, and
 *             with it the answer.
 * Ownership   the texts of the opts are copied; trust is borrowed.
 * Units       *_ns nanoseconds, *_us microseconds.
 * Errors      a silent or wrong server is an answer with a reason.  NULL from
 *             start: errno; a question that no message can hold is EINVAL.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_ASK_H
#define CHECKS_DNS_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "checks/dns_codec.h"
#include "checks/dns_transport.h"
#include "wire/reason.h"

struct dns_ask;
struct engine;
struct trust;

struct dns_ask_opts {
    struct dns_question question;
    enum dns_transport transport;
    struct addr server;
    const char *name;    /* the certificate has to be for; NULL: the address */
    const char *url;     /* of HTTPS */
    struct trust *trust; /* NULL: the engine's */
    int64_t timeout_ns;  /* 0: none, see dns_ask_expire() */
};

struct dns_answer {
    enum reason reason; /* REASON_NONE: `reply` is there */
    char message[256];  /* with a reason; names the server */
    bool is_local;      /* this machine has no way to such an address */
    const struct dns_message *reply;
    enum dns_transport transport; /* it came over */
    bool was_cut;                 /* over UDP, so asked again over TCP */
    bool has_other_case; /* over UDP, in other letters: the same happened */
    int resent;          /* lost datagrams */
    int64_t took_ns;
    int64_t connect_us; /* -1: no connection */
    int64_t tls_us;     /* -1: no TLS */
};

typedef void dns_ask_done_fn(void *cookie, const struct dns_answer *answer);

struct dns_ask *dns_ask_start(struct engine *engine,
                              const struct dns_ask_opts *opts,
                              dns_ask_done_fn *done, void *cookie);
/* The time is over: done() is called now, with the reason of the phase. */
void dns_ask_expire(struct dns_ask *ask);
void dns_ask_cancel(struct dns_ask *ask);

#endif
