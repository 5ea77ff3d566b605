"""A whole Picket in networks of its own: controller, probes, sinks.

    bed = Bed(folder)
    bed.host("target", "20")    a machine: a Net on both of the bed's networks
    bed.controller(CHECKS)      on host "controller"; CHECKS is configuration
    bed.probe("fra")            host "fra": invited, joined, started
    bed.pages("webhook")        what the sink's own log holds

Two networks: 10.8.0.x for uplinks and pages, 10.9.0.x towards targets, so
that either can be cut alone: bed.cut("fra", "target").
"""
import base64
import email
import email.policy
import hashlib
import hmac
import json
import subprocess

from conftest import Net, binary, until

PYTHON = "/usr/bin/python3"
SERVERS = str(__import__("pathlib").Path(__file__).with_name("servers.py"))
UPLINK, TARGET = "uplink", "target"
NETWORKS = {UPLINK: "10.8.0", TARGET: "10.9.0"}
SECRET = b"0123456789abcdef0123456789abcdef"

CONFIG = """
picket = 1;
controller = {
  listen   = "127.0.0.1:8787";
  probes   = { listen = "10.8.0.2:8788"; url = "https://%(probes)s"; };
  data_dir = "%(data)s";
  mail     = { server = "smtp://10.8.0.2:2525"; from = "picket@example.com"; };
};
regions = { %(regions)s };
secrets = { hook = { file = "%(secret)s"; }; };
channels = {
  hook = { webhook = "http://10.8.0.2:9000/hook"; secret = "${secret.hook}"; };
  mail = { email = "ops@example.com"; };
};
policies = { web = { first = { notify = [ "channel:hook", "channel:mail" ]; }; }; };
alerts = { down = { on = "down"; }; };
"""


class Bed:
    def __init__(self, folder, regions=("fra", "iad", "sin")):
        self.folder = folder
        self.regions = regions
        self.hosts = {}
        self.daemons = {}
        self.hub = Net(self.make_dir("hub"))
        for name in NETWORKS:
            self.ip(self.hub, "link", "add", "name", name, "type", "bridge")
            self.ip(self.hub, "link", "set", name, "up")
        self.host("controller", "2")

    def make_dir(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def close(self):
        """What each program said stays in the folder, for who looks for why."""
        for name, net in self.hosts.items():
            net.close()
            for i, proc in enumerate(net.procs):
                (self.folder / f"{name}-{i}.out").write_text(proc.text())
        self.hub.close()

    # ---- machines and wires ----

    @staticmethod
    def ip(net, *args):
        done = net.run(["ip", *args])
        assert done.returncode == 0, (args, done.stderr)

    def host(self, name, number):
        net = Net(self.make_dir(name), beside=self.hub)
        self.hosts[name] = net
        for index, (network, prefix) in enumerate(NETWORKS.items()):
            wire = f"{network[0]}-{name}"
            self.ip(self.hub, "link", "add", "name", wire, "type", "veth",
                    "peer", "name", f"eth{index}", "netns", str(net.pid))
            self.ip(self.hub, "link", "set", wire, "master", network, "up")
            self.ip(net, "addr", "add", f"{prefix}.{number}/24", "dev",
                    f"eth{index}")
            self.ip(net, "link", "set", f"eth{index}", "up")
        return net

    def wire(self, host, network, state):
        self.ip(self.hub, "link", "set", f"{network[0]}-{host}", state)

    def cut(self, host, *networks):
        for network in networks or NETWORKS:
            self.wire(host, network, "down")

    def mend(self, host, *networks):
        for network in networks or NETWORKS:
            self.wire(host, network, "up")

    def serve(self, host, *args):
        proc = self.hosts[host].start([PYTHON, "-u", SERVERS, *args])
        proc.wait_line("^ready$")
        return proc

    # ---- Picket ----

    def sinks(self, answer_ms=0):
        self.serve("controller", "webhook", "10.8.0.2", "9000",
                   self.folder / "webhook.log", str(answer_ms))
        self.serve("controller", "smtp", "10.8.0.2", "2525",
                   self.folder / "smtp.log")

    def configure(self, checks, probes="10.8.0.2:8788"):
        secret = self.folder / "hook.secret"
        secret.write_text("whsec_" + base64.b64encode(SECRET).decode())
        secret.chmod(0o600)
        regions = "".join(f"{r} = {{ name = \"{r}\"; }}; " for r in self.regions)
        text = CONFIG % {"data": self.folder / "data", "secret": secret,
                         "regions": regions, "probes": probes}
        (self.folder / "picket.conf").write_text(text + checks)

    def controller(self, **env):
        """Starts it; again after it was killed."""
        proc = self.hosts["controller"].start(
            [binary("picket-controller"), "--config", self.folder / "picket.conf"],
            **env)
        proc.wait_line('"STARTED"|STARTED')
        self.daemons["controller"] = proc
        return proc

    def picket(self, *args, **more):
        """`picket ARGS` beside the controller."""
        return self.hosts["controller"].run(
            [binary("picket"), *args, "--data", self.folder / "data"], **more)

    def invite(self, region, *name):
        done = self.picket("probe", "invite", region, *name)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def join(self, host, line, *more):
        home = self.hosts[host].home
        return self.hosts[host].run(
            [binary("picket"), "probe", "join", "--dir", home / "state",
             "--config", home / "probe.conf", *more], input=line)

    def start_probe(self, host, **env):
        proc = self.hosts[host].start(
            [binary("picket-probe"), "--config",
             self.hosts[host].home / "probe.conf"], **env)
        self.daemons[host] = proc
        return proc

    def probe(self, region, number):
        self.host(region, number)
        done = self.join(region, self.invite(region, f"{region}-1"))
        assert done.returncode == 0, done.stderr
        return self.start_probe(region)

    # ---- what there is to see ----

    def results(self, *args):
        done = self.picket("results", *args, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def api(self, path):
        key = json.loads((self.folder / "data/runtime.json").read_text())["key"]
        return self.hosts["controller"].json(
            f"http://127.0.0.1:8787{path}", [f"Authorization: Bearer {key}"])

    def verdicts(self):
        checks = self.api("/api/v1/checks")
        checks = checks.get("checks", checks) if isinstance(checks, dict) else checks
        return {c["name"]: c["verdict"] for c in checks}

    def wait_verdicts(self, timeout=30, **want):
        want = {k.replace("_", "-"): v for k, v in want.items()}

        def seen():
            now = self.verdicts()
            return all(now.get(k) == v for k, v in want.items())
        until(seen, f"{want}, the last is {self.verdicts()}", timeout)

    def wait_all_up(self, timeout=30):
        until(lambda: set(self.verdicts().values()) == {"up"}, "all up", timeout)

    def log(self, name):
        path = self.folder / f"{name}.log"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]

    def posts(self):
        return [Post(entry) for entry in self.log("webhook")]

    def mails(self):
        return [Mail(entry) for entry in self.log("smtp")]

    def pages(self, check, edge):
        """(posts, mails) about `check`; edge: triggered or resolved."""
        return ([p for p in self.posts() if (p.check, p.edge) == (check, edge)],
                [m for m in self.mails() if (m.check, m.edge) == (check, edge)])

    def wait_page(self, check, edge, timeout=30):
        until(lambda: all(self.pages(check, edge)),
              f"{check} {edge} at both sinks", timeout)
        return self.pages(check, edge)


class Post:
    """One delivery of a webhook, its signature verified."""

    def __init__(self, entry):
        headers, body = entry["headers"], base64.b64decode(entry["body"])
        self.at = entry["at"]
        self.id = headers["webhook-id"]
        signed = f"{self.id}.{headers['webhook-timestamp']}.".encode() + body
        mac = hmac.new(SECRET, signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == \
            "v1," + base64.b64encode(mac).decode()
        assert abs(int(headers["webhook-timestamp"]) - self.at) < 5
        message = json.loads(body)
        self.edge = message["type"].partition(".")[2]
        self.data = message["data"]
        self.check = self.data["check"]
        over = self.edge == "resolved"
        assert self.data["state"] == ("resolved" if over else "open")
        assert ("verdict" in self.data) != over
        self.reason = (self.data["was"] if over else self.data)["reason"]


class Mail:
    """One mail, as Python's parser reads it."""

    def __init__(self, entry):
        message = email.message_from_bytes(base64.b64decode(entry["data"]),
                                           policy=email.policy.default)
        assert not message.defects
        self.at = entry["at"]
        self.to = entry["to"]
        self.message = message
        self.id = message["Message-ID"]
        self.subject = message["Subject"]
        self.text = message.get_content()
        first = self.text.split()
        self.edge = "resolved" if first[0] == "RESOLVED" else "triggered"
        self.check = first[1].rstrip(":")
        assert self.subject == "[Picket] " + self.text.splitlines()[0]


def make_ca(folder, host):
    """A CA and a certificate for `host`; and one that ended yesterday."""
    def openssl(*args):
        done = subprocess.run(["openssl", *args], cwd=folder,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-subj", "/CN=test CA", "-days", "30")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "good.key", "-out", "good.csr", "-subj",
            f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\n"
        "new_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\n"
        "default_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n"
        "[p]\ncommonName=supplied\n")
    (folder / "index").write_text("")
    (folder / "serial").write_text("1000")
    for name, start, end in (("good", "20200101000000Z", "20490101000000Z"),
                             ("expired", "20200101000000Z", "20210101000000Z")):
        openssl("ca", "-config", "ca.conf", "-batch", "-notext", "-in",
                "good.csr", "-out", f"{name}.pem", "-startdate", start,
                "-enddate", end)
