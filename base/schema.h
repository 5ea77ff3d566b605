/*
 * schema.h - what a group may hold, as a table: checking, reading, defaults.
 *
 * Every room has its tables (checks/spec_table.c, controller/config_table.c,
 * probe/settings.c); the documents are made from the same rows.
 *
 * Ownership   tables are constant; texts stored in a struct are the caller's
 *             to free.
 * Units       durations are nanoseconds, sizes bytes.
 * Errors      each problem goes to `diag` with its place and an example of
 *             what is right; a value with a problem is not stored.
 * Threads     any.
 */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct diag;
struct schema;

enum schema_type {
    SCHEMA_TEXT,     /* char * */
    SCHEMA_INT,      /* int */
    SCHEMA_BOOL,     /* bool */
    SCHEMA_DURATION, /* int64_t */
    SCHEMA_SIZE,     /* int64_t */
    SCHEMA_TEXTS,    /* char ** and a size_t; one text alone is a list too */
    SCHEMA_GROUP,    /* members by `sub`, stored in the same struct; without
                        `sub` they are looked at elsewhere */
    SCHEMA_MAP,      /* groups by `sub`, or texts without; never stored */
    SCHEMA_MIXED,    /* a map of texts and of groups by `sub`; never stored */
    SCHEMA_TREE,     /* a text, or a group of anything; never stored */
    SCHEMA_ANY,      /* of any type, looked at elsewhere; never stored */
    SCHEMA_LATER,    /* known, but not in this version */
};

/* Where a value goes: SCHEMA_AT(struct config, listen).  0: nowhere. */
#define SCHEMA_AT(type, field) (offsetof(type, field) + 1)

#define SCHEMA_NAME_MAX 63   /* bytes of the name of anything */
#define SCHEMA_TEXT_MAX 8192 /* bytes of a text whose row has no `max` */

#define SCHEMA_KINDS_MAX 32 /* bits of a mask */

struct schema_row {
    const char *name;
    enum schema_type type;
    int64_t min;
    int64_t max;          /* 0: no limits; of a text its bytes; of a map those
                             of each text */
    const char *fallback; /* as it would be written; NULL: none */
    const char *example;  /* a right value, as it would be written */
    const char *help;
    const struct schema *sub;
    size_t at;
    size_t count_at; /* SCHEMA_TEXTS */
    unsigned mask;   /* kinds that know it; 0: all */
};

/* A name that other tools have: what is written here instead. */
struct schema_foreign {
    const char *name;
    const char *hint;
};

struct schema {
    const char *what; /* "a dns check" */
    const struct schema_row *rows;
    size_t count;
    unsigned mask;            /* of the kind at hand; 0: every row counts */
    const char *const *kinds; /* by bit, what has a row: for hints; or NULL */
    const struct schema_foreign *foreign; /* ends with a name NULL; or NULL */
};

/* Checks the members of `group`, all the way down; -1 when one is wrong.
 * `diag` NULL asks quietly. */
int schema_check(const struct schema *schema, const struct conf *group,
                 struct diag *diag);
/* One value; `diag` NULL asks quietly. */
int schema_check_value(const struct schema_row *row, const struct conf *value,
                       struct diag *diag);
/* Checks, then stores what is right, else defaults, in the struct `to`.
 * `group` NULL: defaults alone. */
int schema_read(const struct schema *schema, const struct conf *group, void *to,
                struct diag *diag);

/* Of several rows of one name the one that the kind at hand knows. */
const struct schema_row *schema_find(const struct schema *schema,
                                     const char *name);
/* The number of an INT, BOOL, DURATION or SIZE that was checked. */
int64_t schema_number(const struct schema_row *row, const struct conf *value);

/* "did you mean `x`?" among names, or NULL; caller frees. */
char *schema_nearest(const char *text, const char *const *names, size_t count);

#endif
