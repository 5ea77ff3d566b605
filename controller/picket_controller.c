/*
 * picket_controller.c - the daemon: options, signals, and one controller.
 *
 * SIGTERM and SIGINT end it; SIGHUP reads the configuration again and keeps
 * the old one when the new one has a fault.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sd_notify.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/version.h"
#include "controller/config.h"
#include "controller/controller.h"

#define CONFIG_DEFAULT "/etc/picket"
#define PATHS_MAX      64
#define PROBLEMS_MAX   (1u << 20)
#define WHY_MAX        512
#define EX_USAGE       64 /* sysexits */
#define EX_SOFTWARE    70
#define EX_CONFIG      78

struct daemon {
    struct loop *loop;
    struct controller *controller;
    struct loop_timer *watchdog;
    const char *paths[PATHS_MAX];
    size_t path_count;
    const char *data;
};

static struct config *
read_config(void *cookie, struct diag *diag)
{
    struct daemon *d = cookie;
    struct config *config = config_load(d->paths, d->path_count, diag);

    if (config != NULL && d->data != NULL) {
        free(config->data_dir);
        config->data_dir = str_xdup(d->data);
    }
    return config;
}

static struct config *
first_config(struct daemon *d)
{
    struct diag *diag = diag_create();
    struct config *config = read_config(d, diag);
    struct buf text;

    buf_init(&text, PROBLEMS_MAX);
    diag_print(diag, &text, isatty(STDERR_FILENO) == 1);
    (void)fputs(buf_text(&text), stderr);
    buf_free(&text);
    diag_free(diag);
    return config;
}

static void
on_stop(void *cookie)
{
    struct daemon *d = cookie;

    sd_notify_send("STOPPING=1");
    loop_stop(d->loop);
}

static void
on_reloaded(void *cookie, int rc, const struct buf *problems)
{
    (void)cookie;
    (void)rc;
    (void)fputs(buf_text(problems), stderr);
}

static void
on_hup(void *cookie)
{
    struct daemon *d = cookie;

    if (controller_reload_start(d->controller, on_reloaded, d) == NULL)
        (void)fputs("picket-controller: too many reloads at once\n", stderr);
}

static void
feed_watchdog(void *cookie)
{
    struct daemon *d = cookie;

    sd_notify_send("WATCHDOG=1");
    d->watchdog =
        loop_timer_start(d->loop, sd_notify_watchdog_ns(), feed_watchdog, d);
}

static int
usage(FILE *out)
{
    (void)fputs("usage: picket-controller [--config FILE|DIR]... [--data DIR]\n"
                "       picket-controller --version\n"
                "The configuration is " CONFIG_DEFAULT " unless one is named; "
                "check it with `picket validate`.\n",
                out);
    return out == stderr ? EX_USAGE : 0;
}

/* -1: go on; else the exit code. */
static int
read_options(struct daemon *d, int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"data", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:d:hV", options, NULL)) != -1) {
        if (c == 'h')
            return usage(stdout);
        if (c == 'V')
            return puts("picket-controller " VERSION) < 0 ? EX_SOFTWARE : 0;
        if (c == 'c' && d->path_count < PATHS_MAX)
            d->paths[d->path_count++] = optarg;
        else if (c == 'd')
            d->data = optarg;
        else
            return usage(stderr);
    }
    if (optind < argc)
        return usage(stderr);
    if (d->path_count == 0)
        d->paths[d->path_count++] = CONFIG_DEFAULT;
    return -1;
}

static void
serve(struct daemon *d)
{
    struct loop_watch *signals[] = {
        loop_signal_start(d->loop, SIGTERM, on_stop, d),
        loop_signal_start(d->loop, SIGINT, on_stop, d),
        loop_signal_start(d->loop, SIGHUP, on_hup, d),
    };

    sd_notify_send("READY=1");
    if (sd_notify_watchdog_ns() > 0)
        feed_watchdog(d);
    loop_run(d->loop);
    loop_timer_cancel(d->watchdog);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        loop_watch_cancel(signals[i]);
}

int
main(int argc, char **argv)
{
    struct daemon d = {0};
    struct controller_opts opts = {.load = read_config, .cookie = &d};
    char why[WHY_MAX] = "";
    int rc = read_options(&d, argc, argv);

    secret_guard();
    if (rc >= 0)
        return rc;
    (void)signal(SIGPIPE, SIG_IGN);
    opts.config = first_config(&d);
    if (opts.config == NULL)
        return EX_CONFIG;
    d.loop = opts.loop = loop_create();
    opts.log = log_open(STDERR_FILENO, "controller", LOG_LEVEL_INFO);
    d.controller = controller_create(&opts, why, sizeof(why));
    if (d.controller != NULL)
        serve(&d);
    else
        (void)fprintf(stderr, "picket-controller: %s\n", why);
    rc = d.controller == NULL ? EX_SOFTWARE : 0;
    controller_free(d.controller);
    loop_free(d.loop);
    log_close(opts.log);
    return rc;
}
