/*
 * live.c - see live.h.
 *
 * folder and lock -> log -> configuration -> what else runs -> controller and
 * probes -> banner -> the story, until an interrupt.  The first interrupt ends
 * the loop and gives the signal back to the kernel, so that a second one, while
 * the stores are closing, ends the process.
 *
 * What the status page says is read from the page's own model a turn after a
 * verdict changed, when the decision is whole.
 */
#include "cli/live.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "base/version.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/client.h"
#include "cli/local.h"
#include "cli/paint.h"
#include "cli/state_dir.h"
#include "cli/story.h"
#include "controller/config.h"
#include "controller/controller.h"
#include "controller/web/board.h"
#include "controller/web/trouble.h"
#include "controller/web/view.h"

#define WHY_MAX      1024
#define BANNER_MAX   (1u << 20)
#define LABEL_WIDTH  12
#define WATCHED_MAX  12 /* checks that are listed */
#define TARGET_WIDTH 60
#define KIND_WIDTH   4 /* at least */
#define LOG_FILE     "picket.log"
#define TROUBLE_MAX  4096
#define TROUBLE_NS   (2 * NS_PER_S) /* between two looks at the store */

struct live {
    const struct live_opts *opts;
    struct paint paint;
    struct loop *loop;
    struct log *log;
    int log_fd, lock_fd;
    char *dir;
    struct local *local;
    struct story *story;
    struct loop_watch *interrupt, *terminate;
    struct loop_timer *look; /* at the status page */
    struct loop_timer *test; /* of the store */
    char *trouble;           /* told last; NULL: none */
    enum verdict *shown;     /* by component of the first page */
    size_t shown_count;
    char *resolvers, *trust_pem;
    void (*source)(char text[ADDR_TEXT_MAX], const char *region);
    bool is_open, is_ready;
    int rc;
};

/* ---- for what else runs ---- */

struct loop *
live_loop(struct live *live)
{
    return live->loop;
}

const char *
live_dir(const struct live *live)
{
    return live->dir;
}

void
live_set_world(struct live *live, const char *resolvers, const char *trust_pem)
{
    free(live->resolvers);
    free(live->trust_pem);
    live->resolvers = str_xdup(resolvers);
    live->trust_pem = str_xdup(trust_pem);
}

void
live_set_source(struct live *live,
                void (*source)(char text[ADDR_TEXT_MAX], const char *region))
{
    live->source = source;
}

void
live_on_word(struct live *live, const char *who, const char *text)
{
    if (live->story != NULL)
        story_on_word(live->story, loop_wall(live->loop), who, text);
}

/* ---- the banner ---- */

void
live_add_row(struct buf *out, const char *label, const char *text)
{
    buf_addf(out, "  %-*s %s\n", LABEL_WIDTH, label, text);
}

/* Of the targets that are listed, the longest that fits. */
static int
target_width(const struct config *config)
{
    size_t width = 0, count = catalog_count(config->catalog);
    for (size_t i = 0; i < count && i < WATCHED_MAX; i++) {
        size_t len = strlen(catalog_get(config->catalog, i)->target);
        if (len > width && len <= TARGET_WIDTH)
            width = len;
    }
    return (int)width;
}

static int
kind_width(const struct config *config)
{
    size_t width = KIND_WIDTH, count = catalog_count(config->catalog);
    for (size_t i = 0; i < count && i < WATCHED_MAX; i++) {
        const struct spec *spec = catalog_get(config->catalog, i);
        size_t len = strlen(spec_kind_name(spec->kind));
        width = len > width ? len : width;
    }
    return (int)width;
}

static void
add_watched(const struct config *config, struct buf *out)
{
    size_t count = catalog_count(config->catalog);
    int kind = kind_width(config), width = target_width(config);
    for (size_t i = 0; i < count && i < WATCHED_MAX; i++) {
        char every[UNITS_TEXT_MAX];
        const struct spec *spec = catalog_get(config->catalog, i);
        char *line =
            str_xprintf("%-12s %-*s %-*s every %s", spec->name, kind,
                        spec_kind_name(spec->kind), width, spec->target,
                        units_format_duration(every, spec->every_ns));
        live_add_row(out, i == 0 ? "watching" : "", line);
        free(line);
    }
    if (count > WATCHED_MAX) {
        char *line = str_xprintf("and %zu more", count - WATCHED_MAX);
        live_add_row(out, "", line);
        free(line);
    }
}

static void
add_places(const struct live *live, const struct config *config,
           struct buf *out)
{
    const struct controller *controller = local_controller(live->local);
    const char *url = controller_url(controller);
    struct view view = controller_view(controller);
    char *board = str_xprintf("%s/?k=%s", url, controller_key(controller));
    char *page = str_xprintf("%s%s", url, board_page_path(&view, 0));
    char *data = str_xprintf("%s   (log: %s)", live->dir, LOG_FILE);
    live_add_row(out, "dashboard", board);
    live_add_row(out, "status page", page);
    live_add_row(out, "data", data);
    add_watched(config, out);
    free(board);
    free(page);
    free(data);
}

static void
print_banner(struct live *live, const struct config *config)
{
    struct buf out;
    size_t probes = local_probe_count(live->local);
    char *head = str_xprintf("picket %s", live->opts->name);
    buf_init(&out, BANNER_MAX);
    buf_add_char(&out, '\n');
    paint_add(&out, &live->paint, PAINT_BOLD, head);
    buf_addf(&out, "  %s: controller and %zu probe%s (", VERSION, probes,
             probes == 1 ? "" : "s");
    for (size_t i = 0; i < config->region_count; i++)
        buf_addf(&out, "%s%s", i > 0 ? ", " : "", config->regions[i].id);
    buf_add_str(&out, ") in this process, loopback only\n\n");
    add_places(live, config, &out);
    if (live->opts->introduce != NULL)
        live->opts->introduce(live->opts->cookie, &out);
    live_add_row(&out, "end", "^C   (times below are UTC)");
    buf_add_char(&out, '\n');
    fputs(buf_text(&out), stdout);
    fflush(stdout);
    buf_free(&out);
    free(head);
}

/* ---- what happens ---- */

static void
look_at_page(void *cookie)
{
    struct live *live = cookie;
    struct view view = controller_view(local_controller(live->local));
    struct board *board = board_create(&view, 0);
    live->look = NULL;
    for (size_t i = 0; i < board->component_count && i < live->shown_count;
         i++) {
        enum verdict now = board->components[i].verdict;
        enum verdict was = live->shown[i];
        live->shown[i] = now;
        if (now == was || was == VERDICT_UNKNOWN)
            continue;
        story_on_component(live->story, loop_wall(live->loop),
                           board->components[i].name, board_noun(was),
                           board_noun(now));
    }
    board_free(board);
}

static void
tell_lines(struct live *live, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char *line = str_xndup(text, len);
        live_on_word(live, "store", line);
        free(line);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

/* A disk that is full cannot say so in its log. */
static void
look_at_store(void *cookie)
{
    struct live *live = cookie;
    struct view view = controller_view(local_controller(live->local));
    struct buf now;
    live->test = loop_timer_start(live->loop, TROUBLE_NS, look_at_store, live);
    buf_init(&now, TROUBLE_MAX);
    bool has_any = trouble_add(&now, &view);
    if (!has_any && live->trouble != NULL)
        live_on_word(live, "store", "can be written again");
    else if (has_any &&
             (live->trouble == NULL || !str_eq(live->trouble, buf_text(&now))))
        tell_lines(live, buf_text(&now));
    free(live->trouble);
    live->trouble = has_any ? str_xdup(buf_text(&now)) : NULL;
    buf_free(&now);
}

static void
on_verdict(void *cookie, const struct spec *spec, enum verdict from,
           enum verdict to)
{
    struct live *live = cookie;
    story_on_verdict(live->story, loop_wall(live->loop), spec->name, from, to);
    if (live->look == NULL)
        live->look = loop_timer_start(live->loop, 0, look_at_page, live);
}

static void
on_result(void *cookie, const char *probe, const char *region,
          const struct result *result)
{
    struct live *live = cookie;
    (void)probe;
    story_on_result(live->story, loop_wall(live->loop), region, result);
}

static void
on_page(void *cookie, const char *text)
{
    struct live *live = cookie;
    story_on_page(live->story, loop_wall(live->loop), text);
}

static void
on_ready(void *cookie)
{
    struct live *live = cookie;
    live->is_ready = true;
}

static void
on_failed(void *cookie, const char *why)
{
    struct live *live = cookie;
    fprintf(stderr, "picket: %s\n", why);
    live->rc = CLIENT_EX_UNAVAILABLE;
    loop_stop(live->loop);
}

static void
on_interrupt(void *cookie)
{
    struct live *live = cookie;
    loop_watch_cancel(live->interrupt);
    loop_watch_cancel(live->terminate);
    live->interrupt = live->terminate = NULL;
    putchar('\n');
    story_end(live->story, loop_wall(live->loop));
    loop_stop(live->loop);
}

/* ---- start ---- */

static int
open_dir(struct live *live, char *why, size_t cap)
{
    const struct live_opts *opts = live->opts;
    live->dir = opts->dir != NULL ? str_xdup(opts->dir)
                                  : state_dir_path(opts->name, why, cap);
    if (live->dir == NULL)
        return -1;
    live->lock_fd = state_dir_open(live->dir, why, cap);
    if (live->lock_fd < 0 ||
        (opts->is_fresh && state_dir_clear(live->dir, why, cap) != 0))
        return -1;
    char *path = file_join(live->dir, LOG_FILE);
    live->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    free(path);
    if (live->log_fd >= 0)
        live->log = log_open(live->log_fd, "picket", LOG_LEVEL_INFO);
    return 0;
}

static struct config *
load_config(const struct live *live)
{
    struct diag *diag = diag_create();
    struct config *config = live->opts->load(live->opts->cookie, diag);
    struct paint paint = paint_of(stderr);
    struct buf out;
    buf_init(&out, BANNER_MAX);
    if (config == NULL)
        diag_print(diag, &out, paint.colour);
    fputs(buf_text(&out), stderr);
    buf_free(&out);
    diag_free(diag);
    if (config != NULL && live->opts->listen != NULL) {
        free(config->listen);
        free(config->public_url);
        config->listen = str_xdup(live->opts->listen);
        config->public_url = str_xprintf("http://%s", config->listen);
    }
    return config;
}

/* Regions are those of the start: each has its probe. */
static struct config *
load_again(void *cookie, struct diag *diag)
{
    struct live *live = cookie;
    struct config *config = live->opts->load(live->opts->cookie, diag);
    if (config != NULL)
        local_settle(live->local, config);
    return config;
}

/* Who is to be heard: each check from each of its regions. */
static void
make_story(struct live *live, const struct config *config)
{
    struct story_opts opts = {.out = stdout, .paint = &live->paint};
    for (size_t i = 0; i < catalog_count(config->catalog); i++) {
        const struct spec *spec = catalog_get(config->catalog, i);
        size_t len = strlen(spec->name);
        opts.voices +=
            spec->regions.count ? spec->regions.count : config->region_count;
        if (len > opts.name_width)
            opts.name_width = len;
    }
    live->story = story_create(&opts);
    live->shown_count = config->page_count ? config->pages[0].count : 1;
    live->shown = str_xcalloc(live->shown_count + 1, sizeof *live->shown);
    for (size_t i = 0; i < live->shown_count; i++)
        live->shown[i] = VERDICT_UNKNOWN;
}

static int
open_world(struct live *live, struct config *config, char *why, size_t cap)
{
    const struct live_opts *opts = live->opts;
    make_story(live, config);
    if (opts->open != NULL && opts->open(opts->cookie, live, why, cap) != 0) {
        config_free(config);
        return -1;
    }
    live->is_open = true;
    struct local_opts local = {.loop = live->loop,
                               .log = live->log,
                               .config = config,
                               .dir = live->dir,
                               .resolvers = live->resolvers,
                               .trust_pem = live->trust_pem,
                               .source = live->source,
                               .load = opts->has_files ? load_again : NULL,
                               .on_ready = on_ready,
                               .on_failed = on_failed,
                               .print = on_page,
                               .on_result = on_result,
                               .on_verdict = on_verdict,
                               .cookie = live};
    live->local = local_create(&local, why, cap);
    if (live->local == NULL)
        return -1;
    print_banner(live, config);
    live->test = loop_timer_start(live->loop, TROUBLE_NS, look_at_store, live);
    return 0;
}

static void
drive(struct live *live)
{
    live->interrupt = loop_signal_start(live->loop, SIGINT, on_interrupt, live);
    live->terminate =
        loop_signal_start(live->loop, SIGTERM, on_interrupt, live);
    loop_run(live->loop);
    loop_watch_cancel(live->interrupt);
    loop_watch_cancel(live->terminate);
}

static void
take_apart(struct live *live)
{
    loop_timer_cancel(live->look);
    loop_timer_cancel(live->test);
    local_free(live->local);
    if (live->is_open && live->opts->close != NULL)
        live->opts->close(live->opts->cookie);
    story_free(live->story);
    loop_free(live->loop);
    log_close(live->log);
    if (live->log_fd >= 0)
        close(live->log_fd);
    if (live->lock_fd >= 0)
        close(live->lock_fd);
    free(live->shown);
    free(live->trouble);
    free(live->resolvers);
    free(live->trust_pem);
    free(live->dir);
}

int
live_run(const struct live_opts *opts)
{
    struct live live = {.opts = opts, .log_fd = -1, .lock_fd = -1};
    char why[WHY_MAX] = "";
    struct config *config;
    live.paint = paint_of(stdout);
    live.rc = CLIENT_EX_CANTCREAT;
    if (open_dir(&live, why, sizeof why) == 0) {
        config = load_config(&live);
        live.rc = config == NULL ? CLIENT_EX_CONFIG : CLIENT_EX_UNAVAILABLE;
        live.loop = config == NULL ? NULL : loop_create();
        if (live.loop != NULL &&
            open_world(&live, config, why, sizeof why) == 0) {
            live.rc = 0;
            drive(&live);
        }
    }
    if (*why != '\0')
        fprintf(stderr, "picket: %s\n", why);
    take_apart(&live);
    return live.rc;
}
