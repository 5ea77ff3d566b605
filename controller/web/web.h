/*
 * web.h - the controller's HTTP: pages, API, metrics, and the probes' listener.
 *
 * Not what is said there (one file a page or interface) and not HTTP itself
 * (base/httpd.h).
 *
 * Lifecycle   web_open() listens; web_set_config() after a reload; web_close()
 *             drops every connection, held ones too.
 * Ownership   borrows what the ports name.
 * Errors      NULL, and `why` says what: an address in use, a bad key file.
 * Threads     loop thread only; web_open() reads files.
 */
#ifndef CONTROLLER_WEB_WEB_H
#define CONTROLLER_WEB_WEB_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct ca;
struct config;
struct controller_reload;
struct decider;
struct enrol;
struct fleet;
struct ingest;
struct log;
struct loop;
struct outbox;
struct push;
struct store;
struct web;

typedef void web_reload_fn(void *cookie, int rc, const struct buf *problems);

struct web_ports {
    struct loop *loop;
    struct log *log;
    struct store *store;
    struct fleet *fleet;
    struct ingest *ingest;
    struct decider *decider;
    struct outbox *outbox;
    struct push *push;
    struct ca *ca;
    struct enrol *enrol;
    /* Reads the configuration again, as controller.h has it. */
    struct controller_reload *(*reload_start)(void *cookie, web_reload_fn *done,
                                              void *done_cookie);
    void (*reload_cancel)(struct controller_reload *reload);
    void *cookie;
};

struct web *web_open(const struct web_ports *ports, const struct config *config,
                     char *why, size_t cap);
void web_close(struct web *web);
void web_set_config(struct web *web, const struct config *config);

/* As reached from this machine, "http://127.0.0.1:8787", with the real port. */
const char *web_url(const struct web *web);
const char *web_probes_url(const struct web *web);
const char *web_key_file(const struct web *web);
const char *web_key(const struct web *web);

#endif
