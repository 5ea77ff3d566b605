/*
 * config.h - a whole configuration, read and checked: what the controller runs.
 *
 * Also what `picket validate`, `run` and `show` read.  The checks in it are
 * checks/catalog.h's; who is told of what is config_alerting.h's; the rest
 * (controller, regions, secrets, status) is here, by tables in config_table.c.
 *
 * Lifecycle   config_load() makes a whole new one; a reload swaps the pointer
 *             and frees the old when nothing reads it any more.
 * Ownership   the config owns everything in it.
 * Units       *_ns nanoseconds, *_bytes bytes.
 * Errors      NULL when diag holds an error; all problems are in diag.  What
 *             this version cannot do yet (scripts, slos, schedules,
 *             maintenance) is an error that says so.
 * Threads     read-only once made: any.
 */
#ifndef CONTROLLER_CONFIG_H
#define CONTROLLER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "controller/config_alerting.h"

struct catalog;
struct diag;
struct spec;

struct config_region {
    char *id;   /* "fra" */
    char *name; /* "Frankfurt" */
    char *country;
};

struct config_component {
    char *id;
    char *name;
    char *description; /* or NULL */
    char **checks;     /* globs, at least one */
    size_t check_count;
};

struct config_page { /* a status page; none configured: one of all checks */
    char *id;
    char *title;
    char *path; /* "/status" */
    struct config_component *components;
    size_t count;
};

struct config_mail {
    char *server; /* smtps://host:465; NULL: no mail */
    char *from;
    char *user;
    char *password; /* with ${secret.NAME} */
};

struct config {
    /* controller */
    char *listen;        /* people and programs; default 127.0.0.1:8787 */
    char *probes_listen; /* default 127.0.0.1:8788 */
    char *probes_url;    /* as probes reach it; default from probes_listen */
    char *public_url;    /* default from listen */
    char *data_dir;      /* default /var/lib/picket */
    char *tls_cert;
    char *tls_key;
    char *metrics_listen; /* NULL: on `listen`, with the key */
    int64_t keep_results_ns;
    int64_t keep_evidence_ns;
    struct config_mail mail;

    struct config_region *regions; /* none configured: what checks name, or
                                      one called "local" */
    size_t region_count;
    struct secret_set *secrets;       /* held by the controller */
    struct secret_set *probe_secrets; /* read by the probes, never there */
    struct config_person *people;
    size_t person_count;
    struct config_channel *channels;
    size_t channel_count;
    struct config_policy *policies;
    size_t policy_count;
    struct config_alert *alerts;
    size_t alert_count;
    struct config_page *pages;
    size_t page_count;

    struct catalog *catalog;
};

/* Reads the files or folders given.  Warnings ("home pages nobody") are in
 * `diag` also when it succeeds. */
struct config *config_load(const char *const *paths, size_t count,
                           struct diag *diag);
struct config *config_load_text(const char *name, const char *text,
                                struct diag *diag);
void config_free(struct config *config);

const struct config_policy *config_policy(const struct config *config,
                                          const char *name);
const struct config_channel *config_channel(const struct config *config,
                                            const char *name);
/* By its name or pattern, or by a tag; an alert with neither is of all. */
bool config_alert_is_for(const struct config_alert *alert,
                         const struct spec *spec);
const struct config_person *config_person(const struct config *config,
                                          const char *id);

#endif
