/* A server's bytes: the answer to the upgrade, then frames.  Cut into chunks
 * of any size they say the same; what is whole is within its limits. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "checks/ws_frame.h"
#include "checks/ws_upgrade.h"

#define LIMIT 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A digest of all that came whole, and of how it ended. */
static uint32_t
read_all(const uint8_t *data, size_t size, size_t chunk)
{
    struct ws_reader reader;
    enum ws_step step = WS_MORE;
    uint32_t sum = 0;

    ws_reader_init(&reader, LIMIT);
    for (size_t at = 0; at < size && step != WS_BAD;) {
        size_t n = size - at < chunk ? size - at : chunk;
        size_t used = 0;

        step = ws_reader_take(&reader, data + at, n, &used);
        if (used > n || (step == WS_MORE && used == 0 && !reader.is_over))
            abort();
        at += used;
        if (step == WS_MORE && used < n)
            break; /* after a close nothing is taken */
        if (step != WS_WHOLE)
            continue;
        if (reader.len > LIMIT ||
            (reader.opcode >= WS_CLOSE && reader.len > WS_CONTROL_MAX) ||
            (reader.opcode == WS_TEXT && !str_is_utf8(reader.data, reader.len)))
            abort();
        sum = digest_crc32c(sum + (uint32_t)reader.opcode, reader.data,
                            reader.len);
    }
    if (step == WS_BAD && reader.why[0] == '\0')
        abort();
    sum = digest_crc32c(sum, reader.why, strlen(reader.why));
    ws_reader_free(&reader);
    return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ws_upgrade request = {
        .host = "example.com",
        .path = "/",
        .key = "dGhlIHNhbXBsZSBub25jZQ==",
        .subprotocols = "chat, superchat",
    };
    struct ws_answer answer;
    enum ws_outcome outcome =
        ws_upgrade_judge(&answer, &request, (const char *)data, size);
    uint32_t whole;

    if (outcome == WS_UPGRADE_DONE) {
        if (answer.head_len > size || answer.status != 101)
            abort();
        data += answer.head_len;
        size -= answer.head_len;
    } else if (outcome != WS_UPGRADE_MORE && answer.message[0] == '\0') {
        abort();
    }
    whole = read_all(data, size, size + 1);
    if (read_all(data, size, 1) != whole || read_all(data, size, 7) != whole)
        abort();
    return 0;
}
