/*
 * shop_checkout.h - the demo shop's way to the money: signing in, a basket, a
 * payment that a queue captures, an order cancelled.
 *
 * What a journey walks through: a form with a CSRF token, a session in a cookie
 * that changes at the login, JSON that wants both, a job that takes a moment.
 * Not the pages that anybody may see (shop.c).
 *
 *     GET    /login                the form; begins a session
 *     POST   /login                303 to /account, or the form again
 *     GET    /account
 *     POST   /api/basket           201 {"order",...}
 *     POST   /api/pay/ORDER        202 {"job"}
 *     GET    /api/jobs/JOB         {"state":"pending"}, later "done"
 *     DELETE /api/order/ORDER      204
 *
 * Lifecycle   shop_checkout_create() -> shop_checkout_free().
 * Ownership   borrows the loop; copies the password.
 * Errors      none: a wrong request has its answer.  The newest
 *             SHOP_CHECKOUT_VISITS_MAX sessions are kept, with one order each.
 * Threads     loop thread only.
 */
#ifndef CLI_SHOP_CHECKOUT_H
#define CLI_SHOP_CHECKOUT_H

#include <stdbool.h>

struct httpd_request;
struct loop;
struct shop_checkout;

#define SHOP_CHECKOUT_USER       "probe@shop.test"
#define SHOP_CHECKOUT_VISITS_MAX 64
#define SHOP_CHECKOUT_JOB_MS     150 /* from the payment to its capture */

struct shop_checkout *shop_checkout_create(struct loop *loop,
                                           const char *password);
void shop_checkout_free(struct shop_checkout *checkout);

/* Answers a request for one of the paths above; false: it is none of them. */
bool shop_checkout_serve(struct shop_checkout *checkout,
                         struct httpd_request *request);

/* Broken: every login leads back to its form, with a status of 200. */
void shop_checkout_set_login_broken(struct shop_checkout *checkout,
                                    bool broken);
/* Broken: every payment is answered with 503. */
void shop_checkout_set_pay_broken(struct shop_checkout *checkout, bool broken);

#endif
