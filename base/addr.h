/*
 * addr.h - socket addresses: parse, print, networks, and which may be reached.
 *
 * Errors      parsers return -1 and change nothing.
 * Threads     any.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
    struct sockaddr_storage ss;
    socklen_t len;
};

#define ADDR_TEXT_MAX 64 /* "[v6]:port" and NUL */

/* "192.0.2.1", "2001:db8::1", without a port. */
int addr_parse_ip(struct addr *addr, const char *text, uint16_t port);
/* "192.0.2.1:53", "[::1]:53", or a bare IP with `port`. */
int addr_parse(struct addr *addr, const char *text, uint16_t port);
/* "HOST:PORT" or "[V6]:PORT" or "HOST" with `port`; host copied to `host`. */
int addr_split(const char *text, char *host, size_t cap, uint16_t *port);

const char *addr_format_ip(char to[ADDR_TEXT_MAX], const struct addr *addr);
/* `bytes`: an in_addr's or in6_addr's, of AF_INET or AF_INET6. */
const char *addr_format_bytes(char to[ADDR_TEXT_MAX], int family,
                              const void *bytes);
const char *addr_format(char to[ADDR_TEXT_MAX], const struct addr *addr);
uint16_t addr_port(const struct addr *addr);
void addr_set_port(struct addr *addr, uint16_t port);
bool addr_eq_ip(const struct addr *a, const struct addr *b);

/* True when `ip` (text) is in `network` ("192.0.2.0/24" or one address);
 * -1 when either is not an address. */
int addr_in(const char *ip, const char *network);

/* The address policy: link-local and cloud metadata addresses are refused
 * unless an allowed network holds them. */
struct addr_policy {
    const char *const *allow; /* networks */
    size_t allow_count;
};

bool addr_allowed(const struct addr_policy *policy, const struct addr *addr);
/* The networks refused, one by one; NULL: no more. */
const char *addr_refused(size_t index);

#endif
