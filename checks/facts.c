#include "checks/facts.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fetch_result.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/dns_values.h"
#include "checks/look.h"
#include "checks/tls_facts.h"

#define DEL 0x7f

const char *
facts_http_version(int http_version)
{
    switch (http_version) {
    case 10:
        return "1.0";
    case 11:
        return "1.1";
    case 20:
        return "2";
    case 30:
        return "3";
    default: /* a number of fetch.h, not an enum; 0 is none */
        return NULL;
    }
}

/* RFC 9112, 6.3: the first counts, but a reader on the way that takes the other
 * sees another end. */
static bool
is_framed_twice(const struct seen *seen)
{
    size_t at = 0;
    size_t len;

    if (seen->head == NULL ||
        fetch_header(seen->head, seen->head_len, "Transfer-Encoding", &at,
                     &len) == NULL)
        return false;
    at = 0;
    return fetch_header(seen->head, seen->head_len, "Content-Length", &at,
                        &len) != NULL;
}

static void
add_http(struct look *look, struct result *result)
{
    struct seen *seen = &look->seen;

    if (seen->status != 0)
        result_add_int(result, FACT_STATUS, seen->status);
    result_add_text(result, FACT_HTTP_VERSION,
                    facts_http_version(seen->http_version));
    if (seen->body != NULL)
        result_add_int(result, FACT_SIZE, (int64_t)seen->body_len);
    if (seen->redirects >= 0)
        result_add_int(result, FACT_REDIRECTS, seen->redirects);
    if (is_framed_twice(seen))
        result_add_text(result, FACT_FRAMING,
                        "Transfer-Encoding with Content-Length");
    if (seen->is_downgraded)
        result_add_int(result, FACT_DOWNGRADED, 1);
    if (seen->redirects > 0 && seen->hop_count > 0)
        result_add_text(result, FACT_FINAL_URL,
                        seen->hop[seen->hop_count - 1].url);
}

static void
add_banner(struct look *look, struct result *result)
{
    const struct seen *seen = &look->seen;
    size_t len = look_banner_len(look);

    if (seen->banner == NULL)
        return;
    if (len > RESULT_TEXT_MAX - 1)
        len = RESULT_TEXT_MAX - 1;
    buf_add(&look->line, seen->banner, len);
    facts_clean((char *)look->line.data);
    result_add_text(result, FACT_BANNER, buf_text(&look->line));
}

void
facts_clean(char *text)
{
    bool is_utf8;

    if (text == NULL)
        return;
    is_utf8 = str_is_utf8(text, strlen(text));
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < ' ' || c == DEL)
            *text = ' ';
        else if (c > DEL && !is_utf8)
            *text = '?';
    }
}

/* Offsets first: `hidden` may move while it grows. */
void
facts_mask(struct result *result, const struct mask *mask, struct buf *hidden)
{
    size_t at[RESULT_FACTS_MAX];

    for (size_t i = 0; i < result->fact_count; i++) {
        const char *text = result->facts[i].text;

        at[i] = hidden->len;
        if (text != NULL && mask_text(mask, text, strlen(text), hidden) == 0)
            buf_add_char(hidden, '\0');
    }
    for (size_t i = 0; i < result->fact_count; i++)
        if (result->facts[i].text != NULL)
            result->facts[i].text =
                hidden->failed ? MASK_TEXT : buf_text(hidden) + at[i];
}

void
facts_add(struct look *look, struct result *result)
{
    struct seen *seen = &look->seen;

    add_http(look, result);
    if (seen->ip[0] != '\0')
        result_add_text(result, FACT_IP, seen->ip);
    if (seen->blocked[0] != '\0')
        result_add_text(result, FACT_BLOCKED, seen->blocked);
    tls_facts_add(look, result);
    if (look->seen.dns != NULL)
        dns_values_add_facts(look, result);
    if (seen->rtt_us >= 0)
        result_add_int(result, FACT_RTT_US, seen->rtt_us);
    if (seen->retransmits > 0)
        result_add_int(result, FACT_RETRANSMITS, seen->retransmits);
    if (seen->connections > 1)
        result_add_int(result, FACT_CONNECTIONS, seen->connections);
    if (seen->resent > 0)
        result_add_int(result, FACT_RESENT, seen->resent);
    add_banner(look, result);
    if (look->more != NULL)
        look->more->add_facts(look, result);
    facts_clean(look->message);
}
