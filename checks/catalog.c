/*
 * Two passes.  The first looks at every layer as it is written: each setting
 * against the table, once, however many checks inherit it.  The second merges
 * and compiles each check, also those with a fault, so that all faults show in
 * one go; only a check without any gets into the catalog.
 *
 * Names are looked up in sorted arrays: there may be tens of thousands.
 */
#include "checks/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/catalog_layer.h"
#include "checks/catalog_names.h"
#include "checks/compile.h"
#include "checks/each.h"
#include "checks/merge.h"
#include "checks/secret_conf.h"
#include "checks/spec.h"

#define SHOW_MAX    ((size_t)4 * 1024 * 1024) /* bytes of one check shown */
#define SHOWN_NAMES 5 /* checks named in the warning about policies */
#define EACH_FAULTS 3 /* checks of one `each` with a fault: the rest is alike */

struct entry {
    struct spec *spec;
    char *show;
};

struct catalog {
    struct entry *entries; /* in the order written */
    size_t count;
    struct entry **sorted; /* by name */
    struct secret_confs secrets;
};

/* Checks with something in common, to be told of in one warning. */
struct mention {
    struct diag_pos first;
    size_t count;
    struct buf names;
};

struct make {
    struct catalog *catalog;
    struct catalog_names names;
    struct compile_env env;
    struct diag *diag;
    struct mention lonely;   /* without a policy */
    struct mention trusting; /* `insecure` */
    struct diag_pos faulty;  /* the check, made by `each`, of the last fault */
    size_t faulty_count;
};

/* ---- the second pass: checks ---- */

/* -1: what it is like is not there. */
static int
check_like(struct make *m, const struct conf *node)
{
    const struct conf *like = conf_find(node, "like");
    char *hint;

    if (!like || like->type != CONF_STRING ||
        catalog_names_find(&m->names.templates, like->text))
        return 0;
    hint = catalog_names_nearest(&m->names.templates, like->text);
    diag_add(m->diag, DIAG_ERROR, like->value, hint,
             "there is no template `%s`", like->text);
    free(hint);
    return -1;
}

/* The templates `node` is like, with the values that made `check`, and it. */
static void
add_own(struct make *m, struct merge *merge, const struct conf *node,
        const struct conf *check)
{
    const struct conf *chain[CATALOG_LIKE_MAX];
    size_t count = catalog_names_chain(&m->names, node, chain);

    for (size_t i = 0; i < count; i++)
        merge_add(merge, each_layer(&m->names.made, chain[i], check), false);
    merge_add(merge, node, true);
}

/* -1: a step is like a template that is not there. */
static int
add_steps(struct make *m, struct merge *merge, size_t key)
{
    struct merge_value *v = &merge->value[key];
    int rc = 0;

    merge_open_steps(merge, (enum spec_key)key);
    for (size_t i = 0; i < v->step_count; i++) {
        if (check_like(m, v->step[i].check) != 0)
            rc = -1;
        add_own(m, &v->step[i], v->step[i].check, merge->check);
    }
    return rc;
}

/* What `check` inherits, itself, and its steps. */
static int
add_layers(struct make *m, struct merge *merge, const struct conf *check)
{
    const struct conf *defaults = m->names.defaults;
    int rc = check_like(m, check);

    if (defaults)
        merge_add(merge, each_layer(&m->names.made, defaults, check), false);
    add_own(m, merge, check, check);
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++)
        if (spec_table_steps((enum spec_key)key) >= 0 &&
            add_steps(m, merge, key) != 0)
            rc = -1;
    return rc;
}

/* A fault in what `each` makes many of shows in all of them. */
static bool
is_told(struct make *m, const struct conf *check)
{
    return each_values(check) && m->faulty_count >= EACH_FAULTS &&
           m->faulty.file == check->pos.file &&
           m->faulty.line == check->pos.line &&
           m->faulty.column == check->pos.column;
}

static void
note_fault(struct make *m, const struct conf *check)
{
    if (m->faulty.file != check->pos.file ||
        m->faulty.line != check->pos.line ||
        m->faulty.column != check->pos.column)
        m->faulty_count = 0;
    m->faulty = check->pos;
    m->faulty_count++;
}

static void
mention(struct mention *mention, const char *name, struct diag_pos pos)
{
    if (mention->count++ == 0)
        mention->first = pos;
    if (mention->count <= SHOWN_NAMES)
        (void)buf_addf(&mention->names, "%s`%s`",
                       mention->count > 1 ? ", " : "", name);
}

static void
add_entry(struct make *m, struct spec *spec, const struct merge *merge)
{
    struct entry *entry = &m->catalog->entries[m->catalog->count++];
    struct buf show;

    buf_init(&show, SHOW_MAX);
    merge_show(merge, &show);
    entry->spec = spec;
    entry->show = (char *)buf_take(&show, NULL);
}

static void
make_check(struct make *m, const struct conf *check)
{
    struct merge merge = {.name = check->name, .check = check};
    struct spec *spec;
    bool is_right;

    if (check->type != CONF_GROUP) {
        diag_add(m->diag, DIAG_ERROR, check->value,
                 "write { http = \"https://...\"; }",
                 "a check is a group { }, and this is %s",
                 conf_type_name(check->type));
        return;
    }
    if (is_told(m, check))
        return;
    is_right = catalog_layer_check(check, &merge.kind, m->diag) == 0;
    if (add_layers(m, &merge, check) != 0)
        is_right = false;
    /* Without a target of the right type there is nothing to compile. */
    if (merge.kind < 0 || !merge.value[merge.kind].from) {
        merge_clear(&merge);
        return;
    }
    spec = compile_create(&m->env, &merge);
    if (spec && spec->net.insecure)
        mention(&m->trusting, check->name,
                merge.value[SPEC_KEY_INSECURE].from->value);
    if (spec && is_right && m->names.are_right)
        add_entry(m, spec, &merge);
    else
        spec_free(spec);
    if (!spec || !is_right)
        note_fault(m, check);
    if (!merge.value[SPEC_KEY_POLICY].from)
        mention(&m->lonely, check->name, check->pos);
    merge_clear(&merge);
}

/* `one` and `many`: what one check does, and what several do. */
static void
warn(struct make *m, struct mention *mention, const char *hint, const char *one,
     const char *many)
{
    size_t rest =
        mention->count > SHOWN_NAMES ? mention->count - SHOWN_NAMES : 0;

    if (mention->count > 0 && m->env.is_local && diag_errors(m->diag) == 0) {
        if (rest > 0)
            (void)buf_addf(&mention->names, " and %zu more", rest);
        diag_add(m->diag, DIAG_WARNING, mention->first, hint, "%s %s",
                 buf_text(&mention->names), mention->count == 1 ? one : many);
    }
    buf_free(&mention->names);
}

static void
warn_all(struct make *m)
{
    warn(m, &m->lonely, "give it policy = \"NAME\";, or put that in `defaults`",
         "pages nobody", "page nobody");
    warn(m, &m->trusting, "name the authority instead: ca = \"ca.pem\";",
         "believes any certificate", "believe any certificate");
}

static int
compare_entries(const void *a, const void *b)
{
    const struct entry *const *x = a;
    const struct entry *const *y = b;

    return strcmp((*x)->spec->name, (*y)->spec->name);
}

static void
sort_entries(struct catalog *catalog)
{
    catalog->sorted =
        str_xcalloc(catalog->count + 1, sizeof(catalog->sorted[0]));
    for (size_t i = 0; i < catalog->count; i++)
        catalog->sorted[i] = &catalog->entries[i];
    if (catalog->count > 1)
        qsort(catalog->sorted, catalog->count, sizeof(catalog->sorted[0]),
              compare_entries);
}

/* `defaults` have no template, and are not many. */
static void
check_defaults(struct make *m)
{
    static const char *const names[] = {"like", "each"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct conf *n = conf_find(m->names.defaults, names[i]);

        if (!n)
            continue;
        diag_add(m->diag, DIAG_ERROR, n->pos,
                 "write it in the check or in a template",
                 "`%s` has no place in `defaults`", n->name);
        m->names.are_right = false;
    }
}

static int
check_circle(struct make *m, const struct conf *template)
{
    const struct conf *n = template;
    size_t count = 0;

    while (n && count <= CATALOG_LIKE_MAX) {
        const struct conf *like = conf_find(n, "like");

        n = like && like->type == CONF_STRING
                ? catalog_names_find(&m->names.templates, like->text)
                : NULL;
        count++;
    }
    if (!n)
        return 0;
    n = conf_find(template, "like");
    diag_add(m->diag, DIAG_ERROR, n->value, "take one `like` out",
             "`%s` inherits itself, or is more than %d templates deep",
             template->name, CATALOG_LIKE_MAX);
    return -1;
}

static void
check_layers(struct make *m)
{
    struct catalog_names *names = &m->names;

    if (names->defaults &&
        catalog_layer_shared(names->defaults, "`defaults`", m->diag) != 0) {
        names->are_right = false;
        if (names->defaults->type != CONF_GROUP)
            names->defaults = NULL;
    }
    if (names->defaults)
        check_defaults(m);
    for (size_t i = 0; i < names->templates.count; i++) {
        const struct conf *template = names->templates.item[i];

        if (catalog_layer_shared(template, "a template", m->diag) != 0 ||
            check_like(m, template) != 0 || check_circle(m, template) != 0)
            names->are_right = false;
    }
}

static struct catalog *
make_all(const struct conf_set *set, struct diag *diag, bool is_local)
{
    struct make m = {.catalog = str_xcalloc(1, sizeof(struct catalog)),
                     .env = {.diag = diag, .is_local = is_local},
                     .diag = diag};

    buf_init(&m.lonely.names, SHOWN_NAMES * (SPEC_NAME_MAX + 4) + 64);
    buf_init(&m.trusting.names, SHOWN_NAMES * (SPEC_NAME_MAX + 4) + 64);
    catalog_names_open(&m.names, set, diag);
    m.env.regions = m.names.regions;
    m.env.region_count = m.names.has_regions ? m.names.region_count : 0;
    m.env.region_total = is_local ? m.names.region_count : 0;
    m.env.policies = m.names.policies;
    m.env.policy_count = m.names.policy_count;
    secret_conf_open(&m.catalog->secrets, set, diag, is_local);
    m.env.secrets = &m.catalog->secrets;
    check_layers(&m);
    m.catalog->entries =
        str_xcalloc(m.names.checks.count + 1, sizeof(m.catalog->entries[0]));
    for (size_t i = 0; i < m.names.checks.count; i++)
        make_check(&m, m.names.checks.item[i]);
    sort_entries(m.catalog);
    warn_all(&m);
    compile_env_clear(&m.env);
    catalog_names_close(&m.names);
    return m.catalog;
}

struct catalog *
catalog_create(const struct conf_set *set, struct diag *diag)
{
    return make_all(set, diag, true);
}

void
catalog_free(struct catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->count; i++) {
        spec_free(catalog->entries[i].spec);
        free(catalog->entries[i].show);
    }
    secret_conf_close(&catalog->secrets);
    free(catalog->entries);
    free(catalog->sorted);
    free(catalog);
}

size_t
catalog_count(const struct catalog *catalog)
{
    return catalog->count;
}

struct spec *
catalog_get(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->count);
    return catalog->entries[index].spec;
}

const struct secret_confs *
catalog_secrets(const struct catalog *catalog)
{
    return &catalog->secrets;
}

static int
compare_name(const void *key, const void *item)
{
    const struct entry *const *entry = item;

    return strcmp(key, (*entry)->spec->name);
}

static const struct entry *
find_entry(const struct catalog *catalog, const char *name)
{
    struct entry **found = bsearch(name, catalog->sorted, catalog->count,
                                   sizeof(catalog->sorted[0]), compare_name);

    return found ? *found : NULL;
}

struct spec *
catalog_find(const struct catalog *catalog, const char *name)
{
    const struct entry *entry = find_entry(catalog, name);

    return entry ? entry->spec : NULL;
}

int
catalog_show(const struct catalog *catalog, const char *name, struct buf *out)
{
    const struct entry *entry = find_entry(catalog, name);

    return entry ? buf_add_str(out, entry->show) : -1;
}

/* The first problem, without its source line. */
static void
copy_why(const struct diag *diag, char *why, size_t cap)
{
    struct buf out;
    char *text;

    buf_init(&out, SHOW_MAX);
    diag_print(diag, &out, false);
    text = str_xndup(buf_text(&out), strcspn(buf_text(&out), "\n"));
    (void)str_copy(why, cap, text[0] ? text : "the text holds no check");
    free(text);
    buf_free(&out);
}

struct spec *
catalog_compile(const char *text, char *why, size_t cap)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog *catalog;
    struct spec *spec = NULL;

    (void)conf_load_text(set, "check", text, strlen(text), diag);
    catalog = make_all(set, diag, false);
    if (catalog->count == 1 && diag_errors(diag) == 0)
        spec = spec_ref(catalog->entries[0].spec);
    else
        copy_why(diag, why, cap);
    catalog_free(catalog);
    conf_set_free(set);
    diag_free(diag);
    return spec;
}
