/*
 * dns_values.h - what the servers of a DNS check said, for expectations and
 * facts; dns_evidence.h shows the whole of it.
 *
 * An expectation is asked of each server in turn, over that server's values;
 * `seen->at` is whose turn it is.  Some subjects are about all of them
 * (`all servers agree`) and have the same value at each turn.
 *
 * Ownership   borrows; texts live as long as the panel.
 * Errors      what a server did not say is absent.
 * Threads     the loop's.
 */
#ifndef CHECKS_DNS_VALUES_H
#define CHECKS_DNS_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "checks/subject.h"
#include "wire/reason.h"

struct dns_seen;
struct expr_values;
struct expr_verdict;
struct look;
struct result;

/* The next server from `*from` on whose values count becomes `seen->at`;
 * false: there is none.  The first call has one in any case. */
bool dns_values_next(struct dns_seen *seen, size_t *from);
/* False: no subject of DNS checks alone. */
bool dns_values_add(const struct look *look, enum subject subject,
                    struct expr_values *values);
/* A verdict about server `seen->at` names it, and says who differs; the reason
 * is dns.bogus when that is why.  REASON_NONE: that of the subject. */
enum reason dns_values_explain(const struct look *look,
                               struct expr_verdict *verdict);
void dns_values_add_facts(struct look *look, struct result *result);

#endif
