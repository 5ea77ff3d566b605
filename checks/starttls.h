/*
 * starttls.h - the words in clear that come before TLS, without the wire.
 *
 * Pure: bytes of the server's go in, what to send comes out.  Who owns the
 * connection is secure.h; the handshake is tls_session.h.
 *
 * Nothing that a server (or whoever sits between) says in clear outlives the
 * go-ahead: bytes behind it, and answers to what was not asked yet, are
 * starttls.protocol (the class of CVE-2011-0411).
 *
 * Lifecycle   starttls_init(), whose `out` is to be sent; starttls_on_bytes()
 *             until it says STARTTLS_GO (send `out`, then begin TLS) or
 *             STARTTLS_FAILED; starttls_on_end() when the connection ended.
 * Ownership   `out` is the caller's; nothing else is held.
 * Errors      `reason` and `message` after STARTTLS_FAILED; what the server
 *             said may stand in the message, as it came.
 * Threads     none of its own.
 */
#ifndef CHECKS_STARTTLS_H
#define CHECKS_STARTTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct buf;

#define STARTTLS_UNIT_MAX    4096  /* bytes of a line, a tag, a packet */
#define STARTTLS_HEARD_MAX   32768 /* bytes of the server's in clear */
#define STARTTLS_OUT_MAX     1024  /* bytes of ours, at most, at a time */
#define STARTTLS_MESSAGE_MAX 256
#define STARTTLS_HOST_MAX    256

enum starttls_kind {
    STARTTLS_NONE,
    STARTTLS_SMTP,
    STARTTLS_IMAP,
    STARTTLS_POP3,
    STARTTLS_FTP,
    STARTTLS_LDAP,
    STARTTLS_XMPP,
    STARTTLS_XMPP_SERVER,
    STARTTLS_POSTGRES,
    STARTTLS_MYSQL,
    STARTTLS_KIND_COUNT,
};

/* Those there are, for people. */
#define STARTTLS_NAMES                                                         \
    "smtp, imap, pop3, ftp, ldap, xmpp, xmpp-server, postgres or mysql"

enum starttls_step { STARTTLS_ON, STARTTLS_GO, STARTTLS_FAILED };

struct starttls {
    enum starttls_kind kind;
    int stage;       /* answers that were whole */
    bool is_offered; /* in the answer that is coming in */
    int code;        /* of a reply of several lines; 0: none is open */
    size_t heard;
    size_t len;
    char unit[STARTTLS_UNIT_MAX];
    char host[STARTTLS_HOST_MAX];
    enum reason reason;
    char message[STARTTLS_MESSAGE_MAX];
};

/* `host` goes into what names the server (XMPP). */
void starttls_init(struct starttls *talk, enum starttls_kind kind,
                   const char *host, struct buf *out);
enum starttls_step starttls_on_bytes(struct starttls *talk,
                                     const uint8_t *bytes, size_t len,
                                     struct buf *out);
/* `why` NULL: an orderly end. */
void starttls_on_end(struct starttls *talk, const char *why);

/* What is waited for, for a message about a deadline: "its greeting". */
const char *starttls_waits_for(const struct starttls *talk);

/* STARTTLS_NONE: no such name. */
enum starttls_kind starttls_parse(const char *name);
const char *starttls_name(enum starttls_kind kind);
uint16_t starttls_port(enum starttls_kind kind); /* where it is usual */

#endif
