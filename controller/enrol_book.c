#include "controller/enrol_book.h"

#include <stdlib.h>

#include "base/id.h"
#include "base/str.h"

#define NUMBER_MAX 99
#define HEX_BYTES  4 /* behind a name whose numbers are all taken */

void
enrol_book_clear(struct enrol_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        free(book->entry[i]);
    free(book->entry);
    *book = (struct enrol_book){0};
}

struct enrol_entry *
enrol_book_find(const struct enrol_book *book, const char *name)
{
    for (size_t i = 0; i < book->count; i++)
        if (str_eq(book->entry[i]->name, name))
            return book->entry[i];
    return NULL;
}

struct enrol_entry *
enrol_book_add(struct enrol_book *book, const char *name, const char *region)
{
    struct enrol_entry *e = str_xcalloc(1, sizeof(*e));

    (void)str_copy(e->name, sizeof(e->name), name);
    (void)str_copy(e->region, sizeof(e->region), region);
    book->entry =
        str_xrealloc(book->entry, (book->count + 1) * sizeof(book->entry[0]));
    book->entry[book->count++] = e;
    return e;
}

void
enrol_book_remove(struct enrol_book *book, struct enrol_entry *entry)
{
    for (size_t i = 0; i < book->count; i++) {
        if (book->entry[i] != entry)
            continue;
        book->entry[i] = book->entry[--book->count];
        free(entry);
        return;
    }
}

const struct store_probe *
enrol_book_view(struct enrol_entry *entry)
{
    entry->view.name = entry->name;
    entry->view.region = entry->region;
    entry->view.cert_sha256 = entry->sha256;
    entry->view.previous_sha256 = entry->previous;
    return &entry->view;
}

bool
enrol_book_is_cert(const struct enrol_entry *entry, const char *sha256)
{
    return str_eq(entry->sha256, sha256) ||
           (entry->previous[0] != '\0' && str_eq(entry->previous, sha256));
}

/* -2 to -99 behind a name that is taken, then something nobody has. */
void
enrol_book_make_unique(const struct enrol_book *book,
                       char name[RESULT_NAME_MAX])
{
    char *base = str_xdup(name);
    struct id id = id_random();
    char hex[2 * HEX_BYTES + 1];

    str_hex(hex, id.byte, HEX_BYTES);
    for (int i = 2; enrol_book_find(book, name) != NULL; i++) {
        char *next = i <= NUMBER_MAX ? str_xprintf("%s-%d", base, i)
                                     : str_xprintf("%s-%s", base, hex);

        (void)str_copy(name, RESULT_NAME_MAX, next);
        free(next);
        if (i > NUMBER_MAX)
            break;
    }
    free(base);
}
