/*
 * addr_order.h - which of a name's addresses is tried first (RFC 6724,
 * section 6).
 *
 * Not the policy of which may be reached at all (addr.h).  Looks at the route
 * of each address by connecting a datagram socket, which sends nothing.  Rules
 * 3, 4 and 7 (deprecated, home and tunnelled source addresses) need what no
 * socket tells, and are left out, as they are in glibc without netlink.
 *
 * Errors      an address without a route goes last; none is dropped.
 * Threads     any; a few system calls an address, none for a single one.
 */
#ifndef BASE_ADDR_ORDER_H
#define BASE_ADDR_ORDER_H

#include <stddef.h>

#include "base/addr.h"

#define ADDR_ORDER_MAX 64 /* what is beyond keeps its place */

void addr_order(struct addr *addrs, size_t count);

#endif
