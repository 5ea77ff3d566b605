/*
 * status_json.c - see status_json.h.
 *
 * Statuspage has no word for "we cannot tell".  A component without fresh data
 * is given as degraded_performance: the nearest of its words that does not say
 * that all is well.
 */
#include "controller/web/status_json.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/web/board.h"
#include "controller/web/view.h"

#define INCIDENTS_MAX 50
#define DAY_MS        (86400 * MS_PER_S)

static const char *
component_status(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "operational";
    case VERDICT_DEGRADED:
    case VERDICT_UNKNOWN:
        return "degraded_performance";
    case VERDICT_PARTIAL:
        return "partial_outage";
    case VERDICT_DOWN:
        return "major_outage";
    case VERDICT_PAUSED:
        return "under_maintenance";
    }
    return "degraded_performance";
}

static const char *
indicator(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "none";
    case VERDICT_DEGRADED:
    case VERDICT_UNKNOWN:
        return "minor";
    case VERDICT_PARTIAL:
        return "major";
    case VERDICT_DOWN:
        return "critical";
    case VERDICT_PAUSED:
        return "maintenance";
    }
    return "minor";
}

static const char *
description(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "All Systems Operational";
    case VERDICT_DEGRADED:
    case VERDICT_UNKNOWN:
        return "Partially Degraded Service";
    case VERDICT_PARTIAL:
        return "Partial System Outage";
    case VERDICT_DOWN:
        return "Major Service Outage";
    case VERDICT_PAUSED:
        return "Service Under Maintenance";
    }
    return "Partially Degraded Service";
}

static void
add_page(struct json *j, const struct board *board)
{
    json_obj(j, "page");
    json_str(j, "id", board->id);
    json_str(j, "name", board->title);
    json_str(j, "url", board->url);
    json_str(j, "time_zone", "Etc/UTC");
    json_time(j, "updated_at", board->updated);
    json_end(j);
}

static void
add_component(struct json *j, const struct board *board, size_t index)
{
    const struct board_component *c = &board->components[index];
    wall_t created = {board->first_day * DAY_MS};
    char day[UNITS_TEXT_MAX];

    json_obj(j, NULL);
    json_str(j, "id", c->id);
    json_str(j, "name", c->name);
    json_str(j, "status", component_status(c->verdict));
    json_time(j, "created_at", created);
    json_time(j, "updated_at", c->since.ms > created.ms ? c->since : created);
    json_int(j, "position", (int64_t)index + 1);
    json_str(j, "description", c->description);
    json_bool(j, "showcase", true);
    json_str(j, "start_date", units_format_day(day, created));
    json_nil(j, "group_id");
    json_str(j, "page_id", board->id);
    json_bool(j, "group", false);
    json_bool(j, "only_show_if_degraded", false);
    json_end(j);
}

static void
add_components(struct json *j, const struct board *board,
               const struct board_incident *of)
{
    json_arr(j, "components");
    for (size_t i = 0; i < board->component_count; i++)
        if (of == NULL || of->concerns[i])
            add_component(j, board, i);
    json_end(j);
}

/* ---- incidents ---- */

static const char *
incident_status(const struct board_incident *in)
{
    if (!board_is_open(in))
        return "resolved";
    return in->of.acknowledged.ms != 0 ? "identified" : "investigating";
}

static wall_t
last_change(const struct board_incident *in)
{
    if (!board_is_open(in))
        return in->of.resolved;
    return in->of.acknowledged.ms != 0 ? in->of.acknowledged : in->of.opened;
}

static void
add_affected(struct json *j, const struct board *board,
             const struct board_incident *in, const char *status)
{
    const char *bad = component_status(in->verdict);
    bool is_end = str_eq(status, "resolved");

    json_arr(j, "affected_components");
    for (size_t i = 0; i < board->component_count; i++) {
        if (!in->concerns[i])
            continue;
        json_obj(j, NULL);
        json_str(j, "code", board->components[i].id);
        json_str(j, "name", board->components[i].name);
        json_str(j, "old_status", is_end ? bad : "operational");
        json_str(j, "new_status", is_end ? "operational" : bad);
        json_end(j);
    }
    json_end(j);
}

struct update {
    const char *status;
    const char *body;
    wall_t at;
};

static void
add_update(struct json *j, const struct board *board,
           const struct board_incident *in, const struct update *update)
{
    char id[BOARD_ID_MAX];

    if (update->at.ms == 0)
        return;
    board_id(id, in->id, update->status);
    json_obj(j, NULL);
    json_str(j, "id", id);
    json_str(j, "status", update->status);
    json_str(j, "body", update->body);
    json_str(j, "incident_id", in->id);
    json_time(j, "created_at", update->at);
    json_time(j, "updated_at", update->at);
    json_time(j, "display_at", update->at);
    add_affected(j, board, in, update->status);
    json_bool(j, "deliver_notifications", true);
    json_nil(j, "custom_tweet");
    json_nil(j, "tweet_id");
    json_end(j);
}

static void
add_updates(struct json *j, const struct board *board,
            const struct board_incident *in)
{
    const struct update updates[] = {
        {"resolved", "This works again.", in->of.resolved},
        {"identified", "Somebody is working on it.", in->of.acknowledged},
        {"investigating", "Our probes agree that this fails.", in->of.opened},
    };

    json_arr(j, "incident_updates"); /* newest first */
    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++)
        add_update(j, board, in, &updates[i]);
    json_end(j);
}

static void
add_incident(struct json *j, const struct board *board,
             const struct board_incident *in)
{
    char *link = str_xprintf("%s#%s", board->url, in->id);

    json_obj(j, NULL);
    json_str(j, "id", in->id);
    json_str(j, "name", in->name);
    json_str(j, "status", incident_status(in));
    json_time(j, "created_at", in->of.opened);
    json_time(j, "updated_at", last_change(in));
    json_nil(j, "monitoring_at");
    json_time(j, "resolved_at", in->of.resolved);
    json_str(j, "impact", indicator(in->verdict));
    json_str(j, "shortlink", link);
    json_time(j, "started_at", in->of.began);
    json_str(j, "page_id", board->id);
    add_updates(j, board, in);
    add_components(j, board, in);
    json_end(j);
    free(link);
}

static void
add_incidents(struct json *j, const struct board *board, bool is_open_only)
{
    size_t n = 0;

    json_arr(j, "incidents");
    for (size_t i = 0; i < board->incident_count && n < INCIDENTS_MAX; i++) {
        const struct board_incident *in = &board->incidents[i];

        if (is_open_only && !board_is_open(in))
            continue;
        add_incident(j, board, in);
        n++;
    }
    json_end(j);
}

/* Never less than an open incident: with one, "none" would be untrue. */
static enum verdict
shown_verdict(const struct board *board)
{
    for (size_t i = 0; i < board->incident_count; i++)
        if (board_is_open(&board->incidents[i]) && board->verdict == VERDICT_UP)
            return VERDICT_DEGRADED;
    return board->verdict;
}

void
status_json(struct buf *out, const struct view *view, size_t page,
            unsigned parts)
{
    struct board *board = board_create(view, page);
    struct json j = json_begin(out);
    enum verdict verdict = shown_verdict(board);

    json_obj(&j, NULL);
    add_page(&j, board);
    if ((parts & STATUS_JSON_COMPONENTS) != 0)
        add_components(&j, board, NULL);
    if ((parts & (STATUS_JSON_INCIDENTS | STATUS_JSON_UNRESOLVED)) != 0)
        add_incidents(&j, board, (parts & STATUS_JSON_UNRESOLVED) != 0);
    if ((parts & STATUS_JSON_MAINTENANCES) != 0) {
        json_arr(&j, "scheduled_maintenances");
        json_end(&j);
    }
    if ((parts & STATUS_JSON_STATUS) != 0) {
        json_obj(&j, "status");
        json_str(&j, "indicator", indicator(verdict));
        json_str(&j, "description", description(verdict));
        json_end(&j);
    }
    json_end(&j);
    board_free(board);
}
