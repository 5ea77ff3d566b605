#!/bin/bash
# lint.sh - shape, format, compiler and static analysis; the first breach of
# each kind is shown, all are counted.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
rc=0
step() { # step NAME CMD...
    local name=$1
    shift
    if "$@" >"$O/lint-$name.log" 2>&1; then
        echo "lint $name: ok"
        grep '^allowed: ' "$O/lint-$name.log"
    else
        echo "lint $name: FAILED"
        tail -n "${LINT_LINES:-40}" "$O/lint-$name.log"
        rc=1
    fi
}
mkdir -p "$O"
all=$(git ls-files '*.c' '*.h')
code=$(git ls-files '*.c' | grep -v '^tests/')
headers=$(git ls-files '*.h')
flags="-std=c11 -D_GNU_SOURCE -I. -I$O -Itests/lib $(pkg-config --cflags libcurl libcares openssl libconfig libevent_core sqlite3 libprotobuf-c jansson libzstd libpcre2-8 libpsl)"

alone() { # every header compiles by itself
    local h bad=0
    for h in $headers; do
        # shellcheck disable=SC2086
        printf '#include "%s"\n' "$h" | gcc $flags -Wall -Wextra -Werror -fsyntax-only -x c - || bad=1
    done
    return $bad
}
tidy() { # a process a file; what it says at length is in lint-tidy.all
    # shellcheck disable=SC2086
    printf '%s\n' $code | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- $flags >"$O/lint-tidy.all" 2>&1 && return
    grep -E ': (error|warning): |^Error' "$O/lint-tidy.all"
    return 1
}
step shape tests/lint/shape.sh
# shellcheck disable=SC2086
step format clang-format --dry-run -Werror $all
step build make -s O="$O" WERROR=-Werror all
step docs tests/lint/docs.sh
step headers alone
step cppcheck cppcheck -q --error-exitcode=1 --inline-suppr --std=c11 -I. -I"$O" --suppressions-list=tests/lint/cppcheck \
    --enable=warning,performance,portability base wire checks probe controller cli
[ -n "${LINT_FAST:-}" ] || step tidy tidy
exit $rc
