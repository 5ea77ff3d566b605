"""Servers that let nobody in who does not say the right thing; one a process.

    gates.py digest IP PORT LOG USER PASSWORD   RFC 7616 with SHA-256; checked
                                       against the RFC's own example at start
    gates.py oauth2 IP PORT LOG CLIENT SECRET   POST /token gives a token, GET
                                       /orders wants it; GET /revoke ends it
    gates.py cut IP PORT CERT KEY      TLS: /cut has no length and no farewell,
                                       /closed no length and a farewell
    gates.py mute IP PORT LOG          takes everything, answers nothing
    gates.py turns IP PORT LOG FILE    FILE says "MS STATUS": how long it takes
                                       and what it answers; the log has who
                                       asked, in which run, from when to when

Each prints "ready" when it listens, and logs a JSON line a request.
"""
import base64
import hashlib
import http.server
import re
import secrets
import socket
import ssl
import sys
import threading
import time
import urllib.parse

from servers import append


def answer_of(realm, user, password, method, nonce, cnonce, uri, count="00000001"):
    """The `response` of RFC 7616, 3.4.1, for SHA-256 and qop=auth."""
    def h(text):
        return hashlib.sha256(text.encode()).hexdigest()
    return h(":".join((h(f"{user}:{realm}:{password}"), nonce, count, cnonce,
                       "auth", h(f"{method}:{uri}"))))


def check_oracle():
    """RFC 7616, 3.9.1."""
    got = answer_of("http-auth@example.org", "Mufasa", "Circle of Life", "GET",
                    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "/dir/index.html")
    assert got == ("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, text="", **headers):
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def log_message(self, *args):
        pass


def serve(ip, port, handler):
    server = http.server.ThreadingHTTPServer((ip, int(port)), handler)
    print("ready", flush=True)
    server.serve_forever()


def digest(ip, port, log, user, password):
    check_oracle()
    nonces = set()

    class Digest(Handler):
        def do_GET(self):
            said = self.headers.get("Authorization", "")
            append(log, asked=self.path, authorization=said, body=self.body())
            part = dict(re.findall(r'(\w+)="?([^",]*)"?', said.partition(" ")[2]))
            if part.get("nonce") in nonces and part["response"] == answer_of(
                    "shop", user, password, self.command, part["nonce"], part["cnonce"],
                    self.path, part["nc"]):
                self.reply(200, f"welcome {part['username']}\n")
                return
            nonce = secrets.token_hex(16)
            nonces.add(nonce)
            self.reply(401, "who?\n", WWW_Authenticate=(
                f'Digest realm="shop", qop="auth", algorithm=SHA-256, nonce="{nonce}"'))

        do_POST = do_GET

    serve(ip, port, Digest)


def oauth2(ip, port, log, client, secret):
    tokens = set()
    basic = "Basic " + base64.b64encode(
        # RFC 6749, 2.3.1: each is a form's value before they are one.
        ":".join(urllib.parse.quote_plus(x) for x in (client, secret)).encode()
    ).decode()

    class OAuth2(Handler):
        def do_POST(self):
            form = dict(urllib.parse.parse_qsl(self.body()))
            said = self.headers.get("Authorization")
            append(log, asked=self.path, authorization=said, form=form)
            in_body = (form.get("client_id"), form.get("client_secret"))
            if said != basic and in_body != (client, secret):
                self.reply(401, '{"error":"invalid_client"}')
            elif form.get("grant_type") != "client_credentials":
                self.reply(400, '{"error":"unsupported_grant_type"}')
            else:
                tokens.add(secrets.token_hex(16))
                self.reply(200, '{"access_token":"%s","token_type":"Bearer",'
                           '"expires_in":3600}' % list(tokens)[-1],
                           Content_Type="application/json")

        def do_GET(self):
            said = self.headers.get("Authorization", "")
            is_known = said.removeprefix("Bearer ") in tokens
            append(log, asked=self.path, authorization=said, is_known=is_known)
            if self.path == "/revoke":
                tokens.clear()
            self.reply(200 if is_known else 401, "orders\n")

    serve(ip, port, OAuth2)


def cut(ip, port, cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server((ip, int(port)))
    print("ready", flush=True)

    def talk(sock):
        try:
            tls = context.wrap_socket(sock, server_side=True)
            path = tls.recv(65536).split(b" ")[1]
            tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it\n")
            if path == b"/closed":
                tls = tls.unwrap()
            tls.close()
        except OSError:
            pass

    while True:
        threading.Thread(target=talk, args=listener.accept()[:1], daemon=True).start()


def mute(ip, port, log):
    listener = socket.create_server((ip, int(port)))
    print("ready", flush=True)
    held = []
    while True:
        sock = listener.accept()[0]
        held.append(sock)
        append(log, first=base64.b64encode(sock.recv(24)).decode())


def turns(ip, port, log, path):
    class Turns(Handler):
        def do_GET(self):
            begin = time.time()
            with open(path, encoding="ascii") as file:
                wait_ms, status = file.read().split()
            time.sleep(int(wait_ms) / 1000)
            append(log, asked=self.path, run=self.headers["X-Request-Id"],
                   who=self.client_address[0], begin=begin, end=time.time())
            self.reply(int(status), "here\n")

        do_DELETE = do_GET

    serve(ip, port, Turns)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
