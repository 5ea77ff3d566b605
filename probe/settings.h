/*
 * settings.h - probe.conf, read and checked.
 *
 * Ownership   the settings own their texts.
 * Errors      NULL when diag holds an error.
 * Threads     read-only once made: any.
 */
#ifndef PROBE_SETTINGS_H
#define PROBE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag;
struct schema;

/* Every setting of probe.conf. */
extern const struct schema settings_table;

struct settings {
    char *name;
    char *region;
    char *controller; /* "https://host:8788" */
    char *identity;   /* folder of key, certificate and CA */
    char *proxy;      /* for the uplink only; NULL: none */
    char *spool_dir;
    int64_t spool_max_bytes; /* default 256 MiB */
    int64_t spool_max_ns;    /* default 72 h */
    int concurrency_max;     /* checks in flight; default 200 */
    int loops;               /* event loops; 0: one a core */
    char *secrets_dir;       /* of secrets read here; NULL: anywhere */
    bool may_run_commands;   /* for secrets read here */
    char *resolvers;         /* "system" or IP[:PORT],... */
    char *source;    /* engine.h; not of a file: the demo's probes alone */
    bool exec_allow; /* exec checks may run plugins of exec_dir */
    char *exec_dir;
    char **canaries; /* targets that must work */
    size_t canary_count;
};

struct settings *settings_load(const char *path, struct diag *diag);
void settings_free(struct settings *settings);

#endif
