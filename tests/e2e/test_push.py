"""Heartbeats by curl against a real controller, on its own."""
import json
import re

import pytest

from conftest import Net, binary, until

CONFIG = """
picket = 1;
controller = { listen = "127.0.0.1:8787"; probes = { listen = "127.0.0.1:8788"; };
               data_dir = "%(data)s"; };
channels = { here = { terminal = true; }; };
policies = { web = { first = { notify = [ "channel:here" ]; }; }; };
alerts = { down = { on = "down"; }; };
checks = {
  backup = { push = "%(every)s"; grace = "%(grace)s"; policy = "web"; };
  timed  = { push = "1d"; expect = [ "time < 10m" ]; };
  other  = { push = "1d"; };
};
"""


class Desk:
    def __init__(self, net):
        self.net = net
        self.data = net.home / "data"
        self.daemon = None

    def start(self, every="1h", grace="10m"):
        conf = self.net.home / "picket.conf"
        conf.write_text(CONFIG % {"data": self.data, "every": every,
                                  "grace": grace})
        self.daemon = self.net.start([binary("picket-controller"), "--config",
                                      conf])
        self.daemon.wait_line("STARTED")

    def picket(self, *args):
        return self.net.run([binary("picket"), *args, "--data", self.data])

    def url(self, *args):
        done = self.picket("push-url", *args)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def check(self, name="backup"):
        key = json.loads((self.data / "runtime.json").read_text())["key"]
        checks = self.net.json("http://127.0.0.1:8787/api/v1/checks",
                               [f"Authorization: Bearer {key}"])
        checks = checks.get("checks", checks) if isinstance(checks, dict) else checks
        return next(c for c in checks if c["name"] == name)

    def wait(self, verdict, name="backup"):
        until(lambda: self.check(name)["verdict"] == verdict,
              f"{name} {verdict}, not {self.check(name)['verdict']}")

    def results(self):
        done = self.picket("results", "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def desk(net):
    return Desk(net)


def test_run_says_who_judges_a_push_check(net):
    conf = net.home / "beats.conf"
    conf.write_text('picket = 1;\nchecks = { backup = { push = "1h"; }; };\n')
    done = net.run([binary("picket"), "run", conf])
    assert done.returncode == 3 and "no check is called" not in done.stderr
    assert "backup waits for heartbeats: the controller judges it" in done.stderr
    assert "push checks alone" in done.stderr
    done = net.run([binary("picket"), "run", conf, "--only", "nothing"])
    assert done.returncode == 3 and "no check is called nothing" in done.stderr


def test_it_arrives_fails_and_recovers(desk):
    desk.start()
    assert desk.check()["verdict"] == "unknown"
    url = desk.url("backup")
    assert re.fullmatch(r"http://127\.0\.0\.1:8787/push/v1/[0-9a-f]{32}", url)
    assert desk.net.get(url).status == 200
    desk.wait("up")
    answer = desk.net.get(url + "/fail", method="POST",
                          body="disk full\nmore of it\n")
    assert (answer.status, answer.text) == (200, "ok\n")
    desk.wait("down")
    desk.daemon.wait_line("disk full|push.failed")
    assert desk.net.get(url).status == 200
    desk.wait("up")
    newest = desk.results()[0]
    assert (newest["kind"], newest["status"]) == ("push", "up")
    assert [r["reason"] for r in desk.results()] == [None, "push.failed", None]


def test_start_measures_and_expectations_judge(desk):
    desk.start()
    url = desk.url("timed")
    desk.net.get(url + "/start")
    desk.net.get(url)
    desk.wait("up", "timed")
    assert desk.results()[0]["ms"]["total"] >= 0
    desk.net.get(url + "?ms=900000")            # a quarter of an hour
    desk.wait("down", "timed")
    assert "expect.time" in [r["reason"] for r in desk.results()]
    desk.net.get(url + "?status=degraded&msg=half%20of%20it")
    desk.wait("degraded", "timed")
    assert "half of it" in [r["message"] for r in desk.results()]


def test_missing_is_down_and_back(desk):
    desk.start(every="10s", grace="1s")
    url = desk.url("backup")
    desk.net.get(url)
    desk.wait("up")
    desk.wait("down")
    assert desk.results()[0]["reason"] == "push.missing"
    assert "one is expected every 10s" in desk.results()[0]["message"]
    desk.net.get(url)
    desk.wait("up")


def test_a_restart_forgets_nothing(desk):
    desk.start()
    url = desk.url("backup")
    desk.net.get(url + "/fail")
    desk.wait("down")
    desk.daemon.stop()
    desk.start()
    assert desk.url("backup") == url
    assert desk.check()["verdict"] == "down"
    desk.net.get(url)
    desk.wait("up")


def test_tokens(desk):
    desk.start()
    url = desk.url("backup")
    assert desk.url("other") != url
    assert desk.url("backup", "--rotate") != url
    base = url.rpartition("/")[0]
    answers = [desk.net.get(u) for u in
               (url, base + "/" + "0" * 32, base + "/x", url + "/fail")]
    assert {a.status for a in answers} == {404}
    assert len({a.text for a in answers}) == 1
    bad = desk.url("backup")
    assert desk.net.get(bad + "?status=sleepy").status == 400
    assert desk.net.get(bad + "?ms=-1").status == 400
    # Only operators are told: without the key the API says nothing.
    assert desk.net.get("http://127.0.0.1:8787/api/v1/push/backup").status == 401
    done = desk.picket("push-url", "nothing")
    assert done.returncode != 0 and "push check" in done.stderr
    # Who guesses is slowed down; a job behind the same address is not.
    for i in range(30):
        last = desk.net.get(base + f"/{i:032x}")
    assert last.status == 429
    assert desk.net.get(bad).status == 200
