/*
 * enrol_book.h - the probes that enrol.h knows, and what their certificates are.
 *
 * A list in memory: who may stand in it is enrol.c's to say, and what of it is
 * stored.
 *
 * Lifecycle   zeroed, then used, then enrol_book_clear().
 * Ownership   the book owns its entries; texts are copied.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_ENROL_BOOK_H
#define CONTROLLER_ENROL_BOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "controller/store/store_rows.h"
#include "wire/result.h"

#define ENROL_BOOK_SHA256_MAX (2 * DIGEST_SHA256_BYTES + 1) /* hex, NUL */

struct enrol_entry {
    struct store_probe view; /* by enrol_book_view() */
    char name[RESULT_NAME_MAX];
    char region[RESULT_NAME_MAX];
    char sha256[ENROL_BOOK_SHA256_MAX];
    char previous[ENROL_BOOK_SHA256_MAX]; /* ""; or good until the other is
                                             seen */
    bool is_new;                          /* not stored yet */
    bool is_pending; /* a decision about it is not stored yet */
};

struct enrol_book {
    struct enrol_entry **entry;
    size_t count;
};

void enrol_book_clear(struct enrol_book *book);

struct enrol_entry *enrol_book_find(const struct enrol_book *book,
                                    const char *name);
struct enrol_entry *enrol_book_add(struct enrol_book *book, const char *name,
                                   const char *region);
/* Another takes its place. */
void enrol_book_remove(struct enrol_book *book, struct enrol_entry *entry);

/* As a row of the store, which borrows the entry's texts. */
const struct store_probe *enrol_book_view(struct enrol_entry *entry);
/* Is it the certificate of this probe, or its last one, still good? */
bool enrol_book_is_cert(const struct enrol_entry *entry, const char *sha256);
/* A name that nobody has: the one given, or with a number behind it. */
void enrol_book_make_unique(const struct enrol_book *book,
                            char name[RESULT_NAME_MAX]);

#endif
