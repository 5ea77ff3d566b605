/*
 * How an exchange over TLS goes, unless its connection may be kept:
 *
 *   connecting   our own socket; its error and its time are the kernel's
 *   queued       waits while too many handshakes are in progress,
 *                because each costs 2 ms of CPU and they would all become late
 *                together; one that waits for its server soon leaves its slot
 *   running      curl has the socket, until it, or the deadline, ends it
 *
 * Without TLS curl has it from the start, which saves a tenth of the CPU.  A
 * connection that may be kept is made by curl too, which alone knows whether it
 * has one already.  Such connections are kept for one set of authorities (the
 * fetcher's own) and one expected name: curl cannot tell them apart, and one
 * verified for another name must never carry a request.
 */
#include "base/fetch.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/certs.h"
#include "base/certs_known.h"
#include "base/fetch_priv.h"
#include "base/fetch_proxy.h"
#include "base/loop.h"
#include "base/source.h"
#include "base/str.h"
#include "base/trust.h"
#include "base/wiped_heap.h"

#define HEADER_MAX_DEFAULT ((size_t)256 * 1024)
#define BODY_MAX_DEFAULT   ((size_t)1024 * 1024)
#define HANDSHAKES_DEFAULT 4
#define NOT_CURL           (-1) /* ended by us, not by curl */

/* A handshake costs 2 ms of CPU here; one that takes longer than this waits
 * for the network, and others need not wait with it. */
#define SLOT_NS (20 * NS_PER_MS)

struct fetcher *
fetcher_create(struct loop *loop, const struct fetcher_opts *opts)
{
    struct fetcher *fetcher = str_xcalloc(1, sizeof *fetcher);

    /* Requests and answers hold secrets, and curl keeps copies of them. */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiped_heap_free,
                             wiped_heap_realloc, strdup, calloc) != CURLE_OK) {
        free(fetcher);
        errno = ENOMEM;
        return NULL;
    }
    fetcher->loop = loop;
    fetcher->trust = opts->trust ? trust_ref(opts->trust) : NULL;
    fetcher->known = certs_known_create();
    fetcher->handshakes_max =
        opts->handshakes_max ? opts->handshakes_max : HANDSHAKES_DEFAULT;
    fetcher->queue_end = &fetcher->queue;
    if (opts->source != NULL)
        fetcher->source = *opts->source;
    if (fetch_multi_open(fetcher) != 0) {
        certs_known_free(fetcher->known);
        trust_free(fetcher->trust);
        free(fetcher);
        curl_global_cleanup();
        return NULL;
    }
    return fetcher;
}

void
fetcher_free(struct fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    assert(fetcher->live_count == 0);
    if (fetcher->is_draining) {
        fetcher->is_doomed = true;
        return;
    }
    while (fetcher->pool_count > 0)
        curl_easy_cleanup(fetcher->pool[--fetcher->pool_count]);
    fetch_multi_close(fetcher);
    certs_known_free(fetcher->known);
    trust_free(fetcher->trust);
    free(fetcher->reuse_name);
    free(fetcher);
    curl_global_cleanup();
}

struct loop *
fetcher_loop(const struct fetcher *fetcher)
{
    return fetcher->loop;
}

struct trust *
fetcher_trust(const struct fetcher *fetcher)
{
    return fetcher->trust;
}

static void
unqueue(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    struct fetch **at = &fetcher->queue;

    while (*at != NULL && *at != fetch)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = fetch->next;
    if (*at == NULL)
        fetcher->queue_end = at;
}

void
fetch_remove_slot(struct fetch *fetch)
{
    if (!fetch->has_slot)
        return;
    assert(fetch->fetcher->handshake_count > 0);
    fetch->fetcher->handshake_count--;
    fetch->has_slot = false;
    loop_timer_cancel(fetch->slot_timer);
    fetch->slot_timer = NULL;
}

static void
on_slot_over(void *cookie)
{
    struct fetch *fetch = cookie;

    fetch->slot_timer = NULL;
    fetch_remove_slot(fetch);
    fetch_on_slots(fetch->fetcher);
}

static void
add_slot(struct fetch *fetch)
{
    fetch->fetcher->handshake_count++;
    fetch->has_slot = true;
    fetch->slot_timer =
        loop_timer_start(fetch->fetcher->loop, SLOT_NS, on_slot_over, fetch);
}

/* Closes and frees what runs; the results stay in `fetch`. */
static void
stop(struct fetch *fetch)
{
    loop_timer_cancel(fetch->deadline);
    fetch->deadline = NULL;
    loop_watch_cancel(fetch->watch);
    fetch->watch = NULL;
    if (fetch->stage == FETCH_QUEUED)
        unqueue(fetch);
    if (fetch->stage == FETCH_RUNNING && fetch->job.easy != NULL)
        fetch_multi_remove(fetch->fetcher, &fetch->job);
    fetch_remove_slot(fetch);
    if (fetch->fd >= 0)
        close(fetch->fd);
    fetch->fd = -1;
}

static void
destroy(struct fetch *fetch)
{
    fetch_easy_close(fetch);
    fetch_opts_free(&fetch->own);
    fetch_answer_close(&fetch->answer);
    client_cert_free(&fetch->cert);
    sk_X509_pop_free(fetch->chain, X509_free);
    sk_X509_pop_free(fetch->verified, X509_free);
    free(fetch);
}

static struct certs *
certs_seen(const struct fetch *fetch)
{
    wall_t now = loop_wall(fetch->fetcher->loop);
    struct certs *certs;

    if (fetch->chain == NULL)
        return NULL;
    certs = certs_of(fetch->chain, now);
    if (fetch->verified != NULL)
        certs_set_verified(certs, fetch->verified, now);
    return certs;
}

static void
end(struct fetch *fetch, int code)
{
    struct fetcher *fetcher = fetch->fetcher;
    struct fetch_result result;
    char detail[FETCH_DETAIL_MAX];
    curl_socket_t kept = CURL_SOCKET_BAD;
    struct certs *certs;

    if (fetch->is_kept && fetch->job.easy != NULL) {
        curl_easy_getinfo(fetch->job.easy, CURLINFO_ACTIVESOCKET, &kept);
        if (kept != CURL_SOCKET_BAD)
            (void)tcp_seen_get(&fetch->tcp, kept);
    }
    stop(fetch);
    fetch_judge(fetch, code, &result, detail);
    certs = certs_seen(fetch);
    result.certs = certs;
    fetcher->live_count--;
    fetch->done(fetch->cookie, &result);
    certs_free(certs);
    destroy(fetch);
}

static void
on_ended(struct fetch_job *job, int code)
{
    end((struct fetch *)(void *)job, code);
}

/* From a timer or a watch: the fetcher may be freed by done(). */
static void
end_from_loop(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;

    fetch_multi_enter(fetcher);
    end(fetch, NOT_CURL);
    fetch_multi_leave(fetcher);
}

static void on_connected(void *cookie, int fd, unsigned events);

/* A loop that is late may find the end of the connect timeout and the
 * connection at once; the connection was first. */
static bool
is_connected_after_all(struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);
    struct pollfd at = {.fd = fetch->fd, .events = POLLOUT};

    return fetch->stage == FETCH_CONNECTING && fetch->watch != NULL &&
           clock_since_ns(now, fetch->deadline_at) > 0 && poll(&at, 1, 0) == 1;
}

static void
on_deadline(void *cookie)
{
    struct fetch *fetch = cookie;

    fetch->deadline = NULL;
    if (is_connected_after_all(fetch)) {
        on_connected(fetch, fetch->fd, LOOP_WRITE);
        return;
    }
    fetch->is_late = true;
    end_from_loop(fetch);
}

static void
on_connect_failed(void *cookie)
{
    struct fetch *fetch = cookie;

    fetch->deadline = NULL;
    end_from_loop(fetch);
}

/* Gives the exchange to curl; -1: errno, nothing runs. */
static int
run(struct fetch *fetch)
{
    fetch->ran = loop_now(fetch->fetcher->loop);
    if (fetch->stage == FETCH_QUEUED)
        fetch->queue_us =
            clock_since_ns(fetch->queued_at, fetch->ran) / NS_PER_US;
    if (fetch_easy_open(fetch) != 0)
        return -1;
    if (fetch_multi_add(fetch->fetcher, &fetch->job) != 0) {
        fetch_easy_close(fetch);
        return -1;
    }
    fetch->stage = FETCH_RUNNING;
    return 0;
}

/* Later, from the loop, this fetch reports `err` as its connection's. */
static void
fail_soon(struct fetch *fetch, int err)
{
    loop_timer_cancel(fetch->deadline);
    fetch->connect_errno = err;
    fetch->deadline =
        loop_timer_start(fetch->fetcher->loop, 0, on_connect_failed, fetch);
}

void
fetch_on_slots(struct fetcher *fetcher)
{
    struct fetch *fetch;

    while ((fetch = fetcher->queue) != NULL &&
           fetcher->handshake_count < fetcher->handshakes_max) {
        unqueue(fetch);
        add_slot(fetch);
        if (run(fetch) != 0) {
            fetch->stage = FETCH_CONNECTING;
            fail_soon(fetch, errno);
        }
    }
}

static void
enqueue(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;

    fetch->stage = FETCH_QUEUED;
    fetch->queued_at = loop_now(fetcher->loop);
    fetch->next = NULL;
    *fetcher->queue_end = fetch;
    fetcher->queue_end = &fetch->next;
    fetch_on_slots(fetcher);
}

/* The connection has its own, shorter deadline no more. */
static void
set_whole_deadline(struct fetch *fetch)
{
    struct loop *loop = fetch->fetcher->loop;

    loop_timer_cancel(fetch->deadline);
    fetch->deadline = loop_timer_start(
        loop, clock_since_ns(loop_now(loop), fetch->deadline_at), on_deadline,
        fetch);
}

static void
on_connected(void *cookie, int fd, unsigned events)
{
    struct fetch *fetch = cookie;
    struct fetcher *fetcher = fetch->fetcher;
    socklen_t len = sizeof fetch->connect_errno;
    (void)events;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fetch->connect_errno, &len) != 0)
        fetch->connect_errno = errno;
    loop_watch_cancel(fetch->watch);
    fetch->watch = NULL;
    if (fetch->connect_errno != 0) {
        end_from_loop(fetch);
        return;
    }
    fetch_easy_set_connected(fetch);
    if (fetch->own.opts.connect_timeout_ns > 0)
        set_whole_deadline(fetch);
    enqueue(fetch);
    fetch_multi_kick(fetcher);
}

/* Opens the socket; -1: errno, this machine cannot even try. */
static int
begin_connect(struct fetch *fetch)
{
    const struct addr *to = &fetch->own.address;
    int fd =
        socket(to->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    fetch->fd = fd;
    fetch->opened_at = fetch->started;
    if (source_set(fd, to->ss.ss_family, &fetch->fetcher->source) != 0 ||
        (connect(fd, (const struct sockaddr *)&to->ss, to->len) != 0 &&
         errno != EINPROGRESS)) {
        fail_soon(fetch, errno);
        return 0;
    }
    fetch->watch = loop_watch_start(fetch->fetcher->loop, fd, LOOP_WRITE,
                                    on_connected, fetch);
    return fetch->watch ? 0 : -1;
}

/* What cannot work is found before anything is sent. */
static int
check_opts(struct fetch *fetch)
{
    const struct fetch_opts *opts = &fetch->own.opts;
    const struct client_cert_text text = {opts->cert_pem, opts->cert_pem_len,
                                          opts->key_pem, opts->key_pem_len};

    if (fetch_opts_check(opts, fetch->config, sizeof fetch->config) != 0 ||
        fetch_proxy_check(opts, fetch->config, sizeof fetch->config) != 0)
        return -1;
    if (opts->cert_pem == NULL)
        return 0;
    return client_cert_parse(&fetch->cert, &text, fetch->config,
                             sizeof fetch->config);
}

static int
begin(struct fetch *fetch)
{
    if (check_opts(fetch) != 0) {
        fail_soon(fetch, 0);
        return 0;
    }
    return fetch->is_ours ? begin_connect(fetch) : run(fetch);
}

/* Whether the connection may be kept, and one that was kept be used. */
static bool
may_keep(struct fetcher *fetcher, const struct fetch_opts *opts)
{
    if (!(opts->flags & FETCH_REUSE) || opts->ca_pin != NULL ||
        opts->cert_pem != NULL ||
        (opts->trust != NULL && opts->trust != fetcher->trust))
        return false;
    if (!fetcher->has_reuse_name) {
        fetcher->reuse_name = str_xdup(opts->tls_name);
        fetcher->has_reuse_name = true;
    }
    return str_eq(fetcher->reuse_name, opts->tls_name);
}

static int64_t
first_timeout_ns(const struct fetch *fetch)
{
    int64_t own = fetch->own.opts.connect_timeout_ns;
    int64_t whole = fetch->own.opts.timeout_ns;

    return own > 0 && own < whole && fetch->is_ours ? own : whole;
}

static struct fetch *
make(struct fetcher *fetcher, const struct fetch_opts *opts)
{
    struct fetch *fetch = str_xcalloc(1, sizeof *fetch);

    fetch->fetcher = fetcher;
    fetch->fd = fetch->curl_fd = -1;
    fetch->tcp = TCP_SEEN_NONE;
    fetch->connect_us = fetch->alert = -1;
    if (fetch_opts_copy(&fetch->own, opts) != 0) {
        free(fetch);
        return NULL;
    }
    if (fetch->own.opts.header_max == 0)
        fetch->own.opts.header_max = HEADER_MAX_DEFAULT;
    if (fetch->own.opts.body_max == 0)
        fetch->own.opts.body_max = BODY_MAX_DEFAULT;
    fetch_answer_open(&fetch->answer, &fetch->own.opts);
    fetch->is_tls = strncasecmp(opts->url, "https:", 6) == 0;
    fetch->is_kept = may_keep(fetcher, opts);
    fetch->is_ours = fetch->is_tls && !fetch->is_kept;
    fetch->job.ended = on_ended;
    return fetch;
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_opts *opts,
            fetch_done_fn *done, void *cookie)
{
    struct loop *loop = fetcher->loop;
    struct fetch *fetch;
    int err;

    assert(opts->url != NULL && opts->address != NULL && done != NULL);
    assert(opts->timeout_ns > 0);
    fetch = make(fetcher, opts);
    if (fetch == NULL)
        return NULL;
    fetch->done = done;
    fetch->cookie = cookie;
    fetch->started = loop_now(loop);
    fetch->deadline_at = clock_after(fetch->started, opts->timeout_ns);
    fetch->deadline =
        loop_timer_start(loop, first_timeout_ns(fetch), on_deadline, fetch);
    if (begin(fetch) != 0) {
        err = errno;
        stop(fetch);
        destroy(fetch);
        errno = err;
        return NULL;
    }
    fetcher->live_count++;
    return fetch;
}

void
fetch_cancel(struct fetch *fetch)
{
    struct fetcher *fetcher;

    if (fetch == NULL)
        return;
    fetcher = fetch->fetcher;
    stop(fetch);
    destroy(fetch);
    fetcher->live_count--;
    fetch_on_slots(fetcher);
}
