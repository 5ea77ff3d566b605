"""What tests of TLS share: certificates made for them, and one check at a time.

    pki = Pki()                 a root, an authority under it, a stranger
    Cert(NAME, issuer, ...)     one certificate with its key, as wrong as asked
    desk.write(NAME, TEXT)      a file in the test's folder
    desk.serve(LEAF, CHAIN)     openssl s_server, ready
    desk.check(SETTINGS)        the result of one configured check of shop.test
"""
import datetime
import ipaddress
import json
import os
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

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
