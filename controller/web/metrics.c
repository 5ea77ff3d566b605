/*
 * metrics.c - see metrics.h.
 *
 * A family is its help, its type and one row a (check, region) or probe.  A
 * value that is not known has no row: a zero would be a lie.
 */
#include "controller/web/metrics.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "base/version.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decider.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "controller/outbox.h"
#include "controller/store/store.h"
#include "controller/web/view.h"

#define US_PER_S 1000000LL

static void
family(struct buf *out, const char *name, const char *type, const char *help)
{
    (void)buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line break are escaped. */
static void
label(struct buf *out, const char *name, const char *value)
{
    (void)buf_addf(out, "%s=\"", name);
    for (size_t i = 0; value != NULL && value[i] != '\0'; i++) {
        if (value[i] == '\\' || value[i] == '"')
            (void)buf_add_char(out, '\\');
        if (value[i] == '\n')
            (void)buf_add_str(out, "\\n");
        else
            (void)buf_add_char(out, value[i]);
    }
    (void)buf_add_char(out, '"');
}

/* Millionths, without floating point. */
static void
value_us(struct buf *out, int64_t us)
{
    (void)buf_addf(out, " %s%lld.%06lld\n", us < 0 ? "-" : "",
                   (long long)((us < 0 ? -us : us) / US_PER_S),
                   (long long)((us < 0 ? -us : us) % US_PER_S));
}

static void
single(struct buf *out, const char *name, const char *type, const char *help)
{
    family(out, name, type, help);
    (void)buf_add_str(out, name);
}

static void
value(struct buf *out, uint64_t n)
{
    (void)buf_addf(out, " %llu\n", (unsigned long long)n);
}

/* ---- checks ---- */

typedef void row_fn(struct buf *out, const char *name, const struct spec *spec,
                    const struct decider_region *region);

static void
each_region(struct buf *out, const struct view *view, const char *name,
            row_fn *row)
{
    for (size_t i = 0; i < decider_check_count(view->decider); i++) {
        struct decider_check c = decider_check(view->decider, i);

        for (size_t r = 0; r < c.region_count; r++)
            if (c.regions[r].newest != NULL)
                row(out, name, c.spec, &c.regions[r]);
    }
}

static void
native_labels(struct buf *out, const char *name, const struct spec *spec,
              const struct decider_region *r)
{
    (void)buf_addf(out, "%s{", name);
    label(out, "check", spec->name);
    (void)buf_add_char(out, ',');
    label(out, "region", r->region);
}

static void
blackbox_labels(struct buf *out, const char *name, const struct spec *spec,
                const struct decider_region *r)
{
    (void)buf_addf(out, "%s{", name);
    label(out, "instance", spec->target);
    (void)buf_add_char(out, ',');
    label(out, "job", spec->name);
    (void)buf_add_char(out, ',');
    label(out, "region", r->region);
}

static bool
is_good(const struct result *r)
{
    return r->status == STATUS_UP || r->status == STATUS_DEGRADED;
}

static void
row_up(struct buf *out, const char *name, const struct spec *spec,
       const struct decider_region *r)
{
    if (r->newest->status == STATUS_ERROR)
        return;
    native_labels(out, name, spec, r);
    (void)buf_addf(out, "} %d\n", is_good(r->newest) ? 1 : 0);
}

static void
row_last_run(struct buf *out, const char *name, const struct spec *spec,
             const struct decider_region *r)
{
    native_labels(out, name, spec, r);
    (void)buf_add_char(out, '}');
    value_us(out, r->newest->started.ms * 1000);
}

static void
row_phases(struct buf *out, const char *name, const struct spec *spec,
           const struct decider_region *r)
{
    for (int p = PHASE_DNS; p < PHASE_TOTAL; p++) {
        if (r->newest->us[p] < 0)
            continue;
        native_labels(out, name, spec, r);
        (void)buf_add_char(out, ',');
        label(out, "phase", result_phase_name((enum phase)p));
        (void)buf_add_char(out, '}');
        value_us(out, r->newest->us[p]);
    }
}

static void
row_success(struct buf *out, const char *name, const struct spec *spec,
            const struct decider_region *r)
{
    blackbox_labels(out, name, spec, r);
    (void)buf_addf(out, "} %d\n", is_good(r->newest) ? 1 : 0);
}

static void
row_duration(struct buf *out, const char *name, const struct spec *spec,
             const struct decider_region *r)
{
    if (r->newest->us[PHASE_TOTAL] < 0)
        return;
    blackbox_labels(out, name, spec, r);
    (void)buf_add_char(out, '}');
    value_us(out, r->newest->us[PHASE_TOTAL]);
}

static void
row_code(struct buf *out, const char *name, const struct spec *spec,
         const struct decider_region *r)
{
    const struct result_fact *fact = result_find(r->newest, FACT_STATUS);

    if (spec->kind != SPEC_HTTP || fact == NULL)
        return;
    blackbox_labels(out, name, spec, r);
    (void)buf_addf(out, "} %lld\n", (long long)fact->num);
}

/* As blackbox_exporter has it; a probe of before says the leaf's end alone. */
static void
row_cert(struct buf *out, const char *name, const struct spec *spec,
         const struct decider_region *r)
{
    const struct result_fact *ends =
        result_find(r->newest, FACT_SENT_NOT_AFTER);
    wall_t at;

    if (ends == NULL)
        ends = result_find(r->newest, FACT_CERT_NOT_AFTER);
    if (ends == NULL || units_parse_time(ends->text, &at) != 0)
        return;
    blackbox_labels(out, name, spec, r);
    (void)buf_addf(out, "} %lld\n", (long long)(at.ms / MS_PER_S));
}

static void
checks(struct buf *out, const struct view *view)
{
    static const struct {
        const char *name, *help;
        row_fn *row;
    } families[] = {
        {"picket_check_up", "1 when the newest run was up or degraded.",
         row_up},
        {"picket_check_last_run_timestamp_seconds",
         "When the newest run started.", row_last_run},
        {"picket_check_phase_seconds", "Phases of the newest run.", row_phases},
        {"probe_success", "1 when the newest run succeeded.", row_success},
        {"probe_duration_seconds", "How long the newest run took.",
         row_duration},
        {"probe_http_status_code", "Final HTTP status of the newest run.",
         row_code},
        {"probe_ssl_earliest_cert_expiry",
         "When the first of the certificates that were sent ends.", row_cert},
    };

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        family(out, families[i].name, "gauge", families[i].help);
        each_region(out, view, families[i].name, families[i].row);
    }
}

static void
verdicts(struct buf *out, const struct view *view)
{
    family(out, "picket_check_verdict", "gauge",
           "1 for the verdict that holds.");
    for (size_t i = 0; i < decider_check_count(view->decider); i++) {
        struct decider_check c = decider_check(view->decider, i);

        (void)buf_add_str(out, "picket_check_verdict{");
        label(out, "check", c.spec->name);
        (void)buf_add_char(out, ',');
        label(out, "verdict", verdict_name(c.verdict));
        (void)buf_add_str(out, "} 1\n");
    }
}

static void
alerts(struct buf *out, const struct view *view)
{
    family(out, "picket_alerts_firing", "gauge", "Open incidents.");
    for (size_t i = 0; i < decider_incident_count(view->decider); i++) {
        struct decider_incident in = decider_incident(view->decider, i);

        if (in.resolved.ms != 0)
            continue;
        (void)buf_add_str(out, "picket_alerts_firing{");
        label(out, "alert", in.rule);
        (void)buf_add_char(out, ',');
        label(out, "check", in.check);
        (void)buf_add_char(out, ',');
        label(out, "severity", in.severity);
        (void)buf_add_str(out, "} 1\n");
    }
}

/* ---- probes ---- */

enum probe_value { LAST_SEEN, OFFSET, SPOOL, LAG, DROPPED, OVERRUNS };

static void
probe_value(struct buf *out, const struct fleet_probe *p, enum probe_value what)
{
    switch (what) {
    case LAST_SEEN:
        value_us(out, p->last_sync.ms * 1000);
        break;
    case OFFSET:
        value_us(out, p->offset_ms * 1000);
        break;
    case SPOOL:
        value(out, p->spool_bytes);
        break;
    case LAG:
        value_us(out, p->lag_us);
        break;
    case DROPPED:
        value(out, p->dropped);
        break;
    case OVERRUNS:
        value(out, p->overruns);
        break;
    }
}

static void
probes(struct buf *out, const struct view *view)
{
    static const struct {
        const char *name, *type, *help;
        enum probe_value what;
    } families[] = {
        {"picket_probe_last_seen_timestamp_seconds", "gauge", "Last sync.",
         LAST_SEEN},
        {"picket_probe_clock_offset_seconds", "gauge",
         "Controller's clock minus the probe's.", OFFSET},
        {"picket_probe_spool_bytes", "gauge", "Not yet acknowledged.", SPOOL},
        {"picket_schedule_lag_seconds", "gauge",
         "Worst loop lag of the probe since its last sync.", LAG},
        {"picket_probe_dropped_results_total", "counter",
         "Results dropped at the spool's bound.", DROPPED},
        {"picket_probe_overruns_total", "counter",
         "Runs still going at their next turn.", OVERRUNS},
    };

    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        family(out, families[f].name, families[f].type, families[f].help);
        for (size_t i = 0; i < fleet_count(view->fleet); i++) {
            struct fleet_probe p = fleet_get(view->fleet, i);

            if (p.last_sync.ms == 0 ||
                (!p.is_measured && families[f].what != LAST_SEEN))
                continue;
            (void)buf_addf(out, "%s{", families[f].name);
            label(out, "probe", p.name);
            (void)buf_add_char(out, ',');
            label(out, "region", p.region);
            (void)buf_add_char(out, '}');
            probe_value(out, &p, families[f].what);
        }
    }
}

/* ---- the controller ---- */

static void
deliveries(struct buf *out, const struct outbox_stats *s)
{
    family(out, "picket_alert_deliveries_total", "counter",
           "Pages by what became of an attempt.");
    (void)buf_addf(out,
                   "picket_alert_deliveries_total{result=\"accepted\"} %llu\n"
                   "picket_alert_deliveries_total{result=\"retried\"} %llu\n"
                   "picket_alert_deliveries_total{result=\"refused\"} %llu\n",
                   (unsigned long long)s->accepted,
                   (unsigned long long)s->retried,
                   (unsigned long long)s->refused);
    single(out, "picket_alert_pending", "gauge", "Pages not yet accepted.");
    value(out, s->pending);
}

static void
controller(struct buf *out, const struct view *view)
{
    struct ingest_stats in = ingest_stats(view->ingest);
    struct outbox_stats ob = outbox_stats(view->outbox);
    struct store_stats st = store_stats(view->store);

    single(out, "picket_results_total", "counter", "Results stored.");
    value(out, in.results);
    single(out, "picket_results_late_total", "counter",
           "Results that came after their slot closed.");
    value(out, in.late);
    single(out, "picket_batches_total", "counter", "Batches stored.");
    value(out, in.batches);
    single(out, "picket_batches_duplicate_total", "counter",
           "Batches that were stored already.");
    value(out, in.duplicates);
    single(out, "picket_batches_refused_total", "counter", "Batches refused.");
    value(out, in.refused);
    deliveries(out, &ob);
    single(out, "picket_store_failures_total", "counter",
           "Transactions that failed.");
    value(out, st.failures);
    single(out, "picket_store_unrecorded_total", "counter",
           "Pages sent though they could not be recorded.");
    value(out, st.unrecorded);
    single(out, "picket_store_results_bytes", "gauge", "Size of results.db.");
    value(out, (uint64_t)st.results_bytes);
    single(out, "picket_store_state_bytes", "gauge", "Size of state.db.");
    value(out, (uint64_t)st.state_bytes);
    single(out, "picket_http_crowded_total", "counter",
           "Connections closed because their address had too many without a "
           "request.");
    value(out, view->crowded);
    single(out, "picket_start_timestamp_seconds", "gauge",
           "When this controller started.");
    value_us(out, view->started.ms * 1000);
}

void
metrics(struct buf *out, const struct view *view)
{
    family(out, "picket_build_info", "gauge", "What runs here.");
    (void)buf_addf(out, "picket_build_info{version=\"%s\"} 1\n", VERSION);
    verdicts(out, view);
    checks(out, view);
    alerts(out, view);
    probes(out, view);
    controller(out, view);
}
