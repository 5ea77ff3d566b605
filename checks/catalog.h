/*
 * catalog.h - every check of a configuration, merged and compiled.
 *
 * Reads `defaults`, `templates`, `regions`, `secrets` and `checks` of all roots
 * of a conf_set; merges defaults, then `like`, then the check; knows every
 * setting by one table (spec_table.h), which also makes the documents.
 * The controller uses this much of checks/ and no more.
 *
 * Ownership   the catalog owns its specs (take a spec_ref() to keep one).
 * Errors      all problems go to `diag`; a check with a problem is not in the
 *             catalog.
 * Threads     none of its own.
 */
#ifndef CHECKS_CATALOG_H
#define CHECKS_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct catalog;
struct conf_set;
struct diag;
struct secret_confs;
struct spec;

struct catalog *catalog_create(const struct conf_set *set, struct diag *diag);
void catalog_free(struct catalog *catalog);
size_t catalog_count(const struct catalog *catalog);
struct spec *catalog_get(const struct catalog *catalog, size_t index);
struct spec *catalog_find(const struct catalog *catalog, const char *name);

/* What `secrets` defines; valid while the conf_set is. */
const struct secret_confs *catalog_secrets(const struct catalog *catalog);

/* One spec from the text an assignment carries (spec.h's `text`); NULL, and
 * `why` is the first problem. */
struct spec *catalog_compile(const char *text, char *why, size_t cap);

/* A spec for a bare target of the command line: "https://HOST/", "dns:NAME",
 * "tls:HOST:PORT", "tcp:HOST:PORT", "icmp:HOST", "grpc:HOST:PORT[/SERVICE]",
 * "wss://HOST/PATH", with expectations.  Problems (a bad target or expectation,
 * with a caret under it) go to `diag`.  Its name comes from kind and target
 * alone: the same in every run, and no other target's. */
struct spec *catalog_of_target(const char *target, const char *const *expects,
                               size_t expect_count, struct diag *diag);
/* The same with further settings as configuration: "scan = true;". */
struct spec *catalog_of_target_with(const char *target,
                                    const char *const *expects,
                                    size_t expect_count, const char *settings,
                                    struct diag *diag);

/* The settings that a target stands for, a line each: `http = "...";`; false:
 * it has no kind. */
bool catalog_add_target(struct buf *out, const char *target);

/* The merged check with the origin (file:line) of every value as comments:
 * `picket show`. */
int catalog_show(const struct catalog *catalog, const char *name,
                 struct buf *out);

#endif
