"""A secret whose source is not there yet: the page waits for it, and arrives."""
import pytest

from bed import Bed

CHECKS = """defaults = { every = "1s"; timeout = "1s"; policy = "web"; };
checks = { gone = { tcp = "10.9.0.2:9"; regions = [ "fra" ]; }; };
"""


@pytest.fixture
def bed(tmp_path):
    bed = Bed(tmp_path, ("fra",))
    yield bed
    bed.close()


def test_a_page_waits_for_its_secret(bed):
    bed.sinks()
    bed.configure(CHECKS)
    secret = bed.folder / "hook.secret"
    value = secret.read_text()
    secret.unlink()
    daemon = bed.controller()
    daemon.wait_line("SECRET_MISSING.*hook.secret")
    bed.probe("fra", "11")
    daemon.wait_line("PAGE_RETRY.*channel:hook")
    daemon.wait_line("PAGE_SENT.*channel:mail")     # the other road is open
    assert bed.posts() == []

    done = bed.picket("reload")
    assert done.returncode != 0
    assert "hook.secret" in done.stderr
    secret.write_text(value)
    secret.chmod(0o600)
    done = bed.picket("reload")
    assert done.returncode == 0, done.stderr
    posts, mails = bed.wait_page("gone", "triggered")
    assert (len(posts), len(mails)) == (1, 1)
    assert value.partition("_")[2] not in daemon.text()
