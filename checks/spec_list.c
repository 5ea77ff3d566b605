#include "checks/spec_list.h"

#include <stdlib.h>

#include "base/expr.h"

void
spec_list_clear(struct spec_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct spec_list){NULL, 0};
}

void
spec_exprs_clear(struct spec_exprs *exprs)
{
    for (size_t i = 0; i < exprs->count; i++)
        expr_free(exprs->item[i]);
    free(exprs->item);
    *exprs = (struct spec_exprs){NULL, 0};
}
