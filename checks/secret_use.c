#include "checks/secret_use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/spec.h"

struct secret_use_taken {
    char *name;
    char *origin;
    struct secret_value *value;
    bool was_refused;
};

void
secret_use_clear(struct secret_use *use)
{
    for (size_t i = 0; i < use->count; i++) {
        free(use->taken[i].name);
        free(use->taken[i].origin);
        secret_value_free(use->taken[i].value);
    }
    free(use->taken);
    use->taken = NULL;
    use->count = 0;
}

static const struct secret_use_taken *
find(const struct secret_use *use, const char *name, const char *origin)
{
    for (size_t i = 0; i < use->count; i++)
        if (str_eq(use->taken[i].name, name) &&
            str_eq(use->taken[i].origin, origin))
            return &use->taken[i];
    return NULL;
}

/* For another origin than before, but as old as there. */
static void
keep_older(const struct secret_use *use, struct secret_use_taken *fresh)
{
    for (size_t i = 0; i < use->count; i++) {
        if (!str_eq(use->taken[i].name, fresh->name))
            continue;
        secret_value_free(fresh->value);
        fresh->value = secret_value_ref(use->taken[i].value);
        return;
    }
}

const struct secret_value *
secret_use_get(struct secret_use *use, const char *name, const char *origin,
               char *why, size_t cap)
{
    const struct secret_use_taken *taken = find(use, name, origin);
    struct secret_value *value = NULL;

    if (taken != NULL)
        return taken->value;
    if (use->set == NULL)
        (void)snprintf(why, cap, "there is no secret `%.60s`", name);
    else
        value = secret_get_for(use->set, name, origin, why, cap);
    if (value == NULL)
        return NULL;
    use->taken =
        str_xrealloc(use->taken, (use->count + 1) * sizeof(*use->taken));
    use->taken[use->count] = (struct secret_use_taken){
        .name = str_xdup(name), .origin = str_xdup(origin), .value = value};
    keep_older(use, &use->taken[use->count]);
    return use->taken[use->count++].value;
}

/* With an end that is no part of it: a mask takes the begin of a value at the
 * end of a text for that value, cut off. */
static bool
stands_in(const struct secret_value *value, const char *text)
{
    struct mask *mask = mask_create();
    char *ended = str_xprintf("%s\n", text);
    struct buf hidden;
    bool is_there;

    buf_init_wiping(&hidden, MASK_GROWTH * strlen(ended) + 1);
    mask_add(mask, secret_value_text(value), secret_value_len(value));
    is_there = mask_text(mask, ended, strlen(ended), &hidden) != 0 ||
               !str_eq(buf_text(&hidden), ended);
    buf_free(&hidden);
    free(ended);
    mask_free(mask);
    return is_there;
}

bool
secret_use_may_go(const struct secret_use *use, const char *text,
                  const char *origin, char *why, size_t cap)
{
    for (size_t i = 0; i < use->count; i++) {
        struct secret_value *value =
            secret_get_for(use->set, use->taken[i].name, origin, why, cap);

        secret_value_free(value);
        if (value == NULL && stands_in(use->taken[i].value, text))
            return false;
    }
    return true;
}

void
secret_use_refused(struct secret_use *use, const char *origin)
{
    for (size_t i = 0; i < use->count; i++) {
        struct secret_use_taken *t = &use->taken[i];

        if (t->was_refused || !str_eq(t->origin, origin))
            continue;
        t->was_refused = true;
        secret_mark_stale(use->set, t->name);
    }
}

/* ---- masking ---- */

static void
add_value(struct mask *mask, const struct secret_value *value)
{
    if (value != NULL)
        mask_add(mask, secret_value_text(value), secret_value_len(value));
}

struct declared {
    struct secret_set *set;
    struct mask *mask;
};

static void
add_declared(void *cookie, const struct secret_def *def)
{
    const struct declared *d = cookie;
    char why[SECRET_WHY_MAX];
    struct secret_value *value =
        secret_get(d->set, def->name, why, sizeof(why));

    add_value(d->mask, value);
    secret_value_free(value);
}

void
secret_use_mask(const struct secret_use *use, const struct spec *spec,
                struct mask *mask)
{
    struct declared declared = {use->set, mask};

    for (size_t i = 0; i < use->count; i++)
        add_value(mask, use->taken[i].value);
    if (spec != NULL && spec->secrets != NULL && use->set != NULL)
        secret_each(spec->secrets, add_declared, &declared);
}
