/*
 * A monitoring plugin: a program of this machine that looks at something and
 * says by its exit code what it found.
 *
 *     0 OK        up          expectations are asked besides
 *     1 WARNING   degraded    unless an expectation fails
 *     2 CRITICAL  down
 *     3 UNKNOWN   error       as is any other code, and an end by a signal: the
 *                             plugin could not look
 *
 * An expectation that asks for `exit` judges the code alone; so does a soft
 * limit that asks for it and holds.
 *
 * Which programs may be run is this machine's to say (engine_opts.plugins), not
 * the check's: one of the folder named there, by its bare name or as the whole
 * path.  Its environment is made here: PATH, the C locale, and what the check
 * names.  A secret goes there, never onto the command line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/expr.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/evidence_priv.h"
#include "checks/expect.h"
#include "checks/plugin_output.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/subject.h"

#define PROGRAMS_MAX 32 /* alive at once in an engine */
#define ENV_PATH                                                               \
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define ENV_LOCALE "LC_ALL=C"
#define ENV_OURS   2
#define ENV_BYTES  8192 /* of one variable */
#define SECRET     "secret."
#define PERF_LINE  RESULT_TEXT_MAX

struct exec_run {
    struct child *child;
    char *program; /* the path that is run */
    char *origin;  /* "exec:NAME", for which a secret has to be */
    struct buf *env;
    size_t env_count;
    struct scope scope;
    struct template_moment moment;
    char *said; /* what it printed, once it has ended */
    size_t said_len;
    int exit_code; /* -1 */
    struct plugin_output output;
    char perf_line[PERF_LINE];
};

/* ---- what is told ---- */

static void
find_perf(const struct exec_run *run, const char *label,
          struct expr_values *values)
{
    for (size_t i = 0; i < run->output.perf_count; i++) {
        const struct plugin_perf *perf = &run->output.perf[i];
        struct expr_value v = {
            .type = EXPR_V_NUM, .is_decimal = true, .decimal = perf->number};

        if (!str_eq(perf->label, label))
            continue;
        v.num = perf->number > INT32_MAX || perf->number < INT32_MIN
                    ? 0
                    : (int64_t)perf->number;
        expr_values_add(values, &v);
    }
}

static void
find(const struct look *look, int subject, const char *arg,
     struct expr_values *values)
{
    const struct exec_run *run = look->more_of;

    if (run->said == NULL)
        return;
    if (subject == SUBJECT_PERF)
        find_perf(run, arg, values);
    else if (subject == SUBJECT_OUTPUT)
        expr_values_text(values, run->said, run->said_len);
    else if (subject == SUBJECT_EXIT && run->exit_code >= 0)
        expr_values_int(values, run->exit_code);
}

static void
add_facts(const struct look *look, struct result *result)
{
    const struct exec_run *run = look->more_of;

    if (run->exit_code >= 0)
        result_add_int(result, FACT_EXIT_CODE, run->exit_code);
    if (run->perf_line[0] != '\0')
        result_add_text(result, FACT_PERF, run->perf_line);
}

static void
add_perf(struct json *j, const struct plugin_output *output)
{
    json_arr(j, "perf");
    for (size_t i = 0; i < output->perf_count; i++) {
        const struct plugin_perf *perf = &output->perf[i];

        json_obj(j, NULL);
        json_str(j, "label", perf->label);
        json_str(j, "value", perf->value);
        json_str(j, "unit", perf->unit);
        json_end(j);
    }
    json_end(j);
    if (output->left_out > 0)
        json_int(j, "perf_left_out", (int64_t)output->left_out);
}

static void
add_evidence(const struct look *look, struct evidence *e)
{
    const struct exec_run *run = look->more_of;

    if (run->program == NULL)
        return;
    json_obj(&e->j, "exec");
    json_str(&e->j, "program", run->program);
    if (run->exit_code >= 0)
        json_int(&e->j, "exit_code", run->exit_code);
    if (run->said != NULL) {
        (void)evidence_text(e, "output", run->said, run->said_len,
                            EVIDENCE_BODY_MAX);
        add_perf(&e->j, &run->output);
    }
    json_end(&e->j);
}

static const struct look_more more = {find, add_facts, add_evidence};

/* ---- its end ---- */

/* "load1=0.01 load5=0.02", as many as fit. */
static void
format_perf(struct exec_run *run)
{
    size_t at = 0;

    for (size_t i = 0; i < run->output.perf_count; i++) {
        const struct plugin_perf *perf = &run->output.perf[i];
        int n =
            snprintf(run->perf_line + at, PERF_LINE - at, "%s%s=%s%s",
                     i > 0 ? " " : "", perf->label, perf->value, perf->unit);

        if (n < 0 || (size_t)n >= PERF_LINE - at) {
            run->perf_line[at] = '\0';
            return;
        }
        at += (size_t)n;
    }
}

static void
keep_output(struct exec_run *run, const char *output, size_t len)
{
    run->said = str_xndup(output, len);
    run->said_len = len;
    plugin_output_parse(&run->output, run->said, len);
    format_perf(run);
}

/* The plugin's own words, or ours. */
static void
say(struct check *check, enum reason reason)
{
    const struct exec_run *run = check->state;
    const struct plugin_output *output = &run->output;

    if (output->text_len > 0)
        look_fault(&check->look, reason, "%.*s", (int)output->text_len,
                   output->text);
    else
        look_fault(&check->look, reason, "%s, without a word (exit code %d)",
                   reason_text(reason), run->exit_code);
}

/* Do the expectations say what the exit code means? */
static bool
is_exit_asked(struct check *check)
{
    const struct spec_exprs *expect = &check->spec->expect;
    const struct spec_exprs *soft = &check->spec->degraded_when;
    char why[RESULT_MESSAGE_MAX];
    enum reason reason;

    for (size_t i = 0; i < expect->count; i++)
        if (expr_uses(expect->item[i], "exit"))
            return true;
    for (size_t i = 0; i < soft->count; i++)
        if (expr_uses(soft->item[i], "exit") &&
            expect_until(&check->look, soft->item[i], &reason, why,
                         sizeof(why)))
            return true;
    return false;
}

static void
conclude(struct check *check)
{
    const struct exec_run *run = check->state;

    if (is_exit_asked(check)) {
        check_end(check);
        return;
    }
    switch (run->exit_code) {
    case 0:
        break;
    case 1:
        if (expect_holds(&check->look, &check->spec->expect))
            say(check, REASON_EXEC_WARNING);
        break;
    case 2:
        say(check, REASON_EXEC_CRITICAL);
        break;
    case 3:
        say(check, REASON_EXEC_UNKNOWN);
        break;
    default: /* a number of the plugin's, not an enum */
        look_fault(&check->look, REASON_EXEC_EXIT,
                   "exit code %d is none of the plugins' (0 to 3): %.*s",
                   run->exit_code, (int)run->output.text_len, run->output.text);
    }
    check_end(check);
}

static void
on_end(void *cookie, const struct child_end *end)
{
    struct check *check = cookie;
    struct exec_run *run = check->state;

    run->child = NULL;
    run->exit_code = end->exit_code;
    keep_output(run, end->output, end->output_len);
    if (end->has_flooded)
        check_fail(check, REASON_EXEC_FLOOD,
                   "it printed more than %zu KiB and was killed",
                   CHILD_FLOOD_MAX / 1024);
    else if (end->exit_code < 0)
        check_fail(check, REASON_EXEC_SIGNAL, "signal %d (%s) ended it",
                   end->signal, strsignal(end->signal));
    else
        conclude(check);
}

/* ---- its begin ---- */

/* Where the program is; NULL: it is none that may be run, and the check has
 * failed. */
static char *
find_program(struct check *check, const char *name)
{
    const char *dir = check->engine->plugins;
    size_t len = dir != NULL ? strlen(dir) : 0;

    if (dir == NULL) {
        check_fail(check, REASON_LOCAL_CONFIG,
                   "this probe runs no plugins; if it is to, put exec = { dir "
                   "= \"/usr/lib/nagios/plugins\"; } into `probe` of its "
                   "probe.conf");
        return NULL;
    }
    if (strchr(name, '/') == NULL && !str_eq(name, ".") && !str_eq(name, ".."))
        return str_xprintf("%s/%s", dir, name);
    if (str_starts(name, dir) && name[len] == '/' &&
        strchr(name + len + 1, '/') == NULL && name[len + 1] != '.')
        return str_xdup(name);
    check_fail(check, REASON_LOCAL_CONFIG,
               "%s is not in %s, the only folder whose plugins this probe "
               "runs (probe.exec.dir in its probe.conf)",
               name, dir);
    return NULL;
}

/* NAME=value into `out`; false: the check has failed. */
static bool
add_variable(struct check *check, struct buf *out, const struct spec_field *var)
{
    struct exec_run *run = check->state;
    struct scope_place place = {.context = TEMPLATE_IN_TEXT,
                                .origin = run->origin,
                                .moment = &run->moment};
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason;

    (void)buf_addf(out, "%s=", var->name);
    reason = scope_expand(&run->scope, var->value, &place, out, why);
    if (reason == REASON_NONE && strlen(buf_text(out)) != out->len)
        reason = REASON_SAVE_INVALID; /* a NUL would cut it */
    if (reason == REASON_NONE)
        return true;
    check_fail(check, reason, "environment variable %s: %s", var->name,
               why[0] != '\0' ? why : "its value cannot be one");
    return false;
}

static bool
make_environment(struct check *check)
{
    struct exec_run *run = check->state;
    const struct spec_fields *env = &check->spec->of.exec.env;

    run->env = str_xcalloc(env->count + 1, sizeof(*run->env));
    for (size_t i = 0; i < env->count; i++) {
        struct buf *out = &run->env[run->env_count++];

        buf_init(out, ENV_BYTES);
        if (!add_variable(check, out, &env->item[i]))
            return false;
    }
    check->mask = scope_hide(&run->scope, &check->look);
    return true;
}

/* What is wrong with the file, and the remedy. */
static const char *
why_not_run(int error)
{
    switch (error) {
    case EACCES:
        return "the probe's user may not execute it: chmod a+x, and rx on the "
               "folders above it";
    case ENOEXEC:
        return "it is no program: a script begins with #! and its interpreter";
    case ENOENT:
        return "there is no such file, or its interpreter is missing; install "
               "the plugin on this probe";
    default: /* of the C library, not of an enum of ours */
        return strerror(error);
    }
}

static void
fail_to_start(struct check *check, int error)
{
    const struct exec_run *run = check->state;

    if (error == EAGAIN || error == EMFILE || error == ENFILE ||
        error == ENOMEM)
        check_fail(check, REASON_LOCAL_LIMIT,
                   "no room for one more program: %s", strerror(error));
    else
        check_fail(check, REASON_LOCAL_CONFIG, "%s cannot be run: %s",
                   run->program, why_not_run(error));
}

static void
spawn(struct check *check)
{
    struct exec_run *run = check->state;
    const struct spec_list *words = &check->spec->of.exec.argv;
    const char **env = str_xcalloc(run->env_count + ENV_OURS + 1, sizeof(*env));
    const char **argv = str_xcalloc(words->count + 1, sizeof(*argv));

    env[0] = ENV_PATH;
    env[1] = ENV_LOCALE;
    for (size_t i = 0; i < run->env_count; i++)
        env[ENV_OURS + i] = buf_text(&run->env[i]);
    argv[0] = run->program;
    for (size_t i = 1; i < words->count; i++)
        argv[i] = words->item[i];
    if (check->engine->children == NULL)
        check->engine->children =
            child_pool_create(check->engine->loop, PROGRAMS_MAX);
    run->child = child_start(check->engine->children, argv, env, on_end, check);
    if (run->child == NULL)
        fail_to_start(check, errno);
    free(env);
    free(argv);
}

static void
start(struct check *check)
{
    const char *name = check->spec->of.exec.argv.item[0];
    struct exec_run *run = str_xcalloc(1, sizeof(*run));

    run->exit_code = -1;
    scope_init(&run->scope, check->engine, check->spec, &check->result.run);
    run->moment = template_moment(loop_wall(check->engine->loop));
    check->state = run;
    check->look.more = &more;
    check->look.more_of = run;
    run->origin = str_xprintf(SPEC_EXEC_ORIGIN "%s", name);
    run->program = find_program(check, name);
    if (run->program != NULL && make_environment(check))
        spawn(check);
}

static void
expire(struct check *check)
{
    struct exec_run *run = check->state;
    size_t len;
    const char *output = child_output(run->child, &len);

    keep_output(run, output, len);
    check_fail(check, REASON_EXEC_TIMEOUT, "%s did not end in time%s%.*s",
               check->spec->of.exec.argv.item[0],
               run->output.text_len > 0 ? "; it said: " : "",
               (int)run->output.text_len, run->output.text);
}

static void
cancel(struct check *check)
{
    struct exec_run *run = check->state;

    child_cancel(run->child);
    for (size_t i = 0; i < run->env_count; i++)
        buf_free(&run->env[i]);
    free(run->env);
    check->mask = NULL;
    scope_clear(&run->scope);
    free(run->program);
    free(run->origin);
    free(run->said);
    free(run);
}

/* The exit code has said it. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind exec_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
