#!/bin/sh
# install.sh STAGE... - install the Debian packages deploy/packages lists for
# the stages named and that are not there yet; with sudo only when not root.
set -eu
list=$(dirname "$0")/packages
want=$(for stage; do awk -v s="$stage" '!/^#/ && $2 == s { print $1 }' "$list"; done)
missing=
for p in $want; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok' ||
        missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null ||
        { echo "picket needs these packages; as root: apt-get install$missing" >&2; exit 69; }
fi
echo "installing:$missing" >&2
# Test servers are started by the tests, never by their packages.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
get="$sudo env DEBIAN_FRONTEND=$DEBIAN_FRONTEND RUNLEVEL=1 apt-get -q -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086
$get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
    $get update >&2
    $get install -y --no-install-recommends $missing >&2
}
