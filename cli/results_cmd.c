/* results_cmd.c - `picket results`: what the probes found, newest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "cli/table.h"

#define OUTPUT_MAX    (64u << 20)
#define LIMIT_DEFAULT "20"
#define LIMIT_MAX     10000 /* as the API */

static const struct option_def options_table[] = {
    {"limit", 'n', "N", "at most so many (" LIMIT_DEFAULT ")"},
    {"since", 0, "TIME", "not older, such as 2026-01-02T03:04:05Z"},
    {"json", 'j', NULL, "one JSON object a line, with evidence"},
    CLIENT_OPTIONS,
    {0},
};

static const struct options_command command = {
    .usage = "results [CHECK] [--limit N] [--json]",
    .about = "What the probes found, of one check or of all.",
    .options = options_table,
    .more = "late: received after its slot had closed; history, never a "
            "page\n",
};

/* Everything but letters, digits and -_.~: as %XX. */
static void
add_query(struct buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_addf(out, "%c%s=", strchr(buf_text(out), '?') ? '&' : '?', name);
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (str_is_alpha(c) || str_is_digit(c) || strchr("-_.~", c) != NULL)
            buf_add_char(out, *value);
        else
            buf_addf(out, "%%%02X", c);
    }
}

static const char *
field(struct jsonpath_doc *doc, const char *path)
{
    const char *text = jsonpath_text(doc, path);
    return str_eq(text, "null") ? "" : text;
}

static void
add_row(struct table *table, struct jsonpath_doc *doc)
{
    const char *reason = field(doc, "$.reason");
    const char *message = field(doc, "$.message");
    char *why = str_xprintf(
        "%s%s%s%s", reason, *reason && *message ? ": " : "", message,
        str_eq(field(doc, "$.late"), "true") ? " (late)" : "");
    char *started = str_xprintf("%.19sZ", field(doc, "$.started"));
    table_add(table, started);
    free(started);
    table_add(table, field(doc, "$.check"));
    table_add(table, field(doc, "$.region"));
    table_add(table, field(doc, "$.status"));
    table_add_ms(table, field(doc, "$.ms.total"));
    table_add(table, why);
    free(why);
}

static int
show(const char *lines)
{
    static const char *const heads[] = {"started", "check", "region", "status",
                                        ">took",   "why",   NULL};
    struct table *table = table_create(heads);
    struct paint paint = paint_of(stdout);
    struct buf out;
    char why[256];
    int rc = 0;
    buf_init(&out, OUTPUT_MAX);
    while (rc == 0 && *lines != '\0') {
        size_t len = strcspn(lines, "\n");
        struct jsonpath_doc *doc = jsonpath_doc(lines, len, why, sizeof why);
        if (doc != NULL) {
            add_row(table, doc);
        } else {
            fprintf(stderr, "picket: the answer is not JSON: %s\n", why);
            rc = CLIENT_EX_SOFTWARE;
        }
        jsonpath_doc_free(doc);
        lines += len + (lines[len] == '\n' ? 1 : 0);
    }
    table_format(table, &paint, &out);
    fputs(buf_text(&out), stdout);
    buf_free(&out);
    table_free(table);
    return rc;
}

static int
ask_for(struct client *client, const struct options *o)
{
    const char *limit = options_get(o, "limit");
    const char *body = NULL;
    size_t len = 0;
    struct buf path;
    buf_init(&path, 4096);
    buf_add_str(&path, "/api/v1/results");
    add_query(&path, "limit", limit ? limit : LIMIT_DEFAULT);
    add_query(&path, "check", o->operand_count ? o->operand[0] : NULL);
    add_query(&path, "since", options_get(o, "since"));
    struct client_ask ask = {.method = "GET", .path = buf_text(&path)};
    int rc = client_call(client, &ask, &body, &len);
    buf_free(&path);
    if (rc == 0 && options_has(o, "json"))
        (void)fwrite(body, 1, len, stdout);
    else if (rc == 0)
        rc = show(body);
    return rc;
}

int
results_cmd(int argc, char **argv)
{
    struct options o;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    if (o.operand_count > 1)
        return options_misused(&command, "one check at a time, or all");
    const char *limit = options_get(&o, "limit");
    int64_t n = 1;
    if (limit != NULL &&
        (str_parse_i64(limit, &n) != 0 || n < 1 || n > LIMIT_MAX))
        return options_misused(&command,
                               "--limit %s: write a number from 1 to %d, and "
                               "--since TIME for what is older",
                               limit, LIMIT_MAX);
    struct client *client = client_create(&o, &rc);
    if (client == NULL)
        return rc;
    rc = ask_for(client, &o);
    client_free(client);
    return rc;
}
