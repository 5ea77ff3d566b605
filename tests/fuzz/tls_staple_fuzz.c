/* tls_staple_fuzz.c - what a server staples to its handshake, and a chain it
 * sends: two lengths, then a staple and certificates in DER.  Nothing is good
 * that nobody signed, and every text ends. */
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "checks/tls_pin.h"
#include "checks/tls_staple.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As many certificates as can be read. */
static STACK_OF(X509) * read_chain(const uint8_t *data, size_t size)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    const unsigned char *at = data;

    while (at < data + size && sk_X509_num(chain) < CERTS_MAX + 2) {
        X509 *x = d2i_X509(NULL, &at, (long)(data + size - at));

        if (x == NULL)
            break;
        sk_X509_push(chain, x);
    }
    return chain;
}

static void
judge_text(const char *text, size_t cap)
{
    if (memchr(text, '\0', cap) == NULL)
        abort();
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20)
            abort();
}

static void
judge_certs(const struct certs *certs)
{
    if (certs->count > CERTS_MAX || certs->total > CERTS_PATH_MAX ||
        certs->path_count > CERTS_PATH_MAX)
        abort();
    for (size_t i = 0; i < certs->total; i++) {
        judge_text(certs->cert[i].subject, sizeof(certs->cert[i].subject));
        judge_text(certs->cert[i].issuer, sizeof(certs->cert[i].issuer));
    }
    for (size_t i = 0; i < certs->name_count; i++)
        judge_text(certs->names[i], sizeof(certs->names[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wall_t now = {1767225600000};
    struct tls_staple staple;
    struct tls_pin pin;
    size_t len = size > 2 ? ((size_t)data[0] << 8 | data[1]) : 0;
    STACK_OF(X509) * chain;
    struct certs *certs;
    char text[100] = "";

    if (size < 3)
        return 0;
    data += 2;
    size -= 2;
    len = len < size ? len : size;
    chain = read_chain(data + len, size - len);
    tls_staple_judge(&staple, data, len, chain, now);
    judge_text(staple.why, sizeof(staple.why));
    certs = certs_of(chain, now);
    certs_set_verified(certs, chain, now);
    judge_certs(certs);
    memcpy(text, data, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
    if (tls_pin_parse(&pin, text) == 0)
        (void)tls_pin_holds(&pin, certs);
    certs_free(certs);
    sk_X509_pop_free(chain, X509_free);
    return 0;
}
