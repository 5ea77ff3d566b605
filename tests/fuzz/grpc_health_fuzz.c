/* Any body and any grpc-message: a status of the protocol or a reason why not. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/grpc_health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[GRPC_WHY_MAX];
    char message[GRPC_MESSAGE_MAX];
    int status = grpc_health_decode(data, size, why);

    if ((status < 0) != (why[0] != '\0'))
        abort();
    if (status >= 0 && grpc_health_name(status) == NULL)
        abort();
    grpc_health_format_message(message, (const char *)data, size);
    if (!str_is_utf8(message, strlen(message)))
        abort();
    return 0;
}
