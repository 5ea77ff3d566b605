#include "checks/ref_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define ESCAPE "$${" /* the two characters ${ */

size_t
ref_text_len(const char *at)
{
    bool is_quoted = false;
    size_t len = 0;

    for (; at[len]; len++) {
        is_quoted = is_quoted != (at[len] == '\'');
        if (at[len] == '}' && !is_quoted)
            return len + 1;
    }
    return len;
}

const char *
ref_text_next(const char *at)
{
    while (*at) {
        if (str_starts(at, ESCAPE))
            at += strlen(ESCAPE);
        else if (str_starts(at, "${"))
            return at;
        else
            at++;
    }
    return NULL;
}

char *
ref_text_plain(const char *text)
{
    char *made = str_xdup(text);
    const char *at = ref_text_next(made);

    while (at) {
        size_t len = ref_text_len(at);

        memset(&made[at - made], '1', len);
        at = ref_text_next(at + len);
    }
    return made;
}
