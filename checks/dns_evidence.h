/*
 * dns_evidence.h - what each server of a DNS check said, as JSON.
 *
 * Ownership   borrows.
 * Errors      what does not fit the evidence is left out record by record.
 * Threads     the loop's.
 */
#ifndef CHECKS_DNS_EVIDENCE_H
#define CHECKS_DNS_EVIDENCE_H

struct json;
struct look;

void dns_evidence_add(const struct look *look, struct json *j);

#endif
