"""Three regions, real targets, real cuts: who is paged, how often, how soon.

One bed for all; each test leaves every check up.  The "soon-N" checks run every
10 s, as a user's would, for the time from a target's death to the page; the
others every second, so that what follows is seen soon.
"""
import signal
import threading
import time

import pytest

from bed import TARGET, Bed, make_ca
from conftest import until

SOON = 6            # targets that are killed, each with a check of its own
NGINX = """
daemon off; master_process off; pid %(dir)s/pid; error_log %(dir)s/error.log;
events { }
http {
  access_log off;
  client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2;
  fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
  server { listen 10.9.0.20:%(port)s; location / { return 200 "ok\\n"; } }
}
"""
KNOT = """
server:
  listen: 10.9.0.20@5353
  rundir: %(dir)s
database:
  storage: %(dir)s
zone:
  - domain: shop.test
    file: %(dir)s/zone
"""
ZONE = """shop.test. 60 SOA ns.shop.test. ops.shop.test. 1 60 60 60 60
shop.test. 60 NS ns.shop.test.
ns.shop.test. 60 A 10.9.0.20
www.shop.test. 60 A 10.9.0.20
"""


def checks(ca):
    text = """defaults = { every = "1s"; timeout = "1s"; policy = "web"; };
checks = {
  page = { http = "http://10.9.0.20:8001/"; };
  slow = { http = "http://10.9.0.20:8002/"; expect = [ "time < 400ms" ]; };
  cert = { tls = "www.shop.test:8443"; resolve = "10.9.0.20"; ca = "%s"; };
  name = { dns = "www.shop.test"; ask = [ "10.9.0.20:5353" ];
           expect = [ "answer == '10.9.0.20'" ]; };
""" % ca
    for i in range(SOON):
        text += ("  soon-%d = { http = \"http://10.9.0.20:81%02d/\"; "
                 "every = \"10s\"; timeout = \"5s\"; recover = 1; };\n" % (i, i))
    return text + "};\n"


class Targets:
    def __init__(self, bed, folder, tool):
        self.folder = folder
        self.net = bed.host("target", "20")
        self.tool = tool
        make_ca(folder, "www.shop.test")
        (folder / "zone").write_text(ZONE)
        (folder / "knot.conf").write_text(KNOT % {"dir": folder})
        (folder / "delay").write_text("0")
        self.knot = self.net.start([tool("knotd"), "-c", folder / "knot.conf"])
        self.slow = bed.serve("target", "slow", "10.9.0.20", "8002",
                              folder / "delay")
        self.tls = self.show("good")
        self.nginx = {port: self.start(port)
                      for port in [8001] + [8100 + i for i in range(SOON)]}

    def start(self, port):
        home = self.folder / str(port)
        home.mkdir(exist_ok=True)
        (home / "nginx.conf").write_text(NGINX % {"dir": home, "port": port})
        return self.net.start([self.tool("nginx"), "-e", home / "error.log",
                               "-c", home / "nginx.conf"])

    def swap(self, probes, certificate):
        """Another certificate on the port.  Nobody looks while no server has
        it: what a check would rightly say then is not this test's matter."""
        for probe in probes:
            probe.popen.send_signal(signal.SIGSTOP)
        try:
            self.tls.kill()
            self.tls = self.show(certificate)
            deadline = time.time() + 20
            while time.time() < deadline:
                done = self.net.run([self.tool("openssl"), "s_client",
                                     "-connect", "10.9.0.20:8443"])
                if "BEGIN CERTIFICATE" in done.stdout:
                    return
            pytest.fail("openssl s_server does not answer")
        finally:
            for probe in probes:
                probe.popen.send_signal(signal.SIGCONT)

    def show(self, certificate):
        return self.net.start(
            [self.tool("openssl"), "s_server", "-quiet", "-accept",
             "10.9.0.20:8443", "-cert", self.folder / f"{certificate}.pem",
             "-key", self.folder / "good.key"])


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    import shutil
    folder = tmp_path_factory.mktemp("town")
    bed = Bed(folder)
    try:
        bed.targets = Targets(
            bed, bed.make_dir("targets"),
            lambda name: shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin"))
        bed.sinks()
        bed.configure(checks(bed.targets.folder / "ca.pem"))
        bed.controller()
        for number, region in enumerate(bed.regions):
            bed.probe(region, str(11 + number))
        bed.wait_all_up()
        yield bed
    finally:
        bed.close()


def test_the_page_comes_soon(town):
    killed = {}
    for i in range(SOON):
        # at different points of the interval
        threading.Event().wait(0.7)
        killed[i] = time.time()
        town.targets.nginx[8100 + i].kill()
    took = []
    for i in range(SOON):
        posts, mails = town.wait_page(f"soon-{i}", "triggered")
        assert posts[0].reason == "connect.refused"
        took.append(posts[0].at - killed[i])
    for i in range(SOON):
        town.targets.nginx[8100 + i] = town.targets.start(8100 + i)
    print(f"\nkill to page, 3 regions, every 10 s: mean "
          f"{sum(took) / SOON:.1f} s, worst {max(took):.1f} s of {SOON}")
    for i in range(SOON):
        town.wait_page(f"soon-{i}", "resolved")
        for edge in ("triggered", "resolved"):
            posts, mails = town.pages(f"soon-{i}", edge)
            assert (len(posts), len(mails)) == (1, 1)
    town.wait_all_up()


def probes(town):
    return [town.daemons[region] for region in town.regions]


def test_slow_and_expired_are_told_as_such(town):
    town.targets.swap(probes(town), "expired")
    (town.targets.folder / "delay").write_text("600")
    posts, mails = town.wait_page("slow", "triggered")
    assert posts[0].reason == "expect.time"
    assert "time < 400ms" in posts[0].data["message"]
    assert "expect.time" in mails[0].text
    posts, mails = town.wait_page("cert", "triggered")
    assert posts[0].reason == "tls.expired"
    assert "tls.expired" in mails[0].subject + mails[0].text
    assert mails[0].to == ["ops@example.com"]
    (town.targets.folder / "delay").write_text("0")
    town.targets.swap(probes(town), "good")
    for check in ("slow", "cert"):
        town.wait_page(check, "resolved")
        for edge in ("triggered", "resolved"):
            posts, mails = town.pages(check, edge)
            assert (len(posts), len(mails)) == (1, 1)
            assert posts[0].data["id"] == town.pages(check, "triggered")[0][0].data["id"]
    town.wait_all_up()


def vote(town, check, region):
    for c in town.api("/api/v1/checks")["checks"]:
        if c["name"] == check:
            for r in c["regions"]:
                if r["region"] == region:
                    return r
    return {}


def test_one_region_cut_off_pages_nobody(town):
    before = len(town.posts()), len(town.mails())
    # towards the targets alone: it still reports, and is outvoted
    town.cut("sin", TARGET)
    town.wait_verdicts(page="partial", slow="partial", cert="partial",
                       name="partial")
    town.mend("sin", TARGET)
    town.wait_all_up()

    # from everything: it falls silent, its votes grow stale, then it is lost
    town.cut("sin")
    until(lambda: vote(town, "page", "sin")["vote"] == "stale",
          "sin has no vote", 30)
    assert town.verdicts()["page"] == "up"
    until(lambda: vote(town, "page", "sin")["vote"] == "lost",
          "sin is lost", 90)
    assert set(town.verdicts().values()) == {"up"}
    assert (len(town.posts()), len(town.mails())) == before

    # two regions left are two that agree
    town.targets.nginx[8001].kill()
    posts, mails = town.wait_page("page", "triggered")
    assert (len(posts), len(mails)) == (1, 1)
    town.targets.nginx[8001] = town.targets.start(8001)
    town.wait_page("page", "resolved")

    # and what it kept comes late, as history
    town.mend("sin")
    until(lambda: vote(town, "page", "sin")["vote"] == "counted",
          "sin is back", 60)
    until(lambda: any(r["late"] for r in town.results(
        "page", "--limit", "2000") if r["region"] == "sin"), "its backlog")
    town.wait_all_up()
    posts, mails = town.pages("page", "triggered")
    assert (len(posts), len(mails)) == (1, 1)
    assert len(town.posts()) == before[0] + 2
    assert len(town.mails()) == before[1] + 2
