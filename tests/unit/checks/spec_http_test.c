/* Everything a request and a journey hold is freed: a test for the address
 * sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec_http.c"

#include "base/str.h"

static struct template *
text(const char *plain)
{
    struct template_error error;

    return template_parse(plain, &error);
}

static struct spec_fields
fields(void)
{
    struct spec_fields list = {str_xcalloc(1, sizeof(struct spec_field)), 1};

    list.item[0].name = str_xdup("n");
    list.item[0].value = text("v");
    list.item[0].file_name = str_xdup("f");
    list.item[0].type = str_xdup("t");
    return list;
}

static struct spec_request
request(void)
{
    return (struct spec_request){
        .method = str_xdup("GET"),
        .url = text("http://h/"),
        .headers = fields(),
        .body = text("b"),
        .fields = fields(),
        .auth = {.user = text("u"),
                 .password = text("p"),
                 .token_url = str_xdup("https://h/"),
                 .scope = str_xdup("s"),
                 .audience = str_xdup("a")},
    };
}

static struct spec_step *
step(void)
{
    struct spec_step *step = str_xcalloc(1, sizeof(*step));

    step->name = str_xdup("login");
    step->request = request();
    step->saves = str_xcalloc(1, sizeof(step->saves[0]));
    step->saves[0].name = str_xdup("token");
    step->save_count = 1;
    return step;
}

static void
all_of_it_is_freed(void **state)
{
    struct spec_request one = request();
    struct spec_journey journey = {
        .values = fields(),
        .steps = step(),
        .step_count = 1,
        .cleanup = step(),
        .cleanup_count = 1,
    };

    (void)state;
    spec_request_clear(&one);
    spec_journey_clear(&journey);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
