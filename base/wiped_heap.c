#include "base/wiped_heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void
wiped_heap_free(void *block)
{
    if (block == NULL)
        return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

void *
wiped_heap_realloc(void *block, size_t size)
{
    size_t had = block != NULL ? malloc_usable_size(block) : 0;
    void *moved;

    if (block != NULL && size > 0 && size <= had)
        return block;
    moved = malloc(size > 0 ? size : 1);
    if (moved == NULL)
        return NULL;
    memcpy(moved, block != NULL ? block : "", had < size ? had : size);
    wiped_heap_free(block);
    return moved;
}
