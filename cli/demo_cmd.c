/*
 * demo_cmd.c - `picket demo`: everything at once, with a shop to watch and to
 * break; `picket demo break` and `mend` speak to the shop of one that runs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "cli/options.h"
#include "cli/shop.h"
#include "cli/shop_cut.h"
#include "cli/state_dir.h"
#include "controller/config.h"

#define CONF_HERE      "conf"
#define CONF_INSTALLED "/usr/share/picket/conf"
#define PASSWORD_ENV   "PICKET_SHOP_PASSWORD" /* as conf/shop.conf has it */
#define BANNER_INDENT  16                     /* of a row that goes on */
#define WHY_MAX        512

static const struct option_def options_table[] = {
    {"data", 'd', "DIR", "keep the data there"},
    {"fresh", 0, NULL, "forget what was: begin anew"},
    {"conf", 'c', "DIR", "these checks instead of conf/ here"},
    {"listen", 0, "IP:PORT", "dashboard and status page (127.0.0.1:8787)"},
    {0},
};

static const struct options_command command = {
    .usage = "demo [break WHAT [REGION] | mend]",
    .about = "Start a controller, three probes and a shop that they watch; "
             "then break the\nshop in another terminal and see what happens.",
    .options = options_table,
    .more = "  picket demo                     start; ^C ends it\n"
            "  picket demo break pay           the payment page answers 503\n"
            "  picket demo break login         the login leads back to its "
            "form\n"
            "  picket demo break slow          every page takes 1.5 s\n"
            "  picket demo break dns           the name server answers "
            "SERVFAIL\n"
            "  picket demo break cert          the certificate ended "
            "yesterday\n"
            "  picket demo break region fra    only from fra the shop cannot "
            "be reached\n"
            "  picket demo mend                all is well again\n",
};

/* ---- break and mend ---- */

static void
tell_broken(struct jsonpath_doc *doc)
{
    char path[32];
    if (*jsonpath_text(doc, "$.broken[0]") == '\0') {
        puts("the shop is whole; the demo's terminal shows how it recovers");
        return;
    }
    printf("broken now: %s", jsonpath_text(doc, "$.broken[0]"));
    for (int i = 1; i < SHOP_FAULT_COUNT; i++) {
        snprintf(path, sizeof path, "$.broken[%d]", i);
        const char *name = jsonpath_text(doc, path);
        printf("%s%s", *name != '\0' ? ", " : "", name);
    }
    puts("; the demo's terminal shows what comes of it");
}

static int
send_order(const char *dir, const char *path)
{
    struct client_ask ask = {.method = "POST", .path = path};
    const char *body = NULL;
    char why[WHY_MAX];
    size_t len = 0;
    int rc = 0;
    char *orders = file_join(dir, SHOP_ORDERS);
    bool is_there = access(orders, F_OK) == 0;
    free(orders);
    if (!is_there) {
        fprintf(stderr,
                "picket: no demo runs on %s; start one with `picket demo`, or "
                "say where it keeps its data with --data DIR\n",
                dir);
        return CLIENT_EX_UNAVAILABLE;
    }
    struct client *client = client_open(dir, SHOP_ORDERS, &rc);
    if (client == NULL)
        return rc;
    rc = client_call(client, &ask, &body, &len);
    struct jsonpath_doc *doc =
        rc == 0 ? jsonpath_doc(body, len, why, sizeof why) : NULL;
    if (doc != NULL)
        tell_broken(doc);
    jsonpath_doc_free(doc);
    client_free(client);
    return rc;
}

static int
break_it(const struct options *o, const char *dir)
{
    const char *names[SHOP_FAULT_COUNT];
    const char *what = o->operand_count > 1 ? o->operand[1] : "";
    for (int i = 0; i < SHOP_FAULT_COUNT; i++)
        names[i] = shop_fault_name((enum shop_fault)i);
    int fault = shop_fault_find(what);
    if (fault < 0) {
        int near = str_nearest(what, names, SHOP_FAULT_COUNT);
        return options_misused(
            &command,
            "what is to be broken? pay, login, slow, dns, cert or region "
            "R%s%s%s",
            near >= 0 ? "; did you mean " : "", near >= 0 ? names[near] : "",
            near >= 0 ? "?" : "");
    }
    if (fault == SHOP_REGION && o->operand_count != 3)
        return options_misused(&command,
                               "which region? for example: break region fra");
    if (fault != SHOP_REGION && o->operand_count != 2)
        return options_misused(&command, "break takes one thing at a time");
    char *path = str_xprintf("/-/shop/break?what=%s%s%s", what,
                             fault == SHOP_REGION ? "&region=" : "",
                             fault == SHOP_REGION ? o->operand[2] : "");
    int rc = send_order(dir, path);
    free(path);
    return rc;
}

static int
order(const struct options *o)
{
    char why[WHY_MAX];
    const char *given = options_get(o, "data");
    char *dir = given != NULL ? str_xdup(given)
                              : state_dir_path("demo", why, sizeof why);
    int rc = CLIENT_EX_NOINPUT;
    if (dir == NULL)
        fprintf(stderr, "picket: %s\n", why);
    else if (str_eq(o->operand[0], "break"))
        rc = break_it(o, dir);
    else if (str_eq(o->operand[0], "mend"))
        rc = send_order(dir, "/-/shop/mend");
    else
        rc = options_misused(&command, "demo knows break and mend, not %s",
                             o->operand[0]);
    free(dir);
    return rc;
}

/* ---- the demo ---- */

struct demo {
    const char *conf;
    const struct config *config; /* live's; nothing is read again */
    struct live *live;
    struct shop *shop;
};

static struct config *
load(void *cookie, struct diag *diag)
{
    struct demo *demo = cookie;
    struct config *config = config_load(&demo->conf, 1, diag);
    demo->config = config;
    return config;
}

static void
on_said(void *cookie, const char *text)
{
    struct demo *demo = cookie;
    live_on_word(demo->live, "shop", text);
}

static int
open_shop(void *cookie, struct live *live, char *why, size_t cap)
{
    struct demo *demo = cookie;
    struct shop_opts opts = {.loop = live_loop(live),
                             .dir = live_dir(live),
                             .http = SHOP_HTTP,
                             .https = SHOP_HTTPS,
                             .dns = SHOP_DNS,
                             .regions = demo->config->regions,
                             .region_count = demo->config->region_count,
                             .said = on_said,
                             .cookie = demo};
    demo->live = live;
    demo->shop = shop_open(&opts, why, cap);
    if (demo->shop == NULL)
        return -1;
    live_set_world(live, SHOP_DNS, shop_authority(demo->shop));
    live_set_source(live, shop_cut_source);
    /* The secret of the configuration, where it says that it is. */
    if (setenv(PASSWORD_ENV, shop_password(demo->shop), 1) != 0) {
        snprintf(why, cap, PASSWORD_ENV " cannot be set: %s", strerror(errno));
        return -1;
    }
    return 0;
}

static void
close_shop(void *cookie)
{
    struct demo *demo = cookie;
    shop_close(demo->shop);
    demo->shop = NULL;
}

static void
introduce(void *cookie, struct buf *out)
{
    const struct demo *demo = cookie;
    char *once = str_xprintf(
        PASSWORD_ENV "=$(cat %s) \\\n%*spicket run %s --resolvers " SHOP_DNS
                     " --ca %s",
        shop_password_file(demo->shop), BANNER_INDENT, "", demo->conf,
        shop_authority_file(demo->shop));
    live_add_row(out, "break it",
                 "picket demo break pay    (or login, slow, dns, cert, region "
                 "fra; in another terminal)");
    live_add_row(out, "mend it", "picket demo mend");
    live_add_row(out, "run once", once);
    free(once);
}

static const char *
find_conf(const struct options *o)
{
    const char *given = options_get(o, "conf");
    if (given != NULL)
        return given;
    if (access(CONF_HERE "/demo.conf", R_OK) == 0)
        return CONF_HERE;
    return CONF_INSTALLED;
}

int
demo_cmd(int argc, char **argv)
{
    struct options o;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    if (o.operand_count > 0)
        return order(&o);
    struct demo demo = {.conf = find_conf(&o)};
    struct live_opts opts = {.name = "demo",
                             .dir = options_get(&o, "data"),
                             .listen = options_get(&o, "listen"),
                             .is_fresh = options_has(&o, "fresh"),
                             .load = load,
                             .open = open_shop,
                             .close = close_shop,
                             .introduce = introduce,
                             .cookie = &demo};
    return live_run(&opts);
}
