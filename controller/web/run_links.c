#include "controller/web/run_links.h"

#include "base/buf.h"
#include "checks/spec.h"
#include "checks/spec_link.h"
#include "controller/web/html.h"

#define URL_MAX 4096

void
run_links_add(struct buf *out, const struct spec *spec, const char *region,
              const struct id *run)
{
    const struct spec_link_run of = {spec->name, region, run};
    struct buf url;

    buf_init(&url, URL_MAX);
    for (size_t i = 0; i < spec->links.count; i++) {
        buf_reset(&url);
        if (spec_link_add(&url, &spec->links.item[i], &of) == 0)
            html_add(out, " <a rel=noreferrer href=\"%s\">%s</a>",
                     buf_text(&url), spec->links.item[i].name);
    }
    buf_free(&url);
}
