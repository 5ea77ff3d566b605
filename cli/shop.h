/*
 * shop.h - the demo's shop: a small real web shop that can really be broken.
 *
 * Not a pretence inside the checks: HTTP, HTTPS and DNS servers on loopback,
 * and what is broken is what a client on the network sees.  Orders come over
 * its plain listener (POST /-/shop/break, /-/shop/mend) with a key that stands
 * in shop.json of its folder, readable by its owner alone; so does the password
 * of its one customer in shop-password.
 *
 * Lifecycle   shop_open() (blocking: before the loop runs) -> shop_close(),
 *             which takes both files away.
 * Ownership   borrows loop and texts of the opts; its own texts live with it.
 * Errors      NULL or -1, and `why` says what, with the remedy.
 * Threads     loop thread only.
 */
#ifndef CLI_SHOP_H
#define CLI_SHOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct config_region;
struct loop;
struct shop;

#define SHOP_HTTP     "127.0.0.1:8480"
#define SHOP_HTTPS    "127.0.0.1:8443"
#define SHOP_DNS      "127.0.0.1:8453"
#define SHOP_ORDERS   "shop.json" /* {"url","key","pid"} in its folder */
#define SHOP_PASSWORD "shop-password"
#define SHOP_SLOW_MS  1500 /* before every answer, while slow */

/* What can be broken.  A region's is a matter of that region alone. */
enum shop_fault {
    SHOP_PAY,
    SHOP_LOGIN,
    SHOP_SLOW,
    SHOP_DOWN_DNS,
    SHOP_CERT,
    SHOP_REGION,
    SHOP_FAULT_COUNT
};

/* "pay" */
const char *shop_fault_name(enum shop_fault fault);
/* -1: no such. */
int shop_fault_find(const char *name);

struct shop_opts {
    struct loop *loop;
    const char *dir;                     /* there already */
    const char *http, *https, *dns;      /* IP:PORT; port 0: any */
    const struct config_region *regions; /* that can be cut off */
    size_t region_count;
    /* Told of each order carried out, in words; may be NULL. */
    void (*said)(void *cookie, const char *text);
    void *cookie;
};

struct shop *shop_open(const struct shop_opts *opts, char *why, size_t cap);
void shop_close(struct shop *shop);

const char *shop_authority(const struct shop *shop);      /* PEM */
const char *shop_authority_file(const struct shop *shop); /* the same */
const char *shop_password(const struct shop *shop);       /* drawn anew */
const char *shop_password_file(const struct shop *shop);  /* the same */
uint16_t shop_http_port(const struct shop *shop);
uint16_t shop_https_port(const struct shop *shop);

/* `region` for SHOP_REGION only. */
int shop_break(struct shop *shop, enum shop_fault fault, const char *region,
               char *why, size_t cap);
int shop_mend(struct shop *shop, char *why, size_t cap); /* all of it */

#endif
