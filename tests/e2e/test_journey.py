"""Journeys from the command line against a real shop: login, basket, payment and
an asynchronous job; what fails, what is cleaned up, and who is told what."""
import json

import pytest

from bed import PYTHON, SERVERS

SHOP = SERVERS.replace("servers.py", "shop.py")
PORT = 8080
PASSWORD = "p&ss=w%rd"

CONF = """picket = 1;
secrets = {
  shop = { file = "%(secret)s"; for = "http://shop.test:8080"; };
};
checks = {
  buy = {
    resolve = "127.0.0.1";
    every = "1m"; timeout = "%(timeout)s"; cleanup_timeout = "1s";
    values = { sku = "tea \\"green\\""; ref = "${uuid}"; };
    journey = {
      form = {
        get  = "http://shop.test:8080/login";
        save = { csrf = "body ~ 'name=\\"csrf\\" value=\\"([0-9a-f]+)\\"'"; };
      };
      login = {
        post = "http://shop.test:8080/login";
        form = { user = "picket"; password = "${secret.shop}";
                 csrf = "${csrf}"; };
        expect = [ "status == 200", "body contains 'welcome picket'" ];
      };
      basket = {
        post = "http://shop.test:8080/basket";
        json = "{\\"sku\\": \\"${sku}\\", \\"ref\\": \\"${ref}\\", \\"price\\": 7}";
        expect = [ "status == 201", "json $.total == 14" ];
        save = { order = "json $.order.id"; };
      };
      pay = {
        post = "http://shop.test:8080/pay/${order}";
        expect = [ "status == 202" ];
        save = { job = "json $.job"; };
      };
      paid = {
        get    = "http://shop.test:8080/jobs/${job}";
        until  = "json $.state == 'done'";
        every  = "100ms";
        within = "%(within)s";
      };
    };
    cleanup = {
      cancel = { delete = "http://shop.test:8080/orders/${order}"; };
    };
  };
};
"""


class Desk:
    def __init__(self, net, picket, folder):
        self.net, self.picket, self.folder = net, picket, folder
        self.log = folder / "shop.log"
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD)
        self.secret.chmod(0o600)

    def buy(self, *wishes, within="5s", timeout="10s"):
        """The result of the journey through a shop that has these wishes."""
        self.log.write_text("")
        shop = self.net.start([PYTHON, SHOP, "127.0.0.1", str(PORT), self.log,
                               *wishes])
        shop.wait_line("listening")
        conf = self.folder / "buy.conf"
        conf.write_text(CONF % {"secret": self.secret, "within": within,
                                "timeout": timeout})
        done = self.net.run([self.picket, "run", conf, "--json"])
        shop.stop()
        assert done.stdout, done.stderr
        assert PASSWORD not in done.stdout
        assert PASSWORD.replace("&", "%26").replace("%r", "%25r") \
            not in done.stdout
        result = json.loads(done.stdout)
        assert done.returncode == {"up": 0, "degraded": 1, "down": 2,
                                   "error": 3}[result["status"]]
        return result

    def asked(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def desk(net, picket, tmp_path):
    return Desk(net, picket, tmp_path)


def names(result):
    return [step["name"] for step in result["steps"]]


def test_from_login_to_a_job_that_is_done(desk):
    result = desk.buy()
    assert result["status"] == "up", result["message"]
    assert names(result) == ["form", "login", "basket", "pay", "paid",
                             "cleanup: cancel"]
    assert all(step["status"] == "up" for step in result["steps"])
    login = result["steps"][1]
    assert login["facts"]["status"] == 200
    assert login["facts"]["redirects"] == 1
    assert login["facts"]["final_url"].endswith("/account")
    assert "dns" not in login["ms"]
    assert abs(sum(s["ms"]["wait"] for s in result["steps"][:-1])
               - result["ms"]["wait"]) < 0.01
    asked = desk.asked()
    assert [a["path"] for a in asked if a["path"].startswith("/jobs/")] == \
        ["/jobs/77"] * 3
    basket = json.loads(next(a for a in asked if a["path"] == "/basket")["body"])
    assert basket["sku"] == 'tea "green"'
    assert len(basket["ref"]) == 36
    assert asked[-1]["method"] == "DELETE"       # cleaned up
    assert asked[-1]["path"] == "/orders/o%2F1"  # a value is one segment
    assert all(result["run"] in a["headers"]["traceparent"] for a in asked)
    assert not any("spy" in a["headers"].get("cookie", "") for a in asked)
    assert "cleanup" not in result["facts"]


def test_it_stops_where_it_fails(desk):
    result = desk.buy("broken-pay")
    assert (result["status"], result["reason"]) == ("down", "expect.status")
    assert result["message"] == "pay: status == 202: got 500"
    assert names(result) == ["form", "login", "basket", "pay",
                             "cleanup: cancel"]
    assert result["facts"]["status"] == 500
    assert result["evidence"]["expected"] == "status == 202"
    assert "out of order" in json.dumps(result["evidence"])
    paths = [(a["method"], a["path"]) for a in desk.asked()]
    assert ("GET", "/jobs/77") not in paths
    assert paths[-1] == ("DELETE", "/orders/o%2F1")
    session = desk.asked()[-1]["headers"]["cookie"]
    assert session.split("session=")[1][:16] not in json.dumps(result)


def test_a_job_that_is_never_done(desk):
    result = desk.buy("slow-job", within="500ms")
    assert (result["status"], result["reason"]) == ("down", "expect.json")
    assert result["message"].startswith(
        "paid: json $.state == 'done': got 'running' (asked ")
    assert desk.asked()[-1]["method"] == "DELETE"


def test_a_token_that_is_not_there(desk):
    result = desk.buy("lost-token")
    assert (result["status"], result["reason"]) == ("down", "save.missing")
    assert result["message"].startswith("form: ")
    # There is no order: nothing to clean up, and nothing that went wrong.
    assert [a["method"] for a in desk.asked()] == ["GET"]
    assert "cleanup" not in result["facts"]


def test_a_value_cannot_write_a_header(desk):
    result = desk.buy("odd-id")
    assert (result["status"], result["reason"]) == ("down", "save.invalid")
    assert result["message"].startswith("pay: ")
    assert not any(a["path"].startswith("/pay") for a in desk.asked())
    assert not any("x-evil" in a["headers"] for a in desk.asked())


def test_a_login_that_leads_elsewhere(desk):
    result = desk.buy("evil")
    assert (result["status"], result["reason"]) == ("down",
                                                    "http.redirect_blocked")
    assert "is not for" in result["message"]
    assert not any("/steal" in a["path"] for a in desk.asked())


def test_cleanup_has_a_deadline(desk):
    result = desk.buy("stuck-cancel")
    assert result["status"] == "up"
    assert result["facts"]["cleanup"].startswith("cancel: ")
    last = result["steps"][-1]
    assert (last["name"], last["reason"]) == ("cleanup: cancel",
                                              "http.timeout")
