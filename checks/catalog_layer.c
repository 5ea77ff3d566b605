#include "checks/catalog_layer.h"

#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "checks/spec.h"
#include "checks/spec_table.h"

#define HINT_MAX 500 /* bytes of the kinds there are */

/* SPEC_KEY_COUNT: it is no setting of checks in this version. */
static enum spec_key
key_of(const struct conf *member)
{
    const struct schema_row *row = schema_find(&spec_table, member->name);
    size_t at = row ? (size_t)(row - spec_table.rows) : SPEC_KEY_COUNT;

    return at < SPEC_KEY_COUNT ? (enum spec_key)at : SPEC_KEY_COUNT;
}

/* ---- what excludes another ---- */

static int
add_rival(const struct conf *layer, const struct conf *first,
          const struct conf *second, struct diag *diag)
{
    bool is_body =
        key_of(first) >= SPEC_KEY_BODY && key_of(first) <= SPEC_KEY_MULTIPART;

    if (is_body)
        diag_add(diag, DIAG_ERROR, second->pos, "take one of them out",
                 "a request has one body, and `%s` has `%s` already",
                 layer->name, first->name);
    else
        diag_add(diag, DIAG_ERROR, second->pos, "take one of them out",
                 "`%s` and `%s` say the same", first->name, second->name);
    return -1;
}

static int
check_rivals(const struct conf *layer, struct diag *diag)
{
    int rc = 0;

    for (const struct conf *n = layer->first; n; n = n->next) {
        const struct conf *first = layer->first;

        while (first != n && !spec_table_is_rival(key_of(first), key_of(n)))
            first = first->next;
        if (first != n)
            rc = add_rival(layer, first, n, diag);
    }
    return rc;
}

/* ---- defaults and templates ---- */

int
catalog_layer_shared(const struct conf *layer, const char *what,
                     struct diag *diag)
{
    struct schema schema = spec_table_of(-1);
    int rc;

    schema.what = what;
    if (layer->type != CONF_GROUP) {
        diag_add(diag, DIAG_ERROR, layer->value, NULL,
                 "%s is a group { }, and this is %s", what,
                 conf_type_name(layer->type));
        return -1;
    }
    rc = schema_check(&schema, layer, diag);
    for (const struct conf *n = layer->first; n; n = n->next) {
        const enum spec_key key = key_of(n);
        bool is_step = key < SPEC_KEY_COUNT && spec_table_is_of_steps(key);

        if (key >= SPEC_KEY_LIKE && !is_step)
            continue;
        diag_add(diag, DIAG_ERROR, n->pos,
                 is_step                    ? "write it in the step"
                 : spec_table_kind(key) < 0 ? "write it in the check"
                                            : "write it in the check or step",
                 "`%s` belongs to a %s, not into %s", n->name,
                 is_step ? "step" : "check", what);
        rc = -1;
    }
    return check_rivals(layer, diag) != 0 ? -1 : rc;
}

/* ---- what is watched ---- */

static int
add_no_kind(const struct conf *check, struct diag *diag)
{
    struct buf hint;

    buf_init(&hint, HINT_MAX);
    (void)buf_add_str(&hint, "write http = \"https://...\"; or ");
    for (int kind = SPEC_HTTP + 1; kind < SPEC_KIND_COUNT; kind++)
        (void)buf_addf(&hint, "%s%s", kind > SPEC_HTTP + 1 ? ", " : "",
                       spec_kind_name((enum spec_kind)kind));
    diag_add(diag, DIAG_ERROR, check->pos, buf_text(&hint),
             "`%s` does not say what to watch", check->name);
    buf_free(&hint);
    return -1;
}

/* `get` and the like name the method, so `method` beside them is one too
 * many. */
static int
check_method(const struct conf *layer, const struct conf *target,
             struct diag *diag)
{
    const struct conf *method = conf_find(layer, "method");

    if (!target || !spec_table_method(key_of(target)) || !method)
        return 0;
    diag_add(diag, DIAG_ERROR, method->pos,
             "take it out, or write http = \"https://...\";",
             "`%s` names the method already", target->name);
    return -1;
}

/* The one setting of the layer that is a target; `kind` is its kind's. */
static int
find_target(const struct conf *layer, bool is_step, int *kind,
            struct diag *diag)
{
    const struct conf *target = NULL;
    int rc = 0;

    *kind = -1;
    for (const struct conf *n = layer->first; n; n = n->next) {
        const enum spec_key key = key_of(n);

        if (key == SPEC_KEY_COUNT || spec_table_kind(key) < 0)
            continue;
        if (target) {
            diag_add(diag, DIAG_ERROR, n->pos,
                     is_step ? "make it a step of its own"
                             : "make it a check of its own",
                     "a %s has one %s, and `%s` has `%s` already",
                     is_step ? "step" : "check", is_step ? "address" : "target",
                     layer->name, target->name);
            rc = -1;
            continue;
        }
        target = n;
        *kind = spec_table_kind(key);
    }
    return check_method(layer, target, diag) != 0 ? -1 : rc;
}

/* ---- steps ---- */

static int
check_step(const struct conf *step, struct diag *diag)
{
    int kind;
    int rc = find_target(step, true, &kind, diag);

    if (kind < 0 && schema_check(&spec_table_step, step, NULL) == 0)
        diag_add(diag, DIAG_ERROR, step->pos,
                 "write get = \"https://...\"; or post, put, patch, delete, "
                 "head, options",
                 "the step `%s` does not say what it asks for", step->name);
    if (kind < 0)
        rc = -1;
    return check_rivals(step, diag) != 0 ? -1 : rc;
}

/* Their settings are checked with the check's, by schema_check(). */
static int
check_steps(const struct conf *check, struct diag *diag)
{
    int rc = 0;

    for (const struct conf *n = check->first; n; n = n->next) {
        const enum spec_key key = key_of(n);

        if (key == SPEC_KEY_COUNT || n->type != CONF_GROUP ||
            spec_table_steps(key) != SPEC_STEP_HTTP)
            continue;
        for (const struct conf *step = n->first; step; step = step->next)
            if (step->type == CONF_GROUP && check_step(step, diag) != 0)
                rc = -1;
    }
    return rc;
}

int
catalog_layer_check(const struct conf *check, int *kind, struct diag *diag)
{
    int rc = find_target(check, false, kind, diag);
    /* Of two targets each may be the one that is meant. */
    struct schema schema = spec_table_of(rc == 0 ? *kind : -1);

    if (strlen(check->name) >= SPEC_NAME_MAX) {
        diag_add(diag, DIAG_ERROR, check->pos, NULL,
                 "a name has at most %d bytes", SPEC_NAME_MAX - 1);
        return -1;
    }
    if (schema_check(&schema, check, diag) != 0)
        rc = -1;
    else if (*kind < 0)
        rc = add_no_kind(check, diag);
    if (check_rivals(check, diag) != 0 || check_steps(check, diag) != 0)
        rc = -1;
    return rc;
}
