/*
 * starttls_priv.h - what starttls.c and the dialogues share.
 *
 * A dialogue cuts the stream into units (lines, tags, packets) and says what a
 * whole one means; starttls.c gathers, and looks that nothing is left over.
 *
 * Ownership   borrows.
 * Errors      as starttls.h.
 * Threads     as starttls.h.
 */
#ifndef CHECKS_STARTTLS_PRIV_H
#define CHECKS_STARTTLS_PRIV_H

#include "checks/starttls.h"

/* Ends the talk; `said` is the server's, cut to what a message holds. */
enum starttls_step starttls_fail(struct starttls *talk, enum reason reason,
                                 const char *what, const char *said,
                                 size_t len);
/* The same with the first `len` bytes of the unit as what was said. */
enum starttls_step starttls_refuse(struct starttls *talk, const char *what,
                                   size_t len);
enum starttls_step starttls_nonsense(struct starttls *talk, const char *what,
                                     size_t len);
/* The answer of this stage was the hoped-for one: on to the next. */
enum starttls_step starttls_say(struct starttls *talk, const char *text,
                                struct buf *out);

/* Bytes of the first whole unit; 0: more are needed; -1: nonsense. */
long starttls_cut_line(const struct starttls *talk);
long starttls_cut_tag(const struct starttls *talk);
long starttls_cut_ber(const struct starttls *talk);
long starttls_cut_byte(const struct starttls *talk);
long starttls_cut_mysql(const struct starttls *talk);

/* One whole unit of `len` bytes; STARTTLS_GO ends the talk. */
enum starttls_step starttls_on_smtp(struct starttls *talk, size_t len,
                                    struct buf *out);
enum starttls_step starttls_on_ftp(struct starttls *talk, size_t len,
                                   struct buf *out);
enum starttls_step starttls_on_pop3(struct starttls *talk, size_t len,
                                    struct buf *out);
enum starttls_step starttls_on_imap(struct starttls *talk, size_t len,
                                    struct buf *out);
enum starttls_step starttls_on_xmpp(struct starttls *talk, size_t len,
                                    struct buf *out);
enum starttls_step starttls_on_ldap(struct starttls *talk, size_t len,
                                    struct buf *out);
enum starttls_step starttls_on_postgres(struct starttls *talk, size_t len,
                                        struct buf *out);
enum starttls_step starttls_on_mysql(struct starttls *talk, size_t len,
                                     struct buf *out);

/* What we say first, where the client begins. */
void starttls_open_xmpp(const struct starttls *talk, struct buf *out);
void starttls_open_ldap(const struct starttls *talk, struct buf *out);
void starttls_open_postgres(const struct starttls *talk, struct buf *out);

#endif
