/* mail_talk_fuzz.c - a hostile server's lines, up to a NUL, then the message:
 * nothing goes out in clear that TLS was asked for, and the message ends where
 * we end it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mail_talk.h"

#define OUT_MAX 65536 /* over twice what libFuzzer is told to make */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whole lines; no "." alone but the last. */
static void
judge_message(const struct buf *out)
{
    const char *text = buf_text(out);
    size_t from = 0;
    size_t i;

    if (out->failed || memcmp(text + out->len - 3, ".\r\n", 3) != 0)
        abort();
    for (i = 0; i < out->len; i++) {
        if ((text[i] == '\r') != (text[i + 1] == '\n'))
            abort(); /* either of them alone */
        if (text[i] != '\r')
            continue;
        if (text[from] == '.' && text[from + 1] != '.' && i + 2 != out->len)
            abort();
        from = i + 2;
        i++;
    }
}

static void
judge(const struct mail_talk *talk, enum mail_talk_state before,
      const struct buf *out)
{
    const char *text = buf_text(out);

    if (talk->wants_starttls && out->len > 0 &&
        strncmp(text, "EHLO ", 5) != 0 && strcmp(text, "STARTTLS\r\n") != 0)
        abort();
    if (before == MAIL_TALK_DATA && talk->state == MAIL_TALK_MESSAGE)
        judge_message(out);
    else if (out->len > 0 && (strchr(text, '\n') != text + out->len - 1))
        abort(); /* one command at a time */
    if (talk->outcome == MAIL_ACCEPTED && talk->state != MAIL_TALK_QUIT)
        abort();
}

/* One line of the server's; false: the talk is over. */
static bool
hear(struct mail_talk *talk, const char *line)
{
    enum mail_talk_state before = talk->state;
    enum mail_talk_step step;
    struct buf out;

    buf_init(&out, OUT_MAX);
    step = mail_talk_on_line(talk, line, &out);
    judge(talk, before, &out);
    if (step == MAIL_TALK_TLS) {
        if (out.len > 0)
            abort();
        mail_talk_on_tls(talk, &out);
        if (talk->has_plain || talk->has_login)
            abort(); /* offered by whoever sat between */
    }
    buf_free(&out);
    return step != MAIL_TALK_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail_opts opts = {.from = "a@b", .to = "c@d"};
    struct mail_talk talk;
    size_t lines;
    char *text, *at, *line;

    if (size == 0)
        return 0;
    text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    lines = strlen(text);
    opts.message = lines < size ? text + lines + 1 : "";
    opts.message_len = lines < size ? size - lines - 1 : 0;
    opts.user = data[0] & 1 ? "user" : NULL;
    opts.password = data[0] & 2 ? "password" : NULL;
    mail_talk_init(&talk, &opts, (data[0] & 4) != 0);
    at = lines > 0 ? text + 1 : text;
    while ((line = strsep(&at, "\n")) != NULL) {
        if (!hear(&talk, line))
            break;
    }
    mail_talk_on_end(&talk, "closed");
    if (memchr(talk.detail, '\0', sizeof talk.detail) == NULL)
        abort();
    free(text);
    return 0;
}
