#!/bin/bash
# docs.sh - the pages that `picket explain --page` makes: docs/configuration.md,
# docs/reasons.md, docs/log.md, and the table of subjects in
# docs/expectations.md.
# Without argument: fails when a committed page is not what the tables give.
# With "write": writes them.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
rc=0
page() { "$O/picket" explain --page "$1" || exit 1; }
page configuration >"$new/configuration.md" || exit 1
page reasons >"$new/reasons.md" || exit 1
page log >"$new/log.md" || exit 1
page subjects >"$new/subjects" || exit 1
# From the marker that the table begins with to the line after its last row.
awk -v table="$new/subjects" '
/^<!-- Made by/ { while ((getline line <table) > 0) print line; inside = 1; seen = 1; next }
inside && $0 != "" && !/^\|/ { inside = 0; print "" }
!inside { print }
END { exit !seen }' docs/expectations.md >"$new/expectations.md" ||
    { echo "docs/expectations.md: the marker of its table of subjects is gone"; exit 1; }
for f in configuration.md reasons.md log.md expectations.md; do
    cmp -s "$new/$f" "docs/$f" && continue
    if [ "${1:-}" = write ]; then
        cp "$new/$f" "docs/$f" && chmod 644 "docs/$f" && echo "wrote docs/$f"
    else
        diff -u "docs/$f" "$new/$f" | head -40
        echo "docs/$f is not what the tables give: make docs"
        rc=1
    fi
done
exit $rc
