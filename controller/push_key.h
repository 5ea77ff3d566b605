/*
 * push_key.h - the tokens of heartbeats: made of a key, a check and a number.
 *
 * The key is data_dir/push.key (0600), made at the first start.  A token stays
 * the same until the number changes, and tells nothing of the key.
 *
 * Ownership   the key is its own; a token goes to the caller's bytes.
 * Lifecycle   push_key_open() -> push_key_close(), which wipes.
 * Errors      NULL, and `why` says what and what to do.
 * Threads     loop thread only; open blocks, so before the loop runs.
 */
#ifndef CONTROLLER_PUSH_KEY_H
#define CONTROLLER_PUSH_KEY_H

#include <stddef.h>
#include <stdint.h>

struct push_key;

#define PUSH_TOKEN_MAX 33 /* 32 hex digits and NUL */

struct push_key *push_key_open(const char *dir, char *why, size_t cap);
void push_key_close(struct push_key *key);
void push_key_token(const struct push_key *key, const char *check,
                    int64_t generation, char to[PUSH_TOKEN_MAX]);

#endif
