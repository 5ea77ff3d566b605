"""`lock = true` with three regions: the target's own log says that no two of
them were ever there together, confirmations too; and an outage is told."""
import pytest

from bed import PYTHON, Bed
from conftest import until
from test_access import GATES

EVERY_S = 10
CHECKS = """defaults = { policy = "web"; };
checks = { buy = {
  every = "10s"; timeout = "1s"; cleanup_timeout = "500ms"; lock = true;
  recover = 1;
  journey = { basket = { get = "http://10.9.0.20:8001/basket"; };
              pay    = { get = "http://10.9.0.20:8001/pay"; }; };
  cleanup = { cancel = { delete = "http://10.9.0.20:8001/order"; }; };
}; };
"""


class Run:
    """What the target saw of one run, from its first request to its last."""

    def __init__(self, entries):
        self.who = entries[0]["who"]
        self.begin = min(e["begin"] for e in entries)
        self.end = max(e["end"] for e in entries)
        self.asked = [e["asked"] for e in entries]


def be(town, mood):
    """From one request to the next, and never half of it."""
    new = town.mood.with_suffix(".new")
    new.write_text(mood)
    new.replace(town.mood)


@pytest.fixture
def town(tmp_path):
    bed = Bed(tmp_path)
    try:
        bed.mood = tmp_path / "mood"
        be(bed, "100 200")
        bed.host("target", "20").start(
            [PYTHON, "-u", GATES, "turns", "10.9.0.20", "8001",
             tmp_path / "turns.log", bed.mood]).wait_line("ready")
        bed.sinks()
        bed.configure(CHECKS)
        bed.controller()
        for number, region in enumerate(bed.regions):
            bed.probe(region, str(11 + number))
        yield bed
    finally:
        bed.close()


def runs(town):
    by_id = {}
    for entry in town.log("turns"):
        by_id.setdefault(entry["run"], []).append(entry)
    return sorted((Run(e) for e in by_id.values()), key=lambda r: r.begin)


def test_regions_take_turns_also_to_confirm(town):
    town.wait_all_up(60)
    until(lambda: len({r.who for r in runs(town)}) == 3, "all regions", 60)

    be(town, "100 503")
    before = len(runs(town))
    town.wait_page("buy", "triggered", 90)
    down = runs(town)[before:]
    be(town, "100 200")
    town.wait_page("buy", "resolved", 90)
    everything = runs(town)

    for first, second in zip(everything, everything[1:]):
        assert first.end <= second.begin or first.who == second.who, \
            (vars(first), vars(second))
    # A run is all of its steps, and what it began it tidied up.
    assert all(r.asked[-1] == "/order" for r in everything[:-3])
    # More than one region was asked, and one of them outside its schedule.
    assert len({r.who for r in down}) > 1
    again = [second.begin - first.begin
             for who in {r.who for r in down}
             for first, second in zip(
                 [r for r in down if r.who == who],
                 [r for r in down if r.who == who][1:])]
    assert min(again) < EVERY_S / 2
    for edge in ("triggered", "resolved"):
        posts, mails = town.pages("buy", edge)
        assert (len(posts), len(mails)) == (1, 1)
    posts, _ = town.pages("buy", "triggered")
    assert posts[0].reason == "expect.status"
