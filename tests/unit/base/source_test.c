/* source_test.c - what a listener on loopback sees of who comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/source.c"

static void
connect_from(const char *source, const char *seen)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct addr at = {0}, from = {0}, peer = {.len = sizeof peer.ss};
    char text[ADDR_TEXT_MAX];
    int door;

    assert_int_equal(addr_parse_ip(&at, "127.0.0.1", 0), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at.ss, at.len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at.ss, &at.len),
                     0);
    if (source != NULL)
        assert_int_equal(addr_parse_ip(&from, source, 0), 0);
    assert_int_equal(source_set(fd, AF_INET, &from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at.ss, at.len), 0);
    door = accept(listener, (struct sockaddr *)&peer.ss, &peer.len);
    assert_true(door >= 0);
    assert_string_equal(addr_format_ip(text, &peer), seen);
    close(door);
    close(fd);
    close(listener);
}

static void
it_comes_from_there(void **unused)
{
    (void)unused;
    connect_from("127.77.3.9", "127.77.3.9");
    connect_from(NULL, "127.0.0.1");
    connect_from("::1", "127.0.0.1"); /* of no use to this family */
}

static void
an_address_of_another_machine_is_an_error(void **unused)
{
    struct addr from;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)unused;
    assert_int_equal(addr_parse_ip(&from, "192.0.2.1", 0), 0);
    assert_int_equal(source_set(fd, AF_INET, &from), -1);
    assert_int_equal(source_set(fd, AF_INET, NULL), 0);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_from_there),
        cmocka_unit_test(an_address_of_another_machine_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
