/*
 * Two answers are compared by their canonical data, sorted: the order of
 * records and of the letters in names says nothing.
 */
#include "checks/dns_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/str.h"

#define DAY_S 86400
#define SET_BYTES                                                              \
    ((size_t)4 * DNS_MESSAGE_MAX) /* canonical data of one answer */
#define SHOWN 3                   /* records of a set in a message */

/* --- sets of records --- */

struct item {
    size_t at;
    size_t len;
};

/* The records of one answer, sorted. */
struct set {
    struct buf bytes;
    struct item item[DNS_RECORDS_MAX];
    size_t count;
};

/* qsort() has no place for the bytes the items point into. */
static void
sort(struct set *set)
{
    for (size_t i = 1; i < set->count; i++) {
        struct item moved = set->item[i];
        size_t k = i;

        for (; k > 0; k--) {
            const struct item *before = &set->item[k - 1];
            size_t len = before->len < moved.len ? before->len : moved.len;
            int order = memcmp(set->bytes.data + before->at,
                               set->bytes.data + moved.at, len);

            if (order < 0 || (order == 0 && before->len <= moved.len))
                break;
            set->item[k] = *before;
        }
        set->item[k] = moved;
    }
}

/* What answers the question. */
static struct set *
create_set(const struct dns_message *m)
{
    struct set *set = str_xcalloc(1, sizeof(*set));

    buf_init(&set->bytes, SET_BYTES);
    for (size_t i = 0; i < m->record_count; i++) {
        size_t at = set->bytes.len;

        if (!dns_codec_is_answer(m, i) ||
            dns_codec_canonical_data(m, &m->record[i], &set->bytes) < 0)
            continue;
        set->item[set->count++] = (struct item){at, set->bytes.len - at};
    }
    sort(set);
    return set;
}

static void
free_set(struct set *set)
{
    buf_free(&set->bytes);
    free(set);
}

static bool
is_same(const struct set *a, const struct set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->item[i].len != b->item[i].len ||
            memcmp(a->bytes.data + a->item[i].at, b->bytes.data + b->item[i].at,
                   a->item[i].len) != 0)
            return false;
    return true;
}

/* "192.0.2.1, 192.0.2.2 and 3 more", or the rcode, or "nothing". */
static void
show_answer(struct buf *out, const struct dns_message *m)
{
    char text[DNS_TYPE_TEXT];
    size_t shown = 0;

    if (m->head.rcode != DNS_NOERROR)
        buf_add_str(out, dns_type_format_rcode(text, m->head.rcode));
    for (size_t i = 0; i < m->record_count && shown < SHOWN; i++) {
        if (!dns_codec_is_answer(m, i))
            continue;
        if (shown++ > 0)
            buf_add_str(out, ", ");
        (void)dns_codec_format_data(m, &m->record[i], out);
    }
    if (m->answers > SHOWN)
        buf_addf(out, " and %zu more", m->answers - SHOWN);
    if (shown == 0 && m->head.rcode == DNS_NOERROR)
        buf_add_str(out, "nothing");
}

/* --- do they agree? --- */

static bool
has_answered(const struct dns_seen_server *server)
{
    return server->reply != NULL && server->reason == REASON_NONE &&
           !server->is_skipped;
}

/* The first that answered from `from` on; count: none. */
static size_t
next_answered(const struct dns_seen *seen, size_t from)
{
    while (from < seen->count && !has_answered(&seen->server[from]))
        from++;
    return from;
}

bool
dns_seen_agree(const struct dns_seen *seen, struct buf *why)
{
    size_t first = next_answered(seen, 0);
    const struct dns_message *m;
    struct set *set;
    bool agree = true;

    if (first == seen->count)
        return true;
    m = seen->server[first].reply;
    set = create_set(m);
    for (size_t i = next_answered(seen, first + 1); i < seen->count && agree;
         i = next_answered(seen, i + 1)) {
        const struct dns_message *other = seen->server[i].reply;
        struct set *theirs = create_set(other);

        agree = m->head.rcode == other->head.rcode && is_same(set, theirs);
        free_set(theirs);
        if (agree)
            continue;
        buf_addf(why, "%s has ", seen->server[i].label);
        show_answer(why, other);
        buf_addf(why, ", %s has ", seen->server[first].label);
        show_answer(why, m);
    }
    free_set(set);
    return agree;
}

int
dns_seen_serials(const struct dns_seen *seen, struct buf *why)
{
    const struct dns_seen_server *first = NULL;

    for (size_t i = 0; i < seen->count; i++) {
        const struct dns_seen_server *server = &seen->server[i];

        if (!server->has_serial)
            continue;
        if (first == NULL)
            first = server;
        if (server->serial == first->serial)
            continue;
        buf_addf(why, "%s has %u, %s has %u", server->label, server->serial,
                 first->label, first->serial);
        return 0;
    }
    return first != NULL ? 1 : -1;
}

/* --- parent and child --- */

static bool
parent_names(const struct dns_walk_answer *walk, const struct dns_name *name)
{
    for (size_t i = 0; i < walk->host_count; i++)
        if (dns_name_eq(&walk->host[i].name, name))
            return true;
    return false;
}

static bool
child_names(const struct dns_message *m, const struct dns_name *name)
{
    for (size_t i = 0; i < m->record_count; i++) {
        struct dns_name target;

        if (dns_codec_is_answer(m, i) &&
            dns_codec_get_target(m, &m->record[i], &target) == 0 &&
            dns_name_eq(&target, name))
            return true;
    }
    return false;
}

static void
add_name(struct buf *why, const char *before, const struct dns_name *name,
         const char *after)
{
    char text[DNS_NAME_TEXT];

    if (why->len > 0)
        buf_add_str(why, "; ");
    buf_addf(why, "%s%s%s", before, dns_name_format(text, name), after);
}

/* What one server of the zone says against what the parent says. */
static void
compare(const struct dns_walk_answer *walk,
        const struct dns_seen_server *server, struct buf *why)
{
    const struct dns_message *m = server->ns;
    char after[DNS_SEEN_LABEL_MAX + 100];

    (void)str_copy(after, sizeof(after), " is delegated to, but not named by ");
    (void)str_copy(after + strlen(after), sizeof(after) - strlen(after),
                   server->label);
    for (size_t i = 0; i < walk->host_count; i++)
        if (!child_names(m, &walk->host[i].name))
            add_name(why, "", &walk->host[i].name, after);
    (void)str_copy(after, sizeof(after), " is not delegated to, but named by ");
    (void)str_copy(after + strlen(after), sizeof(after) - strlen(after),
                   server->label);
    for (size_t i = 0; i < m->record_count; i++) {
        struct dns_name target;

        if (dns_codec_is_answer(m, i) &&
            dns_codec_get_target(m, &m->record[i], &target) == 0 &&
            !parent_names(walk, &target))
            add_name(why, "", &target, after);
    }
}

/* The zone's own address records of a server, where it sent some along: glue
 * that is none of them leads elsewhere. */
static void
compare_glue(const struct dns_walk_host *host,
             const struct dns_seen_server *server, struct buf *why)
{
    const struct dns_message *m = server->ns;
    struct buf text;
    bool is_known = false;
    bool is_same[DNS_WALK_ADDRS_MAX] = {false};

    buf_init(&text, ADDR_TEXT_MAX);
    for (size_t i = 0; host->is_glue && i < m->record_count; i++) {
        struct dns_name owner;
        struct addr addr;

        buf_reset(&text);
        if (m->record[i].section != DNS_IN_ADDITIONAL ||
            (m->record[i].type != DNS_A && m->record[i].type != DNS_AAAA) ||
            dns_codec_get_owner(m, &m->record[i], &owner) < 0 ||
            !dns_name_eq(&owner, &host->name) ||
            dns_codec_format_data(m, &m->record[i], &text) < 0 ||
            addr_parse_ip(&addr, buf_text(&text), 0) < 0)
            continue;
        is_known = true;
        for (size_t k = 0; k < host->addr_count; k++)
            is_same[k] = is_same[k] || addr_eq_ip(&addr, &host->addr[k]);
    }
    for (size_t k = 0; is_known && k < host->addr_count; k++) {
        char name[DNS_NAME_TEXT];
        char ip[ADDR_TEXT_MAX];

        if (!is_same[k])
            buf_addf(why, "%sglue says %s has %s, %s does not",
                     why->len > 0 ? "; " : "",
                     dns_name_format(name, &host->name),
                     addr_format_ip(ip, &host->addr[k]), server->label);
    }
    buf_free(&text);
}

int
dns_seen_delegation(const struct dns_seen *seen, struct buf *why)
{
    bool is_asked = false;

    if (seen->walk == NULL || !seen->walk->is_delegated)
        return -1;
    for (size_t i = 0; i < seen->count && why->len == 0; i++) {
        if (seen->server[i].ns == NULL)
            continue;
        is_asked = true;
        compare(seen->walk, &seen->server[i], why);
        for (size_t k = 0; k < seen->walk->host_count; k++)
            compare_glue(&seen->walk->host[k], &seen->server[i], why);
    }
    if (!is_asked)
        return -1;
    return why->len == 0 ? 1 : 0;
}

/* --- one server --- */

bool
dns_seen_rrsig_days(const struct dns_seen_server *server, wall_t now,
                    int64_t *days)
{
    const struct dns_message *m = server->reply;
    bool is_signed = false;

    for (size_t i = 0; m != NULL && i < m->record_count; i++) {
        uint32_t until;
        int64_t left;

        if (m->record[i].section == DNS_IN_ADDITIONAL ||
            dns_codec_get_rrsig(m, &m->record[i], &until) == 0)
            continue;
        /* RFC 4034, 3.1.5: serial arithmetic, so that 2106 is no end. */
        left = (int32_t)(until - (uint32_t)(now.ms / MS_PER_S));
        left = left >= 0 ? left / DAY_S : -((-left + DAY_S - 1) / DAY_S);
        if (!is_signed || left < *days)
            *days = left;
        is_signed = true;
    }
    return is_signed;
}

/* As far as the aliases of `a` go, those of `b` go the same way; `more`: and
 * further. */
static bool
share_aliases(const struct dns_message *a, const struct dns_message *b,
              bool *more)
{
    struct dns_name at = a->head.name;
    struct dns_name other = a->head.name;

    *more = false;
    if (a->head.type == DNS_CNAME)
        return true;
    for (size_t i = 0; i <= a->record_count && dns_codec_follow(a, &at); i++)
        if (!dns_codec_follow(b, &other) || !dns_name_eq(&at, &other))
            return false;
    *more = dns_codec_follow(b, &other);
    return true;
}

static bool
is_confirmed(const struct dns_seen_server *server,
             const struct dns_message *valid)
{
    const struct dns_message *m = server->reply;
    struct set *ours;
    struct set *theirs;
    struct dns_name end;
    bool more;
    bool same;

    if (!share_aliases(m, valid, &more))
        return false;
    if (server->is_authoritative && m->answers == 0 &&
        m->head.rcode == DNS_NOERROR && dns_codec_get_end(m, &end))
        return true;
    ours = create_set(m);
    theirs = create_set(valid);
    same = !more && m->head.rcode == valid->head.rcode && is_same(ours, theirs);
    free_set(ours);
    free_set(theirs);
    return same;
}

static bool
keeps_all(const struct dns_message *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->record_count; i++)
        kept += dns_codec_is_answer(m, i) ? 1 : 0;
    return kept == m->answers;
}

void
dns_seen_confirm(struct dns_seen_server *server,
                 const struct dns_message *valid)
{
    if (server->security != DNS_SECURE || server->reply == NULL)
        return;
    if (valid == NULL || !keeps_all(valid) || !keeps_all(server->reply)) {
        server->security = DNS_INDETERMINATE;
        (void)str_copy(server->why, sizeof(server->why),
                       valid == NULL
                           ? "the validated answer cannot be read"
                           : "there are more records than are compared");
    } else if (!is_confirmed(server, valid)) {
        server->security = DNS_BOGUS;
        (void)str_copy(server->why, sizeof(server->why),
                       "the server's answer is not the one that was validated");
    }
}

size_t
dns_seen_failed(const struct dns_seen *seen)
{
    size_t count = 0;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->server[i].reason != REASON_NONE &&
            !seen->server[i].is_skipped)
            count++;
    return count;
}

bool
dns_seen_has_loop(const struct dns_message *m, const struct dns_name *name,
                  uint16_t type)
{
    struct dns_name at = *name;
    size_t steps = 0;

    if (type == DNS_CNAME)
        return false;
    /* More steps than there are records. */
    while (dns_codec_follow(m, &at))
        if (++steps > m->record_count)
            return true;
    return false;
}
