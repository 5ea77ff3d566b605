#include "base/otp.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

#define CODE_LIMIT 1000000U /* six digits */
#define BYTE_BITS  8U
#define DIGIT_BITS 5U /* of base32 */

static int
digit_of(char c)
{
    char low = str_lower(c);

    if (str_is_alpha(c))
        return low - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* People copy a seed in groups of four. */
static bool
is_ignored(char c)
{
    return c == '-' || str_is_space(c);
}

int
otp_decode_seed(uint8_t *to, size_t cap, const char *seed, size_t len,
                size_t *made)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t count = 0;

    while (len > 0 && (seed[len - 1] == '=' || is_ignored(seed[len - 1])))
        len--;
    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(seed[i]);

        if (is_ignored(seed[i]))
            continue;
        if (digit < 0)
            return -1;
        bits = bits << DIGIT_BITS | (uint32_t)digit;
        have += DIGIT_BITS;
        if (have < BYTE_BITS)
            continue;
        if (count == cap)
            return -1;
        have -= BYTE_BITS;
        to[count++] = (uint8_t)(bits >> have);
    }
    /* A lone digit, or bits that belong to no byte, is a text cut short. */
    if (count == 0 || have >= DIGIT_BITS || (bits & ((1U << have) - 1)) != 0)
        return -1;
    *made = count;
    return 0;
}

/* RFC 4226, section 5.3. */
static unsigned
truncate_mac(const uint8_t *mac, size_t len)
{
    const uint8_t *at = mac + (mac[len - 1] & 0x0FU);
    uint32_t code = (at[0] & 0x7FU) << 24 | (uint32_t)at[1] << 16 |
                    (uint32_t)at[2] << 8 | at[3];

    return code % CODE_LIMIT;
}

int
otp_format(char code[OTP_CODE_MAX], const char *seed, size_t len, wall_t now)
{
    uint8_t key[OTP_SEED_MAX];
    uint8_t mac[DIGEST_MAX];
    uint8_t counter[8];
    size_t key_len = 0;
    size_t mac_len;
    uint64_t step = (uint64_t)(now.ms / (MS_PER_S * OTP_STEP_S));

    if (otp_decode_seed(key, sizeof(key), seed, len, &key_len) != 0) {
        explicit_bzero(key, sizeof(key));
        return -1;
    }
    for (size_t i = sizeof(counter); i > 0; i--) {
        counter[i - 1] = (uint8_t)step;
        step >>= BYTE_BITS;
    }
    mac_len = digest_hmac(DIGEST_SHA1, mac, (struct digest_bytes){key, key_len},
                          (struct digest_bytes){counter, sizeof(counter)});
    (void)snprintf(code, OTP_CODE_MAX, "%06u", truncate_mac(mac, mac_len));
    explicit_bzero(key, sizeof(key));
    explicit_bzero(mac, sizeof(mac));
    return 0;
}
