/*
 * catalog_room.h - the checks of a configuration's text, and all that is said
 * of it, as `picket validate` prints it.
 *
 * Lifecycle   catalog_room_open(), catalog_room_close().
 * Ownership   the room owns all of it; specs live as long as it does.
 * Errors      cmocka's assertions; what is wrong with the text is in `out`.
 * Threads     one.
 */
#ifndef TESTS_LIB_CATALOG_ROOM_H
#define TESTS_LIB_CATALOG_ROOM_H

#include "base/buf.h"

struct catalog;
struct conf_set;
struct diag;
struct spec;

struct catalog_room {
    struct diag *diag;
    struct conf_set *set;
    struct catalog *catalog;
    struct buf out;
};

/* `text` is the file f.conf. */
struct catalog_room catalog_room_open(const char *text);
void catalog_room_close(struct catalog_room *r);

/* The check of that name, or a failure that shows all errors. */
struct spec *catalog_room_find(struct catalog_room *r, const char *name);

#endif
