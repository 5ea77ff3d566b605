/*
 * Every value is first made whole in a buffer that wipes, then put into its
 * place (template_place.c); so no part of a secret is left on the way.
 */
#include "checks/template.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "checks/template_priv.h"

/* One ${...} while its value is made. */
struct eval {
    const struct template_world *world;
    struct template_placed *placed;
    const struct template_node *ref; /* for messages */
    bool has_secret;
    bool has_foreign; /* neither a secret nor the check's own */
    bool is_foreign;  /* so is something in the whole text */
};

const char *
template_text(const struct template *tpl)
{
    return tpl->text;
}

struct template_moment
template_moment(wall_t now)
{
    struct template_moment moment = {.now = now};

    digest_random(moment.seed, sizeof(moment.seed));
    return moment;
}

static void
add_digits(const struct buf *bytes, struct buf *out)
{
    char two[3];

    for (size_t i = 0; i < bytes->len; i++) {
        str_hex(two, &bytes->data[i], 1);
        buf_add(out, two, 2);
    }
}

static enum template_end
look_up(struct eval *e, const char *name, struct template_value *value)
{
    char why[TEMPLATE_WHY_MAX] = "";
    enum template_end end = TEMPLATE_MISSING;

    if (e->world->lookup != NULL)
        end = e->world->lookup(e->world->cookie, name, value, why);
    if (end == TEMPLATE_OK) {
        e->has_secret |= value->is_secret;
        e->has_foreign |= !value->is_secret && !value->is_own;
        e->is_foreign |= e->has_foreign;
        return end;
    }
    if (why[0] != '\0')
        return template_refuse(e->placed, e->ref, end, "%s", why);
    return template_refuse(e->placed, e->ref, end, "there is no value `%s`",
                           name);
}

/* Of a value that would break the request: only who answered can be to blame
 * for it, and for nothing that has a secret of ours in it. */
static enum template_end
whose_fault(const struct eval *e)
{
    if (e->has_secret)
        return TEMPLATE_SECRET;
    return e->has_foreign ? TEMPLATE_INVALID : TEMPLATE_OWN;
}

/* Of a text that is too long: as much of it may be what somebody answered. */
static enum template_end
whose_length(const struct eval *e)
{
    return e->is_foreign ? TEMPLATE_LIMIT : TEMPLATE_OWN;
}

static enum template_end
evaluate(struct eval *e, const struct template_node *node, struct buf *out);

/* Bytes: as the text or another call takes them. */
static void
tell_made(const struct eval *e, const struct template_fn *fn,
          const struct buf *out)
{
    const struct template_world *world = e->world;
    struct buf digits;

    if (world->made == NULL || out->failed)
        return;
    world->made(world->cookie, buf_text(out), out->len);
    if (fn->kind != TEMPLATE_FN_BYTES)
        return;
    buf_init_wiping(&digits, TEMPLATE_TEXT_MAX);
    add_digits(out, &digits);
    world->made(world->cookie, buf_text(&digits), digits.len);
    buf_free(&digits);
}

static enum template_end
evaluate_call(struct eval *e, const struct template_node *node, struct buf *out)
{
    struct buf arg[TEMPLATE_ARGS_MAX];
    struct template_call call = {
        .fn = node->fn, .moment = &e->world->moment, .arg = arg, .out = out};
    enum template_end end = TEMPLATE_OK;
    const char *wrong = NULL;
    bool had_secret = e->has_secret;

    e->has_secret = false;
    for (const struct template_node *from = node->first;
         from != NULL && end == TEMPLATE_OK; from = from->next) {
        assert(call.count < TEMPLATE_ARGS_MAX);
        buf_init_wiping(&arg[call.count], TEMPLATE_TEXT_MAX);
        end = evaluate(e, from, &arg[call.count++]);
    }
    if (end == TEMPLATE_OK)
        wrong = node->fn->compute(&call);
    for (size_t i = 0; i < call.count; i++) {
        if (arg[i].failed)
            out->failed = true;
        buf_free(&arg[i]);
    }
    if (end == TEMPLATE_OK && wrong == NULL && e->has_secret)
        tell_made(e, node->fn, out);
    e->has_secret = e->has_secret || had_secret;
    if (end != TEMPLATE_OK || wrong == NULL)
        return end;
    return template_refuse(e->placed, e->ref, whose_fault(e), "%s: %s",
                           node->fn->name, wrong);
}

static enum template_end
evaluate(struct eval *e, const struct template_node *node, struct buf *out)
{
    struct template_value value = {0};
    enum template_end end;

    switch (node->kind) {
    case TEMPLATE_LITERAL:
        buf_add(out, node->text, node->text_len);
        return TEMPLATE_OK;
    case TEMPLATE_NAME:
        end = look_up(e, node->text, &value);
        if (end == TEMPLATE_OK)
            buf_add(out, value.text, value.len);
        return end;
    case TEMPLATE_CALL:
        break;
    }
    return evaluate_call(e, node, out);
}

/* Digests are bytes among themselves; a text has their digits. */
static void
show_bytes(struct buf *value)
{
    struct buf shown;

    buf_init_wiping(&shown, TEMPLATE_TEXT_MAX);
    add_digits(value, &shown);
    buf_free(value);
    *value = shown;
}

static enum template_end
expand_ref(struct eval *e, const struct template_node *node)
{
    struct template_placed *placed = e->placed;
    enum template_fn_kind kind =
        node->kind == TEMPLATE_CALL ? node->fn->kind : TEMPLATE_FN_TEXT;
    bool had_secret = e->has_secret;
    enum template_end end;
    struct buf value;

    e->ref = node;
    e->has_secret = e->has_foreign = false;
    buf_init_wiping(&value, TEMPLATE_TEXT_MAX);
    end = evaluate(e, node, &value);
    if (end == TEMPLATE_OK && value.failed)
        end = template_refuse(placed, node, whose_length(e),
                              "the value is over %zu KiB",
                              TEMPLATE_TEXT_MAX / 1024);
    if (end == TEMPLATE_OK) {
        if (kind == TEMPLATE_FN_BYTES)
            show_bytes(&value);
        if (e->has_secret)
            placed->out->wipes = true;
        end = template_place(
            placed, node,
            (struct template_bytes){buf_text(&value), value.len, kind});
        if (end == TEMPLATE_INVALID)
            end = whose_fault(e);
    }
    e->has_secret = e->has_secret || had_secret;
    buf_free(&value);
    return end;
}

enum template_end
template_expand(const struct template *tpl, const struct template_world *world,
                enum template_context context, struct buf *out,
                char why[TEMPLATE_WHY_MAX])
{
    struct template_placed placed = {.context = context,
                                     .out = out,
                                     .start = out->len,
                                     .tpl = tpl,
                                     .why = why};
    struct eval e = {.world = world, .placed = &placed};
    enum template_end end = TEMPLATE_OK;

    why[0] = '\0';
    for (const struct template_node *node = tpl->first;
         node != NULL && end == TEMPLATE_OK; node = node->next) {
        if (node->kind == TEMPLATE_LITERAL)
            buf_add(out, node->text, node->text_len);
        else
            end = expand_ref(&e, node);
    }
    if (end == TEMPLATE_OK)
        end = template_place_end(&placed);
    if (end != TEMPLATE_OK)
        return end;
    if (out->len - placed.start > TEMPLATE_TEXT_MAX)
        out->failed = true;
    if (!out->failed)
        return TEMPLATE_OK;
    (void)snprintf(why, TEMPLATE_WHY_MAX, "the text is over its limit");
    return whose_length(&e);
}
