#include "tests/lib/cmd_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#define WORDS_MAX 8

static void
be_command(const struct cmd_bed *bed, const char *said, int argc, char **argv)
{
    int status;

    if (!freopen(said, "w", stdout) || !freopen(said, "a", stderr))
        _exit(99);
    status = bed->command(argc, argv);
    (void)fflush(NULL);
    _exit(status);
}

int
cmd_bed_run(const struct cmd_bed *bed, struct buf *out)
{
    char dir[] = "/tmp/picket-cmd-XXXXXX";
    char *argv[WORDS_MAX + 1];
    int argc = 0;
    int status = -1;
    char *file;
    char *said;
    pid_t child;

    assert_non_null(mkdtemp(dir));
    file = file_join(dir, "a.conf");
    said = file_join(dir, "said");
    assert_int_equal(file_replace(file, bed->text, strlen(bed->text), 0644), 0);
    argv[argc++] = str_xdup(bed->name);
    for (const char *const *word = bed->extra; *word; word++) {
        assert_true(argc < WORDS_MAX - 1);
        argv[argc++] = str_xdup(*word);
    }
    argv[argc++] = str_xdup(dir);
    argv[argc] = NULL;
    child = fork();
    if (child == 0)
        be_command(bed, said, argc, argv);
    assert_int_equal(waitpid(child, &status, 0), child);
    buf_reset(out);
    assert_int_equal(file_read(said, out), 0);
    file_remove_tree(dir);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    free(file);
    free(said);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
