/*
 * One SMTP transfer by libcurl, on the multi handle of the fetcher, to an
 * address from our resolver; the next address is tried only while none has
 * connected.
 *
 * What the server said decides: 5yz is final, all else (4yz, the network, a
 * certificate, a STARTTLS that is not offered) may be better later, and a page
 * that could have been delivered must not be given up.
 */
#include "base/mail.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/call.h"
#include "base/fetch_priv.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/str.h"

#define HOST_MAX   256 /* a DNS name and NUL */
#define DETAIL_MAX 640 /* a host and curl's message */
#define SPEC_MAX   320 /* a mailbox: 64 + 1 + 255, RFC 5321 4.5.3.1 */

enum security { PLAIN, WHOLE_TLS, STARTTLS };

static const struct {
    const char *prefix;
    enum security security;
    uint16_t port;
} schemes[] = {
    {"smtp://", PLAIN, 25},
    {"smtps://", WHOLE_TLS, 465},
    {"smtp+starttls://", STARTTLS, 587},
};

struct mail {
    struct fetch_job job; /* first: a job is its mail */
    struct call_net net;
    struct loop *loop;
    mail_done_fn *done;
    void *cookie;
    struct resolver_query *query;
    struct loop_timer *timer; /* the deadline, or the end that is under way */
    bool is_on;               /* on the multi */
    bool has_begun;           /* a server answered: no other address then */
    enum security security;
    char host[HOST_MAX];
    uint16_t port;
    char *user;
    char *password;
    char *from;
    char *message;
    size_t message_len;
    size_t sent;
    struct curl_slist *to;
    struct curl_slist *connect_to;
    struct addr addrs[RESOLVER_ADDRS_MAX];
    size_t addr_count;
    size_t next;
    enum mail_outcome outcome;
    char detail[DETAIL_MAX];
    char error[CURL_ERROR_SIZE];
};

/* Addresses go into SMTP commands: nothing in them may end a line or a path. */
static bool
is_mailbox(const char *text)
{
    size_t i;
    size_t len = strlen(text);

    for (i = 0; i < len; i++) {
        if ((uint8_t)text[i] <= 0x20 || text[i] == '<' || text[i] == '>' ||
            text[i] == 0x7f)
            return false;
    }
    return len > 0 && len <= SPEC_MAX;
}

static int
parse_server(struct mail *mail, const char *server)
{
    size_t i;

    for (i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const char *rest = server + strlen(schemes[i].prefix);

        if (!str_starts(server, schemes[i].prefix))
            continue;
        mail->security = schemes[i].security;
        mail->port = schemes[i].port;
        return addr_split(rest, mail->host, sizeof mail->host, &mail->port);
    }
    return -1;
}

static void
take_off(struct mail *mail)
{
    if (mail->is_on)
        fetch_multi_remove(mail->net.fetcher, &mail->job);
    mail->is_on = false;
}

static void
destroy(struct mail *mail)
{
    take_off(mail);
    if (mail->job.easy != NULL)
        curl_easy_cleanup(mail->job.easy);
    resolver_cancel(mail->query);
    loop_timer_cancel(mail->timer);
    curl_slist_free_all(mail->to);
    curl_slist_free_all(mail->connect_to);
    if (mail->password != NULL)
        explicit_bzero(mail->password, strlen(mail->password));
    free(mail->user);
    free(mail->password);
    free(mail->from);
    free(mail->message);
    free(mail);
}

static void
end(struct mail *mail, enum mail_outcome outcome)
{
    take_off(mail);
    mail->net.fetcher->live_count--;
    mail->done(mail->cookie, outcome, mail->detail);
    destroy(mail);
}

static void
on_end(void *cookie)
{
    struct mail *mail = cookie;
    struct fetcher *fetcher = mail->net.fetcher;

    mail->timer = NULL;
    fetch_multi_enter(fetcher);
    end(mail, mail->outcome);
    fetch_multi_leave(fetcher);
}

/* The end, from the loop, for a reason that is known now. */
static void
end_soon(struct mail *mail, enum mail_outcome outcome, const char *detail)
{
    loop_timer_cancel(mail->timer);
    mail->outcome = outcome;
    str_copy(mail->detail, sizeof mail->detail, detail);
    mail->timer = loop_timer_start(mail->loop, 0, on_end, mail);
}

static void
on_deadline(void *cookie)
{
    struct mail *mail = cookie;

    mail->outcome = MAIL_LATER;
    str_copy(mail->detail, sizeof mail->detail,
             "the mail server did not take the message in time");
    on_end(mail);
}

static size_t
on_send(char *to, size_t size, size_t count, void *cookie)
{
    struct mail *mail = cookie;
    size_t left = mail->message_len - mail->sent;
    size_t n = size * count < left ? size * count : left;

    memcpy(to, mail->message + mail->sent, n);
    mail->sent += n;
    return n;
}

/* Every line of the server's; nothing of it is kept. */
static size_t
on_reply(char *data, size_t size, size_t count, void *cookie)
{
    struct mail *mail = cookie;
    (void)data;

    mail->has_begun = true;
    return size * count;
}

static CURLcode
on_ssl_ctx(CURL *easy, void *ssl_ctx, void *cookie)
{
    const struct mail *mail = cookie;
    (void)easy;

    fetch_tls_set_store(ssl_ctx, mail->net.fetcher->trust);
    return CURLE_OK;
}

static void
set_security(CURL *easy, const struct mail *mail)
{
    long want = mail->security == STARTTLS ? (long)CURLUSESSL_ALL
                                           : (long)CURLUSESSL_NONE;

    curl_easy_setopt(easy, CURLOPT_USE_SSL, want);
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS,
                     (long)CURLSSLOPT_NO_PARTIALCHAIN);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
}

static void
set_message(CURL *easy, struct mail *mail)
{
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, mail->to);
    curl_easy_setopt(easy, CURLOPT_USERNAME, mail->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, mail->password);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, mail);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     (curl_off_t)mail->message_len);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, mail);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_reply);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, mail);
}

static CURL *
make_easy(struct mail *mail)
{
    CURL *easy = curl_easy_init();
    char url[HOST_MAX + 32];
    bool is_v6 = strchr(mail->host, ':') != NULL;

    if (easy == NULL)
        return NULL;
    snprintf(url, sizeof url, is_v6 ? "%s://[%s]:%u" : "%s://%s:%u",
             mail->security == WHOLE_TLS ? "smtps" : "smtp", mail->host,
             (unsigned)mail->port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mail->error);
    /* curl waits for the last replies inside its call: not long. */
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, mail);
    set_security(easy, mail);
    set_message(easy, mail);
    return easy;
}

/* The next allowed address; false when there is none. */
static bool
try_next(struct mail *mail)
{
    char where[ADDR_TEXT_MAX];
    char line[ADDR_TEXT_MAX + 4];
    const struct addr *addr;

    do {
        if (mail->next == mail->addr_count)
            return false;
        addr = &mail->addrs[mail->next++];
    } while (mail->net.policy != NULL && !addr_allowed(mail->net.policy, addr));
    snprintf(line, sizeof line, "::%s", addr_format(where, addr));
    curl_slist_free_all(mail->connect_to);
    mail->connect_to = curl_slist_append(NULL, line);
    curl_easy_setopt(mail->job.easy, CURLOPT_CONNECT_TO, mail->connect_to);
    mail->sent = 0;
    mail->error[0] = '\0';
    if (mail->connect_to == NULL ||
        fetch_multi_add(mail->net.fetcher, &mail->job) != 0)
        return false;
    mail->is_on = true;
    return true;
}

/* What came of it, from the server's last word. */
static enum mail_outcome
outcome_of(struct mail *mail, int code)
{
    long reply = 0;

    curl_easy_getinfo(mail->job.easy, CURLINFO_RESPONSE_CODE, &reply);
    if (code == CURLE_OK) {
        snprintf(mail->detail, sizeof mail->detail, "accepted by %s",
                 mail->host);
        return MAIL_ACCEPTED;
    }
    snprintf(mail->detail, sizeof mail->detail, "%s:%u: %s", mail->host,
             (unsigned)mail->port,
             mail->error[0] ? mail->error : curl_easy_strerror((CURLcode)code));
    return reply >= 500 && reply <= 599 ? MAIL_REFUSED : MAIL_LATER;
}

static void
on_ended(struct fetch_job *job, int code)
{
    struct mail *mail = (struct mail *)(void *)job;

    take_off(mail);
    if (code != CURLE_OK && !mail->has_begun && try_next(mail))
        return;
    end(mail, outcome_of(mail, code));
}

static void
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct mail *mail = cookie;
    size_t i;

    mail->query = NULL;
    for (i = 0; i < answer->count; i++) {
        mail->addrs[i] = answer->addrs[i];
        addr_set_port(&mail->addrs[i], mail->port);
    }
    mail->addr_count = answer->count;
    if (!try_next(mail))
        end_soon(mail, MAIL_LATER,
                 answer->count > 0
                     ? "the address policy allows no address of the mail server"
                     : "the name of the mail server has no address");
}

static struct mail *
make(const struct call_net *net, const struct mail_opts *opts)
{
    struct mail *mail = str_xcalloc(1, sizeof *mail);

    mail->net = *net;
    mail->loop = net->fetcher->loop;
    mail->user = str_xdup(opts->user);
    mail->password = str_xdup(opts->password);
    mail->from = str_xdup(opts->from);
    mail->to = curl_slist_append(NULL, opts->to);
    mail->message = malloc(opts->message_len + 1);
    if (mail->message != NULL)
        memcpy(mail->message, opts->message, opts->message_len);
    mail->message_len = opts->message_len;
    mail->job.ended = on_ended;
    return mail;
}

struct mail *
mail_start(const struct call_net *net, const struct mail_opts *opts,
           mail_done_fn *done, void *cookie)
{
    struct mail *mail = make(net, opts);
    bool is_server;

    assert(opts->timeout_ns > 0 && done != NULL);
    mail->done = done;
    mail->cookie = cookie;
    is_server = parse_server(mail, opts->server) == 0;
    mail->job.easy = make_easy(mail);
    if (mail->message == NULL || mail->to == NULL || mail->job.easy == NULL) {
        destroy(mail);
        errno = ENOMEM;
        return NULL;
    }
    net->fetcher->live_count++;
    if (!is_server || !is_mailbox(opts->from) || !is_mailbox(opts->to)) {
        end_soon(mail, MAIL_REFUSED,
                 is_server ? "an address of the message is malformed"
                           : "the mail server is not smtp://HOST[:PORT], "
                             "smtps:// or smtp+starttls://");
        return mail;
    }
    mail->timer =
        loop_timer_start(mail->loop, opts->timeout_ns, on_deadline, mail);
    mail->query = resolver_start(net->resolver, mail->host, RESOLVER_ANY,
                                 opts->timeout_ns, on_resolved, mail);
    return mail;
}

void
mail_cancel(struct mail *mail)
{
    if (mail == NULL)
        return;
    mail->net.fetcher->live_count--;
    destroy(mail);
}
