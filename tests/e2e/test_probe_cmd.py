"""`picket probe`: a fourth probe joins the demo by the line, and is shut out."""
import re

from conftest import until
from test_demo import Demo


def line_of(done):
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"picket-invite:v1:\S+\n", done.stdout), done.stdout
    return done.stdout


def test_invite_join_revoke(net, picket, picket_probe, tmp_path):
    Demo(net, picket).ready()
    line = line_of(net.run([picket, "probe", "invite", "fra", "fra-2"]))
    conf = tmp_path / "probe.conf"
    state = tmp_path / "state"
    join = [picket, "probe", "join", "--dir", "state", "--config", conf]
    done = net.run(join, input=line, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f'identity = "{state}/identity"' in conf.read_text()
    assert f'dir = "{state}"' in conf.read_text()
    assert "joined as fra-2 in fra" in done.stdout
    assert (state / "identity" / "key.pem").stat().st_mode & 0o777 == 0o600

    # once is once, and what is there is not written over
    again = net.run(join, input=line, cwd=tmp_path)
    assert again.returncode == 73
    assert "is there already" in again.stderr
    other = net.run([picket, "probe", "join", "--dir", tmp_path / "b",
                     "--config", tmp_path / "b.conf"], input=line)
    assert other.returncode == 69
    assert re.search(r"not joined: the controller refuses \(403\): [a-z]",
                     other.stderr), other.stderr
    assert "{" not in other.stderr
    assert not (tmp_path / "b.conf").exists()

    probe = net.start([picket_probe, "--config", conf])

    def state_of(name):
        found = re.search(rf"^{name} +fra +(\w+)",
                          net.run([picket, "probes"]).stdout, re.M)
        return found and found.group(1)
    until(lambda: state_of("fra-2") == "here", "fra-2 is here")
    done = net.run([picket, "probe", "revoke", "fra2"])
    assert "there is no probe `fra2`; did you mean `fra-2`?" in done.stderr
    done = net.run([picket, "results", "paymnt"])
    assert "there is no check `paymnt`; did you mean `payment`?" in done.stderr
    done = net.run([picket, "results", "-n", "100000"])
    assert done.returncode == 64 and "from 1 to 10000" in done.stderr
    done = net.run([picket, "probe", "revoke", "fra-2"])
    assert done.returncode == 0, done.stderr
    assert state_of("fra-2") == "revoked"
    line = probe.wait_line(r"IDENTITY_REFUSED.*", timeout=60).group(0)
    assert "this probe was revoked: stop it, or" in line and "{" not in line


def test_a_key_for_two(net, picket, tmp_path):
    Demo(net, picket).ready()
    line = line_of(net.run([picket, "probe", "key", "iad", "--count", "2"]))
    codes = []
    for i in range(3):
        file = tmp_path / f"line{i}"
        file.write_text(line)
        done = net.run([picket, "probe", "join", "--file", file, "--name",
                        f"edge-{i}", "--dir", tmp_path / f"s{i}", "--config",
                        tmp_path / f"p{i}.conf"])
        codes.append(done.returncode)
    assert codes == [0, 0, 69]
    probes = net.run([picket, "probes"]).stdout
    assert re.search(r"^edge-0 +iad +never", probes, re.M), probes


def test_what_is_wrong_is_said(net, picket):
    def refused(code, text, *args, **more):
        done = net.run([picket, *args], **more)
        assert done.returncode == code, (args, done)
        assert text in done.stderr, (args, done.stderr)
    refused(66, "no controller runs here", "probes")
    refused(64, "did you mean invite?", "probe", "invit", "fra")
    refused(64, "from stdin or --file", "probe", "join", "picket-invite:v1:x")
    refused(66, "no line came", "probe", "join", input="")
    refused(65, "picket", "probe", "join", input="hello\n")
    refused(69, "no answer from", "probes", "--url",
            "http://127.0.0.1:9")
    Demo(net, picket).ready()
    refused(64, "no region of that name", "probe", "invite", "mars")
    refused(64, "there is no probe `fra-9`", "probe", "revoke", "fra-9")
    refused(64, "there is no check `nothing`", "results", "nothing")
    refused(64, "write a number from 1 to 10000", "results", "--limit", "x")
    refused(78, "no file to read again", "reload")
