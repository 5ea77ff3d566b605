#include "checks/values.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* One block a value: its name, NUL, its text, NUL. */
struct kept {
    struct value shown;
    char *block;
    size_t bytes;
};

struct values {
    struct kept item[VALUES_MAX];
    size_t count;
};

struct values *
values_create(void)
{
    return str_xcalloc(1, sizeof(struct values));
}

static void
discard(struct kept *kept)
{
    if (kept->block != NULL)
        explicit_bzero(kept->block, kept->bytes);
    free(kept->block);
}

void
values_free(struct values *values)
{
    if (values == NULL)
        return;
    for (size_t i = 0; i < values->count; i++)
        discard(&values->item[i]);
    free(values);
}

static void
fill(struct kept *kept, const struct value *value)
{
    size_t name = strlen(value->name) + 1;

    kept->bytes = name + value->len + 1;
    kept->block = str_xcalloc(1, kept->bytes);
    memcpy(kept->block, value->name, name);
    if (value->len > 0)
        memcpy(kept->block + name, value->text, value->len);
    kept->shown = (struct value){.name = kept->block,
                                 .text = kept->block + name,
                                 .len = value->len,
                                 .flags = value->flags};
}

int
values_set(struct values *values, const struct value *value)
{
    struct kept fresh;
    size_t i = 0;

    assert(value->name != NULL);
    while (i < values->count &&
           !str_eq(values->item[i].shown.name, value->name))
        i++;
    if (value->len > VALUES_BYTES_MAX || i == VALUES_MAX) {
        errno = i == VALUES_MAX ? ENOSPC : E2BIG;
        return -1;
    }
    /* Before the old one goes: `value` may be a part of it. */
    fill(&fresh, value);
    if (i == values->count)
        values->count++;
    else
        discard(&values->item[i]);
    values->item[i] = fresh;
    return 0;
}

const struct value *
values_get(const struct values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (str_eq(values->item[i].shown.name, name))
            return &values->item[i].shown;
    return NULL;
}

const struct value *
values_at(const struct values *values, size_t i)
{
    return i < values->count ? &values->item[i].shown : NULL;
}
