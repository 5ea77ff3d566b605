/*
 * All in one piece of memory, so that wiping it is one call.
 *
 * Sizes come from outside (a body, a header), so running out of memory is an
 * answer here and not the end of the process.
 */
#include "base/fetch_opts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/trust.h"

#define PIN_BYTES       32    /* SHA-256 */
#define HEADER_LINE_MAX 65536 /* bytes; servers take 8 KiB */

static size_t
header_count(const char *const *headers)
{
    size_t n = 0;

    while (headers != NULL && headers[n] != NULL)
        n++;
    return n;
}

static size_t
text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static size_t
size_of(const struct fetch_opts *opts, size_t count)
{
    size_t size = (count + 1) * sizeof(char *) + opts->body_len + PIN_BYTES;
    size_t i;

    size += text_size(opts->method) + text_size(opts->url) +
            text_size(opts->user) + text_size(opts->password) +
            text_size(opts->cert_file) + text_size(opts->key_file) +
            opts->cert_pem_len + opts->key_pem_len + text_size(opts->proxy) +
            text_size(opts->proxy_user) + text_size(opts->proxy_password) +
            text_size(opts->tls_name);
    for (i = 0; i < count; i++)
        size += text_size(opts->headers[i]);
    return size;
}

static const void *
put(char **at, const void *data, size_t len)
{
    void *to = *at;

    if (data == NULL)
        return NULL;
    if (len > 0)
        memcpy(to, data, len);
    *at += len;
    return to;
}

static const char *
put_text(char **at, const char *text)
{
    return put(at, text, text_size(text));
}

/* Who we are, to the server and to the proxy. */
static void
put_credentials(char **at, struct fetch_opts *to, const struct fetch_opts *opts)
{
    to->user = put_text(at, opts->user);
    to->password = put_text(at, opts->password);
    to->cert_file = put_text(at, opts->cert_file);
    to->key_file = put_text(at, opts->key_file);
    to->cert_pem = put(at, opts->cert_pem, opts->cert_pem_len);
    to->key_pem = put(at, opts->key_pem, opts->key_pem_len);
    to->proxy_user = put_text(at, opts->proxy_user);
    to->proxy_password = put_text(at, opts->proxy_password);
}

int
fetch_opts_copy(struct fetch_own *own, const struct fetch_opts *opts)
{
    size_t count = header_count(opts->headers);
    size_t size = size_of(opts, count);
    char *memory = malloc(size);
    const char **headers = (const char **)(void *)memory;
    char *at = memory;
    size_t i;

    if (memory == NULL) {
        errno = ENOMEM;
        return -1;
    }
    own->memory = memory;
    own->memory_size = size;
    own->opts = *opts;
    at += (count + 1) * sizeof(char *);
    for (i = 0; i < count; i++)
        headers[i] = put_text(&at, opts->headers[i]);
    headers[count] = NULL;
    own->opts.headers = headers;
    own->opts.method = put_text(&at, opts->method);
    own->opts.url = put_text(&at, opts->url);
    put_credentials(&at, &own->opts, opts);
    own->opts.proxy = put_text(&at, opts->proxy);
    own->opts.tls_name = put_text(&at, opts->tls_name);
    own->opts.ca_pin = put(&at, opts->ca_pin, PIN_BYTES);
    own->opts.body = put(&at, opts->body, opts->body_len);
    if (opts->address != NULL) {
        own->address = *opts->address;
        own->opts.address = &own->address;
    }
    if (opts->trust != NULL)
        own->opts.trust = trust_ref(opts->trust);
    return 0;
}

/*
 * What would end a line of the request and begin another.  Who builds the
 * options keeps such values out (checks/template.h); this is the last door.
 */
static bool
has_break(const char *text)
{
    return text != NULL && strpbrk(text, "\r\n") != NULL;
}

static const char *
header_fault(const char *const *headers)
{
    for (; headers != NULL && *headers != NULL; headers++) {
        if (has_break(*headers))
            return "a header of the request holds a line break";
        if (strlen(*headers) > HEADER_LINE_MAX)
            return "a header of the request is over 64 KiB";
    }
    return NULL;
}

static const char *
fault_of(const struct fetch_opts *opts)
{
    if (opts->method != NULL && strpbrk(opts->method, " \t\r\n") != NULL)
        return "the method is more than one word";
    if (has_break(opts->user) || has_break(opts->password))
        return "the credentials hold a line break";
    if (opts->auth == FETCH_AUTH_BASIC && opts->user != NULL &&
        strchr(opts->user, ':') != NULL)
        return "the user of basic authentication holds a colon";
    return header_fault(opts->headers);
}

int
fetch_opts_check(const struct fetch_opts *opts, char *why, size_t cap)
{
    const char *fault = fault_of(opts);

    if (fault == NULL)
        return 0;
    (void)str_copy(why, cap, fault);
    return -1;
}

void
fetch_opts_free(struct fetch_own *own)
{
    trust_free(own->opts.trust);
    if (own->memory != NULL)
        explicit_bzero(own->memory, own->memory_size);
    free(own->memory);
    memset(own, 0, sizeof *own);
}
