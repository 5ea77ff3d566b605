"""The kinds beside http, dns, tls and tcp, from the command line, against the
kernel and real servers."""
import json

import pytest

from bed import PYTHON, SERVERS, make_ca

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


# ---- exec: Debian's monitoring-plugins-basic ----

PLUGINS = "/usr/lib/nagios/plugins"


def run(net, picket, checks, *args, top="", **env):
    """`picket run` of one check; its exit code and its result."""
    folder = net.home / "conf"
    folder.mkdir(exist_ok=True)
    (folder / "checks.conf").write_text(
        f"picket = 1;\n{top}\nchecks = {{ c = {{ {checks} }}; }};\n")
    done = net.run([picket, "run", folder, "--json", *args], **env)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("number, status, reason", [
    (0, "up", None), (1, "degraded", "exec.warning"),
    (2, "down", "exec.critical"), (3, "error", "exec.unknown"),
    (9, "error", "exec.unknown")])
def test_exec_says_it_by_its_exit_code(net, picket, number, status, reason):
    code, result = run(net, picket,
                       f'exec = [ "check_dummy", "{number}", "as asked" ];')
    assert (result["status"], result["reason"]) == (status, reason)
    assert code == ["up", "degraded", "down", "error"].index(status)
    if number in (1, 2, 3):
        assert result["message"].endswith("as asked")


def test_exec_figures(net, picket):
    plugin = '"check_load", "-w", "1000,1000,1000", "-c", "2000,2000,2000"'
    code, result = run(net, picket, f'exec = [ {plugin} ];'
                       ' expect = [ "perf load1 < 1000" ];')
    assert code == 0, result
    assert "load1=" in result["facts"]["perf"]
    code, result = run(net, picket, f'exec = [ {plugin} ];'
                       ' expect = [ "perf load15 < 0" ];')
    assert (code, result["reason"]) == (2, "expect.perf")
    assert "perf load15 < 0" in result["message"]


def test_exec_against_a_server(net, picket):
    listener = net.start(["/usr/bin/python3", "-u", "-m", "http.server",
                          "8080", "--bind", "127.0.0.1"])
    listener.wait_line("Serving")
    plugin = f'"{PLUGINS}/check_tcp", "-H", "127.0.0.1", "-p"'
    code, result = run(net, picket, f'exec = [ {plugin}, "8080" ];')
    assert code == 0, result
    assert result["facts"]["perf"].startswith("time=")
    code, result = run(net, picket, f'exec = [ {plugin}, "8081" ];')
    assert (code, result["reason"]) == (2, "exec.critical")
    assert "refused" in result["message"]
    assert result["evidence"]["exec"]["exit_code"] == 2


def plugin(net, name, text):
    folder = net.home / "plugins"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder


def test_exec_secret_in_its_environment(net, picket):
    folder = plugin(net, "check_mine", '#!/bin/sh\n'
                    '[ "$PASSWORD" = sesame-4711 ] && grep -q sesame /proc/$$/cmdline'
                    ' && exit 3\n[ -n "$HOME" ] && exit 3\n'
                    'echo "login as me with $PASSWORD failed"; exit 2\n')
    code, result = run(
        net, picket, 'exec = [ "check_mine" ];'
        ' env = { PASSWORD = "${secret.mine}"; };', "--plugins", folder,
        top='secrets = { mine = { env = "MINE"; at = "probe";'
        ' for = [ "exec:check_mine" ]; }; };', MINE="sesame-4711")
    assert "sesame" not in json.dumps(result)
    assert (code, result["reason"]) == (2, "exec.critical"), result


def test_exec_nothing_else_is_run(net, picket):
    code, result = run(net, picket, 'exec = [ "/bin/sh", "-c", "exit 0" ];')
    assert (code, result["reason"]) == (3, "local.config")
    assert PLUGINS in result["message"]


def test_exec_leaves_nothing_behind(net, picket):
    folder = plugin(net, "check_stuck", '#!/bin/sh\ntrap "" TERM\n'
                    'sleep 7654 & sleep 7654\n')
    code, result = run(net, picket, 'exec = [ "check_stuck" ];'
                       ' timeout = "300ms";', "--plugins", folder)
    assert (code, result["reason"]) == (2, "exec.timeout")
    left = net.run(["pgrep", "-f", "sleep 7654"])
    assert left.stdout == ""


# ---- a real WebSocket server: python3-websockets ----

@pytest.fixture
def serve(net):
    """serve(kind, port[, cert, key]) starts one of servers.py in the net."""
    def start(*args):
        proc = net.start([PYTHON, "-u", SERVERS, args[0], "127.0.0.1", *args[1:]])
        proc.wait_line("^ready$")
        return proc
    return start


def test_ws_upgrade(net, picket, serve):
    serve("ws", "8765")
    code, result = check(net, picket, "ws://127.0.0.1:8765/feed")
    assert (code, result["kind"], result["facts"]["status"]) == (0, "ws", 101)
    assert result["facts"]["close_code"] == 1000     # it answered our close


def test_ws_messages(net, picket, serve):
    serve("ws", "8765")
    code, result = run(net, picket, 'ws = "ws://127.0.0.1:8765/feed?a=1";'
                       ' subprotocol = [ "other", "chat" ];'
                       ' messages = [ "ping pong", "again" ];'
                       ' expect = [ "message == \'welcome to /feed?a=1\'",'
                       ' "message == \'again\'", "subprotocol == \'chat\'" ];')
    assert code == 0, result
    assert result["facts"]["messages"] == 3
    code, result = run(net, picket, 'ws = "ws://127.0.0.1:8765/";'
                       ' messages = [ "bye" ]; timeout = "5s";'
                       ' expect = [ "message contains \'never\'" ];')
    assert (code, result["reason"]) == (2, "ws.closed")
    assert "4001" in result["message"] and "as you wish" in result["message"]
    assert result["evidence"]["ws"]["last_message"] == "welcome to /"


def test_ws_dialogue(net, picket, serve):
    serve("ws", "8765")
    talk = ('ws = "ws://127.0.0.1:8765/room"; timeout = "1s"; talk = {'
            ' greet = { expect = [ "message == \'welcome to /room\'" ]; };'
            ' ping = { send = "ping"; expect = [ "message == \'%s\'" ]; };'
            ' again = { send = "again"; expect = [ "message == \'again\'",'
            ' "messages == 1" ]; }; };')
    code, result = run(net, picket, talk % "ping")
    assert code == 0, result
    assert [s["name"] for s in result["steps"]] == ["greet", "ping", "again"]
    code, result = run(net, picket, talk % "pong")
    assert (code, result["reason"]) == (2, "expect.message")
    assert result["message"] == "ping: message == 'pong': got 'ping'"


def test_ws_over_tls(net, picket, serve):
    make_ca(net.home, "localhost")
    serve("ws", "8443", net.home / "good.pem", net.home / "good.key")
    code, result = check(net, picket, "wss://localhost:8443/", "--ca",
                         net.home / "ca.pem", "--expect", "protocol >= 1.2",
                         "--expect", "message exists")
    assert code == 0, result
    assert result["ms"]["tls"] > 0
    code, result = check(net, picket, "wss://localhost:8443/")
    assert (code, result["reason"].partition(".")[0]) == (2, "tls")


MUTUAL = ('ca = "%(home)s/ca.pem"; cert = "%(home)s/good.pem";'
          ' key = "${secret.key}"; ')


def mutual(net, port):
    """A certificate for both sides; settings that show it, and its secret."""
    make_ca(net.home, "localhost")
    key = net.home / "good.key"
    key.chmod(0o600)
    return MUTUAL % {"home": net.home}, (
        f'secrets = {{ key = {{ file = "{key}"; at = "probe";'
        f' for = [ "https://localhost:{port}" ]; }}; }};')


def test_ws_mutual_tls(net, picket, serve):
    settings, secret = mutual(net, 8443)
    serve("ws", "8443", net.home / "good.pem", net.home / "good.key",
          net.home / "ca.pem")
    target = 'ws = "wss://localhost:8443/"; expect = [ "message exists" ]; '
    code, result = run(net, picket, target + settings, top=secret)
    assert (code, result["facts"].get("client_cert")) == (0, "given"), result
    assert "PRIVATE" not in json.dumps(result)
    code, result = run(net, picket, target + f'ca = "{net.home}/ca.pem";')
    assert (code, result["reason"]) == (2, "tls.client_cert_required")
    code, result = run(net, picket, target + settings + 'pins = "leaf/'
                       + "00" * 32 + '";', top=secret)
    assert (code, result["reason"]) == (2, "tls.pin")
    code, result = run(net, picket, target + settings + 'sni = "other.test";',
                       top=secret)
    assert code == 0, result


def test_ws_where_there_is_none(net, picket):
    listener = net.start([PYTHON, "-u", "-m", "http.server", "8080",
                          "--bind", "127.0.0.1"])
    listener.wait_line("Serving")
    code, result = check(net, picket, "ws://127.0.0.1:8080/")
    assert code == 2
    assert result["reason"] in ("ws.refused", "ws.protocol"), result


# ---- a real gRPC server: python3-grpcio ----

def test_grpc_health(net, picket, serve):
    serve("grpc", "50051")
    code, result = check(net, picket, "grpc:127.0.0.1:50051")
    assert (code, result["facts"]["health"]) == (0, "SERVING"), result
    code, result = check(net, picket, "grpc:127.0.0.1:50051/shop.Up",
                         "--expect", "health == SERVING and time < 5s")
    assert code == 0, result
    code, result = check(net, picket, "grpc:127.0.0.1:50051/shop.Down")
    assert (code, result["reason"]) == (2, "grpc.not_serving")
    code, result = check(net, picket, "grpc:127.0.0.1:50051/shop.Other")
    assert (code, result["reason"]) == (2, "grpc.status")
    assert result["message"] == "NOT_FOUND: no such service: 100 %"
    assert result["facts"]["grpc_status"] == "NOT_FOUND"


def test_grpc_over_tls(net, picket, serve):
    make_ca(net.home, "localhost")
    serve("grpc", "50052", net.home / "good.pem", net.home / "good.key")
    code, result = check(net, picket, "grpc:https://localhost:50052", "--ca",
                         net.home / "ca.pem", "--expect",
                         "health == SERVING and days > 1")
    assert code == 0, result
    code, result = check(net, picket, "grpc:localhost:50052")   # in clear
    assert code == 2
    code, result = check(net, picket, "grpc:https://localhost:50052")
    assert (code, result["reason"].partition(".")[0]) == (2, "tls")


def test_grpc_mutual_tls(net, picket, serve):
    settings, secret = mutual(net, 50053)
    serve("grpc", "50053", net.home / "good.pem", net.home / "good.key",
          net.home / "ca.pem")
    target = 'grpc = "https://localhost:50053"; '
    code, result = run(net, picket, target + settings, top=secret)
    assert (code, result["facts"]["health"]) == (0, "SERVING"), result
    assert "PRIVATE" not in json.dumps(result)
    code, result = run(net, picket, target + f'ca = "{net.home}/ca.pem";')
    # its library goes without a word, before or after our request
    assert code == 2 and result["reason"] in (
        "tls.client_cert_required", "tls.closed", "http.closed",
        "http.reset"), result


def test_grpc_through_a_proxy(net, picket, serve):
    make_ca(net.home, "localhost")
    serve("grpc", "50054", net.home / "good.pem", net.home / "good.key")
    serve("connect", "3128", net.home / "proxy.log")
    settings = (f'grpc = "https://localhost:50054"; ca = "{net.home}/ca.pem";'
                ' proxy = "http://127.0.0.1:%d"; timeout = "5s";')
    code, result = run(net, picket, settings % 3128)
    assert (code, result["facts"]["health"]) == (0, "SERVING"), result
    assert "CONNECT localhost:50054" in (net.home / "proxy.log").read_text()
    code, result = run(net, picket, settings % 3129)
    assert (code, result["reason"]) == (2, "proxy.refused"), result


def test_grpc_where_there_is_none(net, picket):
    listener = net.start([PYTHON, "-u", "-m", "http.server", "8080",
                          "--bind", "127.0.0.1"])
    listener.wait_line("Serving")
    code, result = check(net, picket, "grpc:127.0.0.1:8080")
    assert code == 2
    assert result["reason"] in ("grpc.protocol", "http.closed", "http.reset")
