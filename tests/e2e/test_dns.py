"""DNS checks against knot, nsd and unbound: who is right, who is not, and why."""
import json

import pytest

from dns_world import DEAF, NS1, NS2, RESOLVER, TURNS, World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("names"))
    yield world
    world.close()


@pytest.fixture(scope="module")
def results(world):
    """Every row of ROWS is a check of one file, run once."""
    checks = "\n".join(
        f"c{i} = {{ {text} }};" for i, (text, *_) in enumerate(ROWS))
    done = world.run(checks.replace("@ANCHOR@", f'trust_anchor = "{world.anchor}";'),
                     "--json")
    found = {}
    for line in done.stdout.splitlines():
        result = json.loads(line)
        found[result["check"]] = result
    assert len(found) == len(ROWS), done.stderr
    return found


def dns(name, *more, expect=()):
    text = f'dns = "{name}"; ' + "".join(f"{m}; " for m in more)
    if expect:
        text += "expect = [ " + ", ".join(f'"{e}"' for e in expect) + " ];"
    return text


AUTH = 'ask = "authoritative"'
BOTH = 'ask = [ "authoritative", "system" ]'
SECURE = ["dnssec == secure"]

ROWS = [
    # text of the check, reason, part of the message, facts
    (dns("www.example", BOTH, expect=[
        "all servers agree", "serial agrees", "delegation agrees",
        "servers == 3", "answers == 2", "answer == '192.0.2.1'"]),
     None, None, {"servers": 3, "servers_failed": 0}),
    (dns("www.example", AUTH, expect=["aa", "not ad", "every ttl >= 60"]),
     None, None, {"aa": 1}),
    (dns("www.example", expect=["ad", "time.dns < 5s"]), None, None, {"ad": 1}),
    (dns("alias.example", AUTH, expect=["answers == 2"]), None, None, {}),
    # an alias out of the zone is all that its servers can say
    (dns("ext.example", AUTH), None, None,
     {"answers": 0, "alias_of": "www.plain"}),
    (dns("ext.example", AUTH, expect=["answers >= 1"]), "expect.answer",
     "answers >= 1: got 0", {"alias_of": "www.plain"}),
    (dns("ext.example", BOTH, "@ANCHOR@", expect=["dnssec != bogus"]),
     None, None, {}),
    (dns("dangling.example", AUTH), "dns.nxdomain",
     "answers NXDOMAIN for nowhere.example, which dangling.example is an alias of",
     {"alias_of": "nowhere.example"}),
    (dns("example", 'record = "NS"', AUTH, expect=["answers == 2"]),
     None, None, {"answer": "ns1.example, ns2.example"}),
    (dns("example", 'record = "SOA"', AUTH, expect=["serial agrees", "serial > 99"]),
     None, None, {}),
    (dns(".", 'record = "NS"', AUTH), None, None, {"answer": "ns.root"}),
    # types
    (dns("svc.example", 'record = "HTTPS"', BOTH), None, None,
     {"answer": '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1'}),
    (dns("odd.example", 'record = "TYPE65280"'), None, None,
     {"answer": "\\# 3 0A0B0C"}),
    (dns("caa.example", 'record = "CAA"'), None, None,
     {"answer": '0 issue "ca.example"'}),
    (dns("sip.example", 'record = "NAPTR"'), None, None,
     {"answer": '100 10 "S" "SIP+D2U" "" _sip._udp.example'}),
    (dns("example", 'record = "DNSKEY"', AUTH, expect=["answers == 1"]),
     None, None, {}),
    (dns("example", 'record = "DS"', expect=["answers == 1"]), None, None, {}),
    # a DS stands in the zone above
    (dns("example", 'record = "DS"', AUTH, "@ANCHOR@",
         expect=["aa", "answers == 1", "dnssec == secure"]),
     None, None, {"server": "ns.root (10.53.0.1)"}),
    (dns("www.example", 'record = "DS"', AUTH), "dns.nodata",
     "ns1.example", {}),
    # transports
    (dns("big.example", 'record = "TXT"', f'ask = "{NS1}"',
         expect=["truncated", "answers == 30"]),
     None, None, {"transport": "tcp", "truncated": 1}),
    (dns("big.example", 'record = "TXT"', f'ask = "{NS1}"', "edns = 0",
         expect=["truncated"]), None, None, {"transport": "tcp"}),
    (dns("www.example", f'ask = "tcp://{NS2}"'), None, None, {"transport": "tcp"}),
    (dns("www.example", 'ask = "tls://dns.example"', 'ca = "resolver/ca.pem"'),
     None, None, {"transport": "tls"}),
    (dns("www.example", 'ask = "https://dns.example/dns-query"',
         'ca = "resolver/ca.pem"'), None, None, {"transport": "https"}),
    (dns("www.example", 'ask = "dns.example"', 'transport = "https"',
         'ca = "resolver/ca.pem"'), None, None, {"transport": "https"}),
    (dns("www.example", f'ask = "tls://{RESOLVER}"', 'ca = "resolver/ca.pem"'),
     "tls.hostname", "not for " + RESOLVER, {}),
    (dns("www.example", 'ask = "tls://dns.example"'), "tls.", "", {}),
    # failures, each by its name
    (dns("none.example", BOTH), "dns.nxdomain", "none.example", {}),
    (dns("none.example", BOTH, expect=["rcode == NXDOMAIN", "all servers agree"]),
     None, None, {}),
    (dns("www.example", 'record = "AAAA"', AUTH), "dns.nodata", "no AAAA", {}),
    (dns("alias.example", f'ask = "{NS1}"', 'record = "AAAA"'), "dns.nodata",
     "no AAAA record of www.example, which alias.example is an alias of", {}),
    (dns("a.example", f'ask = "{NS1}"'), "dns.cname_loop", "circle", {}),
    (dns("www.example", "rd = false", 'ask = "10.53.0.1"'), "dns.lame",
     "neither responsible", {}),
    (dns("www.lame", AUTH), "dns.lame", f"ns2.lame ({NS2}) is lame: it answers REFUSED",
     {"servers": 2, "servers_failed": 1}),
    (dns("www.lame", AUTH, expect=["servers.failed <= 1", "aa"]), None, None, {}),
    (dns("www.deaf", AUTH), "dns.unreachable", f"ns2.deaf ({DEAF})", {}),
    (dns("www.split", AUTH, expect=["delegation agrees"]), "expect.delegation",
     "ns2.split is delegated to, but not named by", {}),
    (dns("www.moved", AUTH, expect=["delegation agrees", "servers.failed <= 1"]),
     "expect.delegation", f"glue says ns1.moved has {DEAF}, ns1.moved ({NS1})", {}),
    (dns("www.stale", AUTH, expect=["all servers agree"]), "expect.agree",
     f"ns2.stale ({NS2}) has 192.0.2.9", {}),
    (dns("www.stale", AUTH, expect=["serial agrees"]), "expect.serial",
     f"ns2.stale ({NS2}) has 99", {}),
    (dns("www.stale", AUTH, expect=["answer == '192.0.2.8'"]), "expect.answer",
     f"ns2.stale ({NS2}): answer == '192.0.2.8'", {}),
    # DNSSEC, validated here
    (dns("www.example", BOTH, "@ANCHOR@", expect=SECURE), None, None,
     {"dnssec": "secure"}),
    (dns("none.example", "@ANCHOR@", expect=["rcode == NXDOMAIN"] + SECURE),
     None, None, {"dnssec": "secure"}),
    (dns("www.example", 'ask = "tls://dns.example"', 'ca = "resolver/ca.pem"',
         "@ANCHOR@", expect=SECURE), None, None, {"dnssec": "secure"}),
    # what it is proven with is the twin's answer: this one's own signature
    (dns("turn.example", f'ask = "{TURNS}"', "@ANCHOR@", expect=SECURE), None,
     None, {"dnssec": "secure", "answers": 1}),
    (dns("www.plain", BOTH, "@ANCHOR@", expect=["dnssec == insecure"]), None, None,
     {"dnssec": "insecure"}),
    (dns("www.plain", "@ANCHOR@", expect=SECURE), "expect.dnssec",
     "got 'insecure'", {}),
    (dns("www.bogus", AUTH, "@ANCHOR@", expect=SECURE), "dns.bogus", "bogus",
     {"dnssec": "bogus"}),
    (dns("www.bogus", "cd = true", "@ANCHOR@", expect=SECURE), "dns.bogus", "got 'bogus'", {}),
    (dns("www.bogus", AUTH, "dnssec = true", "@ANCHOR@"), "dns.bogus",
     "for www.bogus is bogus: ", {"dnssec": "bogus"}),
    (dns("www.bogus", AUTH, "dnssec = true", "@ANCHOR@",
         'degraded_when = [ "dnssec == secure" ]'), None, None,
     {"dnssec": "bogus"}),
    (dns("www.bogus"), "dns.servfail", "SERVFAIL", {}),
    (dns("www.example", "trust_anchor = "
         '"other. DS 1 13 2 ' + "AB" * 32 + '"',
         expect=["dnssec == indeterminate"]), None, None, {}),
    (dns("www.example", AUTH, expect=["rrsig.days > 10"]), None, None,
     {"rrsig_days": 20}),
    (dns("www.example", AUTH, expect=["rrsig.days > 30"]), "expect.rrsig",
     "got 20", {}),
]


@pytest.mark.parametrize("index", range(len(ROWS)))
def test_a_check(results, index):
    text, reason, message, facts = ROWS[index]
    result = results[f"c{index}"]
    told = (result["reason"], result["message"])
    if reason is None:
        assert told == (None, None), text
    else:
        assert (result["reason"] or "").startswith(reason), (told, text)
        assert message in result["message"], text
    for key, value in facts.items():
        assert result["facts"].get(key) == value, (key, result["facts"], text)


def test_evidence_shows_every_server_and_the_delegation(results):
    index = next(i for i, row in enumerate(ROWS) if row[1] == "expect.delegation")
    evidence = results[f"c{index}"]["evidence"]["dns"]
    assert evidence["zone"] == "split" and evidence["parent"] == "."
    assert {h["name"]: h["glue"] for h in evidence["delegated_to"]} == {
        "ns1.split": [NS1], "ns2.split": [NS2]}
    servers = {s["server"]: s for s in evidence["servers"]}
    assert set(servers) == {f"ns1.split ({NS1})", f"ns2.split ({NS2})"}
    named = {r["data"] for r in servers[f"ns1.split ({NS1})"]["ns"]
             if r["type"] == "NS"}
    assert named == {"ns1.split", "ns3.split"}


def test_what_people_see(world):
    anchor = f'trust_anchor = "{world.anchor}"'
    done = world.run(
        "a = { " + dns("www.example", BOTH, anchor, expect=SECURE) + " };")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""    # libunbound keeps its words to itself
