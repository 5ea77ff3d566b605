/*
 * verdict.h - what is really broken, from what each region's runs concluded.
 *
 * Pure: (state, event, now) -> (state, actions).  Not an incident (incident.h)
 * and not a schedule: it asks for runs, others have them made.
 *
 * Ownership   the caller owns the state, a plain value without pointers.
 * Units       times are wall clock of the controller; durations end in _ms.
 * Errors      a result that makes no sense (another age's slot, an end in the
 *             future) is clamped or left out.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_DECIDE_VERDICT_H
#define CONTROLLER_DECIDE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "wire/result.h"

#define VERDICT_REGIONS_MAX 32
#define VERDICT_SLOTS       16 /* open at once; an older one is closed early */
#define VERDICT_GRACE_MS    10000 /* a slot closes at its end + timeout + this */
#define VERDICT_ANSWER_MS   5000  /* a confirmation is due in timeout + this */
#define VERDICT_RERUN_MS    30000 /* while down, at least this often */
#define VERDICT_LOCK_MS     1000  /* clocks of two regions may differ so much */

enum verdict {
    VERDICT_UP,
    VERDICT_DEGRADED,
    VERDICT_PARTIAL,
    VERDICT_DOWN,
    VERDICT_UNKNOWN,
    VERDICT_PAUSED,
};

/* Why a region's vote counts, or why not. */
enum vote_reason {
    VOTE_COUNTED,
    VOTE_PENDING, /* its first run ever failed and is not confirmed yet */
    VOTE_STALE,
    VOTE_ILL,
    VOTE_LOST,
    VOTE_PAUSED,
    VOTE_ERROR,
    VOTE_NONE, /* no result yet */
};

const char *verdict_name(enum verdict verdict);      /* "up" */
const char *verdict_vote_name(enum vote_reason why); /* "counted" */

struct verdict_rule { /* a check's configuration, as far as it judges */
    int64_t every_ms;
    int64_t timeout_ms; /* the longest a run takes, its cleanup included */
    uint32_t regions;   /* how many; 1..VERDICT_REGIONS_MAX */
    int quorum;         /* 0: 2 */
    int min_eligible;   /* 0: 2, and 1 with one region */
    int recover;        /* 0: 2 good slots */
    bool is_paused;
    bool is_beat;      /* heard, never asked: each result counts at once */
    bool is_locked;    /* one region at a time */
    int64_t offset_ms; /* of a locked one: slots begin at k * every + this */
};

struct verdict_region {
    wall_t end;       /* of the newest run; ms 0: none yet */
    wall_t asked;     /* confirmation under way since; ms 0: none */
    uint8_t newest;   /* enum status of it */
    uint8_t vote;     /* enum status it stands for, error aside */
    uint8_t failures; /* failing runs in a row, at most 255 */
    bool has_vote;
    bool is_lost;
    bool is_ill;
};

struct verdict_slot {
    int64_t index;      /* slot begin / length, on the check's own grid */
    uint32_t reported;  /* a bit a region */
    uint32_t scheduled; /* of those: by the schedule, not asked for */
    uint8_t status[VERDICT_REGIONS_MAX];
    bool is_used;
    bool is_good; /* counted towards recovery */
};

struct verdict_ring {
    int64_t length_ms; /* 0: nothing seen yet */
    int64_t phase_ms;  /* begin of slot i: i * length_ms + phase_ms */
    int64_t next;      /* index that closes next */
    struct verdict_slot slot[VERDICT_SLOTS]; /* at index modulo VERDICT_SLOTS */
};

struct verdict_state {
    enum verdict verdict;
    wall_t since;    /* of this verdict; ms 0: never judged */
    wall_t down;     /* down was found then and is not over; ms 0: is not */
    wall_t rerun;    /* the newest extra round while down; ms 0: none */
    int good;        /* slots in a row since `down` */
    uint32_t wanted; /* locked: regions to be asked, one after another */
    uint32_t turn_region; /* the one asked last, or to be asked first */
    wall_t turn;          /* it may run until then; ms 0: it does not */
    struct verdict_region region[VERDICT_REGIONS_MAX];
    struct verdict_ring slots;  /* the schedule's */
    struct verdict_ring rounds; /* of the extra runs while down */
};

/* VERDICT_REGION: a region's standing changed. */
enum verdict_event_kind { VERDICT_RESULT, VERDICT_REGION, VERDICT_TIME };

struct verdict_event {
    enum verdict_event_kind kind;
    uint32_t region;
    enum status status;
    wall_t slot, started, end; /* controller's clock */
    bool is_asked;             /* a run-now, not the schedule */
    bool is_lost, is_ill;      /* VERDICT_REGION */
};

struct verdict_actions {
    uint32_t confirm; /* regions to run at once, a bit each */
    uint32_t again;   /* of those: if it fails, again 1 s after it began */
    uint32_t rerun;   /* the extra round of a check that is down */
    wall_t begin_by;  /* of `confirm`, when locked: later it may not begin */

    struct verdict_closed {
        wall_t begin;
        enum verdict verdict;
    } closed[VERDICT_SLOTS]; /* slot verdicts, in order */

    size_t closed_count;
    wall_t next; /* VERDICT_TIME is due then; ms 0: never */
};

void verdict_init(struct verdict_state *state);
void verdict_on_event(struct verdict_state *state,
                      const struct verdict_rule *rule,
                      const struct verdict_event *event, wall_t now,
                      struct verdict_actions *actions);

struct verdict_vote {
    enum vote_reason why;
    enum status stands; /* what is counted, when it is */
};

struct verdict_vote verdict_vote(const struct verdict_state *state,
                                 const struct verdict_rule *rule,
                                 uint32_t region, wall_t now);

#endif
