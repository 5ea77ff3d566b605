/*
 * config_alerting.h - who is told of what: people, channels, policies, alerts,
 * as the configuration has them.
 *
 * Not who is told now: decide/escalate.h.  Not how: notify/channel.h.
 *
 * Ownership   everything belongs to the struct config it hangs in.
 * Units       *_ns nanoseconds.
 * Errors      none of its own: config_load() checks what it fills in here.
 * Threads     read-only once made: any.
 */
#ifndef CONTROLLER_CONFIG_ALERTING_H
#define CONTROLLER_CONFIG_ALERTING_H

#include <stddef.h>
#include <stdint.h>

enum config_channel_kind {
    CONFIG_TERMINAL, /* terminal = true; */
    CONFIG_WEBHOOK,  /* webhook = "URL"; secret = "${secret.x}"; */
    CONFIG_EMAIL,    /* email = "to@example.com"; (server: controller.mail) */
};

struct config_channel {
    char *name;
    enum config_channel_kind kind;
    char *to;     /* URL or address */
    char *secret; /* with ${secret.NAME}, or NULL; whsec_... */
};

struct config_person {
    char *id;
    char *name;
    char *email;
};

/* Where a step points: "channel:NAME" or "person:ID". */
struct config_step {
    char *name;
    char **notify;
    size_t notify_count;
    int64_t wait_ns; /* after this step, before the next */
    int repeat;      /* of the last step; 0: once */
};

enum config_severity { CONFIG_PAGE, CONFIG_TICKET };

struct config_road {
    struct config_step *steps;
    size_t count;
};

struct config_policy {
    char *name;
    struct config_road road[2]; /* by severity; a policy with steps only at
                                   its top has the same road for both */
};

/* alerts.NAME = { on = "down"; } or "partial for 5m", "degraded for 10m",
 * "unknown for 3m".  None configured: `down`, a page. */
enum config_on {
    CONFIG_ON_DOWN,
    CONFIG_ON_PARTIAL,
    CONFIG_ON_DEGRADED,
    CONFIG_ON_UNKNOWN
};

struct config_alert {
    char *name;
    enum config_on on;
    int64_t for_ns;
    enum config_severity severity;
    char **checks; /* globs; none: all */
    size_t check_count;
    char **tags;
    size_t tag_count;
};

#endif
