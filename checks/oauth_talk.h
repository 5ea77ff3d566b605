/*
 * oauth_talk.h - the bytes of a token request and its answer, pure (RFC 6749,
 * 2.3.1, 4.4.2, 5.1, 5.2).
 *
 * Errors      oauth_talk_ask() -1: a credential does not fit in.
 *             oauth_talk_read() NULL and `why`.
 * Threads     any.
 */
#ifndef CHECKS_OAUTH_TALK_H
#define CHECKS_OAUTH_TALK_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct fetch_result;
struct mask;
struct oauth_client;
struct secret_value;

#define OAUTH_DEFAULT_S  300 /* of a token that does not say how long it lives */
#define OAUTH_LIFE_MAX_S (24LL * 3600)

/* The request's body, and its "Authorization: Basic ..." line, empty when the
 * credentials are in the body. */
int oauth_talk_ask(const struct oauth_client *client, struct buf *body,
                   struct buf *authorization);

/* Adds to `mask` the secret in each form in which it was told. */
void oauth_talk_hide(const struct oauth_client *client, struct mask *mask);

/* The token of an answer, counted for the caller, and how long it is good.
 * What the server says goes through `mask`: it may repeat what it was told. */
struct secret_value *oauth_talk_read(const struct fetch_result *result,
                                     const struct mask *mask, int64_t *life_s,
                                     char *why, size_t cap);

#endif
