/*
 * What people get to see of a run: links, evidence, and the names in it that
 * need no mask.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

/* ---- links ---- */

static void
check_link_name(struct compile_job *job, const struct conf *link,
                const char *at)
{
    static const char *const names[] = {"run.id", "check", "region"};
    const char *end = strchr(at, '}');
    size_t len = end ? (size_t)(end - at) + 1 : strlen(at);
    char *name = str_xndup(at + 2, end ? len - 3 : len - 2);
    char *near = schema_nearest(name, names, sizeof(names) / sizeof(names[0]));
    bool is_known =
        end && compile_is_one_of(name, names, sizeof(names) / sizeof(names[0]));

    if (!is_known)
        compile_wrong(job, conf_pos_in(link, (size_t)(at - link->text), len),
                      near ? near : "${run.id}, ${check} or ${region}",
                      end ? "a link knows no `%s`"
                          : "this reference has no `}`: `%s`",
                      name);
    free(near);
    free(name);
}

static void
compile_links(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_LINKS].from;
    struct spec_fields *links = &job->spec->links;

    links->item =
        str_xcalloc(from ? from->count + 1 : 1, sizeof(links->item[0]));
    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        struct spec_field *link = &links->item[links->count++];

        link->name = str_xdup(n->name);
        link->value = compile_template(job, n->text);
        if (!str_starts(n->text, "https://") && !str_starts(n->text, "http://"))
            compile_wrong(job, n->value, "write \"https://...\"",
                          "`%s` is a link", n->name);
        for (const char *at = strstr(n->text, "${"); at;
             at = strstr(at + 2, "${"))
            check_link_name(job, n, at);
    }
}

/* ---- evidence ---- */

static void
compile_evidence(struct compile_job *job)
{
    static const char *const words[] = {
        [SPEC_EVIDENCE_NONE] = "none",
        [SPEC_EVIDENCE_HEAD] = "head",
        [SPEC_EVIDENCE_BODY] = "body",
    };
    const char *evidence = compile_text(job, SPEC_KEY_EVIDENCE);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!str_eq(evidence, words[i]))
            continue;
        job->spec->evidence = (enum spec_evidence)i;
        return;
    }
    compile_wrong(job, compile_pos(job, SPEC_KEY_EVIDENCE), NULL,
                  "`evidence` is \"none\", \"head\" or \"body\"");
}

void
compile_shown(struct compile_job *job)
{
    compile_links(job);
    compile_evidence(job);
    compile_list(job, SPEC_KEY_PUBLIC, &job->spec->shown);
}
