/*
 * A copy of the check's tree for each combination.  Only nodes on the way to a
 * text with a reference are copied whole; the rest is shared.  A copied text is
 * no longer what stands in the file, so it has no `raw`: an error in it points
 * at the whole value.
 *
 * The copy's `each` holds the values it was made with, as a group of texts:
 * from there templates and defaults get theirs, and `picket show` tells.
 */
#include "checks/each.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/spec.h"

#define EACH             "each"
#define TEXT_MAX         ((size_t)1024 * 1024) /* one text with its values */
#define NAME_MAX_WRITTEN 1024 /* bytes of a name before its values */

struct list {
    const char *name;
    const struct conf **item;
    size_t count;
};

struct lists {
    const struct conf *each; /* where it is written */
    struct list list[EACH_LISTS_MAX];
    size_t count;
};

struct job {
    struct each_store *store;
    const struct each_check *what;
    struct diag *diag;
    struct lists lists;
    bool has_failed;
};

/* ---- memory ---- */

static void *
keep(struct each_store *store, void *p)
{
    /* Room doubles: it is full when the count is a power of two. */
    if ((store->count & (store->count - 1)) == 0) {
        size_t cap = store->count ? store->count * 2 : 1;

        store->item = str_xrealloc(store->item, cap * sizeof(store->item[0]));
    }
    store->item[store->count++] = p;
    return p;
}

void
each_close(struct each_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        free(store->item[i]);
    free(store->item);
    *store = (struct each_store){0};
}

/* ---- references ---- */

/* Where "${name}" begins in `text`, or NULL. */
static const char *
find_in(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strstr(text, "${"); at; at = strstr(at + 2, "${"))
        if (strncmp(at + 2, name, len) == 0 && at[2 + len] == '}')
            return at;
    return NULL;
}

/* The first text of the tree with a reference to `name`. */
static const struct conf *
find_ref(const struct conf *node, const char *name)
{
    const struct conf *found = NULL;

    if (node->type == CONF_STRING)
        return find_in(node->text, name) ? node : NULL;
    if (node->type == CONF_GROUP || node->type == CONF_ARRAY)
        for (const struct conf *n = node->first; n && !found; n = n->next)
            found = find_ref(n, name);
    return found;
}

/* In the check or in what it inherits. */
static const struct conf *
find_used(const struct each_check *what, const char *name)
{
    const struct conf *found = find_ref(what->check, name);

    for (size_t i = 0; i < what->template_count && !found; i++)
        found = find_ref(what->templates[i], name);
    if (!found && what->defaults)
        found = find_ref(what->defaults, name);
    return found;
}

static bool
refers(const struct conf *node, const struct conf *values)
{
    for (const struct conf *n = values->first; n; n = n->next)
        if (find_ref(node, n->name))
            return true;
    return false;
}

/* ---- copies ---- */

static char *
replace(const char *text, const struct conf *values)
{
    struct buf out;
    char *made;

    buf_init(&out, TEXT_MAX);
    while (*text) {
        const char *end = str_starts(text, "${") ? strchr(text, '}') : NULL;
        const struct conf *value = NULL;
        char *name;

        if (end) {
            name = str_xndup(text + 2, (size_t)(end - text) - 2);
            value = conf_find(values, name);
            free(name);
        }
        if (value)
            (void)buf_add_str(&out, value->text);
        else
            (void)buf_add_char(&out, *text);
        text = value ? end + 1 : text + 1;
    }
    made = str_xdup(buf_text(&out));
    buf_free(&out);
    return made;
}

static struct conf *
copy(struct each_store *store, const struct conf *node,
     const struct conf *values)
{
    struct conf *made = keep(store, str_xcalloc(1, sizeof(*made)));
    struct conf **tail = &made->first;

    *made = *node;
    made->next = NULL;
    if (!refers(node, values))
        return made;
    if (node->type == CONF_STRING) {
        made->text = keep(store, replace(node->text, values));
        made->raw = "";
        made->raw_len = 0;
        return made;
    }
    for (const struct conf *n = node->first; n; n = n->next) {
        *tail = copy(store, n, values);
        (*tail)->parent = made;
        tail = &(*tail)->next;
    }
    return made;
}

/* A group's members one by one, so that one can be added or left out. */
static struct conf *
copy_check(struct each_store *store, const struct conf *check,
           struct conf *values, char *name)
{
    struct conf *made = keep(store, str_xcalloc(1, sizeof(*made)));
    struct conf **tail = &made->first;

    *made = *check;
    made->name = keep(store, name);
    made->next = NULL;
    for (const struct conf *n = check->first; n; n = n->next) {
        if (str_eq(n->name, EACH))
            continue;
        *tail = copy(store, n, values);
        (*tail)->parent = made;
        tail = &(*tail)->next;
    }
    *tail = values;
    values->parent = made;
    return made;
}

/* ---- the lists ---- */

static void
wrong(struct job *job, struct diag_pos pos, const char *hint,
      const char *message)
{
    diag_add(job->diag, DIAG_ERROR, pos, hint, "%s", message);
    job->has_failed = true;
}

static char *
name_part(const char *value)
{
    char *part = str_xdup(value);
    size_t len = 0;

    for (const char *at = value; *at; at++) {
        int c = (unsigned char)*at;
        bool is_kept = str_is_alpha(c) || str_is_digit(c) || c == '_';

        if (is_kept)
            part[len++] = *at;
        else if (len > 0 && part[len - 1] != '-')
            part[len++] = '-';
    }
    while (len > 0 && part[len - 1] == '-')
        len--;
    part[len] = 0;
    return part;
}

static bool
has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text == 127)
            return true;
    return false;
}

static void
check_value(struct job *job, const struct conf *value)
{
    char *part;

    if (value->type != CONF_STRING) {
        wrong(job, value->value, "write each = [ \"a.example\" ];",
              "the values of `each` are texts");
        return;
    }
    part = name_part(value->text);
    if (strlen(value->text) > EACH_VALUE_MAX)
        wrong(job, value->value, NULL, "a value is longer than 255 bytes");
    else if (has_control(value->text))
        wrong(job, value->value, NULL,
              "a value holds a line break or another control character");
    else if (strstr(value->text, "${"))
        wrong(job, value->value, "write the reference where the value goes",
              "a value of `each` is text as it is");
    else if (part[0] == 0)
        wrong(job, value->value, "a letter or a digit",
              "nothing of this value can stand in the name of a check");
    free(part);
}

/* Two values that give checks the same name. */
static void
check_clashes(struct job *job, const struct list *list)
{
    char **part = str_xcalloc(list->count + 1, sizeof(*part));

    for (size_t i = 0; i < list->count; i++) {
        size_t k = 0;

        part[i] = name_part(list->item[i]->text);
        while (!str_eq(part[k], part[i]))
            k++;
        if (k < i) {
            const struct diag_pos at = list->item[k]->value;
            char *hint = str_xprintf("`%s` is at %s:%d:%d", list->item[k]->text,
                                     at.file, at.line, at.column);
            char *why = str_xprintf("two values make the same name `%s-%s`",
                                    job->what->check->name, part[i]);

            wrong(job, list->item[i]->value, hint, why);
            free(hint);
            free(why);
        }
    }
    for (size_t i = 0; i < list->count; i++)
        free(part[i]);
    free(part);
}

static void
add_list(struct job *job, const char *name, const struct conf *node)
{
    struct list *list = &job->lists.list[job->lists.count++];
    const struct conf *n = node->type == CONF_STRING ? node : node->first;
    size_t count = node->type == CONF_STRING ? 1 : node->count;

    list->name = name;
    list->item = str_xcalloc(count + 1, sizeof(list->item[0]));
    for (; list->count < count; n = n->next) {
        check_value(job, n);
        list->item[list->count++] = n;
    }
    if (count == 0)
        wrong(job, node->value, "write each = [ \"a.example\" ];",
              "`each` names no value");
    if (!job->has_failed)
        check_clashes(job, list);
}

static bool
is_list(const struct conf *node)
{
    return node->type == CONF_STRING || node->type == CONF_ARRAY;
}

static void
read_lists(struct job *job, const struct conf *each)
{
    const struct conf *n = each->type == CONF_GROUP ? each->first : NULL;

    job->lists.each = each;
    if (is_list(each))
        add_list(job, EACH, each);
    else if (!n)
        wrong(job, each->value, "write each = [ \"a.example\" ];",
              "`each` takes a list of texts, or a group of lists");
    for (; n; n = n->next) {
        if (!is_list(n))
            wrong(job, n->value, "write NAME = [ \"a\", \"b\" ];",
                  "the members of `each` are lists of texts");
        else if (job->lists.count == EACH_LISTS_MAX)
            wrong(job, n->pos, NULL, "`each` has more than 8 lists");
        else
            add_list(job, n->name, n);
    }
}

static const struct conf *
find_saved(const struct conf *node, const char *name)
{
    const struct conf *found = NULL;

    if (node->type != CONF_GROUP)
        return NULL;
    for (const struct conf *n = node->first; n && !found; n = n->next)
        found = str_eq(n->name, "save") && n->type == CONF_GROUP
                    ? conf_find(n, name)
                    : find_saved(n, name);
    return found;
}

static void
check_use(struct job *job, const struct list *list)
{
    const struct conf *saved = find_saved(job->what->check, list->name);
    const struct conf *node = conf_find(job->lists.each, list->name);
    char *hint;
    char *why;

    if (saved)
        wrong(job, saved->pos, "give one of the two another name",
              "a value of `each` has this name already");
    if (find_used(job->what, list->name))
        return;
    hint = str_xprintf("write ${%s} where the values go", list->name);
    why = str_xprintf("no text of `%s` has ${%s}", job->what->check->name,
                      list->name);
    wrong(job, node ? node->pos : job->lists.each->pos, hint, why);
    free(hint);
    free(why);
}

static size_t
count_all(const struct lists *lists)
{
    size_t total = 1;

    for (size_t i = 0; i < lists->count; i++)
        total = total > EACH_CHECKS_MAX ? total : total * lists->list[i].count;
    return total;
}

static void
check_lists(struct job *job)
{
    size_t total;

    for (size_t i = 0; i < job->lists.count; i++)
        check_use(job, &job->lists.list[i]);
    total = count_all(&job->lists);
    if (total > EACH_CHECKS_MAX)
        wrong(job, job->lists.each->pos, "make it two checks",
              "this `each` makes more than 2000 checks");
}

/* ---- making the checks ---- */

/* The values of combination `number`, as a group, and the check's name. */
static struct conf *
choose(struct job *job, size_t number, char **name)
{
    struct conf *group = keep(job->store, str_xcalloc(1, sizeof(*group)));
    size_t left = count_all(&job->lists);
    struct conf **tail = &group->first;
    struct buf out;

    assert(job->lists.count > 0); /* none is told of where they are read */
    *group = *job->lists.each;
    group->type = CONF_GROUP;
    group->name = EACH;
    group->next = group->first = NULL;
    group->count = job->lists.count;
    buf_init(&out, EACH_LISTS_MAX * (EACH_VALUE_MAX + 2) + NAME_MAX_WRITTEN);
    (void)buf_add_str(&out, job->what->check->name);
    for (size_t i = 0; i < job->lists.count; i++) {
        const struct list *list = &job->lists.list[i];
        struct conf *value = keep(job->store, str_xcalloc(1, sizeof(*value)));
        char *part;

        left /= list->count;
        *value = *list->item[number / left % list->count];
        value->name = list->name;
        value->next = NULL;
        value->parent = group;
        part = name_part(value->text);
        (void)buf_addf(&out, "-%s", part);
        free(part);
        *tail = value;
        tail = &value->next;
    }
    *name = str_xdup(buf_text(&out));
    buf_free(&out);
    return group;
}

static int
check_name(struct job *job, const struct conf *values, const char *name)
{
    char *why;

    if (strlen(name) < SPEC_NAME_MAX)
        return 0;
    why = str_xprintf("the name `%s` has %zu bytes, and at most %d fit", name,
                      strlen(name), SPEC_NAME_MAX - 1);
    wrong(job, values->first->value,
          "shorten the check's name, or use a part of the value", why);
    free(why);
    return -1;
}

static void
make_all(struct job *job, each_add_fn *add, void *cookie)
{
    size_t total = count_all(&job->lists);

    for (size_t i = 0; i < total; i++) {
        char *name;
        struct conf *values = choose(job, i, &name);

        if (check_name(job, values, name) != 0) {
            free(name);
            return;
        }
        add(cookie, copy_check(job->store, job->what->check, values, name));
    }
}

/* ---- without `each` ---- */

static int
check_none(struct job *job)
{
    const struct conf *used = find_used(job->what, EACH);
    const char *at = used ? find_in(used->text, EACH) : NULL;
    char *why;

    if (!used)
        return 0;
    why = str_xprintf("`${each}` stands here, and the check `%s` has no `each`",
                      job->what->check->name);
    wrong(job, conf_pos_in(used, (size_t)(at - used->text), strlen("${each}")),
          "write each = [ \"a.example\", \"b.example\" ]; in the check", why);
    free(why);
    return -1;
}

static const struct conf *
find_each(const struct each_check *what)
{
    const struct conf *each = conf_find(what->check, EACH);

    for (size_t i = what->template_count; i > 0 && !each; i--)
        each = conf_find(what->templates[i - 1], EACH);
    return each;
}

int
each_expand(struct each_store *store, const struct each_check *what,
            struct diag *diag, each_add_fn *add, void *cookie)
{
    struct job job = {.store = store, .what = what, .diag = diag};
    const struct conf *each = find_each(what);

    if (!each) {
        if (check_none(&job) != 0)
            return -1;
        add(cookie, what->check);
        return 0;
    }
    read_lists(&job, each);
    if (!job.has_failed)
        check_lists(&job);
    if (!job.has_failed)
        make_all(&job, add, cookie);
    for (size_t i = 0; i < job.lists.count; i++)
        free(job.lists.list[i].item);
    return job.has_failed ? -1 : 0;
}

const struct conf *
each_values(const struct conf *check)
{
    const struct conf *values = conf_find(check, EACH);

    return values && values->type == CONF_GROUP ? values : NULL;
}

const struct conf *
each_layer(struct each_store *store, const struct conf *layer,
           const struct conf *check)
{
    const struct conf *values = each_values(check);

    return values && refers(layer, values) ? copy(store, layer, values) : layer;
}
