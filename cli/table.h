/*
 * table.h - columns for people: as wide as their widest cell.
 *
 * Lifecycle   table_create() -> table_add() cell by cell, row after row ->
 *             table_format() -> table_free().
 * Ownership   cells are copied.
 * Units       widths in characters of UTF-8, one column each.
 * Threads     none of its own.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

struct buf;
struct paint;
struct table;

/* `heads` ends with NULL; one that begins with '>' is aligned right. */
struct table *table_create(const char *const *heads);
void table_free(struct table *table);
/* The next cell, from left to right; NULL or "" is shown as a dash. */
void table_add(struct table *table, const char *cell);
/* Thousandths of a millisecond as written by json_fixed(), "2.547": "2.5 ms". */
void table_add_ms(struct table *table, const char *ms);
void table_format(const struct table *table, const struct paint *paint,
                  struct buf *out);

#endif
