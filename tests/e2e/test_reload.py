"""A new configuration while everything runs: what stays, what goes, who is told."""
import re
import signal

import pytest

from bed import Bed
from conftest import until

HEAD = """defaults = { every = "1s"; timeout = "1s"; policy = "web"; };
checks = {
"""
ONE = '  one = { tcp = "10.9.0.2:9"; };\n'        # nothing listens there
TWO = '  two = { tcp = "10.9.0.2:10"; };\n'
UP = '  up = { tcp = "10.8.0.2:8788"; };\n'
TAIL = "};\n"


@pytest.fixture
def bed(tmp_path):
    bed = Bed(tmp_path, ("fra",))
    bed.sinks()
    yield bed
    bed.close()


def set_checks(bed, *checks):
    bed.configure(HEAD + "".join(checks) + TAIL)


def incidents(bed):
    found = bed.api("/api/v1/incidents")
    found = found.get("incidents", found) if isinstance(found, dict) else found
    return {i["check"]: i for i in found}


def test_what_travels_is_read_again(bed):
    """Body files, secrets and journeys take part: what a check sends is part of
    its version, what is missing is refused."""
    body, secret = bed.folder / "order.json", bed.folder / "token"
    body.write_text('{ "sku": "${run.id}" }')
    secret.write_text("hunter2")
    secret.chmod(0o600)
    text = """defaults = { every = "5s"; timeout = "1s"; policy = "web"; };
checks = {
  post = { post = "http://10.9.0.2:9/"; json_file = "order.json"; };
  shop = { journey = {
    one = { get = "http://10.9.0.2:9/"; auth = { bearer = "${secret.token}"; };
            save = { id = "json $.id"; }; };
    two = { post = "http://10.9.0.2:9/${id}"; json_file = "order.json"; };
  }; };
};
"""
    conf = bed.folder / "picket.conf"
    token = f'token = {{ file = "{secret}"; for = "http://10.9.0.2:9"; }};'

    def configure(checks):
        bed.configure(checks)
        conf.write_text(conf.read_text().replace("secrets = {",
                                                 "secrets = { " + token))
    configure(text)
    daemon = bed.controller()
    bed.probe("fra", "11")
    bed.wait_verdicts(post="down")

    def reload():
        done = bed.picket("reload")
        return done.returncode, done.stdout + done.stderr
    assert reload() == (0, "2 checks: 0 added, 0 changed, 0 removed\nreloaded\n")
    body.write_text('{ "sku": "other" }')
    rc, said = reload()
    assert rc == 0 and "2 checks: 0 added, 2 changed, 0 removed" in said
    assert bed.verdicts()["post"] == "down"             # kept
    for wrong, place in (("{ not JSON", "this is not JSON"),
                         (None, "cannot read")):
        body.unlink() if wrong is None else body.write_text(wrong)
        rc, said = reload()
        assert rc == 78 and said.count(place) == 2, said
        assert f"{conf}:" in said and "order.json" in said
    body.write_text('{ "sku": "other" }')
    configure(text.replace("${id}", "${di}"))
    rc, said = reload()
    assert rc == 78 and "known here: id" in said, said
    daemon.wait_line("CONFIG_REFUSED")
    assert bed.verdicts()["post"] == "down"


def test_reload(bed):
    set_checks(bed, ONE, TWO, UP)
    daemon = bed.controller()
    probe = bed.probe("fra", "11")
    bed.wait_verdicts(one="down", two="down", up="up")
    bed.wait_page("one", "triggered")
    bed.wait_page("two", "triggered")
    before = incidents(bed)

    # a bad file: refused, the answer and the log name the place
    conf = bed.folder / "picket.conf"
    good = conf.read_text()
    conf.write_text(good.replace("timeout", "timout"))
    line = good[:good.index("timeout")].count("\n") + 1
    done = bed.picket("reload")
    assert done.returncode == 78, done
    assert f"{conf}:{line}:" in done.stderr
    assert "did you mean `timeout`?" in done.stderr
    assert "the old configuration stays" in done.stderr
    daemon.wait_line(f"CONFIG_REFUSED.*{re.escape(conf.name)}:{line}")
    mark = daemon.mark()
    daemon.signal(signal.SIGHUP)
    daemon.wait_line(f"CONFIG_REFUSED.*{re.escape(conf.name)}:{line}",
                     after=mark)
    assert bed.verdicts() == {"one": "down", "two": "down", "up": "up"}

    # two goes, three comes, the rest stays as it is
    three = '  three = { each = [ "8787" ]; tcp = "10.8.0.2:${each}"; };\n'
    set_checks(bed, ONE, UP, three)
    done = bed.picket("reload")
    assert done.returncode == 0, done.stderr
    assert "3 checks: 1 added, 0 changed, 1 removed" in done.stdout
    now = bed.verdicts()
    assert set(now) == {"one", "up", "three-8787"}
    assert (now["one"], now["up"]) == ("down", "up")     # at once: kept
    posts, mails = bed.wait_page("two", "resolved")
    assert (len(posts), len(mails)) == (1, 1)
    assert "the check was removed" in posts[0].data["ended"]
    assert "the check was removed" in mails[0].text
    after = incidents(bed)
    assert after["one"]["id"] == before["one"]["id"]
    assert after["one"]["state"] == "open"
    assert after["two"]["state"] == "resolved"
    bed.wait_verdicts(three_8787="down")

    # the probe did not begin anew: no run of `up` is missing or doubled
    def starts():
        return sorted(r["started"] for r in bed.results("up", "--limit", "500"))
    seen = len(starts())
    until(lambda: len(starts()) > seen + 3, "further runs")
    assert len(set(starts())) == len(starts())
    assert probe.popen.poll() is None

    # SIGHUP takes a good file, too; nobody is told of `one` again
    mark = daemon.mark()
    set_checks(bed, ONE, UP)
    daemon.signal(signal.SIGHUP)
    daemon.wait_line("CONFIG_READ", after=mark)
    assert set(bed.verdicts()) == {"one", "up"}
    assert [len(sink) for sink in bed.pages("one", "triggered")] == [1, 1]
    assert bed.pages("one", "resolved") == ([], [])
