#include "checks/spec_table.h"

#include "base/clock.h"
#include "base/conf.h"
#include "checks/spec.h"
#include "checks/spec_http.h"
#include "checks/starttls.h"

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

#define FIELD_ROW                                                              \
    {                                                                          \
        "field", SCHEMA_TEXT,                                                  \
            .max = 255, .example = "\"user[email]\"",                          \
            .help = "the field's name as it is sent, where "                   \
                    "no setting can be called that; without "                  \
                    "it that of the setting"                                   \
    }

static const struct schema_row field_rows[] = {
    FIELD_ROW,
    {"value", SCHEMA_TEXT, .max = VALUE_MAX, .example = "\"probe@example.com\"",
     .help = "what is sent in it"},
};

static const struct schema field_table = {.what = "a field",
                                          .rows = field_rows,
                                          .count = sizeof(field_rows) /
                                                   sizeof(field_rows[0])};

static const struct schema_row part_rows[] = {
    FIELD_ROW,
    {"value", SCHEMA_TEXT, .max = BODY_TEXT_MAX,
     .example = "\"probe@example.com\"",
     .help = "a part that is no file: a text written alone is one, too"},
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

static const struct schema part_table = {.what = "a part",
                                         .rows = part_rows,
                                         .count = sizeof(part_rows) /
                                                  sizeof(part_rows[0])};

/* What `get`, `post` and the other methods hold. */
#define METHOD_TARGET                                                          \
    SCHEMA_TEXT, .max = URL_MAX, .mask = HTTP | STEP,                          \
                 .example = "\"https://example.com/\"",                        \
                 .help = "the same as `http` with that `method`"

static const struct schema_row rows[] = {
#define SETTING(id, ...) [SPEC_KEY_##id] = {__VA_ARGS__},
#include "checks/spec_setting.def"
#undef SETTING
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

/* A kind's number is also the key of its target. */
#define KIND(id, name, what)                                                   \
    _Static_assert((int)SPEC_KEY_##id == (int)SPEC_##id, #name);
#include "checks/spec_kind.def"
#undef KIND

/* By bit of a mask, as messages call it. */
static const char *const kinds[SCHEMA_KINDS_MAX] = {
#define KIND(id, name, what) [SPEC_##id] = (what),
#include "checks/spec_kind.def"
#undef KIND
    [SPEC_STEP_HTTP] = "a step",
    [SPEC_STEP_TALK] = "a step of `talk`",
};

/* What people write who come from another tool. */
#define IN_ADDRESS                                                             \
    "the kind is the key and the address its value: http = "                   \
    "\"https://HOST:PORT/\", tcp = \"HOST:PORT\""
static const struct schema_foreign foreign[] = {
    {"port", "write it in the address: \"https://HOST:443/\", \"HOST:443\""},
    {"url", IN_ADDRESS},
    {"host", IN_ADDRESS},
    {"hostname", IN_ADDRESS},
    {"target", IN_ADDRESS},
    {"address", IN_ADDRESS},
    {"type", IN_ADDRESS},
    {"frequency", "write every = \"1m\""},
    {"period", "write every = \"1m\""},
    {"retries",
     "none: a failure is asked about again from every region at once; "
     "see `quorum`"},
    {NULL, NULL},
};

const struct schema spec_table = {.what = "a check",
                                  .rows = rows,
                                  .count = sizeof(rows) / sizeof(rows[0]),
                                  .kinds = kinds,
                                  .foreign = foreign};

const struct schema spec_table_step = {.what = "a step",
                                       .rows = rows,
                                       .count = sizeof(rows) / sizeof(rows[0]),
                                       .mask = STEP,
                                       .kinds = kinds,
                                       .foreign = foreign};

const struct schema spec_table_talk = {.what = "a step of `talk`",
                                       .rows = rows,
                                       .count = sizeof(rows) / sizeof(rows[0]),
                                       .mask = TALK,
                                       .kinds = kinds,
                                       .foreign = foreign};

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
