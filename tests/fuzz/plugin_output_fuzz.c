/* Whatever a plugin prints: texts within it, figures within their limits. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checks/plugin_output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_within(const char *text, size_t len, const char *data, size_t size)
{
    if (len > 0 && (text < data || text + len > data + size))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct plugin_output output;

    plugin_output_parse(&output, text, size);
    is_within(output.text, output.text_len, text, size);
    is_within(output.more, output.more_len, text, size);
    if (output.perf_count > PLUGIN_PERF_MAX)
        abort();
    for (size_t i = 0; i < output.perf_count; i++) {
        const struct plugin_perf *perf = &output.perf[i];

        if (perf->label[0] == '\0' || perf->value[0] == '\0' ||
            strlen(perf->label) >= PLUGIN_LABEL_MAX ||
            strlen(perf->unit) >= PLUGIN_UNIT_MAX ||
            perf->number != perf->number)
            abort();
    }
    return 0;
}
