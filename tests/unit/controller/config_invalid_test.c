/*
 * conf/invalid/: every NAME.conf there is wrong, and NAME.txt is what must be
 * said about it, to the letter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/str.h"
#include "controller/config.h"

#define DIR_NAME   "conf/invalid"
#define FILES_MIN  25
#define OUTPUT_MAX 100000

static int
is_conf(const struct dirent *entry)
{
    return str_ends(entry->d_name, ".conf");
}

static void
check(const char *path)
{
    struct diag *diag = diag_create();
    struct config *config = config_load(&path, 1, diag);
    char *expected =
        str_xprintf("%.*s.txt", (int)(strlen(path) - strlen(".conf")), path);
    struct buf want;
    struct buf got;

    buf_init(&want, OUTPUT_MAX);
    buf_init(&got, OUTPUT_MAX);
    diag_print(diag, &got, false);
    if (config)
        fail_msg("%s is valid", path);
    if (file_read(expected, &want) != 0)
        fail_msg("%s: %s; it said:\n%s", expected, strerror(errno),
                 buf_text(&got));
    if (!str_eq(buf_text(&got), buf_text(&want)))
        fail_msg("%s: wanted\n%s\ngot\n%s", path, buf_text(&want),
                 buf_text(&got));
    config_free(config);
    free(expected);
    buf_free(&want);
    buf_free(&got);
    diag_free(diag);
}

static void
every_wrong_file_gets_its_message(void **state)
{
    struct dirent **entries;
    int count = scandir(DIR_NAME, &entries, is_conf, alphasort);

    (void)state;
    if (count < FILES_MIN)
        fail_msg("%d files in " DIR_NAME ": run it from the top", count);
    for (int i = 0; i < count; i++) {
        char *path = file_join(DIR_NAME, entries[i]->d_name);

        check(path);
        free(path);
        free(entries[i]);
    }
    free(entries);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_file_gets_its_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
