#include "checks/engine.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/child.h"
#include "base/fetch.h"
#include "base/file.h"
#include "base/resolver.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/oauth.h"
#include "checks/tls_session.h"

#define RESOLV_CONF     "/etc/resolv.conf"
#define RESOLV_CONF_MAX 65536
#define DNS_PORT        53

/* Copies the text up to a separator; "" when it is too long to be an address.
 */
static size_t
take_word(char to[ADDR_TEXT_MAX], const char *text, const char *separators)
{
    size_t len = strcspn(text, separators);

    to[0] = '\0';
    if (len < ADDR_TEXT_MAX) {
        memcpy(to, text, len);
        to[len] = '\0';
    }
    return len;
}

static void
add_server(struct engine *engine, const char *text)
{
    struct addr *next = &engine->server[engine->server_count];

    if (engine->server_count < ENGINE_SERVERS_MAX &&
        addr_parse(next, text, DNS_PORT) == 0)
        engine->server_count++;
}

static void
add_servers(struct engine *engine, const char *list)
{
    while (*list != '\0') {
        char word[ADDR_TEXT_MAX];

        list += take_word(word, list, ",");
        list += *list == ',' ? 1 : 0;
        add_server(engine, word);
    }
}

/* `nameserver` lines; the rest of resolv.conf is the resolver's business. */
static void
add_resolv_conf(struct engine *engine, const char *text)
{
    static const char key[] = "nameserver";

    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        char word[ADDR_TEXT_MAX];

        if (str_starts(text, key) && str_is_space(text[sizeof(key) - 1])) {
            const char *value = text + sizeof(key) - 1;

            value += strspn(value, " \t");
            (void)take_word(word, value, " \t\r\n#;");
            add_server(engine, word);
        }
        text += line + (text[line] == '\n' ? 1 : 0);
    }
}

static void
read_resolv_conf(struct engine *engine)
{
    struct buf text;

    buf_init(&text, RESOLV_CONF_MAX);
    if (file_read(RESOLV_CONF, &text) == 0)
        add_resolv_conf(engine, buf_text(&text));
    buf_free(&text);
}

static void
set_servers(struct engine *engine, const char *resolvers)
{
    if (resolvers != NULL && !str_eq(resolvers, "system"))
        add_servers(engine, resolvers);
    else
        read_resolv_conf(engine);
    /* As the C library has it: with none named, this machine. */
    if (engine->server_count == 0)
        add_server(engine, "127.0.0.1");
}

/* A token server is asked where any check's target may stand. */
static struct oauth *
make_oauth(const struct engine *engine)
{
    static const struct addr_policy policy = {NULL, 0};
    const struct call_net net = {engine->fetcher, engine->resolver, &policy};

    return oauth_create(engine->loop, &net);
}

struct engine *
engine_create(const struct engine_opts *opts)
{
    struct fetcher_opts fetcher = {.trust = opts->trust,
                                   .handshakes_max = opts->handshakes_max};
    struct engine *engine = str_xcalloc(1, sizeof(*engine));

    /* OpenSSL writes without MSG_NOSIGNAL: a target that has left must be an
     * error of its check, not the end of this process. */
    (void)signal(SIGPIPE, SIG_IGN);
    engine->loop = opts->loop;
    engine->trust = opts->trust;
    engine->secrets = opts->secrets;
    engine->region = str_xdup(opts->region != NULL ? opts->region : "local");
    engine->public_url = str_xdup(opts->public_url);
    engine->plugins = str_xdup(opts->plugins);
    set_servers(engine, opts->resolvers);
    if (opts->source != NULL &&
        addr_parse_ip(&engine->source, opts->source, 0) == 0)
        fetcher.source = &engine->source;
    engine->resolver = resolver_create(opts->loop, opts->resolvers);
    if (engine->resolver != NULL)
        engine->fetcher = fetcher_create(opts->loop, &fetcher);
    if (engine->fetcher == NULL) {
        int saved = errno;

        engine_free(engine);
        errno = saved;
        return NULL;
    }
    engine->oauth = make_oauth(engine);
    return engine;
}

void
engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    assert(engine->running == 0);
    oauth_free(engine->oauth);
    if (engine->fetcher != NULL)
        fetcher_free(engine->fetcher);
    if (engine->resolver != NULL)
        resolver_free(engine->resolver);
    child_pool_free(engine->children);
    free(engine->plugins);
    tls_session_free_context(engine->tls);
    free(engine->dns_anchor);
    free(engine->region);
    free(engine->public_url);
    random_pool_clear(&engine->random);
    free(engine);
}

size_t
engine_running(const struct engine *engine)
{
    return engine->running;
}
