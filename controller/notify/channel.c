/*
 * channel.c - from a destination's name to the file of its kind.
 *
 * A destination the configuration does not know (any more) is refused with the
 * remedy: such a page can not arrive by waiting, and the outbox shows it.  One
 * whose secret is not there waits: the next reload may bring it.
 */
#include "controller/notify/channel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "controller/config.h"
#include "controller/notify/email.h"
#include "controller/notify/terminal.h"
#include "controller/notify/webhook.h"

#define CHANNEL_PREFIX "channel:"
#define PERSON_PREFIX  "person:"
#define WHY_MAX        256

struct channel_delivery {
    channel_done_fn *done;
    void *cookie;
    struct terminal *terminal; /* the one that is under way is not NULL */
    struct webhook *webhook;
    struct email *email;
    struct loop_timer *refusal;
    enum channel_outcome outcome; /* of the refusal */
    char why[WHY_MAX];
};

static void
on_done(void *cookie, enum channel_outcome outcome, const char *detail,
        int64_t after_ns)
{
    struct channel_delivery *delivery = cookie;
    channel_done_fn *done = delivery->done;
    void *their = delivery->cookie;
    free(delivery);
    done(their, outcome, detail, after_ns);
}

static void
on_refusal(void *cookie)
{
    struct channel_delivery *delivery = cookie;
    char why[WHY_MAX];
    str_copy(why, sizeof why, delivery->why);
    on_done(delivery, delivery->outcome, why, 0);
}

/* An optional text with secrets put in; -1, and `why` says which is missing. */
static int
expand(const struct config *config, const char *text, char **out,
       struct channel_delivery *d)
{
    *out = NULL;
    if (text == NULL)
        return 0;
    *out = secret_expand(config->secrets, text, d->why, sizeof d->why);
    if (*out != NULL)
        return 0;
    d->outcome = CHANNEL_LATER;
    return -1;
}

static int
start_webhook(struct channel_delivery *d, const struct channel_ports *ports,
              const struct config *config, const struct config_channel *channel,
              const struct page *page)
{
    char *url = NULL, *secret = NULL;
    int rc = -1;
    if (expand(config, channel->to, &url, d) == 0 &&
        expand(config, channel->secret, &secret, d) == 0) {
        d->webhook = webhook_start(ports, url, secret, page, on_done, d);
        rc = 0;
    }
    secret_text_free(url);
    secret_text_free(secret);
    return rc;
}

static int
start_email(struct channel_delivery *d, const struct channel_ports *ports,
            const struct config *config, const char *to,
            const struct page *page)
{
    const struct config_mail *mail = &config->mail;
    char *password = NULL;
    if (mail->server == NULL || mail->from == NULL) {
        str_copy(d->why, sizeof d->why,
                 "no mail server: set controller.mail.server and from");
        return -1;
    }
    if (expand(config, mail->password, &password, d) != 0)
        return -1;
    struct email_opts opts = {.server = mail->server,
                              .user = mail->user,
                              .password = password,
                              .from = mail->from,
                              .to = to};
    d->email = email_start(ports, &opts, page, on_done, d);
    secret_text_free(password);
    return 0;
}

static int
start_channel(struct channel_delivery *d, const struct channel_ports *ports,
              const struct config *config, const char *name,
              const struct page *page)
{
    const struct config_channel *channel = config_channel(config, name);
    if (channel == NULL) {
        snprintf(d->why, sizeof d->why, "no channel is called %s", name);
        return -1;
    }
    switch (channel->kind) {
    case CONFIG_TERMINAL:
        d->terminal = terminal_start(ports, page, on_done, d);
        return 0;
    case CONFIG_WEBHOOK:
        return start_webhook(d, ports, config, channel, page);
    case CONFIG_EMAIL:
        return start_email(d, ports, config, channel->to, page);
    }
    return -1;
}

static int
start_person(struct channel_delivery *d, const struct channel_ports *ports,
             const struct config *config, const char *id,
             const struct page *page)
{
    const struct config_person *person = config_person(config, id);
    if (person == NULL || person->email == NULL) {
        snprintf(d->why, sizeof d->why,
                 person ? "%s has no email" : "nobody is called %s", id);
        return -1;
    }
    return start_email(d, ports, config, person->email, page);
}

struct channel_delivery *
channel_start(const struct channel_ports *ports, const struct config *config,
              const char *destination, const struct page *page,
              channel_done_fn *done, void *cookie)
{
    struct channel_delivery *d = str_xcalloc(1, sizeof *d);
    int rc = -1;
    d->outcome = CHANNEL_REFUSED;
    d->done = done;
    d->cookie = cookie;
    str_copy(d->why, sizeof d->why,
             "a destination is channel:NAME or person:ID");
    if (str_starts(destination, CHANNEL_PREFIX))
        rc = start_channel(d, ports, config,
                           destination + strlen(CHANNEL_PREFIX), page);
    else if (str_starts(destination, PERSON_PREFIX))
        rc = start_person(d, ports, config, destination + strlen(PERSON_PREFIX),
                          page);
    if (rc != 0)
        d->refusal = loop_timer_start(ports->loop, 0, on_refusal, d);
    return d;
}

void
channel_cancel(struct channel_delivery *d)
{
    if (d == NULL)
        return;
    terminal_cancel(d->terminal);
    webhook_cancel(d->webhook);
    email_cancel(d->email);
    loop_timer_cancel(d->refusal);
    free(d);
}
