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

/* In settings and templates: a certificate, made anew, as a text has it. */
#define CONF_CASE_CERT "@CERT@"

struct conf_case {
    const char *settings;
    const char *says; /* NULL: it is right */
};

void conf_case_run(const struct conf_case *c);
/* With `templates` beside `api`. */
void conf_case_run_like(const struct conf_case *c, const char *templates);

#endif
