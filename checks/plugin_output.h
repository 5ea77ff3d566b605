/*
 * plugin_output.h - what a monitoring plugin printed, taken apart.
 *
 *     DISK OK - free space: 12 GB | /=2643MB;5948;5958;0;5968
 *     / 15272 MB (77%);
 *     /var 7 MB | /boot=68MB;88;93;0;98
 *     '/ home'=69357MB;253404;253409;0;253414
 *
 * The first line up to the bar is the message; what stands behind a bar, on the
 * first line or from the second bar to the end, is performance data; the lines
 * between are the long output.
 *
 * Ownership   `text` and `more` point into the bytes that were parsed.
 * Units       as the plugin wrote them.
 * Errors      none: what cannot be read is left out and counted.
 * Threads     any.
 */
#ifndef CHECKS_PLUGIN_OUTPUT_H
#define CHECKS_PLUGIN_OUTPUT_H

#include <stddef.h>

#define PLUGIN_PERF_MAX  64 /* figures kept */
#define PLUGIN_LABEL_MAX 64 /* bytes, NUL included; a longer one is left out */
#define PLUGIN_VALUE_MAX 24
#define PLUGIN_UNIT_MAX  8

struct plugin_perf {
    char label[PLUGIN_LABEL_MAX];
    char value[PLUGIN_VALUE_MAX]; /* as written: "-1.50" */
    char unit[PLUGIN_UNIT_MAX];   /* "ms", "%", "" */
    double number;
};

struct plugin_output {
    const char *text; /* the first line, without spaces at its ends */
    size_t text_len;
    const char *more; /* the long output */
    size_t more_len;
    struct plugin_perf perf[PLUGIN_PERF_MAX];
    size_t perf_count;
    size_t left_out; /* figures: one too many, too long, or no number */
};

void plugin_output_parse(struct plugin_output *output, const char *data,
                         size_t len);

#endif
