#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/web_wait.c"

#include <string.h>
#include <unistd.h>

#include "controller/controller.h"
#include "tests/lib/web_bed.h"

static void
client_that_leaves_cancels_its_search(void **state)
{
    struct web_bed *bed = *state;
    int tries = 0;
    char *text = str_xprintf("GET /api/v1/results HTTP/1.1\r\nHost: t\r\n"
                             "Authorization: Bearer %s\r\n\r\n",
                             controller_key(bed->controller));

    /* Sent and left at once, many times; then the next is served. */
    for (int i = 0; i < 20; i++) {
        int fd = web_bed_connect(controller_url(bed->controller));

        assert_true(send(fd, text, strlen(text), 0) > 0);
        (void)close(fd);
    }
    /* Busy is an answer too, but not for ever. */
    while (web_bed_order(bed, "GET /api/v1/results", "") == 503 && tries < 1000)
        tries++;
    assert_int_equal(bed->status, 200);
    free(text);
}

static void
listener_that_closes_leaves_nothing_waiting(void **state)
{
    struct web_bed *bed = *state;
    char *text = str_xprintf("GET /checks/home HTTP/1.1\r\nHost: t\r\n"
                             "Authorization: Bearer %s\r\n\r\n",
                             controller_key(bed->controller));
    int fd = web_bed_connect(controller_url(bed->controller));

    assert_true(send(fd, text, strlen(text), 0) > 0);
    assert_int_equal(web_bed_ask(bed, "GET /-/healthy", "", ""), 200);
    (void)close(fd);
    free(text); /* teardown frees the controller with what is under way */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(client_that_leaves_cancels_its_search),
        WEB_BED(listener_that_closes_leaves_nothing_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
