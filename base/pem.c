#include "base/pem.h"

#include <stdbool.h>
#include <stddef.h>

int
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
pem_no_passphrase(char *to, int cap, int is_writing, void *is_locked)
{
    (void)to;
    (void)cap;
    (void)is_writing;
    if (is_locked != NULL)
        *(bool *)is_locked = true;
    return -1;
}
