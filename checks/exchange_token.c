/*
 * Who asks the token server for what: the client of the check, by the trust of
 * the run's own requests.
 */
#include <string.h>

#include "checks/engine_priv.h"
#include "checks/exchange_priv.h"
#include "checks/request.h"
#include "checks/spec.h"

struct oauth_wait *
exchange_token_start(const struct request *request, int64_t timeout_ns,
                     oauth_done_fn *done, void *cookie)
{
    const struct spec_auth *auth = &request->spec->auth;
    const struct spec_net *net = &request->scope->spec->net;
    struct oauth_client client = {
        .token_url = auth->token_url,
        .client_id = request->text[REQUEST_USER],
        .secret = request->text[REQUEST_PASSWORD],
        .secret_len = strlen(request->text[REQUEST_PASSWORD]),
        .scope = auth->scope,
        .audience = auth->audience,
        .is_in_body = auth->in_body,
        .is_insecure = net->insecure,
        .trust = net->trust,
        .ca = net->ca,
    };

    return oauth_start(request->scope->engine->oauth, &client, timeout_ns, done,
                       cookie);
}
