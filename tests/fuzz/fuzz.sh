#!/bin/sh
# fuzz.sh F [SECONDS] - run the fuzz target tests/fuzz/F_fuzz.c on its corpus.
# What it finds new stays in build-fuzz/F/corpus; a crasher is written to
# build-fuzz/F/ and belongs into tests/fuzz/corpus/F/ once it is mended.  Without F: all, in turn.
set -eu
cd "$(dirname "$0")/../.."
seconds=${2:-60}
if [ -z "${1:-}" ]; then
    for target in tests/fuzz/*_fuzz.c; do
        "$0" "$(basename "$target" _fuzz.c)" "$seconds"
    done
    exit 0
fi
target=$1
out=build-fuzz/$target
san=address,undefined
# The Makefile's list of libraries, over its continued lines.
libs=$(awk '/^PKGS/ { on = 1; $1 = $2 = "" }
    on { more = sub(/\\$/, ""); print; if (!more) exit }' Makefile)
[ -f "tests/fuzz/${target}_fuzz.c" ] || {
    echo "fuzz.sh: no tests/fuzz/${target}_fuzz.c" >&2
    exit 64
}
make -s O=build-fuzz CC=clang SAN=fuzzer-no-link,$san build-fuzz/libpicket.a
mkdir -p "$out/corpus" "tests/fuzz/corpus/$target"
# shellcheck disable=SC2046,SC2086
clang -std=c11 -D_GNU_SOURCE -I. -Ibuild-fuzz -O1 -g \
    -fsanitize=fuzzer,$san -fno-sanitize-recover=all \
    -o "$out/fuzz" "tests/fuzz/${target}_fuzz.c" build-fuzz/libpicket.a \
    $(pkg-config --cflags --libs $libs) -lpthread -lm
exec "$out/fuzz" -max_total_time="$seconds" -timeout=10 -max_len=8192 \
    -rss_limit_mb=1024 -artifact_prefix="$out/" "$out/corpus" "tests/fuzz/corpus/$target"
