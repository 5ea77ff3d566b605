/* db_test.c - settings in force, migrations, errors and a full disk; on a
 * throw-away folder. */
#include "base/db.c"

#include <sys/stat.h>

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct place {
    char *dir;
    char *path;
    char why[500];
};

static const char *const two[] = {
    "CREATE TABLE a(id INTEGER PRIMARY KEY, t TEXT, b BLOB);"
    "INSERT INTO a(t) VALUES('one');",
    "ALTER TABLE a ADD COLUMN n INTEGER;", NULL};

static int
setup(void **state)
{
    struct place *place = str_xcalloc(1, sizeof *place);

    place->dir = str_xdup("/tmp/picket-db-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->path = file_join(place->dir, "x.db");
    *state = place;
    return 0;
}

static int
teardown(void **state)
{
    struct place *place = *state;

    assert_int_equal(file_remove_tree(place->dir), 0);
    free(place->path);
    free(place->dir);
    free(place);
    return 0;
}

static struct db *
open_with(struct place *place, const char *const *migrations, unsigned flags)
{
    const struct db_opts opts = {place->path, flags, migrations};

    place->why[0] = '\0';
    return db_open(&opts, place->why, sizeof place->why);
}

static void
test_settings(void **state)
{
    struct place *place = *state;
    struct db *db = open_with(place, two, DB_CREATE);
    struct db_stmt *st;
    struct stat file;

    assert_non_null(db);
    assert_int_equal(get_int(db, "PRAGMA synchronous"), 2);
    assert_int_equal(get_int(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(get_int(db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(get_int(db, "PRAGMA page_size"), 8192);
    assert_int_equal(get_int(db, "PRAGMA busy_timeout"), 5000);
    st = db_prepare(db, "PRAGMA journal_mode");
    assert_int_equal(db_step(st), 1);
    assert_string_equal(db_text(st, 0), "wal");
    db_reset(st);
    assert_int_equal(stat(place->path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    db_close(db);
    db_close(NULL);
}

static void
test_migrations(void **state)
{
    static const char *const one_only[] = {"SELECT 1", NULL};
    static const char *const broken[] = {
        "SELECT 1", "SELECT 1",
        "CREATE TABLE c(x); INSERT INTO c VALUES(1); INSERT INTO nowhere "
        "VALUES(1);",
        NULL};
    struct place *place = *state;
    struct db *db = open_with(place, two, 0);

    assert_null(db);
    assert_non_null(strstr(place->why, "No such file or directory"));
    assert_non_null(strstr(place->why, place->path));

    db = open_with(place, two, DB_CREATE);
    assert_int_equal(get_int(db, "PRAGMA user_version"), 2);
    db_close(db);
    /* Each step ran once. */
    db = open_with(place, two, DB_CREATE);
    assert_int_equal(get_int(db, "SELECT count(*) FROM a"), 1);
    db_close(db);

    assert_null(open_with(place, one_only, DB_CREATE));
    assert_non_null(strstr(place->why, "newer Picket (schema 2"));
    assert_null(open_with(place, one_only, DB_READ_ONLY));
    assert_non_null(strstr(place->why, "newer Picket"));

    /* A step that fails leaves nothing of itself. */
    assert_null(open_with(place, broken, DB_CREATE));
    assert_non_null(strstr(place->why, "nowhere"));
    assert_null(open_with(place, broken, DB_READ_ONLY));
    assert_non_null(strstr(place->why, "older Picket"));
    db = open_with(place, two, DB_READ_ONLY);
    assert_non_null(db);
    assert_int_equal(
        get_int(db, "SELECT count(*) FROM sqlite_schema WHERE name='c'"), 0);
    assert_int_equal(db_exec(db, "DELETE FROM a"), -1);
    assert_non_null(strstr(db_error(db), "readonly"));
    assert_false(db_is_full(db));
    db_close(db);
}

static void
test_not_a_database(void **state)
{
    struct place *place = *state;
    char junk[10000];

    memset(junk, 'j', sizeof junk);
    assert_int_equal(file_replace(place->path, junk, sizeof junk, 0600), 0);
    assert_null(open_with(place, two, DB_CREATE));
    assert_non_null(strstr(place->why, "not a database"));
    assert_null(open_with(place, two, DB_READ_ONLY));
    assert_non_null(strstr(place->why, "not a database"));
}

static void
test_values(void **state)
{
    struct db *db = open_with(*state, two, DB_CREATE);
    const char insert[] = "INSERT INTO a(id,t,b,n) VALUES(?,?,?,?)";
    struct db_stmt *st = db_prepare(db, insert);
    char copy[sizeof insert];
    size_t len = 9;

    db_bind_int(st, 1, 7);
    db_bind_text(st, 2, "text");
    db_bind_blob(st, 3, "a\0b", 3);
    db_bind_int(st, 4, INT64_MIN);
    assert_int_equal(db_run(st), 0);
    assert_int_equal(db_last_id(db), 7);
    assert_int_equal(db_changes(db), 1);

    /* The same text elsewhere is the same statement; its bindings are gone. */
    memcpy(copy, insert, sizeof copy);
    assert_ptr_equal(db_prepare(db, copy), st);
    db_bind_int(st, 1, 8);
    db_bind_text(st, 2, NULL);
    db_bind_blob(st, 3, NULL, 0);
    assert_int_equal(db_run(st), 0);
    /* The same pointer with another text is another statement. */
    memcpy(copy, "DELETE FROM a WHERE id=99", 26);
    assert_ptr_not_equal(db_prepare(db, copy), st);

    st = db_prepare(db, "SELECT t,b,n FROM a WHERE id>=7 ORDER BY id");
    assert_int_equal(db_step(st), 1);
    assert_string_equal(db_text(st, 0), "text");
    assert_memory_equal(db_blob(st, 1, &len), "a\0b", 3);
    assert_int_equal(len, 3);
    assert_true(db_int(st, 2) == INT64_MIN);
    assert_int_equal(db_step(st), 1);
    assert_null(db_text(st, 0));
    (void)db_blob(st, 1, &len);
    assert_int_equal(len, 0);
    assert_int_equal(db_step(st), 0);
    db_reset(st);
    db_close(db);
}

static void
test_transactions_and_errors(void **state)
{
    struct db *db = open_with(*state, two, DB_CREATE);
    struct db_stmt *st = db_prepare(db, "INSERT INTO a(id) VALUES(5)");

    assert_int_equal(db_begin(db), 0);
    assert_int_equal(db_run(st), 0);
    assert_int_equal(db_run(st), -1);
    assert_non_null(strstr(db_error(db), "UNIQUE"));
    db_rollback(db);
    db_rollback(db);
    assert_non_null(strstr(db_error(db), "UNIQUE"));
    assert_int_equal(get_int(db, "SELECT count(*) FROM a WHERE id=5"), 0);
    assert_int_equal(db_begin(db), 0);
    assert_int_equal(db_run(st), 0);
    assert_int_equal(db_commit(db), 0);
    assert_int_equal(get_int(db, "SELECT count(*) FROM a WHERE id=5"), 1);
    db_close(db);
}

static void
test_full(void **state)
{
    static char big[200000];
    struct db *db = open_with(*state, two, DB_CREATE);
    struct db_stmt *st = db_prepare(db, "INSERT INTO a(b) VALUES(?)");

    assert_int_equal(db_exec(db, "PRAGMA max_page_count=10"), 0);
    assert_int_equal(db_begin(db), 0);
    db_bind_blob(st, 1, big, sizeof big);
    assert_int_equal(db_run(st), -1);
    assert_true(db_is_full(db));
    db_rollback(db);
    assert_int_equal(db_exec(db, "PRAGMA max_page_count=100000"), 0);
    db_bind_blob(st, 1, big, sizeof big);
    assert_int_equal(db_run(st), 0);
    db_close(db);
}

/* A value over SQLite's bound fails its step, and that step alone. */
static void
test_too_big(void **state)
{
    struct db *db = open_with(*state, two, DB_CREATE);
    struct db_stmt *st = db_prepare(db, "INSERT INTO a(b) VALUES(?)");

    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, 1000);
    db_bind_blob(st, 1, st, 1001);
    assert_int_equal(db_run(st), -1);
    db_bind_blob(st, 1, "x", 1);
    assert_int_equal(db_run(st), 0);
    db_close(db);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_settings),
        IN_DIR(test_migrations),
        IN_DIR(test_not_a_database),
        IN_DIR(test_values),
        IN_DIR(test_transactions_and_errors),
        IN_DIR(test_full),
        IN_DIR(test_too_big),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
