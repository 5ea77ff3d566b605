/*
 * The way to the target, which all requests of a run share: addresses, trust,
 * the client's certificate, a proxy, how HTTP is spoken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/client_cert.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/compile_meet.h"
#include "checks/merge.h"
#include "checks/spec.h"
#include "checks/url.h"

#define WHY_MAX 500
#define ANY_IP  "192.0.2.1" /* to ask addr_in() whether a text is a network */

static const struct conf *
from_of(const struct compile_job *job, enum spec_key key)
{
    return job->merge->value[key].from;
}

/* ---- addresses ---- */

static void
compile_addresses(struct compile_job *job)
{
    struct spec_net *net = &job->spec->net;
    const char *family = compile_text(job, SPEC_KEY_FAMILY);
    const char *resolve = compile_text(job, SPEC_KEY_RESOLVE);
    struct addr addr;

    if (str_eq(family, "4"))
        net->family = RESOLVER_V4;
    else if (str_eq(family, "6"))
        net->family = RESOLVER_V6;
    else if (!str_eq(family, "any"))
        compile_wrong(job, compile_pos(job, SPEC_KEY_FAMILY), NULL,
                      "`family` is \"any\", \"4\" or \"6\"");
    if (resolve && addr_parse(&addr, resolve, 0) != 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_RESOLVE),
                      "write \"192.0.2.7\" or \"192.0.2.7:8443\"",
                      "`resolve` takes an IP address");
    else if (resolve)
        compile_meet_family(job, &addr, compile_pos(job, SPEC_KEY_RESOLVE));
    net->resolve = str_xdup(resolve);
    compile_list(job, SPEC_KEY_ALLOW, &net->allow);
    for (size_t i = 0; i < net->allow.count; i++)
        if (addr_in(ANY_IP, net->allow.item[i]) < 0)
            compile_wrong(job, compile_pos(job, SPEC_KEY_ALLOW),
                          "write \"192.0.2.0/24\"", "`%s` is no network",
                          net->allow.item[i]);
}

/* ---- trust ---- */

/* Who says on the check itself that any certificate will do needs no inherited
 * authorities; the other way round one of the two is not meant. */
static void
check_insecure(struct compile_job *job)
{
    const struct merge_value *insecure = &job->merge->value[SPEC_KEY_INSECURE];
    const struct merge_value *ca = &job->merge->value[SPEC_KEY_CA_PEM];

    if (!job->spec->net.insecure || !ca->from)
        return;
    if (insecure->is_own && !ca->is_own)
        merge_remove(job->merge, SPEC_KEY_CA_PEM);
    else
        compile_wrong(job, (ca->is_own ? ca : insecure)->from->pos,
                      insecure->is_own == ca->is_own
                          ? "take one of them out"
                          : "write insecure = false;",
                      "with `insecure` any certificate will do, so `ca` has "
                      "no say");
}

static void
compile_trust(struct compile_job *job)
{
    struct compile_env *env = job->env;
    struct spec_net *net = &job->spec->net;
    char why[WHY_MAX] = "";

    net->insecure = compile_number(job, SPEC_KEY_INSECURE) != 0;
    check_insecure(job);
    if (!from_of(job, SPEC_KEY_CA_PEM))
        return;
    net->ca = str_xdup(compile_text(job, SPEC_KEY_CA_PEM));
    if (!str_eq(env->trust_pem, net->ca)) {
        compile_env_clear(env);
        env->trust = trust_create("", net->ca, why, sizeof(why));
        env->trust_pem = env->trust ? str_xdup(net->ca) : NULL;
    }
    if (env->trust)
        net->trust = trust_ref(env->trust);
    else
        compile_wrong(job, compile_pos(job, SPEC_KEY_CA_PEM), NULL, "%s", why);
}

/* ---- the client's certificate ---- */

static void
check_cert(struct compile_job *job)
{
    const char *cert = job->spec->net.cert;

    if (strstr(cert, "PRIVATE KEY-----"))
        compile_wrong(job, compile_pos(job, SPEC_KEY_CERT_PEM),
                      "take it out; key = \"${secret.NAME}\"; says where it is",
                      "this holds a private key, and it would travel with the "
                      "check");
    else if (!client_cert_is_readable(cert))
        compile_wrong(job, compile_pos(job, SPEC_KEY_CERT_PEM),
                      "PEM, whole: -----BEGIN CERTIFICATE-----",
                      "this holds no certificate that can be read");
}

static void
compile_cert(struct compile_job *job)
{
    struct spec_net *net = &job->spec->net;
    const struct conf *cert = from_of(job, SPEC_KEY_CERT_PEM);
    const struct conf *key = from_of(job, SPEC_KEY_KEY);

    if (cert && !key)
        compile_wrong(job, cert->pos, "write key = \"${secret.NAME}\";",
                      "a client's certificate needs its `key`");
    if (key && !cert)
        compile_wrong(job, key->pos, "write cert = \"client.pem\";",
                      "a `key` goes with a client's certificate");
    net->cert = str_xdup(compile_text(job, SPEC_KEY_CERT_PEM));
    net->key = compile_template(job, compile_text(job, SPEC_KEY_KEY));
    if (net->cert)
        check_cert(job);
    if (key)
        compile_secret_only(job, key, "a private key");
}

/* ---- the proxy ---- */

static int
parse_proxy(const struct conf *proxy, struct aim_fault *fault)
{
    static const char *const schemes[] = {"http://", "socks5://"};
    char host[AIM_HOST_MAX];
    uint16_t port = 0;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);

        if (!str_starts(proxy->text, schemes[i]))
            continue;
        if (aim_parse_endpoint(proxy->text + len, host, &port, fault) == 0)
            return 0;
        fault->offset += len;
        return -1;
    }
    *fault = (struct aim_fault){
        0, strcspn(proxy->text, ":"), "this is no proxy that can be spoken to",
        "write \"http://HOST:PORT\" or \"socks5://HOST:PORT\""};
    return -1;
}

/* "" takes an inherited one away, and who we were to it. */
static void
forgo_proxy(struct compile_job *job)
{
    static const enum spec_key whole[] = {SPEC_KEY_PROXY, SPEC_KEY_PROXY_USER,
                                          SPEC_KEY_PROXY_PASSWORD};
    const struct conf *proxy = from_of(job, SPEC_KEY_PROXY);

    if (!proxy || proxy->text[0])
        return;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (i == 0 || !job->merge->value[whole[i]].is_own)
            merge_remove(job->merge, whole[i]);
}

static void
compile_proxy(struct compile_job *job)
{
    struct spec_net *net = &job->spec->net;
    const struct conf *proxy;
    const struct conf *user;
    const struct conf *password;
    struct aim_fault fault;

    forgo_proxy(job);
    proxy = from_of(job, SPEC_KEY_PROXY);
    user = from_of(job, SPEC_KEY_PROXY_USER);
    password = from_of(job, SPEC_KEY_PROXY_PASSWORD);
    net->proxy = str_xdup(compile_text(job, SPEC_KEY_PROXY));
    net->proxy_user =
        compile_template(job, compile_text(job, SPEC_KEY_PROXY_USER));
    net->proxy_password =
        compile_template(job, compile_text(job, SPEC_KEY_PROXY_PASSWORD));
    if (proxy && parse_proxy(proxy, &fault) != 0)
        compile_aim_fault(job, proxy, &fault);
    if (user && !proxy)
        compile_wrong(job, user->pos, "write proxy = \"http://HOST:PORT\";",
                      "`proxy_user` goes with a `proxy`");
    if (password && !user)
        compile_wrong(job, password->pos, "write proxy_user = \"NAME\";",
                      "`proxy_password` goes with a `proxy_user`");
    if (password)
        compile_secret_only(job, password, "a password");
}

/* ---- how HTTP is spoken ---- */

static void
compile_speech(struct compile_job *job)
{
    struct spec_net *net = &job->spec->net;
    const char *version = compile_text(job, SPEC_KEY_HTTP_VERSION);

    if (str_eq(version, "1.1"))
        net->http_version = SPEC_HTTP_1_1;
    else if (str_eq(version, "2"))
        net->http_version = SPEC_HTTP_2;
    else if (version)
        compile_wrong(job, compile_pos(job, SPEC_KEY_HTTP_VERSION), NULL,
                      "`http_version` is \"1.1\" or \"2\"");
    net->compressed = compile_number(job, SPEC_KEY_COMPRESSED) != 0;
    net->truncated_ok = compile_number(job, SPEC_KEY_TRUNCATED_OK) != 0;
}

void
compile_net(struct compile_job *job)
{
    compile_addresses(job);
    compile_trust(job);
    compile_cert(job);
    compile_proxy(job);
    compile_speech(job);
}
