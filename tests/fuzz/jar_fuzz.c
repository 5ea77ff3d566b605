/*
 * jar_fuzz.c - any lines as the Set-Cookie headers of an answer.
 *
 * The limits hold, what is sent would pass as a header, and no cookie reaches
 * a host that is a stranger to the one that set it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "checks/jar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const hosts[] = {
    "https://a.shop.example/x/y?z", "http://shop.example/",
    "http://shop.co.uk/a/../b", "https://192.0.2.7/",
    "http://localhost:8080/x"};

#define HOSTS (sizeof(hosts) / sizeof(hosts[0]))

static void
check_sent(struct jar *jar, const char *url, wall_t now)
{
    struct buf out;

    buf_init(&out, (size_t)JAR_BYTES_MAX * 2);
    assert(jar_format(jar, url, now, &out) == 0);
    assert(memchr(buf_text(&out), '\n', out.len) == NULL);
    assert(memchr(buf_text(&out), '\r', out.len) == NULL);
    assert(strlen(buf_text(&out)) == out.len);
    buf_free(&out);
}

static void
check_stranger(struct jar *jar, const char *url, wall_t now)
{
    struct buf out;

    buf_init(&out, (size_t)JAR_BYTES_MAX * 2);
    assert(jar_format(jar, url, now, &out) == 0);
    assert(out.len == 0);
    buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jar *jar = jar_create();
    wall_t now = {1700000000000};
    size_t at = 0;

    for (size_t turn = 0; at < size; turn++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end != NULL ? (size_t)(end - data) - at : size - at;

        assert(cookie_fate_text(jar_set(jar, hosts[turn % HOSTS],
                                        (const char *)data + at, len, now)));
        assert(jar_count(jar) <= JAR_COOKIES_MAX);
        at += len + 1;
        now.ms += 1000;
    }
    for (size_t i = 0; i < HOSTS; i++)
        check_sent(jar, hosts[i], now);
    check_stranger(jar, "https://evil.test/x/y", now);
    check_stranger(jar, "https://evil.example/x/y", now);
    check_stranger(jar, "https://co.uk/", now);
    check_stranger(jar, "https://evil.co.uk/", now);
    jar_free(jar);
    return 0;
}
