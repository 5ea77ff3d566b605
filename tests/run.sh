#!/bin/bash
# run.sh [--unit] [NAME] - run the tests that are built in $O and count them.
# Unit and scenario tests are cmocka programs; tests/e2e is pytest with real
# servers.  Closes with "N passed, N failed" and says which failed.
set -u
cd "$(dirname "$0")/.." || exit 1
O=${O:-build}
unit_only=
if [ "${1:-}" = --unit ]; then unit_only=1; shift; fi
name=${1:-}
logs=$O/test-logs
rm -rf "$logs" && mkdir -p "$logs"
export O ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:suppressions=tests/lib/tsan.supp}
# Nothing of the caller's may steer a check.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR

one() { # one PROGRAM   its log and its exit code, as files
    local key=${1#"$O"/tests/}
    key=${key//\//.}
    timeout "${TEST_TIMEOUT:-240}" "$1" >"$logs/$key.log" 2>&1
    echo $? >"$logs/$key.rc"
}
export -f one
export logs

e2e() { # e2e WORD PYTEST-OPTION...   counted into $passed and $failed
    local log=$logs/e2e-$1.log line n bad err
    shift
    /usr/bin/python3 -m pytest -q -p no:cacheprovider "$@" tests/e2e ${name:+-k "$name"} 2>&1 | tee "$log"
    line=$(tail -n 1 "$log")
    n=$(sed -n 's/.*\b\([0-9]\+\) passed.*/\1/p' <<<"$line")
    bad=$(sed -n 's/.*\b\([0-9]\+\) failed.*/\1/p' <<<"$line")
    err=$(sed -n 's/.*\b\([0-9]\+\) error.*/\1/p' <<<"$line")
    passed=$((passed + ${n:-0})) failed=$((failed + ${bad:-0} + ${err:-0}))
    [ -n "$name" ] || [ -n "$n$bad$err" ] || failed=$((failed + 1))
}

programs=$(find "$O/tests/unit" "$O/tests/scenario" -name "*${name}_test" -type f -perm -u+x 2>/dev/null | sort)
[ -z "$programs" ] || printf '%s\n' "$programs" | xargs -P "$(nproc)" -I{} bash -c 'one {}'

passed=0 failed=0
for rc in "$logs"/*.rc; do
    [ -e "$rc" ] || continue
    log=${rc%.rc}.log
    n=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
    # A program that died counts as one failure at least.
    if [ "$(cat "$rc")" != 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi
    passed=$((passed + ${n:-0})) failed=$((failed + ${bad:-0}))
    if [ "${bad:-0}" != 0 ]; then
        echo "FAILED $(basename "${log%.log}") (exit $(cat "$rc"))"
        grep -vE '^\[ +(RUN|OK) +\]' "$log" | tail -n 40 | sed 's/^/    /'
    fi
done
echo "unit and scenario: $passed passed, $failed failed"

if [ -z "$unit_only" ]; then
    e2e alone -m alone
    # The others wait more than they work: for an interval, a deadline, a lost probe.
    e2e together -m 'not alone' -n 4 --dist loadfile
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
