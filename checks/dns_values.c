#include "checks/dns_values.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/dns_seen.h"
#include "checks/look.h"
#include "wire/result.h"

static const struct dns_seen_server *
server_of(const struct look *look)
{
    const struct dns_seen *seen = look->seen.dns;

    return &seen->server[seen->at];
}

static bool
counts(const struct dns_seen_server *server)
{
    return server->reply != NULL && server->reason == REASON_NONE &&
           !server->is_skipped;
}

bool
dns_values_next(struct dns_seen *seen, size_t *from)
{
    bool is_first = *from == 0;

    while (*from < seen->count && !counts(&seen->server[*from]))
        (*from)++;
    if (*from < seen->count) {
        seen->at = (*from)++;
        return true;
    }
    /* Nobody has values: asked once, so that it is absent and not passed. */
    return is_first && seen->count > 0;
}

/* --- values of one server --- */

static void
add_text(struct expr_values *values, const char *text)
{
    if (text[0] != '\0')
        expr_values_text(values, text, strlen(text));
}

/* Records of the asked type: the aliases on the way there are no answers. */
static void
add_records(const struct dns_message *m, enum subject subject,
            struct expr_values *values)
{
    struct buf text;

    buf_init(&text, DNS_ANSWER_TEXT);
    for (size_t i = 0; i < m->record_count; i++) {
        if (!dns_codec_is_answer(m, i))
            continue;
        buf_reset(&text);
        if (subject == SUBJECT_TTL)
            expr_values_int(values, m->record[i].ttl);
        else if (dns_codec_format_data(m, &m->record[i], &text) == 0)
            expr_values_text(values, buf_text(&text), text.len);
    }
    buf_free(&text);
}

static void
add_reply(const struct dns_message *m, enum subject subject,
          struct expr_values *values)
{
    char text[DNS_TYPE_TEXT];

    if (subject == SUBJECT_RCODE)
        add_text(values, dns_type_format_rcode(text, m->head.rcode));
    else if (subject == SUBJECT_ANSWERS)
        expr_values_int(values, (int64_t)m->answers);
    else if (subject == SUBJECT_AA)
        expr_values_flag(values, m->head.aa);
    else if (subject == SUBJECT_AD)
        expr_values_flag(values, m->head.ad);
    else
        add_records(m, subject, values);
}

static void
add_server(const struct look *look, enum subject subject,
           struct expr_values *values)
{
    const struct dns_seen_server *server = server_of(look);
    int64_t days;

    if (subject == SUBJECT_IP)
        add_text(values, server->ip);
    else if (subject == SUBJECT_TIME_DNS && server->took_us >= 0)
        expr_values_int(values, server->took_us * NS_PER_US);
    else if (subject == SUBJECT_TRUNCATED && server->reply != NULL)
        expr_values_flag(values, server->was_cut);
    else if (subject == SUBJECT_SERIAL && server->has_serial)
        expr_values_int(values, server->serial);
    else if (subject == SUBJECT_DNSSEC &&
             server->security != DNS_SECURITY_UNKNOWN)
        add_text(values, dns_proof_name(server->security));
    else if (subject == SUBJECT_RRSIG_DAYS &&
             dns_seen_rrsig_days(server, loop_wall(look->loop), &days))
        expr_values_int(values, days);
}

/* --- values of all --- */

/* 1, 0, or -1: cannot be said. */
static int
ask_all(const struct dns_seen *seen, enum subject subject, struct buf *why)
{
    if (subject == SUBJECT_SERVERS_AGREE)
        return dns_seen_agree(seen, why) ? 1 : 0;
    if (subject == SUBJECT_SERIAL_AGREES)
        return dns_seen_serials(seen, why);
    return dns_seen_delegation(seen, why);
}

static bool
is_of_all(enum subject subject)
{
    return subject == SUBJECT_SERVERS_AGREE ||
           subject == SUBJECT_SERIAL_AGREES ||
           subject == SUBJECT_DELEGATION_AGREES || subject == SUBJECT_SERVERS ||
           subject == SUBJECT_SERVERS_FAILED || subject == SUBJECT_TIME;
}

static void
add_all(const struct dns_seen *seen, enum subject subject,
        struct expr_values *values)
{
    struct buf why;
    int agrees;

    if (subject == SUBJECT_SERVERS) {
        expr_values_int(values, (int64_t)seen->count);
        return;
    }
    if (subject == SUBJECT_SERVERS_FAILED) {
        expr_values_int(values, (int64_t)dns_seen_failed(seen));
        return;
    }
    buf_init(&why, RESULT_MESSAGE_MAX);
    agrees = ask_all(seen, subject, &why);
    if (agrees >= 0)
        expr_values_flag(values, agrees == 1);
    buf_free(&why);
}

bool
dns_values_add(const struct look *look, enum subject subject,
               struct expr_values *values)
{
    const struct dns_seen *seen = look->seen.dns;

    if (subject == SUBJECT_TIME || seen->count == 0)
        return false;
    if (is_of_all(subject))
        add_all(seen, subject, values);
    else if (subject == SUBJECT_RCODE || subject == SUBJECT_ANSWERS ||
             subject == SUBJECT_ANSWER || subject == SUBJECT_TTL ||
             subject == SUBJECT_AA || subject == SUBJECT_AD) {
        if (server_of(look)->reply != NULL)
            add_reply(server_of(look)->reply, subject, values);
    } else {
        add_server(look, subject, values);
    }
    return true;
}

/* --- what a verdict says --- */

static void
prepend(char *message, size_t cap, const char *label)
{
    char old[EXPR_MESSAGE_MAX];

    (void)str_copy(old, sizeof(old), message);
    (void)snprintf(message, cap, "%s: %.*s", label,
                   (int)(cap - strlen(label) - 3), old);
}

static void
append(char *message, size_t cap, const char *why)
{
    size_t len = strlen(message);

    if (why[0] != '\0' && len + 3 < cap) {
        (void)str_copy(message + len, cap - len, ": ");
        (void)str_copy(message + len + 2, cap - len - 2, why);
    }
}

enum reason
dns_values_explain(const struct look *look, struct expr_verdict *verdict)
{
    const struct dns_seen *seen = look->seen.dns;
    const struct dns_seen_server *server = server_of(look);
    enum subject subject;
    struct buf why;

    if (verdict->subject == NULL)
        return REASON_NONE;
    subject = (enum subject)verdict->subject->id;
    if (is_of_all(subject)) {
        if (subject == SUBJECT_SERVERS || subject == SUBJECT_SERVERS_FAILED ||
            subject == SUBJECT_TIME)
            return REASON_NONE;
        buf_init(&why, sizeof(verdict->message));
        if (ask_all(seen, subject, &why) == 0) {
            (void)str_copy(verdict->message, sizeof(verdict->message),
                           verdict->subject->name);
            append(verdict->message, sizeof(verdict->message), buf_text(&why));
        }
        buf_free(&why);
        return REASON_NONE;
    }
    if (subject == SUBJECT_DNSSEC)
        append(verdict->message, sizeof(verdict->message), server->why);
    if (seen->count > 1)
        prepend(verdict->message, sizeof(verdict->message), server->label);
    return subject == SUBJECT_DNSSEC && server->security == DNS_BOGUS
               ? REASON_DNS_BOGUS
               : REASON_NONE;
}

/* --- facts --- */

/* One more record for the line, if it goes in whole; the first is cut. */
static bool
add_answer(struct buf *all, const struct dns_message *m,
           const struct dns_record *record)
{
    const size_t room = RESULT_TEXT_MAX - sizeof(" and 65535 more");
    bool fits;
    struct buf one;

    buf_init(&one, DNS_ANSWER_TEXT);
    (void)dns_codec_format_data(m, record, &one);
    fits = all->len + strlen(", ") + one.len < room;
    if (fits)
        (void)buf_addf(all, "%s%s", all->len > 0 ? ", " : "", buf_text(&one));
    else if (all->len == 0)
        (void)buf_addf(all, "%.*s...", (int)(room - sizeof("...")),
                       buf_text(&one));
    buf_free(&one);
    return fits;
}

/* The answers in one line, and the shortest time to live among them. */
static void
add_answers(struct look *look, struct result *result)
{
    const struct dns_message *m = server_of(look)->reply;
    struct buf *all = &look->line;
    int64_t ttl = -1;
    size_t shown = 0;
    bool has_room = true;

    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];

        if (!dns_codec_is_answer(m, i))
            continue;
        if (ttl < 0 || record->ttl < ttl)
            ttl = record->ttl;
        if (has_room) {
            has_room = add_answer(all, m, record);
            shown += has_room || shown == 0 ? 1 : 0;
        }
    }
    if (ttl < 0)
        return;
    if (m->answers > shown)
        (void)buf_addf(all, " and %zu more", m->answers - shown);
    result_add_text(result, FACT_ANSWER, buf_text(all));
    result_add_int(result, FACT_TTL, ttl);
}

static void
add_reply_facts(struct look *look, struct result *result)
{
    const struct dns_seen_server *server = server_of(look);
    const struct dns_head *head = &server->reply->head;
    struct dns_name end;
    int64_t days;

    if (dns_codec_get_end(server->reply, &end))
        result_add_text(result, FACT_ALIAS_OF,
                        dns_name_format(look->seen.dns->alias_of, &end));
    result_add_text(result, FACT_RCODE,
                    dns_type_format_rcode(look->rcode, head->rcode));
    result_add_int(result, FACT_ANSWERS, (int64_t)server->reply->answers);
    add_answers(look, result);
    result_add_int(result, FACT_AA, head->aa);
    result_add_int(result, FACT_AD, head->ad);
    if (server->was_cut)
        result_add_int(result, FACT_TRUNCATED, 1);
    if (server->passed > 0)
        result_add_int(result, FACT_PASSED, (int64_t)server->passed);
    if (server->has_other_case)
        result_add_int(result, FACT_OTHER_CASE, 1);
    if (dns_seen_rrsig_days(server, loop_wall(look->loop), &days))
        result_add_int(result, FACT_RRSIG_DAYS, days);
}

/* "ns1.example (192.0.2.1) 12.3 ms, ns2.example (192.0.2.2) dns.timeout". */
static void
set_each(struct dns_seen *seen)
{
    size_t at = 0;

    for (size_t i = 0; i < seen->count; i++) {
        const struct dns_seen_server *server = &seen->server[i];
        char took[UNITS_TEXT_MAX];
        const char *what =
            units_show_duration(took, server->took_us * NS_PER_US);
        int put;

        if (server->reason != REASON_NONE)
            what = reason_name(server->reason);
        if (server->is_skipped)
            what = "skipped";
        put = snprintf(seen->each + at, sizeof(seen->each) - at, "%s%s %s",
                       i > 0 ? ", " : "", server->label, what);
        /* What does not fit whole is left out. */
        if (put < 0 || (size_t)put >= sizeof(seen->each) - at) {
            seen->each[at] = '\0';
            return;
        }
        at += (size_t)put;
    }
}

void
dns_values_add_facts(struct look *look, struct result *result)
{
    struct dns_seen *seen = look->seen.dns;
    const struct dns_seen_server *server;
    size_t first = 0;

    if (seen->count == 0)
        return;
    /* Nothing failed at one of them: the first speaks for all. */
    if (look->status == STATUS_UP)
        (void)dns_values_next(seen, &first);
    server = server_of(look);
    set_each(seen);
    result_add_text(result, FACT_SERVER, server->label);
    result_add_text(result, FACT_TRANSPORT, server->transport);
    if (seen->count > 1) {
        result_add_int(result, FACT_SERVERS, (int64_t)seen->count);
        result_add_int(result, FACT_SERVERS_FAILED,
                       (int64_t)dns_seen_failed(seen));
        result_add_text(result, FACT_EACH_SERVER, seen->each);
    }
    if (seen->walk != NULL && seen->walk->left_out > 0)
        result_add_int(result, FACT_SERVERS_LEFT_OUT,
                       (int64_t)seen->walk->left_out);
    if (server->reply != NULL)
        add_reply_facts(look, result);
    if (server->has_serial)
        result_add_int(result, FACT_SERIAL, server->serial);
    if (server->security != DNS_SECURITY_UNKNOWN)
        result_add_text(result, FACT_DNSSEC, dns_proof_name(server->security));
}
