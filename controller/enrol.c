/*
 * enrol.c - see enrol.h.
 *
 * A decision is made at once and in memory, then stored, and only when it is
 * committed does the probe get its certificate: a controller that dies between
 * the two has told nobody of a probe it will not know.  A store that fails
 * takes the decision back.
 *
 *   token -> region, name -> certificate -> token used up, probe stored -> reply
 *
 * A renewal keeps the certificate it was asked with good until the new one is
 * seen for the first time, so that a lost reply locks nobody out.  A probe that
 * was off may still renew WAY_BACK_MS after its certificate ended.
 */
#include "controller/enrol.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/digest.h"
#include "base/httpd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/ca.h"
#include "controller/enrol_book.h"
#include "controller/enrol_token.h"
#include "controller/fleet.h"
#include "controller/probe_name.h"
#include "controller/store/store.h"
#include "controller/throttle.h"
#include "wire/message.h"
#include "wire/result.h"

#define STRIKES_MAX 10 /* refused enrolments of an address a minute */
#define STRIKES_MS  (60 * MS_PER_S)
#define DAY_MS      (86400 * MS_PER_S)
#define INVITE_MS   (600 * MS_PER_S)
#define WAY_BACK_MS (90 * DAY_MS)
#define TOKENS_MAX  10000
#define PROBES_MAX  100000

struct enrol {
    struct enrol_ports ports;
    struct enrol_book probes;
    struct enrol_tokens tokens;
    struct throttle *throttle;
};

struct enrol_call {
    struct enrol *enrol;
    enrol_done_fn *done; /* NULL: cancelled */
    void *cookie;
    struct loop_timer *timer; /* of a refusal */
    struct enrol_entry *entry;
    struct enrol_entry before; /* of a renewal, to take it back */
    char token_hash[65];       /* to give back; "": a renewal */
    struct ca_cert cert;
    int status;
    char why[ENROL_WHY_MAX];
};

struct enrol *
enrol_create(const struct enrol_ports *ports)
{
    struct enrol *enrol = str_xcalloc(1, sizeof(*enrol));

    enrol->ports = *ports;
    enrol->throttle = throttle_create(STRIKES_MAX, STRIKES_MS);
    return enrol;
}

void
enrol_free(struct enrol *enrol)
{
    if (enrol == NULL)
        return;
    enrol_book_clear(&enrol->probes);
    enrol_token_free(&enrol->tokens);
    throttle_free(enrol->throttle);
    free(enrol);
}

static wall_t
now_of(const struct enrol *enrol)
{
    return loop_wall(enrol->ports.loop);
}

/* ---- probes ---- */

void
enrol_on_probe(struct enrol *enrol, const struct store_probe *probe)
{
    struct enrol_entry *e =
        enrol_book_add(&enrol->probes, probe->name, probe->region);

    e->view = *probe;
    (void)str_copy(e->sha256, sizeof(e->sha256), probe->cert_sha256);
    if (probe->previous_sha256 != NULL)
        (void)str_copy(e->previous, sizeof(e->previous),
                       probe->previous_sha256);
    if (!probe->revoked)
        fleet_add(enrol->ports.fleet, e->name, e->region);
}

static void
stored(void *cookie, enum store_outcome outcome)
{
    struct enrol *enrol = cookie;

    if (outcome != STORE_DONE)
        log_event(enrol->ports.log, EV_STORE_FAILED, LOG_STR("what", "probes"));
}

static void
put_entry(struct enrol *enrol, struct enrol_entry *e)
{
    store_put_probe(enrol->ports.store, enrol_book_view(e), stored, enrol);
}

static void
audit(struct enrol *enrol, const char *who, const char *did, const char *what)
{
    char *text = str_xprintf("%s %s", did, what);

    store_add_audit(enrol->ports.store, who, text);
    free(text);
}

int
enrol_revoke(struct enrol *enrol, const char *name, const char *who)
{
    struct enrol_entry *e = enrol_book_find(&enrol->probes, name);

    if (e == NULL || e->is_new)
        return -1;
    e->view.revoked = true;
    fleet_remove(enrol->ports.fleet, name);
    put_entry(enrol, e);
    audit(enrol, who, "revoked", name);
    return 0;
}

size_t
enrol_count(const struct enrol *enrol)
{
    return enrol->probes.count;
}

const struct store_probe *
enrol_get(const struct enrol *enrol, size_t index)
{
    assert(index < enrol->probes.count);
    return enrol_book_view(enrol->probes.entry[index]);
}

static const struct store_probe *
turn_away(int *status, const char **why, int code, const char *sentence)
{
    *status = code;
    *why = sentence;
    return NULL;
}

/* The entry, whatever the dates of its certificate say. */
static struct enrol_entry *
known(struct enrol *enrol, const struct httpd_peer *peer, int *status,
      const char **why)
{
    struct enrol_entry *e;

    if (peer == NULL || peer->state == HTTPD_PEER_NONE) {
        (void)turn_away(status, why, 401,
                        "no client certificate: join this probe first");
        return NULL;
    }
    e = enrol_book_find(&enrol->probes, peer->name);
    if (e == NULL || e->is_new || !enrol_book_is_cert(e, peer->sha256)) {
        (void)turn_away(status, why, 403,
                        "this certificate is not known here: invite and join "
                        "the probe again");
        return NULL;
    }
    if (e->view.revoked) {
        (void)turn_away(
            status, why, 403,
            "this probe was revoked: stop it, or invite and join it again");
        return NULL;
    }
    return e;
}

const struct store_probe *
enrol_find(struct enrol *enrol, const struct httpd_peer *peer, int *status,
           const char **why)
{
    struct enrol_entry *e = known(enrol, peer, status, why);

    if (e == NULL)
        return NULL;
    if (peer->state == HTTPD_PEER_EXPIRED)
        return turn_away(status, why, 401,
                         "the certificate has ended: renew it first");
    if (e->previous[0] != '\0' && str_eq(e->sha256, peer->sha256)) {
        e->previous[0] = '\0'; /* the new one works: the old is done with */
        put_entry(enrol, e);
    }
    return enrol_book_view(e);
}

/* ---- tokens ---- */

static void
put_token(struct enrol *enrol, const struct enrol_token *t)
{
    struct store_token row = {t->hash, t->region,
                              t->name[0] == '\0' ? NULL : t->name, t->ends,
                              t->uses_left};

    store_put_token(enrol->ports.store, &row, stored, enrol);
}

void
enrol_on_token(struct enrol *enrol, const struct store_token *token)
{
    struct enrol_token t = {.ends = token->ends, .uses_left = token->uses_left};

    (void)str_copy(t.hash, sizeof(t.hash), token->hash);
    (void)str_copy(t.region, sizeof(t.region), token->region);
    if (token->name != NULL)
        (void)str_copy(t.name, sizeof(t.name), token->name);
    enrol_token_add(&enrol->tokens, &t);
}

static bool
is_taken(const struct enrol *enrol, const char *name)
{
    const struct enrol_entry *e = enrol_book_find(&enrol->probes, name);

    return e != NULL && !e->view.revoked;
}

static int
check_offer(struct enrol *enrol, const struct enrol_offer *offer,
            char why[ENROL_WHY_MAX])
{
    const char *fault = NULL;

    enrol_token_forget(&enrol->tokens, now_of(enrol));
    if (offer->name != NULL && !probe_name_is_good(offer->name))
        fault = "a probe's name is at most 50 of a-z 0-9 . _ - and begins with "
                "a letter or digit";
    else if (offer->name != NULL && is_taken(enrol, offer->name))
        fault = "a probe of this name exists: revoke it first, or choose "
                "another name";
    else if (offer->uses < 1 || offer->uses > ENROL_USES_MAX)
        fault = "a key is for 1 to 100000 probes";
    else if (offer->ends.ms != 0 && offer->ends.ms <= now_of(enrol).ms)
        fault = "the end is in the past";
    else if (enrol->tokens.count >= TOKENS_MAX)
        fault = "too many open invitations: wait until some have run out";
    if (fault != NULL)
        (void)str_copy(why, ENROL_WHY_MAX, fault);
    return fault == NULL ? 0 : -1;
}

int
enrol_add(struct enrol *enrol, const struct enrol_offer *offer,
          char token[ENROL_TOKEN_MAX], char why[ENROL_WHY_MAX])
{
    struct enrol_token t = {.uses_left = offer->uses, .ends = offer->ends};
    uint8_t secret[16];

    if (check_offer(enrol, offer, why) != 0)
        return -1;
    digest_random(secret, sizeof(secret));
    str_hex(token, secret, sizeof(secret));
    enrol_token_hash(token, t.hash);
    (void)str_copy(t.region, sizeof(t.region), offer->region);
    if (offer->name != NULL)
        (void)str_copy(t.name, sizeof(t.name), offer->name);
    if (t.ends.ms == 0)
        t.ends = (wall_t){now_of(enrol).ms + INVITE_MS};
    enrol_token_add(&enrol->tokens, &t);
    put_token(enrol, &t);
    audit(enrol, offer->who, "offered a place in", offer->region);
    return 0;
}

/* ---- an enrolment ---- */

static int
refuse(struct enrol_call *call, int status, const char *why)
{
    call->status = status;
    (void)str_copy(call->why, sizeof(call->why), why);
    return -1;
}

static int
sign(struct enrol_call *call, const char *csr, const char *name)
{
    struct enrol *enrol = call->enrol;
    struct ca_ask ask = {csr, name, now_of(enrol)};

    call->status = 400;
    return ca_sign(enrol->ports.ca, &ask, &call->cert, call->why,
                   sizeof(call->why));
}

static void
take_cert(struct enrol_call *call, struct enrol_entry *e)
{
    (void)str_copy(e->sha256, sizeof(e->sha256), call->cert.sha256);
    e->view.cert_ends = call->cert.ends;
    e->is_pending = true;
    call->entry = e;
}

static int
admit(struct enrol_call *call, struct enrol_token *t,
      const struct message_enroll *m)
{
    struct enrol *enrol = call->enrol;
    char name[RESULT_NAME_MAX];
    struct enrol_entry *e;

    if (t->name[0] != '\0') {
        (void)str_copy(name, sizeof(name), t->name);
    } else {
        probe_name_clean(name, m->name, t->region);
        enrol_book_make_unique(&enrol->probes, name);
    }
    e = enrol_book_find(&enrol->probes, name);
    if (e != NULL && (!e->view.revoked || e->is_pending))
        return refuse(call, 409,
                      "a probe of this name has joined meanwhile: revoke it, "
                      "or invite this one under another name");
    if (enrol->probes.count >= PROBES_MAX)
        return refuse(call, 503, "this controller has all the probes it can");
    if (sign(call, m->csr, name) != 0)
        return -1;
    if (e != NULL)
        enrol_book_remove(&enrol->probes, e);
    e = enrol_book_add(&enrol->probes, name, t->region);
    e->is_new = true;
    e->view.enrolled = now_of(enrol);
    take_cert(call, e);
    t->uses_left--;
    (void)str_copy(call->token_hash, sizeof(call->token_hash), t->hash);
    put_token(enrol, t);
    return 0;
}

static int
enrol_new(struct enrol_call *call, const struct enrol_ask *ask)
{
    struct enrol *enrol = call->enrol;
    char hash[65];
    struct enrol_token *t;

    if (throttle_is_over(enrol->throttle, ask->from, now_of(enrol)))
        return refuse(call, 429,
                      "too many refused enrolments from this address: wait a "
                      "minute");
    enrol_token_hash(ask->message->token == NULL ? "" : ask->message->token,
                     hash);
    t = enrol_token_find(&enrol->tokens, hash);
    if (t == NULL || t->uses_left < 1 || t->ends.ms <= now_of(enrol).ms) {
        throttle_add(enrol->throttle, ask->from, now_of(enrol));
        return refuse(call, 403,
                      "this token is unknown, used or has run out: ask for a "
                      "new one with picket probe invite");
    }
    if (admit(call, t, ask->message) == 0)
        return 0;
    throttle_add(enrol->throttle, ask->from, now_of(enrol));
    return -1;
}

static int
renew(struct enrol_call *call, const struct enrol_ask *ask)
{
    struct enrol *enrol = call->enrol;
    const char *why = NULL;
    struct enrol_entry *e = known(enrol, ask->peer, &call->status, &why);

    if (e == NULL)
        return refuse(call, call->status, why);
    if (now_of(enrol).ms - e->view.cert_ends.ms > WAY_BACK_MS)
        return refuse(call, 403,
                      "the certificate ended over 90 days ago: revoke this "
                      "probe, then invite and join it again");
    if (e->is_pending)
        return refuse(call, 503, "a renewal is under way: try again");
    call->before = *e;
    if (sign(call, ask->message->csr, e->name) != 0)
        return -1;
    (void)str_copy(e->previous, sizeof(e->previous), ask->peer->sha256);
    take_cert(call, e);
    return 0;
}

static void
finish(struct enrol_call *call)
{
    const struct enrol_entry *e = call->entry;
    struct message_enroll_reply reply = {0};

    if (call->done != NULL && e != NULL) {
        reply.name = e->name;
        reply.region = e->region;
        reply.cert = call->cert.pem;
        reply.ca = ca_pem(call->enrol->ports.ca);
        call->done(call->cookie, &reply, 200, "");
    } else if (call->done != NULL) {
        call->done(call->cookie, NULL, call->status, call->why);
    }
    free(call->cert.pem);
    free(call);
}

static void
take_back(struct enrol_call *call)
{
    struct enrol *enrol = call->enrol;
    struct enrol_token *t = enrol_token_find(&enrol->tokens, call->token_hash);

    call->before.view.revoked = call->entry->view.revoked;
    if (call->token_hash[0] == '\0')
        *call->entry = call->before;
    else
        enrol_book_remove(&enrol->probes, call->entry);
    if (call->token_hash[0] != '\0' && t != NULL)
        t->uses_left++;
    call->entry = NULL;
    (void)refuse(call, 503, "the controller cannot store this now: try again");
}

static void
on_stored(void *cookie, enum store_outcome outcome)
{
    struct enrol_call *call = cookie;
    struct enrol *enrol = call->enrol;
    struct enrol_entry *e = call->entry;

    if (outcome == STORE_FAILED) {
        take_back(call);
        finish(call);
        return;
    }
    e->is_new = false;
    e->is_pending = false;
    if (!e->view.revoked)
        fleet_add(enrol->ports.fleet, e->name, e->region);
    if (call->token_hash[0] != '\0')
        log_event(enrol->ports.log, EV_PROBE_ENROLLED,
                  LOG_STR("probe", e->name), LOG_STR("region", e->region));
    finish(call);
}

static void
on_refused(void *cookie)
{
    struct enrol_call *call = cookie;

    call->timer = NULL;
    finish(call);
}

struct enrol_call *
enrol_start(struct enrol *enrol, const struct enrol_ask *ask,
            enrol_done_fn *done, void *cookie)
{
    struct enrol_call *call = str_xcalloc(1, sizeof(*call));
    char from[ADDR_TEXT_MAX] = "";
    int rc;

    call->enrol = enrol;
    call->done = done;
    call->cookie = cookie;
    rc = ask->peer == NULL ? enrol_new(call, ask) : renew(call, ask);
    if (rc == 0) {
        store_put_probe(enrol->ports.store, enrol_book_view(call->entry),
                        on_stored, call);
        audit(enrol, call->entry->name,
              ask->peer == NULL ? "enrolled with" : "renewed to",
              call->entry->sha256);
        return call;
    }
    if (ask->from != NULL)
        (void)addr_format_ip(from, ask->from);
    log_event(enrol->ports.log, EV_PROBE_REFUSED, LOG_STR("from", from),
              LOG_STR("why", call->why));
    call->timer = loop_timer_start(enrol->ports.loop, 0, on_refused, call);
    return call;
}

void
enrol_cancel(struct enrol_call *call)
{
    if (call == NULL)
        return;
    call->done = NULL;
    if (call->timer == NULL)
        return; /* the store will say, and finish() frees it */
    loop_timer_cancel(call->timer);
    finish(call);
}
