#include "cli/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/paint.h"

#define COLUMNS_MAX 16
#define GAP         2 /* spaces between columns */

struct table {
    const char *const *heads;
    size_t columns;
    char **cells;
    size_t count;
};

struct table *
table_create(const char *const *heads)
{
    struct table *table = str_xcalloc(1, sizeof *table);
    table->heads = heads;
    while (heads[table->columns] != NULL && table->columns < COLUMNS_MAX)
        table->columns++;
    return table;
}

void
table_free(struct table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

void
table_add(struct table *table, const char *cell)
{
    table->cells =
        str_xrealloc(table->cells, (table->count + 1) * sizeof *table->cells);
    table->cells[table->count++] =
        str_xdup(cell == NULL || *cell == '\0' ? "-" : cell);
}

void
table_add_ms(struct table *table, const char *ms)
{
    char text[UNITS_TEXT_MAX];
    int64_t us;
    table_add(table, str_parse_milli(ms, &us) != 0
                         ? NULL
                         : units_show_duration(text, us * NS_PER_US));
}

/* Characters, not bytes: what continues one does not count. */
static size_t
width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((uint8_t)*text & 0xc0) != 0x80 ? 1 : 0;
    return width;
}

static const char *
head_text(const struct table *table, size_t column)
{
    const char *head = table->heads[column];
    return *head == '>' ? head + 1 : head;
}

static void
add_cell(struct buf *out, const char *text, size_t width, bool is_right)
{
    size_t pad = width - width_of(text);
    for (size_t i = 0; is_right && i < pad; i++)
        buf_add_char(out, ' ');
    buf_add_str(out, text);
    for (size_t i = 0; !is_right && i < pad; i++)
        buf_add_char(out, ' ');
}

static void
add_row(const struct table *table, const size_t *widths, size_t row,
        struct buf *out)
{
    struct buf line;
    buf_init(&line, out->max);
    for (size_t c = 0; c < table->columns; c++) {
        size_t at = row * table->columns + c;
        const char *text = row == SIZE_MAX     ? head_text(table, c)
                           : at < table->count ? table->cells[at]
                                               : "";
        add_cell(&line, text, widths[c], *table->heads[c] == '>');
        for (int i = 0; c + 1 < table->columns && i < GAP; i++)
            buf_add_char(&line, ' ');
    }
    while (line.len > 0 && line.data[line.len - 1] == ' ')
        line.len--;
    buf_add(out, line.data, line.len);
    buf_free(&line);
}

void
table_format(const struct table *table, const struct paint *paint,
             struct buf *out)
{
    size_t widths[COLUMNS_MAX];
    struct buf head;
    assert(table->columns > 0);
    for (size_t c = 0; c < table->columns; c++)
        widths[c] = width_of(head_text(table, c));
    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    buf_init(&head, out->max);
    add_row(table, widths, SIZE_MAX, &head);
    paint_add(out, paint, PAINT_DIM, buf_text(&head));
    buf_free(&head);
    buf_add_char(out, '\n');
    for (size_t i = 0; i * table->columns < table->count; i++) {
        add_row(table, widths, i, out);
        buf_add_char(out, '\n');
    }
}
