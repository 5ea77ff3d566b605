#include "tests/lib/ws_site.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/tiny_server.h"

#define KEY_CHARS 24
#define FIN       0x80
#define MASKED    0x80

bool
ws_site_switch(struct tiny_conn *conn, const char *extra)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static const char name[] = "Sec-WebSocket-Key: ";
    unsigned char sum[20];
    char joined[100];
    char accept[40];
    char text[600];
    const char *key;

    if (!tiny_read_head(conn))
        return false;
    key = strstr(conn->request, name);
    assert(key != NULL);
    (void)snprintf(joined, sizeof(joined), "%.*s%s", KEY_CHARS,
                   key + strlen(name), guid);
    EVP_Digest(joined, strlen(joined), sum, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, sum, sizeof(sum));
    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                   accept, extra);
    tiny_say(conn, text);
    return true;
}

static bool
read_all(struct tiny_conn *conn, unsigned char *to, size_t len)
{
    for (size_t got = 0; got < len;) {
        long n = tiny_read(conn, to + got, len - got);

        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

int
ws_site_hear(struct tiny_conn *conn, char text[WS_SITE_TEXT_MAX + 1])
{
    unsigned char head[6];
    unsigned char body[WS_SITE_TEXT_MAX];
    size_t len;

    if (!read_all(conn, head, sizeof(head)))
        return -1;
    assert((head[1] & MASKED) != 0); /* a client masks */
    len = head[1] & 0x7fU;
    assert(len <= WS_SITE_TEXT_MAX);
    if (!read_all(conn, body, len))
        return -1;
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(body[i] ^ head[2 + i % 4]);
    text[len] = '\0';
    return head[0] & 0x0f;
}

void
ws_site_say(struct tiny_conn *conn, int opcode, const char *text, size_t len)
{
    unsigned char head[2] = {(unsigned char)(FIN | opcode), (unsigned char)len};

    assert(len <= WS_SITE_TEXT_MAX);
    tiny_write(conn, head, sizeof(head));
    tiny_write(conn, text, len);
}
