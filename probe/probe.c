/*
 * What is made here, in the order a result walks it: lanes (crew), spool,
 * uplink; then what stands beside: health, identity, renewal.  The assignment
 * comes from the cache at the start and from the uplink afterwards, and goes
 * through a worker back to the cache, and through the keyring, which has the
 * secrets it needs read, to the crew.
 */
#include "probe/probe.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/trust.h"
#include "base/worker.h"
#include "probe/assignment.h"
#include "probe/crew.h"
#include "probe/health.h"
#include "probe/identity.h"
#include "probe/keyring.h"
#include "probe/link_http.h"
#include "probe/renewal.h"
#include "probe/settings.h"
#include "probe/spool.h"
#include "probe/uplink.h"
#include "wire/message.h"
#include "wire/result.h"

#define CACHE_JOBS_MAX 16
#define ILL_WHY_MAX    256

struct probe {
    struct loop *loop;
    struct log *log;
    const struct settings *settings;
    const char *trust_pem; /* until the trust is made */
    struct trust *trust;
    struct keyring *keyring;
    struct crew *crew;
    struct spool *spool;
    struct uplink *uplink;
    struct health *health;
    struct identity *identity;   /* NULL: the link was given */
    struct link_http *link_http; /* the same */
    struct renewal *renewal;
    struct link *link;
    struct worker *cache_worker;
    char *cache_file;
    uint64_t generation; /* of the cached assignment */
};

/* ---- a result's way ---------------------------------------------------- */

static void
on_result(void *cookie, struct result *result, bool asked)
{
    struct probe *probe = cookie;
    bool is_urgent = asked || result->status != STATUS_UP;

    spool_push(probe->spool, result, is_urgent ? SPOOL_URGENT : SPOOL_USUAL);
}

static void
on_sealed(void *cookie, int64_t first, uint32_t count)
{
    struct probe *probe = cookie;

    (void)first;
    (void)count;
    if (probe->uplink != NULL)
        uplink_on_sealed(probe->uplink);
}

/* ---- what the controller says ------------------------------------------ */

struct caching {
    struct assignment *assignment;
    char *file;
};

static void
run_caching(void *cookie)
{
    struct caching *c = cookie;

    (void)assignment_write(c->assignment, c->file);
}

static void
on_cached(void *cookie)
{
    struct caching *c = cookie;

    assignment_free(c->assignment);
    free(c->file);
    free(c);
}

/* A full queue means that a newer one waits already. */
static void
cache(struct probe *probe, struct assignment *assignment)
{
    struct caching *c = str_xcalloc(1, sizeof(*c));

    c->assignment = assignment_ref(assignment);
    c->file = str_xdup(probe->cache_file);
    if (worker_push(probe->cache_worker, run_caching, on_cached, c) != 0)
        on_cached(c);
}

static void
on_assignment(void *cookie, struct message_sync_reply *reply)
{
    struct probe *probe = cookie;
    struct assignment *assignment = assignment_create(reply);

    /* Nothing but the keyring keeps a value. */
    keyring_set(probe->keyring, assignment_ref(assignment), reply->given,
                reply->given_count);
    message_forget(reply);
    log_event(probe->log, EV_ASSIGNED,
              LOG_INT("generation", assignment_generation(assignment)),
              LOG_INT("checks", assignment_count(assignment)));
    cache(probe, assignment);
    assignment_free(assignment);
}

static void
on_ready(void *cookie, struct assignment *assignment)
{
    struct probe *probe = cookie;

    crew_set_assignment(probe->crew, assignment);
}

static void
on_refused(void *cookie)
{
    struct probe *probe = cookie;

    if (probe->uplink != NULL)
        uplink_kick(probe->uplink);
}

static void
on_run_now(void *cookie, const struct message_run_now *run_now, mono_t expires)
{
    struct probe *probe = cookie;

    crew_run_now(probe->crew, run_now, expires);
}

static void
on_sync(void *cookie, struct message_sync *sync)
{
    struct probe *probe = cookie;

    sync->overruns = crew_counts(probe->crew).overruns;
    sync->lag_us = health_take_lag_us(probe->health);
    sync->ill_why = health_ill_why(probe->health);
    sync->ill = sync->ill_why != NULL;
    sync->refused = keyring_take_refused(probe->keyring, &sync->refused_count);
}

static void
on_health(void *cookie)
{
    struct probe *probe = cookie;

    if (probe->uplink != NULL)
        uplink_kick(probe->uplink);
}

/* ---- putting together -------------------------------------------------- */

static size_t
lane_count(const struct settings *settings)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long wanted = settings->loops > 0 ? settings->loops : cores;

    if (wanted < 1)
        return 1;
    return wanted > CREW_LANES_MAX ? CREW_LANES_MAX : (size_t)wanted;
}

static int
make_crew(struct probe *probe, char *why, size_t cap)
{
    const struct settings *s = probe->settings;
    struct crew_opts opts = {
        .loop = probe->loop,
        .log = probe->log,
        .resolvers = s->resolvers,
        .plugins = s->exec_allow ? s->exec_dir : NULL,
        .source = s->source,
        .region = s->region,
        .secrets = keyring_secrets(probe->keyring),
        .concurrency_max = (size_t)s->concurrency_max,
        .lanes = lane_count(s),
        .on_result = on_result,
        .cookie = probe,
    };

    probe->trust = trust_create(NULL, probe->trust_pem, why, cap);
    if (probe->trust == NULL)
        return -1;
    opts.trust = probe->trust;
    probe->crew = crew_create(&opts);
    if (probe->crew != NULL)
        return 0;
    (void)snprintf(why, cap, "the check engine cannot start");
    return -1;
}

static int
make_spool(struct probe *probe, char *why, size_t cap)
{
    const struct settings *s = probe->settings;
    char *dir = file_join(s->spool_dir, "spool");
    struct spool_opts opts = {
        .loop = probe->loop,
        .log = probe->log,
        .dir = dir,
        .max_bytes = s->spool_max_bytes,
        .max_ns = s->spool_max_ns,
        .on_sealed = on_sealed,
        .cookie = probe,
    };

    probe->spool = spool_open(&opts, why, cap);
    probe->cache_file = file_join(s->spool_dir, "assignment");
    probe->cache_worker = worker_create(probe->loop, "cache", CACHE_JOBS_MAX);
    free(dir);
    return probe->spool == NULL || probe->cache_worker == NULL ? -1 : 0;
}

static int
make_keyring(struct probe *probe, char *why, size_t cap)
{
    const struct settings *s = probe->settings;
    struct keyring_opts opts = {
        .loop = probe->loop,
        .log = probe->log,
        .worker = probe->cache_worker,
        .rules = {.is_limited = s->secrets_dir != NULL,
                  .may_run_commands = s->may_run_commands,
                  .dir = s->secrets_dir},
        .on_ready = on_ready,
        .on_refused = on_refused,
        .cookie = probe,
    };

    probe->keyring = keyring_create(&opts);
    if (probe->keyring != NULL)
        return 0;
    (void)snprintf(why, cap, "no thread can be started to read secrets");
    return -1;
}

static int
make_health(struct probe *probe, char *why, size_t cap)
{
    struct health_opts opts = {
        .loop = probe->loop,
        .engine = crew_engine(probe->crew),
        .canaries = (const char *const *)probe->settings->canaries,
        .canary_count = probe->settings->canary_count,
        .on_change = on_health,
        .cookie = probe,
    };

    probe->health = health_create(&opts, why, cap);
    return probe->health == NULL ? -1 : 0;
}

static int
make_link(struct probe *probe, char *why, size_t cap)
{
    struct link_http_opts opts = {
        .loop = probe->loop,
        .url = probe->settings->controller,
        .proxy = probe->settings->proxy,
    };

    probe->identity = identity_open(probe->settings->identity, why, cap);
    if (probe->identity == NULL)
        return -1;
    if (!identity_has_joined(probe->identity)) {
        (void)snprintf(why, cap,
                       "this probe has not joined: `picket probe invite` on "
                       "the controller prints a line for `picket probe join`");
        return -1;
    }
    opts.ca_file = identity_ca_file(probe->identity);
    opts.cert_file = identity_cert_file(probe->identity);
    opts.key_file = identity_key_file(probe->identity);
    probe->link_http = link_http_create(&opts, why, cap);
    if (probe->link_http == NULL)
        return -1;
    probe->link = link_http_link(probe->link_http);
    return 0;
}

static void
make_renewal(struct probe *probe)
{
    struct renewal_opts opts = {
        .loop = probe->loop,
        .log = probe->log,
        .link = probe->link,
        .identity = probe->identity,
        .name = probe->settings->name,
    };

    if (probe->identity != NULL)
        probe->renewal = renewal_create(&opts);
}

/* No cache is the first start; a damaged one is as good as none. */
static void
load_cache(struct probe *probe)
{
    char why[256];
    struct assignment *a = assignment_read(probe->cache_file, why, sizeof(why));

    if (a == NULL)
        return;
    probe->generation = assignment_generation(a);
    log_event(probe->log, EV_ASSIGNED, LOG_INT("generation", probe->generation),
              LOG_INT("checks", assignment_count(a)), LOG_STR("from", "cache"));
    keyring_set(probe->keyring, a, NULL, 0);
}

static void
make_uplink(struct probe *probe)
{
    struct uplink_opts opts = {
        .loop = probe->loop,
        .log = probe->log,
        .link = probe->link,
        .spool = probe->spool,
        .generation = probe->generation,
        .on_sync = on_sync,
        .on_assignment = on_assignment,
        .on_run_now = on_run_now,
        .cookie = probe,
    };

    digest_random(&opts.seed, sizeof(opts.seed));
    probe->uplink = uplink_create(&opts);
}

struct probe *
probe_create(const struct probe_opts *opts, char *why, size_t cap)
{
    struct probe *probe = str_xcalloc(1, sizeof(*probe));

    probe->loop = opts->loop;
    probe->log = opts->log;
    probe->settings = opts->settings;
    probe->trust_pem = opts->trust_pem;
    probe->link = opts->link;
    if (make_spool(probe, why, cap) != 0 ||
        (probe->link == NULL && make_link(probe, why, cap) != 0) ||
        make_keyring(probe, why, cap) != 0 || make_crew(probe, why, cap) != 0 ||
        make_health(probe, why, cap) != 0) {
        probe_free(probe);
        return NULL;
    }
    load_cache(probe);
    make_uplink(probe);
    make_renewal(probe);
    return probe;
}

/* Upstream first: what still comes out of the lanes is sealed at the end. */
void
probe_free(struct probe *probe)
{
    if (probe == NULL)
        return;
    renewal_free(probe->renewal);
    uplink_free(probe->uplink);
    probe->uplink = NULL;
    health_free(probe->health);
    crew_free(probe->crew);
    keyring_free(probe->keyring);
    spool_close(probe->spool);
    worker_free(probe->cache_worker);
    link_http_free(probe->link_http);
    identity_free(probe->identity);
    trust_free(probe->trust);
    free(probe->cache_file);
    free(probe);
}

bool
probe_is_connected(const struct probe *probe)
{
    return probe->uplink != NULL && uplink_is_connected(probe->uplink);
}
