/*
 * reference.h - every setting of every room with its path, and the subjects of
 * expectations: what `picket explain` and the pages in docs/ are made from.
 *
 * The tables themselves are those that validate: checks/spec_table.h,
 * controller/config_table.h, probe/settings.h, checks/secret_conf.h.
 *
 * Ownership   reference_create() gives one; rows are the tables'.
 * Errors      none.
 * Threads     none of its own.
 */
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/schema.h"
#include "checks/spec.h"

struct buf;
struct expr_subject;

struct reference_setting {
    char *path;  /* "checks.NAME.every"; words in capitals stand for any name */
    size_t room; /* its group: where `path` without the last word is new */
    const struct schema *table;
    const struct schema_row *row;
};

struct reference_subject {
    const struct expr_subject *subject;
    unsigned kinds; /* 1 << spec_kind */
};

struct reference {
    struct reference_setting *settings; /* group by group */
    size_t setting_count;
    struct reference_subject *subjects; /* each name once */
    size_t subject_count;
};

struct reference *reference_create(void);
void reference_free(struct reference *reference);

/* Whether `asked` means this setting: its last word or words, or the whole
 * path, names given: "every", "keep.results", "checks.home.every". */
bool reference_is_asked(const struct reference_setting *setting,
                        const char *asked);

/* One that holds in its place: a step of `talk` has no status.  Or NULL. */
const char *reference_example(const struct reference_setting *setting);
/* For people: "duration, 1s to 30d". */
void reference_add_type(const struct schema_row *row, struct buf *out);
/* "http, tls"; nothing when all kinds know it. */
void reference_add_kinds(unsigned mask, struct buf *out);
const char *reference_subject_type(const struct expr_subject *subject);

#endif
