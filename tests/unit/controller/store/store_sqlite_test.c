/* The store under a kill, and on a disk that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "controller/store/store_sqlite.c"
#include "store_bed.h"

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
    struct store_bed w = {0};
    char data[2000] = {0};

    str_copy(w.dir, sizeof w.dir, dir);
    store_bed_open(&w);
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
    struct store_bed *w = *state;

    store_bed_close(w);
    for (int round = 0; round < 8; round++) {
        int64_t promised = 0, id;
        int fds[2];
        pid_t pid;
        struct store_found f;

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
        store_bed_open(w);
        f = store_bed_load(w);
        assert_true(f.batches >= promised);
        store_bed_close(w);
        if (f.batches > 0)
            file_remove_tree(w->dir);
        assert_int_equal(mkdir(w->dir, 0700), 0);
    }
    store_bed_open(w);
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
    struct store_bed *w = *state;
    char *reserve = file_join(w->dir, "reserve");
    struct stat st;
    static char big[200000];

    store_bed_close(w);
    if (mount("none", w->dir, "tmpfs", 0, "size=12m") != 0) {
        store_bed_open(w);
        free(reserve);
        skip(); /* only root may mount; the file limit above stands in */
    }
    store_bed_open(w);
    assert_int_equal(stat(reserve, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    fill_up(w->dir);
    store_bed_add(w, 1, 500000);
    store_bed_wait(w);
    assert_int_equal(w->failed, 1); /* results do not touch the reserve */
    assert_int_equal(stat(reserve, &st), 0);
    memset(big, 'x', sizeof big - 1);
    store_bed_decide(w, big, 1, 0);
    store_bed_wait(w);
    assert_int_equal(w->failed, 1);
    assert_int_equal(w->done, 1);
    assert_int_equal(stat(reserve, &st), -1);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).messages, 1);
    store_bed_close(w);
    umount(w->dir);
    free(reserve);
    store_bed_open(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_BED(test_what_was_acknowledged_survives_a_kill),
        STORE_BED(test_a_full_disk_gives_up_its_reserve_for_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
