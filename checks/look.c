#include "checks/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/str.h"

void
look_init(struct look *look, const struct loop *loop)
{
    memset(look, 0, sizeof(*look));
    look->loop = loop;
    look->began = loop_now(loop);
    look->seen.resent = look->seen.retransmits = -1;
    look->seen.redirects = -1;
    look->seen.rtt_us = -1;
    look->match_at = -1;
    for (size_t i = 0; i < PHASE_COUNT; i++)
        look->us[i] = -1;
    buf_init(&look->line, RESULT_TEXT_MAX);
}

void
look_free(struct look *look)
{
    jsonpath_doc_free(look->seen.doc);
    look->seen.doc = NULL;
    free(look->seen.lookup);
    look->seen.lookup = NULL;
    look->seen.lookup_count = 0;
    buf_free(&look->line);
}

/* A plugin that could not look says nothing of what it should look at. */
static bool
is_of_plugin(enum reason reason)
{
    return reason == REASON_EXEC_UNKNOWN || reason == REASON_EXEC_EXIT ||
           reason == REASON_EXEC_SIGNAL || reason == REASON_EXEC_FLOOD;
}

/* What a reason says about whose fault it is. */
static enum status
status_of(const struct look *look, enum reason reason)
{
    if (reason >= REASON_LOCAL_CONFIG || is_of_plugin(reason))
        return STATUS_ERROR;
    if (reason == REASON_EXEC_WARNING)
        return STATUS_DEGRADED;
    /* Where the target sends us is its own doing, by redirect or by link. */
    if (reason == REASON_POLICY_BLOCKED && look->seen.redirects <= 0 &&
        !look->seen.is_led)
        return STATUS_ERROR;
    return STATUS_DOWN;
}

void
look_vfault(struct look *look, enum reason reason, const char *format,
            va_list args)
{
    char text[RESULT_MESSAGE_MAX];

    (void)vsnprintf(text, sizeof(text), format, args);
    (void)str_copy(look->message, sizeof(look->message), text);
    look->reason = reason;
    look->status = status_of(look, reason);
}

void
look_fault(struct look *look, enum reason reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    look_vfault(look, reason, format, args);
    va_end(args);
}

void
look_add_us(struct look *look, enum phase phase, int64_t us)
{
    int64_t *sum = &look->us[phase];

    if (us >= 0)
        *sum = *sum < 0 ? us : *sum + us;
}

size_t
look_banner_len(const struct look *look)
{
    const char *said = look->seen.banner;
    size_t len = said != NULL ? look->seen.banner_len : 0;

    if (len > 0 && said[len - 1] == '\n')
        len -= len > 1 && said[len - 2] == '\r' ? 2 : 1;
    return len;
}

void
look_forget(struct look *look)
{
    struct seen *seen = &look->seen;

    seen->status = 0;
    seen->head = NULL;
    seen->body = NULL;
    seen->certs = NULL;
    seen->tls_protocol = NULL;
    seen->alpn = NULL;
    seen->ip[0] = '\0';
    jsonpath_doc_free(seen->doc);
    seen->doc = NULL;
}

void
look_stop(struct look *look)
{
    if (look->is_over)
        return;
    look->us[PHASE_TOTAL] =
        clock_since_ns(look->began, loop_now(look->loop)) / NS_PER_US -
        look->queue_us;
}
