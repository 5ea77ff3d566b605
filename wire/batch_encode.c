/*
 * Results as columns (WIRE.md, message Batch): equal things stand side by
 * side, which is what zstd wants, and a text that many results share is sent
 * once.  Encoding walks the results twice, to size the columns and to fill
 * them.  What it emits batch.c accepts, so texts are cut and mended here (a
 * target's bytes reach messages), never refused at the other end.
 */
#include "wire/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/str.h"
#include "wire/arena.h"
#include "wire/batch_priv.h"
#include "wire/picket.pb-c.h"
#include "wire/result.h"

/* Texts, each once.  `mark` tells two versions of one check apart. */
struct table {
    char **text;
    uint64_t *mark;
    size_t count;
    uint32_t *slot; /* index + 1; 0 free */
    size_t slot_count;
};

struct encoder {
    struct arena *arena;
    Picket__Batch pb;
    struct table checks;
    struct table texts;
    int64_t last_slot_ms;
};

static int
table_init(struct table *table, struct arena *arena, size_t max)
{
    table->slot_count = 16;
    while (table->slot_count < 2 * max)
        table->slot_count *= 2;
    table->slot = arena_add_array(arena, table->slot_count, sizeof(uint32_t));
    table->text = arena_add_array(arena, max, sizeof(char *));
    table->mark = arena_add_array(arena, max, sizeof(uint64_t));
    if (table->slot == NULL || table->text == NULL || table->mark == NULL)
        return -1;
    return 0;
}

/* FNV-1a: the texts are our own, so nobody gains by colliding them. */
static size_t
hash_of(const char *text, uint64_t mark)
{
    uint64_t h = 14695981039346656037ULL ^ mark;

    for (; *text != '\0'; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211ULL;
    return (size_t)(h ^ (h >> 32));
}

static uint32_t
table_add(struct table *table, const char *text, uint64_t mark)
{
    size_t at = hash_of(text, mark);
    uint32_t index;

    for (;; at++) {
        at &= table->slot_count - 1;
        index = table->slot[at];
        if (index == 0)
            break;
        if (table->mark[index - 1] == mark &&
            strcmp(table->text[index - 1], text) == 0)
            return index - 1;
    }
    table->text[table->count] = (char *)(uintptr_t)text;
    table->mark[table->count] = mark;
    table->slot[at] = (uint32_t)++table->count;
    return (uint32_t)table->count - 1;
}

/* `text` as the other end accepts it: below `cap` bytes and UTF-8. */
static const char *
clean(struct arena *arena, const char *text, size_t cap)
{
    size_t len = strnlen(text, cap);
    char *copy;

    if (len < cap && str_is_utf8(text, len))
        return text;
    copy = arena_add(arena, cap);
    if (copy == NULL)
        return "";
    str_copy(copy, cap, text);
    if (str_is_utf8(copy, strlen(copy)))
        return copy;
    for (char *c = copy; *c != '\0'; c++)
        if ((uint8_t)*c >= 0x80)
            *c = '?';
    return copy;
}

static uint32_t
add_text(struct encoder *e, const char *text, size_t cap)
{
    return table_add(&e->texts, clean(e->arena, text, cap), 0);
}

static uint32_t
add_message(struct encoder *e, const char *message)
{
    return message == NULL ? 0 : add_text(e, message, RESULT_MESSAGE_MAX) + 1;
}

static uint64_t
us_out(int64_t us)
{
    if (us < 0)
        return 0;
    return (uint64_t)us >= BATCH_US_MAX ? BATCH_US_MAX : (uint64_t)us + 1;
}

static int64_t
time_out(wall_t at)
{
    if (at.ms < 0)
        return 0;
    return at.ms > BATCH_TIME_MAX_MS ? BATCH_TIME_MAX_MS : at.ms;
}

static void *
column(struct encoder *e, size_t *n, size_t count, size_t size)
{
    *n = count;
    return arena_add_array(e->arena, count, size);
}

#define COLUMN(e, field, count)                                                \
    (((e)->pb.field = column((e), &(e)->pb.n_##field, (count),                 \
                             sizeof(*(e)->pb.field))) != NULL)

static size_t
count_step_facts(const struct result *r)
{
    size_t count = 0;

    for (size_t i = 0; i < r->step_count; i++) {
        assert(r->steps[i].fact_count <= RESULT_STEP_FACTS_MAX);
        count += r->steps[i].fact_count;
    }
    return count;
}

static int
size_columns(struct encoder *e, const struct result *const *results,
             size_t count)
{
    size_t facts = 0, steps = 0, step_facts = 0;

    for (size_t i = 0; i < count; i++) {
        assert(results[i]->fact_count <= RESULT_FACTS_MAX);
        assert(results[i]->step_count <= RESULT_STEPS_MAX);
        facts += results[i]->fact_count;
        steps += results[i]->step_count;
        step_facts += count_step_facts(results[i]);
    }
    e->pb.run.len = e->pb.asked_id.len = count * BATCH_ID_BYTES;
    e->pb.run.data = arena_add(e->arena, e->pb.run.len);
    e->pb.asked_id.data = arena_add(e->arena, e->pb.asked_id.len);
    if (table_init(&e->checks, e->arena, count) != 0 ||
        table_init(&e->texts, e->arena,
                   count + facts + 2 * steps + step_facts) != 0 ||
        e->pb.run.data == NULL || e->pb.asked_id.data == NULL)
        return -1;
    e->pb.asked_id.len = 0;
    return COLUMN(e, check, count) && COLUMN(e, slot_ms, count) &&
                   COLUMN(e, started_ms, count) && COLUMN(e, status, count) &&
                   COLUMN(e, reason, count) &&
                   COLUMN(e, us, count * PHASE_COUNT) &&
                   COLUMN(e, lag_us, count) && COLUMN(e, asked, count) &&
                   COLUMN(e, message, count) && COLUMN(e, fact_count, count) &&
                   COLUMN(e, fact, facts) && COLUMN(e, fact_value, facts) &&
                   COLUMN(e, step_count, count) &&
                   COLUMN(e, step_name, steps) &&
                   COLUMN(e, step_status, steps) &&
                   COLUMN(e, step_reason, steps) &&
                   COLUMN(e, step_message, steps) &&
                   COLUMN(e, step_us, steps * PHASE_COUNT) &&
                   COLUMN(e, step_fact_count, steps) &&
                   COLUMN(e, step_fact, step_facts) &&
                   COLUMN(e, step_fact_value, step_facts) &&
                   COLUMN(e, evidence, count) && COLUMN(e, has_evidence, count)
               ? 0
               : -1;
}

/* One fact into its two columns. */
static void
fill_fact(struct encoder *e, const struct result_fact *fact, uint32_t *number,
          int64_t *value)
{
    uint32_t is_text = fact->text != NULL;

    *number = (uint32_t)fact->fact * 2 + is_text;
    *value = is_text ? add_text(e, fact->text, RESULT_TEXT_MAX) : fact->num;
}

static void
fill_facts(struct encoder *e, const struct result *r)
{
    Picket__Batch *pb = &e->pb;

    for (size_t i = 0; i < r->fact_count; i++, pb->n_fact++)
        fill_fact(e, &r->facts[i], &pb->fact[pb->n_fact],
                  &pb->fact_value[pb->n_fact]);
}

static void
fill_step_facts(struct encoder *e, const struct result_step *step)
{
    Picket__Batch *pb = &e->pb;

    for (size_t i = 0; i < step->fact_count; i++, pb->n_step_fact++)
        fill_fact(e, &step->facts[i], &pb->step_fact[pb->n_step_fact],
                  &pb->step_fact_value[pb->n_step_fact]);
}

static void
fill_steps(struct encoder *e, const struct result *r)
{
    Picket__Batch *pb = &e->pb;

    for (size_t i = 0; i < r->step_count; i++) {
        const struct result_step *step = &r->steps[i];
        size_t at = pb->n_step_name++;

        pb->step_name[at] = add_text(e, step->name, RESULT_NAME_MAX);
        pb->step_status[at] = (uint32_t)step->status;
        pb->step_reason[at] = (uint32_t)step->reason;
        pb->step_message[at] = add_message(e, step->message);
        for (size_t p = 0; p < PHASE_COUNT; p++)
            pb->step_us[at * PHASE_COUNT + p] = us_out(step->us[p]);
        pb->step_fact_count[at] = (uint32_t)step->fact_count;
        fill_step_facts(e, step);
    }
}

static void
fill_asked(struct encoder *e, const struct result *r, size_t at)
{
    ProtobufCBinaryData *ids = &e->pb.asked_id;

    if (id_is_zero(&r->asked))
        return;
    memcpy(ids->data + ids->len, r->asked.byte, BATCH_ID_BYTES);
    ids->len += BATCH_ID_BYTES;
    e->pb.asked[at] = (uint32_t)(ids->len / BATCH_ID_BYTES);
}

/* JSON cannot be cut in the middle: too much is left out and says so. */
static void
fill_evidence(struct encoder *e, const struct result *r, size_t at)
{
    static char too_large[] = "{\"note\":\"evidence over 64 KiB, left out\"}";
    const char *text = r->evidence;
    size_t len;

    if (text == NULL)
        return;
    len = strnlen(text, RESULT_EVIDENCE_MAX);
    if (len >= RESULT_EVIDENCE_MAX)
        text = too_large;
    else
        text = clean(e->arena, text, len + 1);
    e->pb.has_evidence[at] = 1;
    e->pb.evidence[e->pb.n_evidence++] = (char *)(uintptr_t)text;
}

static void
fill_result(struct encoder *e, const struct result *r, size_t at)
{
    Picket__Batch *pb = &e->pb;
    const char *name = clean(e->arena, r->check, RESULT_NAME_MAX);
    int64_t slot_ms = time_out(r->slot);

    pb->check[at] = table_add(&e->checks, name, r->version);
    memcpy(pb->run.data + at * BATCH_ID_BYTES, r->run.byte, BATCH_ID_BYTES);
    fill_asked(e, r, at);
    pb->slot_ms[at] = slot_ms - e->last_slot_ms;
    e->last_slot_ms = slot_ms;
    pb->started_ms[at] = time_out(r->started) - slot_ms;
    pb->status[at] = (uint32_t)r->status;
    pb->reason[at] = (uint32_t)r->reason;
    for (size_t p = 0; p < PHASE_COUNT; p++)
        pb->us[p * pb->count + at] = us_out(r->us[p]);
    pb->lag_us[at] = us_out(r->lag_us);
    pb->message[at] = add_message(e, r->message);
    pb->fact_count[at] = (uint32_t)r->fact_count;
    fill_facts(e, r);
    pb->step_count[at] = (uint32_t)r->step_count;
    fill_steps(e, r);
    fill_evidence(e, r, at);
}

static void
drop_zeros32(const uint32_t *column, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (column[i] != 0)
            return;
    *n = 0;
}

/* "n or none": a column of nothing but 0 is not sent. */
static void
drop_empty(Picket__Batch *pb)
{
    drop_zeros32(pb->status, &pb->n_status);
    drop_zeros32(pb->reason, &pb->n_reason);
    drop_zeros32(pb->asked, &pb->n_asked);
    drop_zeros32(pb->message, &pb->n_message);
    drop_zeros32(pb->fact_count, &pb->n_fact_count);
    drop_zeros32(pb->step_count, &pb->n_step_count);
    drop_zeros32(pb->step_fact_count, &pb->n_step_fact_count);
    drop_zeros32(pb->has_evidence, &pb->n_has_evidence);
}

static int
pack(struct encoder *e, struct buf *out)
{
    size_t len = picket__batch__get_packed_size(&e->pb);
    struct buf packed;
    uint8_t *plain;
    int rc = -1;

    if (len > BATCH_PLAIN_MAX || (plain = malloc(len + 1)) == NULL)
        return -1;
    picket__batch__pack(&e->pb, plain);
    buf_init(&packed, BATCH_BYTES_MAX);
    if (compress_pack(&packed, plain, len) == 0)
        rc = buf_add(out, packed.data, packed.len);
    buf_free(&packed);
    free(plain);
    return rc;
}

int
batch_encode(struct buf *out, const struct result *const *results, size_t count)
{
    struct encoder e = {.pb = PICKET__BATCH__INIT};
    int rc = -1;

    assert(count > 0 && count <= BATCH_RESULTS_MAX);
    e.arena = arena_create(SIZE_MAX);
    if (e.arena == NULL)
        return -1;
    e.pb.version = BATCH_VERSION;
    e.pb.count = (uint32_t)count;
    if (size_columns(&e, results, count) != 0)
        goto out;
    e.pb.n_fact = e.pb.n_fact_value = e.pb.n_step_name = e.pb.n_evidence = 0;
    e.pb.n_step_fact = e.pb.n_step_fact_value = 0;
    for (size_t i = 0; i < count; i++)
        fill_result(&e, results[i], i);
    e.pb.n_fact_value = e.pb.n_fact;
    e.pb.n_step_fact_value = e.pb.n_step_fact;
    e.pb.check_name = e.checks.text;
    e.pb.check_version = e.checks.mark;
    e.pb.n_check_name = e.pb.n_check_version = e.checks.count;
    e.pb.text = e.texts.text;
    e.pb.n_text = e.texts.count;
    drop_empty(&e.pb);
    rc = pack(&e, out);
out:
    arena_free(e.arena);
    return rc;
}
