#include "tests/lib/catalog_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/conf.h"
#include "base/diag.h"
#include "checks/catalog.h"

#define SAID_MAX 1000000

struct catalog_room
catalog_room_open(const char *text)
{
    struct catalog_room r = {.diag = diag_create(), .set = conf_set_create()};

    buf_init(&r.out, SAID_MAX);
    assert_int_equal(
        conf_load_text(r.set, "f.conf", text, strlen(text), r.diag), 0);
    r.catalog = catalog_create(r.set, r.diag);
    diag_print(r.diag, &r.out, false);
    return r;
}

void
catalog_room_close(struct catalog_room *r)
{
    catalog_free(r->catalog);
    conf_set_free(r->set);
    diag_free(r->diag);
    buf_free(&r->out);
}

struct spec *
catalog_room_find(struct catalog_room *r, const char *name)
{
    struct spec *spec = catalog_find(r->catalog, name);

    if (!spec)
        fail_msg("no `%s`:\n%s", name, buf_text(&r->out));
    return spec;
}
