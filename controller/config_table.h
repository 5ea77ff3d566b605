/*
 * config_table.h - every setting but those of checks: names, types, defaults.
 *
 * Ownership   constant.
 * Units       as schema.h.
 * Errors      none.
 * Threads     any.
 */
#ifndef CONTROLLER_CONFIG_TABLE_H
#define CONTROLLER_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/schema.h"

extern const struct schema config_table_root;       /* a file */
extern const struct schema config_table_controller; /* struct config */
extern const struct schema config_table_region;     /* struct config_region */
extern const struct schema config_table_person;     /* struct config_person */
extern const struct schema config_table_channel;    /* struct config_place */
extern const struct schema config_table_step;       /* struct config_step */
extern const struct schema config_table_alert;      /* struct config_rule */
extern const struct schema config_table_component;  /* config_component */
extern const struct schema config_table_page;       /* struct config_page */

/* As written, before it is understood. */
struct config_place {
    bool is_terminal;
    char *webhook;
    char *secret;
    char *email;
};

struct config_rule {
    char *on;
    char *severity;
    char **checks;
    size_t check_count;
    char **tags;
    size_t tag_count;
};

#endif
