"""TLS, STARTTLS and dialogues from the command line, against OpenSSL's server,
slapd, PostgreSQL and an SMTP server: status, reason and values."""
import datetime
import ipaddress
import json
import os
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bed import PYTHON, SERVERS

HOST = "shop.test"
PORT = 8443
NOW = datetime.datetime.utcnow()
PEM = serialization.Encoding.PEM


def days(n):
    return datetime.timedelta(days=n)


class Cert:
    """A certificate with its key, and whoever signed it."""

    def __init__(self, name, issuer=None, ca=False, since=-10, until=30,
                 san=HOST, usage=ExtendedKeyUsageOID.SERVER_AUTH, rsa_bits=0,
                 md=None, must_staple=False, addresses=()):
        self.key = (rsa.generate_private_key(65537, rsa_bits) if rsa_bits
                    else ec.generate_private_key(ec.SECP256R1()))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = issuer or self
        make = (x509.CertificateBuilder().subject_name(subject)
                .issuer_name(by.cert.subject if issuer else subject)
                .public_key(self.key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(NOW + days(since))
                .not_valid_after(NOW + days(until))
                .add_extension(x509.BasicConstraints(ca, None), True))
        if not ca:
            make = make.add_extension(x509.ExtendedKeyUsage([usage]), False)
            make = make.add_extension(
                x509.SubjectAlternativeName(
                    [x509.DNSName(san)] +
                    [x509.IPAddress(ipaddress.ip_address(a))
                     for a in addresses]), False)
        if must_staple:
            make = make.add_extension(
                x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
        self.cert = make.sign(by.key, md or hashes.SHA256())

    def pem(self):
        return self.cert.public_bytes(PEM).decode()

    def key_pem(self):
        return self.key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode()


class Pki:
    def __init__(self):
        self.root = Cert("Root", ca=True, since=-900, until=900)
        self.middle = Cert("Middle", self.root, ca=True, until=400)
        self.no_ca = Cert("No CA", self.root)
        self.stranger = Cert("Stranger", ca=True)

    def leaf(self, **more):
        return Cert(HOST, more.pop("issuer", self.middle), **more)

    def staple(self, leaf, status="GOOD", since=-1, until=2, signer=None):
        by = signer or self.middle
        is_revoked = status == "REVOKED"
        return ocsp.OCSPResponseBuilder().add_response(
            cert=leaf.cert, issuer=self.middle.cert, algorithm=hashes.SHA1(),
            cert_status=getattr(ocsp.OCSPCertStatus, status),
            this_update=NOW + days(since), next_update=NOW + days(until),
            revocation_time=NOW + days(since) if is_revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if is_revoked
            else None,
        ).responder_id(ocsp.OCSPResponderEncoding.HASH, by.cert).sign(
            by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def pki():
    return Pki()


class Desk:
    """A net, files, and one check at a time of shop.test."""

    def __init__(self, net, pki, picket, folder):
        self.net, self.pki, self.picket, self.folder = net, pki, picket, folder
        self.write("root.pem", pki.root.pem())

    def write(self, name, text):
        path = self.folder / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def serve(self, leaf, chain, *args, staple=None):
        """openssl s_server, ready."""
        args = list(args)
        if chain:
            args += ["-cert_chain", self.write(
                "chain.pem", "".join(c.pem() for c in chain))]
        if staple:
            args += ["-status_file", self.write("staple.der", staple)]
        proc = self.net.start(
            [shutil.which("openssl"), "s_server", "-www", "-accept",
             f"127.0.0.1:{PORT}", "-cert", self.write("leaf.pem", leaf.pem()),
             "-key", self.write("leaf.key", leaf.key_pem()), *args])
        proc.wait_line("^ACCEPT")
        return proc

    def check(self, *settings, kind="tls", port=PORT, secret=""):
        """The result of one configured check, and the program's exit code."""
        conf = self.write("check.conf", f"""picket = 1;
{secret}
defaults = {{ timeout = "5s"; }};
checks = {{ shop = {{ {kind} = "{HOST}:{port}"; resolve = "127.0.0.1";
  ca = "{self.folder}/root.pem"; {" ".join(settings)} }}; }};
""")
        done = self.net.run([self.picket, "run", conf, "--json"],
                            KEY=os.environ.get("KEY", ""))
        assert done.stdout, done.stderr
        result = json.loads(done.stdout)
        want = {"up": 0, "degraded": 1, "down": 2, "error": 3}
        assert done.returncode == want[result["status"]]
        return result


@pytest.fixture
def desk(net, pki, picket, tmp_path):
    return Desk(net, pki, picket, tmp_path)


def rows(pki):
    """name: leaf, what is sent after it, the reason, what else is wrong."""
    leaf, middle = pki.leaf, [pki.middle]
    return {
        "good": (leaf(), middle, None, None),
        "reversed": (leaf(), [pki.root, pki.middle], None, None),
        "expired": (leaf(until=-3), middle, "tls.expired", "expired"),
        "early": (leaf(since=3), middle, "tls.not_yet_valid",
                  "not_yet_valid"),
        "wrong host": (leaf(san="other.test"), middle, "tls.hostname",
                       "hostname"),
        "self-signed": (Cert(HOST), [], "tls.self_signed", "self_signed"),
        "untrusted": (leaf(issuer=pki.stranger), [pki.stranger],
                      "tls.untrusted", "untrusted"),
        "incomplete": (leaf(), [], "tls.incomplete_chain",
                       "incomplete_chain"),
        "purpose": (leaf(usage=ExtendedKeyUsageOID.CLIENT_AUTH), middle,
                    "tls.purpose", "purpose"),
        "no CA": (leaf(issuer=pki.no_ca), [pki.no_ca], "tls.invalid_ca",
                  "invalid_ca, purpose"),
        "weak key": (leaf(rsa_bits=1024), middle, "tls.weak_key", "weak_key"),
        "SHA-1": (leaf(md=hashes.SHA1()), middle, "tls.weak_signature",
                  "weak_signature"),
        "all at once": (Cert("x", san="other.test", since=-9, until=-3,
                             rsa_bits=1024), [], "tls.expired",
                        "expired, hostname, self_signed, weak_key"),
    }


@pytest.mark.parametrize("name", list(rows(Pki())))
def test_every_fault(desk, pki, name):
    leaf, sent, reason, faults = rows(pki)[name]
    desk.serve(leaf, sent, "-cipher", "ALL:@SECLEVEL=0")
    result = desk.check()
    assert result["reason"] == reason, result
    facts = result["facts"]
    assert facts.get("tls_faults") == faults
    assert facts["cert_days"] == (leaf.cert.not_valid_after -
                                  datetime.datetime.utcnow()).days
    assert facts["cert_sha256"] == leaf.cert.fingerprint(
        hashes.SHA256()).hex()
    if reason is None:
        assert [c.split()[0] for c in facts["chain"].split(", ")] == [
            HOST, "Middle", "Root"]
    else:
        assert len(result["evidence"]["chain"]) == 1 + len(sent)


@pytest.mark.parametrize("must, staple, ocsp_is, reason", [
    (False, None, "missing", None),
    (False, {}, "good", None),
    (False, {"status": "REVOKED"}, "revoked", "tls.revoked"),
    (False, {"since": -9, "until": -2}, "stale", None),
    (True, {}, "good", None),
    (True, None, "missing", "tls.ocsp_missing"),
    (True, {"since": -9, "until": -2}, "stale", "tls.ocsp_missing"),
])
def test_staples(desk, pki, must, staple, ocsp_is, reason):
    leaf = pki.leaf(must_staple=must)
    der = None if staple is None else pki.staple(leaf, **staple)
    desk.serve(leaf, [pki.middle], staple=der)
    result = desk.check()
    assert (result["facts"]["ocsp"], result["reason"]) == (ocsp_is, reason)


def test_pins_names_and_versions(desk, pki):
    desk.serve(pki.leaf(), [pki.middle], "-alpn", "imap")
    spki = subprocess.run(
        ["sh", "-c", "openssl x509 -pubkey -noout | openssl pkey -pubin "
         "-outform der | openssl dgst -sha256 -binary | base64"],
        input=pki.root.pem(), capture_output=True, text=True).stdout.strip()
    good = desk.check(f'pins = "sha256/{spki}"; scan = true;',
                      'expect = [ "every versions >= 1.2" ];')
    assert (good["reason"], good["facts"]["tls_versions"]) == (None, "1.2 1.3")
    bad = desk.check(f'pins = "leaf/{"00" * 32}";')
    assert bad["reason"] == "tls.pin"
    assert desk.check('alpn = [ "h2", "imap" ];')["facts"]["alpn"] == "imap"
    assert desk.check('alpn = "h2";')["reason"] == "tls.alpn"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_client_certificates(desk, pki, version):
    desk.serve(pki.leaf(), [pki.middle], "-Verify", "3",
               "-verify_return_error", "-CAfile", desk.folder / "root.pem",
               version)
    assert desk.check()["reason"] == "tls.client_cert_required"
    for issuer, reason in ((pki.root, None),
                           (pki.stranger, "tls.client_cert_rejected")):
        client = Cert("client", issuer, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
        desk.write("client.pem", client.pem())
        key = desk.write("client.key", client.key_pem())
        key.chmod(0o600)
        result = desk.check(
            f'cert = "{desk.folder}/client.pem"; key = "${{secret.key}}";',
            secret=f'secrets = {{ key = {{ file = "{key}"; at = "probe"; '
                   f'for = [ "https://{HOST}:{PORT}" ]; }}; }};')
        assert result["reason"] == reason, result
        assert result["facts"]["client_cert"] == "given"
        assert "PRIVATE" not in json.dumps(result)


def test_an_old_server(desk, pki):
    desk.serve(pki.leaf(rsa_bits=2048), [pki.middle], "-tls1", "-cipher",
               "ALL:@SECLEVEL=0")
    result = desk.check()
    assert result["reason"] == "tls.protocol"
    assert result["facts"]["tls_protocol"] == "TLSv1"


RAW = """
import socket, sys, time
say, holds = bytes.fromhex(sys.argv[1]), sys.argv[2] == "hold"
server = socket.create_server(("127.0.0.1", %d))
print("ready", flush=True)
while True:
    conn, _ = server.accept()
    conn.recv(4096)
    conn.sendall(say)
    while holds and conn.recv(4096):
        pass
    conn.close()
""" % PORT


@pytest.mark.parametrize("say, end, reason", [
    (b"", "hold", "tls.timeout"),
    (b"", "close", "tls.closed"),
    (b"\x16\x03\x03\x00\x7a\x02\x00", "close", "tls.closed"),
    (b"\x16\x03\x03\x00\x7a\x02\x00", "hold", "tls.timeout"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "close", "tls.handshake"),
    (b"\x15\x03\x03\x00\x02\x02\x28", "hold", "tls.alert"),
    (b"\x15\x03\x03\x00\x02\x02\x46", "hold", "tls.protocol"),
    (b"\x16\x03\x03\xff\xff" + b"x" * 2000, "close", "tls.handshake"),
])
def test_no_handshake(desk, say, end, reason):
    desk.net.start([PYTHON, "-u", "-c", RAW, say.hex() or "", end]
                   ).wait_line("ready")
    result = desk.check('timeout = "500ms";')
    assert result["reason"] == reason, result
    assert "tls" not in result["ms"] and result["ms"]["connect"] >= 0


def test_ipv6(desk, pki):
    leaf = pki.leaf(addresses=["::1"])
    desk.net.start(
        [shutil.which("openssl"), "s_server", "-www", "-6", "-accept",
         f"[::1]:{PORT}", "-cert", desk.write("leaf.pem", leaf.pem()), "-key",
         desk.write("leaf.key", leaf.key_pem()), "-cert_chain",
         desk.write("chain.pem", pki.middle.pem())]).wait_line("^ACCEPT")
    done = desk.net.run([desk.picket, "check", f"tls:[::1]:{PORT}", "--ca",
                         desk.folder / "root.pem", "--json"])
    result = json.loads(done.stdout)
    assert (result["reason"], result["facts"]["ip"]) == (None, "::1"), result


# ---- STARTTLS ----

def test_smtp(desk, pki):
    leaf = pki.leaf()
    desk.net.start([PYTHON, "-u", SERVERS, "smtp_tls", "127.0.0.1", "25",
                    desk.write("leaf.pem", leaf.pem() + pki.middle.pem()),
                    desk.write("leaf.key", leaf.key_pem())]).wait_line("ready")
    result = desk.check('starttls = "smtp";', port=25)
    assert result["reason"] is None, result
    assert result["facts"]["cert_subject"] == HOST
    assert result["ms"]["wait"] >= 0 and result["ms"]["tls"] > 0
    assert desk.check('starttls = "imap";',
                      port=25)["reason"] == "starttls.protocol"
    talk = desk.check(
        'starttls = "smtp"; talk = { '
        r'ehlo = { send = "EHLO picket\r\n"; '
        r'''expect = [ "banner ~ '(?m)^250 '" ]; }; '''
        r'mail = { send = "MAIL FROM:<a@b>\r\n"; '
        r'''expect = [ "banner ~ '^250 '" ]; }; };''', kind="tcp", port=25)
    assert talk["reason"] is None, talk
    assert [s["name"] for s in talk["steps"]] == ["ehlo", "mail"]


def test_ldap(desk, pki, tool):
    leaf = pki.leaf()
    folder = desk.folder
    (folder / "slapd").mkdir()
    conf = desk.write("slapd.conf", f"""
TLSCertificateFile {desk.write("leaf.pem", leaf.pem())}
TLSCertificateKeyFile {desk.write("leaf.key", leaf.key_pem())}
TLSCACertificateFile {desk.write("both.pem", pki.middle.pem() + pki.root.pem())}
pidfile {folder}/slapd/pid
""")
    proc = desk.net.start([tool("slapd"), "-d", "1", "-f", conf, "-h",
                           "ldap://127.0.0.1:389"])
    proc.wait_line("slapd starting")
    result = desk.check('starttls = "ldap";', port=389)
    assert result["reason"] is None, result
    assert result["facts"]["cert_subject"] == HOST


@pytest.mark.parametrize("ssl", ["on", "off"])
def test_postgres(desk, pki, ssl):
    leaf = pki.leaf()
    where = sorted(shutil.which("initdb", path=p) or "" for p in
                   ("/usr/lib/postgresql/%d/bin" % v for v in range(13, 20)))
    assert where[-1], "postgresql is missing: deploy/install.sh test"
    tools = os.path.dirname(where[-1])
    as_user = []
    home = desk.folder / "pg"
    home.mkdir()
    if os.geteuid() == 0:          # the server refuses to be root's
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres",
                   "--clear-groups"]
        for path in [home, *home.parents][:4]:
            if str(path).startswith("/tmp/"):
                path.chmod(0o755)
        shutil.chown(home, "postgres", "postgres")
    done = desk.net.run([*as_user, f"{tools}/initdb", "-D", home / "data",
                         "-U", "probe", "-A", "trust", "-N"], cwd="/")
    assert done.returncode == 0, done.stderr
    for name, text in (("server.crt", leaf.pem() + pki.middle.pem()),
                       ("server.key", leaf.key_pem())):
        path = home / "data" / name
        path.write_text(text)
        path.chmod(0o600)
        if as_user:
            shutil.chown(path, "postgres", "postgres")
    desk.net.start([*as_user, f"{tools}/postgres", "-D", home / "data",
                    "-h", "127.0.0.1", "-k", home, "-c", f"ssl={ssl}"],
                   cwd="/").wait_line("ready to accept connections")
    result = desk.check('starttls = "postgres";', port=5432)
    assert result["reason"] == (None if ssl == "on" else "starttls.refused")
    if ssl == "on":
        assert result["facts"]["cert_subject"] == HOST
