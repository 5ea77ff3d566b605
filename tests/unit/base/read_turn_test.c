#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/read_turn.c"

#include <string.h>
#include <unistd.h>

static void
a_turn_has_an_end(void **state)
{
    char to[16];
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(send(pair[1], "abcdefgh", 8, 0), 8);
    read_turn_begin(5);
    assert_int_equal(recv(pair[0], to, 3, 0), 3);
    assert_int_equal(recv(pair[0], to, sizeof to, MSG_PEEK), 2);
    assert_int_equal(recv(pair[0], to, sizeof to, 0), 2);
    assert_memory_equal(to, "de", 2);
    errno = 0;
    assert_int_equal(recv(pair[0], to, sizeof to, 0), -1);
    assert_int_equal(errno, EAGAIN);
    read_turn_begin(1);
    assert_int_equal(recv(pair[0], to, sizeof to, 0), 1);
    read_turn_end();
    assert_int_equal(recv(pair[0], to, sizeof to, 0), 2);
    assert_memory_equal(to, "gh", 2);
    assert_int_equal(close(pair[0]), 0);
    assert_int_equal(close(pair[1]), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
