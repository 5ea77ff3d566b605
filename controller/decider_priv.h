/*
 * decider_priv.h - what the decider's files share: checks watched, cases open.
 *
 * decider.c          events in, the pure core, what follows from its actions
 * decider_rules.c    the configuration: what is watched, by which rules
 * decider_incident.c an incident from its opening to its last page
 * decider_case.c     its row, and the way back from it
 * decider_commit.c   what changed, in one transaction; and the start
 * decider_step.c     the clock was set
 * decider_view.c     for web/
 *
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_DECIDER_PRIV_H
#define CONTROLLER_DECIDER_PRIV_H

#include "base/buf.h"
#include "controller/decide/incident.h"
#include "controller/decider.h"
#include "controller/store/store.h"

/* Why an incident ended that did not end by itself. */
#define DECIDER_CHECK_WENT "the check was removed from the configuration"
#define DECIDER_ALERT_WENT "its alert was removed from the configuration"

#define DECIDER_RULES_MAX    16  /* a check */
#define DECIDER_CASES_MAX    200 /* resolved ones kept in memory */
#define DECIDER_TOLD_MAX     64
#define DECIDER_DAYS_MAX     92    /* 90 are shown */
#define DECIDER_TIMELINE_MAX 16384 /* bytes of JSON */

struct config_alert;
struct config_policy;
struct decider_case;

struct decider_rule { /* one alert on one check */
    char *name;
    enum incident_on on;
    int64_t for_ms;
    const char *severity;
    struct incident machine;
    struct decider_case *open; /* while open or acknowledged */
};

struct decider_watch { /* one check */
    struct decider *decider;
    struct spec *spec;
    struct verdict_rule rule;
    struct verdict_state state;
    char *regions[VERDICT_REGIONS_MAX];
    const struct result *newest[VERDICT_REGIONS_MAX];
    wall_t received[VERDICT_REGIONS_MAX];
    wall_t failing[VERDICT_REGIONS_MAX]; /* its vote is down since; ms 0: not */
    struct decider_region view[VERDICT_REGIONS_MAX];
    const struct result *suspect; /* the first failure of what goes on */
    uint32_t suspect_region;
    struct decider_rule rules[DECIDER_RULES_MAX];
    size_t rule_count;
    struct store_day *days; /* in order; `check` is not set */
    size_t day_count;
    int64_t day_from; /* days from here on are in the state, too */
    struct loop_timer *timer;
    bool is_dirty;
    bool has_new_days;
};

struct decider_case { /* one incident */
    struct decider *decider;
    struct decider_case *next;   /* older */
    struct store_incident row;   /* texts owned */
    struct decider_watch *watch; /* NULL once resolved */
    const char *severity;
    char *verdict, *reason, *message;
    const char *ended;      /* why, when not by being up again; constant */
    char *votes, *evidence; /* JSON, as it was when it opened */
    struct buf timeline;    /* JSON objects with commas between */
    wall_t slot, began;     /* the onset; it opened after its rule's time */
    int64_t tellings;       /* of the policy's road */
    char *told[DECIDER_TOLD_MAX];
    size_t told_count;
    struct loop_timer *timer; /* the next step */
    bool is_dirty;
};

struct decider_standing {
    char *region;
    bool is_lost, is_ill;
};

struct decider {
    struct decider_ports ports;
    const struct config *config;
    struct decider_watch **watches; /* in the order of names */
    size_t watch_count;
    struct decider_case *cases; /* newest first */
    size_t case_count;
    struct decider_standing *standings;
    size_t standing_count;
    struct store_message *messages; /* not committed yet; texts owned */
    size_t message_count;
    char **forgotten; /* checks whose state is to be deleted */
    size_t forgotten_count;
    struct loop_timer *flush;
    struct decider_flight *flights; /* commits under way */
    int64_t cursor;                 /* not committed yet; 0: none */
    bool is_urgent;                 /* an incident changed */
};

/* ---- decider.c ---- */
wall_t decider_now(const struct decider *decider);
struct decider_watch *decider_watch_find(const struct decider *decider,
                                         const char *check);
/* `result` NULL: time or a region's standing. */
void decider_feed(struct decider_watch *watch,
                  const struct verdict_event *event,
                  const struct result *result);
void decider_tick(struct decider_watch *watch);
void decider_wake(struct decider_watch *watch); /* tick once the loop runs */

/* ---- decider_rules.c ---- */
void decider_watch_free(struct decider_watch *watch);

/* ---- decider_case.c ---- */
struct decider_case *decider_case_create(struct decider *decider,
                                         const char *check, const char *rule);
void decider_case_free(struct decider_case *c);
void decider_case_format(struct decider_case *c); /* row.json anew */
void decider_case_note(struct decider_case *c, wall_t at, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));
void decider_case_told(struct decider_case *c, const char *destination);
void decider_case_load(struct decider *decider,
                       const struct store_incident *row);

/* ---- decider_incident.c ---- */
void decider_case_open(struct decider_watch *watch, struct decider_rule *rule,
                       wall_t slot);
/* `ended` NULL: it is up again. */
void decider_case_resolve(struct decider_rule *rule, const char *ended);
void decider_case_wake(struct decider_case *c);

/* ---- decider_commit.c ---- */
/* At the loop's next turn when an incident changed, else within a second. */
void decider_flush_soon(struct decider *decider);
void decider_flush(struct decider *decider);
void decider_commit_free(struct decider *decider);
void decider_add_message(struct decider *decider,
                         const struct store_message *message);
struct store_day *decider_day_get(struct decider_watch *watch, int64_t day);

#endif
