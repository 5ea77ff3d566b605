/*
 * A context of libunbound is made for each proof and asks the one server whose
 * answer is in question: all questions, or those of the zone it is responsible
 * for while the resolver answers what lies above.  Making one costs 2 ms; its
 * cache is what must not live on.
 *
 * libunbound calls back from within its own functions, where a context may not
 * be freed: done() is told from a timer of ours.
 */
#include "checks/dns_proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/engine_priv.h"

#define ANCHOR_MAX  65536 /* bytes of the file */
#define ANCHORS_MAX 20
#define SERVER_TEXT (ADDR_TEXT_MAX + 8)
#define UB_BOGUS    1 /* as unbound-event.h says of `sec` */
#define UB_SECURE   2

struct dns_proof {
    struct engine *engine;
    struct ub_ctx *ctx;
    int query; /* of libunbound; 0: none under way */
    dns_proof_done_fn *done;
    void *cookie;
    struct loop_timer *told;
    enum dns_security security;
    char why[256];
    struct buf bytes; /* of the message */
    bool has_message;
    struct dns_message message;
};

const char *
dns_proof_name(enum dns_security security)
{
    switch (security) {
    case DNS_SECURITY_UNKNOWN:
        return "unknown";
    case DNS_SECURE:
        return "secure";
    case DNS_INSECURE:
        return "insecure";
    case DNS_BOGUS:
        return "bogus";
    case DNS_INDETERMINATE:
        return "indeterminate";
    }
    return NULL;
}

/* --- what it says --- */

static void
on_told(void *cookie)
{
    struct dns_proof *proof = cookie;

    proof->told = NULL;
    proof->done(proof->cookie, proof->security, proof->why);
}

static void
tell(struct dns_proof *proof, enum dns_security security, const char *why)
{
    proof->security = security;
    (void)str_copy(proof->why, sizeof(proof->why), why);
    proof->told = loop_timer_start(proof->engine->loop, 0, on_told, proof);
}

static void
keep(struct dns_proof *proof, const void *packet, int len)
{
    if (packet == NULL || len <= 0 ||
        buf_add(&proof->bytes, packet, (size_t)len) < 0)
        return;
    proof->has_message = dns_codec_decode(&proof->message, proof->bytes.data,
                                          proof->bytes.len) == 0;
}

/* "validation failure <a.example. A IN>: no signatures" as one says it. */
static const char *
strip(const char *why)
{
    const char *colon = strstr(why, ">: ");

    return colon != NULL ? colon + strlen(">: ") : why;
}

/* Its parameters are libunbound's. */
static void /* NOLINTNEXTLINE(readability-function-size) */
on_resolved(void *cookie, int rcode, void *packet, int len, int security,
            char *why, int was_limited)
{
    struct dns_proof *proof = cookie;
    char text[DNS_TYPE_TEXT];
    char message[100];

    (void)was_limited;
    proof->query = 0;
    keep(proof, packet, len);
    if (security == UB_BOGUS) {
        tell(proof, DNS_BOGUS, why != NULL ? strip(why) : "no reason given");
    } else if (security == UB_SECURE) {
        tell(proof, DNS_SECURE, "");
    } else if (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) {
        (void)snprintf(message, sizeof(message),
                       "what it takes to prove it was answered %s",
                       dns_type_format_rcode(text, rcode));
        tell(proof, DNS_INDETERMINATE, message);
    } else {
        tell(proof, DNS_INSECURE, "");
    }
}

/* --- anchors --- */

/* The root's, read once an engine. */
static const char *
root_anchor(struct engine *engine)
{
    struct buf text;

    if (engine->dns_anchor != NULL)
        return engine->dns_anchor;
    buf_init(&text, ANCHOR_MAX);
    if (file_read(DNS_PROOF_ANCHOR, &text) == 0)
        engine->dns_anchor = str_xdup(buf_text(&text));
    buf_free(&text);
    return engine->dns_anchor;
}

/* Each line of `text` that is a record. */
static int
add_lines(struct ub_ctx *ctx, const char *text)
{
    int added = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char *line = str_xndup(text, len);
        bool is_record = line[strspn(line, " \t\r")] != '\0' && line[0] != ';';

        if (is_record && ub_ctx_add_ta(ctx, line) == 0)
            added++;
        free(line);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    return added > 0 ? 0 : -1;
}

static int
add_given(struct ub_ctx *ctx, const struct spec_list *anchors)
{
    for (size_t i = 0; i < anchors->count; i++) {
        if (add_lines(ctx, anchors->item[i]) < 0) {
            errno = EINVAL;
            return -1;
        }
    }
    return 0;
}

static int
add_anchors(struct dns_proof *proof, const struct dns_proof_opts *opts)
{
    const char *root;

    if (opts->anchors != NULL && opts->anchors->count > 0)
        return add_given(proof->ctx, opts->anchors);
    root = root_anchor(proof->engine);
    if (root == NULL || add_lines(proof->ctx, root) < 0) {
        errno = ENOENT;
        return -1;
    }
    return 0;
}

/* Some anchor stands at `name` or above it. */
static bool
is_covered(const struct dns_proof_opts *opts)
{
    const struct spec_list *anchors = opts->anchors;

    if (anchors == NULL || anchors->count == 0)
        return true;
    for (size_t i = 0; i < anchors->count; i++) {
        char *owner =
            str_xndup(anchors->item[i], strcspn(anchors->item[i], " \t"));
        struct dns_name zone;
        bool is_above = dns_name_parse(&zone, owner) == 0 &&
                        dns_name_in(&opts->name, &zone);

        free(owner);
        if (is_above)
            return true;
    }
    return false;
}

/* --- the context --- */

/* "192.0.2.1@53" */
static const char *
format_server(char to[SERVER_TEXT], const struct addr *addr)
{
    char ip[ADDR_TEXT_MAX];

    (void)snprintf(to, SERVER_TEXT, "%s@%u", addr_format_ip(ip, addr),
                   addr_port(addr));
    return to;
}

/* The check may ask there: by its `allow`, or it is where it asks already. */
static bool
is_open(const struct dns_proof_opts *opts, const char *network)
{
    const struct addr *const asked[] = {&opts->server, &opts->resolver};
    const struct spec_list *allow = opts->allow;
    char ip[ADDR_TEXT_MAX];

    for (size_t i = 0; allow != NULL && i < allow->count; i++)
        if (str_eq(allow->item[i], network))
            return true;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        if (addr_in(addr_format_ip(ip, asked[i]), network) == 1)
            return true;
    return false;
}

/* The address policy holds for what libunbound connects to as well. */
static void
set_policy(struct dns_proof *proof, const struct dns_proof_opts *opts)
{
    const char *network;

    for (size_t i = 0; (network = addr_refused(i)) != NULL; i++)
        if (!is_open(opts, network))
            (void)ub_ctx_set_option(proof->ctx,
                                    "do-not-query-address:", network);
}

static void
set_options(struct dns_proof *proof)
{
    static const char *const options[][2] = {
        {"do-not-query-localhost:", "no"},
        {"qname-minimisation:", "no"}, /* the servers are known already */
        {"unblock-lan-zones:", "yes"}, /* private reverse zones are zones */
        {"use-syslog:", "no"},
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        (void)ub_ctx_set_option(proof->ctx, options[i][0], options[i][1]);
    /* It would write to stderr; what matters comes with the result. */
    (void)ub_ctx_debugout(proof->ctx, NULL);
}

static int
set_servers(struct dns_proof *proof, const struct dns_proof_opts *opts)
{
    char server[SERVER_TEXT];
    char zone[DNS_NAME_TEXT];
    int rc;

    if (opts->zone == NULL)
        return ub_ctx_set_fwd(proof->ctx, format_server(server, &opts->server));
    rc = ub_ctx_set_fwd(proof->ctx, format_server(server, &opts->resolver));
    if (rc != 0)
        return rc;
    return ub_ctx_set_stub(proof->ctx, dns_name_format(zone, opts->zone),
                           format_server(server, &opts->server), 0);
}

static int
ask(struct dns_proof *proof, const struct dns_proof_opts *opts)
{
    char name[DNS_NAME_TEXT];
    int rc = set_servers(proof, opts);

    if (rc == 0)
        rc = ub_resolve_event(proof->ctx, dns_name_format(name, &opts->name),
                              opts->type, DNS_CLASS_IN, proof, on_resolved,
                              &proof->query);
    if (rc == 0)
        return 0;
    errno = rc == UB_NOMEM ? ENOMEM : EINVAL;
    return -1;
}

struct dns_proof *
dns_proof_start(struct engine *engine, const struct dns_proof_opts *opts,
                dns_proof_done_fn *done, void *cookie)
{
    struct dns_proof *proof = str_xcalloc(1, sizeof(*proof));

    proof->engine = engine;
    buf_init(&proof->bytes, DNS_MESSAGE_MAX);
    proof->done = done;
    proof->cookie = cookie;
    if (!is_covered(opts)) {
        tell(proof, DNS_INDETERMINATE, "no trust anchor is above the name");
        return proof;
    }
    proof->ctx = ub_ctx_create_event(loop_backend(engine->loop));
    if (proof->ctx == NULL) {
        dns_proof_cancel(proof);
        errno = ENOMEM;
        return NULL;
    }
    set_options(proof);
    set_policy(proof, opts);
    if (add_anchors(proof, opts) == 0 && ask(proof, opts) == 0)
        return proof;
    {
        int saved = errno;

        dns_proof_cancel(proof);
        errno = saved;
    }
    return NULL;
}

const struct dns_message *
dns_proof_reply(const struct dns_proof *proof)
{
    return proof != NULL && proof->has_message ? &proof->message : NULL;
}

void
dns_proof_cancel(struct dns_proof *proof)
{
    if (proof == NULL)
        return;
    loop_timer_cancel(proof->told);
    if (proof->query != 0)
        (void)ub_cancel(proof->ctx, proof->query);
    if (proof->ctx != NULL)
        ub_ctx_delete(proof->ctx);
    buf_free(&proof->bytes);
    free(proof);
}
