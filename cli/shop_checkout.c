/*
 * shop_checkout.c - see shop_checkout.h.
 *
 * A visit is what the shop knows of one browser, found by its session cookie.
 * A new one takes the place of the oldest, so that a shop that is asked for a
 * year needs no clock to forget.  Identifiers are random: who has an order's
 * number and not its session gets nothing.
 */
#include "cli/shop_checkout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/httpd.h"
#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/str.h"

#define SESSION_BYTES 16
#define NUMBER_BYTES  4    /* of an order or a job */
#define ANSWER_MAX    4096 /* bytes of a page */
#define COOKIE        "session"
#define COOKIE_MAX    128
#define SKU           "TEST-1"
#define PRICE         12 /* euros */
#define QUANTITY_MAX  99
#define JSON_TYPE     "application/json"
#define HTML_TYPE     "text/html; charset=utf-8"

struct visit {
    char session[2 * SESSION_BYTES + 1]; /* "": nobody's */
    char csrf[2 * SESSION_BYTES + 1];
    bool is_in;                       /* signed in */
    char order[2 * NUMBER_BYTES + 1]; /* "": none */
    char job[2 * NUMBER_BYTES + 1];   /* "": not paid for */
    mono_t captured;                  /* when that is done */
};

struct shop_checkout {
    struct loop *loop;
    char *password;
    bool login_is_broken, pay_is_broken;
    struct visit visits[SHOP_CHECKOUT_VISITS_MAX];
    size_t next; /* to be replaced */
};

static void
draw(char *to, size_t bytes)
{
    uint8_t raw[SESSION_BYTES];
    digest_random(raw, bytes);
    str_hex(to, raw, bytes);
}

/* ---- answers ---- */

static void
reply(struct httpd_request *request, int status, const char *type,
      const char *body)
{
    httpd_set_header(request, "Cache-Control", "no-store");
    httpd_reply(request, status, type, body, strlen(body));
}

static void
refuse(struct httpd_request *request, int status, const char *why)
{
    char *body = str_xprintf("{\"error\":\"%s\"}\n", why);
    reply(request, status, JSON_TYPE, body);
    free(body);
}

static void
set_cookie(struct httpd_request *request, const struct visit *visit)
{
    char text[COOKIE_MAX];
    snprintf(text, sizeof text, COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax",
             visit->session);
    httpd_set_header(request, "Set-Cookie", text);
}

/* ---- visits ---- */

static struct visit *
find_visit(struct shop_checkout *checkout, struct httpd_request *request)
{
    const char *session = httpd_cookie(request, COOKIE);
    if (session == NULL || *session == '\0')
        return NULL;
    for (size_t i = 0; i < SHOP_CHECKOUT_VISITS_MAX; i++) {
        if (str_eq(checkout->visits[i].session, session))
            return &checkout->visits[i];
    }
    return NULL;
}

static struct visit *
begin_visit(struct shop_checkout *checkout)
{
    struct visit *visit = &checkout->visits[checkout->next];
    checkout->next = (checkout->next + 1) % SHOP_CHECKOUT_VISITS_MAX;
    memset(visit, 0, sizeof *visit);
    draw(visit->session, SESSION_BYTES);
    draw(visit->csrf, SESSION_BYTES);
    return visit;
}

/* Of who is signed in; else the request is answered. */
static struct visit *
need_visit(struct shop_checkout *checkout, struct httpd_request *request)
{
    struct visit *visit = find_visit(checkout, request);
    if (visit != NULL && visit->is_in)
        return visit;
    refuse(request, 401, "sign in first");
    return NULL;
}

/* The same for what changes something: a page of somebody else's cannot know
 * the token. */
static struct visit *
need_token(struct shop_checkout *checkout, struct httpd_request *request)
{
    const char *token = httpd_header(request, "X-CSRF-Token");
    struct visit *visit = need_visit(checkout, request);
    if (visit == NULL || (token != NULL && str_eq(token, visit->csrf)))
        return visit;
    refuse(request, 403, "X-CSRF-Token is not the one of this session");
    return NULL;
}

/* ---- signing in ---- */

static void
show_form(struct httpd_request *request, const struct visit *visit,
          const char *complaint)
{
    struct buf page;
    buf_init(&page, ANSWER_MAX);
    buf_addf(&page,
             "<!doctype html>\n<html lang=\"en\"><title>Sign in</title>\n"
             "<h1>Sign in</h1>\n%s<form method=\"post\">\n"
             "<input type=\"hidden\" name=\"csrf\" value=\"%s\">\n"
             "<input name=\"user\"><input name=\"password\" type=\"password\">"
             "<button>Sign in</button>\n</form>\n",
             complaint, visit->csrf);
    set_cookie(request, visit);
    reply(request, 200, HTML_TYPE, buf_text(&page));
    buf_free(&page);
}

static void
on_form(struct shop_checkout *checkout, struct httpd_request *request,
        const char *rest)
{
    const struct visit *visit = find_visit(checkout, request);
    (void)rest;
    if (visit == NULL)
        visit = begin_visit(checkout);
    show_form(request, visit, "");
}

static bool
field_is(struct httpd_request *request, const char *name, const char *want)
{
    const char *given = httpd_form(request, name);
    size_t len = strlen(want);
    return given != NULL && strlen(given) == len &&
           digest_equal(given, want, len);
}

static void
on_login(struct shop_checkout *checkout, struct httpd_request *request,
         const char *rest)
{
    struct visit *visit = find_visit(checkout, request);
    (void)rest;
    if (visit == NULL || !field_is(request, "csrf", visit->csrf)) {
        reply(request, 403, "text/plain",
              "this form is not of this session: load /login again\n");
        return;
    }
    if (checkout->login_is_broken ||
        !field_is(request, "user", SHOP_CHECKOUT_USER) ||
        !field_is(request, "password", checkout->password)) {
        show_form(request, visit,
                  "<p role=\"alert\">User and password do not match.</p>\n");
        return;
    }
    visit->is_in = true;
    /* One that was fixed on the browser before is worth nothing from here. */
    draw(visit->session, SESSION_BYTES);
    set_cookie(request, visit);
    httpd_set_header(request, "Location", "/account");
    reply(request, 303, "text/plain", "signed in\n");
}

static void
on_account(struct shop_checkout *checkout, struct httpd_request *request,
           const char *rest)
{
    const struct visit *visit = find_visit(checkout, request);
    (void)rest;
    if (visit == NULL || !visit->is_in) {
        httpd_set_header(request, "Location", "/login");
        reply(request, 303, "text/plain", "sign in first\n");
        return;
    }
    reply(request, 200, HTML_TYPE,
          "<!doctype html>\n<html lang=\"en\"><title>Your account</title>\n"
          "<h1>Your account</h1>\n<p>" SHOP_CHECKOUT_USER "</p>\n");
}

/* ---- basket, payment, order ---- */

/* 0: it is no basket of what this shop has. */
static int
read_quantity(struct httpd_request *request)
{
    char why[64];
    size_t len = 0;
    const char *body = httpd_body(request, &len);
    struct jsonpath_doc *doc = jsonpath_doc(body, len, why, sizeof why);
    int64_t quantity = 0;
    if (doc != NULL && str_eq(jsonpath_text(doc, "$.sku"), SKU))
        (void)str_parse_i64(jsonpath_text(doc, "$.quantity"), &quantity);
    jsonpath_doc_free(doc);
    return quantity >= 1 && quantity <= QUANTITY_MAX ? (int)quantity : 0;
}

static void
on_basket(struct shop_checkout *checkout, struct httpd_request *request,
          const char *rest)
{
    struct visit *visit = need_token(checkout, request);
    int quantity = visit != NULL ? read_quantity(request) : 0;
    (void)rest;
    if (visit == NULL)
        return;
    if (quantity == 0) {
        refuse(request, 422, "this shop sells 1 to 99 of TEST-1");
        return;
    }
    draw(visit->order, NUMBER_BYTES);
    visit->job[0] = '\0';
    char *body =
        str_xprintf("{\"order\":\"%s\",\"items\":[{\"sku\":\"" SKU
                    "\",\"quantity\":%d}],\"total\":%d,\"currency\":\"EUR\"}\n",
                    visit->order, quantity, quantity * PRICE);
    reply(request, 201, JSON_TYPE, body);
    free(body);
}

static bool
owns_order(const struct visit *visit, struct httpd_request *request,
           const char *order)
{
    bool does = *order != '\0' && str_eq(visit->order, order);
    if (!does)
        refuse(request, 404, "no such order of yours");
    return does;
}

static void
on_pay(struct shop_checkout *checkout, struct httpd_request *request,
       const char *order)
{
    struct visit *visit = need_token(checkout, request);
    if (visit == NULL || !owns_order(visit, request, order))
        return;
    if (checkout->pay_is_broken) {
        refuse(request, 503, "the payment provider does not answer");
        return;
    }
    draw(visit->job, NUMBER_BYTES);
    visit->captured =
        clock_after(loop_now(checkout->loop), SHOP_CHECKOUT_JOB_MS * NS_PER_MS);
    char *body = str_xprintf("{\"job\":\"%s\"}\n", visit->job);
    reply(request, 202, JSON_TYPE, body);
    free(body);
}

static void
on_job(struct shop_checkout *checkout, struct httpd_request *request,
       const char *job)
{
    const struct visit *visit = need_visit(checkout, request);
    if (visit == NULL)
        return;
    if (*job == '\0' || !str_eq(visit->job, job)) {
        refuse(request, 404, "no such job of yours");
        return;
    }
    bool is_done =
        clock_since_ns(visit->captured, loop_now(checkout->loop)) >= 0;
    char *body = str_xprintf(
        "{\"state\":\"%s\",\"order\":\"%s\",\"paid\":%s}\n",
        is_done ? "done" : "pending", visit->order, is_done ? "true" : "false");
    reply(request, 200, JSON_TYPE, body);
    free(body);
}

static void
on_cancel(struct shop_checkout *checkout, struct httpd_request *request,
          const char *order)
{
    struct visit *visit = need_token(checkout, request);
    if (visit == NULL || !owns_order(visit, request, order))
        return;
    visit->order[0] = visit->job[0] = '\0';
    reply(request, 204, JSON_TYPE, "");
}

/* ---- which is which ---- */

struct route {
    const char *method, *path; /* a path that ends in '/' has a number after */
    void (*on)(struct shop_checkout *checkout, struct httpd_request *request,
               const char *rest);
};

static const struct route routes[] = {
    {"GET", "/login", on_form},           {"POST", "/login", on_login},
    {"GET", "/account", on_account},      {"POST", "/api/basket", on_basket},
    {"POST", "/api/pay/", on_pay},        {"GET", "/api/jobs/", on_job},
    {"DELETE", "/api/order/", on_cancel},
};

static bool
is_at(const struct route *route, const char *path)
{
    return str_ends(route->path, "/") ? str_starts(path, route->path)
                                      : str_eq(path, route->path);
}

bool
shop_checkout_serve(struct shop_checkout *checkout,
                    struct httpd_request *request)
{
    const char *path = httpd_path(request);
    const struct route *near = NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const struct route *route = &routes[i];
        if (!is_at(route, path))
            continue;
        near = route;
        if (!str_eq(httpd_method(request), route->method))
            continue;
        route->on(checkout, request, path + strlen(route->path));
        return true;
    }
    if (near == NULL)
        return false;
    httpd_set_header(request, "Allow", near->method);
    refuse(request, 405, "not in this way");
    return true;
}

/* ---- the whole ---- */

struct shop_checkout *
shop_checkout_create(struct loop *loop, const char *password)
{
    struct shop_checkout *checkout = str_xcalloc(1, sizeof *checkout);
    checkout->loop = loop;
    checkout->password = str_xdup(password);
    return checkout;
}

void
shop_checkout_free(struct shop_checkout *checkout)
{
    if (checkout == NULL)
        return;
    free(checkout->password);
    free(checkout);
}

void
shop_checkout_set_login_broken(struct shop_checkout *checkout, bool broken)
{
    checkout->login_is_broken = broken;
}

void
shop_checkout_set_pay_broken(struct shop_checkout *checkout, bool broken)
{
    checkout->pay_is_broken = broken;
}
