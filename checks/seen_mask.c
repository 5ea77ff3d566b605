#include "checks/seen_mask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fetch.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/jar.h"
#include "checks/look.h"
#include "checks/spec_list.h"
#include "checks/values.h"

#define NAME_SHOWN 64 /* bytes of a cookie's name; the mask shows fewer */

struct part {
    const char *at;
    size_t len;
};

static bool
is_word(struct part part, const char *word)
{
    return part.len == strlen(word) && memcmp(part.at, word, part.len) == 0;
}

bool
seen_mask_is_plain(const char *text, size_t len)
{
    struct part part = {text, len};
    size_t digits = 0;

    if (is_word(part, "true") || is_word(part, "false") ||
        is_word(part, "null"))
        return true;
    for (size_t i = 0; i < len; i++) {
        bool is_sign = text[i] == '.' || (text[i] == '-' && i == 0);

        if (!is_sign && !str_is_digit(text[i]))
            return false;
        digits += is_sign ? 0 : 1;
    }
    return digits <= SEEN_MASK_DIGITS;
}

static bool
is_public(const struct spec_list *shown, struct part name)
{
    for (size_t i = 0; i < shown->count; i++)
        if (strlen(shown->item[i]) == name.len &&
            strncasecmp(name.at, shown->item[i], name.len) == 0)
            return true;
    return false;
}

static struct part
trim(struct part part)
{
    while (part.len > 0 && (part.at[0] == ' ' || part.at[0] == '"')) {
        part.at++;
        part.len--;
    }
    while (part.len > 0 && strchr(" \"\r\n", part.at[part.len - 1]) != NULL)
        part.len--;
    return part;
}

/* ---- cookies ---- */

static void
add_cookie(struct mask *mask, struct part name, struct part value,
           const struct spec_list *shown)
{
    char text[NAME_SHOWN];

    value = trim(value);
    if (is_public(shown, name) || seen_mask_is_plain(value.at, value.len))
        return;
    (void)snprintf(text, sizeof(text), "cookie %.*s",
                   (int)(name.len < NAME_SHOWN ? name.len : NAME_SHOWN),
                   name.at);
    mask_add_as(mask, value.at, value.len, text);
}

/* "name=value"; without a name all of it is the value. */
static void
add_pair(struct mask *mask, struct part pair, const struct spec_list *shown)
{
    const char *equals;
    struct part name, value;

    pair = trim(pair);
    equals = pair.len > 0 ? memchr(pair.at, '=', pair.len) : NULL;
    name.at = pair.at;
    name.len = equals != NULL ? (size_t)(equals - pair.at) : 0;
    value.at = equals != NULL ? equals + 1 : pair.at;
    value.len = pair.len - (size_t)(value.at - pair.at);
    add_cookie(mask, trim(name), value, shown);
}

static struct part
until(struct part part, char end)
{
    const char *found = part.len > 0 ? memchr(part.at, end, part.len) : NULL;

    if (found != NULL)
        part.len = (size_t)(found - part.at);
    return part;
}

static void
add_set_cookies(struct mask *mask, const struct seen *seen,
                const struct spec_list *shown)
{
    size_t at = 0;
    size_t count = 0;
    struct part line = {NULL, 0};

    /* A jar has no more.  Of those behind them the heads show nothing, and a
     * server that sets thousands does not make a mask hide all that we say. */
    while (count++ < JAR_COOKIES_MAX &&
           (line.at = fetch_header(seen->head, seen->head_len, "Set-Cookie",
                                   &at, &line.len)) != NULL)
        add_pair(mask, until(line, ';'), shown);
}

static void
add_sent_cookies(struct mask *mask, struct part line,
                 const struct spec_list *shown)
{
    while (line.len > 0) {
        struct part pair = until(line, ';');
        size_t used = pair.len < line.len ? pair.len + 1 : pair.len;

        add_pair(mask, pair, shown);
        line.at += used;
        line.len -= used;
    }
}

void
seen_mask_add_jar(struct mask *mask, const struct jar *jar,
                  const struct spec_list *shown)
{
    const char *name, *value;

    if (is_public(shown, (struct part){"cookie", 6}) ||
        is_public(shown, (struct part){"set-cookie", 10}))
        return;
    for (size_t i = 0; jar != NULL && (value = jar_at(jar, i, &name)) != NULL;
         i++)
        add_cookie(mask, (struct part){name, strlen(name)},
                   (struct part){value, strlen(value)}, shown);
}

/* ---- credentials ---- */

/* "Basic dTpw": what is behind the scheme. */
static void
add_credentials(struct mask *mask, struct part line)
{
    struct part scheme = until(line, ' ');

    line.at += scheme.len;
    line.len -= scheme.len;
    if (line.len == 0)
        line = scheme;
    line = trim(line);
    mask_add(mask, line.at, line.len);
}

/* ---- heads ---- */

static const char *
value_of(const char *line, const char *name)
{
    size_t len = strlen(name);

    return strncasecmp(line, name, len) == 0 ? line + len : NULL;
}

bool
seen_mask_is_needed(const struct seen *seen)
{
    size_t at = 0, len;

    for (const char *const *line = seen->request_headers;
         line != NULL && *line != NULL; line++)
        if (value_of(*line, "cookie:") != NULL ||
            value_of(*line, "authorization:") != NULL)
            return true;
    return seen->head != NULL && fetch_header(seen->head, seen->head_len,
                                              "Set-Cookie", &at, &len) != NULL;
}

static void
add_line(struct mask *mask, const char *line, const struct spec_list *shown)
{
    struct part name = until((struct part){line, strlen(line)}, ':');
    const char *value;

    if (is_public(shown, name))
        return;
    value = value_of(line, "cookie:");
    if (value != NULL)
        add_sent_cookies(mask, (struct part){value, strlen(value)}, shown);
    value = value_of(line, "authorization:");
    if (value != NULL)
        add_credentials(mask, trim((struct part){value, strlen(value)}));
}

void
seen_mask_add(struct mask *mask, const struct seen *seen,
              const struct spec_list *shown)
{
    for (const char *const *line = seen->request_headers;
         line != NULL && *line != NULL; line++)
        add_line(mask, *line, shown);
    if (seen->head != NULL &&
        !is_public(shown, (struct part){"set-cookie", 10}))
        add_set_cookies(mask, seen, shown);
}

/* ---- values ---- */

void
seen_mask_add_values(struct mask *mask, const struct values *values)
{
    const struct value *value;

    for (size_t i = 0; values != NULL && (value = values_at(values, i)) != NULL;
         i++) {
        if ((value->flags & VALUES_SECRET) != 0)
            mask_add(mask, value->text, value->len);
        else if ((value->flags & VALUES_PUBLIC) == 0 &&
                 !seen_mask_is_plain(value->text, value->len))
            mask_add_as(mask, value->text, value->len, value->name);
    }
}
