#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_dns.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"dns = \"h\"; record = \"soa\";", NULL},
    {"dns = \"h\"; record = \"SRV\";", NULL},
    {"dns = \"h\"; record = \"type65280\";", NULL},
    {"dns = \"h\"; record = \"AAA\";", "did you mean `AAAA`?"},
    {"dns = \"h\"; record = \"what\";", "`WHAT` is no type of record"},
    {"dns = \"h\"; record = \"ANY\";", "RFC 8482"},
    {"dns = \"h\"; record = \"TYPE41\";", "no type that a zone holds"},
    {"dns = \"h\"; ask = [ \"192.0.2.1\", \"[::1]:54\", \"system\" ];", NULL},
    {"dns = \"h\"; ask = [ ];", "names no server"},
    {"dns = \"h\"; ask = [ \"ns1.example\" ];", NULL},
    {"dns = \"h\"; ask = \"https://dns.example/dns-query\";", NULL},
    {"dns = \"h\"; ask = [ \"authoritative\", \"tls://[::1]:853\" ];", NULL},
    {"dns = \"h\"; ask = [ \"system\", \"192.0.2.300\" ];",
     "`192.0.2.300` is no server to ask"},
    {"dns = \"h\"; ask = \"quic://h\";", "udp, tcp, tls or https"},
    {"dns = \"h\"; transport = \"tls\"; edns = 0; rd = false; cd = true; do = "
     "true; dnssec = true; family = \"4\";",
     NULL},
    {"dns = \"h\"; ask = [ \"ns1.example\", \"NS1.example\" ];",
     "`NS1.example` is asked twice"},
    {"dns = \"h\"; expect = [ \"all servers agree\" ];",
     "compares servers, and only `system` is asked"},
    {"dns = \"h\"; ask = [ \"192.0.2.1\", \"192.0.2.2\" ];"
     " expect = [ \"all servers agree\" ];",
     NULL},
    {"dns = \"h\"; record = \"SOA\"; ask = \"authoritative\";"
     " expect = [ \"serial agrees\" ];",
     NULL},
    {"dns = \"h\"; transport = \"quic\";", "`quic` is no transport of DNS"},
    {"dns = \"h\"; trust_anchor = [ \"example. DS 1 13 2 ab\", \"b. 60 IN "
     "DNSKEY 257 3 13 AA==\" ];",
     NULL},
    {"dns = \"h\"; trust_anchor = \"example. A 192.0.2.1\";",
     "a trust anchor is a DS or DNSKEY record"},
    {"dns = \"h\"; trust_anchor = \"example. DS\";", "a trust anchor is"},
};

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
