"""Garbage on every port, and targets that mean harm: both daemons live on.

The oracle is outside: the same process is still there, its memory as the
kernel counts it is bounded, and an honest check beside it never missed a turn.
"""
import json
import pathlib
import subprocess

import pytest

from bed import PYTHON, Bed
from conftest import until

HOSTILE = str(pathlib.Path(__file__).with_name("hostile.py"))
CONTROLLER_KB = 96 * 1024
PROBE_KB = 64 * 1024
REASONS = {
    "headers": {"http.header_limit"},
    "drip": {"http.timeout"},
    "bomb": {"http.body_limit"},
    "reset": {"http.reset"},
    "metadata": {"policy.blocked"},
    "file": {"http.redirect_blocked"},
    "loop": {"http.redirect_loop", "http.redirect_limit"},
    "chunks": {"http.protocol"},
    "short": {"http.truncated"},
    "noise": {"http.protocol"},
}


def checks():
    text = ("defaults = { every = \"2s\"; timeout = \"2s\"; regions = [ \"fra\" ]; };\n"
            "checks = {\n  honest = { tcp = \"10.9.0.2:7777\"; every = \"1s\"; "
            "timeout = \"1s\"; };\n")
    for name in REASONS:
        text += f"  {name} = {{ http = \"http://10.9.0.2:7777/{name}\"; }};\n"
    return text + "};\n"


class Town(Bed):
    def __init__(self, folder):
        super().__init__(folder, ("fra", "iad"))
        self.hosts["controller"].start(
            [PYTHON, "-u", HOSTILE, "target", "10.9.0.2", "7777"]).wait_line("ready")
        self.configure(checks())
        self.controller()
        self.probe("fra", "11")
        self.wait_verdicts(honest="up")

    def throw(self, host, ip, port, *pair):
        done = self.hosts[host].run([PYTHON, HOSTILE, "throw", ip, port, *pair])
        assert done.returncode == 0, done.stderr
        return {int(k): n for k, n in json.loads(done.stdout).items()}

    def well(self):
        """Both daemons are the ones that were started, and small."""
        for name, most in (("controller", CONTROLLER_KB), ("fra", PROBE_KB)):
            proc = self.daemons[name]
            assert proc.popen.poll() is None, proc.text()[-2000:]
            status = pathlib.Path(f"/proc/{proc.popen.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0])
            assert peak < most, f"{name}: {peak} KB at its peak"
        assert self.verdicts()["honest"] == "up"

    def identity(self, host):
        folder = self.hosts[host].home / "state" / "identity"
        return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("garbage"))
    yield town
    town.close()


def test_hostile_targets_have_their_reason(town):
    def reasons():
        return {r["check"]: r["reason"] for r in town.results("--limit", "200")}
    until(lambda: set(REASONS) <= set(reasons()), "a result of each")
    for r in town.results("--limit", "200"):
        if r["check"] != "honest":
            assert r["reason"] in REASONS[r["check"]], r
            assert r["status"] == "down", r
    town.well()


def test_garbage_on_the_ports(town):
    for ip, port in (("127.0.0.1", "8787"), ("10.8.0.2", "8788")):
        ended = town.throw("controller", ip, port)
        # nothing of it is taken
        assert 400 in ended and not set(ended) & {200, 201, 202, 204}, ended
        assert not [s for s in ended if s >= 500 and s != 501 and s != 505], ended
    town.well()


def test_certificates_that_do_not_count(town, tmp_path):
    def make(name, *more):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
             "-out", f"{name}.pem", "-subj", "/CN=fra-1", *more],
            cwd=tmp_path, check=True, capture_output=True)
        return tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
    # its name is right, its authority is not
    ended = town.throw("fra", "10.8.0.2", "8788", *make("other"))
    assert 200 not in ended, ended
    # revoked
    town.host("iad", "12")
    assert town.join("iad", town.invite("iad", "iad-1")).returncode == 0
    assert town.picket("probe", "revoke", "iad-1").returncode == 0
    ended = town.throw("iad", "10.8.0.2", "8788", *town.identity("iad"))
    assert 200 not in ended and 403 in ended, ended
    # a probe's own, and nonsense in it
    ended = town.throw("fra", "10.8.0.2", "8788", *town.identity("fra"))
    assert 400 in ended and 200 not in ended, ended
    town.well()


def test_slow_requests_have_an_end(town):
    held = [town.hosts["controller"].start(
        [PYTHON, "-u", HOSTILE, "hold", ip, port, "200"])
        for ip, port in (("127.0.0.1", "8787"), ("10.8.0.2", "8788"))]
    for proc in held:
        proc.wait_line("^held")
    # people and probes are served meanwhile
    town.well()
    for proc in held:
        proc.wait_line("closed 200 of 200", timeout=60)
    town.well()
