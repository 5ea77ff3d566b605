/* reload_cmd.c - `picket reload`: the controller reads its configuration. */
#include <stdio.h>

#include "base/jsonpath.h"
#include "base/str.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"

#define WHY_MAX 200

static const struct option_def options_table[] = {
    CLIENT_OPTIONS,
    {0},
};

static const struct options_command command = {
    .usage = "reload",
    .about = "Have the controller read its configuration again.  One with a "
             "mistake is\nrefused and the old one stays.",
    .options = options_table,
    .more = "`picket validate` tells beforehand what is wrong.\n",
};

/* {"reloaded": "..."}: what it warns of, and what changed. */
static void
print_reloaded(const char *body, size_t len)
{
    char why[WHY_MAX];
    struct jsonpath_doc *doc = jsonpath_doc(body, len, why, sizeof why);
    const char *said = doc == NULL ? "" : jsonpath_text(doc, "$.reloaded");

    printf("%s%sreloaded\n", said,
           *said != '\0' && !str_ends(said, "\n") ? "\n" : "");
    jsonpath_doc_free(doc);
}

int
reload_cmd(int argc, char **argv)
{
    struct client_ask ask = {.method = "POST", .path = "/api/v1/reload"};
    struct options o;
    const char *body = NULL;
    size_t len = 0;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    struct client *client = client_create(&o, &rc);
    if (client == NULL)
        return rc;
    rc = client_call(client, &ask, &body, &len);
    if (rc == 0)
        print_reloaded(body, len);
    else if (rc == OPTIONS_EX_USAGE)
        rc = CLIENT_EX_CONFIG;
    client_free(client);
    return rc;
}
