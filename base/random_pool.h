/*
 * random_pool.h - random bytes for what needs a few of them often.
 *
 * One call to the kernel for many ids, instead of one each.  A byte is given
 * once and wiped.
 *
 * Not for keys, which are worth a call of their own (digest_random()).
 *
 * Lifecycle   zeroed is right; random_pool_clear() at the end.
 * Ownership   lies in what uses it.
 * Errors      as digest_random().
 * Threads     that of its owner.
 */
#ifndef BASE_RANDOM_POOL_H
#define BASE_RANDOM_POOL_H

#include <stddef.h>
#include <stdint.h>

#define RANDOM_POOL_BYTES 512

struct random_pool {
    uint8_t byte[RANDOM_POOL_BYTES];
    size_t left; /* of them, at the end, that nobody has */
};

/* At most RANDOM_POOL_BYTES. */
void random_pool_get(struct random_pool *pool, void *out, size_t len);
void random_pool_clear(struct random_pool *pool);

#endif
