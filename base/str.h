/*
 * str.h - text: comparing, numbers, hex and base64, nearest name; ASCII only.
 *
 * Never the C library's locale, ctype, atoi or strtok.
 *
 * Ownership   results named `char *` are the caller's to free.
 * Errors      parsers take the whole text or return -1 and change nothing.
 * Threads     any.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xalloc family: memory of start-up and of small fixed objects; ends the
 * process when there is none.  Never for sizes that input decides. */
void *str_xcalloc(size_t count, size_t size);
void *str_xrealloc(void *p, size_t size);
char *str_xdup(const char *text); /* NULL stays NULL */
char *str_xndup(const char *text, size_t len);
char *str_xprintf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

bool str_is_digit(int c);
bool str_is_alpha(int c);
bool str_is_space(int c);
char str_lower(char c);

/* strerror() as it stands within a sentence: "connection refused". */
#define STR_ERROR_MAX 96
const char *str_error(char to[STR_ERROR_MAX], int error);

bool str_eq(const char *a, const char *b); /* NULL equals NULL only */
bool str_eq_nocase(const char *a, const char *b);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* `*` and `?` as in a shell, no classes. */
bool str_glob(const char *pattern, const char *text);
/* First place of `needle`, or NULL; both by length. */
const char *str_find(const char *hay, size_t hay_len, const char *needle,
                     size_t needle_len);

int str_parse_i64(const char *text, int64_t *value);
int str_parse_u16(const char *text, uint16_t *value);
/* Decimal text such as 12.5 into thousandths; more than 3 decimals are -1. */
int str_parse_milli(const char *text, int64_t *milli);

/* Copies at most cap-1 bytes, ends with NUL, cuts on a UTF-8 boundary;
 * returns false when it cut. */
bool str_copy(char *to, size_t cap, const char *from);

/* 2*len hex digits and a NUL into `to`. */
void str_hex(char *to, const uint8_t *bytes, size_t len);
int str_unhex(uint8_t *to, size_t len, const char *text);
char *str_base64(const uint8_t *bytes, size_t len);
uint8_t *str_unbase64(const char *text, size_t *len); /* NULL: not base64 */

/* Index of the name nearest to `text` (Damerau-Levenshtein, at most a third
 * of its length away), or -1.  For "did you mean". */
int str_nearest(const char *text, const char *const *names, size_t count);

/* Bytes of the well-formed character `text` begins with; 0: none (RFC 3629). */
size_t str_utf8_len(const char *text, size_t len);
/* True when the bytes are well-formed UTF-8. */
bool str_is_utf8(const char *text, size_t len);
/* Characters of UTF-8 that begin among the bytes. */
size_t str_utf8_count(const char *text, size_t len);

#endif
