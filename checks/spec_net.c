#include "checks/spec_net.h"

#include <stdlib.h>

#include "base/trust.h"
#include "checks/template.h"

void
spec_net_clear(struct spec_net *net)
{
    free(net->resolve);
    spec_list_clear(&net->allow);
    free(net->ca);
    trust_free(net->trust);
    free(net->cert);
    template_free(net->key);
    free(net->proxy);
    template_free(net->proxy_user);
    template_free(net->proxy_password);
}
