/* probes_cmd.c - `picket probes`: the fleet, one line a probe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "cli/table.h"

#define OUTPUT_MAX (16u << 20)
#define PROBES_MAX 100000

static const struct option_def options_table[] = {
    {"json", 'j', NULL, "as the API gives it, one JSON object"},
    CLIENT_OPTIONS,
    {0},
};

static const struct options_command command = {
    .usage = "probes [--json]",
    .about = "The probes and how they are: version, clock offset, loop lag, "
             "spool, address.",
    .options = options_table,
    .more = "state: here, ill (has no vote), lost (silent for 60 s),\n"
            "expected (it was here before the controller restarted), never\n"
            "(invited, not seen), revoked\n",
};

/* A field of one probe as text; "" when absent or null. */
static const char *
field(struct jsonpath_doc *doc, int index, const char *name)
{
    char path[80];
    snprintf(path, sizeof path, "$.probes[%d].%s", index, name);
    const char *text = jsonpath_text(doc, path);
    return str_eq(text, "null") ? "" : text;
}

static void
add_spool(struct table *table, const char *results, const char *bytes)
{
    char size[UNITS_TEXT_MAX];
    int64_t n = 0;
    if (*results == '\0' || str_parse_i64(bytes, &n) != 0) {
        table_add(table, "");
        return;
    }
    char *text =
        n == 0 ? str_xdup("empty")
               : str_xprintf("%s (%s)", results, units_format_size(size, n));
    table_add(table, text);
    free(text);
}

static void
add_ago(struct table *table, const char *time, wall_t now)
{
    char span[UNITS_TEXT_MAX];
    wall_t at;
    if (units_parse_time(time, &at) != 0) {
        table_add(table, "never");
        return;
    }
    int64_t ms = now.ms > at.ms ? now.ms - at.ms : 0;
    char *text = str_xprintf(
        "%s ago", units_show_duration(span, ms / MS_PER_S * NS_PER_S));
    table_add(table, text);
    free(text);
}

static void
add_row(struct table *table, struct jsonpath_doc *doc, int i, wall_t now)
{
    table_add(table, field(doc, i, "name"));
    table_add(table, field(doc, i, "region"));
    table_add(table, field(doc, i, "state"));
    table_add(table, field(doc, i, "software"));
    table_add_ms(table, field(doc, i, "offset_ms"));
    table_add_ms(table, field(doc, i, "lag_ms"));
    add_spool(table, field(doc, i, "spool_results"),
              field(doc, i, "spool_bytes"));
    table_add(table, field(doc, i, "egress"));
    add_ago(table, field(doc, i, "last_sync"), now);
}

static void
show(struct jsonpath_doc *doc)
{
    static const char *const heads[] = {
        "probe", "region", "state",  "version",   ">offset",
        ">lag",  ">spool", "egress", "last sync", NULL};
    struct table *table = table_create(heads);
    struct paint paint = paint_of(stdout);
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    for (int i = 0; i < PROBES_MAX && *field(doc, i, "name") != '\0'; i++)
        add_row(table, doc, i, clock_wall());
    table_format(table, &paint, &out);
    for (int i = 0; i < PROBES_MAX && *field(doc, i, "name") != '\0'; i++) {
        if (*field(doc, i, "ill_why") != '\0')
            buf_addf(&out, "\n%s is ill: %s\n", field(doc, i, "name"),
                     field(doc, i, "ill_why"));
    }
    if (*field(doc, 0, "name") == '\0')
        buf_add_str(&out, "no probe yet; invite one: picket probe invite "
                          "REGION\n");
    fputs(buf_text(&out), stdout);
    buf_free(&out);
    table_free(table);
}

int
probes_cmd(int argc, char **argv)
{
    struct client_ask ask = {.method = "GET", .path = "/api/v1/probes"};
    struct options o;
    const char *body = NULL;
    char why[256];
    size_t len = 0;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    struct client *client = client_create(&o, &rc);
    if (client == NULL)
        return rc;
    rc = client_call(client, &ask, &body, &len);
    struct jsonpath_doc *doc =
        rc == 0 ? jsonpath_doc(body, len, why, sizeof why) : NULL;
    if (rc == 0 && doc == NULL) {
        fprintf(stderr, "picket: the answer is not JSON: %s\n", why);
        rc = CLIENT_EX_SOFTWARE;
    } else if (rc == 0 && options_has(&o, "json")) {
        (void)fwrite(body, 1, len, stdout);
    } else if (rc == 0) {
        show(doc);
    }
    jsonpath_doc_free(doc);
    client_free(client);
    return rc;
}
