/*
 * Decoding trusts nothing.  In this order:
 *
 *   1. unpack within BATCH_PLAIN_MAX, and into an arena with a limit;
 *   2. columns: every length follows from `count` and the two sums;
 *   3. tables: names, texts and evidence are UTF-8 and within result.h;
 *   4. values: every index in its table, every number in its range.
 *
 * After that batch_get() cannot fail and does no checking.  Encoding is
 * batch_encode.c.
 */
#include "wire/batch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/str.h"
#include "wire/arena.h"
#include "wire/batch_priv.h"
#include "wire/picket.pb-c.h"
#include "wire/result.h"

/* Decoded columns are larger than packed ones; evidence is not. */
#define ARENA_BYTES(plain) ((4u << 20) + 2 * (size_t)(plain))

struct batch {
    struct arena *arena;
    const Picket__Batch *pb;
    uint32_t *fact_at; /* first fact of each result, in pb->fact */
    uint32_t *step_at;
    struct result_fact *step_facts; /* of all steps, in their order */
    int64_t *slot_ms;               /* summed up */
    const char **evidence;
    struct result_step *steps;
};

/* What is wrong, as a sentence; the first that is found stays. */
struct checking {
    const Picket__Batch *pb;
    const char *fault;
};

static void
fail_if(struct checking *c, bool is_wrong, const char *fault)
{
    if (is_wrong && c->fault == NULL)
        c->fault = fault;
}

static void
check_texts(struct checking *c, char *const *texts, size_t count, size_t cap)
{
    for (size_t i = 0; i < count && c->fault == NULL; i++) {
        size_t len = strlen(texts[i]);

        fail_if(c, len >= cap, "a text is too long");
        fail_if(c, !str_is_utf8(texts[i], len), "a text is not UTF-8");
    }
}

/* `want` values of at most `max`. */
static void
check_full(struct checking *c, const uint32_t *column, size_t n, size_t want,
           uint32_t max)
{
    fail_if(c, n != want, "columns of different length");
    for (size_t i = 0; i < n && c->fault == NULL; i++)
        fail_if(c, column[i] > max, "a value is out of range");
}

/* The same for a column of one value a result that may be missing. */
static void
check_maybe(struct checking *c, const uint32_t *column, size_t n, uint32_t max)
{
    check_full(c, column, n, n == 0 ? 0 : c->pb->count, max);
}

static void
check_us(struct checking *c, const uint64_t *column, size_t n, size_t want)
{
    fail_if(c, n != want, "columns of different length");
    for (size_t i = 0; i < n && c->fault == NULL; i++)
        fail_if(c, column[i] > BATCH_US_MAX, "a duration is out of range");
}

static uint32_t
at32(const uint32_t *column, size_t n, size_t index)
{
    return n == 0 ? 0 : column[index];
}

static void
check_head(struct checking *c)
{
    const Picket__Batch *pb = c->pb;
    size_t n = pb->count;

    fail_if(c, pb->version > BATCH_VERSION, "of a newer version");
    fail_if(c, pb->version == 0, "without a version");
    fail_if(c, n == 0 || n > BATCH_RESULTS_MAX, "no results, or too many");
    fail_if(c,
            pb->n_check_name == 0 || pb->n_check_name > n ||
                pb->n_check_name != pb->n_check_version ||
                pb->run.len != n * BATCH_ID_BYTES || pb->n_slot_ms != n ||
                pb->n_started_ms != n || pb->n_fact != pb->n_fact_value ||
                pb->n_step_fact != pb->n_step_fact_value ||
                pb->asked_id.len % BATCH_ID_BYTES != 0,
            "columns of different length");
    fail_if(c, pb->n_step_name > 0 && pb->n_text == 0,
            "an index into an empty table");
}

static void
check_tables(struct checking *c)
{
    const Picket__Batch *pb = c->pb;

    check_texts(c, pb->check_name, pb->n_check_name, RESULT_NAME_MAX);
    check_texts(c, pb->text, pb->n_text, RESULT_MESSAGE_MAX);
    check_texts(c, pb->evidence, pb->n_evidence, RESULT_EVIDENCE_MAX);
    for (size_t i = 0; i < pb->n_check_name; i++)
        fail_if(c, pb->check_name[i][0] == '\0', "a check without a name");
}

static void
check_columns(struct checking *c)
{
    const Picket__Batch *pb = c->pb;
    size_t n = pb->count;
    uint32_t texts = (uint32_t)pb->n_text;
    uint32_t ids = (uint32_t)(pb->asked_id.len / BATCH_ID_BYTES);

    check_full(c, pb->check, pb->n_check, n, (uint32_t)pb->n_check_name - 1);
    check_maybe(c, pb->status, pb->n_status, STATUS_ERROR);
    check_maybe(c, pb->reason, pb->n_reason, BATCH_NUMBER_MAX);
    check_maybe(c, pb->asked, pb->n_asked, ids);
    check_maybe(c, pb->message, pb->n_message, texts);
    check_maybe(c, pb->fact_count, pb->n_fact_count, RESULT_FACTS_MAX);
    check_maybe(c, pb->step_count, pb->n_step_count, RESULT_STEPS_MAX);
    check_maybe(c, pb->has_evidence, pb->n_has_evidence, 1);
    check_us(c, pb->us, pb->n_us, n * PHASE_COUNT);
    check_us(c, pb->lag_us, pb->n_lag_us, n);
}

static void
check_steps(struct checking *c)
{
    const Picket__Batch *pb = c->pb;
    size_t s = pb->n_step_name;
    uint32_t texts = (uint32_t)pb->n_text;

    check_full(c, pb->step_name, s, s, texts - 1);
    check_full(c, pb->step_status, pb->n_step_status, s, STATUS_ERROR);
    check_full(c, pb->step_reason, pb->n_step_reason, s, BATCH_NUMBER_MAX);
    check_full(c, pb->step_message, pb->n_step_message, s, texts);
    check_us(c, pb->step_us, pb->n_step_us, s * PHASE_COUNT);
    check_full(c, pb->step_fact_count, pb->n_step_fact_count,
               pb->n_step_fact_count == 0 ? 0 : s, RESULT_STEP_FACTS_MAX);
}

static void
check_fact_pairs(struct checking *c, const uint32_t *fact, const int64_t *value,
                 size_t n)
{
    for (size_t i = 0; i < n && c->fault == NULL; i++) {
        fail_if(c, fact[i] / 2 == FACT_NONE || fact[i] / 2 > BATCH_NUMBER_MAX,
                "a fact of no known kind");
        fail_if(c,
                (fact[i] & 1) != 0 &&
                    (value[i] < 0 || (uint64_t)value[i] >= c->pb->n_text),
                "a value is out of range");
    }
}

static void
check_facts(struct checking *c)
{
    const Picket__Batch *pb = c->pb;

    check_fact_pairs(c, pb->fact, pb->fact_value, pb->n_fact);
    check_fact_pairs(c, pb->step_fact, pb->step_fact_value, pb->n_step_fact);
}

static const char *
check_batch(const Picket__Batch *pb)
{
    struct checking c = {.pb = pb};
    void (*const steps[])(struct checking *) = {
        check_head, check_tables, check_columns, check_steps, check_facts,
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (c.fault == NULL)
            steps[i](&c);
    return c.fault;
}

/* Sums up what the columns count, and the times. */
static const char *
index_results(struct batch *batch)
{
    const Picket__Batch *pb = batch->pb;
    size_t facts = 0, steps = 0, evidence = 0, step_facts = 0;
    uint64_t slot = 0, started;

    for (size_t i = 0; i < pb->count; i++) {
        batch->fact_at[i] = (uint32_t)facts;
        batch->step_at[i] = (uint32_t)steps;
        facts += at32(pb->fact_count, pb->n_fact_count, i);
        steps += at32(pb->step_count, pb->n_step_count, i);
        slot += (uint64_t)pb->slot_ms[i];
        started = slot + (uint64_t)pb->started_ms[i];
        if (slot > (uint64_t)BATCH_TIME_MAX_MS ||
            started > (uint64_t)BATCH_TIME_MAX_MS)
            return "a time is out of range";
        batch->slot_ms[i] = (int64_t)slot;
        if (at32(pb->has_evidence, pb->n_has_evidence, i) == 0)
            continue;
        if (evidence == pb->n_evidence)
            return "evidence is missing";
        batch->evidence[i] = pb->evidence[evidence++];
    }
    for (size_t i = 0; i < pb->n_step_fact_count; i++)
        step_facts += pb->step_fact_count[i];
    if (facts != pb->n_fact || steps != pb->n_step_name ||
        evidence != pb->n_evidence || step_facts != pb->n_step_fact)
        return "columns of different length";
    return NULL;
}

static const char *
text_or_null(const Picket__Batch *pb, uint32_t index)
{
    return index == 0 ? NULL : pb->text[index - 1];
}

static struct result_fact
fact_of(const Picket__Batch *pb, uint32_t fact, int64_t value)
{
    bool is_text = (fact & 1) != 0;

    return (struct result_fact){
        .fact = (enum fact)(fact / 2),
        .num = is_text ? 0 : value,
        .text = is_text ? pb->text[value] : NULL,
    };
}

static void
make_steps(struct batch *batch)
{
    const Picket__Batch *pb = batch->pb;
    const struct result_fact *facts = batch->step_facts;

    for (size_t i = 0; i < pb->n_step_fact; i++)
        batch->step_facts[i] =
            fact_of(pb, pb->step_fact[i], pb->step_fact_value[i]);
    for (size_t i = 0; i < pb->n_step_name; i++) {
        struct result_step *step = &batch->steps[i];

        step->name = pb->text[pb->step_name[i]];
        step->status = (enum status)pb->step_status[i];
        step->reason = (enum reason)pb->step_reason[i];
        step->message = text_or_null(pb, pb->step_message[i]);
        for (size_t p = 0; p < PHASE_COUNT; p++)
            step->us[p] = (int64_t)pb->step_us[i * PHASE_COUNT + p] - 1;
        step->fact_count = at32(pb->step_fact_count, pb->n_step_fact_count, i);
        step->facts = facts;
        facts += step->fact_count;
    }
}

static const char *
make_index(struct batch *batch)
{
    const Picket__Batch *pb = batch->pb;
    size_t n = pb->count;

    batch->fact_at = arena_add_array(batch->arena, n, sizeof(uint32_t));
    batch->step_at = arena_add_array(batch->arena, n, sizeof(uint32_t));
    batch->slot_ms = arena_add_array(batch->arena, n, sizeof(int64_t));
    batch->evidence = arena_add_array(batch->arena, n, sizeof(char *));
    batch->steps = arena_add_array(batch->arena, pb->n_step_name,
                                   sizeof(struct result_step));
    batch->step_facts = arena_add_array(batch->arena, pb->n_step_fact,
                                        sizeof(struct result_fact));
    if (batch->fact_at == NULL || batch->step_at == NULL ||
        batch->slot_ms == NULL || batch->evidence == NULL ||
        batch->steps == NULL || batch->step_facts == NULL)
        return "larger than its limit";
    return NULL;
}

static const char *
unpack(struct batch *batch, const void *data, size_t len)
{
    ProtobufCAllocator allocator = {arena_on_alloc, arena_on_free, NULL};
    struct buf plain;
    const char *fault = NULL;

    if (len > BATCH_BYTES_MAX)
        return "larger than its limit";
    buf_init(&plain, BATCH_PLAIN_MAX);
    if (compress_unpack(&plain, data, len) != 0) {
        buf_free(&plain);
        return "damaged, or larger than its limit";
    }
    batch->arena = arena_create(ARENA_BYTES(plain.len));
    allocator.allocator_data = batch->arena;
    if (batch->arena != NULL)
        batch->pb = picket__batch__unpack(&allocator, plain.len, plain.data);
    if (batch->pb == NULL)
        fault = "not a batch";
    buf_free(&plain);
    return fault;
}

struct batch *
batch_decode(const void *data, size_t len, char *why, size_t cap)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    const char *fault = "no memory";

    if (batch != NULL)
        fault = unpack(batch, data, len);
    if (fault == NULL)
        fault = check_batch(batch->pb);
    if (fault == NULL)
        fault = make_index(batch);
    if (fault == NULL)
        fault = index_results(batch);
    if (fault != NULL) {
        (void)snprintf(why, cap, "batch: %s", fault);
        batch_free(batch);
        return NULL;
    }
    make_steps(batch);
    return batch;
}

void
batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    arena_free(batch->arena);
    free(batch);
}

size_t
batch_count(const struct batch *batch)
{
    return batch->pb->count;
}

static void
get_facts(const Picket__Batch *pb, uint32_t first, struct result *out)
{
    for (size_t i = 0; i < out->fact_count; i++)
        out->facts[i] =
            fact_of(pb, pb->fact[first + i], pb->fact_value[first + i]);
}

void
batch_get(const struct batch *batch, size_t index, struct result *out)
{
    const Picket__Batch *pb = batch->pb;
    uint32_t asked;

    assert(index < pb->count);
    result_init(out);
    asked = at32(pb->asked, pb->n_asked, index);
    out->check = pb->check_name[pb->check[index]];
    out->version = pb->check_version[pb->check[index]];
    memcpy(out->run.byte, pb->run.data + index * BATCH_ID_BYTES,
           BATCH_ID_BYTES);
    if (asked > 0)
        memcpy(out->asked.byte,
               pb->asked_id.data + (size_t)(asked - 1) * BATCH_ID_BYTES,
               BATCH_ID_BYTES);
    out->slot.ms = batch->slot_ms[index];
    out->started.ms = batch->slot_ms[index] + pb->started_ms[index];
    out->status = (enum status)at32(pb->status, pb->n_status, index);
    out->reason = (enum reason)at32(pb->reason, pb->n_reason, index);
    out->message = text_or_null(pb, at32(pb->message, pb->n_message, index));
    for (size_t p = 0; p < PHASE_COUNT; p++)
        out->us[p] = (int64_t)pb->us[p * pb->count + index] - 1;
    out->lag_us = (int64_t)pb->lag_us[index] - 1;
    out->fact_count = at32(pb->fact_count, pb->n_fact_count, index);
    get_facts(pb, batch->fact_at[index], out);
    out->step_count = at32(pb->step_count, pb->n_step_count, index);
    out->steps = &batch->steps[batch->step_at[index]];
    out->evidence = batch->evidence[index];
}
