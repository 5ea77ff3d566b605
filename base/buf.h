/*
 * buf.h - a growing byte buffer with a limit, and a reader that stays inside.
 *
 * All building and taking apart of bytes goes through here; nothing else does
 * arithmetic on pointers into input.
 *
 * Ownership   the buffer owns data; buf_take() hands it out (free() it).
 *             A reader borrows.
 * Errors      an add over the limit, or without memory, changes nothing, sets
 *             `failed` and returns -1; later adds fail too, so that a caller
 *             may check once at the end.  A read past the end gives 0 and sets
 *             the reader's `failed`.
 * Secrets     with `wipes` set no byte outlives the buffer: memory it grows
 *             out of, is reset or freed is overwritten first.  What buf_take()
 *             handed out is the taker's to wipe.
 * Threads     none of its own.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* always followed by a NUL byte that is not in len */
    size_t len;
    size_t cap;
    size_t max; /* bytes; never more than this */
    bool failed;
    bool wipes; /* may be set at any time, and then stays */
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_init_wiping(struct buf *buf, size_t max_bytes);
void buf_free(struct buf *buf);  /* leaves an empty buffer of the same kind */
void buf_reset(struct buf *buf); /* keeps the memory */
uint8_t *buf_take(struct buf *buf, size_t *len);

int buf_add(struct buf *buf, const void *data, size_t len);
int buf_add_str(struct buf *buf, const char *text);
int buf_add_char(struct buf *buf, char c);
int buf_addf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int buf_add_u8(struct buf *buf, uint8_t v);
int buf_add_be16(struct buf *buf, uint16_t v);
int buf_add_le32(struct buf *buf, uint32_t v);
int buf_add_le64(struct buf *buf, uint64_t v);
void buf_drop_front(struct buf *buf, size_t len); /* len <= buf->len */

/* The text, NUL-terminated; "" when empty. */
const char *buf_text(const struct buf *buf);

struct buf_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

struct buf_reader buf_reader(const void *data, size_t len);
uint8_t buf_get_u8(struct buf_reader *r);
uint16_t buf_get_be16(struct buf_reader *r);
uint32_t buf_get_be32(struct buf_reader *r);
uint32_t buf_get_le32(struct buf_reader *r);
uint64_t buf_get_le64(struct buf_reader *r);
const uint8_t *buf_get(struct buf_reader *r, size_t len); /* NULL: too short */

#endif
