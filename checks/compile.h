/*
 * compile.h - a merged check into a spec: the last word on what is right.
 *
 * Types and ranges were checked by schema.h; here settings meet each other,
 * targets and expectations are read, and files go into the text.
 *
 * Ownership   compile_create() gives a spec; names in the env are borrowed.
 * Errors      NULL; every problem is in env->diag.
 * Threads     any.
 */
#ifndef CHECKS_COMPILE_H
#define CHECKS_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "checks/compile_kinds.h"
#include "checks/spec_table.h"

struct aim_fault;
struct conf;
struct expr;
struct jsonpath_doc;
struct merge;
struct secret_confs;
struct spec;
struct spec_exprs;
struct spec_fields;
struct spec_list;
struct spec_request;
struct template;
struct trust;

struct compile_env {
    struct diag *diag;
    const char *const *regions; /* that are configured */
    size_t region_count;        /* 0: none are, any name will do */
    size_t region_total;        /* a check without `regions` runs in; 0: ? */
    const char *const *policies;
    size_t policy_count;
    const struct secret_confs *secrets; /* NULL: none are defined */
    bool is_local; /* configuration, not an assignment: may read files, and
                      names of regions and policies must exist */
    struct trust *trust; /* of the last CA text, as many checks share one */
    char *trust_pem;
};

/* Also writes into `merge` what the text is to say (limits, files). */
struct spec *compile_create(struct compile_env *env, struct merge *merge);
void compile_env_clear(struct compile_env *env);

/* ---- shared by compile.c and compile_*.c ---- */

struct compile_job {
    struct compile_env *env;
    struct merge *merge; /* of the check; or of the step at hand */
    struct spec *spec;
    bool is_cleanup; /* the step at hand is one */
    bool has_failed;
};

void compile_wrong(struct compile_job *job, struct diag_pos pos,
                   const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* As written, else the default, else NULL or 0. */
const char *compile_text(const struct compile_job *job, enum spec_key key);
int64_t compile_number(const struct compile_job *job, enum spec_key key);
struct diag_pos compile_pos(const struct compile_job *job, enum spec_key key);
/* The texts of a setting; its default alone when it is not written. */
void compile_list(const struct compile_job *job, enum spec_key key,
                  struct spec_list *list);
void compile_push(struct spec_list *list, const char *text);
/* What files hold goes into the settings that travel; after it none of
 * job->merge names a file. */
void compile_files(struct compile_job *job);
/* A `json` written as a group is the JSON it stands for. */
void compile_json_group(struct compile_job *job);

struct compile_place { /* a piece of a setting's text, or a file's for it */
    const struct conf *item;
    const char *text;
    size_t offset;
    size_t len;
};

struct diag_pos compile_place_pos(const struct compile_place *place);

/* `${secret.NAME}` at `place`, in a request to `origin` (NULL: in none; "":
 * not known before the run): defined, `for` that origin?  Then it goes into the
 * spec and the text.  compile_secret.c. */
void compile_secret_use(struct compile_job *job,
                        const struct compile_place *place, const char *name,
                        const char *origin);
/* A setting `item` that is a secret by its `name`, and is written out. */
void compile_secret_literal(struct compile_job *job, const char *name,
                            const struct conf *item);
/* Refuses `item` unless it refers to a secret; `what`: "a password". */
void compile_secret_only(struct compile_job *job, const struct conf *item,
                         const char *what);
/* Members of a JSON body that hold a secret as it is. */
void compile_secret_json(struct compile_job *job, const struct conf *item,
                         struct jsonpath_doc *doc);
/* The origin of a URL as written: "" when a reference stands in it. */
void compile_secret_origin(const char *url, char *origin, size_t cap);

/* What aim.h found wrong, at its place in the target `from`. */
void compile_aim_fault(struct compile_job *job, const struct conf *from,
                       const struct aim_fault *fault);
bool compile_is_one_of(const char *text, const char *const *words,
                       size_t count);

/* NULL stays NULL, and is what a wrong text gives (compile_refs() says why). */
struct template *compile_template(struct compile_job *job, const char *text);
/* Is each `${...}` of job->merge known, and may it go there? */
void compile_refs(struct compile_job *job);
/* May a step save, or `values` define, something of that name? */
void compile_value_name(struct compile_job *job, const struct conf *value);

/* An expectation over the subjects of `kind`, a spec_kind; NULL: wrong. */
struct expr *compile_expr(struct compile_job *job, const struct conf *item,
                          int kind);
void compile_exprs(struct compile_job *job, int kind, struct spec_exprs *expect,
                   struct spec_exprs *degraded_when);

void compile_net(struct compile_job *job);
void compile_shown(struct compile_job *job);
/* Once times, regions and kind are known. */
void compile_lock(struct compile_job *job);

#endif
