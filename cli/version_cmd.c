#include "base/version.h"

#include <stdio.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "wire/message.h"

static const struct option_def options_table[] = {
    {"json", 'j', NULL, "as one JSON object"},
    {0},
};

static const struct options_command command = {
    .usage = "version [--json]",
    .about = "The version of Picket and of the protocol probes speak.",
    .options = options_table,
};

int
version_cmd(int argc, char **argv)
{
    struct options o;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    if (options_has(&o, "json"))
        printf("{\"schema\":1,\"version\":\"%s\",\"wire\":%d}\n", VERSION,
               MESSAGE_WIRE_VERSION);
    else
        printf("picket %s (wire %d)\n", VERSION, MESSAGE_WIRE_VERSION);
    return 0;
}
