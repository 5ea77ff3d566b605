/*
 * probe_name.c - see probe_name.h.
 */
#include "controller/probe_name.h"

#include <string.h>

#include "base/str.h"

static bool
is_first(char c)
{
    return str_is_digit(c) || (str_is_alpha(c) && str_lower(c) == c);
}

static bool
is_next(char c)
{
    return is_first(c) || c == '.' || c == '_' || c == '-';
}

bool
probe_name_is_good(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (!is_next(name[i]))
            return false;
    return len > 0 && len <= PROBE_NAME_MAX && is_first(name[0]);
}

void
probe_name_clean(char to[RESULT_NAME_MAX], const char *wish,
                 const char *otherwise)
{
    (void)str_copy(to, PROBE_NAME_MAX + 1,
                   wish == NULL || wish[0] == '\0' ? otherwise : wish);
    for (size_t i = 0; to[i] != '\0'; i++) {
        char c = str_lower(to[i]);

        to[i] = (char)(is_next(c) ? c : '-');
    }
    if (!is_first(to[0]))
        (void)str_copy(to, RESULT_NAME_MAX, "probe");
}
