"""A small internet of names in one namespace: real servers, a signed root.

    10.53.0.1   knot: the root, signed
    10.53.0.2   knot: ns1 of every zone below; example. is signed
    10.53.0.3   nsd: ns2; example. by zone transfer, others by hand
    10.53.0.4   knot: ns1's twin with its keys; turn.example is another there
    10.53.0.5   a resolver that asks ns1 and the twin for turn.example by turns
    10.53.0.53  unbound: validating resolver; UDP, TCP, DoT, DoH

Zones and what is odd about them: example. nothing; plain. is not signed;
bogus. has a DS that fits no key; lame. is delegated to nsd, which does not
know it; split. names other servers than its parent does; stale. is older at
nsd; deaf. has a server nobody listens at; moved. has glue that is out of date.
"""
import shutil

from bed import PYTHON, make_ca
from conftest import Net, binary, until

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ROOT, NS1, NS2 = "10.53.0.1", "10.53.0.2", "10.53.0.3"
TWIN, TURNS = "10.53.0.4", "10.53.0.5"
RESOLVER, DEAF = "10.53.0.53", "10.53.0.99"
TURNING = """
import socket
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.bind(("%s", 53))
servers = ["%s", "%s"]
print("ready", flush=True)
while True:
    question, asker = here.recvfrom(4096)
    to = "%s"
    if question[12:].lower().startswith(b"\\4turn\\7example\\0\\0\\1"):
        to = servers[0]
        servers.reverse()
    there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    there.settimeout(1)
    there.sendto(question, (to, 53))
    try:
        here.sendto(there.recv(4096), asker)
    except TimeoutError:
        pass                   # it is asked again
    there.close()
"""

KNOT = """
server:
  listen: %(ip)s@53
  rundir: %(dir)s
  udp-max-payload: 1232
database:
  storage: %(dir)s
policy:
  - id: signed
    manual: on
    rrsig-lifetime: 492h
    rrsig-refresh: 7d
    propagation-delay: 0
acl:
  - id: all
    action: transfer
template:
  - id: default
    acl: all
    storage: %(dir)s
    file: %%s.zone
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
%(zones)s
"""
NSD = """
server:
  ip-address: %(ip)s@53
  username: ""
  zonesdir: "%(dir)s"
  database: ""
  pidfile: "%(dir)s/nsd.pid"
  xfrdfile: "%(dir)s/xfrd"
  zonelistfile: "%(dir)s/zones.list"
  xfrdir: "%(dir)s"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: example.
  zonefile: example.zone
  allow-notify: %(primary)s NOKEY
  request-xfr: AXFR %(primary)s NOKEY
%(zones)s
"""
UNBOUND = """
server:
  interface: %(ip)s@53
  interface: %(ip)s@853
  interface: %(ip)s@443
  tls-port: 853
  https-port: 443
  tls-service-key: "%(dir)s/good.key"
  tls-service-pem: "%(dir)s/good.pem"
  access-control: 0.0.0.0/0 allow
  root-hints: "%(dir)s/root.hints"
  trust-anchor-file: "%(dir)s/root.ds"
  do-not-query-localhost: no
  do-daemonize: no
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  cache-max-ttl: 1
  cache-max-negative-ttl: 1
  infra-host-ttl: 1
remote-control:
  control-enable: no
"""
EXAMPLE = """
example. 60 SOA ns1.example. ops.example. 100 60 60 60000 1
example. 300 NS ns1.example.
example. 300 NS ns2.example.
ns1.example. 300 A %(ns1)s
ns2.example. 300 A %(ns2)s
www.example. 60 A 192.0.2.1
www.example. 60 A 192.0.2.2
ext.example. 60 CNAME www.plain.
dangling.example. 60 CNAME nowhere.example.
alias.example. 60 CNAME www.example.
a.example. 60 CNAME b.example.
b.example. 60 CNAME a.example.
mail.example. 60 MX 10 mx.example.
turn.example. 60 A 192.0.2.51
svc.example. 60 HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1
odd.example. 60 TYPE65280 \\# 3 0A0B0C
dns.example. 60 A %(resolver)s
caa.example. 60 CAA 0 issue "ca.example"
sip.example. 60 NAPTR 100 10 "S" "SIP+D2U" "" _sip._udp.example.
tlsa.example. 60 TLSA 3 1 1 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
""" + "".join(f'big.example. 60 TXT "{i:03} {"x" * 90}"\n' for i in range(30))


def zone(name, body="", ns=("ns1", "ns2"), serial=100, a="192.0.2.9"):
    lines = [f"{name}. 60 SOA ns1.{name}. ops.{name}. {serial} 60 60 60000 1"]
    lines += [f"{name}. 300 NS {n}.{name}." for n in ns]
    lines += [f"ns1.{name}. 300 A {NS1}", f"ns2.{name}. 300 A {NS2}",
              f"www.{name}. 60 A {a}"]
    return "\n".join(lines) + "\n" + body


class World:
    def __init__(self, folder):
        self.folder = folder
        self.net = Net(self.make("home"))
        for ip in (ROOT, NS1, NS2, TWIN, TURNS, RESOLVER, DEAF):
            self.net.run(["ip", "addr", "add", f"{ip}/32", "dev", "lo"])
        self.start_ns1()
        self.start_root()
        self.start_ns2()
        self.start_resolver()

    def close(self):
        self.net.close()

    def make(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def start(self, tool, *args):
        path = shutil.which(tool, path=PATH)
        assert path, f"{tool} is missing: deploy/install.sh test"
        return self.net.start([path, *args])

    def keymgr(self, home, *args):
        done = self.net.run(["keymgr", "-c", home / "knot.conf", *args], PATH=PATH)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def knot(self, home, ip, zones, signed):
        """Starts it; the DS of each zone that is signed."""
        rows = "".join(f"  - domain: {name}\n" + (
            "    dnssec-signing: on\n    dnssec-policy: signed\n"
            if name in signed else "") for name in zones)
        (home / "knot.conf").write_text(
            KNOT % {"ip": ip, "dir": home, "zones": rows})
        for name, text in zones.items():
            (home / f"{name.rstrip('.')}.zone").write_text(text)
        ds = {}
        for name in signed:
            self.keymgr(home, name, "generate", "ksk=yes", "zsk=yes",
                        "algorithm=ECDSAP256SHA256")
            ds[name] = self.keymgr(home, name, "ds").splitlines()[0]
        return ds

    def start_ns1(self):
        self.ns1 = self.make("ns1")
        zones = {"example.": EXAMPLE % {"ns1": NS1, "ns2": NS2,
                                      "resolver": RESOLVER},
                 "plain.": zone("plain"), "bogus.": zone("bogus"),
                 "lame.": zone("lame"),
                 "split.": zone("split", ns=("ns1", "ns3"),
                                body=f"ns3.split. 300 A {NS2}\n"),
                 "stale.": zone("stale", serial=101, a="192.0.2.8"),
                 "deaf.": zone("deaf"),
                 "moved.": zone("moved", ns=("ns1",))}
        self.ds = self.knot(self.ns1, NS1, zones, ["example.", "bogus."])
        self.start_twin()
        self.start("knotd", "-c", self.ns1 / "knot.conf")

    def start_twin(self):
        home = self.folder / "twin"
        shutil.copytree(self.ns1, home)
        for name, old, new in (("knot.conf", NS1 + "@", TWIN + "@"),
                               ("knot.conf", str(self.ns1), str(home)),
                               ("example.zone", "192.0.2.51", "192.0.2.52")):
            path = home / name
            path.write_text(path.read_text().replace(old, new))
        self.start("knotd", "-c", home / "knot.conf")
        self.net.start([PYTHON, "-u", "-c", TURNING % (TURNS, NS1, TWIN, RESOLVER)]
                       ).wait_line("ready")

    def start_root(self):
        home = self.root = self.make("root")
        wrong = "bogus. DS 1 13 2 " + "AB" * 32
        text = ". 60 SOA ns.root. ops.root. 1 60 60 60000 1\n" \
               ". 300 NS ns.root.\nns.root. 300 A " + ROOT + "\n"
        for name in ("example", "plain", "bogus", "lame", "split", "stale"):
            for n, ip in (("ns1", NS1), ("ns2", NS2)):
                text += f"{name}. 60 NS {n}.{name}.\n{n}.{name}. 60 A {ip}\n"
        text += "deaf. 60 NS ns1.deaf.\nns1.deaf. 60 A " + NS1 + "\n"
        text += "deaf. 60 NS ns2.deaf.\nns2.deaf. 60 A " + DEAF + "\n"
        for ip in (NS1, DEAF):
            text += f"moved. 60 NS ns1.moved.\nns1.moved. 60 A {ip}\n"
        text += self.ds["example."] + "\n" + wrong + "\n"
        self.anchor = self.knot(home, ROOT, {".": text}, ["."])["."]
        (home / ".zone").write_text(text)
        self.start("knotd", "-c", home / "knot.conf")

    def start_ns2(self):
        home = self.make("ns2")
        zones = {"plain": zone("plain"), "bogus": zone("bogus"),
                 "split": zone("split"), "stale": zone("stale", serial=99)}
        rows = ""
        for name, text in zones.items():
            (home / f"{name}.zone").write_text(text)
            rows += f"zone:\n  name: {name}.\n  zonefile: {name}.zone\n"
        (home / "nsd.conf").write_text(
            NSD % {"ip": NS2, "dir": home, "primary": NS1, "zones": rows})
        self.start("nsd", "-d", "-c", home / "nsd.conf")

    def start_resolver(self):
        home = self.make("resolver")
        make_ca(home, "dns.example")
        (home / "root.hints").write_text(
            f". 3600000 NS ns.root.\nns.root. 3600000 A {ROOT}\n")
        (home / "root.ds").write_text(self.anchor + "\n")
        (home / "unbound.conf").write_text(UNBOUND % {"ip": RESOLVER, "dir": home})
        self.start("unbound", "-d", "-c", home / "unbound.conf")
        self.ca = home / "ca.pem"
        until(self.is_ready, "the name servers answer")

    def is_ready(self):
        return all(self.dig(server, "www.example.", "A").count("192.0.2.") == 2
                   for server in (NS1, NS2, TWIN, RESOLVER))

    def dig(self, server, name, kind, *more):
        return self.net.run(["kdig", f"@{server}", name, kind, "+short",
                             "+timeout=1", "+retry=0", *more]).stdout

    def run(self, checks, *args):
        path = self.folder / "checks.conf"
        path.write_text("picket = 1;\ndefaults = { timeout = \"6s\"; };\n"
                        "checks = {\n" + checks + "\n};\n")
        return self.net.run([binary("picket"), "run", path, "--resolvers",
                             RESOLVER, *args])
