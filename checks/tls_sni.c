#include "checks/tls_sni.h"

#include <openssl/ssl.h>

/* OpenSSL's macro casts a const away; it only reads the name. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"

int
tls_sni_set(SSL *ssl, const char *name)
{
    return SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -1;
}

#pragma GCC diagnostic pop
