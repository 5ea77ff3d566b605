/*
 * shop_cut.h - a region's way to the shop, and its being cut: packets from one
 * address are dropped at the shop's sockets, as a broken network drops them.
 *
 * Nobody is refused or hung up on: who is cut off hears nothing, and what he
 * sees is his own timeout.  A filter of the kernel's (socket(7),
 * SO_ATTACH_FILTER) does it, which needs no rights.  IPv4 alone: the demo's
 * probes and its shop are on loopback, where all of 127.0.0.0/8 is ours.
 *
 * Ownership   the sockets stay the caller's.
 * Errors      -1 with errno.
 * Threads     none of its own.
 */
#ifndef CLI_SHOP_CUT_H
#define CLI_SHOP_CUT_H

#include "base/addr.h"

/* Where the demo's probe of `region` comes from: "127.93.4.17". */
void shop_cut_source(char text[ADDR_TEXT_MAX], const char *region);

/* Drop at `fd` (listening, or of datagrams) what comes from the probe of
 * `region`, and from nobody else; NULL: from nobody.  Connections that were
 * accepted before go on. */
int shop_cut_set(int fd, const char *region);

#endif
