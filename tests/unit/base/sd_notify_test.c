/* sd_notify_test.c - the datagram arrives; without a listener nothing does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sd_notify.c"

#include <stdio.h>

static void
ready_arrives(void **state)
{
    char dir[] = "/tmp/notify_XXXXXX", got[64] = "";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
    sd_notify_send("READY=1");
    assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
    assert_string_equal(got, "READY=1");
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    sd_notify_send("READY=1");
    assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), -1);
    (void)close(fd);
    (void)unlink(at.sun_path);
    (void)rmdir(dir);
}

static void
watchdog_is_half(void **state)
{
    (void)state;
    (void)unsetenv("WATCHDOG_USEC");
    assert_int_equal(sd_notify_watchdog_ns(), 0);
    (void)setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(sd_notify_watchdog_ns(), 15 * NS_PER_S);
    (void)setenv("WATCHDOG_USEC", "-1", 1);
    assert_int_equal(sd_notify_watchdog_ns(), 0);
    (void)setenv("WATCHDOG_USEC", "x", 1);
    assert_int_equal(sd_notify_watchdog_ns(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_arrives),
        cmocka_unit_test(watchdog_is_half),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
