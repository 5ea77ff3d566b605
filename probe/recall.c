/*
 * A check's memory, by name: the facts and timings of its last good run, how
 * often it has failed alike, and the newest evidence that was kept back.  A
 * changed text (another version) begins anew: its facts are another target's.
 *
 * A check that keeps failing alike costs a comparison a run and no evidence; a
 * check that keeps being up costs a comparison of its facts.
 */
#include "probe/recall.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/id.h"
#include "base/json.h"
#include "base/str.h"
#include "base/units.h"
#include "wire/result.h"

#define BUCKETS      4096
#define SLOWER_TIMES 2     /* a phase that took so many times as long, and */
#define SLOWER_US    20000 /* so much longer, has changed */

/* What was seen of a run, or of one of its steps. */
struct seen {
    const char *name; /* the step's; NULL: the run as a whole */
    const int64_t *us;
    const struct result_fact *facts;
    size_t fact_count;
};

struct good {
    struct good *next; /* the steps, in their order, after the whole */
    char *name;        /* as in seen */
    struct id run;
    wall_t started;
    int64_t us[PHASE_COUNT];
    size_t fact_count;
    struct result_fact facts[]; /* their texts follow, in the same block */
};

struct memory {
    LIST_ENTRY(memory) bucket;
    TAILQ_ENTRY(memory) used; /* the newest first */
    TAILQ_ENTRY(memory) kept; /* while `held` */
    char *check;
    uint64_t version;
    struct good *good; /* NULL: none yet */
    enum status status;
    enum reason reason;
    unsigned alike; /* failures in a row of this status and reason */

    struct {
        struct id run;
        wall_t started;
        char *message;
        uint8_t *data; /* compressed; NULL: none is kept back */
        size_t len;
    } held;
};

LIST_HEAD(memory_bucket, memory);
TAILQ_HEAD(memory_line, memory);

struct recall {
    struct memory_bucket bucket[BUCKETS];
    struct memory_line used;
    struct memory_line kept; /* the oldest first */
    size_t count;
    size_t bytes;
    size_t bytes_max;
    uint64_t dropped;
};

/* What differs at every run and says nothing. */
static bool
is_restless(enum fact fact)
{
    return fact == FACT_RTT_US || fact == FACT_RETRANSMITS ||
           fact == FACT_RESENT || fact == FACT_TTL || fact == FACT_CERT_DAYS ||
           fact == FACT_CHAIN_DAYS;
}

/* ---- the last good run ---- */

static bool
is_same_fact(const struct result_fact *a, const struct result_fact *b)
{
    return a->fact == b->fact && a->num == b->num && str_eq(a->text, b->text);
}

static bool
is_same_good(const struct good *good, const struct seen *seen)
{
    if (good == NULL || good->fact_count != seen->fact_count ||
        !str_eq(good->name, seen->name))
        return false;
    for (size_t i = 0; i < good->fact_count; i++)
        if (!is_same_fact(&good->facts[i], &seen->facts[i]) &&
            !is_restless(seen->facts[i].fact))
            return false;
    return true;
}

static struct good *
make_good(const struct seen *seen)
{
    size_t facts = seen->fact_count * sizeof(struct result_fact);
    size_t texts = 0;
    struct good *good;
    char *at;

    for (size_t i = 0; i < seen->fact_count; i++)
        if (seen->facts[i].text != NULL)
            texts += strlen(seen->facts[i].text) + 1;
    good = malloc(sizeof(*good) + facts + texts);
    if (good == NULL)
        return NULL;
    good->next = NULL;
    good->name = seen->name != NULL ? str_xdup(seen->name) : NULL;
    good->fact_count = seen->fact_count;
    if (facts > 0)
        memcpy(good->facts, seen->facts, facts);
    at = (char *)good->facts + facts;
    for (size_t i = 0; i < good->fact_count; i++) {
        size_t size;

        if (good->facts[i].text == NULL)
            continue;
        size = strlen(good->facts[i].text) + 1;
        memcpy(at, good->facts[i].text, size);
        good->facts[i].text = at;
        at += size;
    }
    return good;
}

static void
free_goods(struct good *good)
{
    while (good != NULL) {
        struct good *next = good->next;

        free(good->name);
        free(good);
        good = next;
    }
}

static struct seen
seen_of(const struct result *result)
{
    return (struct seen){NULL, result->us, result->facts, result->fact_count};
}

static struct seen
seen_of_step(const struct result_step *step)
{
    return (struct seen){step->name, step->us, step->facts, step->fact_count};
}

/* At `*at`, where the one of the run before stands, or something else. */
static void
note_seen(struct good **at, const struct seen *seen,
          const struct result *result)
{
    struct good *good = *at;

    if (!is_same_good(good, seen)) {
        free_goods(good);
        *at = good = make_good(seen);
    }
    if (good == NULL)
        return;
    good->run = result->run;
    good->started = result->started;
    memcpy(good->us, seen->us, sizeof(good->us));
}

static void
note_good(struct memory *m, const struct result *result)
{
    struct seen whole = seen_of(result);
    struct good **at = &m->good;

    note_seen(at, &whole, result);
    for (size_t i = 0; i < result->step_count && *at != NULL; i++) {
        struct seen step = seen_of_step(&result->steps[i]);

        at = &(*at)->next;
        note_seen(at, &step, result);
    }
    if (*at != NULL) {
        free_goods((*at)->next);
        (*at)->next = NULL;
    }
}

/* What a failure is compared with, and what of it: the step it ended at, where
 * that has facts and was passed before. */
static const struct good *
comparable(const struct memory *m, const struct result *result,
           struct seen *seen)
{
    const struct result_step *step = result_step_ended(result);
    const struct good *good = m->good;

    *seen = seen_of(result);
    if (step == NULL || step->fact_count == 0)
        return good;
    while (good != NULL && !str_eq(good->name, step->name))
        good = good->next;
    if (good == NULL || good->fact_count == 0)
        return m->good;
    *seen = seen_of_step(step);
    return good;
}

/* ---- what is kept back ---- */

static void
drop_held(struct recall *recall, struct memory *m)
{
    if (m->held.data == NULL)
        return;
    TAILQ_REMOVE(&recall->kept, m, kept);
    recall->bytes -= m->held.len;
    free(m->held.data);
    free(m->held.message);
    m->held.data = NULL;
    m->held.message = NULL;
}

static void
hold(struct recall *recall, struct memory *m, const struct result *result)
{
    struct buf packed;

    drop_held(recall, m);
    if (result->evidence == NULL)
        return;
    buf_init(&packed, RESULT_EVIDENCE_MAX);
    if (compress_pack(&packed, result->evidence, strlen(result->evidence)) <
            0 ||
        packed.len > recall->bytes_max) {
        recall->dropped++;
        buf_free(&packed);
        return;
    }
    m->held.run = result->run;
    m->held.started = result->started;
    m->held.message = str_xdup(result->message);
    m->held.data = buf_take(&packed, &m->held.len);
    recall->bytes += m->held.len;
    TAILQ_INSERT_TAIL(&recall->kept, m, kept);
    while (recall->bytes > recall->bytes_max) {
        drop_held(recall, TAILQ_FIRST(&recall->kept));
        recall->dropped++;
    }
}

/* ---- memories ---- */

static void
free_memory(struct memory *m)
{
    free(m->held.data);
    free(m->held.message);
    free_goods(m->good);
    free(m->check);
    free(m);
}

static void
forget(struct recall *recall, struct memory *m)
{
    drop_held(recall, m);
    LIST_REMOVE(m, bucket);
    TAILQ_REMOVE(&recall->used, m, used);
    recall->count--;
    free_memory(m);
}

static struct memory *
make_memory(struct recall *recall, struct memory_bucket *bucket,
            const struct result *result)
{
    struct memory *m = str_xcalloc(1, sizeof(*m));

    if (recall->count == RECALL_CHECKS_MAX)
        forget(recall, TAILQ_LAST(&recall->used, memory_line));
    m->check = str_xdup(result->check);
    m->version = result->version;
    LIST_INSERT_HEAD(bucket, m, bucket);
    TAILQ_INSERT_HEAD(&recall->used, m, used);
    recall->count++;
    return m;
}

static struct memory *
get_memory(struct recall *recall, const struct result *result)
{
    struct memory_bucket *bucket =
        &recall->bucket[id_hash(result->check) % BUCKETS];
    struct memory *m;

    LIST_FOREACH(m, bucket, bucket)
    {
        if (str_eq(m->check, result->check))
            break;
    }
    if (m != NULL && m->version != result->version) {
        forget(recall, m);
        m = NULL;
    }
    if (m == NULL)
        return make_memory(recall, bucket, result);
    TAILQ_REMOVE(&recall->used, m, used);
    TAILQ_INSERT_HEAD(&recall->used, m, used);
    return m;
}

/* ---- what is told ---- */

static void
add_run(struct json *j, const struct id *run, wall_t started)
{
    char id[ID_TEXT_MAX];
    char at[UNITS_TEXT_MAX];

    json_str(j, "run", id_format(id, run));
    json_str(j, "started", units_format_time(at, started));
}

static void
add_side(struct json *j, const char *key, const struct result_fact *fact)
{
    if (fact == NULL)
        json_nil(j, key);
    else if (fact->text != NULL)
        json_str(j, key, fact->text);
    else
        json_int(j, key, fact->num);
}

static void
add_difference(struct json *j, enum fact fact, const struct result_fact *was,
               const struct result_fact *is)
{
    if (is_restless(fact) ||
        (was != NULL && is != NULL && is_same_fact(was, is)))
        return;
    json_obj(j, NULL);
    json_str(j, "what", result_fact_name(fact));
    add_side(j, "was", was);
    add_side(j, "is", is);
    json_end(j);
}

static const struct result_fact *
find_fact(const struct result_fact *facts, size_t count, enum fact fact)
{
    for (size_t i = 0; i < count; i++)
        if (facts[i].fact == fact)
            return &facts[i];
    return NULL;
}

static void
add_slower(struct json *j, const struct good *good, const struct seen *seen)
{
    for (int i = 0; i < PHASE_COUNT; i++) {
        int64_t was = good->us[i];
        int64_t is = seen->us[i];

        if (was < 0 || is < was * SLOWER_TIMES || is - was < SLOWER_US)
            continue;
        json_obj(j, NULL);
        json_str(j, "what", result_phase_name((enum phase)i));
        json_fixed(j, "was_ms", was, 3);
        json_fixed(j, "is_ms", is, 3);
        json_end(j);
    }
}

static void
add_changes(struct json *j, const struct good *good, const struct seen *seen)
{
    json_obj(j, "last_good");
    add_run(j, &good->run, good->started);
    json_end(j);
    json_arr(j, "changed");
    for (size_t i = 0; i < good->fact_count; i++) {
        const struct result_fact *was = &good->facts[i];

        add_difference(j, was->fact, was,
                       find_fact(seen->facts, seen->fact_count, was->fact));
    }
    for (size_t i = 0; i < seen->fact_count; i++) {
        const struct result_fact *is = &seen->facts[i];

        if (find_fact(good->facts, good->fact_count, is->fact) == NULL)
            add_difference(j, is->fact, NULL, is);
    }
    add_slower(j, good, seen);
    json_end(j);
}

static void
add_failure(struct json *j, const struct memory *m)
{
    struct buf plain;

    buf_init(&plain, RESULT_EVIDENCE_MAX);
    json_obj(j, "last_failure");
    add_run(j, &m->held.run, m->held.started);
    json_str(j, "reason", reason_name(m->reason));
    json_str(j, "message", m->held.message);
    if (compress_unpack(&plain, m->held.data, m->held.len) == 0)
        json_raw(j, "evidence", buf_text(&plain), plain.len);
    json_end(j);
    buf_free(&plain);
}

/* `result` with other evidence; what came when there is no memory. */
static struct result *
replace_evidence(struct result *result, const char *evidence)
{
    const char *before = result->evidence;
    struct result *copy;

    result->evidence = evidence;
    copy = result_copy(result);
    result->evidence = before;
    if (copy == NULL)
        return result;
    result_free(result);
    return copy;
}

/* The evidence that came, without its last brace, and more members. */
static struct result *
add_to_evidence(struct result *result, const struct memory *m, bool is_good)
{
    const char *came = result->evidence != NULL ? result->evidence : "{}";
    size_t len = strlen(came);
    struct seen seen;
    const struct good *good = comparable(m, result, &seen);
    struct buf more, all;
    struct json j;

    if (is_good ? m->held.data == NULL : m->good == NULL)
        return result;
    buf_init(&more, RESULT_EVIDENCE_MAX);
    buf_init(&all, RESULT_EVIDENCE_MAX);
    j = json_begin(&more);
    json_obj(&j, NULL);
    if (is_good)
        add_failure(&j, m);
    else
        add_changes(&j, good, &seen);
    json_end(&j);
    buf_add(&all, came, len - 1);
    if (len > 2)
        buf_add_char(&all, ',');
    buf_add(&all, buf_text(&more) + 1, more.len > 0 ? more.len - 1 : 0);
    if (!more.failed && !all.failed)
        result = replace_evidence(result, buf_text(&all));
    buf_free(&more);
    buf_free(&all);
    return result;
}

static struct result *
tell_good(struct recall *recall, struct memory *m, struct result *result)
{
    if (m->alike > 0)
        result = add_to_evidence(result, m, true);
    drop_held(recall, m);
    m->alike = 0;
    m->status = STATUS_UP;
    m->reason = REASON_NONE;
    note_good(m, result);
    return result;
}

static struct result *
tell_failure(struct recall *recall, struct memory *m, struct result *result,
             bool is_asked)
{
    if (m->status != result->status || m->reason != result->reason)
        m->alike = 0;
    m->status = result->status;
    m->reason = result->reason;
    if (m->alike < RECALL_TOLD || is_asked) {
        m->alike += m->alike < RECALL_TOLD;
        drop_held(recall, m);
        return add_to_evidence(result, m, false);
    }
    hold(recall, m, result);
    return result->evidence != NULL ? replace_evidence(result, NULL) : result;
}

struct result *
recall_tell(struct recall *recall, struct result *result, bool is_asked)
{
    struct memory *m = get_memory(recall, result);

    if (result->status == STATUS_UP)
        return tell_good(recall, m, result);
    return tell_failure(recall, m, result, is_asked);
}

struct recall *
recall_create(size_t bytes_max)
{
    struct recall *recall = str_xcalloc(1, sizeof(*recall));

    recall->bytes_max = bytes_max;
    TAILQ_INIT(&recall->used);
    TAILQ_INIT(&recall->kept);
    return recall;
}

void
recall_free(struct recall *recall)
{
    struct memory *next;

    if (recall == NULL)
        return;
    for (struct memory *m = TAILQ_FIRST(&recall->used); m != NULL; m = next) {
        next = TAILQ_NEXT(m, used);
        free_memory(m);
    }
    free(recall);
}

uint64_t
recall_dropped(const struct recall *recall)
{
    return recall->dropped;
}
