"""SIGKILL, fifty times, each with something on its way.

Between probes and controller stands a server that withholds bytes on demand:
a batch that was sent and has not arrived ("up"), or one that was stored and is
not yet acknowledged ("down").  The sink withholds its answer: a page that was
taken and is not yet known to be.  A program is killed only while such bytes
wait.

Judged by what the target and the sink wrote themselves: each run in the
target's log is in the results once, but for those of a probe that died before
it could have written them down; each outage has its page, and a page that came
twice has one id.
"""
import collections
import os
import re
import threading
import time

from bed import Bed
from conftest import until

KILLS = 50
CHECKS = 20
LOST_S = 0.6        # before a probe's end: runs in flight, and its 200 ms of spool
KILL_S = 10.0       # longest wait for something on its way
NGINX = """
daemon off; master_process off; pid %(dir)s/pid; error_log %(dir)s/error.log;
events { }
http {
  log_format run '$msec $http_x_request_id $http_traceparent "$http_user_agent"';
  access_log %(dir)s/access.log run;
  client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2;
  fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
  server {
    listen 10.9.0.20:8001;
    location / { return 200 "ok\\n"; }
    location /flip { if (-f %(dir)s/down) { return 503; } return 200 "ok\\n"; }
  }
}
"""


def checks():
    text = ("defaults = { every = \"1s\"; timeout = \"1s\"; policy = \"web\"; };\n"
            "checks = {\n"
            "  flip = { http = \"http://10.9.0.20:8001/flip\"; recover = 1; };\n")
    for i in range(CHECKS):
        text += f"  load-{i} = {{ http = \"http://10.9.0.20:8001/{i}\"; }};\n"
    return text + "};\n"


class Town(Bed):
    def __init__(self, folder, tool):
        super().__init__(folder, ("fra", "iad"))
        self.mode_file = folder / "mode"
        self.held_file = folder / "mode.held"
        self.home = self.make_dir("nginx")
        self.died = []      # (region, when) of probes
        self.outages = 0
        self.turn = 0
        self.withhold("none")
        self.host("target", "20")
        (self.home / "nginx.conf").write_text(NGINX % {"dir": self.home})
        self.hosts["target"].start([tool("nginx"), "-e", self.home / "error.log",
                                    "-c", self.home / "nginx.conf"])
        self.sinks(answer_ms=150)
        self.serve("controller", "middle", "10.8.0.2", "8799", "10.8.0.2:8788",
                   self.mode_file)
        self.configure(checks(), probes="10.8.0.2:8799")
        self.controller()
        self.probe("fra", "11")
        self.probe("iad", "12")
        self.wait_all_up()

    def withhold(self, way):
        self.turn += 1
        fresh = self.folder / "mode.new"
        fresh.write_text(f"{way} {self.turn}")
        os.replace(fresh, self.mode_file)

    def is_held(self):
        return (self.held_file.exists()
                and self.held_file.read_text() == str(self.turn))

    def kill_probe(self, region):
        self.daemons[region].kill()
        self.died.append((region, time.time()))

    @staticmethod
    def uplink(proc):
        """The newest of UPLINK_LOST and UPLINK_BACK in a probe's log."""
        return re.findall(r"UPLINK_(LOST|BACK)", "\n".join(proc.lines))[-1]

    def start_again(self, name):
        if name == "controller":
            self.controller()
            for region in self.regions:
                # away and back, or it has not noticed at all: the newest word
                # on the uplink is not that it is lost
                until(lambda p=self.daemons[region]: self.uplink(p) == "BACK",
                      f"{region} is back")
        else:
            self.start_probe(name).wait_line("UPLINK_BACK")

    # ---- outages ----

    def flip(self, edge):
        down = self.home / "down"
        if edge == "triggered":
            down.touch()
            self.outages += 1
        else:
            down.unlink()

    def taken(self, edge):
        """Ids of pages of that edge at the webhook's sink."""
        return {p.id for p in self.posts() if p.edge == edge}

    def wait_taken(self, edge, timeout=40):
        until(lambda: len(self.taken(edge)) == self.outages,
              f"page {self.outages} {edge}; {self.verdicts()['flip']}", timeout)

    # ---- kills, each with something on its way ----

    def kill_on_the_way(self, name, way):
        self.withhold(way)
        end = time.monotonic() + KILL_S
        while not self.is_held():
            assert time.monotonic() < end, f"nothing goes {way}"
            threading.Event().wait(0.002)
        if name == "controller":
            self.daemons[name].kill()
        else:
            self.kill_probe(name)
        self.withhold("none")
        self.start_again(name)

    def kill_as_a_page_comes(self, edge):
        """The sink has logged it and has not answered."""
        self.flip(edge)
        log = self.folder / "webhook.log"
        size = log.stat().st_size if log.exists() else 0
        end = time.monotonic() + 40
        while not log.exists() or log.stat().st_size == size:
            assert time.monotonic() < end, f"no page for {edge}"
            threading.Event().wait(0.002)
        self.daemons["controller"].kill()
        self.start_again("controller")
        self.wait_taken(edge)

    # ---- the judges ----

    def asked(self):
        """{run: (region, when)} as the target saw them."""
        seen = {}
        for line in (self.home / "access.log").read_text().splitlines():
            when, run, parent, agent = line.split(" ", 3)
            assert parent.split("-")[1] == run, line
            seen[run] = (re.search(r"\b(fra|iad)\b", agent).group(1), float(when))
        return seen

    def may_be_lost(self, region, when):
        return any(r == region and died - LOST_S < when <= died + 0.05
                   for r, died in self.died)


def test_fifty_kills(tmp_path, tool):
    town = Town(tmp_path, tool)
    try:
        kills = 0
        victims = [("controller", "down"), ("fra", "down"), ("controller", "up"),
                   ("iad", "up")]
        while kills < KILLS:
            if kills % 13 == 12:
                town.kill_as_a_page_comes("triggered")
                town.kill_as_a_page_comes("resolved")
                kills += 2
                continue
            town.kill_on_the_way(*victims[kills % 4])
            kills += 1
        ended = time.time()
        town.wait_all_up()
        judge_results(town, ended)
        judge_pages(town)
    finally:
        town.close()


def judge_results(town, ended):
    asked = {run: seen for run, seen in town.asked().items() if seen[1] < ended}
    must = {run for run, seen in asked.items() if not town.may_be_lost(*seen)}

    def counted():
        return collections.Counter(r["run"] for r in
                                   town.results("--limit", "10000"))
    until(lambda: must <= set(counted()), "all results but: " + str(
        [(run, asked[run]) for run in must - set(counted())][:5]))
    stored = counted()
    assert [run for run, n in stored.items() if n > 1] == []
    assert len(must) > 0.5 * len(asked)
    lost = set(asked) - set(stored)
    print(f"\n{KILLS} kills: {len(asked)} runs at the target, {len(stored)} "
          f"stored, {len(lost)} died with their probe ({len(town.died)} deaths)")


def judge_pages(town):
    for edge in ("triggered", "resolved"):
        assert len(town.taken(edge)) == town.outages >= 3
        mails = {m.id for m in town.mails() if m.edge == edge}
        assert len(mails) == town.outages
    posts = [p.id for p in town.posts()]
    print(f"{town.outages} outages, {len(posts)} posts of {len(set(posts))} pages")
