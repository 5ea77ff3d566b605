/*
 * id.h - 128-bit names: of runs (W3C trace ids), spools, incidents, pages.
 *
 * Ownership   plain values.
 * Errors      id_parse() -1: no 32 hexadecimal digits.
 * Threads     any.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id {
    uint8_t byte[16];
};

#define ID_TEXT_MAX 33 /* 32 hex digits and NUL */

struct id id_random(void); /* never all zero */
/* The first 128 bits of SHA-256 over the parts, each ended by a NUL: the same
 * parts give the same id on every machine and for ever.  Ends with NULL. */
struct id id_of(const char *part, ...) __attribute__((sentinel));
uint64_t id_hash(const char *text); /* stable 64-bit hash of a name */

bool id_is_zero(const struct id *id);
bool id_eq(const struct id *a, const struct id *b);
const char *id_format(char to[ID_TEXT_MAX], const struct id *id);
int id_parse(struct id *id, const char *text);

#endif
