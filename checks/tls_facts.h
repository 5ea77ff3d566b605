/*
 * tls_facts.h - what is told of a TLS session: values for expectations, facts
 * of the result, evidence.
 *
 * Ownership   facts borrow from the look.
 * Errors      what was not met is absent.
 * Threads     the loop's.
 */
#ifndef CHECKS_TLS_FACTS_H
#define CHECKS_TLS_FACTS_H

#include "checks/subject.h"

struct expr_values;
struct json;
struct look;
struct result;

/* SUBJECT_OCSP, OCSP_LEFT, VERSIONS, CLIENT_CERT. */
void tls_facts_lookup(const struct look *look, enum subject subject,
                      struct expr_values *values);
void tls_facts_add(struct look *look, struct result *result);
/* `chain` as it was sent, `path` as it was verified, `staple`. */
void tls_facts_evidence(struct json *j, const struct look *look);

#endif
