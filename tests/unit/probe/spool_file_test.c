/* spool_file_test.c - recovery, sequence numbers that never repeat, a disk
 * that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spool_file.c"

#include <signal.h>
#include <sys/resource.h>

struct seen {
    struct spool_batch batch[400];
    size_t count;
    int64_t acked[100];
    size_t ack_count;
    uint64_t segments[100];
    size_t segment_count;
};

static char dir[64];

static void
saw_segment(void *cookie, uint64_t segment, uint64_t bytes)
{
    struct seen *seen = cookie;

    (void)bytes;
    seen->segments[seen->segment_count++] = segment;
}

static void
saw_batch(void *cookie, const struct spool_batch *batch)
{
    struct seen *seen = cookie;

    seen->batch[seen->count++] = *batch;
}

static void
saw_ack(void *cookie, int64_t first, uint32_t count)
{
    struct seen *seen = cookie;

    assert_int_equal(count, 1);
    seen->acked[seen->ack_count++] = first;
}

static struct spool_file *
reopen(struct seen *seen, struct spool_state *state)
{
    struct spool_found found = {saw_segment, saw_batch, saw_ack, seen};
    char why[256] = "";
    struct spool_file *f;

    *seen = (struct seen){0};
    f = spool_file_open(dir, 1000, &found, state, why, sizeof(why));
    assert_string_equal(why, "");
    assert_non_null(f);
    return f;
}

static int
append(struct spool_file *f, int64_t first, uint32_t count)
{
    struct spool_batch batch = {first, count, 5000 + first, {0, 0, 50}};
    char data[50];

    memset(data, (int)(first % 26) + 'a', sizeof(data));
    return spool_file_append(f, &batch, data, 0);
}

static void
reads_back(struct spool_file *f, const struct spool_batch *batch)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(spool_file_read(f, &batch->place, &out), 0);
    assert_int_equal(out.len, 50);
    assert_int_equal(out.data[0], batch->first % 26 + 'a');
    assert_int_equal(out.data[49], batch->first % 26 + 'a');
    buf_free(&out);
}

static void
what_was_written_is_found(void **state)
{
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f = reopen(&seen, &st);
    struct id id = st.id;

    (void)state;
    assert_int_equal(st.next, 1);
    for (int64_t i = 0; i < 100; i++)
        assert_int_equal(append(f, 1 + 3 * i, 3), 0);
    assert_int_equal(spool_file_ack(f, 4, 1), 0);
    assert_int_equal(spool_file_drop(f, 9), 0);
    spool_file_close(f);
    f = reopen(&seen, &st);
    assert_true(id_eq(&st.id, &id));
    assert_int_equal(st.next, 301);
    assert_int_equal(st.dropped, 9);
    assert_int_equal(st.torn + st.corrupt, 0);
    assert_int_equal(seen.count, 100);
    assert_true(seen.segment_count > 5);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(seen.batch[i].first, 1 + 3 * i);
        assert_int_equal(seen.batch[i].sealed_ms, 5001 + 3 * i);
        reads_back(f, &seen.batch[i]);
    }
    assert_int_equal(seen.ack_count, 1);
    assert_int_equal(seen.acked[0], 4);
    spool_file_close(f);
}

/* All segments but the newest go away; numbers go on. */
static void
numbers_survive_removal(void **state)
{
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f = reopen(&seen, &st);
    struct id id = st.id;

    (void)state;
    for (int64_t i = 1; i <= 60; i++)
        assert_int_equal(append(f, i, 1), 0);
    spool_file_close(f);
    for (int round = 0; round < 3; round++) {
        f = reopen(&seen, &st);
        assert_int_equal(st.next, 61);
        for (size_t i = 0; i < seen.segment_count; i++)
            spool_file_remove(f, seen.segments[i]);
        spool_file_close(f);
    }
    f = reopen(&seen, &st);
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.segment_count, 1);
    assert_int_equal(st.next, 61);
    assert_true(id_eq(&st.id, &id));
    spool_file_close(f);
}

static char *
only_segment(void)
{
    return str_xprintf("%s/0000000000000001.seg", dir);
}

/* The newest segment torn at every byte: whole batches before the tear are
 * there, none of a doubtful number is given again, nothing crashes. */
static void
torn_at_every_byte(void **state)
{
    char *path = only_segment();
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f = reopen(&seen, &st);
    struct buf whole;

    (void)state;
    buf_init(&whole, 1 << 16);
    for (int64_t i = 1; i <= 5; i++)
        assert_int_equal(append(f, i, 1), 0);
    spool_file_close(f);
    assert_int_equal(file_read(path, &whole), 0);
    for (size_t cut = 0; cut <= whole.len; cut++) {
        size_t batches = cut < 48 ? 0 : (cut - 48) / 86;

        assert_int_equal(file_remove_tree(dir), 0);
        assert_int_equal(file_make_dirs(dir, 0700), 0);
        assert_int_equal(file_replace(path, whole.data, cut, 0600), 0);
        f = reopen(&seen, &st);
        assert_int_equal(seen.count, batches);
        if (cut == whole.len)
            assert_int_equal(st.next, 6);
        else if (cut >= 48 && (cut - 48) % 86 == 0)
            assert_int_equal(st.next, 1 + batches); /* never sent: not sealed */
        else
            assert_true(st.next > SEQUENCE_GAP);
        assert_int_equal(append(f, st.next, 1), 0);
        spool_file_close(f);
        f = reopen(&seen, &st);
        assert_int_equal(seen.count, batches + 1);
        assert_int_equal(st.torn, 0);
        spool_file_close(f);
    }
    buf_free(&whole);
    free(path);
}

static void
damage_in_the_middle_costs_one(void **state)
{
    char *path = only_segment();
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f = reopen(&seen, &st);
    struct buf whole;

    (void)state;
    buf_init(&whole, 1 << 16);
    for (int64_t i = 1; i <= 5; i++)
        assert_int_equal(append(f, i, 1), 0);
    spool_file_close(f);
    assert_int_equal(file_read(path, &whole), 0);
    whole.data[48 + 2 * 86 + 40] ^= 1;
    assert_int_equal(file_replace(path, whole.data, whole.len, 0600), 0);
    f = reopen(&seen, &st);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.batch[2].first, 4);
    assert_int_equal(st.corrupt, 1);
    assert_true(st.next > SEQUENCE_GAP);
    spool_file_close(f);
    buf_free(&whole);
    free(path);
}

static void
one_process_a_folder(void **state)
{
    struct spool_found found = {0};
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f = reopen(&seen, &st);
    char why[256];

    (void)state;
    assert_null(spool_file_open(dir, 1000, &found, &st, why, sizeof(why)));
    assert_non_null(strstr(why, "another probe uses it"));
    spool_file_close(f);
}

/* A limit on file sizes stands in for a full disk. */
static void
a_full_disk_leaves_no_half_record(void **state)
{
    struct rlimit old, small = {500, RLIM_INFINITY};
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f;
    int64_t n = 1;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    f = reopen(&seen, &st);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    while (append(f, n, 1) == 0)
        n++;
    assert_in_range(n, 4, 8);
    assert_int_equal(append(f, n + 1, 1), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(append(f, n + 2, 1), 0);
    spool_file_close(f);
    f = reopen(&seen, &st);
    assert_int_equal(st.torn + st.corrupt, 0);
    assert_int_equal(seen.count, n);
    assert_int_equal(seen.batch[n - 1].first, n + 2);
    for (size_t i = 0; i < seen.count; i++)
        reads_back(f, &seen.batch[i]);
    spool_file_close(f);
}

static void
foreign_files_are_left_alone(void **state)
{
    char *path = str_xprintf("%s/zzzzzzzzzzzzzzzz.seg", dir);
    struct spool_state st;
    static struct seen seen;
    struct spool_file *f;

    (void)state;
    assert_int_equal(file_make_dirs(dir, 0700), 0);
    assert_int_equal(file_replace(path, "x", 1, 0600), 0);
    f = reopen(&seen, &st);
    assert_int_equal(seen.segment_count, 0);
    spool_file_close(f);
    assert_int_equal(access(path, F_OK), 0);
    free(path);
}

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/spool_file_XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_found),
        TEST(numbers_survive_removal),
        TEST(torn_at_every_byte),
        TEST(damage_in_the_middle_costs_one),
        TEST(one_process_a_folder),
        TEST(a_full_disk_leaves_no_half_record),
        TEST(foreign_files_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
