"""The command line against nginx, knot and openssl: what it prints, how it ends."""
import json
import os
import re
import shutil

import pytest

from bed import PYTHON, SERVERS, make_ca
from conftest import TOP, Net, binary

NGINX = """
daemon off; master_process off; pid %(dir)s/pid; error_log %(dir)s/error.log;
events { }
http {
  log_format run '$http_x_request_id $http_traceparent "$http_user_agent"';
  access_log %(dir)s/access.log run;
  client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2;
  fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
  server {
    listen 127.0.0.1:8443 ssl http2;
    ssl_certificate %(dir)s/good.pem;
    ssl_certificate_key %(dir)s/good.key;
    location / { default_type text/html; return 200 "<h1>Shop</h1>\\n"; }
    location /broken { return 503 "no\\n"; }
    location /old { return 301 /new; }
    location /new { default_type application/json; return 200 '{"stock":[{"qty":7}]}'; }
  }
}
"""
KNOT = """
server:
  listen: 127.0.0.1@5353
  rundir: %(dir)s
database:
  storage: %(dir)s
zone:
  - domain: shop.test
    file: %(dir)s/zone
"""
ZONE = """shop.test. 60 SOA ns.shop.test. ops.shop.test. 7 60 60 60 60
shop.test. 60 NS ns.shop.test.
shop.test. 60 MX 10 mx.shop.test.
shop.test. 60 TXT "v=spf1 -all"
ns.shop.test. 60 A 127.0.0.1
www.shop.test. 60 A 127.0.0.1
alias.shop.test. 60 CNAME www.shop.test.
"""
HTTPS = "https://www.shop.test:8443"


class Desk:
    def __init__(self, folder):
        self.folder = folder
        home = folder / "home"
        home.mkdir()
        self.net = Net(home)
        make_ca(folder, "www.shop.test")
        (folder / "nginx.conf").write_text(NGINX % {"dir": folder})
        (folder / "knot.conf").write_text(KNOT % {"dir": folder})
        (folder / "zone").write_text(ZONE)
        self.start("nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf")
        self.start("knotd", "-c", folder / "knot.conf")
        for port, name in (("8444", "expired"), ("8445", "good")):
            self.start("openssl", "s_server", "-quiet", "-accept",
                       f"127.0.0.1:{port}", "-cert", folder / f"{name}.pem",
                       "-key", folder / "good.key")
        (folder / "delay").write_text("3000")
        self.net.start([PYTHON, "-u", SERVERS, "slow", "127.0.0.1", "8002",
                        folder / "delay"]).wait_line("ready")
        self.names = ["--resolvers", "127.0.0.1:5353", "--ca", folder / "ca.pem"]
        for target in (HTTPS, "dns:www.shop.test", "tls:www.shop.test:8445"):
            while self.check(target)[0] != 0:    # until each server listens
                pass

    def start(self, tool, *args):
        path = shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")
        self.net.start([path, *args])

    def picket(self, *args, **more):
        return self.net.run([binary("picket"), *args], **more)

    def check(self, target, *expect, names=True):
        args = [a for e in expect for a in ("--expect", e)]
        done = self.picket("check", target, *args, "--json",
                           *(self.names if names else []))
        result = json.loads(done.stdout) if done.stdout else {}
        return done.returncode, result, done.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.net.close()


@pytest.mark.parametrize("target, expect, code, reason", [
    (HTTPS + "/", ["status == 200", "body contains 'Shop'", "time < 5s",
                   "http_version == 2", "days > 21"], 0, None),
    (HTTPS + "/old", ["redirects == 1", "json $.stock[0].qty >= 7"], 0, None),
    (HTTPS + "/broken", [], 2, "expect.status"),
    (HTTPS + "/", ["body contains 'Basket'"], 2, "expect.body"),
    (HTTPS + "/", ["header content-type contains 'json'"], 2, "expect.header"),
    (HTTPS + "/new", ["json $.stock[0].qty > 7"], 2, "expect.json"),
    ("https://wrong.shop.test:8443/", [], 2, "dns.nxdomain"),
    ("http://127.0.0.1:1/", [], 2, "connect.refused"),
    ("http://169.254.169.254/", [], 3, "policy.blocked"),
    ("dns:www.shop.test", ["answer == '127.0.0.1'", "ttl >= 60", "aa"], 0, None),
    ("dns:www.shop.test", ["answer == '192.0.2.1'"], 2, "expect.answer"),
    ("dns:none.shop.test", [], 2, "dns.nxdomain"),
    ("dns:elsewhere.test", [], 2, "dns.refused"),
    ("tls:www.shop.test:8445", ["protocol >= 1.2", "key.bits >= 256"], 0, None),
    ("tls:www.shop.test:8445", ["days > 36500"], 2, "expect.days"),
    ("tls:www.shop.test:8444", [], 2, "tls.expired"),
    ("tls:ns.shop.test:8445", [], 2, "tls.hostname"),
    ("tcp:127.0.0.1:8443", [], 0, None),
    ("tcp:127.0.0.1:2", [], 2, "connect.refused"),
])
def test_check(desk, target, expect, code, reason):
    got, result, errors = desk.check(target, *expect)
    assert (got, result.get("reason")) == (code, reason), (result, errors)
    assert result["status"] == {0: "up", 2: "down", 3: "error"}[code]
    assert result["schema"] == 1
    assert result["target"] in target
    assert re.fullmatch("[0-9a-f]{32}", result["run"])
    assert result["ms"]["total"] >= max(result["ms"].values()) - 0.01
    if reason and reason.startswith("expect.") and expect:
        assert expect[0] in result["message"] and "got" in result["message"]


def test_a_run_is_found_at_the_target(desk):
    _, result, _ = desk.check(HTTPS + "/")
    line = (desk.folder / "access.log").read_text().splitlines()[-1]
    run, parent, agent = line.split(" ", 2)
    assert run == result["run"]
    assert re.fullmatch(f"00-{run}-[0-9a-f]{{16}}-0[01]", parent)
    assert "icket" in agent
    assert set(result["ms"]) >= {"dns", "connect", "tls", "wait", "total"}
    assert result["facts"]["status"] == 200
    assert result["facts"]["ip"] == "127.0.0.1"


def test_without_its_authority_nobody_is_trusted(desk):
    done = desk.picket("check", HTTPS, "--json", "--resolvers", "127.0.0.1:5353")
    assert done.returncode == 2
    # its issuer is neither sent nor known here: one or the other
    assert json.loads(done.stdout)["reason"] in ("tls.untrusted",
                                                 "tls.incomplete_chain")


def test_check_for_people(desk):
    done = desk.picket("check", HTTPS + "/broken", *desk.names)
    assert done.returncode == 2
    assert "\033" not in done.stdout
    for text in ("DOWN", "503", "expect.status", "www.shop.test"):
        assert text.lower() in done.stdout.lower(), done.stdout
    done = desk.picket("check", "example.com")
    assert (done.returncode, done.stdout) == (3, "")
    assert "https://example.com" in done.stderr
    done = desk.picket("check", HTTPS, "--expect", "statsu == 200")
    assert done.returncode == 3
    assert "did you mean `status`?" in done.stderr


CONF = """picket = 1;
defaults = { every = "30s"; timeout = "2s"; };
templates = { page = { ca = "ca.pem"; degraded_when = [ "size < 10" ]; }; };
checks = {
  home = { like = "page"; http = "https://www.shop.test:8443/";
           expect = [ "body contains 'Shop'" ]; };
  tiny = { like = "page"; http = "https://www.shop.test:8443/";
           degraded_when = [ "size < 1MiB" ]; };
  late = { http = "http://127.0.0.1:8002/"; timeout = "300ms"; };
  name = { dns = "shop.test"; record = "MX"; ask = [ "127.0.0.1:5353" ];
           expect = [ "answer contains 'mx.shop.test'" ]; };
};
"""


def test_run_validate_show(desk):
    conf = desk.folder / "mine.conf"
    conf.write_text(CONF)
    done = desk.picket("validate", conf)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "nobody" in done.stdout + done.stderr
    done = desk.picket("run", conf, "--json", *desk.names[:2])
    results = {r["check"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert {k: (r["status"], r["reason"]) for k, r in results.items()} == {
        "home": ("up", None), "tiny": ("degraded", "expect.size"),
        "late": ("down", "http.timeout"), "name": ("up", None)}, done.stdout
    assert done.returncode == 2
    for only, code in (("home", 0), ("tiny", 1), ("late", 2), ("n*", 0)):
        done = desk.picket("run", conf, "--only", only, *desk.names[:2])
        assert done.returncode == code, done.stdout + done.stderr
    done = desk.picket("run", conf, "--json", "--only", "home", "-o", "na*",
                       *desk.names[:2])
    assert {json.loads(line)["check"] for line in done.stdout.splitlines()} == {
        "home", "name"}, done.stdout + done.stderr
    done = desk.net.run(["sh", "-c", "exec \"$@\" > /dev/full", "sh",
                         binary("picket"), "run", conf, "--only", "home",
                         *desk.names[:2]])  # what is lost is no success
    assert done.returncode == 3 and "could be written" in done.stderr
    done = desk.picket("run", conf, "--only", "home", "--only", "hoem")
    assert done.returncode == 3 and done.stdout == ""
    assert "no check is called hoem" in done.stderr

    # what `show` prints is configuration, and the same check
    shown = desk.picket("show", "home", conf)
    assert shown.returncode == 0, shown.stderr
    again = desk.folder / "again.conf"
    again.write_text(shown.stdout)
    twice = desk.picket("show", "home", again)

    def version(file):
        return json.loads(desk.picket("show", "home", file, "--json").stdout)["version"]
    assert twice.returncode == 0, twice.stderr
    assert version(conf) == version(again)
    done = desk.picket("run", again, "--json", *desk.names[:2])
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "up")
    assert desk.picket("show", "hoem", conf).returncode != 0
    assert "did you mean home?" in desk.picket("show", "hoem", conf).stderr.replace("`", "")


def test_one_check_for_many_hosts(desk):
    conf = desk.folder / "many.conf"
    conf.write_text("""picket = 1;
templates = { base = { timeout = "5s"; tags = [ "shop" ]; };
              page = { like = "base"; expect = [ "status == 200" ]; tags = [ "+${path}" ]; }; };
checks = {
  site = { like = "page"; each = { host = [ "www" ]; path = [ "new", "broken" ]; };
           http = "https://${host}.shop.test:8443/${path}"; };
  name = { each = [ "www.shop.test", "alias.shop.test" ]; dns = "${each}";
           ask = [ "127.0.0.1:5353" ]; };
};
""")
    done = desk.picket("run", conf, "--json", *desk.names)
    results = {r["check"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert {k: (r["status"], r["reason"]) for k, r in results.items()} == {
        "site-www-new": ("up", None), "site-www-broken": ("down", "expect.status"),
        "name-www-shop-test": ("up", None),
        "name-alias-shop-test": ("up", None)}, done.stdout + done.stderr
    assert results["site-www-new"]["target"] == HTTPS + "/new"
    shown = desk.picket("show", "site-www-new", conf).stdout
    assert f'http = "{HTTPS}/new";  # {conf}:6' in shown, shown
    assert f'"new"  # {conf}:3' in shown, shown     # its tag, from the template
    again = desk.folder / "again.conf"
    again.write_text(shown)
    done = desk.picket("run", again, "--json", *desk.names)
    assert (done.returncode, json.loads(done.stdout)["check"]) == (0, "site-www-new")
    assert "`site-www-new`" in desk.picket("show", "site", conf).stderr


def test_examples_are_valid_and_words_are_explained(desk):
    counts = {}
    for file in sorted((TOP / "conf/examples").glob("*.conf")):
        done = desk.picket("validate", file, "--json")
        assert done.returncode == 0, done.stdout
        counts[file.stem] = json.loads(done.stdout)["checks"]
    assert counts["payments"] > 15 * 40 and len(counts) == 5, counts
    done = desk.picket("explain", "tls.expired", "--json")
    assert json.loads(done.stdout)["what"] == "reason"
    done = desk.picket("explain", "alerts.down", TOP / "conf/examples/shop.conf")
    assert done.returncode == 0 and "tells    shop: channel:shop" in done.stdout


def test_validate_names_everything_at_once(desk):
    conf = desk.folder / "wrong.conf"
    conf.write_text('picket = 1;\nchecks = {\n  home = { htpp = "https://a.test/"; '
                    'every = "5"; };\n  pay = { http = "a.test"; };\n};\n')
    done = desk.picket("validate", conf)
    assert done.returncode == 78
    text = done.stderr + done.stdout
    for place in ("wrong.conf:3:12", "wrong.conf:3:", "wrong.conf:4:"):
        assert place in text, text
    assert "http" in text and "^" in text
    assert desk.picket("validate", desk.folder / "not-there").returncode != 0


def test_a_callers_proxy_changes_nothing(desk):
    done = desk.picket("check", HTTPS, *desk.names,
                       https_proxy="http://127.0.0.1:9", all_proxy="http://127.0.0.1:9",
                       SSL_CERT_FILE=os.devnull)
    assert done.returncode == 0, done.stdout


def test_a_closed_reader_is_no_crash(desk):
    done = desk.net.run(["sh", "-c", f"{binary('picket')} check {HTTPS} --resolvers "
                         "127.0.0.1:5353 | true; echo over"])
    assert done.stdout == "over\n"
    assert "Assert" not in done.stderr
