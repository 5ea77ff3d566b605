/* reload_cmd.c - `picket reload`: the controller reads its configuration. */
#include <stdio.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"

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
        puts("reloaded");
    else if (rc == OPTIONS_EX_USAGE)
        rc = CLIENT_EX_CONFIG;
    client_free(client);
    return rc;
}
