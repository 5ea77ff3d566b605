/*
 * Texts with references put in.  A text grows by being copied and wiped, never
 * by realloc(), which would leave values behind.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_priv.h"
#include "base/str.h"

#define SECRET_TEXT_MAX ((size_t)256 * 1024)
#define TEXT_FIRST      256 /* bytes; doubled when it is full */

/* The name of the reference at `text`, its bytes in *len; NULL: none. */
static const char *
reference_at(const char *text, size_t *len)
{
    static const char open[] = "${secret.";
    const char *name = NULL;

    if (!str_starts(text, open))
        return NULL;
    name = text + sizeof(open) - 1;
    *len = strcspn(name, "}");
    return name[*len] == '}' ? name : NULL;
}

/* The length stands before the text, so that wiping knows it. */
struct expanded {
    size_t cap; /* of the text, with its NUL */
    size_t len;
    char text[];
};

static struct expanded *
grow(struct expanded *made, size_t need)
{
    size_t cap = made == NULL ? TEXT_FIRST : made->cap;
    struct expanded *grown = NULL;

    while (cap < need + 1)
        cap *= 2;
    grown = str_xcalloc(1, sizeof(*grown) + cap);
    grown->cap = cap;
    if (made != NULL) {
        grown->len = made->len;
        memcpy(grown->text, made->text, made->len);
        secret_text_free(made->text);
    }
    return grown;
}

/* False and `why`; *made stays to be freed. */
static bool
append(struct expanded **made, const char *text, size_t len,
       struct secret_why why)
{
    size_t need = (*made != NULL ? (*made)->len : 0) + len;

    if (need > SECRET_TEXT_MAX) {
        (void)secret_refuse(why, "the text with its secrets is over %zu KiB",
                            SECRET_TEXT_MAX / 1024);
        return false;
    }
    if (*made == NULL || need + 1 > (*made)->cap)
        *made = grow(*made, need);
    memcpy((*made)->text + (*made)->len, text, len);
    (*made)->len = need;
    (*made)->text[need] = '\0';
    return true;
}

static bool
append_secret(struct secret_set *set, struct expanded **made, const char *name,
              size_t len, struct secret_why why)
{
    char *key = str_xndup(name, len);
    struct secret_value *value = secret_get(set, key, why.text, why.cap);
    bool is_done = value != NULL && append(made, value->text, value->len, why);

    secret_value_free(value);
    free(key);
    return is_done;
}

char *
secret_expand(struct secret_set *set, const char *text, char *why, size_t cap)
{
    struct secret_why to = {.cap = cap};
    struct expanded *made = NULL;
    bool is_right = false;

    assert(why != NULL && cap > 0);
    to.text = why;
    is_right = append(&made, "", 0, to);
    while (*text != '\0' && is_right) {
        size_t len = 0;
        const char *name = reference_at(text, &len);

        if (name != NULL) {
            is_right = append_secret(set, &made, name, len, to);
            text = name + len + 1;
        } else {
            is_right = append(&made, text++, 1, to);
        }
    }
    if (is_right)
        return made->text;
    if (made != NULL)
        secret_text_free(made->text);
    return NULL;
}

void
secret_text_free(char *text)
{
    struct expanded *made = NULL;

    if (text == NULL)
        return;
    made = (struct expanded *)(void *)(text - offsetof(struct expanded, text));
    explicit_bzero(made->text, made->cap);
    free(made);
}
