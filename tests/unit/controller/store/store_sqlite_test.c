/* The store on a real disk: exactly once, together or not at all, found again
 * after a kill, and a disk that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/store/store_sqlite.c"

#define KEEP_NS (3600 * NS_PER_S)

struct world {
    char dir[64];
    struct loop *loop;
    struct store *store;
    int open; /* answers not yet come */
    int done, duplicate, failed;
    int64_t last_id;
};

static void
open_store(struct world *w)
{
    char why[256];

    w->loop = loop_create();
    w->store = store_open(&(struct store_opts){.loop = w->loop,
                                               .dir = w->dir,
                                               .reserve_bytes = 1 << 20,
                                               .keep_results_ns = KEEP_NS},
                          why, sizeof why);
    if (w->store == NULL)
        fail_msg("%s", why);
}

static void
close_store(struct world *w)
{
    store_close(w->store);
    loop_free(w->loop);
    w->store = NULL;
}

static int
setup(void **state)
{
    struct world *w = str_xcalloc(1, sizeof *w);

    str_copy(w->dir, sizeof w->dir, "/tmp/picket-store-XXXXXX");
    if (mkdtemp(w->dir) == NULL)
        return -1;
    open_store(w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    if (w->store != NULL)
        close_store(w);
    file_remove_tree(w->dir);
    free(w);
    return 0;
}

static void
note(struct world *w, enum store_outcome outcome)
{
    w->done += outcome == STORE_DONE;
    w->duplicate += outcome == STORE_DUPLICATE;
    w->failed += outcome == STORE_FAILED;
    if (--w->open == 0)
        loop_stop(w->loop);
}

static void
on_batch_done(void *cookie, enum store_outcome outcome, int64_t id)
{
    struct world *w = cookie;

    if (outcome == STORE_DONE) {
        assert_true(id > w->last_id);
        w->last_id = id;
    }
    note(w, outcome);
}

static void
on_done(void *cookie, enum store_outcome outcome)
{
    note(cookie, outcome);
}

static void
wait_all(struct world *w)
{
    if (w->open > 0)
        loop_run(w->loop);
}

static void
add(struct world *w, int64_t first, size_t len)
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
    store_add_batch(w->store, &b, on_batch_done, w);
}

/* ---- what is found when opened again ---- */

struct found {
    int states, incidents, messages, probes, tokens, days, batches;
    int64_t first[64];
    char state_data[64];
    struct store_message message;
    struct store_incident incident;
    struct store_probe probe;
    struct store_day day;
    char text[64];
};

static void
found_state(void *cookie, const struct store_state *s)
{
    struct found *f = cookie;

    f->states++;
    memcpy(f->state_data, s->data, s->len < 63 ? s->len : 63);
}

static void
found_incident(void *cookie, const struct store_incident *i)
{
    struct found *f = cookie;

    f->incidents++;
    f->incident = *i;
    str_copy(f->text, sizeof f->text, i->json);
}

static void
found_message(void *cookie, const struct store_message *m)
{
    struct found *f = cookie;

    f->messages++;
    f->message = *m;
}

static void
found_probe(void *cookie, const struct store_probe *p)
{
    struct found *f = cookie;

    f->probes++;
    f->probe = *p;
    assert_string_equal(p->name, "fra-1");
    assert_null(p->previous_sha256);
}

static void
found_token(void *cookie, const struct store_token *t)
{
    ((struct found *)cookie)->tokens++;
    assert_string_equal(t->hash, "abcd");
    assert_null(t->name);
    assert_int_equal(t->uses_left, 1);
}

static void
found_day(void *cookie, const struct store_day *d)
{
    struct found *f = cookie;

    f->days++;
    f->day = *d;
}

static void
found_batch(void *cookie, const struct store_batch *b)
{
    struct found *f = cookie;

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

static struct found
load(struct world *w)
{
    struct found f = {0};
    struct store_loader loader = {
        .cookie = &f,
        .on_state = found_state,
        .on_incident = found_incident,
        .on_message = found_message,
        .on_probe = found_probe,
        .on_token = found_token,
        .on_day = found_day,
        .on_batch = found_batch,
    };

    assert_int_equal(store_load(w->store, &loader), 0);
    return f;
}

static void
reopen(struct world *w)
{
    close_store(w);
    open_store(w);
}

/* ---- results.db ---- */

static void
test_a_batch_is_stored_once(void **state)
{
    struct world *w = *state;

    add(w, 1, 100);
    add(w, 11, 100);
    add(w, 1, 100); /* the same transaction or a later one */
    wait_all(w);
    add(w, 11, 100);
    wait_all(w);
    assert_int_equal(w->done, 2);
    assert_int_equal(w->duplicate, 2);
    assert_int_equal(store_stats(w->store).batches, 2);
    assert_int_equal(store_stats(w->store).duplicates, 2);
    reopen(w);
    assert_int_equal(load(w).batches, 2);
    add(w, 1, 100); /* and after a restart */
    wait_all(w);
    assert_int_equal(w->duplicate, 3);
}

static void
test_done_never_comes_from_inside(void **state)
{
    struct world *w = *state;

    add(w, 1, 10);
    assert_int_equal(w->open, 1);
    wait_all(w);
    assert_int_equal(w->open, 0);
}

static void
test_close_finishes_what_was_asked(void **state)
{
    struct world *w = *state;

    for (int64_t i = 0; i < 50; i++)
        add(w, i, 10000);
    close_store(w);
    assert_int_equal(w->done, 50);
    open_store(w);
    assert_int_equal(load(w).batches, 50);
}

static void
test_batches_after_the_cursor_are_found_in_order(void **state)
{
    struct world *w = *state;
    struct found f;

    for (int64_t i = 1; i <= 5; i++)
        add(w, i * 100, 10);
    wait_all(w);
    w->open++;
    store_commit(w->store, &(struct store_commit){.cursor = w->last_id - 2},
                 on_done, w);
    wait_all(w);
    reopen(w);
    f = load(w);
    assert_int_equal(f.batches, 2);
    assert_int_equal(f.first[0], 400);
    assert_int_equal(f.first[1], 500);
}

static void
test_days_replace(void **state)
{
    struct world *w = *state;
    struct store_day day = {.check = "home", .day = 20000, .up = 5};
    struct found f;

    store_put_days(w->store, &day, 1);
    day.up = 7;
    day.down = 1;
    store_put_days(w->store, &day, 1);
    reopen(w);
    f = load(w);
    assert_int_equal(f.days, 1);
    assert_int_equal(f.day.up, 7);
    assert_int_equal(f.day.down, 1);
    assert_int_equal(f.day.day, 20000);
}

struct scanned {
    int64_t first[8];
    int count;
    int stop_at;
};

static struct world *scan_world; /* the done's; `each` has its own cookie */
static struct scanned scanned;

static bool
each(void *cookie, const struct store_batch *b)
{
    (void)cookie;
    scanned.first[scanned.count++] = b->first;
    return scanned.count < scanned.stop_at;
}

static void
on_scanned(void *cookie, enum store_outcome outcome)
{
    (void)cookie;
    note(scan_world, outcome);
}

static void
test_a_scan_goes_from_the_newest(void **state)
{
    struct world *w = *state;

    scan_world = w;
    for (int64_t i = 1; i <= 5; i++)
        add(w, i, 10);
    wait_all(w);
    scanned = (struct scanned){.stop_at = 3};
    w->open++;
    store_scan(w->store, each, on_scanned, NULL);
    wait_all(w);
    assert_int_equal(scanned.count, 3);
    assert_int_equal(scanned.first[0], 5);
    assert_int_equal(scanned.first[2], 3);
}

static void
test_old_batches_go_in_small_steps(void **state)
{
    struct world *w = *state;
    struct store_batch old = {.probe = "fra-1",
                              .region = "fra",
                              .spool = {{9}},
                              .received = {1000},
                              .data = "x",
                              .len = 1};

    for (int64_t i = 0; i < 450; i++) {
        old.first = i;
        w->open++;
        store_add_batch(w->store, &old, on_batch_done, w);
    }
    for (int64_t i = 1; i <= 3; i++)
        add(w, i, 10);
    wait_all(w);
    for (int i = 0; i < 4; i++) {
        store_sqlite_sweep_results(w->store, loop_wall(w->loop), on_more);
        add(w, 1, 10); /* its answer comes after the sweep's */
        wait_all(w);
    }
    assert_true(w->store->stats.results_bytes > 0);
    reopen(w);
    assert_int_equal(load(w).batches, 3);
}

/* ---- state.db ---- */

static struct store_message
message_of(uint8_t id, const char *json)
{
    return (struct store_message){.id = {{id}},
                                  .incident = {{7}},
                                  .order = 1,
                                  .destination = "channel:ops",
                                  .json = json,
                                  .created = {1000}};
}

static void
decide(struct world *w, const char *state, uint8_t message, int64_t cursor)
{
    struct store_state s = {
        .check = "home", .data = state, .len = state ? strlen(state) : 0};
    struct store_incident i = {.id = {{7}},
                               .check = "home",
                               .rule = "down",
                               .state = 2,
                               .opened = {900},
                               .json = "{\"a\":1}"};
    struct store_message m = message_of(message, "{}");
    struct store_commit c = {.cursor = cursor,
                             .states = &s,
                             .state_count = 1,
                             .incidents = &i,
                             .incident_count = 1,
                             .messages = &m,
                             .message_count = 1};

    w->open++;
    store_commit(w->store, &c, on_done, w);
}

static void
test_a_decision_is_found_again(void **state)
{
    struct world *w = *state;
    struct found f;

    decide(w, "abc", 1, 5);
    wait_all(w);
    reopen(w);
    f = load(w);
    assert_int_equal(f.states, 1);
    assert_string_equal(f.state_data, "abc");
    assert_int_equal(f.incidents, 1);
    assert_int_equal(f.incident.opened.ms, 900);
    assert_int_equal(f.incident.id.byte[0], 7);
    assert_string_equal(f.text, "{\"a\":1}");
    assert_int_equal(f.messages, 1);
    assert_int_equal(f.message.id.byte[0], 1);
    assert_int_equal(f.message.state, STORE_PENDING);
    decide(w, NULL, 1, 0);
    wait_all(w);
    reopen(w);
    assert_int_equal(load(w).states, 0);
}

static void
test_a_message_decided_again_stays_as_it_is(void **state)
{
    struct world *w = *state;
    struct store_message sent = message_of(1, "{}");
    struct found f;

    decide(w, "a", 1, 0);
    sent.state = STORE_SENT;
    sent.attempts = 3;
    w->open++;
    store_put_message(w->store, &sent, on_done, w);
    decide(w, "b", 1, 0);
    wait_all(w);
    reopen(w);
    f = load(w);
    assert_int_equal(f.messages, 1); /* of an open incident: still loaded */
    assert_int_equal(f.message.state, STORE_SENT);
    assert_int_equal(f.message.attempts, 3);
}

static void
test_probes_tokens_and_audit(void **state)
{
    struct world *w = *state;
    struct store_probe p = {.name = "fra-1",
                            .region = "fra",
                            .cert_sha256 = "aa",
                            .enrolled = {5},
                            .cert_ends = {6}};
    struct store_token t = {.hash = "abcd", .region = "fra", .uses_left = 2};
    struct found f;

    w->open += 4;
    store_put_probe(w->store, &p, on_done, w);
    store_put_token(w->store, &t, on_done, w);
    t.uses_left = 1;
    store_put_token(w->store, &t, on_done, w);
    p.revoked = true;
    store_put_probe(w->store, &p, on_done, w);
    store_add_audit(w->store, "ana", "revoked fra-1");
    wait_all(w);
    reopen(w);
    f = load(w);
    assert_int_equal(f.probes, 1);
    assert_true(f.probe.revoked);
    assert_int_equal(f.probe.cert_ends.ms, 6);
    assert_int_equal(f.tokens, 1);
}

/* ---- trouble ---- */

/* Writes batches and decisions until it is killed; each answer goes up the
 * pipe as the number that was promised. */
static void
on_promised(void *cookie, enum store_outcome outcome, int64_t id)
{
    int fd = *(int *)cookie;

    if (outcome == STORE_DONE && write(fd, &id, sizeof id) != sizeof id)
        _exit(1);
}

static void
stop(void *cookie)
{
    loop_stop(cookie);
}

static void
write_for_ever(const char *dir, int fd)
{
    struct world w = {0};
    char data[2000] = {0};

    str_copy(w.dir, sizeof w.dir, dir);
    open_store(&w);
    for (int64_t i = 1;; i++) {
        struct store_batch b = {.probe = "fra-1",
                                .region = "fra",
                                .spool = {{1, 2, 3}},
                                .first = i,
                                .count = 10,
                                .offset_ms = -7,
                                .received = loop_wall(w.loop),
                                .data = data,
                                .len = sizeof data};

        memset(data, (int)(i & 0x7f), sizeof data);
        store_add_batch(w.store, &b, on_promised, &fd);
        if (i % 5 == 0) {
            loop_post(w.loop, stop, w.loop);
            loop_run(w.loop);
        }
    }
}

static void
test_what_was_acknowledged_survives_a_kill(void **state)
{
    struct world *w = *state;

    close_store(w);
    for (int round = 0; round < 8; round++) {
        int64_t promised = 0, id;
        int fds[2];
        pid_t pid;
        struct found f;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
            close(fds[0]);
            write_for_ever(w->dir, fds[1]);
            _exit(0);
        }
        close(fds[1]);
        /* Killed in the middle of whatever it does after n answers. */
        for (int n = 0; n < 20 + round * 13; n++) {
            if (read(fds[0], &id, sizeof id) != sizeof id)
                fail_msg("the writer ended by itself");
            promised = id;
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(fds[0], &id, sizeof id) == sizeof id)
            promised = id;
        close(fds[0]);
        open_store(w);
        f = load(w);
        assert_true(f.batches >= promised);
        close_store(w);
        if (f.batches > 0)
            file_remove_tree(w->dir);
        assert_int_equal(mkdir(w->dir, 0700), 0);
    }
    open_store(w);
}

/* Files may not grow past this: the portable stand-in for a full disk. */
static void
test_a_file_that_may_not_grow_fails_and_says_so(void **state)
{
    struct world *w = *state;
    struct rlimit was, small;

    getrlimit(RLIMIT_FSIZE, &was);
    signal(SIGXFSZ, SIG_IGN);
    small = was;
    small.rlim_cur = 2 << 20;
    setrlimit(RLIMIT_FSIZE, &small);
    for (int64_t i = 1; i <= 12; i++)
        add(w, i, 500000);
    wait_all(w);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_true(w->failed > 0);
    assert_int_equal(store_stats(w->store).failures, w->failed);
    /* What failed is not half there, and works when there is room again. */
    for (int64_t i = 1; i <= 12; i++)
        add(w, i, 500000);
    wait_all(w);
    assert_int_equal(w->done, 12);
    reopen(w);
    assert_int_equal(load(w).batches, 12);
}

static void
fill_up(const char *dir)
{
    char *path = file_join(dir, "ballast");
    FILE *f = fopen(path, "w");
    char block[4096] = {0};

    while (f != NULL && fwrite(block, sizeof block, 1, f) == 1 &&
           fflush(f) == 0)
        ;
    if (f != NULL)
        fclose(f);
    free(path);
}

static void
test_a_full_disk_gives_up_its_reserve_for_a_page(void **state)
{
    struct world *w = *state;
    char *reserve = file_join(w->dir, "reserve");
    struct stat st;
    static char big[200000];

    close_store(w);
    if (mount("none", w->dir, "tmpfs", 0, "size=12m") != 0) {
        open_store(w);
        free(reserve);
        skip(); /* only root may mount; the file limit above stands in */
    }
    open_store(w);
    assert_int_equal(stat(reserve, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    fill_up(w->dir);
    add(w, 1, 500000);
    wait_all(w);
    assert_int_equal(w->failed, 1); /* results do not touch the reserve */
    assert_int_equal(stat(reserve, &st), 0);
    memset(big, 'x', sizeof big - 1);
    decide(w, big, 1, 0);
    wait_all(w);
    assert_int_equal(w->failed, 1);
    assert_int_equal(w->done, 1);
    assert_int_equal(stat(reserve, &st), -1);
    reopen(w);
    assert_int_equal(load(w).messages, 1);
    close_store(w);
    umount(w->dir);
    free(reserve);
    open_store(w);
}

int
main(void)
{
#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_a_batch_is_stored_once),
        WITH_STORE(test_done_never_comes_from_inside),
        WITH_STORE(test_close_finishes_what_was_asked),
        WITH_STORE(test_batches_after_the_cursor_are_found_in_order),
        WITH_STORE(test_days_replace),
        WITH_STORE(test_a_scan_goes_from_the_newest),
        WITH_STORE(test_old_batches_go_in_small_steps),
        WITH_STORE(test_a_decision_is_found_again),
        WITH_STORE(test_a_message_decided_again_stays_as_it_is),
        WITH_STORE(test_probes_tokens_and_audit),
        WITH_STORE(test_what_was_acknowledged_survives_a_kill),
        WITH_STORE(test_a_file_that_may_not_grow_fails_and_says_so),
        WITH_STORE(test_a_full_disk_gives_up_its_reserve_for_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
