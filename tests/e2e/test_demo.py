"""`picket demo`: the shop is broken for real, and what the demo tells, pages and
publishes is what happened."""
import json
import re

import pytest

from conftest import until

CLOCK = r"^\d\d:\d\d:\d\d  "

# Its checks have limits of time, which a machine that is busy passes.
pytestmark = pytest.mark.alone


class Demo:
    def __init__(self, net, picket, *args):
        self.net = net
        self.picket = picket
        self.proc = net.start([picket, "demo", *args])
        board = self.proc.wait_line(r"dashboard +(http://[^/]+)/\?k=(\w+)")
        self.url, self.key = board.group(1), board.group(2)
        self.auth = [f"Authorization: Bearer {self.key}"]

    def ready(self):
        self.proc.wait_line(CLOCK + "ready ")
        return self

    def say(self, *order):
        """An order to the shop; where the output was before it."""
        mark = self.proc.mark()
        done = self.net.run([self.picket, "demo", *order])
        assert done.returncode == 0, done.stderr
        return mark

    def component(self, name):
        summary = self.net.json(self.url + "/api/v2/summary.json")
        return next(c["status"] for c in summary["components"]
                    if c["name"] == name)

    def open_incidents(self):
        summary = self.net.json(self.url + "/api/v2/summary.json")
        return summary["incidents"]

    def paged(self, check, why):
        """Links of the pages that said that `check` is down, and why."""
        return re.findall(rf"DOWN {check}:[^\0]*?why +{why}"
                          r"[^\0]*?incident (http://\S+)", self.proc.text())

    def results(self, check, limit=200):
        done = self.net.run([self.picket, "results", check, "--json",
                             "--limit", limit])
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def demo(net, picket):
    return Demo(net, picket)


def test_first_results_and_a_clean_end(net, picket, demo):
    """Every check from every region at once, and ^C sums it up."""
    demo.ready()
    for check in ["home", "api-stock", "payment", "checkout", "dns-shop",
                  "tls-shop", "port"]:
        for region in ["fra", "iad", "sin"]:
            demo.proc.wait_line(rf"{CLOCK}up +{check} +{region} ")
    assert demo.component("Web shop") == "operational"
    assert net.get(demo.url + "/status").status == 200
    assert net.get(demo.url + "/").status == 401
    probes = net.run([picket, "probes"]).stdout
    assert re.search(r"^fra-1 +fra +here +picket", probes, re.M), probes
    assert demo.proc.stop() == 0
    demo.proc.wait_line(CLOCK + r"ended +after .* \d+ results, 0 changes, 0 pages")
    # and again, from what it kept
    again = Demo(net, picket).ready()
    assert again.key == demo.key
    assert again.proc.stop() == 0


def test_payments_break_and_mend(net, demo):
    """Suspicion, confirmation, the page with its reason, the status page, the
    evidence; then all of it back."""
    demo.ready()
    mark = demo.say("break", "pay")
    wait = demo.proc.wait_line
    wait(CLOCK + r"suspected +payment +\w+ +expect.status: status == 200: got 503",
         after=mark)
    wait(CLOCK + r"confirmed +payment ", after=mark)
    wait(CLOCK + r"DOWN +payment ", timeout=10, after=mark)
    wait(r"DOWN payment: expect.status in [23] of 3 regions", after=mark)
    until(lambda: demo.paged("payment", "status == 200"), "its page has a link")
    link = demo.paged("payment", "status == 200")[-1]
    wait(r"status page: Payments: outage", after=mark)
    until(lambda: demo.component("Payments") == "major_outage", "the JSON turns")
    assert demo.component("Stock API") == "operational"
    names = [i["name"] for i in demo.open_incidents()]
    assert sum(name.startswith("Payments") for name in names) == 1
    assert all(name.startswith(("Payments", "Checkout")) for name in names)
    page = net.get(link, demo.auth)
    assert page.status == 200
    assert "status == 200" in page.text and "503" in page.text
    assert "the payment provider does not answer" in page.text  # what it said

    mark = demo.say("mend")
    wait(CLOCK + r"recovered +payment ", after=mark)
    wait(CLOCK + r"UP +payment +was down", after=mark)
    wait(r"RESOLVED payment: was down", after=mark)
    until(lambda: demo.component("Payments") == "operational", "back again")
    until(lambda: demo.open_incidents() == [], "the checkout's is over", 90)
    assert len(re.findall(r"  DOWN payment:", demo.proc.text())) == 1
    assert len(re.findall(r"RESOLVED payment:", demo.proc.text())) == 1


def test_checkout_breaks_at_its_step(net, demo):
    """The journey is down where it is broken, on the terminal, the page, the
    incident and the check's own page; and it is mended."""
    demo.ready()
    wait = demo.proc.wait_line
    for what, step, why in [("login", "login", "status == 303: got 200"),
                            ("pay", "pay", "status == 202: got 503")]:
        mark = demo.say("break", what)
        wait(rf"{CLOCK}suspected +checkout +\w+ +expect.status: {step}: {why}",
             after=mark)
        wait(r"DOWN checkout: expect.status in [23] of 3 regions", after=mark)
        said = f"{step}: {why}"
        until(lambda: demo.paged("checkout", said), "its page has a link")
        text = net.get(demo.paged("checkout", said)[-1], demo.auth).text
        assert f"{step}: {why}" in text
        text = net.get(demo.url + "/checks/checkout", demo.auth).text
        assert "Step by step" in text and f"<th scope=row>{step}</th>" in text
        last = next(r for r in demo.results("checkout")
                    if r["status"] == "down")
        assert last["steps"][-1]["name"] == step
        assert last["steps"][-1]["reason"] == "expect.status"
        assert {s["status"] for s in last["steps"][:-1]} == {"up"}
        until(lambda: demo.component("Checkout") == "major_outage", "JSON")
        mark = demo.say("mend")
        wait(CLOCK + r"UP +checkout +was down", timeout=90, after=mark)
    assert demo.component("Checkout") == "operational"
    # one password, in its file alone
    password = next(net.home.rglob("shop-password")).read_text().strip()
    assert len(password) == 32
    everything = demo.proc.text() + json.dumps(demo.results("checkout"))
    everything += next(net.home.rglob("picket.log")).read_text()
    assert password not in everything


def test_dns_and_certificate(demo):
    """Each fault is told by its own reason, of the phase reached."""
    demo.ready()
    wait = demo.proc.wait_line
    mark = demo.say("break", "dns")
    wait(r"DOWN home: dns.servfail in [23] of 3 regions", after=mark)
    wait(r"DOWN dns-shop: (dns.servfail|expect.rcode) in", after=mark)
    mark = demo.say("mend")
    wait(r"RESOLVED home: was down", after=mark)
    wait(r"RESOLVED dns-shop: was down", after=mark)
    until(lambda: demo.component("Web shop") == "operational",
          "tls-shop too, down or partial as it was")

    mark = demo.say("break", "cert")
    wait(r"DOWN home: tls.expired in [23] of 3 regions", after=mark)
    wait(r"DOWN tls-shop: tls.expired in [23] of 3 regions", after=mark)
    mark = demo.say("mend")
    wait(r"RESOLVED home: was down", after=mark)
    wait(r"RESOLVED tls-shop: was down", after=mark)


def test_slow_is_degraded_not_down(demo):
    demo.ready()
    wait = demo.proc.wait_line
    mark = demo.say("break", "slow")
    wait(CLOCK + r"degraded +home +\w+ +.*time > 800ms", after=mark)
    wait(CLOCK + r"DEGRADED +home ", after=mark)
    until(lambda: demo.component("Web shop") == "degraded_performance",
          "the JSON turns")
    # the ticket, after 5 s of it: how many, why and from when
    wait(r"DEGRADED home: expect.time in [23] of 3 regions", after=mark)
    until(lambda: re.search(r"DEGRADED home: expect[^\0]*?why +degraded by time > 800ms:"
                            r" got 1\d{3}", demo.proc.text()), "why it is degraded")
    wait(CLOCK + r"degraded +checkout +\w+ +.*form: degraded by time > 800ms",
         timeout=60, after=mark)
    mark = demo.say("mend")
    wait(CLOCK + r"UP +home ", after=mark)
    assert " DOWN home" not in demo.proc.text()
    assert " DOWN checkout" not in demo.proc.text()


def test_one_region_alone_pages_nobody(net, picket, demo):
    """fra is cut off for four rounds: told, partial, and not one page."""
    demo.ready()
    done = net.run([picket, "demo", "break", "region", "lhr"])
    assert done.returncode != 0 and "broken" not in done.stdout
    assert "no region lhr, but fra, iad, sin" in done.stderr
    mark = demo.say("break", "region", "fra")
    checks = {"home": "connect", "api-stock": "connect", "payment": "connect",
              "checkout": "connect", "dns-shop": "dns", "tls-shop": "connect",
              "port": "connect"}
    for check, phase in checks.items():
        demo.proc.wait_line(rf"{CLOCK}suspected +{check} +fra +{phase}.timeout",
                            after=mark)
        demo.proc.wait_line(rf"{CLOCK}PARTIAL +{check} ", timeout=60, after=mark)

    def rounds():
        return [r for r in demo.results("home")
                if r["region"] == "fra" and r["status"] == "down"]
    until(lambda: len(rounds()) >= 6, "six failing runs of home in fra")
    good = [r for r in demo.results("home") if r["region"] != "fra"]
    assert all(r["status"] == "up" for r in good)
    mark = demo.say("mend")
    for check in checks:
        demo.proc.wait_line(rf"{CLOCK}UP +{check} +was partial", timeout=60,
                            after=mark)
    assert demo.proc.stop() == 0
    text = demo.proc.text()
    assert "incident " not in text
    assert re.search(r"ended .* 0 pages$", text)


def test_a_second_demo_and_taken_ports(net, picket, demo):
    """What is in the way is named, with the way round it."""
    demo.ready()
    second = net.run([picket, "demo"])
    assert second.returncode == 73
    assert "one is running already" in second.stderr
    assert "--data" in second.stderr
    other = net.run([picket, "demo", "--data", net.home / "other"])
    assert other.returncode == 69
    assert "8453" in other.stderr and "taken" in other.stderr
    assert demo.proc.stop() == 0
    # 8787 is somebody else's: the next one is taken
    holder = net.start(["/usr/bin/python3", "-u", "-c",
                        "import socket,signal;"
                        "s=socket.create_server(('127.0.0.1',8787));"
                        "print('held');signal.pause()"])
    holder.wait_line("held")
    third = Demo(net, picket)
    assert not third.url.endswith(":8787")
    third.ready()
    assert third.proc.stop() == 0


def test_orders_without_a_demo(net, picket):
    done = net.run([picket, "demo", "break", "pay"])
    assert done.returncode == 69
    assert "no demo runs" in done.stderr
    done = net.run([picket, "demo", "break", "everything"])
    assert done.returncode == 64
    assert "pay, login, slow, dns, cert or region" in done.stderr


def test_the_checks_run_once_without_the_controller(net, picket, demo):
    """The command the banner gives, as it gives it."""
    demo.ready()
    found = demo.proc.wait_line(r"run once +(PICKET_SHOP_PASSWORD=\S+ \S+) \\$")
    rest = demo.proc.wait_line(r"^ +picket (run .*)").group(1)
    line = f"{found.group(1)} {picket} {rest}"
    done = net.run(["sh", "-c", line + " --json"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 7
    demo.say("break", "pay")
    done = net.run(["sh", "-c", line])
    assert done.returncode == 2
    assert "expect.status" in done.stdout
    steps = re.findall(r"^ {11}(form|login|basket|pay|paid) +[\d.]+ \w+  ",
                       done.stdout, re.M)
    assert steps == ["form", "login", "basket", "pay"]
    # without the password it is our own fault, and which is said
    done = net.run([picket, *rest.split(), "--only", "checkout"])
    assert done.returncode == 3
    assert "local.secret" in done.stdout
    assert "PICKET_SHOP_PASSWORD is not set" in done.stdout
