/*
 * api_probes.c - /api/v1/probes: who they are, and letting them in and out.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/json.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/ca.h"
#include "controller/config.h"
#include "controller/enrol.h"
#include "controller/fleet.h"
#include "controller/store/store.h"
#include "controller/web/api.h"
#include "controller/web/web_priv.h"

#define LIST_MAX    (64u << 20)
#define REPLY_MAX   65536
#define OPERATOR    "operator"
#define KEY_DAYS_MS (30LL * 86400 * MS_PER_S) /* of a key that names no end */

static const char *
state_of(const struct store_probe *known, const struct fleet_probe *seen)
{
    if (known->revoked)
        return "revoked";
    switch (seen->state) {
    case FLEET_NEVER:
        return "never";
    case FLEET_EXPECTED:
        return "expected";
    case FLEET_HERE:
        return seen->ill ? "ill" : "here";
    case FLEET_LOST:
        return "lost";
    }
    return "never";
}

static void
add_seen(struct json *j, const struct fleet_probe *p)
{
    json_str(j, "ill_why", p->ill ? p->ill_why : NULL);
    json_str(j, "software", p->software);
    json_time(j, "last_sync", p->last_sync);
    json_str(j, "egress", p->egress);
    if (!p->is_measured)
        return;
    json_int(j, "offset_ms", p->offset_ms);
    json_int(j, "rtt_ms", p->rtt_ms);
    json_fixed(j, "lag_ms", p->lag_us, 3);
    json_int(j, "spool_bytes", (int64_t)p->spool_bytes);
    json_int(j, "spool_results", (int64_t)p->spool_results);
    json_int(j, "dropped", (int64_t)p->dropped);
    json_int(j, "overruns", (int64_t)p->overruns);
    json_int(j, "assigned", (int64_t)p->assigned);
}

static void
add_probe(const struct web *web, struct json *j,
          const struct store_probe *known)
{
    struct fleet_probe seen = {0};
    bool is_in = fleet_find(web->ports.fleet, known->name, &seen) ||
                 fleet_find_former(web->ports.fleet, known->name, &seen);

    json_obj(j, NULL);
    json_str(j, "name", known->name);
    json_str(j, "region", known->region);
    json_str(j, "state", state_of(known, &seen));
    json_time(j, "enrolled", known->enrolled);
    json_time(j, "certificate_ends", known->cert_ends);
    if (is_in)
        add_seen(j, &seen);
    json_end(j);
}

void
api_probes(struct web *web, struct httpd_request *request, const char *arg)
{
    struct buf body;
    struct json j;

    (void)arg;
    buf_init(&body, LIST_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_arr(&j, "probes");
    for (size_t i = 0; i < enrol_count(web->ports.enrol); i++)
        add_probe(web, &j, enrol_get(web->ports.enrol, i));
    json_end(&j);
    json_end(&j);
    web_reply_json(web, request, 200, &body);
}

static bool
is_region(const struct config *config, const char *region)
{
    for (size_t i = 0; i < config->region_count; i++)
        if (str_eq(config->regions[i].id, region))
            return true;
    return false;
}

static struct jsonpath_doc *
read_body(struct web *web, struct httpd_request *request)
{
    size_t len = 0;
    const void *data = httpd_body(request, &len);
    char why[160];
    struct jsonpath_doc *doc = jsonpath_doc(data, len, why, sizeof(why));

    if (doc == NULL)
        web_refuse(web, request, 400, why, "send one JSON object");
    return doc;
}

/* What `picket probe join` needs, in one object. */
static void
reply_offer(struct web *web, struct httpd_request *request,
            const struct enrol_offer *offer)
{
    char token[ENROL_TOKEN_MAX];
    char why[ENROL_WHY_MAX];
    struct buf body;
    struct json j;

    if (enrol_add(web->ports.enrol, offer, token, why) != 0) {
        web_refuse(web, request, 409, why, "see /api/v1/probes");
        return;
    }
    buf_init(&body, REPLY_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_str(&j, "url", web_probes_url(web));
    json_str(&j, "ca_sha256", ca_sha256(web->ports.ca));
    json_str(&j, "name", offer->name);
    json_str(&j, "region", offer->region);
    json_str(&j, "token", token);
    json_int(&j, "count", offer->uses);
    json_end(&j);
    web_reply_json(web, request, 201, &body);
}

static void
offer_from(struct web *web, struct httpd_request *request,
           struct jsonpath_doc *doc, struct enrol_offer *offer)
{
    const char *name = jsonpath_text(doc, "$.name");

    offer->region = jsonpath_text(doc, "$.region");
    offer->name = name[0] == '\0' ? NULL : name;
    offer->who = OPERATOR;
    if (!is_region(web->config, offer->region))
        web_refuse(web, request, 422, "there is no region of that name",
                   "name one of `regions` in the configuration");
    else
        reply_offer(web, request, offer);
}

void
api_invite(struct web *web, struct httpd_request *request, const char *arg)
{
    struct jsonpath_doc *doc = read_body(web, request);
    struct enrol_offer offer = {.uses = 1};

    (void)arg;
    if (doc != NULL)
        offer_from(web, request, doc, &offer);
    jsonpath_doc_free(doc);
}

void
api_key(struct web *web, struct httpd_request *request, const char *arg)
{
    struct jsonpath_doc *doc = read_body(web, request);
    struct enrol_offer offer = {0};
    struct view view = web_view(web);
    const char *ends;
    int64_t count = 0;

    (void)arg;
    if (doc == NULL)
        return;
    ends = jsonpath_text(doc, "$.ends");
    offer.ends = (wall_t){view.now.ms + KEY_DAYS_MS};
    if (str_parse_i64(jsonpath_text(doc, "$.count"), &count) != 0 ||
        count < 1 || count > ENROL_USES_MAX)
        web_refuse(web, request, 422, "count is not a number of probes",
                   "send 1 to 100000");
    else if (ends[0] != '\0' && units_parse_time(ends, &offer.ends) != 0)
        web_refuse(web, request, 422, "ends is not a time",
                   "write it as 2026-01-02T03:04:05Z");
    else {
        offer.uses = (int)count;
        offer_from(web, request, doc, &offer);
    }
    jsonpath_doc_free(doc);
}

static void
refuse_probe(struct web *web, struct httpd_request *request, const char *name)
{
    size_t count = enrol_count(web->ports.enrol);
    const char **names = str_xcalloc(count + 1, sizeof(*names));
    const struct web_unknown unknown = {"probe", name, names, count,
                                        "`picket probes` lists them"};

    for (size_t i = 0; i < count; i++)
        names[i] = enrol_get(web->ports.enrol, i)->name;
    web_refuse_name(web, request, &unknown);
    free(names);
}

void
api_revoke(struct web *web, struct httpd_request *request, const char *probe)
{
    struct buf body;
    struct json j;

    if (enrol_revoke(web->ports.enrol, probe, OPERATOR) != 0) {
        refuse_probe(web, request, probe);
        return;
    }
    buf_init(&body, REPLY_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_str(&j, "revoked", probe);
    json_end(&j);
    web_reply_json(web, request, 200, &body);
}
