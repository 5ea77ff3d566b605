/*
 * What a DNS check has of its own: the name, the type, and whom it asks.
 */
#include <string.h>

#include "base/addr.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DNS_PORT 53

static void
compile_record(struct compile_job *job)
{
    static const char *const records[] = {"A",   "AAAA", "CNAME", "MX",
                                          "TXT", "NS",   "SOA"};
    char *record = str_xdup(compile_text(job, SPEC_KEY_RECORD));

    for (char *at = record; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    if (!compile_is_one_of(record, records, COUNT(records)))
        compile_wrong(job, compile_pos(job, SPEC_KEY_RECORD),
                      "A, AAAA, CNAME, MX, TXT, NS or SOA",
                      "records of type `%s` are not in this version", record);
    job->spec->of.dns.record = record;
}

static void
check_server(struct compile_job *job, const char *server, struct diag_pos pos)
{
    struct addr addr;
    bool is_later = str_eq(server, "authoritative") || strstr(server, "://") ||
                    str_starts(server, "tls:");

    if (str_eq(server, "system") || addr_parse(&addr, server, DNS_PORT) == 0)
        return;
    compile_wrong(job, pos, "`system` or IP[:PORT]",
                  is_later ? "asking `%s` is not in this version"
                           : "`%s` is no server to ask",
                  server);
}

void
compile_dns(struct compile_job *job)
{
    struct spec_dns *dns = &job->spec->of.dns;
    const struct conf *ask = job->merge->value[SPEC_KEY_ASK].from;
    const struct conf *n = ask && ask->type == CONF_ARRAY ? ask->first : NULL;
    struct aim_fault fault;

    dns->name = str_xdup(job->spec->target);
    if (aim_parse_name(dns->name, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_DNS].from, &fault);
    compile_record(job);
    compile_list(job, SPEC_KEY_ASK, &dns->ask);
    if (dns->ask.count == 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_ASK),
                      "write [ \"system\" ]", "`ask` names no server");
    for (size_t i = 0; i < dns->ask.count; i++) {
        check_server(job, dns->ask.item[i],
                     n ? n->value : compile_pos(job, SPEC_KEY_ASK));
        n = n ? n->next : NULL;
    }
}
