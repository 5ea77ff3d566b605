/*
 * shop.c - see shop.h.
 *
 * Two listeners serve the same pages; the plain one takes orders too.  A
 * region that is cut off does not get so far (shop_cut); a request meets the
 * wait of a slow shop, then the page.  Name server, certificate and checkout are
 * broken where they are (shop_dns, shop_ca, shop_checkout).
 *
 * A waiting request is in `waiting` until its timer or its client's leaving
 * takes it out; a mended shop answers those that wait at once.
 */
#include "cli/shop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/httpd.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "cli/shop_ca.h"
#include "cli/shop_checkout.h"
#include "cli/shop_cut.h"
#include "cli/shop_dns.h"
#include "controller/config.h"

#define KEY_BYTES  16
#define REGION_MAX 64
#define TEXT_MAX   4096 /* bytes of an order's answer */
#define JSON_TYPE  "application/json"
#define HTML_TYPE  "text/html; charset=utf-8"

struct wait {
    struct wait *next;
    struct shop *shop;
    struct httpd_request *request;
    struct loop_timer *timer;
};

struct shop {
    struct shop_opts opts;
    struct shop_ca *ca;
    struct shop_dns *dns;
    struct shop_checkout *checkout;
    struct httpd *http, *https;
    char *orders_file, *password_file;
    char key[2 * KEY_BYTES + 1];
    char password[2 * KEY_BYTES + 1];
    bool is_broken[SHOP_FAULT_COUNT];
    char region[REGION_MAX];
    struct wait *waiting;
};

/* ---- faults ---- */

static const struct {
    const char *name, *text;
} faults[SHOP_FAULT_COUNT] = {
    [SHOP_PAY] = {"pay", "the payment page answers 503"},
    [SHOP_LOGIN] = {"login", "the login leads back to its form"},
    [SHOP_SLOW] = {"slow", "every page takes 1.5 s"},
    [SHOP_DOWN_DNS] = {"dns", "the name server answers SERVFAIL"},
    [SHOP_CERT] = {"cert", "the certificate served ended yesterday"},
    [SHOP_REGION] = {"region", "the shop cannot be reached from one region"},
};

const char *
shop_fault_name(enum shop_fault fault)
{
    return faults[fault].name;
}

int
shop_fault_find(const char *name)
{
    for (int i = 0; i < SHOP_FAULT_COUNT; i++) {
        if (str_eq(name, faults[i].name))
            return i;
    }
    return -1;
}

/* ---- pages ---- */

struct page_def {
    const char *path, *type, *body;
};

static const struct page_def pages[] = {
    {"/", HTML_TYPE,
     "<!doctype html>\n<html lang=\"en\"><title>Demo shop</title>\n"
     "<h1>Demo shop</h1>\n<p>A tin whistle, 12 euros. "
     "<button>Add to basket</button>\n<p><a href=\"/login\">Sign in</a>\n"},
    {"/api/stock", JSON_TYPE, "{\"sku\":\"TEST-1\",\"qty\":12}\n"},
    {"/pay", JSON_TYPE, "{\"state\":\"paid\"}\n"},
};

static void
reply(struct httpd_request *request, int status, const char *type,
      const char *body)
{
    httpd_set_header(request, "Cache-Control", "no-store");
    httpd_reply(request, status, type, body, strlen(body));
}

static void
serve(const struct shop *shop, struct httpd_request *request)
{
    const char *path = httpd_path(request);
    if (shop->is_broken[SHOP_PAY] && str_eq(path, "/pay")) {
        reply(request, 503, JSON_TYPE,
              "{\"error\":\"the payment provider does not answer\"}\n");
        return;
    }
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (!str_eq(path, pages[i].path))
            continue;
        reply(request, 200, pages[i].type, pages[i].body);
        return;
    }
    if (!shop_checkout_serve(shop->checkout, request))
        reply(request, 404, "text/plain", "no such page in this shop\n");
}

/* ---- a slow shop ---- */

/* Out of the list and freed; gives its request. */
static struct httpd_request *
take(struct wait *wait)
{
    struct httpd_request *request = wait->request;
    struct wait **at = &wait->shop->waiting;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    loop_timer_cancel(wait->timer);
    free(wait);
    return request;
}

static void
on_left(void *cookie)
{
    take(cookie);
}

static void
on_waited(void *cookie)
{
    struct wait *wait = cookie;
    const struct shop *shop = wait->shop;
    wait->timer = NULL;
    serve(shop, take(wait));
}

static void
hold(struct shop *shop, struct httpd_request *request)
{
    struct wait *wait = str_xcalloc(1, sizeof *wait);
    wait->shop = shop;
    wait->request = request;
    wait->next = shop->waiting;
    shop->waiting = wait;
    wait->timer = loop_timer_start(shop->opts.loop, SHOP_SLOW_MS * NS_PER_MS,
                                   on_waited, wait);
    httpd_on_close(request, on_left, wait);
}

static void
on_page(void *cookie, struct httpd_request *request)
{
    struct shop *shop = cookie;
    if (shop->is_broken[SHOP_SLOW])
        hold(shop, request);
    else
        serve(shop, request);
}

/* ---- orders ---- */

static void
say(const struct shop *shop, const char *text)
{
    if (shop->opts.said != NULL)
        shop->opts.said(shop->opts.cookie, text);
}

static int
serve_expired(struct shop *shop, bool expired, char *why, size_t cap)
{
    if (shop_ca_set_expired(shop->ca, expired, why, cap) != 0)
        return -1;
    return httpd_reload_tls(shop->https, why, cap);
}

/* Every way in, for HTTP and for DNS. */
static int
set_cut(struct shop *shop, const char *region, char *why, size_t cap)
{
    if (shop_cut_set(httpd_fd(shop->http), region) == 0 &&
        shop_cut_set(httpd_fd(shop->https), region) == 0 &&
        shop_dns_set_cut(shop->dns, region) == 0)
        return 0;
    snprintf(why, cap,
             "the kernel does not take the filter that cuts a region off: %s",
             strerror(errno));
    return -1;
}

static bool
is_region(const struct shop *shop, const char *region)
{
    for (size_t i = 0; i < shop->opts.region_count; i++) {
        if (str_eq(shop->opts.regions[i].id, region))
            return true;
    }
    return false;
}

static int
cut_region(struct shop *shop, const char *region, char *why, size_t cap)
{
    struct buf out;
    if (region != NULL && is_region(shop, region) &&
        str_copy(shop->region, sizeof shop->region, region))
        return set_cut(shop, region, why, cap);
    buf_init(&out, TEXT_MAX);
    if (region == NULL)
        buf_add_str(&out, "which region? the demo has");
    else
        buf_addf(&out, "the demo has no region %s, but", region);
    for (size_t i = 0; i < shop->opts.region_count; i++)
        buf_addf(&out, "%s %s", i > 0 ? "," : "", shop->opts.regions[i].id);
    str_copy(why, cap, buf_text(&out));
    buf_free(&out);
    return -1;
}

int
shop_break(struct shop *shop, enum shop_fault fault, const char *region,
           char *why, size_t cap)
{
    char text[REGION_MAX + 64];
    snprintf(text, sizeof text, "broken: %s", faults[fault].text);
    switch (fault) {
    case SHOP_REGION:
        if (cut_region(shop, region, why, cap) != 0)
            return -1;
        snprintf(text, sizeof text, "broken: the shop is cut off for %s",
                 shop->region);
        break;
    case SHOP_CERT:
        if (serve_expired(shop, true, why, cap) != 0)
            return -1;
        break;
    case SHOP_DOWN_DNS:
        shop_dns_set_broken(shop->dns, true);
        break;
    case SHOP_PAY:
        shop_checkout_set_pay_broken(shop->checkout, true);
        break;
    case SHOP_LOGIN:
        shop_checkout_set_login_broken(shop->checkout, true);
        break;
    case SHOP_SLOW:
    case SHOP_FAULT_COUNT:
        break;
    }
    shop->is_broken[fault] = true;
    say(shop, text);
    return 0;
}

int
shop_mend(struct shop *shop, char *why, size_t cap)
{
    if (serve_expired(shop, false, why, cap) != 0 ||
        set_cut(shop, NULL, why, cap) != 0)
        return -1;
    memset(shop->is_broken, 0, sizeof shop->is_broken);
    shop_dns_set_broken(shop->dns, false);
    shop_checkout_set_login_broken(shop->checkout, false);
    shop_checkout_set_pay_broken(shop->checkout, false);
    while (shop->waiting != NULL)
        serve(shop, take(shop->waiting));
    say(shop, "mended: the shop is whole again");
    return 0;
}

static bool
may_order(const struct shop *shop, const struct httpd_request *request)
{
    static const char bearer[] = "Bearer ";
    const char *given = httpd_header(request, "Authorization");
    return given != NULL && str_starts(given, bearer) &&
           strlen(given) == strlen(bearer) + strlen(shop->key) &&
           digest_equal(given + strlen(bearer), shop->key, strlen(shop->key));
}

/* What is broken now, or why the order was not carried out. */
static void
reply_order(const struct shop *shop, struct httpd_request *request, int status,
            const char *why)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    struct json j = json_begin(&out);
    json_obj(&j, NULL);
    if (why != NULL) {
        json_obj(&j, "error");
        json_str(&j, "message", why);
        json_end(&j);
    }
    json_arr(&j, "broken");
    for (int i = 0; i < SHOP_FAULT_COUNT; i++) {
        char text[REGION_MAX + 16];
        snprintf(text, sizeof text, "%s%s%s", faults[i].name,
                 i == SHOP_REGION ? " " : "",
                 i == SHOP_REGION ? shop->region : "");
        if (shop->is_broken[i])
            json_str(&j, NULL, text);
    }
    json_end(&j);
    json_end(&j);
    buf_add_str(&out, "\n");
    reply(request, status, JSON_TYPE, buf_text(&out));
    buf_free(&out);
}

static void
on_order(struct shop *shop, struct httpd_request *request)
{
    char why[256] = "";
    int rc = -1, status = 422;
    const char *path = httpd_path(request);
    int fault = shop_fault_find(httpd_query(request, "what"));
    if (!may_order(shop, request)) {
        status = 401;
        snprintf(why, sizeof why, "the key stands in %s", shop->orders_file);
    } else if (!str_eq(httpd_method(request), "POST")) {
        status = 405;
        str_copy(why, sizeof why, "an order is a POST");
    } else if (str_eq(path, "/-/shop/mend")) {
        rc = shop_mend(shop, why, sizeof why);
    } else if (!str_eq(path, "/-/shop/break")) {
        status = 404;
        str_copy(why, sizeof why, "orders are break and mend");
    } else if (fault < 0) {
        str_copy(why, sizeof why,
                 "what is one of pay, login, slow, dns, cert, region");
    } else {
        rc = shop_break(shop, (enum shop_fault)fault,
                        httpd_query(request, "region"), why, sizeof why);
    }
    reply_order(shop, request, rc == 0 ? 200 : status, rc == 0 ? NULL : why);
}

static void
on_plain(void *cookie, struct httpd_request *request)
{
    if (str_starts(httpd_path(request), "/-/shop/"))
        on_order(cookie, request);
    else
        on_page(cookie, request);
}

/* ---- opening ---- */

static int
write_orders_file(struct shop *shop)
{
    struct buf out;
    uint8_t key[KEY_BYTES];
    char *url = str_xprintf("http://127.0.0.1:%u", shop_http_port(shop));
    digest_random(key, sizeof key);
    str_hex(shop->key, key, sizeof key);
    buf_init(&out, TEXT_MAX);
    struct json j = json_begin(&out);
    json_obj(&j, NULL);
    json_str(&j, "url", url);
    json_str(&j, "key", shop->key);
    json_int(&j, "pid", getpid());
    json_end(&j);
    buf_add_str(&out, "\n");
    int rc = file_replace(shop->orders_file, out.data, out.len, 0600);
    buf_free(&out);
    free(url);
    return rc;
}

static int
write_password_file(const struct shop *shop)
{
    char *line = str_xprintf("%s\n", shop->password);
    int rc = file_replace(shop->password_file, line, strlen(line), 0600);
    free(line);
    return rc;
}

static void
draw_password(struct shop *shop)
{
    uint8_t raw[KEY_BYTES];
    digest_random(raw, sizeof raw);
    str_hex(shop->password, raw, sizeof raw);
}

static struct httpd *
listen_at(struct shop *shop, const struct httpd_opts *opts, char *why,
          size_t cap)
{
    char inner[256];
    struct httpd *httpd =
        httpd_open(shop->opts.loop, opts, inner, sizeof inner);
    if (httpd == NULL)
        snprintf(why, cap,
                 "the demo shop cannot listen on %s: %s.  Is another demo "
                 "running?  `ss -tlnp` shows who has the port",
                 opts->listen, inner);
    return httpd;
}

static int
listen_all(struct shop *shop, char *why, size_t cap)
{
    struct httpd_opts plain = {
        .listen = shop->opts.http, .handler = on_plain, .cookie = shop};
    struct httpd_opts secure = {.listen = shop->opts.https,
                                .cert_file = shop_ca_cert_file(shop->ca),
                                .key_file = shop_ca_key_file(shop->ca),
                                .handler = on_page,
                                .cookie = shop};
    shop->dns = shop_dns_open(shop->opts.loop, shop->opts.dns, why, cap);
    if (shop->dns == NULL)
        return -1;
    shop->http = listen_at(shop, &plain, why, cap);
    if (shop->http == NULL)
        return -1;
    shop->https = listen_at(shop, &secure, why, cap);
    return shop->https == NULL ? -1 : 0;
}

struct shop *
shop_open(const struct shop_opts *opts, char *why, size_t cap)
{
    struct shop *shop = str_xcalloc(1, sizeof *shop);
    shop->opts = *opts;
    shop->orders_file = file_join(opts->dir, SHOP_ORDERS);
    shop->password_file = file_join(opts->dir, SHOP_PASSWORD);
    draw_password(shop);
    shop->checkout = shop_checkout_create(opts->loop, shop->password);
    shop->ca = shop_ca_create(opts->dir, loop_wall(opts->loop), why, cap);
    if (shop->ca == NULL || listen_all(shop, why, cap) != 0)
        goto fail;
    if (write_password_file(shop) != 0 || write_orders_file(shop) != 0) {
        snprintf(why, cap, "%s and %s cannot be written", shop->orders_file,
                 shop->password_file);
        goto fail;
    }
    return shop;
fail:
    shop_close(shop);
    return NULL;
}

void
shop_close(struct shop *shop)
{
    struct wait *next = NULL;
    if (shop == NULL)
        return;
    if (shop->key[0] != '\0') {
        (void)unlink(shop->orders_file);
        (void)unlink(shop->password_file);
    }
    for (struct wait *wait = shop->waiting; wait != NULL; wait = next) {
        next = wait->next;
        httpd_drop(take(wait));
    }
    httpd_close(shop->http);
    httpd_close(shop->https);
    shop_dns_close(shop->dns);
    shop_checkout_free(shop->checkout);
    shop_ca_free(shop->ca);
    free(shop->orders_file);
    free(shop->password_file);
    free(shop);
}

const char *
shop_authority(const struct shop *shop)
{
    return shop_ca_pem(shop->ca);
}

const char *
shop_authority_file(const struct shop *shop)
{
    return shop_ca_file(shop->ca);
}

const char *
shop_password(const struct shop *shop)
{
    return shop->password;
}

const char *
shop_password_file(const struct shop *shop)
{
    return shop->password_file;
}

uint16_t
shop_http_port(const struct shop *shop)
{
    return httpd_port(shop->http);
}

uint16_t
shop_https_port(const struct shop *shop)
{
    return httpd_port(shop->https);
}
