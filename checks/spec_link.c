#include "checks/spec_link.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "checks/spec_http.h"
#include "checks/template.h"

#define LINK_MAX 2048 /* bytes; longer ones are cut by mail programs */

struct names {
    const struct spec_link_run *run;
    char id[ID_TEXT_MAX];
};

static enum template_end
look_up(void *cookie, const char *name, struct template_value *value,
        char why[TEMPLATE_WHY_MAX])
{
    const struct names *names = cookie;

    why[0] = '\0'; /* what is missing says it all */
    if (str_eq(name, "run.id"))
        value->text = names->id;
    else if (str_eq(name, "check"))
        value->text = names->run->check;
    else if (str_eq(name, "region"))
        value->text = names->run->region;
    else
        return TEMPLATE_MISSING;
    value->len = strlen(value->text);
    return TEMPLATE_OK;
}

int
spec_link_add(struct buf *out, const struct spec_field *link,
              const struct spec_link_run *run)
{
    struct names names = {.run = run};
    struct template_world world = {.lookup = look_up, .cookie = &names};
    char why[TEMPLATE_WHY_MAX];
    struct buf made;
    int rc = -1;

    (void)id_format(names.id, run->run);
    buf_init(&made, LINK_MAX);
    if (template_expand(link->value, &world, TEMPLATE_IN_URL, &made, why) ==
        TEMPLATE_OK)
        rc = buf_add(out, made.data, made.len);
    buf_free(&made);
    return rc;
}
