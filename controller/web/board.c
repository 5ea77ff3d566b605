/*
 * board.c - see board.h.
 *
 * A component is as its checks are: down when all are, partial when some are
 * or any is, then degraded; unknown when nothing is worse and any is silent.
 * The sentence of truth never says less than an open incident: with one open
 * and every component up again, it says that things recover.
 *
 * The public is told of events and not of rules: incidents that share a
 * component and a moment are one.  It began with the oldest and has its id, so
 * that a link stays good; it ends with the last.  Checks that are down are an
 * outage of a component only when they are all of it, as for its word.
 */
#include "controller/web/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/web/view.h"

#define DAY_MS         (86400 * MS_PER_S)
#define DEFAULT_PATH   "/status"
#define ID_LETTERS     "0123456789abcdefghijklmnopqrstuvwxyz"
#define UPTIME_WHOLE   10000 /* hundredths of a percent */
#define PARTIAL_WEIGHT 3     /* tenths of an outage */

static const struct config_page *
page_of(const struct view *view, size_t page)
{
    return page < view->config->page_count ? &view->config->pages[page] : NULL;
}

size_t
board_page_count(const struct view *view)
{
    return view->config->page_count > 0 ? view->config->page_count : 1;
}

const char *
board_page_path(const struct view *view, size_t page)
{
    const struct config_page *p = page_of(view, page);

    return p == NULL || p->path == NULL ? DEFAULT_PATH : p->path;
}

int
board_page_find(const struct view *view, const char *path)
{
    for (size_t i = 0; i < board_page_count(view); i++) {
        const char *page = board_page_path(view, i);
        size_t len = strlen(page);

        if (strncmp(page, path, len) == 0 &&
            (path[len] == '\0' || str_eq(path + len, "/")))
            return (int)i;
    }
    return -1;
}

void
board_id(char to[BOARD_ID_MAX], const char *kind, const char *name)
{
    struct id id = id_of(kind, name, NULL);
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n = n << 8 | id.byte[i];
    for (int i = 0; i < BOARD_ID_MAX - 1; i++) {
        to[i] = ID_LETTERS[n % 36];
        n /= 36;
    }
    to[BOARD_ID_MAX - 1] = '\0';
}

int
board_uptime(const struct decider_day *days, size_t count)
{
    uint64_t known = 0;
    uint64_t bad = 0; /* tenths */

    for (size_t i = 0; i < count; i++) {
        const struct decider_day *d = &days[i];

        known += (uint64_t)d->up + d->degraded + d->partial + d->down;
        bad += (uint64_t)d->down * 10 + (uint64_t)d->partial * PARTIAL_WEIGHT;
    }
    if (known == 0)
        return -1;
    /* Rounded down: what was not whole never reads 100 %. */
    return (int)((known * 10 - bad) * UPTIME_WHOLE / (known * 10));
}

bool
board_is_open(const struct board_incident *incident)
{
    return incident->of.resolved.ms == 0;
}

/* ---- components ---- */

static bool
is_listed(char *const *globs, size_t count, const char *check)
{
    for (size_t i = 0; i < count; i++)
        if (str_glob(globs[i], check))
            return true;
    return false;
}

static void
add_day(struct decider_day *to, struct decider_day from)
{
    to->up += from.up;
    to->degraded += from.degraded;
    to->partial += from.partial;
    to->down += from.down;
    to->unknown += from.unknown;
}

struct tally {
    size_t count, down, partial, degraded, unknown, paused;
};

static enum verdict
judge(const struct tally *t)
{
    if (t->count == 0 || t->paused == t->count)
        return t->count == 0 ? VERDICT_UNKNOWN : VERDICT_PAUSED;
    if (t->down > 0 && t->down + t->paused == t->count)
        return VERDICT_DOWN;
    if (t->down > 0 || t->partial > 0)
        return VERDICT_PARTIAL;
    if (t->degraded > 0)
        return VERDICT_DEGRADED;
    return t->unknown > 0 ? VERDICT_UNKNOWN : VERDICT_UP;
}

static void
count_verdict(struct tally *t, enum verdict verdict)
{
    t->count++;
    t->down += verdict == VERDICT_DOWN ? 1 : 0;
    t->partial += verdict == VERDICT_PARTIAL ? 1 : 0;
    t->degraded += verdict == VERDICT_DEGRADED ? 1 : 0;
    t->unknown += verdict == VERDICT_UNKNOWN ? 1 : 0;
    t->paused += verdict == VERDICT_PAUSED ? 1 : 0;
}

static void
add_check(const struct view *view, struct board_component *c, size_t check,
          const struct decider_check *state)
{
    int64_t today = view->now.ms / DAY_MS;

    c->is_of[check] = true;
    if (state->since.ms > c->since.ms)
        c->since = state->since;
    for (int64_t i = 0; i < BOARD_DAYS; i++)
        add_day(&c->day[i], decider_day(view->decider, check,
                                        today - (BOARD_DAYS - 1) + i));
}

static void
fill_component(const struct view *view, struct board_component *c,
               char *const *globs, size_t glob_count)
{
    size_t n = decider_check_count(view->decider);
    struct tally tally = {0};

    c->is_of = str_xcalloc(n + 1, sizeof(*c->is_of));
    for (size_t i = 0; i < n; i++) {
        struct decider_check state = decider_check(view->decider, i);

        if (!is_listed(globs, glob_count, state.spec->name))
            continue;
        add_check(view, c, i, &state);
        count_verdict(&tally, state.verdict);
    }
    c->verdict = judge(&tally);
}

static void
add_components(struct board *board, const struct view *view, size_t page)
{
    const struct config_page *p = page_of(view, page);
    size_t n = p != NULL ? p->count : decider_check_count(view->decider);

    board->components = str_xcalloc(n + 1, sizeof(*board->components));
    board->component_count = n;
    for (size_t i = 0; i < n; i++) {
        struct board_component *c = &board->components[i];
        struct decider_check check;
        char *name;

        if (p != NULL) {
            c->name = p->components[i].name != NULL ? p->components[i].name
                                                    : p->components[i].id;
            c->description = p->components[i].description;
            board_id(c->id, board->id, p->components[i].id);
            fill_component(view, c, p->components[i].checks,
                           p->components[i].check_count);
            continue;
        }
        check = decider_check(view->decider, i);
        name = check.spec->name;
        c->name = name;
        board_id(c->id, board->id, name);
        fill_component(view, c, &name, 1);
    }
}

/* ---- incidents ---- */

static enum verdict
parse_verdict(const char *name)
{
    for (int v = VERDICT_UP; v <= VERDICT_PAUSED; v++)
        if (str_eq(verdict_name((enum verdict)v), name))
            return (enum verdict)v;
    return VERDICT_UNKNOWN;
}

static const char *
state_words(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "works";
    case VERDICT_DEGRADED:
        return "is slow or impaired";
    case VERDICT_PARTIAL:
        return "fails in part";
    case VERDICT_DOWN:
        return "is down";
    case VERDICT_UNKNOWN:
        return "cannot be seen";
    case VERDICT_PAUSED:
        return "is paused";
    }
    return "";
}

const char *
board_noun(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "up";
    case VERDICT_DEGRADED:
        return "degraded";
    case VERDICT_PARTIAL:
        return "partial outage";
    case VERDICT_DOWN:
        return "outage";
    case VERDICT_UNKNOWN:
        return "no fresh data";
    case VERDICT_PAUSED:
        return "paused";
    }
    return "";
}

static bool
does_share(const struct board *board, const struct board_incident *a,
           const struct board_incident *b)
{
    for (size_t i = 0; i < board->component_count; i++)
        if (a->concerns[i] && b->concerns[i])
            return true;
    return false;
}

static void
free_incident(struct board_incident *in)
{
    free(in->concerns);
    free(in->is_of);
    free(in->name);
}

/* `into` was opened before `from`, or with it; which began first is another
 * matter, their rules wait for as long as they say. */
static void
absorb(const struct board *board, struct board_incident *into,
       const struct board_incident *from)
{
    const struct decider_incident *of = &from->of;

    for (size_t i = 0; i < board->component_count; i++)
        into->concerns[i] = into->concerns[i] || from->concerns[i];
    for (size_t i = 0; i < board->check_count; i++)
        into->is_of[i] = into->is_of[i] || from->is_of[i];
    if (of->began.ms < into->of.began.ms)
        into->of.began = of->began;
    if (from->verdict > into->verdict)
        into->verdict = from->verdict;
    if (into->of.acknowledged.ms == 0)
        into->of.acknowledged = of->acknowledged;
    if (of->resolved.ms == 0 ||
        (!board_is_open(into) && of->resolved.ms > into->of.resolved.ms))
        into->of.resolved = of->resolved;
}

/* One that goes on while `in` does becomes a part of it; false: none. */
static bool
absorb_one(struct board *board, struct board_incident *in)
{
    for (size_t i = board->incident_count; i-- > 0;) {
        struct board_incident *later = &board->incidents[i];

        if (!does_share(board, in, later) ||
            (!board_is_open(in) && in->of.resolved.ms < later->of.opened.ms))
            continue;
        absorb(board, in, later);
        free_incident(later);
        board->incident_count--;
        memmove(later, later + 1, (board->incident_count - i) * sizeof(*later));
        return true;
    }
    return false;
}

/* The next older one. */
static void
add_incident(struct board *board, const struct decider_incident *of,
             size_t check)
{
    struct board_incident in = {.of = *of};
    char hex[ID_TEXT_MAX];
    bool is_public = false;

    in.concerns = str_xcalloc(board->component_count + 1, sizeof(bool));
    in.is_of = str_xcalloc(board->check_count + 1, sizeof(bool));
    in.is_of[check] = true;
    for (size_t i = 0; i < board->component_count; i++) {
        in.concerns[i] = board->components[i].is_of[check];
        is_public = is_public || in.concerns[i];
    }
    if (!is_public) {
        free_incident(&in);
        return;
    }
    in.verdict = parse_verdict(of->verdict);
    board_id(in.id, "incident", id_format(hex, &of->id));
    while (absorb_one(board, &in))
        continue;
    board->incidents[board->incident_count++] = in;
}

/* Is every check of one of its components in it? */
static bool
has_a_whole(const struct board *board, const struct board_incident *in)
{
    for (size_t c = 0; c < board->component_count; c++) {
        bool is_whole = in->concerns[c];

        for (size_t i = 0; is_whole && i < board->check_count; i++)
            is_whole = in->is_of[i] || !board->components[c].is_of[i];
        if (is_whole)
            return true;
    }
    return false;
}

static void
name_incident(const struct board *board, struct board_incident *in)
{
    size_t first = 0;

    while (!in->concerns[first])
        first++;
    if (in->verdict == VERDICT_DOWN && !has_a_whole(board, in))
        in->verdict = VERDICT_PARTIAL;
    in->name = str_xprintf("%s: %s", board->components[first].name,
                           board_noun(in->verdict));
}

static void
add_incidents(struct board *board, const struct view *view)
{
    size_t n = decider_incident_count(view->decider);

    board->incidents = str_xcalloc(n + 1, sizeof(*board->incidents));
    for (size_t i = 0; i < n; i++) {
        struct decider_incident of = decider_incident(view->decider, i);
        int check = decider_check_find(view->decider, of.check);

        if (check >= 0)
            add_incident(board, &of, (size_t)check);
    }
    for (size_t i = 0; i < board->incident_count; i++)
        name_incident(board, &board->incidents[i]);
}

/* ---- the whole ---- */

/* One of those that made judge() say so: there is one at least. */
static const struct board_component *
find_one(const struct board *board, enum verdict verdict)
{
    size_t i = 0;

    while (board->components[i].verdict != verdict) {
        i++;
        assert(i < board->component_count);
    }
    return &board->components[i];
}

static char *
sentence_of(const struct board *board, const struct tally *t, size_t open)
{
    const struct board_component *only = NULL;

    switch (board->verdict) {
    case VERDICT_UP:
        return str_xdup(open > 0 ? "Recovering: everything answers again"
                                 : "All systems work");
    case VERDICT_PAUSED:
        return str_xdup("Not watched at the moment");
    case VERDICT_UNKNOWN:
        return str_xdup(t->unknown == t->count ? "No fresh data: we cannot tell"
                                               : "Part of the data is missing");
    case VERDICT_DEGRADED:
        return t->degraded == 1
                   ? str_xprintf("%s is slow or impaired",
                                 find_one(board, VERDICT_DEGRADED)->name)
                   : str_xprintf("%zu components are slow or impaired",
                                 t->degraded);
    case VERDICT_DOWN:
        return t->count == 1 ? str_xprintf("%s is down",
                                           find_one(board, VERDICT_DOWN)->name)
                             : str_xdup("All systems are down");
    case VERDICT_PARTIAL:
        break;
    }
    if (t->down + t->partial > 1)
        return str_xprintf("%zu of %zu components have an outage",
                           t->down + t->partial, t->count);
    only = find_one(board, t->down > 0 ? VERDICT_DOWN : VERDICT_PARTIAL);
    return str_xprintf("%s %s", only->name, state_words(only->verdict));
}

static void
conclude(struct board *board)
{
    struct tally tally = {0};
    size_t open = 0;

    for (size_t i = 0; i < board->component_count; i++)
        count_verdict(&tally, board->components[i].verdict);
    for (size_t i = 0; i < board->incident_count; i++)
        open += board_is_open(&board->incidents[i]) ? 1 : 0;
    board->verdict = judge(&tally);
    board->sentence = sentence_of(board, &tally, open);
}

static bool
is_empty(const struct decider_day *d)
{
    return d->up + d->degraded + d->partial + d->down == 0;
}

static void
find_first_day(struct board *board, int64_t today)
{
    board->first_day = today;
    for (int64_t i = BOARD_DAYS - 1; i >= 0; i--)
        for (size_t c = 0; c < board->component_count; c++)
            if (!is_empty(&board->components[c].day[i]))
                board->first_day = today - (BOARD_DAYS - 1) + i;
}

static wall_t
newest_change(const struct view *view)
{
    size_t n = decider_check_count(view->decider);
    wall_t newest = view->started;

    for (size_t i = 0; i < n; i++) {
        struct decider_check c = decider_check(view->decider, i);

        if (c.since.ms > newest.ms)
            newest = c.since;
        for (size_t r = 0; r < c.region_count; r++)
            if (c.regions[r].received.ms > newest.ms)
                newest = c.regions[r].received;
    }
    return newest;
}

struct board *
board_create(const struct view *view, size_t page)
{
    struct board *board = str_xcalloc(1, sizeof(*board));
    const struct config_page *p = page_of(view, page);

    board->title = p == NULL || p->title == NULL ? "Status" : p->title;
    board->path = board_page_path(view, page);
    board->check_count = decider_check_count(view->decider);
    board->url = str_xprintf(
        "%s%s",
        view->config->public_url == NULL ? "" : view->config->public_url,
        board->path);
    board_id(board->id, "page", p == NULL || p->id == NULL ? "status" : p->id);
    add_components(board, view, page);
    add_incidents(board, view);
    conclude(board);
    find_first_day(board, view->now.ms / DAY_MS);
    board->updated = newest_change(view);
    return board;
}

void
board_free(struct board *board)
{
    if (board == NULL)
        return;
    for (size_t i = 0; i < board->component_count; i++)
        free(board->components[i].is_of);
    for (size_t i = 0; i < board->incident_count; i++)
        free_incident(&board->incidents[i]);
    free(board->components);
    free(board->incidents);
    free(board->url);
    free(board->sentence);
    free(board);
}
