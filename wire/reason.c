#include "wire/reason.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct row {
    enum reason reason;
    const char *name;
    const char *text;
};

#define REASON(number, phase, cause, name, text)                               \
    {REASON_##phase##_##cause, name, text},

/* In ascending order of number, as reason.def is; found by halving. */
static const struct row ROWS[] = {
#include "wire/reason.def"
};
#undef REASON

#define ROW_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

/* Longest subject word of reason.def, "http_version", with room. */
#define SUBJECT_MAX 32

static const struct row *
find_row(enum reason reason)
{
    size_t low = 0;
    size_t high = ROW_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ROWS[middle].reason == reason)
            return &ROWS[middle];
        if (ROWS[middle].reason < reason)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *
reason_name(enum reason reason)
{
    const struct row *row = find_row(reason);

    if (reason == REASON_NONE)
        return NULL;
    return row != NULL ? row->name : "unknown";
}

const char *
reason_text(enum reason reason)
{
    const struct row *row = find_row(reason);

    if (reason == REASON_NONE)
        return NULL;
    return row != NULL ? row->text : "a reason this version does not know";
}

enum reason
reason_parse(const char *name)
{
    if (name == NULL)
        return REASON_NONE;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return ROWS[i].reason;
    return REASON_NONE;
}

enum reason
reason_of_subject(const char *subject)
{
    char name[sizeof("expect.") + SUBJECT_MAX];
    int word = (int)strcspn(subject, " .");

    if (word > SUBJECT_MAX)
        return REASON_NONE;
    /* "all servers agree" and "serial agrees" are two questions: the first
     * word of the former says nothing. */
    if (strcmp(subject, "all servers agree") == 0)
        return REASON_EXPECT_AGREE;
    (void)snprintf(name, sizeof(name), "expect.%.*s", word, subject);
    return reason_parse(name);
}

enum reason
reason_row(size_t index)
{
    return index < ROW_COUNT ? ROWS[index].reason : REASON_NONE;
}
