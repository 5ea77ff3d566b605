/*
 * One table a kind, in the order the documents list them.
 */
#include "checks/subject.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/str.h"
#include "checks/spec_table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const rcodes[] = {
    "NOERROR", "FORMERR",  "SERVFAIL", "NXDOMAIN", "NOTIMP",
    "REFUSED", "YXDOMAIN", "YXRRSET",  "NXRRSET",  "NOTAUTH",
    "NOTZONE", "BADVERS",  NULL,
};

static const char *const securities[] = {"secure", "insecure", "bogus",
                                         "indeterminate", NULL};

static const char *const key_types[] = {"RSA", "EC",      "Ed25519", "Ed448",
                                        "DSA", "RSA-PSS", "unknown", NULL};

static const char *const staples[] = {"good",  "revoked", "unknown", "missing",
                                      "stale", "invalid", NULL};

static const char *const client_certs[] = {"none", "asked", "given", NULL};

/* clang-format off */
static const struct expr_subject http[] = {
    {"status",       EXPR_INT,      EXPR_ARG_NONE,     SUBJECT_STATUS,       NULL},
    {"header",       EXPR_TEXT,     EXPR_ARG_WORD,     SUBJECT_HEADER,       NULL},
    {"cookie",       EXPR_TEXT,     EXPR_ARG_WORD,     SUBJECT_COOKIE,       NULL},
    {"body",         EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_BODY,         NULL},
    {"json",         EXPR_ANY,      EXPR_ARG_JSONPATH, SUBJECT_JSON,         NULL},
    {"time",         EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME,         NULL},
    {"time.dns",     EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME_DNS,     NULL},
    {"time.connect", EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME_CONNECT, NULL},
    {"time.tls",     EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME_TLS,     NULL},
    {"time.wait",    EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME_WAIT,    NULL},
    {"time.receive", EXPR_DURATION, EXPR_ARG_NONE,     SUBJECT_TIME_RECEIVE, NULL},
    {"size",         EXPR_SIZE,     EXPR_ARG_NONE,     SUBJECT_SIZE,         NULL},
    {"http_version", EXPR_DECIMAL,  EXPR_ARG_NONE,     SUBJECT_HTTP_VERSION, NULL},
    {"ip",           EXPR_ADDRESS,  EXPR_ARG_NONE,     SUBJECT_IP,           NULL},
    {"redirects",    EXPR_INT,      EXPR_ARG_NONE,     SUBJECT_REDIRECTS,    NULL},
    {"days",         EXPR_INT,      EXPR_ARG_NONE,     SUBJECT_DAYS,         NULL},
    {"chain.days",   EXPR_INT,      EXPR_ARG_NONE,     SUBJECT_CHAIN_DAYS,   NULL},
    {"protocol",     EXPR_DECIMAL,  EXPR_ARG_NONE,     SUBJECT_PROTOCOL,     NULL},
    {"issuer",       EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_ISSUER,       NULL},
    {"subject",      EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_SUBJECT,      NULL},
    {"san",          EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_SAN,          NULL},
    {"spki",         EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_SPKI,         NULL},
    {"key.bits",     EXPR_INT,      EXPR_ARG_NONE,     SUBJECT_KEY_BITS,     NULL},
    {"alpn",         EXPR_TEXT,     EXPR_ARG_NONE,     SUBJECT_ALPN,         NULL},
};

/* Of a journey as a whole; the rest is asked of its steps, as of http. */
static const struct expr_subject journey[] = {
    {"time", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME, NULL},
};

static const struct expr_subject dns[] = {
    {"rcode",             EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_RCODE,             rcodes},
    {"answers",           EXPR_INT,      EXPR_ARG_NONE, SUBJECT_ANSWERS,           NULL},
    {"answer",            EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_ANSWER,            NULL},
    {"ttl",               EXPR_INT,      EXPR_ARG_NONE, SUBJECT_TTL,               NULL},
    {"aa",                EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_AA,                NULL},
    {"ad",                EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_AD,                NULL},
    {"truncated",         EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_TRUNCATED,         NULL},
    {"dnssec",            EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_DNSSEC,            securities},
    {"rrsig.days",        EXPR_INT,      EXPR_ARG_NONE, SUBJECT_RRSIG_DAYS,        NULL},
    {"serial",            EXPR_INT,      EXPR_ARG_NONE, SUBJECT_SERIAL,            NULL},
    {"serial agrees",     EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_SERIAL_AGREES,     NULL},
    {"all servers agree", EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_SERVERS_AGREE,     NULL},
    {"delegation agrees", EXPR_FLAG,     EXPR_ARG_NONE, SUBJECT_DELEGATION_AGREES, NULL},
    {"servers",           EXPR_INT,      EXPR_ARG_NONE, SUBJECT_SERVERS,           NULL},
    {"servers.failed",    EXPR_INT,      EXPR_ARG_NONE, SUBJECT_SERVERS_FAILED,    NULL},
    {"ip",                EXPR_ADDRESS,  EXPR_ARG_NONE, SUBJECT_IP,                NULL},
    {"time",              EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,              NULL},
    {"time.dns",          EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_DNS,          NULL},
};

/* What a handshake shows: of tls, and of tcp inside TLS. */
#define HANDSHAKE                                                              \
    {"days", EXPR_INT, EXPR_ARG_NONE, SUBJECT_DAYS, NULL},                     \
    {"chain.days", EXPR_INT, EXPR_ARG_NONE, SUBJECT_CHAIN_DAYS, NULL},         \
    {"chain.sent_days", EXPR_INT, EXPR_ARG_NONE, SUBJECT_SENT_DAYS, NULL},     \
    {"protocol", EXPR_DECIMAL, EXPR_ARG_NONE, SUBJECT_PROTOCOL, NULL},         \
    {"issuer", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_ISSUER, NULL},                \
    {"subject", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_SUBJECT, NULL},              \
    {"san", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_SAN, NULL},                      \
    {"spki", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_SPKI, NULL},                    \
    {"key.bits", EXPR_INT, EXPR_ARG_NONE, SUBJECT_KEY_BITS, NULL},             \
    {"key.type", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_KEY_TYPE, key_types},       \
    {"alpn", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_ALPN, NULL},                    \
    {"cipher", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_CIPHER, NULL},                \
    {"ocsp", EXPR_TEXT, EXPR_ARG_NONE, SUBJECT_OCSP, staples},                 \
    {"ocsp.left", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_OCSP_LEFT, NULL}

static const struct expr_subject tls[] = {
    HANDSHAKE,
    {"versions",     EXPR_DECIMAL,  EXPR_ARG_NONE, SUBJECT_VERSIONS,     NULL},
    {"client_cert",  EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_CLIENT_CERT,  client_certs},
    {"time",         EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,         NULL},
    {"time.dns",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_DNS,     NULL},
    {"time.connect", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_CONNECT, NULL},
    {"time.tls",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_TLS,     NULL},
    {"ip",           EXPR_ADDRESS,  EXPR_ARG_NONE, SUBJECT_IP,           NULL},
};

static const struct expr_subject tcp[] = {
    {"banner",       EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_BANNER,       NULL},
    {"time",         EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,         NULL},
    {"time.connect", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_CONNECT, NULL},
    {"time.dns",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_DNS,     NULL},
    {"ip",           EXPR_ADDRESS,  EXPR_ARG_NONE, SUBJECT_IP,           NULL},
    HANDSHAKE,
    {"client_cert",  EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_CLIENT_CERT,  client_certs},
    {"time.tls",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_TLS,     NULL},
};

static const struct expr_subject icmp[] = {
    {"loss",     EXPR_DECIMAL,  EXPR_ARG_NONE, SUBJECT_LOSS,     NULL},
    {"rtt",      EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_RTT,      NULL},
    {"rtt.min",  EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_RTT_MIN,  NULL},
    {"rtt.max",  EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_RTT_MAX,  NULL},
    {"ttl",      EXPR_INT,      EXPR_ARG_NONE, SUBJECT_TTL,      NULL},
    {"time",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,     NULL},
    {"time.dns", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_DNS, NULL},
    {"ip",       EXPR_ADDRESS,  EXPR_ARG_NONE, SUBJECT_IP,       NULL},
};

static const struct expr_subject exec[] = {
    {"output", EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_OUTPUT, NULL},
    {"perf",   EXPR_DECIMAL,  EXPR_ARG_WORD, SUBJECT_PERF,   NULL},
    {"exit",   EXPR_INT,      EXPR_ARG_NONE, SUBJECT_EXIT,   NULL},
    {"time",   EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,   NULL},
};

#define CONNECTION                                                                  \
    {"time",         EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,         NULL},     \
    {"time.dns",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_DNS,     NULL},     \
    {"time.connect", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_CONNECT, NULL},     \
    {"time.tls",     EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_TLS,     NULL},     \
    {"time.wait",    EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_WAIT,    NULL},     \
    {"time.receive", EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME_RECEIVE, NULL},     \
    {"ip",           EXPR_ADDRESS,  EXPR_ARG_NONE, SUBJECT_IP,           NULL},     \
    {"days",         EXPR_INT,      EXPR_ARG_NONE, SUBJECT_DAYS,         NULL},     \
    {"chain.days",   EXPR_INT,      EXPR_ARG_NONE, SUBJECT_CHAIN_DAYS,   NULL},     \
    {"protocol",     EXPR_DECIMAL,  EXPR_ARG_NONE, SUBJECT_PROTOCOL,     NULL},     \
    {"issuer",       EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_ISSUER,       NULL}

static const char *const healths[] = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                      "SERVICE_UNKNOWN", NULL};

static const char *const calls[] = {
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED", NULL};

static const struct expr_subject grpc[] = {
    {"health",       EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_HEALTH,       healths},
    {"grpc.status",  EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_GRPC_STATUS,  calls},
    {"grpc.message", EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_GRPC_MESSAGE, NULL},
    {"header",       EXPR_TEXT,     EXPR_ARG_WORD, SUBJECT_HEADER,       NULL},
    CONNECTION,
};

static const struct expr_subject ws[] = {
    {"message",      EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_MESSAGE,      NULL},
    {"messages",     EXPR_INT,      EXPR_ARG_NONE, SUBJECT_MESSAGES,     NULL},
    {"subprotocol",  EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_SUBPROTOCOL,  NULL},
    {"close",        EXPR_INT,      EXPR_ARG_NONE, SUBJECT_CLOSE,        NULL},
    CONNECTION,
};
#undef CONNECTION

static const struct expr_subject push[] = {
    {"time",   EXPR_DURATION, EXPR_ARG_NONE, SUBJECT_TIME,   NULL},
    {"output", EXPR_TEXT,     EXPR_ARG_NONE, SUBJECT_OUTPUT, NULL},
};

/* clang-format on */

const struct expr_subject *
subject_table(enum spec_kind kind, size_t *count)
{
    switch (kind) {
    case SPEC_HTTP:
        *count = COUNT(http);
        return http;
    case SPEC_JOURNEY:
        *count = COUNT(journey);
        return journey;
    case SPEC_DNS:
        *count = COUNT(dns);
        return dns;
    case SPEC_TLS:
        *count = COUNT(tls);
        return tls;
    case SPEC_TCP:
        *count = COUNT(tcp);
        return tcp;
    case SPEC_ICMP:
        *count = COUNT(icmp);
        return icmp;
    case SPEC_EXEC:
        *count = COUNT(exec);
        return exec;
    case SPEC_GRPC:
        *count = COUNT(grpc);
        return grpc;
    case SPEC_WS:
        *count = COUNT(ws);
        return ws;
    case SPEC_PUSH:
        *count = COUNT(push);
        return push;
    }
    *count = 0;
    return NULL;
}

/* True when `text` begins with the words of `name` and nothing glued on. */
static bool
begins(const char *text, const char *name)
{
    char c;

    if (!str_starts(text, name))
        return false;
    c = text[strlen(name)];
    return !str_is_alpha(c) && !str_is_digit(c) && c != '.' && c != '_';
}

static bool
has(enum spec_kind kind, const char *text, const char **name)
{
    size_t count;
    const struct expr_subject *table = subject_table(kind, &count);

    for (size_t i = 0; i < count; i++) {
        if (begins(text, table[i].name)) {
            *name = table[i].name;
            return true;
        }
    }
    return false;
}

static size_t
explain_other(enum spec_kind kind, const char *text, struct buf *out)
{
    const char *name = NULL;
    size_t found = 0;

    for (int k = 0; k < SPEC_KIND_COUNT; k++) {
        if ((enum spec_kind)k == kind || !has((enum spec_kind)k, text, &name))
            continue;
        if (found == 0)
            buf_addf(out, "%s has no `%s`; it is asked of ",
                     spec_table_of((int)kind).what, name);
        else
            buf_add_str(out, " and ");
        buf_add_str(out, spec_kind_name((enum spec_kind)k));
        found = strlen(name);
    }
    if (found > 0)
        buf_add_str(out, " checks");
    return found;
}

size_t
subject_explain(enum spec_kind kind, const char *text, struct buf *out)
{
    const char *name = NULL;

    if (has(kind, text, &name))
        return 0;
    if (kind == SPEC_JOURNEY && has(SPEC_HTTP, text, &name)) {
        buf_addf(out,
                 "a journey as a whole is asked for its `time` alone, not "
                 "for its `%s`",
                 name);
        return strlen(name);
    }
    return explain_other(kind, text, out);
}
