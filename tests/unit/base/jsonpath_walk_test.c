/*
 * jsonpath_walk.c: that work is counted wherever it is done, ends at the limit,
 * and that a walk ends when it is told to.  What is selected is
 * jsonpath_test.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_walk.c"

#include <stdio.h>
#include <string.h>

struct seen {
    int count;
    int wanted; /* ends the walk; 0: never */
};

static bool
see(void *cookie, struct json_t *node)
{
    struct seen *seen = cookie;

    assert_non_null(node);
    seen->count++;
    return seen->count != seen->wanted;
}

static struct jsonpath_work
walk(const char *text, json_t *root, struct seen *seen)
{
    struct jsonpath_work work = {.root = root};
    char why[120] = "";
    size_t at = 0;
    struct jsonpath *path = jsonpath_parse(text, &at, why, sizeof(why));

    if (path == NULL)
        fail_msg("%s: %zu %s", text, at, why);
    jsonpath_walk(&work, path, root, see, seen);
    jsonpath_free(path);
    return work;
}

/* [0, 1, ..., count - 1] */
static json_t *
numbers(int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer(i));
    return list;
}

static void
test_visits(void **state)
{
    static const struct {
        const char *path;
        int count;
        int visited;
    } rows[] = {
        {"$", 1, 0},
        {"$[5]", 1, 1},
        {"$[10]", 0, 0},
        {"$[*]", 10, 10},
        {"$[*,*]", 20, 20},
        {"$..*", 10, 21}, /* 11 descended into, 10 selected */
        /* Each element is asked about once; a path in the question walks. */
        {"$[?1==1]", 10, 10},
        {"$[?1==2]", 0, 10},
        {"$[?@]", 10, 10},
        {"$[?$[0]]", 10, 20},
        {"$[?$[*]]", 10, 20}, /* the first one is enough */
        {"$[?count($[*])==10]", 10, 110},
        {"$[?@ == 0 || $[0]]", 10, 19},
        {"$[?$ == $]", 10, 110}, /* the array's ten, ten times */
    };

    json_t *root = numbers(10);
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {.count = 0};
        struct jsonpath_work work = walk(rows[i].path, root, &seen);

        if (seen.count != rows[i].count || work.visited != rows[i].visited ||
            work.fault != NULL)
            fail_msg("%s: %d selected, %d visited", rows[i].path, seen.count,
                     work.visited);
    }
    json_decref(root);
}

static void
test_limit(void **state)
{
    static const char *const over[] = {
        "$[*]",
        "$..a",
        "$[?1==2]",
        "$[?@ > 0]",
        "$[?count($[*]) > 1]",
        "$[?$ == $]",
        "$[?!$[?@ == -1]]",
        "$[0][?@]",
    };
    json_t *inner = numbers(JSONPATH_NODES_MAX + 1);
    json_t *root = numbers(JSONPATH_NODES_MAX + 1);
    (void)state;

    json_array_set_new(root, 0, inner);
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        struct seen seen = {.count = 0};
        struct jsonpath_work work = walk(over[i], root, &seen);

        if (work.fault == NULL ||
            strcmp(work.fault, "json path visited over 10000 nodes") != 0)
            fail_msg("%s: %d", over[i], work.visited);
        assert_true(work.visited <= JSONPATH_NODES_MAX);
    }
    json_decref(root);

    root = numbers(JSONPATH_NODES_MAX);
    {
        struct seen seen = {.count = 0};

        assert_null(walk("$[*]", root, &seen).fault);
        assert_int_equal(seen.count, JSONPATH_NODES_MAX);
    }
    json_decref(root);
}

/* A fault ends everything at once, and stays what it was. */
static void
test_fault_stays(void **state)
{
    struct jsonpath_work work = {.fault = "before"};
    struct seen seen = {.count = 0};
    char why[120];
    size_t at = 0;
    struct jsonpath *path = jsonpath_parse("$", &at, why, sizeof(why));
    json_t *root = json_null();
    (void)state;

    work.root = root;
    jsonpath_walk(&work, path, root, see, &seen);
    assert_int_equal(seen.count, 0);
    assert_false(jsonpath_walk_count(&work, 0));
    assert_false(jsonpath_walk_count(&work, SIZE_MAX));
    assert_string_equal(work.fault, "before");
    jsonpath_free(path);
}

static void
test_early_end(void **state)
{
    static const char *const paths[] = {"$[*]", "$..*", "$[?@ > 0]", "$[2:9:2]",
                                        "$[1,2,3]"};
    json_t *root = numbers(10);
    (void)state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct seen seen = {.wanted = 2};

        (void)walk(paths[i], root, &seen);
        assert_int_equal(seen.count, 2);
    }
    json_decref(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visits),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_fault_stays),
        cmocka_unit_test(test_early_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
