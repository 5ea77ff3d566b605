#include "controller/config_table.h"

#include "base/clock.h"
#include "controller/config.h"

#define DAY_NS   (86400 * NS_PER_S)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define LATER(x)                                                               \
    {                                                                          \
        x, .type = SCHEMA_LATER                                                \
    }
#define TABLE(id, text)                                                        \
    const struct schema config_table_##id = {                                  \
        .what = (text), .rows = (id), .count = COUNT(id)}

static const struct schema_row probes[] = {
    {"listen", SCHEMA_TEXT, .fallback = "127.0.0.1:8788",
     .example = "\"0.0.0.0:8788\"", .help = "where probes connect, mutual TLS",
     .at = SCHEMA_AT(struct config, probes_listen)},
    {"url", SCHEMA_TEXT, .example = "\"https://picket.example.com:8788\"",
     .help = "the same as probes reach it",
     .at = SCHEMA_AT(struct config, probes_url)},
};
static const struct schema probes_table = {
    .what = "`probes`", .rows = probes, .count = COUNT(probes)};

static const struct schema_row tls[] = {
    {"cert", SCHEMA_TEXT, .example = "\"/etc/picket/tls.crt\"",
     .help = "certificate chain of `listen`, PEM",
     .at = SCHEMA_AT(struct config, tls_cert)},
    {"key_file", SCHEMA_TEXT, .example = "\"/etc/picket/tls.key\"",
     .help = "its key", .at = SCHEMA_AT(struct config, tls_key)},
};
static const struct schema tls_table = {
    .what = "`tls`", .rows = tls, .count = COUNT(tls)};

static const struct schema_row keep[] = {
    {"results", SCHEMA_DURATION, .min = DAY_NS / 24, .max = 3660 * DAY_NS,
     .fallback = "30d", .example = "\"30d\"", .help = "raw results",
     .at = SCHEMA_AT(struct config, keep_results_ns)},
    {"evidence", SCHEMA_DURATION, .min = DAY_NS / 24, .max = 3660 * DAY_NS,
     .fallback = "14d", .example = "\"14d\"", .help = "evidence of failures",
     .at = SCHEMA_AT(struct config, keep_evidence_ns)},
    LATER("rollups"),
};
static const struct schema keep_table = {
    .what = "`keep`", .rows = keep, .count = COUNT(keep)};

static const struct schema_row mail[] = {
    {"server", SCHEMA_TEXT, .example = "\"smtps://mail.example.com:465\"",
     .help = "smtp:// or smtps://",
     .at = SCHEMA_AT(struct config, mail.server)},
    {"from", SCHEMA_TEXT, .example = "\"picket@example.com\"", .help = "sender",
     .at = SCHEMA_AT(struct config, mail.from)},
    {"user", SCHEMA_TEXT, .example = "\"picket\"", .help = "login",
     .at = SCHEMA_AT(struct config, mail.user)},
    {"password", SCHEMA_TEXT, .example = "\"${secret.mail}\"",
     .help = "a secret", .at = SCHEMA_AT(struct config, mail.password)},
};
static const struct schema mail_table = {
    .what = "`mail`", .rows = mail, .count = COUNT(mail)};

static const struct schema_row controller[] = {
    {"listen", SCHEMA_TEXT, .fallback = "127.0.0.1:8787",
     .example = "\"0.0.0.0:8787\"", .help = "people and programs",
     .at = SCHEMA_AT(struct config, listen)},
    {"probes", SCHEMA_GROUP, .sub = &probes_table,
     .example = "{ listen = \"0.0.0.0:8788\"; }",
     .help = "where probes come in"},
    {"public_url", SCHEMA_TEXT, .example = "\"https://picket.example.com\"",
     .help = "used in every link", .at = SCHEMA_AT(struct config, public_url)},
    {"data_dir", SCHEMA_TEXT, .fallback = "/var/lib/picket",
     .example = "\"/var/lib/picket\"", .help = "databases and keys",
     .at = SCHEMA_AT(struct config, data_dir)},
    {"tls", SCHEMA_GROUP, .sub = &tls_table,
     .example = "{ cert = \"tls.crt\"; key_file = \"tls.key\"; }",
     .help = "HTTPS for `listen`"},
    {"keep", SCHEMA_GROUP, .sub = &keep_table,
     .example = "{ results = \"30d\"; }", .help = "how long what is kept"},
    {"metrics", SCHEMA_TEXT, .example = "\"127.0.0.1:9787\"",
     .help = "own listener of /metrics; without it `listen` with the key",
     .at = SCHEMA_AT(struct config, metrics_listen)},
    {"mail", SCHEMA_GROUP, .sub = &mail_table,
     .example = "{ server = \"smtps://mail.example.com:465\"; }",
     .help = "how mail is sent"},
    LATER("otlp"),
    LATER("store"),
};
TABLE(controller, "`controller`");

static const struct schema_row region[] = {
    {"name", SCHEMA_TEXT, .example = "\"Frankfurt\"", .help = "for people",
     .at = SCHEMA_AT(struct config_region, name)},
    {"country", SCHEMA_TEXT, .max = 2, .example = "\"DE\"",
     .help = "ISO 3166 code", .at = SCHEMA_AT(struct config_region, country)},
};
TABLE(region, "a region");

static const struct schema_row person[] = {
    {"name", SCHEMA_TEXT, .example = "\"Ana R.\"", .help = "for people",
     .at = SCHEMA_AT(struct config_person, name)},
    {"email", SCHEMA_TEXT, .example = "\"ana@example.com\"",
     .help = "where pages go", .at = SCHEMA_AT(struct config_person, email)},
    LATER("sms"),
    LATER("tz"),
    LATER("reach"),
    LATER("phone"),
};
TABLE(person, "a person");

static const struct schema_row channel[] = {
    {"terminal", SCHEMA_BOOL, .example = "true",
     .help = "lines on the controller's own output",
     .at = SCHEMA_AT(struct config_place, is_terminal)},
    {"webhook", SCHEMA_TEXT, .example = "\"https://hooks.example.com/x\"",
     .help = "a signed POST", .at = SCHEMA_AT(struct config_place, webhook)},
    {"secret", SCHEMA_TEXT, .example = "\"${secret.hook}\"",
     .help = "signs the webhook", .at = SCHEMA_AT(struct config_place, secret)},
    {"email", SCHEMA_TEXT, .example = "\"ops@example.com\"",
     .help = "a message by controller.mail",
     .at = SCHEMA_AT(struct config_place, email)},
    LATER("slack"),
    LATER("pagerduty"),
    LATER("twilio"),
    LATER("token"),
    LATER("from"),
    LATER("teams"),
    LATER("telegram"),
    LATER("opsgenie"),
    LATER("ntfy"),
    LATER("exec"),
    LATER("format"),
};
TABLE(channel, "a channel");

static const struct schema_row step[] = {
    {"notify", SCHEMA_TEXTS, .max = 50, .example = "[ \"channel:ops\" ]",
     .help = "channel:NAME or person:NAME",
     .at = SCHEMA_AT(struct config_step, notify),
     .count_at = SCHEMA_AT(struct config_step, notify_count)},
    {"wait", SCHEMA_DURATION, .min = 0, .max = 7 * DAY_NS, .fallback = "5m",
     .example = "\"5m\"", .help = "before the next step",
     .at = SCHEMA_AT(struct config_step, wait_ns)},
    {"repeat", SCHEMA_INT, .min = 1, .max = 100, .example = "3",
     .help = "how often the last step is repeated",
     .at = SCHEMA_AT(struct config_step, repeat)},
};
TABLE(step, "a step");

static const struct schema_row alert[] = {
    {"on", SCHEMA_TEXT, .example = "\"down\"",
     .help = "down, partial, degraded or unknown; `for 5m` after it",
     .at = SCHEMA_AT(struct config_rule, on)},
    {"severity", SCHEMA_TEXT, .fallback = "page", .example = "\"page\"",
     .help = "page or ticket", .at = SCHEMA_AT(struct config_rule, severity)},
    {"checks", SCHEMA_TEXTS, .max = 100, .example = "[ \"shop-*\" ]",
     .help = "names or patterns; without them all",
     .at = SCHEMA_AT(struct config_rule, checks),
     .count_at = SCHEMA_AT(struct config_rule, check_count)},
    {"tags", SCHEMA_TEXTS, .max = 50, .example = "[ \"prod\" ]",
     .help = "checks with one of these",
     .at = SCHEMA_AT(struct config_rule, tags),
     .count_at = SCHEMA_AT(struct config_rule, tag_count)},
    LATER("slos"),
    LATER("policy"),
};
TABLE(alert, "an alert");

static const struct schema_row component[] = {
    {"name", SCHEMA_TEXT, .example = "\"Web shop\"", .help = "for people",
     .at = SCHEMA_AT(struct config_component, name)},
    {"description", SCHEMA_TEXT, .example = "\"What customers see\"",
     .help = "for people",
     .at = SCHEMA_AT(struct config_component, description)},
    {"checks", SCHEMA_TEXTS, .max = 100, .example = "[ \"home\", \"api-*\" ]",
     .help = "names or patterns",
     .at = SCHEMA_AT(struct config_component, checks),
     .count_at = SCHEMA_AT(struct config_component, check_count)},
};
TABLE(component, "a component");

static const struct schema_row page[] = {
    {"title", SCHEMA_TEXT, .fallback = "Status", .example = "\"Shop status\"",
     .help = "on top of the page", .at = SCHEMA_AT(struct config_page, title)},
    {"path", SCHEMA_TEXT, .fallback = "/status", .example = "\"/status\"",
     .help = "where it is served", .at = SCHEMA_AT(struct config_page, path)},
    {"components", SCHEMA_MAP, .sub = &config_table_component,
     .example = "{ shop = { checks = [ \"home\" ]; }; }",
     .help = "what the page shows, by name"},
};
TABLE(page, "a status page");

static const struct schema_row root[] = {
    {"picket", SCHEMA_INT, .min = 1, .max = 1, .example = "1",
     .help = "version of the configuration; on top of each file"},
    {"include", SCHEMA_TEXTS, .example = "[ \"checks/*.conf\" ]",
     .help = "further files, as patterns, beside this one"},
    {"controller", SCHEMA_GROUP, .sub = &config_table_controller,
     .example = "{ listen = \"127.0.0.1:8787\"; }", .help = "the controller"},
    {"regions", SCHEMA_MAP, .sub = &config_table_region,
     .example = "{ fra = { name = \"Frankfurt\"; }; }",
     .help = "where probes stand; without them what the checks name"},
    {"secrets", SCHEMA_GROUP,
     .example = "{ mail = { credential = \"mail\"; }; }",
     .help = "where secrets are, never what they are"},
    {"defaults", SCHEMA_GROUP, .example = "{ every = \"60s\"; }",
     .help = "settings every check starts from"},
    {"templates", SCHEMA_GROUP, .example = "{ api = { ... }; }",
     .help = "named sets of settings to inherit by `like`"},
    {"checks", SCHEMA_GROUP,
     .example = "{ home = { http = \"https://example.com/\"; }; }",
     .help = "what is watched, by name"},
    {"people", SCHEMA_MAP, .sub = &config_table_person,
     .example = "{ ana = { email = \"ana@example.com\"; }; }",
     .help = "who can be told, by name"},
    {"channels", SCHEMA_MAP, .sub = &config_table_channel,
     .example = "{ ops = { terminal = true; }; }",
     .help = "where messages go, by name"},
    {"policies", SCHEMA_GROUP,
     .example = "{ web = { first = { notify = [ \"channel:ops\" ]; }; }; }",
     .help = "who is told, in which order; with roads `page` and `ticket`, or "
             "steps for both"},
    {"alerts", SCHEMA_MAP, .sub = &config_table_alert,
     .example = "{ down = { on = \"down\"; }; }",
     .help = "what opens an incident; without them `down` does, as a page"},
    {"status", SCHEMA_MAP, .sub = &config_table_page,
     .example = "{ shop = { title = \"Shop\"; }; }",
     .help = "status pages; without them one of all checks"},
    /* probe/settings.c looks at it; here so that one folder may hold both. */
    {"probe", SCHEMA_GROUP, .example = "{ name = \"fra-1\"; }",
     .help = "a probe, in a file of its own"},
    LATER("slos"),
    LATER("schedules"),
    LATER("maintenance"),
    LATER("silences"),
    LATER("owner"),
};
TABLE(root, "a configuration file");
