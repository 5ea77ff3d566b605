/*
 * fetch_priv.h - what the files of the fetcher share; nobody else includes it.
 *
 * Ownership   struct fetch owns all it points to; a fetcher owns idle handles.
 * Errors      as fetch.h.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_PRIV_H
#define BASE_FETCH_PRIV_H

#include "base/addr.h"
#include "base/client_cert.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/fetch_answer.h"
#include "base/fetch_multi.h"
#include "base/fetch_opts.h"
#include "base/tcp_seen.h"

struct certs_known;
struct curl_slist;
struct loop_timer;
struct loop_watch;
struct stack_st_X509;

#define FETCH_POOL_MAX   32  /* idle easy handles kept, 6 KB each */
#define FETCH_DETAIL_MAX 384 /* curl's message and our words */

struct fetcher {
    struct loop *loop;
    struct trust *trust;
    struct certs_known *known;
    void *multi;              /* libcurl's CURLM */
    struct loop_timer *timer; /* the one that curl asked for */
    void *pool[FETCH_POOL_MAX];
    size_t pool_count;
    size_t live_count; /* fetches not yet ended */
    size_t handshake_count, handshakes_max;
    struct addr source;  /* len 0: the kernel's choice */
    struct fetch *queue; /* connected, waiting for their handshake */
    struct fetch **queue_end;
    char *reuse_name; /* tls_name under which connections are kept */
    bool has_reuse_name;
    bool is_draining;
    bool is_doomed; /* freed from inside a done(): goes after draining */
};

enum fetch_stage { FETCH_CONNECTING, FETCH_QUEUED, FETCH_RUNNING };

struct fetch {
    struct fetch_job job; /* first: a job is its fetch */
    struct fetcher *fetcher;
    struct fetch_own own;
    fetch_done_fn *done;
    void *cookie;
    struct fetch *next; /* in the queue */
    enum fetch_stage stage;
    struct loop_timer *deadline;
    struct loop_watch *watch; /* until connected */
    int fd;                   /* ours until curl takes it; -1 */
    int curl_fd;              /* that curl connects just now; -1 */
    int connect_errno;
    int64_t connect_us, queue_us, tls_us;
    mono_t started, deadline_at, queued_at;
    mono_t ran;       /* given to curl */
    mono_t opened_at; /* the newest socket; 0: none yet */
    mono_t tls_at;
    mono_t ready_at; /* the request was about to be sent */
    bool is_tls;
    bool is_kept;  /* on a connection that may be reused */
    bool is_ours;  /* the socket is connected by us and not by curl */
    bool is_given; /* ... and is the one that curl has now */
    bool has_slot; /* counted among the handshakes */
    struct loop_timer *slot_timer;
    bool is_late; /* the deadline passed */

    bool has_tunnel; /* the first TLS byte is about to go */
    bool is_secure;  /* the last one of the handshake went */
    bool is_ready;   /* the request may be sent */
    bool is_again;   /* curl would have sent it a second time */
    struct curl_slist *headers;
    struct curl_slist *connect_to;

    struct fetch_answer answer;

    struct stack_st_X509 *chain;    /* as sent */
    struct stack_st_X509 *verified; /* as built up to a root; or NULL */
    int verify;
    bool is_pin_missing;
    int alert;
    bool is_cert_asked; /* for ours; and whether there was one to send */
    bool is_cert_sent;
    struct client_cert cert;
    bool is_closed_well; /* close_notify came */
    bool is_wire_over;   /* more came than fetch_wire_max() */
    size_t wire_bytes;   /* in TLS records */
    const char *tls_protocol;
    char alpn[32];

    struct tcp_seen tcp; /* when the connection was closed */
    int connections;
    char error[256];  /* CURL_ERROR_SIZE */
    char config[128]; /* what is wrong with the options; "": nothing */
};

/* fetch.c: gives waiting fetches the handshake slots that are free. */
void fetch_on_slots(struct fetcher *fetcher);
void fetch_remove_slot(struct fetch *fetch);

/* fetch_words.c: the one line about `error`; "" for none. */
void fetch_words(const struct fetch *fetch, enum fetch_error error,
                 char detail[FETCH_DETAIL_MAX]);

/* fetch_easy.c: a handle from the pool, set for `fetch`; -1: errno. */
int fetch_easy_open(struct fetch *fetch);
void fetch_easy_close(struct fetch *fetch);
/* Our own socket has just connected. */
void fetch_easy_set_connected(struct fetch *fetch);

/* fetch_tls.c: sets curl's context (an SSL_CTX) for `fetch`. */
int fetch_tls_set(struct fetch *fetch, void *ssl_ctx);

/* fetch_judge.c: `result` from all that was seen; `detail` is its text.
 * `code` is curl's, or -1 when curl did not end it. */
void fetch_judge(struct fetch *fetch, int code, struct fetch_result *result,
                 char detail[FETCH_DETAIL_MAX]);

/* Whether a body that only the end of the stream delimits had no such end. */
bool fetch_is_cut(const struct fetch *fetch);
/* Bytes of the body as sent that came, and of the whole; -1: it is not known. */
int64_t fetch_received(const struct fetch *fetch, int64_t *whole);
/* fetch_tls.c: what may come in all, however little of it is the answer. */
size_t fetch_wire_max(const struct fetch *fetch);
/* What is wrong with the head's Content-Length; NULL: nothing. */
const char *fetch_length_fault(const struct fetch *fetch);

#endif
