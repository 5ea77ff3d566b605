/*
 * waterfall.c - the phases as bars on one time line.
 *
 * Each phase begins where the one before ended, as the times of a run do; the
 * scale is the total, so that a bar's length is its share of the wait:
 *
 *     dns      4 ms  █
 *     connect 21 ms   ██
 *     wait    96 ms     ███████████████
 */
#include "cli/waterfall.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "checks/ws_frame.h"
#include "cli/paint.h"
#include "wire/result.h"

#define BAR_COLUMNS 40
#define LABEL       14 /* columns of a label */
#define STEP_INDENT 11 /* as evidence_card's rows, which come below */
#define STEP_NAME   14
#define STEP_LONG   40 /* a name over it moves its bar */

static const char *
text_fact(const struct result *result, enum fact fact)
{
    const struct result_fact *found = result_find(result, fact);
    return found != NULL ? found->text : NULL;
}

static bool
int_fact(const struct result *result, enum fact fact, int64_t *num)
{
    const struct result_fact *found = result_find(result, fact);
    if (found == NULL || found->text != NULL)
        return false;
    *num = found->num;
    return true;
}

static void
label(struct buf *out, const struct paint *paint, const char *name)
{
    char padded[LABEL + 1];
    snprintf(padded, sizeof padded, "%-*s", LABEL - 1, name);
    buf_add_str(out, "       ");
    paint_add(out, paint, PAINT_DIM, padded);
    buf_add_str(out, " ");
}

static void
row(struct buf *out, const struct paint *paint, const char *name,
    const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    label(out, paint, name);
    buf_addf(out, "%s\n", text);
}

/* ---- the head: verdict, target, status code, time, what it came over ---- */

static void
add_via(struct buf *out, const struct spec *spec, const struct result *result)
{
    static const enum fact via[] = {FACT_HTTP_VERSION, FACT_TLS_PROTOCOL,
                                    FACT_RCODE, FACT_IP};

    const char *sep = "   ";
    for (size_t i = 0; i < sizeof via / sizeof *via; i++) {
        const char *text = text_fact(result, via[i]);
        /* A name server has its own line, with its address. */
        if (text == NULL || (via[i] != FACT_RCODE && spec->kind == SPEC_DNS))
            continue;
        buf_addf(out, "%s%s%s", sep, via[i] == FACT_HTTP_VERSION ? "HTTP/" : "",
                 text);
        sep = ", ";
    }
}

static void
add_head(struct buf *out, const struct paint *paint, const struct spec *spec,
         const struct result *result)
{
    char took[UNITS_TEXT_MAX];
    int64_t code;
    buf_add_str(out, "  ");
    paint_status(out, paint, result->status);
    buf_add_str(out, "   ");
    paint_add(out, paint, PAINT_BOLD, spec->target);
    if (spec->kind == SPEC_DNS)
        buf_addf(out, " %s", spec->of.dns.record);
    if (int_fact(result, FACT_STATUS, &code))
        buf_addf(out, "   %lld", (long long)code);
    if (result->us[PHASE_TOTAL] >= 0)
        buf_addf(
            out, "   %s",
            units_show_duration(took, result->us[PHASE_TOTAL] * NS_PER_US));
    add_via(out, spec, result);
    buf_add_str(out, "\n");
    if (result->reason == REASON_NONE)
        return;
    buf_add_str(out, "       ");
    paint_add(out, paint,
              result->status == STATUS_DOWN ? PAINT_BAD : PAINT_WARN,
              reason_name(result->reason));
    buf_addf(out, ": %s\n",
             result->message ? result->message : reason_text(result->reason));
}

/* ---- the bars ---- */

static void
add_bar(struct buf *out, const struct paint *paint, int64_t before, int64_t us,
        int64_t total)
{
    int64_t from = before * BAR_COLUMNS / total;
    int64_t to = (before + us) * BAR_COLUMNS / total;
    for (int64_t i = 0; i < from && i < BAR_COLUMNS; i++)
        buf_add_char(out, ' ');
    for (int64_t i = from; i < BAR_COLUMNS && (i < to || i == from); i++)
        buf_add_str(out, paint->blocks ? "\xe2\x96\x88" : "#");
}

static void
add_phases(struct buf *out, const struct paint *paint,
           const struct result *result)
{
    int64_t before = 0, total = 0;
    for (int p = 0; p < PHASE_TOTAL; p++)
        total += result->us[p] > 0 ? result->us[p] : 0;
    for (int p = 0; p < PHASE_TOTAL; p++) {
        char took[UNITS_TEXT_MAX];
        int64_t us = result->us[p];
        if (us < 0)
            continue;
        label(out, paint, result_phase_name((enum phase)p));
        buf_addf(out, "%9s  ", units_show_duration(took, us * NS_PER_US));
        add_bar(out, paint, before, us, total > 0 ? total : 1);
        buf_add_str(out, "\n");
        before += us;
    }
}

/* ---- what came with it ---- */

/* Whole days, downwards: -1 is today. */
static void
add_days(struct buf *out, int64_t days)
{
    int64_t ago = -days - 1;
    if (days >= 0)
        buf_addf(out, "%lld day%s left", (long long)days, days == 1 ? "" : "s");
    else if (ago == 0)
        buf_add_str(out, "ended less than a day ago");
    else
        buf_addf(out, "ended %lld day%s ago", (long long)ago,
                 ago == 1 ? "" : "s");
}

static void
add_certificate(struct buf *out, const struct paint *paint,
                const struct result *result)
{
    const char *issuer = text_fact(result, FACT_CERT_ISSUER);
    const char *ends = text_fact(result, FACT_CERT_NOT_AFTER);
    int64_t days;
    if (ends == NULL || !int_fact(result, FACT_CERT_DAYS, &days))
        return;
    label(out, paint, "certificate");
    const char *subject = text_fact(result, FACT_CERT_SUBJECT);
    buf_addf(out, "%s, from %s, ", subject ? subject : "?",
             issuer ? issuer : "?");
    add_days(out, days);
    buf_addf(out, " (%.10s)\n", ends);
}

/* Of a failure evidence_card.h shows what was sent, below. */
static bool
has_evidence(const struct result *result)
{
    return result->evidence != NULL && result->reason != REASON_NONE;
}

/* Of a check that is about TLS: the path with the days of each certificate, what
 * was agreed on, the staple. */
static void
add_tls(struct buf *out, const struct paint *paint, const struct result *result)
{
    const char *protocol = text_fact(result, FACT_TLS_PROTOCOL);
    const char *key = text_fact(result, FACT_KEY);
    const char *alpn = text_fact(result, FACT_ALPN);
    const char *ocsp = text_fact(result, FACT_OCSP);
    const char *next = text_fact(result, FACT_OCSP_NEXT_UPDATE);
    if (!has_evidence(result))
        row(out, paint, "chain", text_fact(result, FACT_CHAIN));
    if (protocol != NULL) {
        const char *cipher = text_fact(result, FACT_CIPHER);
        label(out, paint, "session");
        buf_addf(out, "%s, %s, key %s%s%s\n", protocol, cipher ? cipher : "?",
                 key ? key : "?", alpn ? ", " : "", alpn ? alpn : "");
    }
    row(out, paint, "versions", text_fact(result, FACT_TLS_VERSIONS));
    if (ocsp != NULL) {
        label(out, paint, "staple");
        buf_addf(out, "%s%s%.16s\n", ocsp, next ? ", until " : "",
                 next ? next : "");
    }
    row(out, paint, "client cert", text_fact(result, FACT_CLIENT_CERT));
}

/* The steps of a dialogue. */
static void
add_steps(struct buf *out, const struct paint *paint,
          const struct result *result)
{
    for (size_t i = 0; i < result->step_count; i++) {
        const struct result_step *step = &result->steps[i];
        char took[UNITS_TEXT_MAX];
        int64_t us = step->us[PHASE_TOTAL];
        label(out, paint, i == 0 ? "steps" : "");
        buf_addf(out, "%-16s", step->name);
        if (us >= 0)
            buf_addf(out, "%9s", units_show_duration(took, us * NS_PER_US));
        if (step->status != STATUS_UP)
            buf_addf(out, "  %s", reason_name(step->reason));
        buf_add_str(out, "\n");
    }
}

static void
add_flag(struct buf *out, const struct result *result, enum fact fact,
         const char *what)
{
    int64_t num;
    if (int_fact(result, fact, &num) && num != 0)
        buf_addf(out, "%s%s", out->len > 0 ? ", " : "", what);
}

/* One line a server; each but the last ends before ", ". */
static void
add_servers(struct buf *out, const struct paint *paint, const char *each)
{
    const char *name = "servers";
    while (each != NULL && *each != '\0') {
        const char *end = strstr(each, ", ");
        size_t len = end ? (size_t)(end - each) : strlen(each);
        label(out, paint, name);
        buf_addf(out, "%.*s\n", (int)len, each);
        each += len + (end ? 2 : 0);
        name = "";
    }
}

static void
add_dns(struct buf *out, const struct paint *paint, const struct result *result)
{
    struct buf text;
    int64_t num;
    buf_init(&text, (size_t)RESULT_TEXT_MAX * 2);
    row(out, paint, "server", text_fact(result, FACT_SERVER));
    if (text_fact(result, FACT_ANSWER) != NULL)
        buf_add_str(&text, text_fact(result, FACT_ANSWER));
    if (int_fact(result, FACT_TTL, &num))
        buf_addf(&text, "   (for %lld s)", (long long)num);
    row(out, paint, "answer", buf_text(&text));
    row(out, paint, "alias of", text_fact(result, FACT_ALIAS_OF));
    buf_reset(&text);
    add_flag(&text, result, FACT_AA, "authoritative");
    add_flag(&text, result, FACT_AD, "vouched for by the server (AD)");
    add_flag(&text, result, FACT_TRUNCATED, "cut over UDP, asked over TCP");
    row(out, paint, "flags", buf_text(&text));
    buf_reset(&text);
    if (text_fact(result, FACT_DNSSEC) != NULL)
        buf_add_str(&text, text_fact(result, FACT_DNSSEC));
    if (int_fact(result, FACT_RRSIG_DAYS, &num))
        buf_addf(&text, "%ssigned for %lld more days", text.len > 0 ? ", " : "",
                 (long long)num);
    row(out, paint, "dnssec", buf_text(&text));
    if (int_fact(result, FACT_SERIAL, &num)) {
        buf_reset(&text);
        buf_addf(&text, "%lld", (long long)num);
        row(out, paint, "serial", buf_text(&text));
    }
    add_servers(out, paint, text_fact(result, FACT_EACH_SERVER));
    buf_free(&text);
}

static void
add_icmp(struct buf *out, const struct paint *paint,
         const struct result *result)
{
    char min[UNITS_TEXT_MAX], mean[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];
    int64_t sent, received, loss, us, min_us, max_us, ttl;
    if (!int_fact(result, FACT_PACKETS_SENT, &sent) ||
        !int_fact(result, FACT_PACKETS_RECEIVED, &received) ||
        !int_fact(result, FACT_LOSS, &loss))
        return;
    label(out, paint, "packets");
    buf_addf(out, "%lld sent, %lld answered, %lld%% lost\n", (long long)sent,
             (long long)received, (long long)loss);
    if (!int_fact(result, FACT_RTT_US, &us) ||
        !int_fact(result, FACT_RTT_MIN_US, &min_us) ||
        !int_fact(result, FACT_RTT_MAX_US, &max_us))
        return;
    label(out, paint, "round trip");
    buf_addf(out, "min %s, mean %s, max %s",
             units_show_duration(min, min_us * NS_PER_US),
             units_show_duration(mean, us * NS_PER_US),
             units_show_duration(max, max_us * NS_PER_US));
    if (int_fact(result, FACT_TTL, &ttl))
        buf_addf(out, "   (ttl %lld)", (long long)ttl);
    buf_add_str(out, "\n");
}

static void
add_grpc(struct buf *out, const struct paint *paint, const struct spec *spec,
         const struct result *result)
{
    const char *service = spec->of.grpc.service;
    const char *status = text_fact(result, FACT_GRPC_STATUS);
    const char *words = text_fact(result, FACT_GRPC_MESSAGE);
    row(out, paint, "service",
        service != NULL && service[0] != '\0' ? service
                                              : "(the server as a whole)");
    row(out, paint, "health", text_fact(result, FACT_HEALTH));
    if (status == NULL)
        return;
    label(out, paint, "grpc status");
    buf_addf(out, "%s%s%s\n", status, words ? ": " : "", words ? words : "");
}

static void
add_ws(struct buf *out, const struct paint *paint, const struct result *result)
{
    int64_t num;
    row(out, paint, "subprotocol", text_fact(result, FACT_SUBPROTOCOL));
    if (int_fact(result, FACT_MESSAGES, &num)) {
        label(out, paint, "messages");
        buf_addf(out, "%lld heard\n", (long long)num);
    }
    if (!int_fact(result, FACT_CLOSE_CODE, &num))
        return;
    label(out, paint, "closed with");
    const char *means = ws_frame_close_text((uint16_t)num);
    if (num == 0)
        buf_add_str(out, "no code\n");
    else
        buf_addf(out, "%lld%s%s%s\n", (long long)num, means ? " (" : "",
                 means ? means : "", means ? ")" : "");
}

/* A run that ended before its first request told nobody its id. */
static bool
is_sent(const struct spec *spec, const struct result *result)
{
    int64_t num;
    return spec->kind == SPEC_HTTP &&
           (result->us[PHASE_WAIT] >= 0 ||
            int_fact(result, FACT_STATUS, &num) ||
            (result->reason != REASON_NONE &&
             str_starts(reason_name(result->reason), "http.")));
}

void
waterfall_card(struct buf *out, const struct paint *paint,
               const struct spec *spec, const struct result *result)
{
    char id[ID_TEXT_MAX];
    int64_t redirects;
    size_t head_end;
    add_head(out, paint, spec, result);
    buf_add_str(out, "\n");
    head_end = out->len;
    add_phases(out, paint, result);
    if (out->len > head_end)
        buf_add_str(out, "\n");
    add_certificate(out, paint, result);
    if (spec->kind == SPEC_TLS || spec->kind == SPEC_TCP)
        add_tls(out, paint, result);
    if (!has_evidence(result))
        row(out, paint, "faults", text_fact(result, FACT_FAULTS));
    if (spec->kind == SPEC_TCP)
        add_steps(out, paint, result);
    if (spec->kind == SPEC_DNS)
        add_dns(out, paint, result);
    if (spec->kind == SPEC_ICMP)
        add_icmp(out, paint, result);
    if (spec->kind == SPEC_GRPC)
        add_grpc(out, paint, spec, result);
    if (spec->kind == SPEC_WS)
        add_ws(out, paint, result);
    if (!has_evidence(result))
        row(out, paint, "banner", text_fact(result, FACT_BANNER));
    if (int_fact(result, FACT_REDIRECTS, &redirects) && redirects > 0)
        row(out, paint, "redirected to", text_fact(result, FACT_FINAL_URL));
    label(out, paint, "run");
    buf_addf(out, "%s", id_format(id, &result->run));
    if (is_sent(spec, result))
        paint_add(out, paint, PAINT_DIM,
                  "  (sent as X-Request-Id and traceparent)");
    buf_add_str(out, "\n");
}

/* One that was never begun took no time. */
static int64_t
step_us(const struct result_step *step)
{
    return step->us[PHASE_TOTAL] > 0 ? step->us[PHASE_TOTAL] : 0;
}

/* Where the bars of some steps stand. */
struct scale {
    int64_t from, whole; /* us */
    int name_width;
};

static void
add_step(struct buf *out, const struct paint *paint,
         const struct result_step *step, const struct scale *scale)
{
    char took[UNITS_TEXT_MAX];
    int64_t us = step_us(step);
    buf_addf(out, "%*s%-*s%9s  ", STEP_INDENT, "", scale->name_width,
             step->name, units_show_duration(took, us * NS_PER_US));
    add_bar(out, paint, scale->from, us, scale->whole);
    if (step->status != STATUS_UP) {
        buf_add_str(out, "  ");
        paint_add(out, paint,
                  step->status == STATUS_DOWN ? PAINT_BAD : PAINT_WARN,
                  reason_name(step->reason));
    }
    buf_add_str(out, "\n");
}

static struct scale
scale_of(const struct result *result, bool in_order)
{
    struct scale scale = {.whole = 1, .name_width = STEP_NAME};
    for (size_t i = 0; i < result->step_count; i++) {
        int64_t us = step_us(&result->steps[i]);
        size_t width = strlen(result->steps[i].name) + 1;
        if (in_order)
            scale.whole += us;
        else if (us > scale.whole)
            scale.whole = us;
        if (width > (size_t)scale.name_width && width <= STEP_LONG)
            scale.name_width = (int)width;
    }
    return scale;
}

void
waterfall_steps(struct buf *out, const struct paint *paint,
                const struct result *result, bool in_order)
{
    struct scale scale = scale_of(result, in_order);
    for (size_t i = 0; i < result->step_count; i++) {
        add_step(out, paint, &result->steps[i], &scale);
        if (in_order)
            scale.from += step_us(&result->steps[i]);
    }
    const char *unclean = text_fact(result, FACT_CLEANUP);
    if (unclean == NULL)
        return;
    buf_addf(out, "%*s", STEP_INDENT, "");
    paint_add(out, paint, PAINT_WARN, "cleanup");
    buf_addf(out, "  %s\n", unclean);
}

void
waterfall_line(struct buf *out, const struct paint *paint,
               const struct result *result, const char *place)
{
    char took[UNITS_TEXT_MAX];
    size_t width = strlen(result->check);
    paint_status(out, paint, result->status);
    buf_addf(out, "%*s %s%*s ",
             8 - (int)strlen(result_status_name(result->status)), "",
             result->check, width < 16 ? 16 - (int)width : 0, "");
    buf_addf(
        out, "%9s",
        result->us[PHASE_TOTAL] < 0
            ? "-"
            : units_show_duration(took, result->us[PHASE_TOTAL] * NS_PER_US));
    if (place != NULL)
        buf_addf(out, "  %-5s", place);
    if (result->reason != REASON_NONE)
        buf_addf(out, "  %s: %s", reason_name(result->reason),
                 result->message ? result->message
                                 : reason_text(result->reason));
    buf_add_str(out, "\n");
}
