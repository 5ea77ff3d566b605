#!/bin/bash
# bench.sh - what a check, a probe and a controller cost on this machine.
#
# One line a figure: NAME VALUE UNIT (what it is to be held against).  Floors
# are floors.c, doing the same work in the same run; the peer is Debian's
# prometheus-blackbox-exporter, against the same servers.  CPU is user and
# system time of the one process named, not of the servers or of who drives it.
# BENCH_ROUNDS (5) flat-out rounds, of which the median counts.
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/fixture.sh
O=$(realpath "${O:-build}")
B=$O/tests/bench
CHECKS=50      # paced: of every = "1s"
PACED_S=6
WARM_S=3       # first runs, first sync
MANY=10000
INGEST=200     # batches of 1,000
trap stop_all EXIT
trap 'exit 130' INT TERM
declare -A GOT # NAME.rounds -> values

keep() { GOT[$1]="${GOT[$1]:-} $2"; }
median() { # shellcheck disable=SC2086
    printf '%s\n' ${GOT[$1]:-} | sort -g | awk '{ v[NR] = $1 } END { if (NR && v[1] != "") printf "%.1f", v[int((NR + 1) / 2)] }'
}
last() { awk '{ print $NF }' <<<"${GOT[$1]:-}"; }
# The machine's speed drifts: each round's figure is held against the floor of
# that round, and the median of those ratios counts.
ratio() { # ratio NAME FLOOR
    awk -v a="${GOT[$1]:-}" -v b="${GOT[$2]:-}" 'BEGIN {
        n = split(a, x, " "); if (split(b, y, " ") != n || n == 0) { print "?"; exit }
        for (i = 1; i <= n; i++) printf "%.4f\n", x[i] / y[i] }' | sort -g |
        awk '{ v[NR] = $1 } END { if (v[1] == "?") print "?"; else printf "%.2f", v[int((NR + 1) / 2)] }'
}

# ---- flat out ---------------------------------------------------------------

settings() { # settings KIND   of one check
    case $1 in
    http) echo "http = \"http://www.bench.test:$HTTP_PORT/\"; expect = [ \"status == 200\" ];" ;;
    http-ip) echo "http = \"http://127.0.0.1:$HTTP_PORT/\"; expect = [ \"status == 200\" ];" ;;
    https) echo "http = \"https://www.bench.test:$TLS_PORT/\"; expect = [ \"status == 200\" ];" ;;
    dns) echo "dns = \"www.bench.test\"; record = \"A\"; ask = [ \"127.0.0.1:$DNS_PORT\" ]; expect = [ \"answer == '127.0.0.1'\" ];" ;;
    dns-tcp) echo "dns = \"www.bench.test\"; record = \"A\"; transport = \"tcp\"; ask = [ \"127.0.0.1:$DNS_PORT\" ]; expect = [ \"answer == '127.0.0.1'\" ];" ;;
    tls) echo "tls = \"www.bench.test:$TLS_PORT\"; expect = [ \"days > 1\" ];" ;;
    starttls) echo "tls = \"www.bench.test:$SMTP_PORT\"; starttls = \"smtp\"; expect = [ \"days > 1\" ];" ;;
    tcp) echo "tcp = \"www.bench.test:$HTTP_PORT\";" ;;
    tcp-ip) echo "tcp = \"127.0.0.1:$HTTP_PORT\";" ;;
    esac
}

# One check by the check engine, and by the whole probe.
check() { # check KIND COUNT
    local out
    out=$("$B/check_bench" "$2" 16 "127.0.0.1:$DNS_PORT" "$CA" "$(settings "$1")") || { echo "# check $1: $out" >&2; return; }
    keep "check-$1" "$(field cpu_us <<<"$out")"
}

flat() { # flat KIND COUNT
    local out
    out=$("$B/probe_bench" "$2" 16 "127.0.0.1:$DNS_PORT" "$CA" "$(settings "$1")") || { echo "# picket $1: $out" >&2; return; }
    keep "$1" "$(field cpu_us <<<"$out")"
}

lowest() { # lowest MODE COUNT PORT ARG [CA]
    local out
    out=$("$B/floors" "$1" "$2" 16 127.0.0.1 "${@:3}") || { echo "# floor $1: $out" >&2; return; }
    keep "floor-$1" "$(field cpu_us <<<"$out")"
}

# The same by base/fetch.c alone: what of a check's cost is the exchange.
exchange() { # exchange NAME COUNT PORT URL [CA]
    local out
    out=$("$B/fetch_bench" flat "$2" 16 "${@:3}") || { echo "# fetch $1: $out" >&2; return; }
    keep "fetch-$1" "$(field cpu_us <<<"$out")"
}

in_flight() { # in_flight SCHEME LIMIT
    local out
    out=$("$B/fetch_bench" memory "$1://localhost/" "$TMP/tls/leaf.pem" "$TMP/tls/leaf.key" "$CA") || { echo "# memory $1: $out" >&2; return; }
    echo "$1_in_flight $(field bytes <<<"$out") B (RSS slope, 200 to 700 in flight; at most $2)"
}

# The kernel's own stamps on the wire are what connect times are held against.
connect_error() {
    local out
    [ "$(id -u)" = 0 ] || { echo "connect_error - (needs root: a network namespace and a packet socket)"; return; }
    out=$("$B/fetch_bench" connect "$TMP/tls/leaf.pem" "$TMP/tls/leaf.key" "$CA") || { echo "# connect: $out" >&2; return; }
    echo "connect_error $(field p99_us <<<"$out") us at p99 (50 HTTPS and 500 HTTP a second from one core, $(field cpu <<<"$out") % of it; p50 $(field p50_us <<<"$out"), worst $(field max_us <<<"$out"), of $(field matched <<<"$out"); at most 1,000)"
}

peer() { # peer NAME COUNT RATE MODULE TARGET
    local before after out
    before=$(cpu_us "$PEER")
    out=$("$B/peer_load" "$PEER_PORT" "$2" "$3" "/probe?module=$4&target=$5") || { echo "# peer $1: $out" >&2; return; }
    after=$(cpu_us "$PEER")
    keep "peer-$1" "$(awk "BEGIN { print ($after - $before) / $2 }")"
}

start_peer() {
    PEER_PORT=$(free_port)
    cat >"$TMP/peer.yml" <<Y
modules:
  http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  https: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, tls_config: {ca_file: $CA}}}
  tls: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4, tls: true, tls_config: {ca_file: $CA}}}
  tcp: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
  starttls: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4, tls_config: {ca_file: $CA, server_name: localhost}, query_response: [{expect: "^220 "}, {send: "EHLO prober\r"}, {expect: "^250[- ]STARTTLS"}, {send: "STARTTLS\r"}, {expect: "^220 "}, {starttls: true}]}}
  dns: {prober: dns, timeout: 5s, dns: {preferred_ip_protocol: ip4, query_name: www.bench.test, query_type: A, validate_answer_rrs: {fail_if_none_matches_regexp: ['127.0.0.1']}}}
Y
    start peer prometheus-blackbox-exporter --config.file="$TMP/peer.yml" --web.listen-address="127.0.0.1:$PEER_PORT" --log.level=error
    PEER=$PID
    wait_port "$PEER_PORT"
}

target() { # of the peer; localhost is its name to look up
    case $1 in
    http) echo "http://localhost:$HTTP_PORT/" ;;
    https) echo "https://localhost:$TLS_PORT/" ;;
    dns) echo "127.0.0.1:$DNS_PORT" ;;
    tls) echo "localhost:$TLS_PORT" ;;
    starttls) echo "localhost:$SMTP_PORT" ;;
    tcp) echo "localhost:$HTTP_PORT" ;;
    esac
}

round() {
    lowest curl 4000 0 "http://127.0.0.1:$HTTP_PORT/"
    check http-ip 4000
    check http 4000
    exchange http 4000 "$HTTP_PORT" "http://127.0.0.1:$HTTP_PORT/"
    flat http 4000
    peer http 600 0 http "$(target http)"
    lowest curlca 600 0 "https://localhost:$TLS_PORT/" "$CA"
    check https 600
    exchange https 600 "$TLS_PORT" "https://localhost:$TLS_PORT/" "$CA"
    flat https 600
    peer https 300 0 https "$(target https)"
    lowest cares 10000 "$DNS_PORT" www.bench.test
    lowest dnsudp 5000 "$DNS_PORT" www.bench.test
    check dns 10000
    flat dns 10000
    peer dns 600 0 dns "$(target dns)"
    lowest connect 5000 "$HTTP_PORT" -
    check tcp-ip 5000
    check tcp 5000
    flat tcp 5000
    peer tcp 600 0 tcp "$(target tcp)"
    lowest dnstcp 5000 "$DNS_PORT" www.bench.test
    check dns-tcp 5000
    lowest hs 600 "$TLS_PORT" "$CA"
    check tls 600
    check starttls 600
    flat tls 600
    peer tls 300 0 tls "$(target tls)"
    flat starttls 600
    peer starttls 300 0 starttls "$(target starttls)"
    keep_named curl
    keep_named connect
}

# What a name costs at least: two questions, each with its answer.
keep_named() { # keep_named FLOOR
    keep "floor-$1-named" "$(awk -v a="$(last "floor-$1")" -v b="$(last floor-dnsudp)" 'BEGIN { print a + 2 * b }')"
}

check_line() { # check_line KIND FLOOR LABEL   the check engine alone
    echo "$1_check_cpu $(median "check-$1") us/check ($(ratio "check-$1" "floor-$2")x $3 $(median "floor-$2"))"
}

exchange_line() { # exchange_line KIND FLOOR LABEL
    echo "$1_exchange_cpu $(median "fetch-$1") us ($(ratio "fetch-$1" "floor-$2")x $3 $(median "floor-$2"); base/fetch.c alone)"
}

line() { # line KIND   the whole probe, flat out
    echo "$1_flat_cpu $(median "$1") us/check (whole probe; blackbox $(median "peer-$1"))"
}

report_flat() {
    check_line http-ip curl 'libcurl multi'
    check_line http curl-named 'libcurl multi and two raw queries'
    check_line https curlca 'libcurl multi, CAPATH cleared'
    exchange_line http curl 'libcurl multi'
    exchange_line https curlca 'libcurl multi, CAPATH cleared'
    in_flight http 20,000
    in_flight https 80,000
    connect_error
    check_line dns dnsudp 'a raw query on a fresh socket, 16 in flight,'
    echo "dns_floor_kept $(median floor-cares) us (c-ares, one kept socket)"
    check_line dns-tcp dnstcp 'a raw query over a fresh connection'
    check_line tcp-ip connect 'a bare connect'
    check_line tcp connect-named 'a bare connect and two raw queries'
    check_line tls hs 'an OpenSSL handshake'
    check_line starttls hs 'an OpenSSL handshake, without the words before it,'
    for k in http https dns tcp tls starttls; do line "$k"; done
}

# ---- the daemons -------------------------------------------------------------

checks() { # checks COUNT EVERY SETTINGS   c0, c1, ... in the configuration
    local i
    {
        printf 'picket = 1;\ncontroller = { listen = "127.0.0.1:%s"; probes = { listen = "127.0.0.1:%s"; }; };\n' "$WEB_PORT" "$PROBES_PORT"
        printf 'regions = { fra = { name = "Frankfurt"; }; };\ndefaults = { every = "%s"; timeout = "1s"; };\nchecks = {\n' "$2"
        for ((i = 0; i < $1; i++)); do printf 'c%d = { %s };\n' "$i" "$3"; done
        echo '};'
    } >"$TMP/picket.conf"
}

give() { # give COUNT EVERY SETTINGS   to the probe, through a reload
    local before
    before=$(grep -c ASSIGNED "$TMP/probe.log")
    checks "$@"
    kill -HUP "$CONTROLLER"
    until [ "$(grep -c ASSIGNED "$TMP/probe.log")" -gt "$before" ]; do sleep 0.1; done
}

stored() { curl -s --noproxy '*' -H "Authorization: Bearer $KEY" "http://127.0.0.1:$WEB_PORT/metrics" | awk '/^picket_results_total/ { print $2 }'; }

start_controller() {
    start controller "$O/picket-controller" --config "$TMP/picket.conf" --data "$TMP/data"
    CONTROLLER=$PID
    wait_port "$PROBES_PORT"
}

start_daemons() {
    WEB_PORT=$(free_port) PROBES_PORT=$(free_port)
    checks 0 1s ''
    start_controller || return 1
    KEY=$(cat "$TMP/data/operator.key")
    "$O/picket" probe invite fra --data "$TMP/data" >"$TMP/invite" || return 1
    "$O/picket" probe join --file "$TMP/invite" --dir "$TMP/probe" --config "$TMP/probe.conf" >"$TMP/join.log" 2>&1 || return 1
    sed -i "s/^probe = {/&\n  resolvers = \"127.0.0.1:$DNS_PORT\";/" "$TMP/probe.conf"
    start probe "$O/picket-probe" --config "$TMP/probe.conf"
    PROBE=$PID
}

paced() { # paced KIND [SETTINGS]
    local before after n0 n1 p0 p1
    give "$CHECKS" 1s "$(settings "$1") ${2:-}"
    sleep "$WARM_S"
    before=$(cpu_us "$PROBE") n0=$(stored)
    p0=$(cpu_us "$CONTROLLER")
    sleep "$PACED_S"
    after=$(cpu_us "$PROBE") n1=$(stored)
    p1=$(cpu_us "$CONTROLLER")
    keep "paced-$1" "$(awk "BEGIN { print ($after - $before) / ($n1 - $n0) }")"
    keep "controller-$1" "$(awk "BEGIN { print ($p1 - $p0) / ($n1 - $n0) }")"
    peer "paced-$1" "$((CHECKS * PACED_S))" "$CHECKS" "$1" "$(target "$1")"
    echo "$1_paced_cpu $(median "paced-$1") us/check ($((n1 - n0)) in $PACED_S s; controller $(median "controller-$1"); blackbox $(median "peer-paced-$1"))"
}

measure_probe() {
    sleep "$WARM_S"
    echo "probe_rss_idle $(rss_kib "$PROBE") KiB (joined, no checks)"
    paced http
    paced https "ca = \"$CA\";"
    paced dns
    paced tls "ca = \"$CA\";"
    local before after n0 n1
    give "$MANY" 5m "$(settings http)"
    sleep 12 # every text compiled, and the first runs under way
    before=$(cpu_us "$PROBE") n0=$(stored)
    sleep "$PACED_S"
    after=$(cpu_us "$PROBE") n1=$(stored)
    echo "probe_rss_$MANY $(rss_kib "$PROBE") KiB ($MANY checks assigned, their first runs under way)"
    echo "http_paced_${MANY}_cpu $(awk "BEGIN { printf \"%.1f\", ($after - $before) / ($n1 - $n0) }") us/check ($((n1 - n0)) in $PACED_S s)"
    stop "$PROBE"
}

# The controller alone, before and after: its files are whole when it has ended.
db_bytes() { cat "$TMP"/data/results.db* | wc -c; }

measure_ingest() {
    local before after n0 out
    checks "$CHECKS" 1s "$(settings http)"
    stop "$CONTROLLER"
    n0=$(db_bytes)
    start_controller || return
    before=$(cpu_us "$CONTROLLER")
    out=$("$B/ingest_bench" "https://127.0.0.1:$PROBES_PORT" "$TMP/probe/identity" "$INGEST" "$CHECKS") || { echo "# ingest: $out" >&2; return; }
    after=$(cpu_us "$CONTROLLER")
    stop "$CONTROLLER"
    echo "ingest_rate $(field results_s <<<"$out") results/s (mTLS, batches of 1,000, 3 in flight, committed)"
    echo "ingest_cpu $(awk "BEGIN { printf \"%.2f\", ($after - $before) / $INGEST / 1000 }") us/result (controller)"
    echo "wire_bytes $(field wire_bytes <<<"$out") B/result (as sent)"
    echo "stored_bytes $(awk "BEGIN { printf \"%.1f\", ($(db_bytes) - $n0) / $INGEST / 1000 }") B/result (growth of results.db)"
}

fixture_start || exit 1
CA=$TMP/tls/ca.pem
start_peer || exit 1
echo "# $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), kernel $(uname -r | cut -d- -f1), $(date -u +%F)"
for _ in $(seq "${BENCH_ROUNDS:-5}"); do round; done
report_flat
start_daemons || { cat "$TMP"/*.log >&2; exit 1; }
measure_probe
measure_ingest
