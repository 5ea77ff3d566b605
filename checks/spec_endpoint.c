#include "checks/spec_endpoint.h"

#include <stdlib.h>

void
spec_endpoint_clear(struct spec_endpoint *endpoint)
{
    free(endpoint->host);
    free(endpoint->sni);
    spec_list_clear(&endpoint->alpn);
    free(endpoint->pins);
    for (size_t i = 0; i < endpoint->talk_count; i++) {
        free(endpoint->talk[i].name);
        free(endpoint->talk[i].send);
        spec_exprs_clear(&endpoint->talk[i].expect);
    }
    free(endpoint->talk);
    *endpoint = (struct spec_endpoint){0};
}
