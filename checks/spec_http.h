/*
 * spec_http.h - what an HTTP check and a journey ask for, compiled.
 *
 * Part of spec.h.  A request is the same thing for a check of one request and
 * for each step of a journey; what a run shares among its requests is
 * spec_net.h and stands in the spec.
 *
 * Ownership   the spec's; the engine reads.
 * Units       *_ns nanoseconds, *_max bytes.
 * Errors      none: compile_http.c and compile_journey.c make only right ones.
 * Threads     read-only once made.
 */
#ifndef CHECKS_SPEC_HTTP_H
#define CHECKS_SPEC_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/spec_list.h"

struct expr;
struct save;     /* save.h: where a value is taken from */
struct template; /* template.h: a text with ${...} */

#define SPEC_REDIRECTS_MAX 20
#define SPEC_HEADERS_MAX   50 /* of a check's own, beside Picket's */
#define SPEC_STEPS_MAX     40 /* of a journey, cleanup included */

enum spec_auth_type {
    SPEC_AUTH_NONE,
    SPEC_AUTH_BASIC,
    SPEC_AUTH_DIGEST,
    SPEC_AUTH_BEARER,
    SPEC_AUTH_OAUTH2, /* client credentials, RFC 6749 4.4 */
};

struct spec_auth {
    enum spec_auth_type type;
    struct template *user;     /* oauth2: the client's id */
    struct template *password; /* oauth2: its secret; bearer: the token */
    char *token_url;           /* oauth2 */
    char *scope;               /* oauth2: NULL: none */
    char *audience;            /* oauth2: NULL: none */
    bool in_body;              /* oauth2: client_secret_post */
};

enum spec_body_type {
    SPEC_BODY_NONE,
    SPEC_BODY_TEXT,
    SPEC_BODY_JSON, /* a text whose values are escaped as JSON strings */
    SPEC_BODY_FORM,
    SPEC_BODY_MULTIPART,
};

struct spec_field { /* of headers, forms and named values, in source order */
    char *name;
    struct template *value;
    char *file_name; /* multipart: NULL: a plain field */
    char *type;      /* multipart: Content-Type, or NULL */
    bool is_base64;  /* multipart: of what is sent; it holds no reference */
};

struct spec_fields {
    struct spec_field *item;
    size_t count;
};

struct spec_request {
    char *method; /* "GET" */
    struct template *url;
    struct spec_fields headers;
    enum spec_body_type body_type;
    struct template *body; /* text and json */
    struct spec_fields fields;
    struct spec_auth auth;
    int redirects_max; /* 0: a redirect is the answer; default 10 */
    size_t header_max;
    size_t body_max;
};

/* Which of a name's addresses are asked, and how many must be up. */
struct spec_spread {
    bool all;       /* false: the first that connects */
    int up_percent; /* 100: all; 0: one is enough */
};

struct spec_http {
    struct spec_request request;
    struct spec_spread spread;
};

struct spec_save {
    char *name;
    struct save *from;
};

struct spec_step {
    char *name;
    struct spec_request request;
    struct spec_exprs expect;
    struct spec_exprs degraded_when;
    struct spec_save *saves;
    size_t save_count;
    int64_t timeout_ns; /* 0: what is left of the run */
    struct expr *until; /* NULL: asked once */
    int64_t until_every_ns;
    int64_t until_within_ns;
};

struct spec_journey {
    struct spec_fields values; /* made once, before the first step */
    struct spec_step *steps;
    size_t step_count;
    struct spec_step *cleanup; /* always run, never judged */
    size_t cleanup_count;
    int64_t cleanup_timeout_ns; /* of all of it; beside the run's timeout */
};

/* Free what they hold. */
void spec_fields_clear(struct spec_fields *fields);
void spec_request_clear(struct spec_request *request);
void spec_journey_clear(struct spec_journey *journey);

#endif
