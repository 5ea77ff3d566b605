/* hosts_test.c - no name that the file holds is missed, however it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hosts.c"

#include <stdio.h>
#include <unistd.h>

struct bed {
    char path[64];
    struct hosts *hosts;
    mono_t now;
};

/* A second after the last time. */
static bool
may_hold(struct bed *bed, const char *name)
{
    bed->now = clock_after(bed->now, HOSTS_FRESH_NS);
    return hosts_may_hold(bed->hosts, name, bed->now);
}

static void
write_text(const struct bed *bed, const char *text)
{
    assert_int_equal(file_replace(bed->path, text, strlen(text), 0644), 0);
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));
    int fd;

    assert_non_null(bed);
    (void)snprintf(bed->path, sizeof(bed->path), "/tmp/hosts-test-XXXXXX");
    fd = mkstemp(bed->path);
    assert_true(fd >= 0);
    (void)close(fd);
    bed->hosts = hosts_create(bed->path);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    hosts_free(bed->hosts);
    (void)unlink(bed->path);
    free(bed);
    return 0;
}

static void
finds_names_in_any_spelling(void **state)
{
    struct bed *bed = *state;

    write_text(bed, "127.0.0.1\tlocalhost\n192.0.2.1 Shop.Example pay\n");
    assert_true(may_hold(bed, "localhost"));
    assert_true(may_hold(bed, "shop.example"));
    assert_true(may_hold(bed, "SHOP.EXAMPLE."));
    assert_true(may_hold(bed, "pay"));
    assert_true(may_hold(bed, "example")); /* a part: may */
    assert_false(may_hold(bed, "www.shop.example"));
    assert_false(may_hold(bed, "other.example"));
}

static void
follows_the_file(void **state)
{
    struct bed *bed = *state;

    write_text(bed, "192.0.2.1 one\n");
    assert_false(may_hold(bed, "two"));
    write_text(bed, "192.0.2.1 two\n"); /* of the same size */
    assert_true(may_hold(bed, "two"));
    assert_false(may_hold(bed, "one"));
    assert_int_equal(unlink(bed->path), 0);
    assert_false(may_hold(bed, "two"));
    write_text(bed, "192.0.2.1 one\n");
    assert_true(may_hold(bed, "one"));
}

/* Within the second the file is not looked at; at its end it is. */
static void
looks_once_a_second(void **state)
{
    struct bed *bed = *state;

    write_text(bed, "192.0.2.1 one\n");
    assert_true(may_hold(bed, "one"));
    write_text(bed, "192.0.2.1 two and more\n");
    assert_false(hosts_may_hold(bed->hosts, "two",
                                clock_after(bed->now, HOSTS_FRESH_NS - 1)));
    assert_true(hosts_may_hold(bed->hosts, "two",
                               clock_after(bed->now, HOSTS_FRESH_NS)));
}

static void
what_is_not_known_may_be_there(void **state)
{
    struct bed *bed = *state;
    char *big = malloc(HOSTS_BYTES_MAX + 2);
    char name[400];

    assert_non_null(big);
    memset(big, '#', HOSTS_BYTES_MAX + 1);
    big[HOSTS_BYTES_MAX + 1] = '\0';
    write_text(bed, big);
    free(big);
    assert_true(may_hold(bed, "any"));
    write_text(bed, "");
    assert_false(may_hold(bed, "any"));
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_true(may_hold(bed, name));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_names_in_any_spelling),
        TEST(follows_the_file),
        TEST(looks_once_a_second),
        TEST(what_is_not_known_may_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
