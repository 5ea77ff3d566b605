#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <stdio.h>

#include "controller/web/style.c"

/* A browser takes the SHA-256 of what stands between <style> and </style>. */
static void
policy_allows_this_sheet_and_no_script(void **state)
{
    char policy[STYLE_POLICY_MAX];
    unsigned char md[32];
    unsigned char base64[64];

    (void)state;
    assert_int_equal(EVP_Digest(style_text(), strlen(style_text()), md, NULL,
                                EVP_sha256(), NULL),
                     1);
    (void)EVP_EncodeBlock(base64, md, 32);
    style_policy(policy);
    assert_non_null(strstr(policy, (const char *)base64));
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_null(strstr(policy, "script"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(style_text(), "</"));
    assert_null(strstr(style_text(), "http"));
    assert_null(strstr(style_text(), "@import"));
}

/* WCAG 2 relative luminance, by its definition. */
static double
channel(int v)
{
    double c = v / 255.0;

    if (c <= 0.03928)
        return c / 12.92;
    c = (c + 0.055) / 1.055;
    return c * c * (0.58 + 0.42 * c); /* within 1 % of c^2.4 */
}

static double
luminance(const char *block, const char *name)
{
    char key[16];
    unsigned r = 0, g = 0, b = 0;
    const char *at;

    (void)snprintf(key, sizeof(key), "--%s:#", name);
    at = strstr(block, key);
    assert_non_null(at);
    at += strlen(key);
    if (strspn(at, "0123456789abcdef") == 3) {
        assert_int_equal(sscanf(at, "%1x%1x%1x", &r, &g, &b), 3);
        r *= 17, g *= 17, b *= 17;
    } else {
        assert_int_equal(sscanf(at, "%2x%2x%2x", &r, &g, &b), 3);
    }
    return 0.2126 * channel((int)r) + 0.7152 * channel((int)g) +
           0.0722 * channel((int)b);
}

static void
contrast_is_enough_in_both_themes(void **state)
{
    static const char *const inks[] = {"ink", "dim", "link", "up", "deg",
                                       "par", "dow", "unk",  "pau"};
    const char *blocks[] = {style_text(), strstr(style_text(), "@media")};

    (void)state;
    for (size_t b = 0; b < 2; b++)
        for (size_t i = 0; i < sizeof(inks) / sizeof(inks[0]); i++)
            for (int ground = 0; ground < 2; ground++) {
                double x = luminance(blocks[b], inks[i]);
                double y = luminance(blocks[b], ground == 0 ? "bg" : "card");
                double high = x > y ? x : y;
                double low = x > y ? y : x;

                if ((high + 0.05) / (low + 0.05) < 4.5)
                    print_error("%s in theme %zu\n", inks[i], b);
                assert_true((high + 0.05) / (low + 0.05) >= 4.5);
            }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_allows_this_sheet_and_no_script),
        cmocka_unit_test(contrast_is_enough_in_both_themes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
