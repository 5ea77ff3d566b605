#include "tests/lib/store_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"

void
store_bed_open(struct store_bed *w)
{
    char why[256];

    w->loop = loop_create();
    w->store =
        store_open(&(struct store_opts){.loop = w->loop,
                                        .dir = w->dir,
                                        .reserve_bytes = 1 << 20,
                                        .keep_results_ns = STORE_BED_KEEP_NS},
                   why, sizeof why);
    if (w->store == NULL)
        fail_msg("%s", why);
}

void
store_bed_close(struct store_bed *w)
{
    store_close(w->store);
    loop_free(w->loop);
    w->store = NULL;
}

int
store_bed_setup(void **state)
{
    struct store_bed *w = str_xcalloc(1, sizeof *w);

    str_copy(w->dir, sizeof w->dir, "/tmp/picket-store-XXXXXX");
    if (mkdtemp(w->dir) == NULL)
        return -1;
    store_bed_open(w);
    *state = w;
    return 0;
}

int
store_bed_teardown(void **state)
{
    struct store_bed *w = *state;

    if (w->store != NULL)
        store_bed_close(w);
    file_remove_tree(w->dir);
    free(w);
    return 0;
}

void
store_bed_note(struct store_bed *w, enum store_outcome outcome)
{
    w->done += outcome == STORE_DONE;
    w->duplicate += outcome == STORE_DUPLICATE;
    w->failed += outcome == STORE_FAILED;
    if (--w->open == 0)
        loop_stop(w->loop);
}

void
store_bed_on_batch(void *cookie, enum store_outcome outcome, int64_t id)
{
    struct store_bed *w = cookie;

    if (outcome == STORE_DONE) {
        assert_true(id > w->last_id);
        w->last_id = id;
    }
    store_bed_note(w, outcome);
}

void
store_bed_on_done(void *cookie, enum store_outcome outcome)
{
    store_bed_note(cookie, outcome);
}

void
store_bed_wait(struct store_bed *w)
{
    if (w->open > 0)
        loop_run(w->loop);
}

void
store_bed_add(struct store_bed *w, int64_t first, size_t len)
{
    static char data[1 << 20];
    struct store_batch b = {.probe = "fra-1",
                            .region = "fra",
                            .spool = {{1, 2, 3}},
                            .first = first,
                            .count = 10,
                            .received = loop_wall(w->loop),
                            .offset_ms = -7,
                            .data = data,
                            .len = len};

    memset(data, (int)(first & 0x7f), len);
    w->open++;
    store_add_batch(w->store, &b, store_bed_on_batch, w);
}

static void
found_state(void *cookie, const struct store_state *s)
{
    struct store_found *f = cookie;

    f->states++;
    memcpy(f->state_data, s->data, s->len < 63 ? s->len : 63);
}

static void
found_incident(void *cookie, const struct store_incident *i)
{
    struct store_found *f = cookie;

    f->incidents++;
    f->incident = *i;
    str_copy(f->text, sizeof f->text, i->json);
}

static void
found_message(void *cookie, const struct store_message *m)
{
    struct store_found *f = cookie;

    f->messages++;
    f->message = *m;
}

static void
found_probe(void *cookie, const struct store_probe *p)
{
    struct store_found *f = cookie;

    f->probes++;
    f->probe = *p;
    assert_string_equal(p->name, "fra-1");
    assert_null(p->previous_sha256);
}

static void
found_seen(void *cookie, const struct store_seen *s)
{
    struct store_found *f = cookie;

    f->seens++;
    f->seen = *s;
    assert_string_equal(s->probe, "fra-1");
    (void)snprintf(f->seen_text, sizeof(f->seen_text), "%s %s", s->software,
                   s->egress);
}

static void
found_token(void *cookie, const struct store_token *t)
{
    ((struct store_found *)cookie)->tokens++;
    assert_string_equal(t->hash, "abcd");
    assert_null(t->name);
    assert_int_equal(t->uses_left, 1);
}

static void
found_push(void *cookie, const struct store_push *p)
{
    struct store_found *f = cookie;

    f->pushes++;
    f->push = *p;
    f->push.check = NULL;
    (void)str_copy(f->push_check, sizeof(f->push_check), p->check);
}

static void
found_day(void *cookie, const struct store_day *d)
{
    struct store_found *f = cookie;

    f->days++;
    f->day = *d;
}

static void
found_batch(void *cookie, const struct store_batch *b)
{
    struct store_found *f = cookie;

    f->first[f->batches++ % 64] = b->first;
    assert_string_equal(b->probe, "fra-1");
    assert_string_equal(b->region, "fra");
    assert_int_equal(b->spool.byte[2], 3);
    assert_int_equal(b->offset_ms, -7);
    assert_int_equal(b->count, 10);
    for (size_t i = 0; i < b->len; i++)
        if (((const char *)b->data)[i] != (char)(b->first & 0x7f))
            fail_msg("batch %lld is not as it came", (long long)b->first);
}

struct store_found
store_bed_load(struct store_bed *w)
{
    struct store_found f = {0};
    struct store_loader loader = {
        .cookie = &f,
        .on_state = found_state,
        .on_incident = found_incident,
        .on_message = found_message,
        .on_probe = found_probe,
        .on_seen = found_seen,
        .on_token = found_token,
        .on_push = found_push,
        .on_day = found_day,
        .on_batch = found_batch,
    };

    assert_int_equal(store_load(w->store, &loader), 0);
    return f;
}

void
store_bed_reopen(struct store_bed *w)
{
    store_bed_close(w);
    store_bed_open(w);
}

struct store_message
store_bed_message(uint8_t id, const char *json)
{
    return (struct store_message){.id = {{id}},
                                  .incident = {{7}},
                                  .order = 1,
                                  .destination = "channel:ops",
                                  .json = json,
                                  .created = {1000}};
}

void
store_bed_decide(struct store_bed *w, const char *state, uint8_t message,
                 int64_t cursor)
{
    struct store_state s = {
        .check = "home", .data = state, .len = state ? strlen(state) : 0};
    struct store_incident i = {.id = {{7}},
                               .check = "home",
                               .rule = "down",
                               .state = 2,
                               .opened = {900},
                               .json = "{\"a\":1}"};
    struct store_message m = store_bed_message(message, "{}");
    struct store_commit c = {.cursor = cursor,
                             .states = &s,
                             .state_count = 1,
                             .incidents = &i,
                             .incident_count = 1,
                             .messages = &m,
                             .message_count = 1};

    w->open++;
    store_commit(w->store, &c, store_bed_on_done, w);
}
