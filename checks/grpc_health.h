/*
 * grpc_health.h - the bytes of gRPC's health protocol (grpc.health.v1).
 *
 *     a message on the wire:  0 | length, 4 bytes | protobuf
 *     HealthCheckRequest      1: service, a string
 *     HealthCheckResponse     1: status, an enumeration
 *
 * Pure.  HTTP/2 is base/fetch.h's, the run grpc_check.c's.
 *
 * Ownership   borrows.
 * Units       bytes.
 * Errors      -1 and `why` for bytes that are none; nothing is read past their
 *             end, and what is not known is skipped.
 * Threads     any.
 */
#ifndef CHECKS_GRPC_HEALTH_H
#define CHECKS_GRPC_HEALTH_H

#include <stddef.h>

struct buf;

#define GRPC_SERVICE_MAX 256 /* bytes of a service's name */
#define GRPC_MESSAGE_MAX 256 /* of a decoded grpc-message, NUL included */
#define GRPC_WHY_MAX     120

enum grpc_health_status {
    GRPC_HEALTH_UNKNOWN = 0,
    GRPC_HEALTH_SERVING = 1,
    GRPC_HEALTH_NOT_SERVING = 2,
    GRPC_HEALTH_SERVICE_UNKNOWN = 3,
};

#define GRPC_PATH "/grpc.health.v1.Health/Check"

/* `service` "": the server as a whole. */
int grpc_health_encode(struct buf *out, const char *service);
/* The status in the only message of a body, or -1. */
int grpc_health_decode(const void *body, size_t len, char why[GRPC_WHY_MAX]);

/* "NOT_SERVING"; NULL: no status of this protocol. */
const char *grpc_health_name(int status);
/* "UNAVAILABLE" of 14; NULL: no such code. */
const char *grpc_health_code_name(int code);
/* A grpc-status header's value; -1: it is none. */
int grpc_health_parse_code(const char *text, size_t len);
/* A grpc-message header, percent-decoded; what cannot be shown is '?'. */
void grpc_health_format_message(char to[GRPC_MESSAGE_MAX], const char *text,
                                size_t len);

#endif
