/* starttls_fuzz.c - a hostile server before TLS: the first byte chooses the
 * dialogue and how the rest is cut.  The go-ahead is the last byte heard, we
 * speak within our limit, and the same bytes cut otherwise end alike. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "checks/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Hears `size` bytes in pieces of `piece`; what was heard by the end. */
static enum starttls_step
hear(struct starttls *talk, enum starttls_kind kind, const uint8_t *data,
     size_t size, size_t piece)
{
    enum starttls_step step = STARTTLS_ON;
    struct buf out;

    buf_init(&out, STARTTLS_OUT_MAX);
    starttls_init(talk, kind, "host.example", &out);
    while (size > 0 && step == STARTTLS_ON) {
        size_t n = piece < size ? piece : size;

        buf_reset(&out);
        step = starttls_on_bytes(talk, data, n, &out);
        data += n;
        size -= n;
    }
    if (out.failed || talk->heard > STARTTLS_HEARD_MAX)
        abort();
    if (step == STARTTLS_GO && talk->len > 0)
        abort(); /* something in clear would outlive the go-ahead */
    if (step == STARTTLS_FAILED && talk->message[0] == '\0')
        abort();
    if (step == STARTTLS_ON && starttls_waits_for(talk) == NULL)
        abort();
    if (step == STARTTLS_ON)
        starttls_on_end(talk, NULL);
    if (memchr(talk->message, '\0', sizeof(talk->message)) == NULL)
        abort();
    buf_free(&out);
    return step;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct starttls whole, cut;
    enum starttls_kind kind;

    if (size == 0)
        return 0;
    kind = (enum starttls_kind)(1 + data[0] % (STARTTLS_KIND_COUNT - 1));
    /* Whole, more is refused than in pieces (bytes that came too early), and
     * never more is let through. */
    if (hear(&whole, kind, data + 1, size - 1, size) == STARTTLS_GO &&
        hear(&cut, kind, data + 1, size - 1, 1 + data[0] / 16) != STARTTLS_GO)
        abort();
    return 0;
}
