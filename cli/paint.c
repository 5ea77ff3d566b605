#include "cli/paint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40

static bool
is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static bool
speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            return strstr(value, "UTF-8") || strstr(value, "utf8") ||
                   strstr(value, "UTF8") || strstr(value, "utf-8");
    }
    return false;
}

static int
columns(int fd)
{
    struct winsize size;
    const char *text = getenv("COLUMNS");
    int64_t wished = 0;
    if (text != NULL && str_parse_i64(text, &wished) == 0 &&
        wished >= WIDTH_MIN && wished < 1000)
        return (int)wished;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN)
        return size.ws_col;
    return WIDTH_DEFAULT;
}

struct paint
paint_of(FILE *stream)
{
    int fd = fileno(stream);
    const char *term = getenv("TERM");
    struct paint paint = {.blocks = speaks_utf8(), .width = columns(fd)};
    paint.colour = isatty(fd) && !is_set("NO_COLOR") &&
                   !(term != NULL && str_eq(term, "dumb"));
    if (is_set("FORCE_COLOR"))
        paint.colour = true;
    return paint;
}

void
paint_add(struct buf *out, const struct paint *paint, enum paint_tone tone,
          const char *text)
{
    static const char *const codes[] = {
        [PAINT_GOOD] = "32;1", [PAINT_WARN] = "33;1", [PAINT_BAD] = "31;1",
        [PAINT_DIM] = "2",     [PAINT_BOLD] = "1",
    };
    if (paint->colour)
        buf_addf(out, "\x1b[%sm%s\x1b[0m", codes[tone], text);
    else
        buf_add_str(out, text);
}

void
paint_status(struct buf *out, const struct paint *paint, enum status status)
{
    switch (status) {
    case STATUS_UP:
        paint_add(out, paint, PAINT_GOOD, "UP");
        break;
    case STATUS_DEGRADED:
        paint_add(out, paint, PAINT_WARN, "DEGRADED");
        break;
    case STATUS_DOWN:
        paint_add(out, paint, PAINT_BAD, "DOWN");
        break;
    case STATUS_ERROR:
        paint_add(out, paint, PAINT_WARN, "ERROR");
        break;
    }
}
