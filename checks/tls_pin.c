#include "checks/tls_pin.h"

#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/digest.h"
#include "base/str.h"

#define KEY_PREFIX  "sha256/"
#define LEAF_PREFIX "leaf/"
#define BASE64_LEN  44 /* of 32 bytes */

/* curl writes a second slash before the base64. */
static int
parse_key(struct tls_pin *pin, const char *text)
{
    size_t len = 0;
    uint8_t *sum;
    bool is_sum;

    if (text[0] == '/' && strlen(text) == BASE64_LEN + 1)
        text++;
    if (strlen(text) != BASE64_LEN)
        return -1;
    sum = str_unbase64(text, &len);
    is_sum = sum != NULL && len == DIGEST_SHA256_BYTES;
    free(sum);
    if (!is_sum)
        return -1;
    (void)str_copy(pin->value, sizeof(pin->value), text);
    return 0;
}

/* With or without the colons that `openssl x509 -fingerprint` prints. */
static int
parse_leaf(struct tls_pin *pin, const char *text)
{
    uint8_t sum[DIGEST_SHA256_BYTES];
    size_t len = 0;

    for (; *text != '\0'; text++) {
        if (*text == ':' && len > 0 && len % 2 == 0)
            continue;
        if (len == sizeof(pin->value) - 1)
            return -1;
        pin->value[len++] = str_lower(*text);
    }
    pin->value[len] = '\0';
    if (len != sizeof(pin->value) - 1)
        return -1;
    return str_unhex(sum, sizeof(sum), pin->value);
}

int
tls_pin_parse(struct tls_pin *pin, const char *text)
{
    *pin = (struct tls_pin){0};
    if (str_starts(text, KEY_PREFIX))
        return parse_key(pin, text + strlen(KEY_PREFIX));
    pin->is_leaf = true;
    if (str_starts(text, LEAF_PREFIX))
        return parse_leaf(pin, text + strlen(LEAF_PREFIX));
    return -1;
}

bool
tls_pin_holds(const struct tls_pin *pin, const struct certs *certs)
{
    if (certs->count == 0)
        return false;
    if (pin->is_leaf)
        return str_eq(pin->value, certs->cert[0].sha256);
    if (certs->path_count == 0)
        return str_eq(pin->value, certs->cert[0].spki);
    for (size_t i = 0; i < certs->path_count; i++)
        if (str_eq(pin->value, certs->cert[certs->path[i]].spki))
            return true;
    return false;
}
