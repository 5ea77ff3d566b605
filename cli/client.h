/*
 * client.h - a command talks to a running controller, or to the demo's shop.
 *
 * Where it is: --url and --key-file; else runtime.json of --data DIR, of
 * /var/lib/picket, or of the one `picket up` or `demo` of this user.
 *
 * Lifecycle   client_create() -> client_call() as often as needed ->
 *             client_free().  A call blocks until its answer or CLIENT_WAIT.
 * Ownership   an answer's body belongs to the client until its next call.
 * Errors      printed to stderr with the remedy; `rc` is the exit code of
 *             sysexits: 64 usage, 66 no controller found, 69 it does not
 *             answer, 77 it does not let us.
 * Threads     makes a loop of its own.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stddef.h>

struct client;
struct options;

#define CLIENT_RUNTIME "runtime.json"
#define CLIENT_SYSTEM  "/var/lib/picket"

#define CLIENT_EX_DATA        65
#define CLIENT_EX_NOINPUT     66
#define CLIENT_EX_UNAVAILABLE 69
#define CLIENT_EX_SOFTWARE    70
#define CLIENT_EX_CANTCREAT   73
#define CLIENT_EX_NOPERM      77
#define CLIENT_EX_CONFIG      78

/* For an option table. */
#define CLIENT_OPTIONS                                                         \
    {"data", 'd', "DIR", "the controller that keeps its data there"},          \
        {"url", 0, "URL", "the controller at this address"},                   \
    {                                                                          \
        "key-file", 0, "FILE", "its key, with --url"                           \
    }

struct client *client_create(const struct options *o, int *rc);
/* For what a file {"url","key"} of `dir` names; `whose`: "no demo". */
struct client *client_open(const char *dir, const char *file, int *rc);
void client_free(struct client *client);

struct client_ask {
    const char *method;
    const char *path;
    const char *body; /* JSON, or NULL */
};

/* 0 and the body of a 2xx answer; else the exit code, printed. */
int client_call(struct client *client, const struct client_ask *ask,
                const char **body, size_t *len);

#endif
