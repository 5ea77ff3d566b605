/*
 * picket_probe.c - the probe's daemon: settings, loop, probe, until SIGTERM.
 */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sd_notify.h"
#include "base/secret.h"
#include "probe/probe.h"
#include "probe/settings.h"

#define CONFIG_DEFAULT "/etc/picket/probe.conf"
#define WHY_MAX        512
#define DIAG_TEXT_MAX  (256u << 10)
/* Each further arena is megabytes that a probe never uses. */
#define ARENAS_MAX 2

struct daemon {
    const char *config;
    struct loop *loop;
    struct log *log;
    struct settings *settings;
    struct probe *probe;
    struct loop_timer *watchdog;
    int exit_code;
};

static struct settings *
load_settings(const char *path)
{
    struct diag *diag = diag_create();
    struct settings *settings = settings_load(path, diag);
    struct buf text;

    buf_init(&text, DIAG_TEXT_MAX);
    diag_print(diag, &text, isatty(STDERR_FILENO) == 1);
    (void)fputs(buf_text(&text), stderr);
    buf_free(&text);
    diag_free(diag);
    return settings;
}

static int
start_probe(struct daemon *d)
{
    struct probe_opts opts = {
        .loop = d->loop, .settings = d->settings, .log = d->log};
    char why[WHY_MAX];

    d->probe = probe_create(&opts, why, sizeof(why));
    if (d->probe != NULL)
        return 0;
    (void)fprintf(stderr, "picket-probe: %s\n", why);
    d->exit_code = EX_CONFIG;
    return -1;
}

static void
on_stop(void *cookie)
{
    struct daemon *d = cookie;

    log_event(d->log, EV_STOPPING, LOG_STR("name", d->settings->name));
    sd_notify_send("STOPPING=1");
    loop_stop(d->loop);
}

/* New settings, new probe: the spool and the cached assignment carry over. */
static void
on_reload(void *cookie)
{
    struct daemon *d = cookie;
    struct settings *settings = load_settings(d->config);

    if (settings == NULL) {
        log_event(d->log, EV_CONFIG_REFUSED, LOG_STR("file", d->config));
        return;
    }
    probe_free(d->probe);
    settings_free(d->settings);
    d->settings = settings;
    if (start_probe(d) != 0)
        loop_stop(d->loop);
}

static void
on_watchdog(void *cookie)
{
    struct daemon *d = cookie;

    d->watchdog =
        loop_timer_start(d->loop, sd_notify_watchdog_ns(), on_watchdog, d);
    sd_notify_send("WATCHDOG=1");
}

static void
run(struct daemon *d)
{
    struct loop_watch *term, *intr, *hup;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an error, not an end */
    term = loop_signal_start(d->loop, SIGTERM, on_stop, d);
    intr = loop_signal_start(d->loop, SIGINT, on_stop, d);
    hup = loop_signal_start(d->loop, SIGHUP, on_reload, d);
    if (sd_notify_watchdog_ns() > 0)
        on_watchdog(d);
    log_event(d->log, EV_STARTED, LOG_STR("name", d->settings->name),
              LOG_STR("region", d->settings->region));
    sd_notify_send("READY=1");
    loop_run(d->loop);
    loop_timer_cancel(d->watchdog);
    loop_watch_cancel(term);
    loop_watch_cancel(intr);
    loop_watch_cancel(hup);
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check-config", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct daemon d = {.config = CONFIG_DEFAULT};
    bool check_only = false;
    int option;

    secret_guard();
    (void)mallopt(M_ARENA_MAX, ARENAS_MAX);
    while ((option = getopt_long(argc, argv, "c:nh", options, NULL)) != -1) {
        if (option == 'c') {
            d.config = optarg;
        } else if (option == 'n') {
            check_only = true;
        } else {
            (void)fprintf(option == 'h' ? stdout : stderr,
                          "usage: picket-probe [--config FILE] "
                          "[--check-config]\n");
            return option == 'h' ? EX_OK : EX_USAGE;
        }
    }
    d.settings = load_settings(d.config);
    if (d.settings == NULL)
        return EX_CONFIG;
    if (check_only) {
        settings_free(d.settings);
        return EX_OK;
    }
    d.log = log_open(STDERR_FILENO, "picket-probe", LOG_LEVEL_INFO);
    d.loop = loop_create();
    if (d.loop == NULL)
        return EX_OSERR;
    if (start_probe(&d) == 0)
        run(&d);
    probe_free(d.probe);
    loop_free(d.loop);
    settings_free(d.settings);
    log_close(d.log);
    return d.exit_code;
}
