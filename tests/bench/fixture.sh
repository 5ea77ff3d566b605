# shellcheck shell=bash disable=SC2034
# fixture.sh - sourced by bench.sh: real servers on loopback, on ports that are
# free, in a folder that goes with them; all ended by their pids.
#
#   fixture_start    sets HTTP_PORT (a page of 956 bytes), TLS_PORT (the same
#                    over TLS 1.3, P-256), DNS_PORT (zone bench.test) and
#                    SMTP_PORT (STARTTLS, the same certificate);
#                    www.bench.test and localhost are in the certificate
#   start NAME CMD   in the background; its pid in $PID, its output in NAME.log
#   stop_all         ends whatever start() started
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR
TMP=$(mktemp -d)
PIDS=()

start() {
    local name=$1
    shift
    "$@" >"$TMP/$name.log" 2>&1 &
    PID=$!
    PIDS+=("$PID")
}

stop() { # stop PID, and wait for its end
    kill "$1" 2>/dev/null && wait "$1" 2>/dev/null
    return 0
}

stop_all() {
    local p
    for p in ${PIDS[@]+"${PIDS[@]}"}; do stop "$p"; done
    PIDS=()
    rm -rf "$TMP"
}

free_port() { # above the ports the kernel gives to clients by itself
    local p
    while :; do
        p=$((10000 + RANDOM % 20000))
        ss -Hltun "( sport = :$p )" | grep -q . || break
    done
    echo "$p"
}

wait_port() {
    local i
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    return 1
}

make_ca() {
    local d=$TMP/tls new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    mkdir "$d"
    # shellcheck disable=SC2086
    openssl req -x509 $new -days 30 -subj '/CN=bench ca' -addext basicConstraints=critical,CA:TRUE \
        -keyout "$d/ca.key" -out "$d/ca.pem" 2>/dev/null
    # shellcheck disable=SC2086
    openssl req $new -subj /CN=localhost -keyout "$d/leaf.key" -out "$d/leaf.csr" 2>/dev/null
    printf 'subjectAltName=DNS:localhost,DNS:www.bench.test,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >"$d/ext"
    openssl x509 -req -in "$d/leaf.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial -days 20 -extfile "$d/ext" \
        -out "$d/leaf.pem" 2>/dev/null
}

start_nginx() {
    local d=$TMP/nginx
    mkdir -p "$d/www"
    { printf '<!doctype html><title>shop</title><h1>Shop is open</h1>\n'; head -c 900 /dev/zero | tr '\0' x; } >"$d/www/index.html"
    cat >"$d/nginx.conf" <<N
daemon off; worker_processes 1; pid $d/pid; error_log $d/error.log;
$([ "$(id -u)" = 0 ] && echo 'user root;')
events { worker_connections 2048; }
http {
  access_log off; default_type text/html; tcp_nodelay on;
  client_body_temp_path $d/a; proxy_temp_path $d/b; fastcgi_temp_path $d/c; uwsgi_temp_path $d/d; scgi_temp_path $d/e;
  server {
    listen 127.0.0.1:$HTTP_PORT backlog=2048; listen 127.0.0.1:$TLS_PORT ssl backlog=2048;
    ssl_certificate $TMP/tls/leaf.pem; ssl_certificate_key $TMP/tls/leaf.key; ssl_protocols TLSv1.3;
    root $d/www;
  }
}
N
    start nginx nginx -e "$d/error.log" -c "$d/nginx.conf"
}

start_knot() {
    local d=$TMP/knot
    mkdir -p "$d"
    printf '%s\n' "\$ORIGIN bench.test." "\$TTL 60" '@ SOA ns root 1 3600 600 86400 60' '@ NS ns' 'ns A 127.0.0.1' \
        'www A 127.0.0.1' >"$d/zone"
    cat >"$d/knot.conf" <<K
server:
    rundir: $d
    listen: 127.0.0.1@$DNS_PORT
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: $d
zone:
  - domain: bench.test
    storage: $d
    file: zone
K
    start knot knotd -c "$d/knot.conf"
}

# aiosmtpd: what it costs itself is not counted.
start_smtp() {
    start smtp /usr/bin/python3 -u tests/e2e/servers.py smtp_tls 127.0.0.1 "$SMTP_PORT" "$TMP/tls/leaf.pem" "$TMP/tls/leaf.key"
}

fixture_start() {
    HTTP_PORT=$(free_port) TLS_PORT=$(free_port) DNS_PORT=$(free_port) SMTP_PORT=$(free_port)
    make_ca
    start_nginx
    start_knot
    start_smtp
    wait_port "$HTTP_PORT" && wait_port "$TLS_PORT" && wait_port "$DNS_PORT" && wait_port "$SMTP_PORT"
}

# User and system time so far, in us; the kernel counts it in steps of 10 ms.
cpu_us() { awk '{ sub(/^.*\) /, ""); print ($12 + $13) * 10000 }' "/proc/$1/stat"; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
field() { tr ' ' '\n' | sed -n "s/^$1=//p"; }
