/*
 * What an exec check has of its own: a program, its words, its environment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define TARGET_MAX 300 /* bytes of the words as shown to people */
#define FIRST_OWN  '_'

/* The words with spaces between, as they would be typed. */
static char *
join(const struct spec_list *words)
{
    struct buf out;
    char *text;

    buf_init(&out, TARGET_MAX);
    for (size_t i = 0; i < words->count; i++)
        if (buf_addf(&out, "%s%s", i > 0 ? " " : "", words->item[i]) != 0)
            break;
    text = str_xdup(buf_text(&out));
    buf_free(&out);
    return text;
}

static void
check_program(struct compile_job *job, const char *name)
{
    const struct conf *from = job->merge->value[SPEC_KEY_EXEC].from;
    const struct conf *word = from->type == CONF_ARRAY ? from->first : from;

    if (name[0] == '\0')
        compile_wrong(job, word->value,
                      "write [ \"check_ntp_time\", \"-H\", "
                      "\"ntp.example.com\" ]",
                      "the program is missing");
    else if (strchr(name, ' '))
        compile_wrong(job, word->value,
                      "a list, one word each: no shell takes it apart",
                      "`%s` is no program", name);
    else if (strchr(name, '/') && name[0] != '/')
        compile_wrong(job, word->value,
                      "write its name, or the whole path from /",
                      "`%s` is a path from nowhere", name);
}

static bool
is_variable(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!str_is_alpha((unsigned char)*c) && *c != FIRST_OWN &&
            (c == name || !str_is_digit((unsigned char)*c)))
            return false;
    return name[0] != '\0';
}

/* What the loader, not the plugin, would act on. */
static bool
is_forbidden(const char *name)
{
    return str_starts(name, "LD_") || str_eq(name, "PATH") ||
           str_eq(name, "IFS") || str_eq(name, "LC_ALL");
}

static void
compile_env(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_ENV].from;
    struct spec_fields *env = &job->spec->of.exec.env;

    if (!from)
        return;
    env->item = str_xcalloc(from->count + 1, sizeof(*env->item));
    for (const struct conf *n = from->first; n; n = n->next) {
        if (!is_variable(n->name))
            compile_wrong(job, n->pos, "letters, digits and _",
                          "`%s` is no name of an environment variable",
                          n->name);
        else if (is_forbidden(n->name))
            compile_wrong(job, n->pos, "take it out",
                          "`%s` is set by Picket itself or not at all",
                          n->name);
        compile_secret_literal(job, n->name, n);
        env->item[env->count++] = (struct spec_field){
            .name = str_xdup(n->name), .value = compile_template(job, n->text)};
    }
}

void
compile_exec(struct compile_job *job)
{
    struct spec_exec *exec = &job->spec->of.exec;

    compile_list(job, SPEC_KEY_EXEC, &exec->argv);
    if (exec->argv.count == 0) {
        compile_wrong(job, compile_pos(job, SPEC_KEY_EXEC),
                      "write [ \"check_load\", \"-w\", \"4\" ]",
                      "`exec` names no program");
        return;
    }
    free(job->spec->target);
    job->spec->target = join(&exec->argv);
    check_program(job, exec->argv.item[0]);
    compile_env(job);
}
