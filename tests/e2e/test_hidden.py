"""Secrets from configuration to request, and nowhere else.

Two checks send two secrets, one held by the controller and one by the probe, to
a server that shows what it was sent in every way it knows.  Afterwards nothing
that Picket wrote, said or holds has them.
"""
import pathlib
import re
import subprocess

import pytest

import servers
from bed import Bed
from conftest import binary, until

HELD = "p&ss/wo+rd%41 \"quoted\"<'7Q>"
NEXT = "the second one, 2fold+more/less"
HERE = "kept-at-the-probe/0123456789+AbC="
TARGET = "http://10.9.0.20:8080"

CHECKS = """
secrets = {
  held = { file = "%(held)s"; for = [ "%(target)s" ]; };
  here = { file = "%(here)s"; at = "probe"; for = [ "%(target)s" ]; };
};
defaults = { every = "1s"; timeout = "900ms"; policy = "web"; };
checks = {
  good = { http = "%(target)s/good";
           headers = { Authorization = "Bearer ${secret.held}"; }; };
  echo = { http = "%(target)s/echo";
           headers = { Authorization = "Bearer ${secret.held}";
                       X-Key = "${secret.here}"; };
           expect = [ "status == 200", "header x-shown-0 == 'none'" ]; };
  wrong = { http = "http://10.9.0.20:8081/";
            headers = { X-Key = "none"; }; };
};
"""


def write_secret(path, value):
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(value + "\n")
    fresh.chmod(0o600)
    fresh.rename(path)


class World:
    def __init__(self, folder):
        self.bed = Bed(folder, ("fra",))
        self.bed.sinks()
        self.bed.host("target", "20")
        self.want = folder / "want"
        self.want.write_text(HELD)
        self.bed.serve("target", "login", "10.9.0.20", "8080",
                       folder / "login.log", self.want)
        self.held = folder / "secrets" / "held"
        self.here = folder / "probe-secrets" / "here"
        write_secret(self.held, HELD)
        write_secret(self.here, HERE)
        text = CHECKS % {"held": self.held, "here": self.here,
                         "target": TARGET}
        self.bed.configure(text)
        conf = self.bed.folder / "picket.conf"
        # one group of secrets: the bed has one of its own
        hook = re.search(r"^secrets = \{ (hook = .*?\};) \};\n", conf.read_text(),
                         re.M)
        conf.write_text(conf.read_text().replace(hook.group(0), "").replace(
            "secrets = {\n", "secrets = {\n  " + hook.group(1) + "\n"))
        self.controller = self.bed.controller()
        self.bed.host("fra", "11")
        done = self.bed.join("fra", self.bed.invite("fra", "fra-1"))
        assert done.returncode == 0, done.stderr
        conf = self.bed.hosts["fra"].home / "probe.conf"
        conf.write_text(conf.read_text().replace(
            "probe = {", f"probe = {{\n  secrets = {{ dir = \"{self.here.parent}\"; }};", 1))
        self.probe = self.bed.start_probe("fra")

    def seen(self, path):
        return [e for e in self.bed.log("login") if e["at_path"] == path]

    def newest(self, check):
        found = self.bed.results(check, "--limit", "1")
        return found[-1] if found else {}

    def wait_status(self, check, status, reason=None):
        def is_it():
            got = self.newest(check)
            return got.get("status") == status and \
                (reason is None or got["reason"] == reason)
        until(is_it, f"{check} {status} {reason}, the last: {self.newest(check)}")
        return self.newest(check)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.bed.close()


def needles():
    return {f"{name}, {how}": text.encode()
            for name, value in (("held", HELD), ("next", NEXT), ("here", HERE))
            for how, text in servers.encodings(value).items()}


def assert_none_in(where, data):
    if isinstance(data, str):
        data = data.encode(errors="surrogateescape")
    for name, needle in needles().items():
        at = data.find(needle)
        assert at < 0, (where, name, data[max(0, at - 60):at + 60])


def files_below(folder, besides):
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and not any(path.is_relative_to(b) for b in besides):
            yield path


def test_from_source_to_request_and_nowhere_else(world):
    bed = world.bed
    world.wait_status("good", "up")
    world.wait_status("echo", "down", "expect.status")
    assert world.seen("/good")[-1]["authorization"] == f"Bearer {HELD}"
    assert world.seen("/echo")[-1]["authorization"] == f"Bearer {HELD}"
    assert world.seen("/echo")[-1]["key"] == HERE
    bed.wait_page("echo", "triggered")

    # the evidence was worth masking
    echo = bed.results("echo", "--limit", "200")
    shown = [r for r in echo if r.get("evidence")]
    assert shown and "<secret>" in str(shown[-1]["evidence"])

    # a new value: the target says 401, and it is read again, once
    mark = world.controller.mark()
    write_secret(world.held, NEXT)
    world.want.write_text(NEXT)
    until(lambda: world.seen("/good")[-1]["authorization"] == f"Bearer {NEXT}",
          "the new value at the target")
    world.wait_status("good", "up")
    world.controller.wait_line("SECRET_CHANGED", after=mark)
    versions = {r.get("version") for r in bed.results("good", "--limit", "500")}
    assert len(versions) == 1

    # what people are shown
    key = bed.picket("results", "--json").stdout
    assert_none_in("results", key)
    for check in ("good", "echo"):
        for args in (["results", check, "--json", "--limit", "500"],
                     ["results", check]):
            done = bed.picket(*args)
            assert_none_in(args, done.stdout + done.stderr)
        done = bed.hosts["controller"].run(
            [binary("picket"), "show", check, bed.folder / "picket.conf"])
        assert done.returncode == 0, done.stderr
        assert_none_in(f"show {check}", done.stdout + done.stderr)
    for page in ("/", "/checks/echo", "/checks/good", "/status/", "/metrics",
                 "/api/v1/checks", "/api/v1/incidents"):
        answer = bed.hosts["controller"].get(f"http://127.0.0.1:8787{page}")
        assert_none_in(page, answer.text)

    # what is written: data, spool, cache, logs, pages; what is said
    sources = [world.held.parent, world.here.parent, world.want,
               bed.folder / "login.log"]
    looked = 0
    for path in files_below(bed.folder, sources):
        assert_none_in(path, path.read_bytes())
        looked += 1
    assert looked > 10
    for name, daemon in bed.daemons.items():
        assert_none_in(name, daemon.text())
        command = pathlib.Path(f"/proc/{daemon.popen.pid}/cmdline").read_bytes()
        assert_none_in(f"argv of {name}", command)


def test_no_core_has_them(world, tmp_path):
    """Neither leaves a core file.  Of the controller, which only hands values on,
    even what root's debugger makes has none: locked pages are left out, copies
    wiped.  (The probe's libraries hold what they send while they send it.)"""
    world.wait_status("good", "up")
    for daemon in world.bed.daemons.values():
        proc = pathlib.Path(f"/proc/{daemon.popen.pid}")
        limits = (proc / "limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits), limits
        flags = re.findall(r"^VmFlags:(.*)$", (proc / "smaps").read_text(), re.M)
        assert any(" dd " in f and " lo " in f for f in flags), "no locked page"
    pid = world.controller.popen.pid
    done = subprocess.run(["gcore", "-o", tmp_path / "core", str(pid)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    core = tmp_path / f"core.{pid}"
    data = core.read_bytes()
    core.unlink()
    assert b"picket-controller" in data
    assert_none_in("the controller's core", data)


def test_without_a_controller_after_a_restart(world):
    """What the controller gave is gone with the process, and is asked for again;
    what the probe reads itself is there."""
    bed = world.bed
    world.wait_status("good", "up")
    world.controller.kill()
    world.probe.kill()
    before = len(world.seen("/good"))
    world.probe = bed.start_probe("fra")
    world.probe.wait_line("UPLINK_LOST")
    until(lambda: bed.picket("results").returncode != 0, "no controller")
    spool = bed.hosts["fra"].home / "state"
    until(lambda: any(p.stat().st_size > 3000 for p in spool.rglob("*")
                      if p.is_file() and "spool" in str(p)),
          "results in the spool", 20)
    assert len(world.seen("/good")) == before
    bed.controller()

    def reported():
        return [r for r in bed.results("good", "--limit", "500")
                if r["reason"] == "local.secret"]
    until(reported, "local.secret from the time alone")
    message = reported()[0]["message"]
    assert message.endswith(
        "secret held is held by the controller, which has not been reached "
        "since this probe started: bring it back"), message
    world.wait_status("good", "up")


def test_the_rules_of_a_probe(world):
    """A controller has no file read that whoever set up the probe has not let
    it, and no command run."""
    bed = world.bed
    world.wait_status("good", "up")
    conf = bed.folder / "picket.conf"
    outside = bed.folder / "outside"
    write_secret(outside, "sesame-open")
    marker = bed.folder / "ran"
    text = conf.read_text().replace(
        "secrets = {\n", "secrets = {\n"
        f'  out = {{ file = "{outside}"; at = "probe"; for = [ "{TARGET}" ]; }};\n'
        f'  cmd = {{ command = [ "touch", "{marker}" ]; at = "probe"; '
        f'for = [ "{TARGET}" ]; }};\n').replace(
        "checks = {\n", "checks = {\n"
        f'  out = {{ http = "{TARGET}/out"; headers = {{ X-Key = "${{secret.out}}"; }}; }};\n'
        f'  cmd = {{ http = "{TARGET}/cmd"; headers = {{ X-Key = "${{secret.cmd}}"; }}; }};\n')
    conf.write_text(text)
    done = bed.picket("reload")
    assert done.returncode == 0, done.stderr + done.stdout
    got = world.wait_status("out", "error", "local.secret")
    assert "is not below" in got["message"]
    assert "probe.secrets.dir" in got["message"]
    got = world.wait_status("cmd", "error", "local.secret")
    assert "probe.secrets.commands" in got["message"]
    assert not marker.exists()
    assert world.seen("/out") == [] and world.seen("/cmd") == []
    world.probe.wait_line("SECRET_MISSING.*outside")


def test_run_reads_what_its_checks_use(net, picket, tmp_path):
    """`picket run`: both kinds are read here, those alone that are used, and one
    that is missing is the error of its run."""
    log, want = tmp_path / "login.log", tmp_path / "want"
    want.write_text(HELD)
    server = net.start(["/usr/bin/python3", "-u", servers.__file__, "login",
                        "127.0.0.1", "8080", log, want])
    server.wait_line("^ready$")
    write_secret(tmp_path / "s" / "held", HELD)
    conf = tmp_path / "picket.conf"
    conf.write_text(f"""picket = 1;
secrets = {{
  held = {{ file = "s/held"; for = [ "http://127.0.0.1:8080" ]; }};
  here = {{ env = "HERE"; at = "probe"; for = [ "http://127.0.0.1:8080" ]; }};
  lost = {{ env = "LOST"; for = [ "http://127.0.0.1:8080" ]; }};
  mail = {{ command = [ "touch", "{tmp_path}/ran" ]; }};
}};
checks = {{
  good = {{ http = "http://127.0.0.1:8080/good"; headers = {{
      Authorization = "Bearer ${{secret.held}}"; X-Key = "${{secret.here}}"; }}; }};
  lost = {{ http = "http://127.0.0.1:8080/lost"; headers = {{
      X-Key = "${{secret.lost}}"; }}; }};
}};
""")
    done = net.run([picket, "run", conf], HERE=HERE)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "1 up" in done.stdout and "1 error" in done.stdout
    assert "environment variable LOST is not set" in done.stdout
    assert f'"{HERE}"' in log.read_text()
    assert "/lost" not in log.read_text()
    assert not (tmp_path / "ran").exists()
    assert_none_in("run", done.stdout + done.stderr)
    done = net.run([picket, "run", conf, "--json", "--only", "good"], HERE=HERE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_none_in("run --json", done.stdout + done.stderr)
