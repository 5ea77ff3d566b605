"""Who may be a probe: invitations, keys, revocation, renewal, the way back.

One controller for all; what each test needs of the network it makes itself.
"""
import base64
import json
import re
import signal
import subprocess
import threading
import time

import pytest

from bed import PYTHON, UPLINK, Bed
from conftest import until

CHECKS = """defaults = { every = "1s"; timeout = "1s"; policy = "web"; };
checks = {
  page = { http = "http://10.9.0.2:8001/"; regions = [ "fra" ]; };
  there = { http = "http://10.9.0.2:8001/"; regions = [ "iad" ]; };
};
"""
PREFIX = "picket-invite:v1:"
DAY_S = 86400
# Moves the wall clock alone, as a machine that was off for weeks finds it.
LATER = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long shift(void) { const char *s = getenv("LATER_S"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (rc == 0 && id == CLOCK_REALTIME)
        t->tv_sec += shift();
    return rc;
}
time_t time(time_t *to)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (to)
        *to = t.tv_sec;
    return t.tv_sec;
}
int gettimeofday(struct timeval *to, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    to->tv_sec = t.tv_sec;
    to->tv_usec = t.tv_nsec / 1000;
    return 0;
}
"""


class Town(Bed):
    def __init__(self, folder):
        super().__init__(folder)
        (folder / "index.html").write_text("ok\n")
        self.serve_page()
        self.sinks()
        self.configure(CHECKS)
        self.controller()

    def serve_page(self):
        self.page = self.hosts["controller"].start(
            [PYTHON, "-u", "-m", "http.server", "--bind", "10.9.0.2", "8001"],
            cwd=self.folder)
        self.page.wait_line("Serving HTTP")

    def known(self, name):
        """What is shown of a probe, as far as it outlives a restart."""
        for probe in self.api("/api/v1/probes")["probes"]:
            if probe["name"] == name:
                return {key: probe.get(key) for key in
                        ("state", "last_sync", "software", "egress")}
        return {"state": None}

    def state_of(self, name):
        return self.known(name)["state"]

    def wait_state(self, name, state, timeout=30):
        until(lambda: self.state_of(name) == state,
              f"{name} {state}, it is {self.state_of(name)}", timeout)

    def newest(self, probe):
        """When the newest stored run of that probe began; ISO times sort."""
        return max((r["started"] for r in self.results("--limit", "2000")
                    if r["probe"] == probe), default="")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("enrol"))
    yield town
    town.close()


def read(line):
    text = line.strip().removeprefix(PREFIX)
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def write(invite):
    text = json.dumps(invite, separators=(",", ":")).encode()
    return PREFIX + base64.urlsafe_b64encode(text).decode().rstrip("=") + "\n"


def test_another_authority_is_not_believed(town):
    town.host("pin", "31")
    line = town.invite("sin", "pinned")
    invite = read(line)
    digest = bytearray.fromhex(invite["ca_sha256"])
    digest[0] ^= 1
    invite["ca_sha256"] = digest.hex()
    done = town.join("pin", write(invite))
    assert done.returncode == 69 and "not joined" in done.stderr, done
    assert not (town.hosts["pin"].home / "probe.conf").exists()
    # and the token was not given away: the true line is still good
    done = town.join("pin", line)
    assert done.returncode == 0, done.stderr
    # once
    town.host("thief", "32")
    done = town.join("thief", line)
    assert done.returncode == 69, done
    assert "invit" in done.stderr


def test_a_token_ends(town):
    done = town.picket("probe", "key", "sin", "--ends", "1s")
    assert done.returncode == 0, done.stderr
    threading.Event().wait(1.2)
    town.host("slowcoach", "33")
    done = town.join("slowcoach", done.stdout)
    assert done.returncode == 69, done
    assert town.state_of("slowcoach") is None


def test_a_revoked_probe_is_out_at_once(town):
    town.probe("iad", "12")
    until(lambda: town.newest("iad-1"), "its first result")
    done = town.picket("probe", "revoke", "iad-1")
    assert done.returncode == 0, done.stderr
    at = town.newest("iad-1")
    town.daemons["iad"].wait_line("IDENTITY_REFUSED")
    # it still checks, and none of that is taken
    asked = town.page.mark()
    until(lambda: town.page.mark() > asked + 2, "more runs")
    assert town.newest("iad-1") == at
    town.daemons["iad"].stop()
    was = town.known("iad-1")
    assert was["last_sync"] and "icket" in was["software"], was
    assert was["egress"] == "10.8.0.12"
    town.daemons["controller"].kill()
    town.controller()
    now = town.known("iad-1")
    assert now["last_sync"] <= was.pop("last_sync") and now["last_sync"]
    del now["last_sync"]  # a crash may forget the last 10 s
    assert now == was and was["state"] == "revoked"


def test_a_restart_knows_who_was_here(town):
    town.host("kept", "34")
    done = town.join("kept", town.invite("sin", "sin-1"))
    assert done.returncode == 0, done.stderr
    probe = town.start_probe("kept")
    town.wait_state("sin-1", "here")
    was = town.known("sin-1")
    probe.stop()
    town.daemons["controller"].kill()
    town.controller()
    now = town.known("sin-1")
    assert now.pop("state") == "expected"
    assert now["software"] == was["software"] and now["last_sync"]
    assert now["egress"] == was["egress"] == "10.8.0.34"
    listed = town.picket("probes").stdout
    assert re.search(r"^sin-1 +sin +expected +\S.* ago$", listed, re.M), listed
    town.start_probe("kept")
    town.wait_state("sin-1", "here")


@pytest.fixture(scope="module")
def fra(town):
    """A probe that has no way to the controller but a proxy."""
    town.host("proxy", "40")
    town.host("fra", "11")
    town.cut("fra", UPLINK)
    town.serve("proxy", "connect", "10.9.0.40", "3128",
               town.folder / "connect.log")
    line = town.invite("fra", "fra-1")
    assert town.join("fra", line).returncode == 69
    done = town.join("fra", line, "--proxy", "http://10.9.0.40:3128")
    assert done.returncode == 0, done.stderr
    town.start_probe("fra").wait_line("UPLINK_BACK")
    return town


def test_through_a_proxy(fra):
    fra.wait_state("fra-1", "here")
    until(lambda: fra.newest("fra-1"), "a result by the proxy")
    fra.wait_verdicts(page="up")
    assert {entry["line"] for entry in fra.log("connect")} == {
        "CONNECT 10.8.0.2:8788 HTTP/1.1"}
    # the checks themselves do not go there
    fra.page.wait_line(r"10\.9\.0\.11 ")


def test_what_comes_late_pages_nobody(fra):
    town = fra
    town.wait_verdicts(page="up")
    before = len(town.posts())
    town.daemons["controller"].kill()
    town.page.kill()
    gone = time.time()
    threading.Event().wait(4)
    town.serve_page()
    asked = town.page.mark()
    # until its slots have closed: their end, the timeout and 10 s
    until(lambda: town.page.mark() > asked + 14, "checks without a controller")
    town.controller()
    # its back-off has grown meanwhile
    until(lambda: [r for r in town.results("page", "--limit", "500")
                   if r["status"] == "down"], "the backlog", 60)
    town.wait_verdicts(page="up")
    down = [r for r in town.results("page", "--limit", "500")
            if r["status"] == "down"]
    assert len(down) >= 3
    assert all(r["late"] and r["reason"] == "connect.refused" for r in down)
    numbers = [r["sequence"] for r in town.results("page", "--limit", "500")
               if r["probe"] == "fra-1"]
    assert len(numbers) == len(set(numbers)) >= time.time() - gone - 2
    assert len(town.posts()) == before
    assert town.api("/api/v1/incidents")["incidents"] == []


def certificate_end(town, host):
    done = town.hosts[host].run(
        ["openssl", "x509", "-noout", "-enddate", "-in",
         town.hosts[host].home / "state/identity/cert.pem"])
    assert done.returncode == 0, done.stderr
    return time.mktime(time.strptime(done.stdout.strip().partition("=")[2],
                                     "%b %d %H:%M:%S %Y %Z"))


def test_renewal_and_the_way_back(fra):
    """Both machines' clocks 21 days on, and then past the certificate's end."""
    town = fra
    source, shim = town.folder / "later.c", town.folder / "later.so"
    source.write_text(LATER)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, source], check=True)
    for days, word in ((21, "renewed before its end"), (60, "let back in")):
        end = certificate_end(town, "fra")
        for name in ("fra", "controller"):
            town.daemons[name].signal(signal.SIGTERM)
            assert town.daemons[name].wait() == 0
        clock = {"LD_PRELOAD": str(shim), "LATER_S": str(days * DAY_S)}
        town.controller(**clock)
        probe = town.start_probe("fra", **clock)
        probe.wait_line("IDENTITY_RENEWED")
        until(lambda e=end: certificate_end(town, "fra") > e + 15 * DAY_S, word)
        probe.wait_line("UPLINK_BACK")
        town.wait_state("fra-1", "here")
        town.wait_verdicts(page="up")
