/* httpd_framing_fuzz.c - a request fed whole and in pieces ends at the same
 * byte, in the same state and with the same bytes kept. */
#include <stdlib.h>
#include <string.h>

#include "base/httpd_framing.h"

#define HEADER_MAX 1024
#define BODY_MAX   512
#define REQUESTS   8 /* on one connection */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_over(const struct httpd_framing *f)
{
    return f->state == HTTPD_FRAMING_WHOLE || f->state == HTTPD_FRAMING_BAD;
}

static size_t
feed(struct httpd_framing *f, const uint8_t *data, size_t size, size_t step)
{
    size_t at = 0;

    while (at < size && !is_over(f)) {
        size_t n = size - at < step ? size - at : step;
        size_t taken = httpd_framing_add(f, data + at, n);

        if (taken > n || (taken < n && !is_over(f)))
            abort();
        at += taken;
    }
    return at;
}

static bool
is_same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* What holds of a request whatever was sent. */
static void
judge(const struct httpd_framing *f)
{
    const char *head = (const char *)f->head.data;
    size_t i;

    if (f->head.len > HEADER_MAX || f->body.len > BODY_MAX)
        abort();
    if ((f->state == HTTPD_FRAMING_BAD) != (f->status != 0))
        abort();
    if (f->state != HTTPD_FRAMING_WHOLE)
        return;
    if (f->left != 0 || f->head.len < 2 || f->head.data[f->head.len] != '\0')
        abort();
    /* Lines end by CR LF, none is empty and neither byte stands alone. */
    for (i = 0; i < f->head.len; i++) {
        if (head[i] == '\r' && head[i + 1] != '\n')
            abort();
        if (head[i] == '\n' && (i < 2 || head[i - 1] != '\r' ||
                                head[i + 1] == '\r' || head[i + 1] == ' '))
            abort();
        if (head[i] == '\0')
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct httpd_framing whole, pieces;
    size_t step = size > 0 ? 1 + data[0] % 7 : 1;
    size_t at = size > 0 ? 1 : 0;
    int i;

    httpd_framing_init(&whole, HEADER_MAX, BODY_MAX);
    httpd_framing_init(&pieces, HEADER_MAX, BODY_MAX);
    for (i = 0; i < REQUESTS; i++) {
        size_t taken = feed(&whole, data + at, size - at, SIZE_MAX);

        if (feed(&pieces, data + at, size - at, step) != taken ||
            pieces.state != whole.state || pieces.status != whole.status ||
            !is_same(&pieces.head, &whole.head) ||
            !is_same(&pieces.body, &whole.body))
            abort();
        judge(&whole);
        if (whole.state != HTTPD_FRAMING_WHOLE)
            break;
        at += taken;
        httpd_framing_reset(&whole);
        httpd_framing_reset(&pieces);
    }
    httpd_framing_free(&whole);
    httpd_framing_free(&pieces);
    return 0;
}
