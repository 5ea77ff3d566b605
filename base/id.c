/*
 * id.c - see id.h.
 */
#include "base/id.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"

/* Names, not documents: more than this in one id is a mistake of ours. */
#define PARTS_MAX_BYTES (1U << 20)

struct id
id_random(void)
{
    struct id id;

    do
        digest_random(id.byte, sizeof id.byte);
    while (id_is_zero(&id));
    return id;
}

struct id
id_of(const char *part, ...)
{
    uint8_t sum[DIGEST_SHA256_BYTES];
    struct buf text;
    struct id id;
    va_list args;

    buf_init(&text, PARTS_MAX_BYTES);
    va_start(args, part);
    for (const char *p = part; p != NULL; p = va_arg(args, const char *))
        (void)buf_add(&text, p, strlen(p) + 1);
    va_end(args);
    assert(!text.failed);
    digest_sha256(sum, text.data, text.len);
    buf_free(&text);
    memcpy(id.byte, sum, sizeof id.byte);
    return id;
}

/* FNV-1a, then the finaliser of MurmurHash3: FNV alone leaves the high bits of
 * short names close together, and offsets are taken modulo an interval. */
uint64_t
id_hash(const char *text)
{
    uint64_t h = 0xCBF29CE484222325U;

    for (size_t i = 0; text[i] != '\0'; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001B3U;
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDU;
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53U;
    return h ^ h >> 33;
}

bool
id_is_zero(const struct id *id)
{
    const struct id zero = {{0}};

    return id_eq(id, &zero);
}

bool
id_eq(const struct id *a, const struct id *b)
{
    return memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

const char *
id_format(char to[ID_TEXT_MAX], const struct id *id)
{
    str_hex(to, id->byte, sizeof id->byte);
    return to;
}

int
id_parse(struct id *id, const char *text)
{
    return str_unhex(id->byte, sizeof id->byte, text);
}
