#include "checks/body.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "checks/encode.h"

#define RANDOM_BYTES 16
#define BOUNDARY_MAX 48 /* RFC 2046 allows 70 */

int
body_add_field(struct buf *out, const char *name, const char *value, size_t len)
{
    if (out->len > 0)
        buf_add_char(out, '&');
    encode_form(out, name, strlen(name));
    buf_add_char(out, '=');
    encode_form(out, value, len);
    return out->failed ? -1 : 0;
}

/* As browsers have it: RFC 7578 leaves open how a quote is written, and the
 * HTML standard says %22. */
static void
add_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\r' || *text == '\n')
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static bool
is_header_value(const char *text)
{
    return text == NULL || strpbrk(text, "\r\n") == NULL;
}

static void
add_part(struct buf *out, const struct body_part *part, const char *boundary)
{
    const char *type = part->type;

    if (type == NULL && part->filename != NULL)
        type = "application/octet-stream";
    buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=", boundary);
    add_quoted(out, part->name);
    if (part->filename != NULL) {
        buf_add_str(out, "; filename=");
        add_quoted(out, part->filename);
    }
    if (type != NULL)
        buf_addf(out, "\r\nContent-Type: %s", type);
    buf_add_str(out, "\r\n\r\n");
    buf_add(out, part->content, part->len);
    buf_add_str(out, "\r\n");
}

static bool
is_in_content(const char *boundary, const struct body_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0 && str_find(parts[i].content, parts[i].len,
                                         boundary, strlen(boundary)) != NULL)
            return true;
    return false;
}

/* 128 random bits: that it is found once is luck, twice is not to be. */
static void
make_boundary(char boundary[BOUNDARY_MAX], const struct body_part *parts,
              size_t count)
{
    uint8_t random[RANDOM_BYTES];
    char hex[2 * RANDOM_BYTES + 1];

    do {
        digest_random(random, sizeof(random));
        str_hex(hex, random, sizeof(random));
        (void)snprintf(boundary, BOUNDARY_MAX, "picket-%s", hex);
    } while (is_in_content(boundary, parts, count));
}

int
body_add_parts(struct buf *out, const struct body_part *parts, size_t count,
               char type[BODY_TYPE_MAX])
{
    char boundary[BOUNDARY_MAX];

    for (size_t i = 0; i < count; i++) {
        if (!is_header_value(parts[i].type)) {
            errno = EINVAL;
            return -1;
        }
    }
    make_boundary(boundary, parts, count);
    (void)snprintf(type, BODY_TYPE_MAX, "multipart/form-data; boundary=%s",
                   boundary);
    for (size_t i = 0; i < count; i++)
        add_part(out, &parts[i], boundary);
    buf_addf(out, "--%s--\r\n", boundary);
    if (!out->failed)
        return 0;
    errno = ENOSPC;
    return -1;
}
