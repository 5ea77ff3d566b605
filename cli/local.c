/*
 * local.c - see local.h.
 *
 *   ports      those configured, or the next free ones: a demo must not fail
 *              because something else has 8787
 *   controller created, listens
 *   members    one a region: identity there? else invite and join; then probe
 *   first runs asked for when a probe has synced, so that nobody waits a whole
 *              interval for the first result
 *
 * The addresses are tried by binding and letting go; whoever takes one in
 * between makes controller_create() fail with the port's name.
 */
#include "cli/local.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/controller.h"
#include "controller/fleet.h"
#include "controller/web/view.h"
#include "probe/identity.h"
#include "probe/invite.h"
#include "probe/join.h"
#include "probe/probe.h"
#include "probe/settings.h"

#define PLUGINS      "/usr/lib/nagios/plugins"
#define PORT_TRIES   50 /* ports after the one configured */
#define WHY_MAX      512
#define LOOK_NS      (20 * NS_PER_MS) /* for probes that have synced */
#define LOOK_MAX     1500  /* times: 30 s, then they run by schedule */
#define FIRST_RUN_MS 10000 /* a first run is asked for so long */
#define SPOOL_BYTES  (64LL << 20)
#define SPOOL_NS     (24LL * 3600 * NS_PER_S)
#define IN_FLIGHT    64 /* checks of one probe */

struct member {
    struct local *local;
    struct settings settings;
    struct join *join;
    struct probe *probe;
    bool was_asked; /* its first runs */
};

struct local {
    struct local_opts opts;
    struct controller *controller;
    struct member *members;
    size_t count, ready;
    struct loop_timer *timer;
    unsigned looks;
    char why[WHY_MAX]; /* of a failure that is still to be told */
};

/* ---- ports ---- */

static bool
is_free(const struct addr *at)
{
    int fd = socket(at->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    bool is_bound =
        fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, (const struct sockaddr *)&at->ss, at->len) == 0;
    if (fd >= 0)
        close(fd);
    return is_bound;
}

/* `*listen`, or the next free port after it; `*url` follows it when it is the
 * default one. */
static void
settle_port(char **listen, char **url, const char *scheme, uint16_t not_this)
{
    struct addr at;
    char text[ADDR_TEXT_MAX];
    if (addr_parse(&at, *listen, 0) != 0 || addr_port(&at) == 0)
        return;
    char *was = str_xprintf("%s://%s", scheme, *listen);
    uint16_t port = addr_port(&at);
    for (unsigned i = 0; i < PORT_TRIES && port + i <= UINT16_MAX; i++) {
        addr_set_port(&at, (uint16_t)(port + i));
        if (addr_port(&at) != not_this && is_free(&at))
            break;
    }
    free(*listen);
    *listen = str_xdup(addr_format(text, &at));
    if (str_eq(*url, was)) {
        free(*url);
        *url = str_xprintf("%s://%s", scheme, *listen);
    }
    free(was);
}

static void
settle_config(struct config *config, const char *dir)
{
    struct addr people;
    settle_port(&config->listen, &config->public_url,
                config->tls_cert != NULL ? "https" : "http", 0);
    uint16_t taken =
        addr_parse(&people, config->listen, 0) == 0 ? addr_port(&people) : 0;
    settle_port(&config->probes_listen, &config->probes_url, "https", taken);
    free(config->data_dir);
    config->data_dir = str_xdup(dir);
}

/* ---- a member ---- */

static void
settle_settings(struct member *member, const char *region)
{
    const struct local *local = member->local;
    struct settings *s = &member->settings;
    char source[ADDR_TEXT_MAX];
    s->name = str_xprintf("%s-1", region);
    s->region = str_xdup(region);
    s->controller = str_xdup(controller_probes_url(local->controller));
    s->identity = str_xprintf("%s/probes/%s/identity", local->opts.dir, region);
    s->spool_dir = str_xprintf("%s/probes/%s", local->opts.dir, region);
    s->spool_max_bytes = SPOOL_BYTES;
    s->spool_max_ns = SPOOL_NS;
    s->concurrency_max = IN_FLIGHT;
    s->loops = 1; /* this one */
    /* Whoever wrote the configuration sits here: commands may run, and files
     * lie where they like (no secrets_dir). */
    s->may_run_commands = true;
    s->resolvers =
        str_xdup(local->opts.resolvers ? local->opts.resolvers : "system");
    if (local->opts.source != NULL) {
        local->opts.source(source, region);
        s->source = str_xdup(source);
    }
    /* Whoever started this wrote the checks, too. */
    s->exec_allow = true;
    s->exec_dir = str_xdup(PLUGINS);
}

static void
tell_failed(void *cookie)
{
    struct local *local = cookie;
    local->timer = NULL;
    local->opts.on_failed(local->opts.cookie, local->why);
}

/* Told at the next turn: whoever made us may be still about it. */
static void
fail(struct local *local, const struct member *member, const char *why)
{
    if (*local->why != '\0')
        return;
    snprintf(local->why, sizeof local->why, "the probe of %s: %s",
             member->settings.region, why);
    loop_timer_cancel(local->timer);
    local->timer = loop_timer_start(local->opts.loop, 0, tell_failed, local);
}

static void
begin_probe(struct member *member)
{
    struct local *local = member->local;
    struct probe_opts opts = {.loop = local->opts.loop,
                              .settings = &member->settings,
                              .trust_pem = local->opts.trust_pem,
                              .log = local->opts.log};
    char why[WHY_MAX] = "";
    member->probe = probe_create(&opts, why, sizeof why);
    if (member->probe == NULL)
        fail(local, member, why);
    else
        local->ready++;
}

static void
on_joined(void *cookie, const struct join_result *result)
{
    struct member *member = cookie;
    member->join = NULL;
    if (result->why != NULL)
        fail(member->local, member, result->why);
    else
        begin_probe(member);
}

/* The line of an invitation, but that nobody has to carry it. */
static int
join_with(struct member *member, char *token, char *why, size_t cap)
{
    struct settings *s = &member->settings;
    struct invite invite = {
        .url = s->controller, .name = s->name, .region = s->region};
    char *config = file_join(s->spool_dir, "probe.conf");
    struct join_opts opts = {.loop = member->local->opts.loop,
                             .invite = &invite,
                             .state_dir = s->spool_dir,
                             .config = config};
    const char *ca = controller_ca_sha256(member->local->controller);
    invite.token = token;
    /* What an earlier life left, whose certificate is of no use any more. */
    (void)unlink(config);
    if (str_unhex(invite.ca_sha256, sizeof invite.ca_sha256, ca) == 0)
        member->join = join_start(&opts, on_joined, member, why, cap);
    free(config);
    return member->join == NULL ? -1 : 0;
}

static void
begin_join(struct member *member)
{
    struct local *local = member->local;
    const struct settings *s = &member->settings;
    char token[ENROL_TOKEN_MAX], why[WHY_MAX] = "", taken[ENROL_WHY_MAX] = "";
    if (controller_invite(local->controller, s->region, s->name, token,
                          taken) != 0)
        fail(local, member, taken);
    else if (join_with(member, token, why, sizeof why) != 0)
        fail(local, member, why);
    explicit_bzero(token, sizeof token);
}

static void
begin_member(struct member *member, const char *region)
{
    char why[WHY_MAX] = "";
    settle_settings(member, region);
    struct identity *identity =
        identity_open(member->settings.identity, why, sizeof why);
    bool has_joined =
        identity != NULL && identity_has_joined(identity) &&
        identity_ends(identity).ms > loop_wall(member->local->opts.loop).ms;
    identity_free(identity);
    if (identity == NULL)
        fail(member->local, member, why);
    else if (has_joined)
        begin_probe(member);
    else
        begin_join(member);
}

/* ---- first runs ---- */

static void
ask_first_runs(struct member *member)
{
    const struct local *local = member->local;
    const struct catalog *catalog =
        controller_view(local->controller).config->catalog;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct spec *spec = catalog_get(catalog, i);
        /* One that is refused (not of this region, over the cap) has its first
         * run when its turn comes. */
        (void)controller_run_now(local->controller, spec->name,
                                 member->settings.region);
    }
    member->was_asked = true;
}

static void
look(void *cookie)
{
    struct local *local = cookie;
    const struct fleet *fleet = controller_view(local->controller).fleet;
    size_t asked = 0;
    local->timer = NULL;
    for (size_t i = 0; i < local->count; i++) {
        struct member *member = &local->members[i];
        struct fleet_probe seen;
        if (!member->was_asked &&
            fleet_find(fleet, member->settings.name, &seen) &&
            seen.state == FLEET_HERE)
            ask_first_runs(member);
        asked += member->was_asked ? 1 : 0;
    }
    if (asked == local->count) {
        local->opts.on_ready(local->opts.cookie);
        return;
    }
    if (++local->looks < LOOK_MAX) {
        local->timer = loop_timer_start(local->opts.loop, LOOK_NS, look, local);
        return;
    }
    for (size_t i = 0; i < local->count; i++) {
        if (!local->members[i].was_asked)
            fail(local, &local->members[i],
                 "does not reach the controller; the log says why, and "
                 "--fresh begins anew");
    }
}

/* ---- the whole ---- */

static int
make_controller(struct local *local, char *why, size_t cap)
{
    struct controller_opts opts = {.loop = local->opts.loop,
                                   .log = local->opts.log,
                                   .config = local->opts.config,
                                   .load = local->opts.load,
                                   .print = local->opts.print,
                                   .on_result = local->opts.on_result,
                                   .on_verdict = local->opts.on_verdict,
                                   .cookie = local->opts.cookie};
    settle_config(local->opts.config, local->opts.dir);
    local->controller = controller_create(&opts, why, cap);
    return local->controller == NULL ? -1 : 0;
}

struct local *
local_create(const struct local_opts *opts, char *why, size_t cap)
{
    struct local *local = str_xcalloc(1, sizeof *local);
    const struct config *config;
    local->opts = *opts;
    if (make_controller(local, why, cap) != 0) {
        local_free(local);
        return NULL;
    }
    config = controller_view(local->controller).config;
    local->count = config->region_count;
    local->members = str_xcalloc(local->count + 1, sizeof *local->members);
    local->timer = loop_timer_start(opts->loop, LOOK_NS, look, local);
    for (size_t i = 0; i < local->count; i++) {
        local->members[i].local = local;
        begin_member(&local->members[i], config->regions[i].id);
    }
    return local;
}

static void
take(char **to, const char *from)
{
    free(*to);
    *to = str_xdup(from);
}

void
local_settle(const struct local *local, struct config *config)
{
    const struct config *now = controller_view(local->controller).config;
    take(&config->listen, now->listen);
    take(&config->probes_listen, now->probes_listen);
    take(&config->public_url, now->public_url);
    take(&config->probes_url, now->probes_url);
    take(&config->data_dir, now->data_dir);
}

static void
member_free(struct member *member)
{
    struct settings *s = &member->settings;
    join_cancel(member->join);
    probe_free(member->probe);
    free(s->name);
    free(s->region);
    free(s->controller);
    free(s->identity);
    free(s->spool_dir);
    free(s->resolvers);
    free(s->source);
    free(s->exec_dir);
}

/* Probes first: what they still send finds a controller. */
void
local_free(struct local *local)
{
    if (local == NULL)
        return;
    loop_timer_cancel(local->timer);
    for (size_t i = 0; i < local->count; i++)
        member_free(&local->members[i]);
    controller_free(local->controller);
    free(local->members);
    free(local);
}

struct controller *
local_controller(const struct local *local)
{
    return local->controller;
}

size_t
local_probe_count(const struct local *local)
{
    return local->count;
}
