"""The kinds beside http, dns, tls and tcp, from the command line, against the
kernel and real servers."""
import json

import pytest

PING_RANGE = "net.ipv4.ping_group_range"


def check(net, picket, *args):
    """One `picket check --json`: its exit code and its result."""
    done = net.run([picket, "check", *args, "--json"])
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


# ---- icmp ----

@pytest.fixture
def ping_net(net):
    """A network in which this process's group may send echo requests."""
    done = net.run(["sysctl", "-q", "-w", f"{PING_RANGE}=0 2147483647"])
    assert done.returncode == 0, done.stderr
    return net


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_icmp_answers(ping_net, picket, host):
    code, result = check(ping_net, picket, f"icmp:{host}",
                         "--expect", "loss == 0 and rtt.max < 5s")
    assert (code, result["status"], result["kind"]) == (0, "up", "icmp")
    facts = result["facts"]
    assert (facts["packets_sent"], facts["packets_received"]) == (3, 3)
    assert (facts["loss_percent"], facts["ip"], facts["ttl"]) == (0, host, 64)
    assert facts["rtt_min_us"] <= facts["rtt_us"] <= facts["rtt_max_us"]


def test_icmp_nobody_answers(ping_net, picket):
    ping_net.run(["sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1"])
    (ping_net.home / "conf").mkdir()
    (ping_net.home / "conf/a.conf").write_text("""picket = 1;
checks = { lo = { icmp = "127.0.0.1"; timeout = "500ms"; }; };
""")
    done = ping_net.run([picket, "run", ping_net.home / "conf", "--json"])
    result = json.loads(done.stdout)
    assert (done.returncode, result["reason"]) == (2, "icmp.timeout")
    assert result["facts"]["loss_percent"] == 100
    assert result["evidence"]["icmp"]["rtt_ms"] == ["lost"] * 3


def test_icmp_no_route(ping_net, picket):
    code, result = check(ping_net, picket, "icmp:192.0.2.1")
    assert (code, result["reason"]) == (2, "icmp.unreachable")


def test_icmp_without_permission_names_the_remedy(net, picket):
    done = net.run(["sysctl", "-q", "-w", f"{PING_RANGE}=1 0"])
    assert done.returncode == 0, done.stderr
    code, result = check(net, picket, "icmp:127.0.0.1")
    assert (code, result["reason"]) == (3, "local.config")
    assert PING_RANGE in result["message"]
    assert "deploy/systemd/picket.sysctl" in result["message"]
