#include "checks/spec_table.h"

#include "base/clock.h"
#include "base/conf.h"
#include "checks/spec.h"
#include "checks/spec_http.h"

#define HTTP    (1U << SPEC_HTTP)
#define DNS     (1U << SPEC_DNS)
#define TLS     (1U << SPEC_TLS)
#define TCP     (1U << SPEC_TCP)
#define ICMP    (1U << SPEC_ICMP)
#define EXEC    (1U << SPEC_EXEC)
#define GRPC    (1U << SPEC_GRPC)
#define WS      (1U << SPEC_WS)
#define PUSH    (1U << SPEC_PUSH)
#define RUN     (CHECK & ~PUSH) /* that a probe runs */
#define JOURNEY (1U << SPEC_JOURNEY)
#define CHECK   ((1U << SPEC_KIND_COUNT) - 1) /* of every kind */
#define STEP    (1U << SPEC_STEP_HTTP)
#define TALK    (1U << SPEC_STEP_TALK)

#define KIB           1024LL
#define MIB           (1024LL * 1024)
#define DAY_NS        (86400 * NS_PER_S)
#define URL_MAX       2048        /* bytes; longer ones are cut by proxies */
#define BODY_TEXT_MAX (256 * KIB) /* travels inside the check's text */
#define VALUE_MAX     8192        /* bytes of a header, a field, a value */

static const struct schema_row auth_rows[] = {
    {"basic", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"probe\"",
     .help = "user; sent with the first request"},
    {"digest", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"probe\"",
     .help = "user; sent once the server has asked, RFC 7616"},
    {"password", SCHEMA_TEXT, .max = VALUE_MAX,
     .example = "\"${secret.password}\"",
     .help = "of `basic` and `digest`; a reference to a secret"},
    {"bearer", SCHEMA_TEXT, .max = VALUE_MAX,
     .example = "\"${secret.api-token}\"",
     .help = "token; a reference to a secret"},
    {"oauth2", SCHEMA_TEXT, .max = URL_MAX,
     .example = "\"https://id.example.com/token\"",
     .help = "address of the token endpoint: client credentials, RFC 6749 "
             "4.4; the token is kept until it expires"},
    {"client", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"picket\"",
     .help = "of `oauth2`: the client's id"},
    {"secret", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"${secret.client}\"",
     .help = "of `oauth2`: its secret; a reference, `for` the token endpoint"},
    {"scope", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"orders:read\"",
     .help = "of `oauth2`: scopes asked for, with spaces between"},
    {"audience", SCHEMA_TEXT, .max = VALUE_MAX,
     .example = "\"https://api.example.com\"",
     .help = "of `oauth2`: for whom the token is, where the endpoint asks"},
    {"in_body", SCHEMA_BOOL, .fallback = "false", .example = "true",
     .help = "of `oauth2`: id and secret in the body, for endpoints that take "
             "no basic authentication"},
};

static const struct schema auth_table = {.what = "`auth`",
                                         .rows = auth_rows,
                                         .count = sizeof(auth_rows) /
                                                  sizeof(auth_rows[0])};

static const struct schema_row part_rows[] = {
    {"file", SCHEMA_TEXT, .example = "\"logo.png\"",
     .help = "file beside this file; it travels with the check"},
    {"text", SCHEMA_TEXT, .max = BODY_TEXT_MAX, .example = "\"a,b\\n1,2\\n\"",
     .help = "the file's content, written here"},
    {"base64", SCHEMA_TEXT, .max = 2 * BODY_TEXT_MAX,
     .example = "\"iVBORw0KGgo=\"",
     .help = "the same for content that is no text"},
    {"name", SCHEMA_TEXT, .max = 255, .example = "\"logo.png\"",
     .help = "name told to the server; without it that of `file`"},
    {"type", SCHEMA_TEXT, .max = 255, .example = "\"image/png\"",
     .help = "its Content-Type; without it application/octet-stream"},
};

static const struct schema part_table = {.what = "a part with a file",
                                         .rows = part_rows,
                                         .count = sizeof(part_rows) /
                                                  sizeof(part_rows[0])};

#define METHOD_ROW(word)                                                       \
    {                                                                          \
        word, SCHEMA_TEXT, .max = URL_MAX, .mask = HTTP | STEP,                \
                           .example = "\"https://example.com/\"",              \
                           .help = "the same as `http` with that `method`"     \
    }

static const struct schema_row rows[] = {
    [SPEC_KEY_HTTP] = {"http", SCHEMA_TEXT, .max = URL_MAX, .mask = HTTP | STEP,
                       .example = "\"https://example.com/\"",
                       .help = "address to ask for"},
    [SPEC_KEY_DNS] = {"dns", SCHEMA_TEXT, .max = 255, .mask = DNS,
                      .example = "\"example.com\"", .help = "name to look up"},
    [SPEC_KEY_TLS] = {"tls", SCHEMA_TEXT, .max = 300, .mask = TLS,
                      .example = "\"example.com:443\"",
                      .help = "host and port whose certificate is looked at"},
    [SPEC_KEY_TCP] = {"tcp", SCHEMA_TEXT, .max = 300, .mask = TCP,
                      .example = "\"example.com:25\"",
                      .help = "host and port to connect to"},
    [SPEC_KEY_JOURNEY] = {"journey", SCHEMA_MAP, .mask = JOURNEY,
                          .sub = &spec_table_step,
                          .example =
                              "{ home = { get = \"https://example.com/\"; }; }",
                          .help = "requests in the order written, which share "
                                  "cookies and saved values; docs/journeys.md"},
    [SPEC_KEY_GET] = METHOD_ROW("get"),
    [SPEC_KEY_POST] = METHOD_ROW("post"),
    [SPEC_KEY_PUT] = METHOD_ROW("put"),
    [SPEC_KEY_PATCH] = METHOD_ROW("patch"),
    [SPEC_KEY_DELETE] = METHOD_ROW("delete"),
    [SPEC_KEY_HEAD] = METHOD_ROW("head"),
    [SPEC_KEY_OPTIONS] = METHOD_ROW("options"),
    [SPEC_KEY_CLEANUP] =
        {"cleanup", SCHEMA_MAP, .mask = JOURNEY, .sub = &spec_table_step,
         .example =
             "{ undo = { delete = \"https://example.com/order/${order}\"; }; }",
         .help = "steps that run after the others whatever became of those; "
                 "they are never judged"},
    [SPEC_KEY_ICMP] = {"icmp", SCHEMA_TEXT, .max = 255, .mask = ICMP,
                       .example = "\"example.com\"",
                       .help = "host that must answer an echo request"},
    [SPEC_KEY_GRPC] = {"grpc", SCHEMA_TEXT, .max = 300, .mask = GRPC,
                       .example = "\"https://api.example.com:443\"",
                       .help = "server whose health service is called; HOST:"
                               "PORT alone is in clear"},
    [SPEC_KEY_WS] = {"ws", SCHEMA_TEXT, .max = URL_MAX, .mask = WS,
                     .example = "\"wss://example.com/feed\"",
                     .help = "WebSocket to open; no redirect is followed"},
    [SPEC_KEY_EXEC] = {"exec", SCHEMA_TEXTS, .max = 100, .mask = EXEC,
                       .example = "[ \"check_load\", \"-w\", \"4\" ]",
                       .help = "monitoring plugin that the probe runs, and its "
                               "words; no shell; docs/plugins.md"},
    [SPEC_KEY_PUSH] = {"push", SCHEMA_DURATION, .min = 10 * NS_PER_S,
                       .max = 366 * DAY_NS, .mask = PUSH, .example = "\"1d\"",
                       .help = "a heartbeat must arrive that often at the "
                               "address that `picket push-url` tells; "
                               "docs/heartbeats.md"},
    [SPEC_KEY_LIKE] = {"like", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX,
                       .mask = CHECK | STEP, .example = "\"api\"",
                       .help = "template whose settings are inherited"},
    [SPEC_KEY_EVERY] = {"every", SCHEMA_DURATION, .min = NS_PER_S,
                        .max = 30 * DAY_NS, .mask = RUN, .fallback = "60s",
                        .example = "\"60s\"",
                        .help = "interval, in each region"},
    [SPEC_KEY_TIMEOUT] = {"timeout", SCHEMA_DURATION, .min = 10 * NS_PER_MS,
                          .max = 30 * DAY_NS, .mask = RUN, .example = "\"10s\"",
                          .help = "limit of one run; at most `every`; without "
                                  "it the smaller of 10s and `every`"},
    [SPEC_KEY_CLEANUP_TIMEOUT] = {"cleanup_timeout", SCHEMA_DURATION,
                                  .min = 10 * NS_PER_MS, .max = DAY_NS,
                                  .mask = JOURNEY, .example = "\"10s\"",
                                  .help = "limit of all `cleanup` steps, after "
                                          "the run's own; without it the "
                                          "`timeout`"},
    [SPEC_KEY_LOCK] = {"lock", SCHEMA_BOOL, .mask = HTTP | JOURNEY,
                       .fallback = "false", .example = "true",
                       .help = "one region at a time, by schedule: regions x "
                               "(timeout + cleanup) must fit into `every`, "
                               "and confirmations go one after another"},
    [SPEC_KEY_REGIONS] = {"regions", SCHEMA_TEXTS, .max = 100, .mask = RUN,
                          .example = "[ \"fra\", \"iad\" ]",
                          .help = "regions that run it; without it all"},
    [SPEC_KEY_QUORUM] = {"quorum", SCHEMA_INT, .min = 1, .max = 100,
                         .mask = RUN, .fallback = "2", .example = "2",
                         .help = "regions that must fail before it is down"},
    [SPEC_KEY_MIN_ELIGIBLE] = {"min_eligible", SCHEMA_INT, .min = 1, .max = 100,
                               .mask = RUN, .example = "2",
                               .help = "regions with a vote below which the "
                                       "verdict is unknown"},
    [SPEC_KEY_RECOVER] = {"recover", SCHEMA_INT, .min = 1, .max = 100,
                          .mask = CHECK, .fallback = "2", .example = "2",
                          .help = "good slots in a row before it is up again"},
    [SPEC_KEY_TAGS] = {"tags", SCHEMA_TEXTS, .max = 50, .mask = CHECK,
                       .example = "[ \"prod\", \"+api\" ]",
                       .help = "`+x` adds to the inherited ones, `-x` takes "
                               "away, `x` replaces them"},
    [SPEC_KEY_POLICY] = {"policy", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX,
                         .mask = CHECK, .example = "\"web\"",
                         .help = "who is told; without it nobody"},
    [SPEC_KEY_RUNBOOK] = {"runbook", SCHEMA_TEXT, .max = URL_MAX, .mask = CHECK,
                          .example = "\"https://wiki.example.com/runbook\"",
                          .help = "link that goes into every page"},
    [SPEC_KEY_LINKS] =
        {"links", SCHEMA_MAP, .max = URL_MAX, .mask = CHECK,
         .example = "{ trace = \"https://apm.example.com/trace/${run.id}\"; }",
         .help = "links of each run, by name, with `${run.id}`, `${check}` "
                 "and `${region}` in them"},
    [SPEC_KEY_VALUES] = {"values", SCHEMA_MAP, .max = VALUE_MAX,
                         .mask = JOURNEY,
                         .example = "{ order_ref = \"picket-${uuid}\"; }",
                         .help = "values made before the first step, for "
                                 "`${NAME}` in every step"},
    [SPEC_KEY_METHOD] = {"method", SCHEMA_TEXT, .max = 20, .mask = HTTP | STEP,
                         .example = "\"GET\"",
                         .help = "any but CONNECT; without it GET, with a "
                                 "body POST"},
    [SPEC_KEY_HEADERS] = {"headers", SCHEMA_MAP, .max = VALUE_MAX,
                          .mask = HTTP | JOURNEY | STEP | GRPC | WS,
                          .example = "{ Accept = \"application/json\"; }",
                          .help = "request headers, added to a template's by "
                                  "name; `\"!reset\"` takes one away"},
    [SPEC_KEY_AUTH] = {"auth", SCHEMA_GROUP, .mask = HTTP | JOURNEY | STEP,
                       .sub = &auth_table,
                       .example = "{ bearer = \"${secret.api-token}\"; }",
                       .help = "one of `basic`, `digest`, `bearer`, `oauth2`"},
    [SPEC_KEY_BODY] = {"body", SCHEMA_TEXT, .max = BODY_TEXT_MAX,
                       .mask = HTTP | STEP, .example = "\"ping\"",
                       .help = "request body; a request has one of `body`, "
                               "`body_file`, `json`, `json_file`, `form`, "
                               "`multipart`"},
    [SPEC_KEY_BODY_FILE] = {"body_file", SCHEMA_TEXT, .mask = HTTP | STEP,
                            .example = "\"basket.xml\"",
                            .help = "file with the body, beside this file; "
                                    "its text travels with the check"},
    [SPEC_KEY_JSON] = {"json", SCHEMA_TREE, .max = BODY_TEXT_MAX,
                       .mask = HTTP | STEP,
                       .example = "{ sku = \"${sku}\"; quantity = 1; }",
                       .help = "request body of type application/json, as a "
                               "group or as JSON in a text; a value in it is "
                               "escaped"},
    [SPEC_KEY_JSON_FILE] = {"json_file", SCHEMA_TEXT, .mask = HTTP | STEP,
                            .example = "\"basket.json\"",
                            .help = "file with it, beside this file; its text "
                                    "travels with the check"},
    [SPEC_KEY_FORM] = {"form", SCHEMA_MAP, .max = VALUE_MAX,
                       .mask = HTTP | STEP,
                       .example = "{ user = \"probe\"; password = "
                                  "\"${secret.password}\"; }",
                       .help = "request body as a form sends it; names and "
                               "values are encoded"},
    [SPEC_KEY_MULTIPART] = {"multipart", SCHEMA_MIXED, .max = BODY_TEXT_MAX,
                            .mask = HTTP | STEP, .sub = &part_table,
                            .example = "{ title = \"logo\"; picture = { file = "
                                       "\"logo.png\"; type = \"image/png\"; "
                                       "}; }",
                            .help = "request body of parts: texts and files"},
    [SPEC_KEY_REDIRECTS] = {"redirects", SCHEMA_INT, .min = 0,
                            .max = SPEC_REDIRECTS_MAX, .fallback = "10",
                            .mask = HTTP | JOURNEY | STEP, .example = "10",
                            .help = "redirects followed; 0: a redirect is the "
                                    "answer"},
    [SPEC_KEY_HEADER_MAX] = {"header_max", SCHEMA_SIZE, .min = KIB, .max = MIB,
                             .fallback = "256KiB",
                             .mask = HTTP | JOURNEY | STEP,
                             .example = "\"256KiB\"",
                             .help = "largest head of a response"},
    [SPEC_KEY_BODY_MAX] = {"body_max", SCHEMA_SIZE, .min = 0, .max = 64 * MIB,
                           .fallback = "1MiB", .mask = HTTP | JOURNEY | STEP,
                           .example = "\"1MiB\"",
                           .help = "largest body of a response, decoded"},
    [SPEC_KEY_COMPRESSED] = {"compressed", SCHEMA_BOOL, .fallback = "true",
                             .mask = HTTP | JOURNEY, .example = "false",
                             .help = "asks for a compressed body, as a browser "
                                     "does; it is decoded, and its limit is "
                                     "that of what comes out"},
    [SPEC_KEY_HTTP_VERSION] = {"http_version", SCHEMA_TEXT, .max = 3,
                               .mask = HTTP | JOURNEY, .example = "\"2\"",
                               .help = "1.1 or 2: the only one spoken; without "
                                       "it what the server chooses"},
    [SPEC_KEY_TRUNCATED_OK] = {"truncated_ok", SCHEMA_BOOL,
                               .mask = HTTP | JOURNEY, .fallback = "false",
                               .example = "true",
                               .help = "a body that ends with the connection, "
                                       "without the TLS farewell, is whole"},
    [SPEC_KEY_RECORD] = {"record", SCHEMA_TEXT, .max = 20, .fallback = "A",
                         .mask = DNS, .example = "\"A\"",
                         .help = "type of record, by name or as TYPE65280"},
    [SPEC_KEY_ASK] =
        {"ask", SCHEMA_TEXTS, .max = 10, .fallback = "system", .mask = DNS,
         .example = "[ \"authoritative\", \"192.0.2.53\" ]",
         .help = "servers: `system`, `authoritative` (every server of the "
                 "zone, found by delegation), HOST[:PORT], tcp://, "
                 "tls://HOST[:PORT], https://HOST/PATH"},
    [SPEC_KEY_TRANSPORT] = {"transport", SCHEMA_TEXT, .max = 5,
                            .fallback = "udp", .mask = DNS,
                            .example = "\"tcp\"",
                            .help = "udp, tcp, tls or https: of servers in "
                                    "`ask` that do not say; authoritative "
                                    "ones are asked over udp or tcp"},
    [SPEC_KEY_EDNS] = {"edns", SCHEMA_INT, .min = 0, .max = 4096,
                       .fallback = "1232", .mask = DNS, .example = "1232",
                       .help = "largest answer over UDP, in bytes; 0: without "
                               "EDNS"},
    [SPEC_KEY_RD] = {"rd", SCHEMA_BOOL, .fallback = "true", .mask = DNS,
                     .example = "false",
                     .help = "ask for recursion; authoritative servers are "
                             "never asked for it"},
    [SPEC_KEY_CD] = {"cd", SCHEMA_BOOL, .fallback = "false", .mask = DNS,
                     .example = "true",
                     .help = "have a resolver answer what it could not "
                             "validate"},
    [SPEC_KEY_DO] = {"do", SCHEMA_BOOL, .fallback = "false", .mask = DNS,
                     .example = "true", .help = "have signatures sent along"},
    [SPEC_KEY_DNSSEC] = {"dnssec", SCHEMA_BOOL, .fallback = "false",
                         .mask = DNS, .example = "true",
                         .help = "validate the answers: a bogus one is "
                                 "`dns.bogus`; an expectation that asks "
                                 "`dnssec` validates by itself, and decides"},
    [SPEC_KEY_TRUST_ANCHOR] =
        {"trust_anchor", SCHEMA_TEXTS, .max = 20, .mask = DNS,
         .example = "[ \"example. DS 12345 13 2 0123...\" ]",
         .help = "DS or DNSKEY records that `dnssec` begins at; without it "
                 "the root's, of Debian's dns-root-data"},
    [SPEC_KEY_SNI] = {"sni", SCHEMA_TEXT, .max = 255, .mask = TLS | TCP,
                      .example = "\"example.com\"",
                      .help = "name sent to the server; without it the host, "
                              "\"\" sends none"},
    [SPEC_KEY_STARTTLS] = {"starttls", SCHEMA_TEXT, .max = 20,
                           .mask = TLS | TCP, .example = "\"smtp\"",
                           .help = "what is said in clear before TLS: smtp, "
                                   "imap, pop3, ftp, ldap, xmpp, xmpp-server, "
                                   "postgres or mysql; it also gives a tls "
                                   "check its port"},
    [SPEC_KEY_SECURE] = {"secure", SCHEMA_BOOL, .fallback = "false",
                         .mask = TCP | TALK, .example = "true",
                         .help = "the connection is inside TLS from its start; "
                                 "in a step of `talk`, from after that step"},
    [SPEC_KEY_ALPN] = {"alpn", SCHEMA_TEXTS, .max = 20, .mask = TLS | TCP,
                       .example = "[ \"h2\", \"http/1.1\" ]",
                       .help = "application protocols offered, best first; "
                               "that the server agrees on none is tls.alpn, "
                               "unless an expectation asks `alpn`"},
    [SPEC_KEY_PINS] = {"pins", SCHEMA_TEXTS, .max = TLS_PIN_MAX,
                       .mask = TLS | TCP,
                       .example = "[ \"sha256/"
                                  "qvHNXa9bMJ1zYk3yD8VqHAn5bYV2yTTtDsnyHTbKPY0"
                                  "=\" ]",
                       .help = "one of them must hold: `sha256/BASE64` is the "
                               "key of any certificate on the verified path, "
                               "`leaf/HEX` the SHA-256 of the server's own"},
    [SPEC_KEY_RSA_BITS_MIN] = {"rsa_bits_min", SCHEMA_INT, .min = 512,
                               .max = 16384, .mask = TLS | TCP,
                               .fallback = "2048", .example = "3072",
                               .help = "shorter RSA keys of the chain are "
                                       "tls.weak_key"},
    [SPEC_KEY_EC_BITS_MIN] = {"ec_bits_min", SCHEMA_INT, .min = 112, .max = 521,
                              .mask = TLS | TCP, .fallback = "224",
                              .example = "256",
                              .help = "the same for keys on elliptic curves"},
    [SPEC_KEY_SCAN] = {"scan", SCHEMA_BOOL, .fallback = "false", .mask = TLS,
                       .example = "true",
                       .help = "tries each version, 1.0 to 1.3, on a "
                               "connection of its own: `versions`"},
    [SPEC_KEY_TALK] = {"talk", SCHEMA_MAP, .mask = TCP, .sub = &spec_table_talk,
                       .example = "{ greet = { expect = [ \"banner ~ '^220 '\" "
                                  "]; }; }",
                       .help = "steps in the order written: each sends, then "
                               "hears until what it expects is there"},
    [SPEC_KEY_SEND] = {"send", SCHEMA_TEXT, .max = SPEC_SEND_MAX, .mask = TALK,
                       .example = "\"QUIT\\r\\n\"",
                       .help = "what is sent, as it is: \\r\\n ends a line"},
    [SPEC_KEY_COUNT_OF] = {"count", SCHEMA_INT, .min = 1,
                           .max = SPEC_ICMP_COUNT_MAX, .fallback = "3",
                           .mask = ICMP, .example = "3",
                           .help = "packets of a run"},
    [SPEC_KEY_INTERVAL] = {"interval", SCHEMA_DURATION, .min = NS_PER_MS,
                           .max = 60 * NS_PER_S, .fallback = "200ms",
                           .mask = ICMP, .example = "\"200ms\"",
                           .help = "from one packet of a run to the next"},
    [SPEC_KEY_SIZE] = {"size", SCHEMA_SIZE, .min = 16, .max = 4 * KIB,
                       .fallback = "56B", .mask = ICMP, .example = "\"56B\"",
                       .help = "payload of a packet"},
    [SPEC_KEY_ENV] = {"env", SCHEMA_MAP, .mask = EXEC,
                      .example = "{ PGPASSWORD = \"${secret.db}\"; }",
                      .help = "environment of the plugin, beside PATH; a "
                              "secret must be `for` \"exec:NAME\""},
    [SPEC_KEY_SERVICE] = {"service", SCHEMA_TEXT, .max = 256, .mask = GRPC,
                          .fallback = "", .example = "\"shop.v1.Cart\"",
                          .help = "whose health is asked for; without it the "
                                  "server as a whole"},
    [SPEC_KEY_SUBPROTOCOL] = {"subprotocol", SCHEMA_TEXTS, .max = 20,
                              .mask = WS, .example = "\"graphql-ws\"",
                              .help = "offered to the server, the best first"},
    [SPEC_KEY_MESSAGES] = {"messages", SCHEMA_TEXTS, .max = 30, .mask = WS,
                           .example = "[ \"{ \\\"type\\\": \\\"ping\\\" }\" ]",
                           .help = "texts sent, one message each, as soon as "
                                   "the connection is open"},
    [SPEC_KEY_GRACE] = {"grace", SCHEMA_DURATION, .min = NS_PER_S,
                        .max = 31 * DAY_NS, .fallback = "5m", .mask = PUSH,
                        .example = "\"30m\"",
                        .help = "how late a heartbeat may be before it is "
                                "missing"},
    [SPEC_KEY_FAMILY] = {"family", SCHEMA_TEXT, .max = 3, .fallback = "any",
                         .mask = HTTP | JOURNEY | DNS | TLS | TCP | ICMP |
                                 GRPC | WS,
                         .example = "\"any\"",
                         .help = "any, 4 or 6: addresses used"},
    [SPEC_KEY_RESOLVE] = {"resolve", SCHEMA_TEXT, .max = 60,
                          .mask = HTTP | JOURNEY | TLS | TCP | ICMP | GRPC | WS,
                          .example = "\"192.0.2.7\"",
                          .help = "IP[:PORT] to connect to instead of what "
                                  "the name resolves to"},
    [SPEC_KEY_ADDRESSES] = {"addresses", SCHEMA_TEXT, .max = 5, .mask = HTTP,
                            .fallback = "first", .example = "\"all\"",
                            .help = "first: the first that connects; all: each "
                                    "address of the name, at once"},
    [SPEC_KEY_ADDRESSES_UP] = {"addresses_up", SCHEMA_TEXT, .max = 5,
                               .mask = HTTP, .fallback = "all",
                               .example = "\"66%\"",
                               .help = "all, any or a share: how many of `all` "
                                       "must be up"},
    [SPEC_KEY_ALLOW] = {"allow", SCHEMA_TEXTS, .max = 20, .mask = RUN,
                        .example = "[ \"169.254.0.0/16\" ]",
                        .help = "networks let through (link-local, metadata)"},
    [SPEC_KEY_PROXY] = {"proxy", SCHEMA_TEXT, .max = 300,
                        .mask = HTTP | JOURNEY,
                        .example = "\"http://proxy.example.com:3128\"",
                        .help = "http://HOST:PORT or socks5://HOST:PORT; "
                                "the environment's is ignored; the address "
                                "policy sees no name that goes through it"},
    [SPEC_KEY_PROXY_USER] = {"proxy_user", SCHEMA_TEXT, .max = VALUE_MAX,
                             .mask = HTTP | JOURNEY, .example = "\"picket\"",
                             .help = "user at the proxy"},
    [SPEC_KEY_PROXY_PASSWORD] = {"proxy_password", SCHEMA_TEXT,
                                 .max = VALUE_MAX, .mask = HTTP | JOURNEY,
                                 .example = "\"${secret.proxy}\"",
                                 .help = "a reference to a secret, `for` "
                                         "http://HOST:PORT of the proxy"},
    [SPEC_KEY_INSECURE] = {"insecure", SCHEMA_BOOL, .fallback = "false",
                           .mask = HTTP | JOURNEY | TLS | TCP | GRPC | WS,
                           .example = "true",
                           .help = "a certificate that cannot be trusted is "
                                   "no failure"},
    [SPEC_KEY_CA] = {"ca", SCHEMA_TEXT,
                     .mask = HTTP | JOURNEY | DNS | TLS | TCP | GRPC | WS,
                     .example = "\"ca.pem\"",
                     .help = "file with the only authorities trusted, beside "
                             "this file; its text travels with the check"},
    [SPEC_KEY_CA_PEM] = {"ca_pem", SCHEMA_TEXT, .max = BODY_TEXT_MAX,
                         .mask = HTTP | JOURNEY | DNS | TLS | TCP | GRPC | WS,
                         .example = "\"-----BEGIN CERTIFICATE-----...\"",
                         .help = "the same as text"},
    [SPEC_KEY_CERT] = {"cert", SCHEMA_TEXT, .mask = HTTP | JOURNEY | TLS | TCP,
                       .example = "\"client.pem\"",
                       .help = "file with the client's certificate and its "
                               "chain, beside this file; its text travels with "
                               "the check"},
    [SPEC_KEY_CERT_PEM] = {"cert_pem", SCHEMA_TEXT, .max = BODY_TEXT_MAX,
                           .mask = HTTP | JOURNEY | TLS | TCP,
                           .example = "\"-----BEGIN CERTIFICATE-----...\"",
                           .help = "the same as text"},
    [SPEC_KEY_KEY] = {"key", SCHEMA_TEXT, .max = VALUE_MAX,
                      .mask = HTTP | JOURNEY | TLS | TCP,
                      .example = "\"${secret.client-key}\"",
                      .help = "its private key; a reference to a secret"},
    [SPEC_KEY_EXPECT] = {"expect", SCHEMA_TEXTS, .max = SPEC_EXPECT_MAX,
                         .mask = CHECK | STEP | TALK,
                         .example = "[ \"status == 200\" ]",
                         .help = "what must hold; added to what is inherited, "
                                 "or, with `!reset`, instead of it"},
    [SPEC_KEY_DEGRADED_WHEN] = {"degraded_when", SCHEMA_TEXTS,
                                .max = SPEC_EXPECT_MAX, .mask = CHECK | STEP,
                                .example = "[ \"time > 800ms\" ]",
                                .help = "what should not hold"},
    [SPEC_KEY_SAVE] = {"save", SCHEMA_MAP, .max = VALUE_MAX, .mask = STEP,
                       .example = "{ order = \"json $.order_id\"; }",
                       .help =
                           "values for later steps: json PATH, header NAME, "
                           "cookie NAME, body ~ 'REGEX'; a pattern takes its "
                           "first group, and may stand after each of them"},
    [SPEC_KEY_UNTIL] = {"until", SCHEMA_TEXT, .max = VALUE_MAX, .mask = STEP,
                        .example = "\"json $.state == 'done'\"",
                        .help = "asks again until this holds, then the step is "
                                "judged"},
    [SPEC_KEY_UNTIL_EVERY] = {"every", SCHEMA_DURATION, .min = 100 * NS_PER_MS,
                              .max = DAY_NS, .mask = STEP, .fallback = "1s",
                              .example = "\"1s\"",
                              .help = "of `until`: from one request to the "
                                      "next"},
    [SPEC_KEY_UNTIL_WITHIN] = {"within", SCHEMA_DURATION, .min = 10 * NS_PER_MS,
                               .max = DAY_NS, .mask = STEP,
                               .example = "\"30s\"",
                               .help = "of `until`: how long in all, before "
                                       "the step fails"},
    [SPEC_KEY_STEP_TIMEOUT] = {"timeout", SCHEMA_DURATION,
                               .min = 10 * NS_PER_MS, .max = DAY_NS,
                               .mask = STEP, .example = "\"5s\"",
                               .help = "limit of one request of this step; "
                                       "without it what is left of the run"},
    [SPEC_KEY_EVIDENCE] = {"evidence", SCHEMA_TEXT, .max = 4, .mask = RUN,
                           .fallback = "body", .example = "\"head\"",
                           .help = "what is kept of a failure: none, head, or "
                                   "body (its first part, too)"},
    [SPEC_KEY_PUBLIC] = {"public", SCHEMA_TEXTS, .max = 50,
                         .mask = HTTP | JOURNEY,
                         .example = "[ \"set-cookie\", \"csrf\" ]",
                         .help = "headers, cookies and saved values shown as "
                                 "they are; the others are masked"},
    /* Gone once the check is made, each.c: in no text that travels. */
    {"each", SCHEMA_ANY, .mask = CHECK,
     .example = "[ \"a.example\", \"b.example\" ]",
     .help = "the same check for each value, `${each}` in its texts; or lists "
             "with names, `${NAME}`: one check a combination"},
#define LATER(x)                                                               \
    {                                                                          \
        x, .type = SCHEMA_LATER                                                \
    }
    LATER("script"),
    LATER("key_file"),
    LATER("parents"),
    LATER("slo"),
#undef LATER
};

/* By bit of a mask, as messages call it. */
static const char *const kinds[SCHEMA_KINDS_MAX] = {
#define KIND(id, name, what) [SPEC_##id] = (what),
#include "checks/spec_kind.def"
#undef KIND
    [SPEC_STEP_HTTP] = "a step",
    [SPEC_STEP_TALK] = "a step of `talk`",
};

const struct schema spec_table = {.what = "a check",
                                  .rows = rows,
                                  .count = sizeof(rows) / sizeof(rows[0]),
                                  .kinds = kinds};

const struct schema spec_table_step = {.what = "a step",
                                       .rows = rows,
                                       .count = sizeof(rows) / sizeof(rows[0]),
                                       .mask = STEP,
                                       .kinds = kinds};

const struct schema spec_table_talk = {.what = "a step of `talk`",
                                       .rows = rows,
                                       .count = sizeof(rows) / sizeof(rows[0]),
                                       .mask = TALK,
                                       .kinds = kinds};

struct schema
spec_table_of(int kind)
{
    struct schema schema = spec_table;

    if (kind >= 0) {
        schema.what = kinds[kind];
        schema.mask = 1U << kind;
    }
    return schema;
}

int
spec_table_steps(enum spec_key key)
{
    const struct schema *sub = rows[key].sub;

    if (!sub || sub->rows != rows)
        return -1;
    for (int kind = SPEC_STEP_HTTP; kind < SPEC_STEP_END; kind++)
        if (sub->mask == 1U << kind)
            return kind;
    return -1;
}

bool
spec_table_is_of_steps(enum spec_key key)
{
    return !(rows[key].mask & CHECK);
}

const char *
spec_table_method(enum spec_key key)
{
    static const char *const methods[] = {"GET",    "POST", "PUT",    "PATCH",
                                          "DELETE", "HEAD", "OPTIONS"};

    return key >= SPEC_KEY_GET && key <= SPEC_KEY_OPTIONS
               ? methods[key - SPEC_KEY_GET]
               : NULL;
}

int
spec_table_kind(enum spec_key key)
{
    if (spec_table_method(key))
        return SPEC_HTTP;
    return (int)key < SPEC_KIND_COUNT ? (int)key : -1;
}

bool
spec_table_is_rival(enum spec_key a, enum spec_key b)
{
    static const struct {
        enum spec_key first;
        enum spec_key last;
    } rivals[] = {
        {SPEC_KEY_BODY, SPEC_KEY_MULTIPART},
        {SPEC_KEY_CA, SPEC_KEY_CA_PEM},
        {SPEC_KEY_CERT, SPEC_KEY_CERT_PEM},
    };

    for (size_t i = 0; i < sizeof(rivals) / sizeof(rivals[0]); i++)
        if (a != b && a >= rivals[i].first && a <= rivals[i].last &&
            b >= rivals[i].first && b <= rivals[i].last)
            return true;
    return false;
}
