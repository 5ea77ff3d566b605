"""TLS from the command line, against OpenSSL's server: status, reason and
values."""
import datetime
import json
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from bed import PYTHON
from tls_desk import HOST, PORT, Cert, Pki, desk, pki  # noqa: F401 (fixtures)


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
                  "invalid_ca"),
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
    try:
        while sys.argv[2] == "flood":
            conn.sendall(say * 1000)
    except OSError:
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
    # HelloRequest, which a library passes over: it must not hold the loop
    (b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", "flood", "tls.handshake"),
])
def test_no_handshake(desk, say, end, reason):
    desk.net.start([PYTHON, "-u", "-c", RAW, say.hex() or "", end]
                   ).wait_line("ready")
    result = desk.check('timeout = "500ms";')
    assert result["reason"] == reason, result
    if reason == "tls.alert":
        assert result["message"].startswith(
            "the server ended the handshake: alert 40, handshake failure: ")
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
