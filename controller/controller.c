/*
 * controller.c - see controller.h.
 *
 * Made in the order in which a result walks, so that each finds what it needs:
 * store, road out (resolver, fetcher, outbox), fleet, decider, ingest, who may
 * be a probe (ca, enrol), then what was is loaded, and last the doors open.
 * Taken apart the other way round; the store closes after the decider, which
 * still writes, and before outbox and enrol, whose calls it still ends.
 */
#include "controller/controller_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/diag.h"
#include "base/fetch.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/secret.h"
#include "base/secret_keeper.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/ca.h"
#include "controller/clock_watch.h"
#include "controller/config.h"
#include "controller/decider.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "controller/notify/channel.h"
#include "controller/outbox.h"
#include "controller/push.h"
#include "controller/store/store.h"
#include "controller/web/view.h"
#include "controller/web/web.h"
#include "wire/message.h"

#define RUNTIME_MAX 8192
#define RUN_NOW_MS  10000 /* a run is asked for so long */

/* ---- what was ---- */

static void
load_state(void *cookie, const struct store_state *state)
{
    struct controller *c = cookie;

    c->deciders.on_state(c->deciders.cookie, state);
}

static void
load_incident(void *cookie, const struct store_incident *incident)
{
    struct controller *c = cookie;

    c->deciders.on_incident(c->deciders.cookie, incident);
}

static void
load_day(void *cookie, const struct store_day *day)
{
    struct controller *c = cookie;

    c->deciders.on_day(c->deciders.cookie, day);
}

static void
load_message(void *cookie, const struct store_message *message)
{
    struct controller *c = cookie;

    outbox_push(c->outbox, message);
}

static void
load_probe(void *cookie, const struct store_probe *probe)
{
    struct controller *c = cookie;

    enrol_on_probe(c->enrol, probe);
}

static void
load_seen(void *cookie, const struct store_seen *seen)
{
    struct controller *c = cookie;

    fleet_take_seen(c->fleet, seen);
}

static void
load_token(void *cookie, const struct store_token *token)
{
    struct controller *c = cookie;

    enrol_on_token(c->enrol, token);
}

static void
load_push(void *cookie, const struct store_push *row)
{
    struct controller *c = cookie;

    push_on_row(c->push, row);
}

static void
load_alive(void *cookie, wall_t at)
{
    struct controller *c = cookie;

    push_on_alive(c->push, at);
}

static void
load_batch(void *cookie, const struct store_batch *batch)
{
    struct controller *c = cookie;

    ingest_replay(c->ingest, batch);
}

static int
load(struct controller *c, char *why, size_t cap)
{
    struct store_loader loader = {
        .cookie = c,
        .on_state = load_state,
        .on_incident = load_incident,
        .on_message = load_message,
        .on_probe = load_probe,
        .on_seen = load_seen,
        .on_token = load_token,
        .on_push = load_push,
        .on_alive = load_alive,
        .on_day = load_day,
        .on_batch = load_batch,
    };

    decider_fill_loader(c->decider, &c->deciders);
    if (store_load(c->store, &loader) == 0)
        return 0;
    (void)str_copy(why, cap,
                   "what is stored in data_dir cannot be read; see the log");
    return -1;
}

/* ---- the parts ---- */

static void
print_line(void *cookie, const char *text)
{
    (void)cookie;
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

static int
open_store(struct controller *c, char *why, size_t cap)
{
    struct store_opts opts = {
        .loop = c->opts.loop,
        .log = c->opts.log,
        .dir = c->config->data_dir,
        .keep_results_ns = c->config->keep_results_ns,
    };
    char *text;

    if (file_make_dirs(c->config->data_dir, 0700) != 0) {
        text = str_xprintf("%s: cannot make this folder; choose another with "
                           "data_dir or --data",
                           c->config->data_dir);
        (void)str_copy(why, cap, text);
        free(text);
        return -1;
    }
    c->store = store_open(&opts, why, cap);
    return c->store == NULL ? -1 : 0;
}

static int
open_road_out(struct controller *c, char *why, size_t cap)
{
    struct fetcher_opts fetch = {0};
    struct channel_ports ports = {
        .net = &c->net,
        .loop = c->opts.loop,
        .print = c->opts.print != NULL ? c->opts.print : print_line,
        .print_cookie = c->opts.cookie,
    };

    c->trust = trust_create(NULL, NULL, why, cap);
    if (c->trust == NULL)
        return -1;
    fetch.trust = c->trust;
    c->resolver = resolver_create(c->opts.loop, NULL);
    c->fetcher = fetcher_create(c->opts.loop, &fetch);
    if (c->resolver == NULL || c->fetcher == NULL) {
        (void)str_copy(why, cap, "cannot set up the resolver or libcurl");
        return -1;
    }
    c->net = (struct call_net){.fetcher = c->fetcher, .resolver = c->resolver};
    c->outbox = outbox_create(c->opts.loop, c->store, &ports, c->opts.log);
    return 0;
}

static void
on_region(void *cookie, const char *region, bool lost, bool ill)
{
    struct controller *c = cookie;

    decider_on_region(c->decider, region, lost, ill);
}

/* One that is lost is said again with the next sync. */
static void
on_seen(void *cookie, const struct store_seen *seen)
{
    struct controller *c = cookie;

    store_put_seen(c->store, seen, NULL, NULL);
}

static int
open_push(struct controller *c, char *why, size_t cap)
{
    struct push_ports ports = {
        .loop = c->opts.loop,
        .store = c->store,
        .decider = c->decider,
        .dir = c->config->data_dir,
    };

    c->push = push_create(&ports, why, cap);
    return c->push == NULL ? -1 : 0;
}

static void
on_clock_step(void *cookie, int64_t by_ms)
{
    struct controller *c = cookie;

    log_event(c->opts.log, EV_CLOCK_SET, LOG_NS("by", by_ms * NS_PER_MS));
    c->started.ms += by_ms;
    fleet_on_step(c->fleet, by_ms);
    decider_on_step(c->decider, by_ms);
    push_on_step(c->push, by_ms);
}

static void
create_core(struct controller *c)
{
    struct decider_ports ports = {
        .loop = c->opts.loop,
        .store = c->store,
        .outbox = c->outbox,
        .log = c->opts.log,
        .clock = clock_watch_create(c->opts.loop, on_clock_step, c),
        .on_result = c->opts.on_result,
        .on_verdict = c->opts.on_verdict,
        .cookie = c->opts.cookie,
    };

    c->clock = ports.clock;
    c->fleet = fleet_create(c->opts.loop, c->opts.log);
    ports.fleet = c->fleet;
    c->decider = decider_create(&ports);
    c->ingest = ingest_create(c->opts.loop, c->store, c->fleet, c->decider,
                              c->opts.log);
    fleet_on_region(c->fleet, on_region, c);
    fleet_on_seen(c->fleet, on_seen, c);
}

static int
open_identity(struct controller *c, char *why, size_t cap)
{
    char *dir = file_join(c->config->data_dir, "ca");
    struct enrol_ports ports = {
        .loop = c->opts.loop,
        .store = c->store,
        .fleet = c->fleet,
        .log = c->opts.log,
    };

    c->ca = ca_open(dir, loop_wall(c->opts.loop), why, cap);
    free(dir);
    if (c->ca == NULL)
        return -1;
    ports.ca = c->ca;
    c->enrol = enrol_create(&ports);
    return 0;
}

/* A port 0 of the configuration is a real one only now, and pages link there. */
static void
settle_public_url(struct controller *c)
{
    if (c->config->public_url != NULL && !str_ends(c->config->public_url, ":0"))
        return;
    free(c->config->public_url);
    c->config->public_url = str_xdup(web_url(c->web));
}

void
controller_use_config(struct controller *c)
{
    if (c->web != NULL)
        settle_public_url(c);
    outbox_set_config(c->outbox, c->config);
    fleet_set_config(c->fleet, c->config);
    push_set_config(c->push, c->config);
    decider_set_config(c->decider, c->config);
    secret_keeper_set(c->keeper, c->config->secrets);
    if (c->web != NULL)
        web_set_config(c->web, c->config);
}

static struct controller_reload *
reload_for_web(void *cookie, controller_reload_fn *done, void *done_cookie)
{
    return controller_reload_start(cookie, done, done_cookie);
}

static void
on_secrets(void *cookie, size_t changed)
{
    struct controller *c = cookie;

    if (changed > 0)
        fleet_on_secrets(c->fleet);
}

static int
open_doors(struct controller *c, char *why, size_t cap)
{
    struct web_ports ports = {
        .loop = c->opts.loop,
        .log = c->opts.log,
        .store = c->store,
        .fleet = c->fleet,
        .ingest = c->ingest,
        .decider = c->decider,
        .push = c->push,
        .outbox = c->outbox,
        .ca = c->ca,
        .enrol = c->enrol,
        .reload_start = reload_for_web,
        .reload_cancel = controller_reload_cancel,
        .cookie = c,
    };

    c->web = web_open(&ports, c->config, why, cap);
    return c->web == NULL ? -1 : 0;
}

/* Tells the command line on this machine where we are. */
static int
write_runtime(struct controller *c, char *why, size_t cap)
{
    char *path = file_join(c->config->data_dir, "runtime.json");
    struct buf text;
    struct json j;
    int rc;

    buf_init(&text, RUNTIME_MAX);
    j = json_begin(&text);
    json_obj(&j, NULL);
    json_str(&j, "url", web_url(c->web));
    json_str(&j, "key", web_key(c->web));
    json_str(&j, "key_file", web_key_file(c->web));
    json_int(&j, "pid", getpid());
    json_str(&j, "probes_url", web_probes_url(c->web));
    json_end(&j);
    (void)buf_add_char(&text, '\n');
    rc = file_replace(path, text.data, text.len, 0600);
    if (rc == 0)
        c->runtime = path;
    else
        (void)str_copy(why, cap, "cannot write runtime.json in data_dir");
    if (text.data != NULL)
        explicit_bzero(text.data, text.len);
    buf_free(&text);
    if (rc != 0)
        free(path);
    return rc;
}

/* Read before the first probe asks.  A source that is gone for a moment (a vault
 * that starts after us) must not leave everything unwatched: the keeper goes on
 * trying. */
static int
open_secrets(struct controller *c, char *why, size_t cap)
{
    struct secret_keeper_opts opts = {.loop = c->opts.loop,
                                      .log = c->opts.log,
                                      .on_read = on_secrets,
                                      .cookie = c};
    char first[SECRET_WHY_MAX]; /* the keeper tells them all */

    (void)secret_read(c->config->secrets, NULL, first, sizeof(first));
    c->keeper = secret_keeper_create(&opts);
    if (c->keeper != NULL)
        return 0;
    (void)str_copy(why, cap, "no thread can be started to read secrets");
    return -1;
}

struct controller *
controller_create(const struct controller_opts *opts, char *why, size_t cap)
{
    struct controller *c = str_xcalloc(1, sizeof(*c));

    c->opts = *opts;
    c->config = opts->config;
    c->started = loop_wall(opts->loop);
    if (open_secrets(c, why, cap) != 0 || open_store(c, why, cap) != 0 ||
        open_road_out(c, why, cap) != 0)
        goto fail;
    create_core(c);
    if (open_push(c, why, cap) != 0 || open_identity(c, why, cap) != 0)
        goto fail;
    controller_use_config(c);
    if (load(c, why, cap) != 0 || open_doors(c, why, cap) != 0 ||
        write_runtime(c, why, cap) != 0)
        goto fail;
    settle_public_url(c);
    push_begin(c->push);
    log_event(opts->log, EV_STARTED, LOG_STR("url", web_url(c->web)),
              LOG_STR("probes_url", web_probes_url(c->web)));
    return c;
fail:
    controller_free(c);
    return NULL;
}

void
controller_free(struct controller *c)
{
    if (c == NULL)
        return;
    if (c->runtime != NULL)
        (void)unlink(c->runtime);
    c->is_ending = true;
    secret_keeper_free(c->keeper);
    web_close(c->web);
    clock_watch_free(c->clock);
    push_free(c->push);
    ingest_free(c->ingest);
    decider_free(c->decider);
    store_close(c->store);
    outbox_free(c->outbox);
    enrol_free(c->enrol);
    fleet_free(c->fleet);
    ca_close(c->ca);
    fetcher_free(c->fetcher);
    resolver_free(c->resolver);
    trust_free(c->trust);
    config_free(c->config);
    free(c->runtime);
    free(c);
}

/* ---- for whoever holds it ---- */

const char *
controller_url(const struct controller *c)
{
    return web_url(c->web);
}

const char *
controller_probes_url(const struct controller *c)
{
    return web_probes_url(c->web);
}

const char *
controller_key(const struct controller *c)
{
    return web_key(c->web);
}

const char *
controller_ca_sha256(const struct controller *c)
{
    return ca_sha256(c->ca);
}

int
controller_invite(struct controller *c, const char *region, const char *name,
                  char token[ENROL_TOKEN_MAX], char why[ENROL_WHY_MAX])
{
    struct enrol_offer offer = {
        .region = region, .name = name, .uses = 1, .who = "local"};

    return enrol_add(c->enrol, &offer, token, why);
}

bool
controller_run_now(struct controller *c, const char *check, const char *region)
{
    struct message_run_now run = {
        .id = id_random(),
        .check = check,
        .expires_ms = loop_wall(c->opts.loop).ms + RUN_NOW_MS,
    };
    wall_t by;

    if (!decider_take_turn(c->decider, check, region, &by))
        return false;
    if (by.ms != 0 && by.ms < run.expires_ms)
        run.expires_ms = by.ms;
    return fleet_run_now(c->fleet, check, region, &run);
}

struct view
controller_view(const struct controller *c)
{
    return (struct view){
        .config = c->config,
        .decider = c->decider,
        .fleet = c->fleet,
        .enrol = c->enrol,
        .outbox = c->outbox,
        .ingest = c->ingest,
        .store = c->store,
        .now = loop_wall(c->opts.loop),
        .started = c->started,
    };
}
