"""The pages, as a browser shows them: narrow and wide, light and dark, quiet
and during an outage; readable, without script, with nothing from elsewhere."""
import json
import pathlib

import pytest

from conftest import until
from test_demo import Demo

BROWSER = pathlib.Path(__file__).with_name("browser.py")
# WCAG 1.4.10: no sideways scrolling at 320 CSS pixels.
LOOKS = [(320, "light"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def broken(net, picket):
    demo = Demo(net, picket)
    demo.ready()
    demo.say("break", "pay")
    until(lambda: demo.component("Payments") == "major_outage",
          "the outage on the status page")
    return demo


def look(demo, width, scheme, paths):
    urls = [f"{demo.url}{path}" for path in paths]
    done = demo.net.run(["/usr/bin/python3", BROWSER, width, scheme, *urls])
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_page_in_a_browser(broken):
    incident = broken.net.json(broken.url + "/api/v1/incidents",
                               broken.auth)["incidents"][0]["id"]
    paths = ["/status", f"/?k={broken.key}", "/checks/payment",
             f"/incidents/{incident}", "/probes"]
    grounds = {}
    for width, scheme in LOOKS:
        pages = look(broken, width, scheme, paths)
        assert len(pages) == len(paths)
        for page in pages:
            where = f"{page['url']} at {width} {scheme}"
            assert len(page["h1"]) == 1, where
            assert page["lang"] == "en" and page["main"] == 1, where
            assert page["scripts"] == 0 and page["foreign"] == [], where
            assert page["complaints"] == [], where
            assert page["poor"] == [], where
            assert page["too_wide"] <= 0, where
            assert width > 320 or page["sideways"] == [], where
        grounds[scheme] = pages[0]["ground"]
        public, board, check, one, probes = pages
        assert broken.key not in board["url"] + board["text"]
        assert "Payments" in public["text"] and "outage" in public["text"]
        assert "no data" not in public["text"].split("Components")[0]
        assert "payment" in board["text"] and "expect.status" in board["text"]
        assert "status == 200: got 503" in one["text"]
        assert all(r in probes["text"] for r in ["fra-1", "iad-1", "sin-1"])
    assert grounds["light"] > 0.5 > grounds["dark"]


def test_operators_pages_need_the_key(broken):
    for path in ["/", "/checks/payment", "/probes", "/api/v1/checks"]:
        answer = broken.net.get(broken.url + path)
        assert answer.status in (401, 403)
        assert "expect.status" not in answer.text
    assert broken.net.get(broken.url + "/status").status == 200
