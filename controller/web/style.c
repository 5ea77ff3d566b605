/*
 * style.c - see style.h.
 *
 * style.css becomes style.inc, its bytes, when the tree is built.  Colours are
 * variables, so that dark is one block; a verdict's class (up, deg, par, dow,
 * unk, pau) sets --c, and words and drawings take it from there.  Contrast of
 * every pair is at least 4.5:1 for text and 3:1 for drawings, in both themes.
 */
#include "controller/web/style.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

static const char sheet[] = {
#include "style.inc"
    , 0};

const char *
style_text(void)
{
    return sheet;
}

void
style_policy(char to[STYLE_POLICY_MAX])
{
    uint8_t md[DIGEST_SHA256_BYTES];
    char *hash;

    digest_sha256(md, sheet, strlen(sheet));
    hash = str_base64(md, sizeof(md));
    (void)snprintf(to, STYLE_POLICY_MAX,
                   "default-src 'none'; style-src 'sha256-%s'; form-action "
                   "'self'; base-uri 'none'; frame-ancestors 'none'",
                   hash);
    free(hash);
}
