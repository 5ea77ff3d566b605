#include "controller/push_retired.h"

#include <stdlib.h>

#include "base/str.h"
#include "controller/store/store.h"

void
push_retired_add(struct push_retired *retired, const char *check,
                 int64_t generation)
{
    size_t size = (retired->count + 1) * sizeof(*retired->row);

    retired->row = str_xrealloc(retired->row, size);
    retired->row[retired->count++] = (struct push_retired_row){
        .check = str_xdup(check), .generation = generation};
}

static void
drop(struct push_retired *retired, size_t at)
{
    free(retired->row[at].check);
    retired->row[at] = retired->row[--retired->count];
}

int64_t
push_retired_take(struct push_retired *retired, const char *check)
{
    for (size_t i = 0; i < retired->count; i++) {
        int64_t generation = retired->row[i].generation;

        if (!str_eq(retired->row[i].check, check))
            continue;
        drop(retired, i);
        return generation;
    }
    return 0;
}

void
push_retired_store(struct push_retired *retired, struct store *store)
{
    for (size_t i = retired->count; i-- > 0;) {
        struct push_retired_row *gone = &retired->row[i];
        struct store_push blank = {.check = gone->check,
                                   .generation = gone->generation};

        if (gone->generation == 0) {
            store_remove_push(store, gone->check, NULL, NULL);
            drop(retired, i);
        } else if (!gone->is_blank) {
            gone->is_blank = true;
            store_put_push(store, &blank, NULL, NULL);
        }
    }
}

void
push_retired_clear(struct push_retired *retired)
{
    while (retired->count > 0)
        drop(retired, 0);
    free(retired->row);
    *retired = (struct push_retired){0};
}
