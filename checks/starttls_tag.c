/*
 * xmpp: a stream of tags (RFC 6120, 5).  No parser of XML: only where a tag
 * ends and what its name is, whatever prefix stands before it.
 */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/starttls_priv.h"

/* Up to the '>' of a tag, with the text before it; one inside quotes ends
 * nothing. */
long
starttls_cut_tag(const struct starttls *talk)
{
    bool is_tag = false;
    char quote = '\0';

    for (size_t i = 0; i < talk->len; i++) {
        char c = talk->unit[i];

        if (!is_tag)
            is_tag = c == '<';
        else if (quote != '\0' && c == quote)
            quote = '\0';
        else if (quote != '\0')
            continue;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return (long)i + 1;
        /* Before the first tag nothing but white space is XML. */
        if (!is_tag && talk->heard == talk->len &&
            !str_is_space((unsigned char)c))
            return -1;
    }
    return 0;
}

/* `<NAME ...`, `<x:NAME ...`, `</x:NAME>`: is the tag's name `name`? */
static bool
is_tag(const char *tag, size_t len, const char *name)
{
    size_t at = len > 1 && tag[1] == '/' ? 2 : 1;
    size_t n = 0;

    while (at + n < len && strchr(" \t\r\n/>", tag[at + n]) == NULL) {
        if (tag[at + n] == ':') {
            at += n + 1;
            n = 0;
            continue;
        }
        n++;
    }
    return n == strlen(name) && memcmp(tag + at, name, n) == 0;
}

enum starttls_step
starttls_on_xmpp(struct starttls *talk, size_t len, struct buf *out)
{
    const char *tag = memchr(talk->unit, '<', len);
    size_t n = tag != NULL ? len - (size_t)(tag - talk->unit) : 0;
    bool is_end = n > 1 && tag[1] == '/';
    bool is_empty = n > 1 && tag[n - 2] == '/';

    if (n == 0)
        return starttls_nonsense(talk, "the server does not speak XMPP", len);
    if (is_tag(tag, n, "error"))
        return starttls_refuse(talk, "the server answers with an error", 0);
    if (talk->stage == 0) {
        talk->is_offered |= is_tag(tag, n, "starttls");
        if (!is_tag(tag, n, "features") || !(is_end || is_empty))
            return STARTTLS_ON;
        if (!talk->is_offered)
            return starttls_refuse(talk, "the server offers no STARTTLS", 0);
        return starttls_say(
            talk, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", out);
    }
    if (is_tag(tag, n, "failure"))
        return starttls_refuse(talk, "the server refuses", 0);
    if (is_tag(tag, n, "proceed"))
        return is_end || is_empty ? STARTTLS_GO : STARTTLS_ON;
    return starttls_nonsense(
        talk, "the server answers STARTTLS with something else", len);
}

/* RFC 6120, 4.7: the stream of a client or of another server. */
void
starttls_open_xmpp(const struct starttls *talk, struct buf *out)
{
    const char *client = talk->kind == STARTTLS_XMPP ? "client" : "server";

    buf_addf(out,
             "<?xml version='1.0'?><stream:stream xmlns='jabber:%s' "
             "xmlns:stream='http://etherx.jabber.org/streams' to='%s' "
             "version='1.0'>",
             client, talk->host);
}
