/*
 * conf_case.h - one check in a small configuration, and what is said of it.
 * The text of one that is right is right, and stays the same when read again.
 *
 * For unit tests of compile_*.c.  Around the check are the regions fra and iad,
 * the secret `s` for https://h and https://id, the template `api`, and defaults
 * with a timeout of 20s and a quorum of 3.
 *
 * Errors      cmocka's assertions.
 */
#ifndef TESTS_LIB_CONF_CASE_H
#define TESTS_LIB_CONF_CASE_H

/* A certificate as one writes it into a text. */
#define CONF_CASE_CERT                                                         \
    "-----BEGIN CERTIFICATE-----\\n"                                           \
    "MIIBcDCCARWgAwIBAgIUTmLmFd/Am4kYjZfXLpnjVpntFzcwCgYIKoZIzj0EAwIw\\n"      \
    "DDEKMAgGA1UEAwwBYzAgFw0yNjExMjgyMjQxMzBaGA8yMTI2MTEwNDIyNDEzMFow\\n"      \
    "DDEKMAgGA1UEAwwBYzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGIX2j6xzqMR\\n"      \
    "knBJ/0w+VGYvbiucQkr9YYNvsAK9e1EK4NzyD4mR1JJ+jpTpJjgGuIzqYOoJexe0\\n"      \
    "0WMaq9Kic9mjUzBRMB0GA1UdDgQWBBTfhzWeCklgbTKzYpKISyqJsWu2MjAfBgNV\\n"      \
    "HSMEGDAWgBTfhzWeCklgbTKzYpKISyqJsWu2MjAPBgNVHRMBAf8EBTADAQH/MAoG\\n"      \
    "CCqGSM49BAMCA0kAMEYCIQCh1a5QfEKNUhacWR/DCGeo7g5b7cUnPilHA/+84aer\\n"      \
    "YAIhANywzT/hja3eV9svB/Qss9bb2LXdGrMAlgB9VSusuM1S\\n"                      \
    "-----END CERTIFICATE-----\\n"

struct conf_case {
    const char *settings;
    const char *says; /* NULL: it is right */
};

void conf_case_run(const struct conf_case *c);
/* With `templates` beside `api`. */
void conf_case_run_like(const struct conf_case *c, const char *templates);

#endif
