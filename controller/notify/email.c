#include "controller/notify/email.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mail.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/page.h"

#define MESSAGE_MAX (64u << 10)     /* bytes */
#define SUBJECT_MAX 900             /* bytes; a line has 998 (RFC 5322) */
#define TIMEOUT_NS  (30 * NS_PER_S) /* RFC 5321 is slower; a page is not */
#define QP_LINE_MAX 72              /* RFC 2045: at most 76 */
#define WORD_BYTES  42 /* of a header in one encoded word (RFC 2047: 75) */

struct email {
    struct mail *mail;
    struct loop_timer *timer;
    channel_done_fn *done;
    void *cookie;
};

/* ---- the message ---- */

static bool
is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

/* A header's value; what is not printable ASCII becomes encoded words, so no
 * CR or LF can ever begin a header of its own. */
static void
add_header(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "%s: ", name);
    if (is_plain(value)) {
        buf_addf(out, "%s\r\n", value);
        return;
    }
    size_t left = strlen(value);
    const char *sep = "";
    while (left > 0) {
        char part[WORD_BYTES + 1];
        str_copy(part, sizeof part, value);
        size_t len = strlen(part);
        if (len == 0) { /* not UTF-8: byte by byte */
            part[0] = '?';
            part[1] = '\0';
            len = 1;
        }
        char *b64 = str_base64((const uint8_t *)part, strlen(part));
        buf_addf(out, "%s=?utf-8?B?%s?=", sep, b64);
        free(b64);
        sep = "\r\n ";
        value += len;
        left -= len;
    }
    buf_add_str(out, "\r\n");
}

/* RFC 2045, 6.7. */
static void
add_quoted_printable(struct buf *out, const char *text)
{
    size_t column = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\n') {
            buf_add_str(out, "\r\n");
            column = 0;
            continue;
        }
        bool ends_line = text[1] == '\n' || text[1] == '\0';
        bool plain =
            c >= ' ' && c <= '~' && c != '=' && !(c == ' ' && ends_line);
        if (column > QP_LINE_MAX - 3) {
            buf_add_str(out, "=\r\n");
            column = 0;
        }
        if (plain && !(column == 0 && c == '.'))
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "=%02X", c);
        column += plain ? 1 : 3;
    }
}

static void
add_date(struct buf *out, wall_t now)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    struct units_date d = units_date(now);
    buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
             days[d.weekday], d.day, months[d.month - 1], d.year, d.hour,
             d.minute, d.second);
}

static void
add_subject(struct buf *out, const struct page *page)
{
    struct buf subject;
    buf_init(&subject, SUBJECT_MAX);
    buf_add_str(&subject, "[Picket] ");
    page_title(&subject, page);
    add_header(out, "Subject", buf_text(&subject));
    buf_free(&subject);
}

int
email_format(struct buf *out, const char *from, const char *to,
             const struct page *page, wall_t now)
{
    char root[ID_TEXT_MAX], own[ID_TEXT_MAX];
    const char *at = strrchr(from, '@');
    const char *host = at != NULL && is_plain(at) ? at + 1 : "picket.invalid";
    struct buf text;
    id_format(root, &page->incident);
    id_format(own, &page->id);
    add_header(out, "From", from);
    add_header(out, "To", to);
    add_subject(out, page);
    add_date(out, now);
    buf_addf(out, "Message-ID: <page-%s@%s>\r\n", own, host);
    buf_addf(out, "In-Reply-To: <inc-%s@%s>\r\n", root, host);
    buf_addf(out, "References: <inc-%s@%s>\r\n", root, host);
    buf_add_str(out, "Auto-Submitted: auto-generated\r\n"
                     "X-Auto-Response-Suppress: All\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    buf_init(&text, MESSAGE_MAX);
    page_text(&text, page);
    add_quoted_printable(out, buf_text(&text));
    buf_add_str(out, "\r\n");
    buf_free(&text);
    return out->failed ? -1 : 0;
}

/* ---- the attempt ---- */

static void
on_mail(void *cookie, enum mail_outcome outcome, const char *detail)
{
    struct email *email = cookie;
    struct email e = *email;
    free(email);
    switch (outcome) {
    case MAIL_ACCEPTED:
        e.done(e.cookie, CHANNEL_ACCEPTED, detail, 0);
        break;
    case MAIL_LATER:
        e.done(e.cookie, CHANNEL_LATER, detail, 0);
        break;
    case MAIL_REFUSED:
        e.done(e.cookie, CHANNEL_REFUSED, detail, 0);
        break;
    }
}

static void
on_no_start(void *cookie)
{
    struct email *email = cookie;
    struct email e = *email;
    free(email);
    e.done(e.cookie, CHANNEL_LATER, "no mail could be started here", 0);
}

struct email *
email_start(const struct channel_ports *ports, const struct email_opts *opts,
            const struct page *page, channel_done_fn *done, void *cookie)
{
    struct email *email = str_xcalloc(1, sizeof *email);
    struct buf message;
    email->done = done;
    email->cookie = cookie;
    buf_init(&message, (size_t)4 * MESSAGE_MAX);
    email_format(&message, opts->from, opts->to, page, loop_wall(ports->loop));
    struct mail_opts mail = {
        .server = opts->server,
        .user = opts->user,
        .password = opts->password,
        .from = opts->from,
        .to = opts->to,
        .message = buf_text(&message),
        .message_len = message.len,
        .timeout_ns = TIMEOUT_NS,
    };
    email->mail = mail_start(ports->net, &mail, on_mail, email);
    buf_free(&message);
    if (email->mail == NULL)
        email->timer = loop_timer_start(ports->loop, 0, on_no_start, email);
    return email;
}

void
email_cancel(struct email *email)
{
    if (email == NULL)
        return;
    loop_timer_cancel(email->timer);
    mail_cancel(email->mail);
    free(email);
}
