/*
 * evidence_priv.h - what the files that write evidence share.
 *
 *     evidence.c        the frame, TCP, certificates, DNS
 *     evidence_text.c   texts that strangers had a hand in: bounded, masked
 *     evidence_http.c   requests, answers, hops
 *
 * Ownership   borrows everything.
 * Threads     the loop's.
 */
#ifndef CHECKS_EVIDENCE_PRIV_H
#define CHECKS_EVIDENCE_PRIV_H

#include <stddef.h>

#include "base/json.h"
#include "checks/evidence.h"

struct seen;

struct evidence {
    struct json j;
    const struct evidence_opts *opts;
};

/* A text of at most `max` bytes; -> whether it was cut. */
int evidence_text(struct evidence *e, const char *key, const char *text,
                  size_t len, size_t max);
/* The bytes [from, to) of `text`, masked as a part of all before them. */
void evidence_part(struct evidence *e, const char *key, const char *text,
                   size_t from, size_t to);
/* A head as sent, or lines "Name: value", NULL-terminated. */
void evidence_head(struct evidence *e, const char *head, size_t len);
void evidence_lines(struct evidence *e, const char *const *lines);

void evidence_http(struct evidence *e, const struct look *look);

#endif
