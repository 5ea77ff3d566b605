/*
 * probe_cmd.c - `picket probe invite | key | join | revoke`: who may be a probe.
 *
 * invite, key and revoke speak to the controller; join runs on the machine that
 * is to be a probe and speaks to the controller that the line names.  The line
 * holds a secret, so it is read from stdin or a file and never from argv.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "probe/invite.h"
#include "probe/join.h"

#define TEXT_MAX      65536
#define WHY_MAX       512
#define CONFIG_FILE   "/etc/picket/probe.conf"
#define STATE_DIR     "/var/lib/picket-probe"
#define COUNT_DEFAULT "10"
#define ENDS_DEFAULT  "30d"

static const struct option_def options_table[] = {
    {"count", 0, "N", "key: for so many probes (" COUNT_DEFAULT ")"},
    {"ends", 0, "TIME", "key: good for so long (" ENDS_DEFAULT ")"},
    {"file", 'f', "FILE", "join: the line is in this file"},
    {"name", 0, "NAME", "join: call this probe so"},
    {"dir", 0, "DIR", "join: its identity and spool (" STATE_DIR ")"},
    {"config", 0, "FILE", "join: what to write (" CONFIG_FILE ")"},
    {"proxy", 0, "URL", "join: reach the controller through this HTTP proxy"},
    CLIENT_OPTIONS,
    {0},
};

static const struct options_command command = {
    .usage = "probe invite REGION [NAME] | key REGION | join | revoke NAME",
    .about = "Let a probe in, or shut it out.",
    .options = options_table,
    .more = "  picket probe invite fra              on the controller: prints "
            "one line, good\n"
            "                                       once and for 10 minutes\n"
            "  picket probe join                    on the probe: reads that "
            "line\n"
            "  picket probe key fra --count 20      a line for twenty probes "
            "of a fleet\n"
            "  picket probe revoke fra-2            its certificate is refused "
            "from now on\n",
};

/* ---- on the controller ---- */

/* What the controller offers, as the line that join reads. */
static int
print_line(const char *body, size_t len)
{
    char why[WHY_MAX] = "no such fields";
    struct jsonpath_doc *doc = jsonpath_doc(body, len, why, sizeof why);
    struct invite invite = {0};
    char *line = NULL;
    if (doc != NULL && str_unhex(invite.ca_sha256, sizeof invite.ca_sha256,
                                 jsonpath_text(doc, "$.ca_sha256")) == 0) {
        const char *name = jsonpath_text(doc, "$.name");
        invite.url = str_xdup(jsonpath_text(doc, "$.url"));
        invite.name = str_xdup(str_eq(name, "null") ? "" : name);
        invite.region = str_xdup(jsonpath_text(doc, "$.region"));
        invite.token = str_xdup(jsonpath_text(doc, "$.token"));
        line = invite_format(&invite);
    }
    if (line != NULL)
        puts(line);
    else
        fprintf(stderr, "picket: the answer is not an invitation: %s\n", why);
    if (line != NULL && isatty(STDOUT_FILENO))
        fputs("give this line to `picket probe join` on the other machine\n",
              stderr);
    free(line);
    free(invite.url);
    free(invite.name);
    free(invite.region);
    free(invite.token);
    jsonpath_doc_free(doc);
    return line != NULL ? 0 : CLIENT_EX_SOFTWARE;
}

static int
ask_controller(const struct options *o, const char *path, const char *json,
               bool is_line)
{
    struct client_ask ask = {.method = "POST", .path = path, .body = json};
    const char *body = NULL;
    size_t len = 0;
    int rc = 0;
    struct client *client = client_create(o, &rc);
    if (client == NULL)
        return rc;
    rc = client_call(client, &ask, &body, &len);
    if (rc == 0 && is_line)
        rc = print_line(body, len);
    client_free(client);
    return rc;
}

static int
invite(const struct options *o)
{
    struct buf body;
    buf_init(&body, TEXT_MAX);
    struct json j = json_begin(&body);
    if (o->operand_count < 2 || o->operand_count > 3)
        return options_misused(&command, "invite needs a region, and may have "
                                         "a name: invite fra");
    json_obj(&j, NULL);
    json_str(&j, "region", o->operand[1]);
    if (o->operand_count > 2)
        json_str(&j, "name", o->operand[2]);
    json_end(&j);
    int rc = ask_controller(o, "/api/v1/probes/invite", buf_text(&body), true);
    buf_free(&body);
    return rc;
}

static int
key(const struct options *o)
{
    const char *count = options_get(o, "count"), *ends = options_get(o, "ends");
    char at[UNITS_TEXT_MAX];
    int64_t number = 0, ns = 0;
    struct buf body;
    if (o->operand_count != 2)
        return options_misused(&command, "key needs a region: key fra");
    if (str_parse_i64(count ? count : COUNT_DEFAULT, &number) != 0 ||
        number < 1)
        return options_misused(&command, "--count %s is no number of probes",
                               count);
    if (units_parse_duration(ends ? ends : ENDS_DEFAULT, &ns) != 0 || ns <= 0)
        return options_misused(&command, "--ends %s is no time; write 30d",
                               ends);
    wall_t end = {clock_wall().ms + ns / NS_PER_MS};
    buf_init(&body, TEXT_MAX);
    struct json j = json_begin(&body);
    json_obj(&j, NULL);
    json_str(&j, "region", o->operand[1]);
    json_int(&j, "count", number);
    json_str(&j, "ends", units_format_time(at, end));
    json_end(&j);
    int rc = ask_controller(o, "/api/v1/probes/key", buf_text(&body), true);
    buf_free(&body);
    return rc;
}

static int
shut_out(const struct options *o)
{
    if (o->operand_count != 2)
        return options_misused(&command, "revoke needs a probe's name");
    for (const char *c = o->operand[1]; *c != '\0'; c++) {
        if (!str_is_alpha((unsigned char)*c) &&
            !str_is_digit((unsigned char)*c) && strchr("-_.", *c) == NULL)
            return options_misused(&command, "%s is no probe's name",
                                   o->operand[1]);
    }
    char *path = str_xprintf("/api/v1/probes/%s/revoke", o->operand[1]);
    int rc = ask_controller(o, path, "{}", false);
    if (rc == 0)
        printf("%s is shut out\n", o->operand[1]);
    free(path);
    return rc;
}

/* ---- on the probe ---- */

struct joining {
    struct loop *loop;
    struct join *join; /* NULL: over */
    const char *config;
    int rc;
};

static void
on_joined(void *cookie, const struct join_result *result)
{
    struct joining *joining = cookie;
    joining->join = NULL;
    joining->rc = result->why != NULL ? CLIENT_EX_UNAVAILABLE : 0;
    if (result->why != NULL)
        fprintf(stderr, "picket: not joined: %s\n", result->why);
    else
        printf("joined as %s in %s; %s is written\nstart it: systemctl enable "
               "--now picket-probe, or picket-probe --config %s\n",
               result->name, result->region, joining->config, joining->config);
    loop_stop(joining->loop);
}

static void
on_interrupt(void *cookie)
{
    struct joining *joining = cookie;
    fputs("picket: not joined: interrupted\n", stderr);
    loop_stop(joining->loop);
}

static int
run_join(struct joining *joining, const struct join_opts *opts)
{
    char why[WHY_MAX] = "";
    joining->join = join_start(opts, on_joined, joining, why, sizeof why);
    if (joining->join == NULL) {
        fprintf(stderr, "picket: not joined: %s\n", why);
        return CLIENT_EX_CANTCREAT;
    }
    struct loop_watch *interrupt =
        loop_signal_start(joining->loop, SIGINT, on_interrupt, joining);
    loop_run(joining->loop);
    loop_watch_cancel(interrupt);
    join_cancel(joining->join);
    return joining->rc;
}

/* The line, from the file, or from stdin with a prompt where a person is. */
static int
read_line(const char *file, struct buf *line)
{
    char piece[1024];
    ssize_t n = 0;
    buf_init(line, INVITE_LINE_MAX);
    if (file != NULL) {
        if (file_read(file, line) == 0)
            return 0;
        fprintf(stderr, "picket: %s cannot be read: %s\n", file,
                strerror(errno));
        return CLIENT_EX_NOINPUT;
    }
    if (isatty(STDIN_FILENO))
        fputs("paste the line that `picket probe invite` printed: ", stderr);
    while (strchr(buf_text(line), '\n') == NULL &&
           (n = read(STDIN_FILENO, piece, sizeof piece)) > 0) {
        if (buf_add(line, piece, (size_t)n) != 0)
            break;
    }
    if (n >= 0 && line->len > 0)
        return 0;
    fputs("picket: no line came: run `picket probe invite REGION` on the "
          "controller and give what it prints to stdin or --file\n",
          stderr);
    return CLIENT_EX_NOINPUT;
}

static int
join_with(const struct options *o, const struct buf *line)
{
    char why[WHY_MAX] = "";
    const char *config = options_get(o, "config");
    struct joining joining = {.config = config ? config : CONFIG_FILE,
                              .rc = 130};
    struct invite *given = invite_parse(buf_text(line), why, sizeof why);
    struct join_opts opts = {.invite = given,
                             .name = options_get(o, "name"),
                             .state_dir = options_get(o, "dir"),
                             .config = joining.config,
                             .proxy = options_get(o, "proxy")};
    if (given == NULL) {
        fprintf(stderr, "picket: %s\n", why);
        return CLIENT_EX_DATA;
    }
    joining.loop = loop_create();
    opts.loop = joining.loop;
    int rc =
        joining.loop == NULL ? CLIENT_EX_SOFTWARE : run_join(&joining, &opts);
    loop_free(joining.loop);
    invite_free(given);
    return rc;
}

static int
join(const struct options *o)
{
    struct buf line;
    if (o->operand_count != 1)
        return options_misused(&command, "the line holds a secret: join reads "
                                         "it from stdin or --file");
    int rc = read_line(options_get(o, "file"), &line);
    if (rc == 0)
        rc = join_with(o, &line);
    if (line.data != NULL)
        explicit_bzero(line.data, line.cap);
    buf_free(&line);
    return rc;
}

int
probe_cmd(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct options *o);
    } verbs[] = {
        {"invite", invite}, {"key", key}, {"join", join}, {"revoke", shut_out}};

    static const char *const names[] = {"invite", "key", "join", "revoke"};
    struct options o;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    const char *verb = o.operand_count > 0 ? o.operand[0] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (str_eq(verb, verbs[i].name))
            return verbs[i].run(&o);
    }
    int near = str_nearest(verb, names, sizeof names / sizeof *names);
    return options_misused(&command, "invite, key, join or revoke%s%s%s",
                           near >= 0 ? "; did you mean " : "",
                           near >= 0 ? names[near] : "", near >= 0 ? "?" : "");
}
