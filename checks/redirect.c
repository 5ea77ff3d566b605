/*
 * The method of the next request, as RFC 9110 (15.4) and every browser have it:
 *
 *   303              GET, or HEAD if it was HEAD
 *   301, 302         GET if it was POST, else the same with its body
 *   307, 308         the same with its body
 *
 * Other 3xx are answers: 300 lets a person choose, 304 has no place to go to.
 */
#include "checks/redirect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/str.h"

enum http_status {
    STATUS_MOVED = 301,
    STATUS_FOUND = 302,
    STATUS_SEE_OTHER = 303,
    STATUS_TEMPORARY = 307,
    STATUS_PERMANENT = 308,
};

static bool
is_redirect(int status)
{
    return status == STATUS_MOVED || status == STATUS_FOUND ||
           status == STATUS_SEE_OTHER || status == STATUS_TEMPORARY ||
           status == STATUS_PERMANENT;
}

static void
set_method(struct redirect *to, const struct redirect_from *from)
{
    bool is_see_other = from->status == STATUS_SEE_OTHER;
    bool may_change =
        from->status == STATUS_MOVED || from->status == STATUS_FOUND;

    to->method = from->method;
    to->keeps_body = true;
    if (is_see_other) {
        to->method = str_eq(from->method, "HEAD") ? "HEAD" : "GET";
        to->keeps_body = false;
    } else if (may_change && str_eq(from->method, "POST")) {
        to->method = "GET";
        to->keeps_body = false;
    }
}

static bool
is_scheme_followed(const char *url)
{
    return strncasecmp(url, "http:", 5) == 0 ||
           strncasecmp(url, "https:", 6) == 0;
}

bool
redirect_find(struct redirect *to, const struct redirect_from *from)
{
    size_t at = 0;
    size_t len;
    const char *location;

    *to = (struct redirect){.reason = REASON_HTTP_REDIRECT_BLOCKED};
    if (!is_redirect(from->status))
        return false;
    location = fetch_header(from->head, from->head_len, "Location", &at, &len);
    if (location == NULL)
        return false;
    set_method(to, from);
    to->url = url_resolve(from->url, location, len);
    if (to->url == NULL)
        (void)str_copy(to->why, sizeof(to->why), "its Location is no URL");
    else if (url_parse(&to->at, to->url) < 0)
        (void)snprintf(to->why, sizeof(to->why), "%s %.300s",
                       is_scheme_followed(to->url)
                           ? "its Location is no address:"
                           : "only http and https are followed, not",
                       to->url);
    else
        to->reason = REASON_NONE;
    return true;
}

void
redirect_free(struct redirect *to)
{
    free(to->url);
    to->url = NULL;
}
