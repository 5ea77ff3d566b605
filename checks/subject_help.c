#include "checks/subject_help.h"

/* clang-format off */
static const struct subject_help all[] = {
    [SUBJECT_STATUS] = {"the status of the last answer", "status in 200 204"},
    [SUBJECT_HEADER] = {"a header of the answer, its name in any case; one value a line of it", "header content-type contains 'json'"},
    [SUBJECT_COOKIE] = {"the value of a cookie the answers set", "cookie session exists"},
    [SUBJECT_BODY] = {"the body, decoded", "body contains 'Add to basket'"},
    [SUBJECT_JSON] = {"what the path (RFC 9535) finds in the body, every value of it; objects and arrays as compact text", "json $.items[0].price >= 0"},
    [SUBJECT_TIME] = {"the whole run", "time < 800ms"},
    [SUBJECT_TIME_DNS] = {"looking the name up", "time.dns < 100ms"},
    [SUBJECT_TIME_CONNECT] = {"connecting", "time.connect < 200ms"},
    [SUBJECT_TIME_TLS] = {"the TLS handshake", "time.tls < 200ms"},
    [SUBJECT_TIME_WAIT] = {"from the request to the first byte of the answer", "time.wait < 500ms"},
    [SUBJECT_TIME_RECEIVE] = {"from the first byte of the answer to its last", "time.receive < 1s"},
    [SUBJECT_SIZE] = {"the size of the body, decoded", "size < 1MiB"},
    [SUBJECT_HTTP_VERSION] = {"the version of the answer: 1.0, 1.1, 2", "http_version == 2"},
    [SUBJECT_IP] = {"the address that answered", "ip in 192.0.2.0/24"},
    [SUBJECT_REDIRECTS] = {"the redirects that were followed", "redirects <= 1"},
    [SUBJECT_DAYS] = {"whole days until the server's certificate ends", "days > 21"},
    [SUBJECT_CHAIN_DAYS] = {"whole days until the first certificate of the verified path ends, its root included; when nothing could be verified, of what was sent", "chain.days > 21"},
    [SUBJECT_SENT_DAYS] = {"whole days until the first of the certificates that the server sent ends, also of those that nobody needs", "chain.sent_days > 21"},
    [SUBJECT_PROTOCOL] = {"the TLS version: 1.2, 1.3", "protocol >= 1.2"},
    [SUBJECT_ISSUER] = {"the common name of who signed the server's certificate, the bare name without `CN=`; the whole name when it has none", "issuer == 'R11'"},
    [SUBJECT_SUBJECT] = {"the common name of the server's certificate, like `issuer`", "subject == 'shop.example.com'"},
    [SUBJECT_SAN] = {"the names in the server's certificate, one value a name", "san contains 'shop.example.com'"},
    [SUBJECT_SPKI] = {"SHA-256 of the server's public key, base64", "spki == 'qvHNXa9bMJ1zYk3yD8VqHAn5bYV2yTTtDsnyHTbKPY0='"},
    [SUBJECT_KEY_BITS] = {"the length of the server's key", "key.bits >= 2048"},
    [SUBJECT_KEY_TYPE] = {"the kind of the server's key", "key.type == EC"},
    [SUBJECT_ALPN] = {"the application protocol both agreed on", "alpn == 'h2'"},
    [SUBJECT_CIPHER] = {"the cipher suite in use", "cipher contains 'AES'"},
    [SUBJECT_OCSP] = {"what the OCSP response stapled to the handshake says, verified: good, revoked, unknown, stale (out of its dates), invalid, missing", "ocsp == good"},
    [SUBJECT_OCSP_LEFT] = {"the time until the stapled response is to be renewed; absent without one, or when it names no time", "ocsp.left > 12h"},
    [SUBJECT_VERSIONS] = {"the TLS versions the server accepts, one value a version, with `scan = true`", "every versions >= 1.2"},
    [SUBJECT_CLIENT_CERT] = {"whether the server asked for a client certificate: none, asked, given (asked for, and presented)", "client_cert == asked"},
    [SUBJECT_RCODE] = {"the response code", "rcode == NOERROR"},
    [SUBJECT_ANSWERS] = {"how many records of the asked type came", "answers >= 2"},
    [SUBJECT_ANSWER] = {"the records as text, one value a record", "answer == '192.0.2.1'"},
    [SUBJECT_TTL] = {"dns: seconds a record may be kept, one value a record; icmp: hops the newest reply had left", "ttl >= 60"},
    [SUBJECT_AA] = {"the server is responsible for the zone", "aa"},
    [SUBJECT_AD] = {"the server vouches for the answer by DNSSEC", "ad"},
    [SUBJECT_TRUNCATED] = {"the answer was cut and asked again over TCP", "not truncated"},
    [SUBJECT_LOSS] = {"percent of the packets that were not answered", "loss <= 34"},
    [SUBJECT_RTT] = {"the mean round trip of the packets", "rtt < 80ms"},
    [SUBJECT_RTT_MIN] = {"the fastest round trip", "rtt.min < 50ms"},
    [SUBJECT_RTT_MAX] = {"the slowest round trip", "rtt.max < 200ms"},
    [SUBJECT_SERIAL] = {"the zone's serial (SOA) at the server", "serial >= 2026010100"},
    [SUBJECT_DNSSEC] = {"what our own validation of the server's answer says: secure, insecure (proven not signed), bogus, indeterminate", "dnssec == secure"},
    [SUBJECT_RRSIG_DAYS] = {"whole days until the first signature over the answer ends", "rrsig.days >= 3"},
    [SUBJECT_SERVERS_AGREE] = {"all servers that answer have the same records and response code, order and TTL aside", "all servers agree"},
    [SUBJECT_SERIAL_AGREES] = {"the zone's serial is the same at all servers", "serial agrees"},
    [SUBJECT_DELEGATION_AGREES] = {"the parent zone's servers name the same servers for the zone as each of those does, and their addresses (glue) are the zone's own", "delegation agrees"},
    [SUBJECT_SERVERS] = {"how many servers were asked", "servers >= 4"},
    [SUBJECT_SERVERS_FAILED] = {"how many of them gave no usable answer; asking it, those that fail do not fail the run by themselves", "servers.failed <= 1"},
    [SUBJECT_OUTPUT] = {"exec: all that the plugin printed; push: what the job said", "output contains 'synchronised'"},
    [SUBJECT_PERF] = {"a figure of the plugin's performance data, by its label, without its unit", "perf load1 < 4"},
    [SUBJECT_EXIT] = {"the plugin's exit code; an expectation that asks for it judges it alone: a code that it allows is no fault", "exit == 0"},
    [SUBJECT_HEALTH] = {"what the health service says of the service", "health == SERVING"},
    [SUBJECT_GRPC_STATUS] = {"how the call ended", "grpc.status == OK"},
    [SUBJECT_GRPC_MESSAGE] = {"the words that came with that end", "grpc.message contains 'unknown service'"},
    [SUBJECT_MESSAGE] = {"the messages heard, one value a message; the run goes on until what is expected of them holds", "message contains 'welcome'"},
    [SUBJECT_MESSAGES] = {"how many messages were heard", "messages >= 2"},
    [SUBJECT_SUBPROTOCOL] = {"the subprotocol the server chose", "subprotocol == 'graphql-ws'"},
    [SUBJECT_CLOSE] = {"the code with which the server closed", "close == 1000"},
    [SUBJECT_BANNER] = {"what the server said, without its last line end", "banner ~ '^220 '"},
};

/* clang-format on */

struct subject_help
subject_help_of(enum subject subject)
{
    size_t at = (size_t)subject;

    return at < sizeof(all) / sizeof(all[0]) ? all[at]
                                             : (struct subject_help){0};
}
