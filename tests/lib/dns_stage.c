#include "tests/lib/dns_stage.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

size_t
stage_put_name(uint8_t *out, size_t at, const char *text)
{
    while (*text != '\0' && strcmp(text, ".") != 0) {
        size_t len = strcspn(text, ".");

        out[at++] = (uint8_t)len;
        memcpy(out + at, text, len);
        at += len;
        text += len + (text[len] == '.');
    }
    out[at++] = 0;
    return at;
}

size_t
stage_put(uint8_t *out, size_t at, unsigned value, int bytes)
{
    while (bytes-- > 0)
        out[at++] = (uint8_t)(value >> 8 * bytes);
    return at;
}

static size_t
put_data(uint8_t *out, size_t at, const struct stage_rr *rr)
{
    if (rr->type == 1) {
        inet_pton(AF_INET, rr->data, out + at);
        return at + 4;
    }
    if (rr->type == 6) {
        at = stage_put_name(out, at, "ns");
        at = stage_put_name(out, at, "ops");
        at = stage_put(out, at, (unsigned)strtoul(rr->data, NULL, 10), 4);
        memset(out + at, 0, 16);
        return at + 16;
    }
    if (rr->type == 46) {
        at = stage_put(out, at, 1, 2);
        at = stage_put(out, at, 0x0d02, 2);
        at = stage_put(out, at, 60, 4);
        at = stage_put(out, at, (unsigned)strtoul(rr->data, NULL, 10), 4);
        at = stage_put(out, at, 0, 4);
        at = stage_put(out, at, 1, 2);
        at = stage_put_name(out, at, "example");
        return stage_put(out, at, 7, 1);
    }
    return stage_put_name(out, at, rr->data);
}

static size_t
put_rr(uint8_t *out, size_t at, const struct stage_rr *rr)
{
    size_t length;

    at = stage_put_name(out, at, rr->owner);
    at = stage_put(out, at, (unsigned)rr->type, 2);
    at = stage_put(out, at, 1, 2);
    at = stage_put(out, at, 60, 4);
    length = at;
    at = put_data(out, at + 2, rr);
    (void)stage_put(out, length, (unsigned)(at - length - 2), 2);
    out[rr->section + 1]++;
    return at;
}

static const struct stage_row *
find(const struct stage *stage, int server, const char *name, int type)
{
    for (size_t i = 0; i < stage->row_count; i++) {
        const struct stage_row *row = &stage->row[i];

        if (row->at == server && strcasecmp(row->name, name) == 0 &&
            (row->type == 0 || row->type == type))
            return row;
    }
    return NULL;
}

size_t
stage_answer(struct stage *stage, int server, const uint8_t *in, uint8_t *out)
{
    char name[256] = "";
    size_t at = 12;
    size_t used = 0;
    const struct stage_row *row;

    while (in[at] != 0) {
        memcpy(name + used, in + at + 1, in[at]);
        used += in[at];
        at += in[at] + 1u;
        name[used++] = '.';
    }
    name[used > 0 ? used - 1 : 0] = '\0';
    row = find(stage, server, name, in[at + 1] << 8 | in[at + 2]);
    stage->recursive[server] += in[2] & 1;
    at += 5;
    memcpy(out, in, at);
    out[2] = (uint8_t)(0x80 | (in[2] & 1) | (row && row->aa ? 4 : 0));
    out[3] = (uint8_t)((server == 0 ? 0x80 : 0) | (row ? row->rcode : 5));
    memset(out + 6, 0, 6);
    for (size_t i = 0; row && i < STAGE_RRS && row->rr[i].owner; i++)
        at = put_rr(out, at, &row->rr[i]);
    return at;
}

static void *
serve(void *cookie)
{
    struct stage *stage = cookie;
    struct pollfd fds[STAGE_SERVERS + 1];

    for (int i = 0; i < STAGE_SERVERS; i++)
        fds[i] = (struct pollfd){.fd = stage->fd[i], .events = POLLIN};
    fds[STAGE_SERVERS] =
        (struct pollfd){.fd = stage->stop_fd[0], .events = POLLIN};
    while (poll(fds, STAGE_SERVERS + 1, -1) > 0 &&
           fds[STAGE_SERVERS].revents == 0) {
        for (int i = 0; i < STAGE_SERVERS; i++) {
            uint8_t in[1500] = {0};
            uint8_t out[4096];
            struct sockaddr_in from;
            socklen_t len = sizeof(from);

            if (fds[i].revents == 0 ||
                recvfrom(stage->fd[i], in, sizeof(in), MSG_DONTWAIT,
                         (struct sockaddr *)&from, &len) < 17)
                continue;
            stage->asked[i]++;
            sendto(stage->fd[i], out, stage_answer(stage, i, in, out), 0,
                   (struct sockaddr *)&from, len);
        }
    }
    return NULL;
}

static bool
bind_all(struct stage *stage)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);

    for (int i = 0; i < STAGE_SERVERS; i++) {
        in.sin_addr.s_addr = htonl(0x7f00000au + (unsigned)i);
        in.sin_port = htons(stage->port);
        stage->fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (bind(stage->fd[i], (struct sockaddr *)&in, sizeof(in)) != 0) {
            while (i >= 0)
                close(stage->fd[i--]);
            return false;
        }
        getsockname(stage->fd[i], (struct sockaddr *)&in, &len);
        stage->port = ntohs(in.sin_port);
    }
    return true;
}

void
stage_open(struct stage *stage, const struct stage_row *row, size_t count)
{
    memset(stage, 0, sizeof(*stage));
    stage->row = row;
    stage->row_count = count;
    while (!bind_all(stage))
        stage->port = 0;
    assert_int_equal(pipe(stage->stop_fd), 0);
    assert_int_equal(pthread_create(&stage->thread, NULL, serve, stage), 0);
}

void
stage_close(struct stage *stage)
{
    assert_int_equal(write(stage->stop_fd[1], "x", 1), 1);
    pthread_join(stage->thread, NULL);
    for (int i = 0; i < STAGE_SERVERS; i++)
        close(stage->fd[i]);
    close(stage->stop_fd[0]);
    close(stage->stop_fd[1]);
}

const char *
stage_at(const struct stage *stage, int server, char to[32])
{
    snprintf(to, 32, "127.0.0.%d:%u", 10 + server, stage->port);
    return to;
}
