#!/bin/bash
# shape.sh - the tree's shape: layers, library doors, sizes, names, tests.
# Prints each breach with its place and the rule; exits 1 when there is one.
# An exception stands in tests/lint/exceptions as "RULE PATH  why".
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
sources=$(git ls-files '*.c' '*.h' | grep -v '^tests/')

# Layers: base < wire < checks < probe | controller < cli.
awk '
function rank(room) { return room=="base"?0: room=="wire"?1: room=="checks"?2: room=="probe"||room=="controller"?3: room=="cli"?4: -1 }
FNR==1 { split(FILENAME, p, "/"); here=p[1]; decide = FILENAME ~ /^controller\/decide\// }
/^#include "/ {
    split($2, q, "\""); inc=q[2]; split(inc, r, "/"); there=r[1]
    if (inc !~ /\//) { if (inc !~ /\.inc$|picket\.pb-c\.h/) print "layer " FILENAME ":" FNR " include by the path from the top: " inc; next }
    if (rank(there) > rank(here) || (rank(there)==rank(here) && there!=here)) print "layer " FILENAME ":" FNR " " here " may not include " inc
    if (here=="controller" && there=="checks" && inc !~ /^checks\/(spec|spec_link|catalog|subject|secret_conf)\.h$/) print "layer " FILENAME ":" FNR " the controller takes from checks/ only what parses and validates: " inc
    if (decide && inc !~ /^(base|wire|controller\/decide)\//) print "layer " FILENAME ":" FNR " decide/ knows base/ and wire/ values alone: " inc
}' $sources >>"$bad"

# Doors: a foreign header only in its few .c files, never in a .h.
doors() { # doors HEADER-PATTERN FILE...
    local pattern=$1 f
    shift
    for f in $(grep -lE "^#include [<\"]$pattern" $sources); do
        case " $* " in *" $f "*) ;; *) echo "door $f includes $pattern: its doors are $*" ;; esac
    done
}
while read -r pattern files; do
    case $pattern in ''|'#'*) continue ;; esac
    # shellcheck disable=SC2086
    doors "$pattern" $files >>"$bad"
done <tests/lint/doors

# Only base/clock.c asks the machine what time it is; nobody sleeps.
grep -nE '\b(clock_gettime|gettimeofday|time|sleep|usleep|nanosleep|getaddrinfo|gethostbyname|strtok|strtok_r|atoi|atol|sprintf|strcpy|strcat|localtime|gmtime|setlocale)\(' $sources |
    grep -vE '^base/clock\.c:' | grep -vE ':[[:space:]]*(/?\*|//)' | sed 's/^/never /' >>"$bad"
# Nor for a passphrase: base/pem.h.
grep -nE 'PEM_read_[A-Za-z0-9_]+\(.*NULL, NULL, NULL\)' $sources | sed 's/^/never /' >>"$bad"
grep -nE '#include <ctype\.h>|#include <locale\.h>' $sources | sed 's/^/never /' >>"$bad"

# Sizes.
for f in $sources; do
    n=$(wc -l <"$f")
    case $f in
    *.h) [ "$n" -le 150 ] || echo "size $f has $n lines, a header at most 150" ;;
    *) [ "$n" -le 600 ] || echo "size $f has $n lines, a .c at most 600" ;;
    esac
done >>"$bad"
ctags -x --c-kinds=f --_xformat='%{end} %n %F %N' $(printf '%s\n' $sources | grep '\.c$') 2>/dev/null |
    awk '{ n=$1-$2+1; if (n>60) print "size " $3 ":" $2 " " $4 " has " n " lines, a function at most 60" }' >>"$bad"

# Names and tests: unique base names; each .c has its test; nothing called util.
printf '%s\n' $sources | awk -F/ '{ if (seen[$NF]++) print "name " $0 " is not the only " $NF }' >>"$bad"
printf '%s\n' $sources | grep -E '/(util|utils|common|misc|helpers?|manager)\.' | sed 's/^/name /' >>"$bad"
for f in $(printf '%s\n' $sources | grep '\.c$'); do
    case $f in probe/picket_probe.c | controller/picket_controller.c | cli/picket.c) continue ;; esac
    [ -e "tests/unit/${f%.c}_test.c" ] || echo "test $f has no tests/unit/${f%.c}_test.c"
done >>"$bad"

# Tables: what stands in one is read or given somewhere.
named=$(grep -ohE '\b(SPEC_KEY|FACT|EV)_[A-Z0-9_]+' $(printf '%s\n' $sources | grep '\.c$') | sort -u)
{
    sed -nE 's/^SETTING\(([A-Z0-9_]+), "[a-z0-9_]+", SCHEMA.*/SPEC_KEY_\1/p' checks/spec_setting_*.def
    sed -nE 's/^FACT\([0-9]+, ([A-Z0-9_]+).*/FACT_\1/p' wire/fact.def
    sed -nE 's/^EVENT\(([A-Z0-9_]+).*/EV_\1/p' base/log_events.def
} | grep -vxF "$named" | sed 's/$/ stands in its table, and nothing reads or gives it/; s/^/table /' >>"$bad"

# The wire document names every message and field.
sed -n 's/^ *\(repeated \|optional \)\?[A-Za-z0-9_.]\+ \([a-z0-9_]\+\) = [0-9]\+.*/\2/p; s/^message \([A-Za-z]\+\).*/\1/p' wire/picket.proto 2>/dev/null | sort -u |
    while read -r w; do grep -qsw "$w" wire/WIRE.md || echo "wire WIRE.md does not say $w"; done >>"$bad"

left=$(while read -r line; do
    rule=${line%% *} place=$(awk '{print $2}' <<<"$line"); place=${place%%:*}
    grep -qE "^$rule +$place( |$)" tests/lint/exceptions || echo "$line"
done <"$bad")
grep -vE '^(#|$)' tests/lint/exceptions | sed 's/^/allowed: /'
[ -z "$left" ] || { printf '%s\n' "$left"; exit 1; }
