#include "tests/lib/config_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/str.h"
#include "controller/config.h"

void
config_case_run(const struct config_case *c)
{
    char *text = str_xprintf("picket = 1;\n%s", c->text);
    struct diag *diag = diag_create();
    struct config *config = config_load_text("f", text, diag);
    struct buf out;

    buf_init(&out, 10000);
    diag_print(diag, &out, false);
    if ((config == NULL) != (c->says != NULL) ||
        (c->says && !strstr(buf_text(&out), c->says)))
        fail_msg("%s\n%s", text, buf_text(&out));
    config_free(config);
    buf_free(&out);
    diag_free(diag);
    free(text);
}
