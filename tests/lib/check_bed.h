/*
 * check_bed.h - a loop, an engine, one spec made by hand and the result of its
 * run, for tests of the kinds of check.
 *
 * The check is real, and so is its way out of the machine; servers for it are
 * tiny_server.h, site.h and tls_site.h.
 *
 * Lifecycle   check_bed_open(), set what the spec needs, check_bed_run() as
 *             often as wanted, check_bed_close().
 * Ownership   expectations and templates that came through the functions here
 *             are the bed's; texts put into the spec by hand stay the test's.
 *             A result is valid until the next run.
 * Errors      cmocka's assertions.
 * Threads     one.
 */
#ifndef TESTS_LIB_CHECK_BED_H
#define TESTS_LIB_CHECK_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec.h"
#include "wire/result.h"

#define CHECK_BED_EXPRS 4

struct engine;
struct loop;
struct template;
struct trust;

struct check_bed {
    struct loop *loop;
    struct trust *trust;
    struct engine *engine;
    struct spec spec;
    struct expr *expect[CHECK_BED_EXPRS];
    struct expr *degraded[CHECK_BED_EXPRS];
    char *one[8];               /* room for lists of the spec */
    struct spec_field field[8]; /* room for headers of the spec */
    char *allow[1];
    char target[256];
    struct result *result;
};

/* `ca` NULL: nobody is believed.  The caller fills spec.of. */
void check_bed_open(struct check_bed *bed, enum spec_kind kind, const char *ca);
/* The same, asking these servers for names instead of none. */
void check_bed_open_with(struct check_bed *bed, enum spec_kind kind,
                         const char *ca, const char *resolvers);
void check_bed_close(struct check_bed *bed);

/* ---- the spec ---- */

/* One more expectation, to `exprs` of the bed's spec or to its `expect`. */
void check_bed_add(struct check_bed *bed, struct spec_exprs *exprs,
                   const char *text);
void check_bed_expect(struct check_bed *bed, const char *text);
/* Takes them all away again. */
void check_bed_drop(struct spec_exprs *exprs);

/* A text of the spec, instead of the one that was there. */
void check_bed_set(struct template **to, const char *text);
/* The target, by what the kind has: host and port, or an address of http. */
void check_bed_endpoint(struct check_bed *bed, const char *host, uint16_t port);
void check_bed_url(struct check_bed *bed, const char *scheme, uint16_t port,
                   const char *path);
/* One more header of the request. */
void check_bed_header(struct check_bed *bed, const char *name,
                      const char *value);
/* A port nobody listens on. */
uint16_t check_bed_closed_port(void);

/* ---- a run and what came of it ---- */

/* Runs it once, to its end. */
const struct result *check_bed_run(struct check_bed *bed);
/* Runs it; the reason is "none" when it is up. */
void check_bed_reason(struct check_bed *bed, enum status status,
                      const char *reason);
/* For a test that starts the check by itself: takes the result as `cookie`,
 * which is the bed, and stops its loop. */
void check_bed_on_done(void *cookie, const struct result *result);

/* A fact of the last run; "(none)" and -1: it has none. */
const char *check_bed_text(const struct check_bed *bed, enum fact fact);
int64_t check_bed_int(const struct check_bed *bed, enum fact fact);
/* Part of the evidence, or a failure that shows all of it. */
void check_bed_evidence(const struct check_bed *bed, const char *part);

#endif
