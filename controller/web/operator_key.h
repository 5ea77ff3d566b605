/*
 * operator_key.h - the one key that opens the operators' pages and the API.
 *
 * 256 random bits in data_dir/operator.key (0600), made at first start.  A
 * browser gets a value made from it as a cookie, never the key itself.
 *
 * Ownership   operator_key_open() -> operator_key_close(), which wipes it.
 * Errors      NULL, and `why` says what and what to do.
 * Threads     loop thread only; open() blocks, so before the loop runs.
 */
#ifndef CONTROLLER_WEB_OPERATOR_KEY_H
#define CONTROLLER_WEB_OPERATOR_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct operator_key;

struct operator_key *operator_key_open(const char *dir, char *why, size_t cap);
void operator_key_close(struct operator_key *key);
const char *operator_key_file(const struct operator_key *key);
const char *operator_key_text(const struct operator_key *key);
/* In constant time; NULL is never right. */
bool operator_key_is_right(const struct operator_key *key, const char *text);
bool operator_key_is_cookie(const struct operator_key *key, const char *text);
const char *operator_key_cookie(const struct operator_key *key);

#endif
