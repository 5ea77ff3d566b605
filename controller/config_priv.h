/*
 * config_priv.h - between the files that make a configuration (config_*.c).
 *
 * Order: config_parts reads regions, people and channels, then
 * config_policy, config_status and config_alert point at them.
 *
 * Ownership   a job borrows set, config and diag.
 * Errors      to diag; has_failed is set.
 * Threads     one.
 */
#ifndef CONTROLLER_CONFIG_PRIV_H
#define CONTROLLER_CONFIG_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

struct conf;
struct conf_set;
struct config;
struct secret_confs;

struct config_job {
    const struct conf_set *set;
    struct config *config;
    struct diag *diag;
    const struct secret_confs *secrets;
};

typedef void config_member_fn(struct config_job *job, const struct conf *node);

/* Calls `fn` for each member of the groups called `name`, over all files; a
 * name that comes twice is an error. */
void config_each(struct config_job *job, const char *name,
                 config_member_fn *fn);
/* Grows an array by one, zeroed; returns the new element. */
void *config_grow(void *array, size_t *count, size_t size);
void config_wrong(const struct config_job *job, struct diag_pos pos,
                  const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void config_free_texts(char **texts, size_t count);

/* A text with references; `is_secret` ones may not be literal. */
void config_check_secret(const struct config_job *job, const struct conf *text,
                         bool is_secret);

void config_read_parts(struct config_job *job);
void config_read_policies(struct config_job *job);
void config_read_alerts(struct config_job *job);
void config_read_pages(struct config_job *job);

#endif
