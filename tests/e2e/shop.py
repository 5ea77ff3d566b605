"""A shop to log into and to buy from, as shops are: sessions in cookies, a token
in each form, a page that redirects, an order that is paid some time after.

    shop.py IP PORT LOG [WISH]...     over HTTP; what was asked goes into LOG

Wishes: broken-pay (payment answers 500), slow-job (the job is never done),
lost-token (the form has none), odd-id (an order's id with CR and LF),
stuck-cancel (a DELETE is never answered), evil (the login redirects to another
host with the password in its hands).
"""
import http.server
import json
import secrets
import sys
import threading
import urllib.parse

JOB_POLLS = 3


class Shop(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, ip, port, log, wishes):
        super().__init__((ip, port), Handler)
        self.log, self.wishes = log, set(wishes)
        self.lock = threading.Lock()
        self.tokens, self.sessions = set(), {}
        self.orders, self.polls = {}, {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body="", **headers):
        data = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name.replace("_", "-"), one)
        self.send_header("Content-Length", str(len(data.encode())))
        self.end_headers()
        self.wfile.write(data.encode())

    def cookies(self):
        pairs = self.headers.get("Cookie", "").split("; ")
        return dict(p.split("=", 1) for p in pairs if "=" in p)

    def user(self):
        return self.server.sessions.get(self.cookies().get("session"))

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length).decode()
        with self.server.lock, open(self.server.log, "a") as log:
            log.write(json.dumps({
                "method": self.command, "path": self.path, "body": self.body,
                "headers": {k.lower(): v for k, v in self.headers.items()},
            }) + "\n")
        name = self.path.split("?")[0].strip("/").split("/")[0]
        getattr(self, "on_" + name, self.on_nothing)()

    do_GET = do_POST = do_DELETE = handle_one

    def on_nothing(self):
        self.answer(404)

    def on_login(self):
        server = self.server
        if self.command == "GET":
            token = secrets.token_hex(8)
            server.tokens.add(token)
            if "lost-token" in server.wishes:
                token = ""
            self.answer(200, f'<form><input name="csrf" value="{token}"></form>',
                        Set_Cookie=[f"csrf={token}; HttpOnly; SameSite=Strict",
                                    "spy=1; Domain=example.com"])
            return
        form = dict(urllib.parse.parse_qsl(self.body))
        if (form.get("csrf") not in server.tokens
                or self.cookies().get("csrf") != form["csrf"]
                or form.get("password") != "p&ss=w%rd"):
            self.answer(403, "no")
            return
        if "evil" in server.wishes:
            host, port = server.server_address
            self.answer(307, Location=f"http://{host}1:{port}/steal")
            return
        session = secrets.token_hex(8)
        server.sessions[session] = form["user"]
        self.answer(303, Location="account",
                    Set_Cookie=f"session={session}; Path=/; HttpOnly")

    def on_account(self):
        user = self.user()
        self.answer(200 if user else 401, f"welcome {user}")

    def on_basket(self):
        if not self.user():
            self.answer(401)
            return
        item = json.loads(self.body)
        number = f"o/{len(self.server.orders) + 1}"
        self.server.orders[number] = item
        if "odd-id" in self.server.wishes:
            number += "\r\nX-Evil: 1"
        self.answer(201, {"order": {"id": number}, "total": item["price"] * 2})

    def order(self):
        return urllib.parse.unquote(self.path.split("/")[2])

    def on_pay(self):
        if self.order() not in self.server.orders:
            self.answer(404)
        elif "broken-pay" in self.server.wishes:
            self.answer(500, "out of order")
        else:
            self.answer(202, {"job": 77})

    def on_jobs(self):
        polls = self.server.polls
        polls[self.path] = polls.get(self.path, 0) + 1
        is_done = (polls[self.path] >= JOB_POLLS
                   and "slow-job" not in self.server.wishes)
        self.answer(200, {"state": "done" if is_done else "running"})

    def on_orders(self):
        if "stuck-cancel" in self.server.wishes:
            threading.Event().wait()
        found = self.server.orders.pop(self.order(), None)
        self.answer(204 if found else 404)


if __name__ == "__main__":
    server = Shop(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    print("listening", flush=True)
    server.serve_forever()
