/*
 * golden.h - bytes of tests/wire/golden/NAME.hex: lines of hex, # begins a
 * comment.  They were made by Google's protoc, not by this code.
 */
#ifndef TESTS_LIB_GOLDEN_H
#define TESTS_LIB_GOLDEN_H

#include <stdint.h>
#include <stdio.h>

/* How many bytes were read into `to`; 0: no such file, or too large. */
static inline size_t
golden_read(const char *name, uint8_t *to, size_t cap)
{
    char path[256], line[512];
    size_t len = 0;
    unsigned byte;
    FILE *f;

    (void)snprintf(path, sizeof(path), "tests/wire/golden/%s.hex", name);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof(line), f) != NULL) {
        for (const char *at = line;
             line[0] != '#' && sscanf(at, "%2x", &byte) == 1; at += 2) {
            if (len == cap) {
                len = 0;
                break;
            }
            to[len++] = (uint8_t)byte;
        }
    }
    (void)fclose(f);
    return len;
}

#endif
