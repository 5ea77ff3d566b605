/*
 * How: one match context with the three limits is made with the pattern and
 * only read afterwards, so a compiled regex may be shared; the match data is
 * made for each match, because two threads cannot share it.
 *
 * PCRE2_MATCH_INVALID_UTF lets a body that is not UTF-8 be searched: a
 * character never matches across a broken byte, and the rest still can.
 * DOLLAR_ENDONLY because people who know RE2 or ECMAScript expect `$` to be
 * the end, not the place before a last newline.
 */
#include "base/regex.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A sane pattern on a 1 MiB body stays below a thousand steps from one start;
 * a catastrophic one passes this in about a millisecond. */
#define REGEX_MATCH_LIMIT 100000
#define REGEX_DEPTH_LIMIT 10000
#define REGEX_HEAP_KIB    1024

/* Bytes of a compiled pattern: `(a{1000}){1000}` asks for megabytes. */
#define REGEX_COMPILED_MAX (256UL * 1024)

struct regex {
    pcre2_code *code;
    pcre2_match_context *limits;
};

void
regex_free(struct regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_match_context_free(regex->limits);
    pcre2_code_free(regex->code);
    free(regex);
}

static pcre2_match_context *
make_limits(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);

    if (limits == NULL)
        return NULL;
    pcre2_set_match_limit(limits, REGEX_MATCH_LIMIT);
    pcre2_set_depth_limit(limits, REGEX_DEPTH_LIMIT);
    pcre2_set_heap_limit(limits, REGEX_HEAP_KIB);
    return limits;
}

static pcre2_code *
compile(const char *pattern, size_t *error_offset, char *message, size_t cap)
{
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    PCRE2_SIZE at = 0;
    size_t size = 0;
    int code = 0;
    pcre2_code *made = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     options, &code, &at, NULL);

    *error_offset = at;
    if (made == NULL) {
        PCRE2_UCHAR text[160];
        /* A message that is cut is still a message. */
        pcre2_get_error_message(code, text, sizeof(text));
        snprintf(message, cap, "%s", (const char *)text);
        return NULL;
    }
    if (pcre2_pattern_info(made, PCRE2_INFO_SIZE, &size) != 0 ||
        size > REGEX_COMPILED_MAX) {
        *error_offset = 0;
        snprintf(message, cap, "the pattern is too large (limit %lu KiB)",
                 REGEX_COMPILED_MAX / 1024);
        pcre2_code_free(made);
        return NULL;
    }
    return made;
}

struct regex *
regex_compile(const char *pattern, size_t *error_offset, char *message,
              size_t cap)
{
    struct regex *regex = calloc(1, sizeof(*regex));

    assert(pattern != NULL && error_offset != NULL && cap > 0);
    if (regex == NULL) {
        *error_offset = 0;
        snprintf(message, cap, "out of memory");
        return NULL;
    }
    regex->code = compile(pattern, error_offset, message, cap);
    if (regex->code == NULL)
        goto fail;
    regex->limits = make_limits();
    if (regex->limits == NULL) {
        *error_offset = 0;
        snprintf(message, cap, "out of memory");
        goto fail;
    }
    return regex;

fail:
    regex_free(regex);
    return NULL;
}

/* The group is unset when it took no part in the match: `(a)|b` on "b". */
static void
get_span(pcre2_match_data *data, int groups, size_t *start, size_t *end)
{
    const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(data);
    size_t at = groups > 1 && ovector[2] != PCRE2_UNSET ? 2 : 0;

    /* \K inside a lookahead can put the start behind the end. */
    *start = ovector[at] <= ovector[at + 1] ? ovector[at] : ovector[at + 1];
    *end = ovector[at + 1];
}

static enum regex_result
match_under(const struct regex *regex, pcre2_match_context *limits,
            const char *text, size_t len, size_t *start, size_t *end)
{
    pcre2_match_data *data =
        pcre2_match_data_create_from_pattern(regex->code, NULL);
    int found = 0;

    if (data == NULL)
        return REGEX_LIMIT;
    found = pcre2_match(regex->code, (PCRE2_SPTR)(len > 0 ? text : ""), len, 0,
                        0, data, limits);
    if (found > 0)
        get_span(data, found, start, end);
    pcre2_match_data_free(data);
    if (found > 0)
        return REGEX_YES;
    /* Whatever else went wrong, "does not match" was not established. */
    return found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

enum regex_result
regex_match(const struct regex *regex, const char *text, size_t len,
            size_t *start, size_t *end)
{
    *start = 0;
    *end = 0;
    return match_under(regex, regex->limits, text, len, start, end);
}

enum regex_result
regex_match_within(const struct regex *regex, const char *text, size_t len,
                   size_t steps, size_t *start, size_t *end)
{
    pcre2_match_context *limits = pcre2_match_context_copy(regex->limits);
    enum regex_result result = REGEX_LIMIT;

    assert(steps > 0);
    *start = 0;
    *end = 0;
    if (limits == NULL)
        return REGEX_LIMIT;
    pcre2_set_match_limit(limits,
                          steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
    result = match_under(regex, limits, text, len, start, end);
    pcre2_match_context_free(limits);
    return result;
}
