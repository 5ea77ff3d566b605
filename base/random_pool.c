#include "base/random_pool.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"

void
random_pool_get(struct random_pool *pool, void *out, size_t len)
{
    uint8_t *at;

    assert(len <= RANDOM_POOL_BYTES);
    if (pool->left < len) {
        digest_random(pool->byte, RANDOM_POOL_BYTES);
        pool->left = RANDOM_POOL_BYTES;
    }
    at = pool->byte + RANDOM_POOL_BYTES - pool->left;
    memcpy(out, at, len);
    explicit_bzero(at, len);
    pool->left -= len;
}

void
random_pool_clear(struct random_pool *pool)
{
    explicit_bzero(pool, sizeof(*pool));
}
