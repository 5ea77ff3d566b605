/*
 * config_case.h - a whole configuration, and what is said of it.
 *
 * For unit tests of controller/config_*.c; conf_case.h is for those of one
 * check.
 *
 * Errors      cmocka's assertions.
 */
#ifndef TESTS_LIB_CONFIG_CASE_H
#define TESTS_LIB_CONFIG_CASE_H

struct config_case {
    const char *text; /* below `picket = 1;` */
    const char *says; /* NULL: it is right */
};

void config_case_run(const struct config_case *c);

#endif
