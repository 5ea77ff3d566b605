#include "checks/cookie.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "checks/cookie_date.h"

static struct cookie_text
trim(struct cookie_text text)
{
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 &&
           (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* What stands before `stop`; *rest is what stands after it, or empty. */
static struct cookie_text
split(struct cookie_text text, char stop, struct cookie_text *rest)
{
    const char *at = text.len > 0 ? memchr(text.at, stop, text.len) : NULL;
    struct cookie_text head = text;

    *rest = (struct cookie_text){text.at + text.len, 0};
    if (at == NULL)
        return head;
    head.len = (size_t)(at - text.at);
    *rest = (struct cookie_text){at + 1, text.len - head.len - 1};
    return head;
}

static bool
is_word(struct cookie_text text, const char *word)
{
    size_t len = strlen(word);

    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (str_lower(text.at[i]) != word[i])
            return false;
    return true;
}

/* A tab is the only control character that a cookie may hold. */
static bool
has_control(struct cookie_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return true;
    }
    return false;
}

/* Seconds from now; false: not a number.  Beyond what is kept it does not
 * matter how far. */
static bool
parse_age(struct cookie_text text, int64_t *age)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    size_t i = is_negative ? 1 : 0;
    int64_t made = 0;

    if (i == text.len)
        return false;
    for (; i < text.len; i++) {
        if (!str_is_digit(text.at[i]))
            return false;
        if (made <= COOKIE_AGE_MAX_S)
            made = made * 10 + (text.at[i] - '0');
    }
    *age = is_negative ? -made : made;
    return true;
}

static int64_t
latest(wall_t now)
{
    return now.ms + COOKIE_AGE_MAX_S * MS_PER_S;
}

static void
take_age(struct cookie *cookie, struct cookie_text value, wall_t now)
{
    int64_t age = 0;

    if (!parse_age(value, &age))
        return;
    cookie->has_expires = true;
    if (age <= 0)
        cookie->expires.ms = INT64_MIN;
    else if (age > COOKIE_AGE_MAX_S)
        cookie->expires.ms = latest(now);
    else
        cookie->expires.ms = now.ms + age * MS_PER_S;
}

static void
take_expires(struct cookie *cookie, struct cookie_text value, wall_t now)
{
    wall_t at = {0};

    if (cookie_date_parse(value.at, value.len, &at) != 0)
        return;
    cookie->has_expires = true;
    cookie->expires.ms = at.ms > latest(now) ? latest(now) : at.ms;
}

static void
take_domain(struct cookie *cookie, struct cookie_text value)
{
    if (value.len > 0 && value.at[0] == '.') {
        value.at++;
        value.len--;
    }
    cookie->domain = value;
}

/* Of several of a kind the last one counts, and Max-Age whatever its place. */
static void
take_attribute(struct cookie *cookie, struct cookie_text attribute,
               struct cookie_text *age, wall_t now)
{
    struct cookie_text value;
    struct cookie_text name = trim(split(attribute, '=', &value));

    value = trim(value);
    if (value.len > COOKIE_ATTRIBUTE_MAX)
        return;
    if (is_word(name, "max-age"))
        *age = value;
    else if (is_word(name, "expires"))
        take_expires(cookie, value, now);
    else if (is_word(name, "domain"))
        take_domain(cookie, value);
    else if (is_word(name, "path"))
        cookie->path = value.len > 0 && value.at[0] == '/'
                           ? value
                           : (struct cookie_text){value.at, 0};
    else if (is_word(name, "secure"))
        cookie->is_secure = true;
    else if (is_word(name, "httponly"))
        cookie->is_http_only = true;
}

enum cookie_fate
cookie_parse(struct cookie *cookie, const char *line, size_t len, wall_t now)
{
    struct cookie_text rest;
    struct cookie_text age = {line, 0};
    struct cookie_text pair =
        split((struct cookie_text){line, len}, ';', &rest);

    *cookie = (struct cookie){
        .domain = {line, 0}, .path = {line, 0}, .name = {line, 0}};
    if (has_control((struct cookie_text){line, len}))
        return COOKIE_CONTROL;
    if (pair.len > 0 && memchr(pair.at, '=', pair.len) != NULL)
        cookie->name = trim(split(pair, '=', &cookie->value));
    else
        cookie->value = pair;
    cookie->value = trim(cookie->value);
    if (cookie->name.len == 0 && cookie->value.len == 0)
        return COOKIE_EMPTY;
    if (cookie->name.len + cookie->value.len > COOKIE_MAX)
        return COOKIE_TOO_LONG;
    while (rest.len > 0) {
        struct cookie_text attribute = split(rest, ';', &rest);

        take_attribute(cookie, attribute, &age, now);
    }
    take_age(cookie, age, now);
    return COOKIE_SET;
}

const char *
cookie_fate_text(enum cookie_fate fate)
{
    static const char *const texts[COOKIE_FATE_COUNT] = {
        [COOKIE_SET] = "it was set",
        [COOKIE_DELETED] = "it was deleted: its date has passed",
        [COOKIE_EMPTY] = "it has neither name nor value",
        [COOKIE_CONTROL] = "it holds a control character",
        [COOKIE_TOO_LONG] = "its name and value are over 4096 bytes",
        [COOKIE_NOT_SECURE] = "it is Secure and the answer came over http",
        [COOKIE_BAD_PREFIX] = "its attributes are not those its prefix demands",
        [COOKIE_PUBLIC] = "its Domain is a public suffix",
        [COOKIE_FOREIGN] = "its Domain is not of the host that sent it",
        [COOKIE_OVER_SECURE] = "it came over http and would hide a Secure one",
    };

    assert((unsigned)fate < COOKIE_FATE_COUNT);
    return texts[fate];
}
