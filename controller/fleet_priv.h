/*
 * fleet_priv.h - what the fleet's files share: members and their tasks.
 *
 * Ownership   a member owns its texts, its runs and a reference to the spec of
 *             every task.
 * Units       mono_t for every wait, wall_t for what is shown.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_FLEET_PRIV_H
#define CONTROLLER_FLEET_PRIV_H

#include "controller/fleet.h"

struct fleet_given;
struct message_given;
struct secret_set;

/* A dropped check may still be reported for so long: its last results may sit
 * in the probe's spool or be under way. */
#define FLEET_GRACE_NS (600 * NS_PER_S)
#define FLEET_RUNS_MAX 64 /* unanswered run-nows of one probe */

struct fleet_task {
    struct spec *spec;
    uint32_t region_index;
    uint32_t region_count;
};

struct fleet_past {
    char *check;
    mono_t until;
};

struct fleet_run {
    struct fleet_run *next;
    struct id id;
    char *check;
    char *target;
    int64_t expires_ms; /* wall */
    int64_t again_ms;
    mono_t sent;
    bool was_sent;
};

struct fleet_member {
    char *name;
    char *region;
    uint64_t hash; /* of its name: the rendezvous */
    enum fleet_state state;
    bool is_expected; /* known from before a restart: its checks wait for it */
    bool ill, has_synced; /* since the start */
    char *ill_why;
    char *software;
    mono_t added;
    mono_t synced;
    wall_t last_sync;
    char egress[ADDR_TEXT_MAX];
    int64_t offset_ms, rtt_ms, lag_us;
    uint64_t spool_bytes, spool_results, dropped, overruns;

    uint64_t generation;      /* grows whenever `tasks` or `given` changes */
    struct fleet_task *tasks; /* by name of the check */
    size_t task_count;
    struct fleet_past *past; /* by name of the check */
    size_t past_count;
    struct fleet_task *next_tasks; /* while working out an assignment */
    size_t next_count, next_cap;
    mono_t kept; /* when it was last told what to keep, and of what: */
    enum fleet_state kept_state;
    wall_t kept_sync;
    struct fleet_given *given; /* by name */
    size_t given_count;

    struct fleet_run *runs; /* oldest first */
    size_t run_count;
};

struct fleet_check {
    struct spec *spec;
    uint64_t hash;
};

struct fleet_standing {
    char *region;
    bool lost, ill;
};

struct fleet {
    struct loop *loop;
    struct log *log;
    mono_t created;
    uint64_t first_generation;
    struct fleet_member **members; /* by name */
    size_t member_count;
    struct fleet_member **formers; /* removed; without runs and tasks */
    size_t former_count;
    struct fleet_check *checks;
    size_t check_count;
    struct fleet_standing *regions; /* of the configuration */
    size_t region_count;
    struct secret_set *secrets; /* of the configuration; NULL: none yet */
    struct fleet_hold *holds;
    struct loop_timer *timer;
    bool is_touched;
    bool is_stale; /* who is healthy changed: assign anew */
    fleet_region_fn *on_region;
    void *on_region_cookie;
    fleet_seen_fn *on_seen;
    void *on_seen_cookie;
};

/* Something changed: the next turn is now. */
void fleet_touch(struct fleet *fleet);
struct fleet_member *fleet_member_find(const struct fleet *fleet,
                                       const char *probe);
void fleet_member_free(struct fleet_member *member);

/* Work out every member's tasks from checks, regions and health. */
void fleet_assign_set(struct fleet *fleet);
/* Known from before a restart: its checks wait for it. */
bool fleet_assign_waits(const struct fleet_member *member);
/* The task of `member` for `check`, or NULL. */
const struct fleet_task *fleet_assign_find(const struct fleet_member *member,
                                           const char *check);
bool fleet_assign_had(const struct fleet_member *member, const char *check,
                      mono_t now);
void fleet_assign_free(struct fleet_member *member);

/* Works out what `member` is given for its tasks: is it something else now? */
bool fleet_given_settle(const struct fleet *fleet, struct fleet_member *member);
/* As a message has them; the array is the caller's, what it points to not. */
struct message_given *fleet_given_list(const struct fleet_member *member);
/* A target refused it: its source is read again. */
void fleet_given_refused(const struct fleet *fleet,
                         const struct fleet_member *member, const char *name);
void fleet_given_free(struct fleet_member *member);

/* Is there a run-now to be said, for the first time or again? */
bool fleet_run_is_due(const struct fleet_member *member, mono_t now);
/* Fills `list` (FLEET_RUNS_MAX) with all of them, said at `now`. */
size_t fleet_run_list(struct fleet_member *member, mono_t now,
                      struct message_run_now *list);
/* Forget `id` (NULL: none) and what has run out. */
void fleet_run_drop(struct fleet_member *member, const struct id *id,
                    int64_t now_ms);
void fleet_run_step(struct fleet_member *member, int64_t by_ms);
void fleet_run_free(struct fleet_member *member);

#endif
