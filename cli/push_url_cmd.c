/* push_url_cmd.c - `picket push-url NAME`: where a job sends its heartbeats. */
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonpath.h"
#include "base/str.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"

#define WHY_MAX 200

static const struct option_def options_table[] = {
    {"rotate", 0, NULL, "give it another address; the old one is unknown"},
    CLIENT_OPTIONS,
    {0},
};

static const struct options_command command = {
    .usage = "push-url NAME [--rotate]",
    .about = "The address at which the heartbeats of the push check NAME are "
             "heard.  Whoever\nhas it can send them: it is a secret.",
    .options = options_table,
    .more = "examples, at the end of a job:\n"
            "  curl -fsS \"$URL\"\n"
            "  curl -fsS \"$URL/start\"; backup && curl -fsS \"$URL\" || curl "
            "-fsS \"$URL/fail\"\n",
};

static void
print_url(const char *body, size_t len)
{
    char why[WHY_MAX];
    struct jsonpath_doc *doc = jsonpath_doc(body, len, why, sizeof why);

    if (doc != NULL)
        printf("%s\n", jsonpath_text(doc, "$.url"));
    jsonpath_doc_free(doc);
}

int
push_url_cmd(int argc, char **argv)
{
    struct client_ask ask = {.method = "GET"};
    struct options o;
    const char *body = NULL;
    size_t len = 0;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    if (o.operand_count != 1)
        return options_misused(&command, "one name of a push check");
    bool rotates = options_has(&o, "rotate");
    char *path = str_xprintf("/api/v1/push/%s%s", o.operand[0],
                             rotates ? "/rotate" : "");
    ask.method = rotates ? "POST" : "GET";
    ask.path = path;
    struct client *client = client_create(&o, &rc);
    if (client != NULL) {
        rc = client_call(client, &ask, &body, &len);
        if (rc == 0)
            print_url(body, len);
        client_free(client);
    }
    free(path);
    return rc;
}
