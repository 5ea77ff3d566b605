/*
 * controller_priv.h - between controller.c and controller_reload.c: the parts.
 *
 * Ownership   the controller owns all of them.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_CONTROLLER_PRIV_H
#define CONTROLLER_CONTROLLER_PRIV_H

#include <stdbool.h>

#include "base/call.h"
#include "base/clock.h"
#include "controller/controller.h"
#include "controller/store/store.h"

struct ca;
struct clock_watch;
struct decider;
struct enrol;
struct fetcher;
struct fleet;
struct ingest;
struct outbox;
struct push;
struct resolver;
struct secret_keeper;
struct trust;
struct web;

struct controller {
    struct controller_opts opts;
    struct config *config;
    struct store *store;
    struct trust *trust;
    struct resolver *resolver;
    struct fetcher *fetcher;
    struct call_net net;
    struct outbox *outbox;
    struct fleet *fleet;
    struct clock_watch *clock;
    struct decider *decider;
    struct ingest *ingest;
    struct push *push;
    struct ca *ca;
    struct enrol *enrol;
    struct web *web;
    struct secret_keeper *keeper;
    bool is_ending;
    struct store_loader deciders; /* its part of the load */
    char *runtime;                /* path, while the file is there */
    wall_t started;
};

/* Everybody gets c->config. */
void controller_use_config(struct controller *c);

#endif
