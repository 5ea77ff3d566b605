/*
 * ws_upgrade.h - from HTTP to WebSocket (RFC 6455, section 4), as a client.
 *
 * Pure: the request's bytes, and whether the answer to it is the right one.
 * The frames after it are ws_frame.h.
 *
 * Ownership   borrows.
 * Units       bytes.
 * Errors      an outcome with a message for people.
 * Threads     any.
 */
#ifndef CHECKS_WS_UPGRADE_H
#define CHECKS_WS_UPGRADE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define WS_KEY_MAX     25    /* base64 of 16 bytes, and NUL */
#define WS_HEAD_MAX    16384 /* bytes of the answer's head */
#define WS_MESSAGE_LEN 256

struct ws_upgrade {
    const char *host;           /* "example.com:8443", for the Host header */
    const char *path;           /* "/chat?room=1" */
    const char *key;            /* ws_upgrade_key() */
    const char *subprotocols;   /* "chat, superchat", or NULL */
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
};

enum ws_outcome {
    WS_UPGRADE_MORE,     /* the head is not whole */
    WS_UPGRADE_DONE,     /* frames begin behind it */
    WS_UPGRADE_REFUSED,  /* an answer of HTTP, and not 101 */
    WS_UPGRADE_PROTOCOL, /* not HTTP, or a 101 that is not one */
};

struct ws_answer {
    int status;              /* 0: none */
    size_t head_len;         /* with the empty line; 0: not whole */
    const char *subprotocol; /* agreed on, within the head; NULL: none */
    size_t subprotocol_len;
    char message[WS_MESSAGE_LEN]; /* with a refusal or an error */
};

/* A fresh one from 16 random bytes. */
void ws_upgrade_key(char to[WS_KEY_MAX], const uint8_t random[16]);
int ws_upgrade_encode(struct buf *out, const struct ws_upgrade *request);
/* Judges what has come so far. */
enum ws_outcome ws_upgrade_judge(struct ws_answer *answer,
                                 const struct ws_upgrade *request,
                                 const char *data, size_t len);

#endif
