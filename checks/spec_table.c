#include "checks/spec_table.h"

#include "base/clock.h"
#include "base/conf.h"
#include "checks/spec.h"

#define HTTP (1U << SPEC_HTTP)
#define DNS  (1U << SPEC_DNS)
#define TLS  (1U << SPEC_TLS)
#define TCP  (1U << SPEC_TCP)

#define KIB           1024LL
#define MIB           (1024LL * 1024)
#define DAY_NS        (86400 * NS_PER_S)
#define URL_MAX       2048        /* bytes; longer ones are cut by proxies */
#define BODY_TEXT_MAX (256 * KIB) /* travels inside the check's text */

static const struct schema_row rows[] = {
    [SPEC_KEY_HTTP] = {"http", SCHEMA_TEXT, .max = URL_MAX,
                       .example = "\"https://example.com/\"",
                       .help = "address to ask for"},
    [SPEC_KEY_DNS] = {"dns", SCHEMA_TEXT, .max = 255,
                      .example = "\"example.com\"", .help = "name to look up"},
    [SPEC_KEY_TLS] = {"tls", SCHEMA_TEXT, .max = 300,
                      .example = "\"example.com:443\"",
                      .help = "host and port whose certificate is looked at"},
    [SPEC_KEY_TCP] = {"tcp", SCHEMA_TEXT, .max = 300,
                      .example = "\"example.com:25\"",
                      .help = "host and port to connect to"},
    [SPEC_KEY_LIKE] = {"like", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX,
                       .example = "\"api\"",
                       .help = "template whose settings are inherited"},
    [SPEC_KEY_EVERY] = {"every", SCHEMA_DURATION, .min = NS_PER_S,
                        .max = 30 * DAY_NS, .fallback = "60s",
                        .example = "\"60s\"",
                        .help = "interval, in each region"},
    [SPEC_KEY_TIMEOUT] = {"timeout", SCHEMA_DURATION, .min = 10 * NS_PER_MS,
                          .max = 30 * DAY_NS, .example = "\"10s\"",
                          .help = "limit of one run; at most `every`; without "
                                  "it the smaller of 10s and `every`"},
    [SPEC_KEY_REGIONS] = {"regions", SCHEMA_TEXTS, .max = 100,
                          .example = "[ \"fra\", \"iad\" ]",
                          .help = "regions that run it; without it all"},
    [SPEC_KEY_QUORUM] = {"quorum", SCHEMA_INT, .min = 1, .max = 100,
                         .fallback = "2", .example = "2",
                         .help = "regions that must fail before it is down"},
    [SPEC_KEY_MIN_ELIGIBLE] = {"min_eligible", SCHEMA_INT, .min = 1, .max = 100,
                               .example = "2",
                               .help = "regions with a vote below which the "
                                       "verdict is unknown"},
    [SPEC_KEY_RECOVER] = {"recover", SCHEMA_INT, .min = 1, .max = 100,
                          .fallback = "2", .example = "2",
                          .help = "good slots in a row before it is up again"},
    [SPEC_KEY_TAGS] = {"tags", SCHEMA_TEXTS, .max = 50,
                       .example = "[ \"prod\", \"+api\" ]",
                       .help = "`+x` adds to the inherited ones, `-x` takes "
                               "away, `x` replaces them"},
    [SPEC_KEY_POLICY] = {"policy", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX,
                         .example = "\"web\"",
                         .help = "who is told; without it nobody"},
    [SPEC_KEY_RUNBOOK] = {"runbook", SCHEMA_TEXT, .max = URL_MAX,
                          .example = "\"https://wiki.example.com/runbook\"",
                          .help = "link that goes into every page"},
    [SPEC_KEY_METHOD] = {"method", SCHEMA_TEXT, .max = 20, .mask = HTTP,
                         .example = "\"GET\"",
                         .help = "without it GET, with a body POST"},
    [SPEC_KEY_HEADERS] = {"headers", SCHEMA_MAP, .mask = HTTP,
                          .example = "{ Accept = \"application/json\"; }",
                          .help = "request headers"},
    [SPEC_KEY_BODY] = {"body", SCHEMA_TEXT, .max = BODY_TEXT_MAX, .mask = HTTP,
                       .example = "\"{ }\"", .help = "request body"},
    [SPEC_KEY_BODY_FILE] = {"body_file", SCHEMA_TEXT, .mask = HTTP,
                            .example = "\"basket.json\"",
                            .help = "file with the body, beside this file; "
                                    "its text travels with the check"},
    [SPEC_KEY_REDIRECTS] = {"redirects", SCHEMA_INT, .min = 0,
                            .max = SPEC_REDIRECTS_MAX, .fallback = "10",
                            .mask = HTTP, .example = "10",
                            .help = "redirects followed; 0: a redirect is the "
                                    "answer"},
    [SPEC_KEY_HEADER_MAX] = {"header_max", SCHEMA_SIZE, .min = KIB, .max = MIB,
                             .fallback = "64KiB", .mask = HTTP,
                             .example = "\"64KiB\"",
                             .help = "largest head of a response"},
    [SPEC_KEY_BODY_MAX] = {"body_max", SCHEMA_SIZE, .min = 0, .max = 64 * MIB,
                           .fallback = "1MiB", .mask = HTTP,
                           .example = "\"1MiB\"",
                           .help = "largest body of a response, decoded"},
    [SPEC_KEY_RECORD] = {"record", SCHEMA_TEXT, .max = 20, .fallback = "A",
                         .mask = DNS, .example = "\"A\"",
                         .help = "A, AAAA, CNAME, MX, TXT, NS or SOA"},
    [SPEC_KEY_ASK] = {"ask", SCHEMA_TEXTS, .max = 10, .fallback = "system",
                      .mask = DNS, .example = "[ \"system\", \"192.0.2.53\" ]",
                      .help = "servers: `system` or IP[:PORT]"},
    [SPEC_KEY_SNI] = {"sni", SCHEMA_TEXT, .max = 255, .mask = TLS,
                      .example = "\"example.com\"",
                      .help = "name sent to the server; without it the host, "
                              "\"\" sends none"},
    [SPEC_KEY_FAMILY] = {"family", SCHEMA_TEXT, .max = 3, .fallback = "any",
                         .mask = HTTP | TLS | TCP, .example = "\"any\"",
                         .help = "any, 4 or 6: addresses used"},
    [SPEC_KEY_RESOLVE] = {"resolve", SCHEMA_TEXT, .max = 60,
                          .mask = HTTP | TLS | TCP, .example = "\"192.0.2.7\"",
                          .help = "IP[:PORT] to connect to instead of what "
                                  "the name resolves to"},
    [SPEC_KEY_ALLOW] = {"allow", SCHEMA_TEXTS, .max = 20,
                        .example = "[ \"169.254.0.0/16\" ]",
                        .help = "networks let through that are refused "
                                "otherwise (link-local, metadata)"},
    [SPEC_KEY_INSECURE] = {"insecure", SCHEMA_BOOL, .fallback = "false",
                           .mask = HTTP | TLS, .example = "true",
                           .help = "a certificate that cannot be trusted is "
                                   "no failure"},
    [SPEC_KEY_CA] = {"ca", SCHEMA_TEXT, .mask = HTTP | TLS,
                     .example = "\"ca.pem\"",
                     .help = "file with the only authorities trusted, beside "
                             "this file; its text travels with the check"},
    [SPEC_KEY_CA_PEM] = {"ca_pem", SCHEMA_TEXT, .max = BODY_TEXT_MAX,
                         .mask = HTTP | TLS,
                         .example = "\"-----BEGIN CERTIFICATE-----...\"",
                         .help = "the same as text"},
    [SPEC_KEY_EXPECT] = {"expect", SCHEMA_TEXTS, .max = SPEC_EXPECT_MAX,
                         .example = "[ \"status == 200\" ]",
                         .help = "what must hold; added to what is inherited, "
                                 "or, with `!reset`, instead of it"},
    [SPEC_KEY_DEGRADED_WHEN] = {"degraded_when", SCHEMA_TEXTS,
                                .max = SPEC_EXPECT_MAX,
                                .example = "[ \"time > 800ms\" ]",
                                .help = "what should not hold"},
    /* Gone once the check is made, each.c: in no text that travels. */
    {"each", SCHEMA_ANY, .example = "[ \"a.example\", \"b.example\" ]",
     .help = "the same check for each value, `${each}` in its texts; or lists "
             "with names, `${NAME}`: one check a combination"},
#define LATER(x)                                                               \
    {                                                                          \
        x, .type = SCHEMA_LATER                                                \
    }
    LATER("journey"),
    LATER("script"),
    LATER("exec"),
    LATER("icmp"),
    LATER("push"),
    LATER("grpc"),
    LATER("ws"),
    LATER("get"),
    LATER("post"),
    LATER("put"),
    LATER("patch"),
    LATER("delete"),
    LATER("form"),
    LATER("json"),
    LATER("json_file"),
    LATER("save"),
    LATER("cleanup"),
    LATER("links"),
    LATER("auth"),
    LATER("cert"),
    LATER("key_file"),
    LATER("proxy"),
    LATER("starttls"),
    LATER("send"),
    LATER("dnssec"),
    LATER("transport"),
    LATER("parents"),
    LATER("slo"),
#undef LATER
};

const struct schema spec_table = {"a check", rows,
                                  sizeof(rows) / sizeof(rows[0]), 0};

struct schema
spec_table_of(int kind)
{
    static const char *const whats[SPEC_KIND_COUNT] = {
#define KIND(id, name, what) [SPEC_##id] = (what),
#include "checks/spec_kind.def"
#undef KIND
    };
    struct schema schema = spec_table;

    if (kind >= 0) {
        schema.what = whats[kind];
        schema.mask = 1U << kind;
    }
    return schema;
}
