#include "checks/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/jar.h"
#include "checks/look.h"
#include "checks/seen_mask.h"
#include "checks/spec.h"
#include "checks/values.h"

#define SECRET "secret."

void
scope_init(struct scope *scope, struct engine *engine, const struct spec *spec,
           const struct id *run)
{
    *scope = (struct scope){.engine = engine, .spec = spec, .run = *run};
    scope->secrets.set = engine->secrets;
}

void
scope_clear(struct scope *scope)
{
    secret_use_clear(&scope->secrets);
    values_free(scope->values);
    jar_free(scope->jar);
    mask_free(scope->mask);
    *scope = (struct scope){0};
}

/* ---- texts ---- */

struct ask {
    struct scope *scope;
    const struct scope_place *place;
    char id[ID_TEXT_MAX];
    char sketch[TEMPLATE_NAME_MAX + 4];
};

static bool
is_there(const struct scope *scope, const char *name)
{
    char why[SECRET_WHY_MAX];
    struct secret_value *value = NULL;

    if (scope->secrets.set != NULL)
        value = secret_get(scope->secrets.set, name, why, sizeof(why));
    secret_value_free(value);
    return value != NULL;
}

static enum template_end
take_secret(struct ask *ask, const char *name, struct template_value *value,
            char why[TEMPLATE_WHY_MAX])
{
    const struct scope_place *place = ask->place;
    const struct secret_value *secret;

    if (place->is_sketch) {
        (void)snprintf(ask->sketch, sizeof(ask->sketch), "%s", name);
        *value = (struct template_value){.text = ask->sketch,
                                         .len = strlen(ask->sketch)};
        return TEMPLATE_OK;
    }
    if (place->origin == NULL) {
        (void)snprintf(why, TEMPLATE_WHY_MAX,
                       "the secret `%.60s` would be sent to nobody", name);
        return TEMPLATE_SECRET;
    }
    secret = secret_use_get(&ask->scope->secrets, name, place->origin, why,
                            TEMPLATE_WHY_MAX);
    if (secret == NULL)
        return place->is_chosen && is_there(ask->scope, name) ? TEMPLATE_INVALID
                                                              : TEMPLATE_SECRET;
    *value = (struct template_value){.text = secret_value_text(secret),
                                     .len = secret_value_len(secret),
                                     .is_secret = true};
    return TEMPLATE_OK;
}

static bool
is_given(const char *name)
{
    return str_eq(name, "run.id") || str_eq(name, "check") ||
           str_eq(name, "region");
}

static bool
take_given(struct ask *ask, const char *name, struct template_value *value)
{
    const struct scope *scope = ask->scope;

    if (str_eq(name, "run.id"))
        value->text = id_format(ask->id, &scope->run);
    else if (str_eq(name, "check"))
        value->text = scope->spec->name;
    else if (str_eq(name, "region"))
        value->text = scope->engine->region;
    else
        return false;
    value->len = strlen(value->text);
    value->is_secret = false;
    value->is_own = true;
    return true;
}

static enum template_end
lookup(void *cookie, const char *name, struct template_value *value,
       char why[TEMPLATE_WHY_MAX])
{
    struct ask *ask = cookie;
    const struct value *saved;

    if (str_starts(name, SECRET))
        return take_secret(ask, name + strlen(SECRET), value, why);
    if (take_given(ask, name, value))
        return TEMPLATE_OK;
    saved = ask->scope->values != NULL ? values_get(ask->scope->values, name)
                                       : NULL;
    if (saved == NULL)
        return TEMPLATE_MISSING;
    *value = (struct template_value){
        .text = saved->text,
        .len = saved->len,
        .is_secret = (saved->flags & VALUES_SECRET) != 0,
        .is_own = (saved->flags & VALUES_OWN) != 0,
    };
    return TEMPLATE_OK;
}

/* hex(secret.key) tells as much as the key. */
static void
note_made(void *cookie, const char *text, size_t len)
{
    struct scope *scope = ((struct ask *)cookie)->scope;

    if (scope->mask == NULL)
        scope->mask = mask_create();
    mask_add(scope->mask, text, len);
}

static enum reason
reason_of(enum template_end end)
{
    switch (end) {
    case TEMPLATE_OK:
        return REASON_NONE;
    case TEMPLATE_MISSING:
        return REASON_SAVE_MISSING;
    case TEMPLATE_SECRET:
        return REASON_LOCAL_SECRET;
    case TEMPLATE_OWN:
        return REASON_LOCAL_CONFIG;
    case TEMPLATE_INVALID:
    case TEMPLATE_LIMIT:
        return REASON_SAVE_INVALID;
    }
    return REASON_SAVE_INVALID;
}

enum reason
scope_expand(struct scope *scope, const struct template *tpl,
             const struct scope_place *place, struct buf *out,
             char why[TEMPLATE_WHY_MAX])
{
    struct ask ask = {.scope = scope, .place = place};
    struct template_world world = {.lookup = lookup,
                                   .made = note_made,
                                   .cookie = &ask,
                                   .moment = *place->moment};

    return reason_of(template_expand(tpl, &world, place->context, out, why));
}

/* Also without a `$${`, so that its text can be used as it stands. */
bool
scope_is_literal(const struct template *tpl)
{
    return strchr(template_text(tpl), '$') == NULL;
}

/* What the check itself defines picks nothing: that is the check's own. */
static bool
is_saved(const struct scope *scope, const char *name)
{
    const struct value *value =
        scope->values != NULL ? values_get(scope->values, name) : NULL;

    return value == NULL || (value->flags & VALUES_OWN) == 0;
}

bool
scope_picks_origin(const struct scope *scope, const struct template *url)
{
    const char *text = template_text(url);
    const char *host = strstr(text, "://");
    size_t end = 0; /* of what says who is asked */
    size_t count;
    const struct template_ref *refs = template_refs(url, &count);

    if (host != NULL)
        end = (size_t)(host - text) + 3 + strcspn(host + 3, "/?#");
    for (size_t i = 0; i < count; i++)
        if ((refs[i].offset < end || str_starts(text, "${")) &&
            !is_given(refs[i].name) && !str_starts(refs[i].name, SECRET) &&
            is_saved(scope, refs[i].name))
            return true;
    return false;
}

bool
scope_may_tell(struct scope *scope, const struct template *tpl,
               const char *origin, char why[TEMPLATE_WHY_MAX])
{
    size_t count;
    const struct template_ref *refs = template_refs(tpl, &count);

    for (size_t i = 0; i < count; i++)
        if (str_starts(refs[i].name, SECRET) &&
            secret_use_get(&scope->secrets, refs[i].name + strlen(SECRET),
                           origin, why, TEMPLATE_WHY_MAX) == NULL)
            return false;
    return true;
}

/* ---- values and cookies ---- */

struct values *
scope_values(struct scope *scope)
{
    if (scope->values == NULL)
        scope->values = values_create();
    return scope->values;
}

struct jar *
scope_jar(struct scope *scope)
{
    if (scope->jar == NULL)
        scope->jar = jar_create();
    return scope->jar;
}

unsigned
scope_flags(const struct scope *scope, const char *name)
{
    const struct spec_list *shown = &scope->spec->shown;

    for (size_t i = 0; i < shown->count; i++)
        if (str_eq(shown->item[i], name))
            return VALUES_PUBLIC;
    return 0;
}

int
scope_set(struct scope *scope, const char *name, const char *text, size_t len,
          bool is_secret)
{
    struct value value = {
        .name = name,
        .text = text,
        .len = len,
        .flags = VALUES_OWN | (is_secret ? VALUES_SECRET : VALUES_PUBLIC),
    };

    return values_set(scope_values(scope), &value);
}

static bool
has_secrets(const struct scope *scope)
{
    return scope->secrets.count > 0 || scope->spec->secrets != NULL ||
           scope->values != NULL || scope->jar != NULL;
}

const struct mask *
scope_mask(struct scope *scope)
{
    if (scope->mask == NULL && !has_secrets(scope))
        return NULL;
    if (scope->mask == NULL)
        scope->mask = mask_create();
    secret_use_mask(&scope->secrets, scope->spec, scope->mask);
    seen_mask_add_values(scope->mask, scope->values);
    seen_mask_add_jar(scope->mask, scope->jar, &scope->spec->shown);
    return scope->mask;
}

const struct mask *
scope_hide(struct scope *scope, struct look *look)
{
    if (seen_mask_is_needed(&look->seen)) {
        if (scope->mask == NULL)
            scope->mask = mask_create();
        seen_mask_add(scope->mask, &look->seen, &scope->spec->shown);
    }
    look->mask = scope_mask(scope);
    return look->mask;
}
