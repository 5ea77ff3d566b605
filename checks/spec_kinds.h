/*
 * spec_kinds.h - what icmp, exec, grpc and ws checks have of their own.
 *
 * A part of spec.h, which is what to include.
 *
 * Ownership   the spec owns everything in them.
 * Units       *_ns nanoseconds, sizes bytes.
 * Errors      none: compile_kind.c and its siblings make only right ones.
 * Threads     read-only once made.
 */
#ifndef CHECKS_SPEC_KINDS_H
#define CHECKS_SPEC_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "checks/spec_endpoint.h"
#include "checks/spec_http.h"
#include "checks/spec_list.h"

#define SPEC_ICMP_COUNT_MAX 100

struct spec_icmp {
    char *host;
    int count; /* packets */
    int64_t interval_ns;
    size_t size; /* of the payload */
};

/* A secret goes into a plugin's environment when it is `for` this and the
 * plugin's name as written. */
#define SPEC_EXEC_ORIGIN "exec:"

struct spec_exec {
    struct spec_list argv;  /* never empty */
    struct spec_fields env; /* values may refer to secrets */
};

struct spec_grpc {
    char *url;     /* "https://HOST:PORT/..." of the call; http: in clear */
    char *service; /* "": the server as a whole */
    struct spec_fields headers; /* the call's metadata */
};

#define SPEC_WS_SEND_MAX 16384 /* bytes of a message sent */

struct spec_ws {
    struct spec_endpoint at; /* first: what secure.h takes of.endpoint for */
    char *origin;            /* of its secrets: "https://HOST[:PORT]" */
    char *authority;         /* for the Host header */
    char *path;              /* with the query */
    char *subprotocol;       /* "a, b", or NULL */
    struct spec_fields headers;
    struct spec_fields send; /* texts, without names */
};

#endif
