"""The servers that Picket's programs meet in these tests; one a process.

    servers.py webhook IP PORT LOG [MS] takes posts; a line of JSON for each;
                                       answers so much later
    servers.py smtp IP PORT LOG        takes mail; the same
    servers.py smtp_tls IP PORT CERT KEY   speaks STARTTLS
    servers.py slow IP PORT FILE       answers after as many ms as FILE says
    servers.py login IP PORT LOG FILE  asks for the bearer that FILE holds; what
                                       it was sent it shows in every way
    servers.py connect IP PORT LOG     an HTTP proxy that knows CONNECT alone
    servers.py ws IP PORT [CERT KEY [CA]]   a WebSocket: greets, echoes, hangs up
                                       on "bye"; with CA to its clients alone
    servers.py grpc IP PORT [CERT KEY [CA]] a health service: "" and shop.Up serve,
                                       shop.Down does not, others are unknown
    servers.py middle IP PORT TO FILE  hands bytes on to TO (IP:PORT); see Middle

Each prints "ready" when it listens.  A log line is complete or absent, and has
the time at which the thing was whole.
"""
import asyncio
import base64
import html
import http.server
import json
import os
import ssl
import sys
import time
import urllib.parse

CHUNK = 65536


def append(path, **entry):
    entry["at"] = time.time()
    line = (json.dumps(entry) + "\n").encode()
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(fd, line)
    os.close(fd)


def webhook(ip, port, log, delay="0"):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            append(log, headers={k.lower(): v for k, v in self.headers.items()},
                   body=base64.b64encode(body).decode())
            time.sleep(int(delay) / 1000)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer((ip, int(port)), Handler)
    print("ready", flush=True)
    server.serve_forever()


def smtp(ip, port, log):
    from aiosmtpd.controller import UnthreadedController

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            append(log, sender=envelope.mail_from, to=envelope.rcpt_tos,
                   data=base64.b64encode(envelope.content).decode())
            return "250 taken"

    loop = asyncio.new_event_loop()
    controller = UnthreadedController(Handler(), hostname=ip, port=int(port),
                                      loop=loop)
    controller.begin()
    print("ready", flush=True)
    loop.run_forever()


def smtp_tls(ip, port, cert, key):
    from aiosmtpd.controller import UnthreadedController

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(object(), hostname=ip, port=int(port),
                                      loop=loop, tls_context=context)
    controller.begin()
    print("ready", flush=True)
    loop.run_forever()


def slow(ip, port, path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open(path, encoding="ascii") as file:
                time.sleep(int(file.read()) / 1000)
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\n")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer((ip, int(port)), Handler)
    print("ready", flush=True)
    server.serve_forever()


async def pump(reader, writer, gate=None):
    try:
        while data := await reader.read(CHUNK):
            if gate:
                await gate(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(ip, port, handler):
    server = await asyncio.start_server(handler, ip, int(port))
    print("ready", flush=True)
    await server.serve_forever()


def encodings(value):
    """How the world writes `value`: {name: text}."""
    plain = value.encode()
    quoted = urllib.parse.quote(value, safe="")
    found = {
        "plain": value,
        "url": quoted,
        "url lower": "".join(c.lower() if quoted[max(0, i - 2):i + 1].count("%")
                             else c for i, c in enumerate(quoted)),
        "url all": "".join(f"%{b:02x}" for b in plain),
        "form": urllib.parse.quote_plus(value),
        "json": json.dumps(value)[1:-1],
        "json slash": json.dumps(value)[1:-1].replace("/", "\\/"),
        "json all": "".join(f"\\u{ord(c):04X}" for c in value),
        "html": html.escape(value),
        "html all": "".join(f"&#{ord(c)};" for c in value),
    }
    for name, code in (("base64", base64.b64encode),
                       ("base64 url", base64.urlsafe_b64encode)):
        for pad in range(3):
            text = code(b"u" * pad + plain + b"pad").decode()
            # the characters that are the value's alone
            found[f"{name} {pad}"] = text[-(-8 * pad // 6):
                                          8 * (pad + len(plain)) // 6]
    return found


def login(ip, port, log, path):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            given = self.headers.get("Authorization", "")
            key = self.headers.get("X-Key", "")
            append(log, at_path=self.path, authorization=given, key=key)
            with open(path, encoding="utf-8") as file:
                right = given == "Bearer " + file.read().strip()
            shown = encodings(given.removeprefix("Bearer "))
            shown.update({f"key {k}": v for k, v in encodings(key).items()})
            body = "\n".join(shown.values()).encode()
            self.send_response(503 if self.path == "/echo" else
                               200 if right else 401)
            self.send_header("Content-Length", str(len(body)))
            for i, text in enumerate(shown.values()):
                self.send_header(f"X-Shown-{i}", text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer((ip, int(port)), Handler)
    print("ready", flush=True)
    server.serve_forever()


def connect(ip, port, log):
    async def handler(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        verb, to = head.split()[:2]
        append(log, line=head.split(b"\r\n")[0].decode())
        if verb != b"CONNECT":
            writer.write(b"HTTP/1.1 405 Only CONNECT\r\n\r\n")
            writer.close()
            return
        host, _, to_port = to.decode().rpartition(":")
        there, back = await asyncio.open_connection(host, int(to_port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(pump(reader, back), pump(there, writer))

    asyncio.run(serve(ip, port, handler))


class Middle:
    """Between probes and controller.  The file says what is withheld: "none",
    "up" (what probes send) or "down" (what the controller answers), and a
    number; the file with ".held" beside it says that number when some bytes
    wait here, so that whoever ends a program then knows that something was on
    its way.  Only what is said
    after the handshake is withheld.  What waits when its connection breaks is
    lost, as in a network."""

    WARM_S, WARM_CHUNKS = 0.2, 4

    def __init__(self, path):
        self.path = path

    def mode(self):
        with open(self.path, encoding="ascii") as file:
            return file.read().split()

    async def handle(self, reader, writer, to):
        host, _, port = to.rpartition(":")
        try:
            there, back = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.close()
            return
        began, chunks = time.monotonic(), [0]

        def gate(way):
            async def hold(data):
                chunks[0] += 1
                is_warm = (time.monotonic() - began > self.WARM_S
                           and chunks[0] > self.WARM_CHUNKS)
                while is_warm and self.mode()[0] == way:
                    with open(self.path + ".held", "w", encoding="ascii") as file:
                        file.write(self.mode()[1])
                    await asyncio.sleep(0.005)
            return hold

        await asyncio.gather(pump(reader, back, gate("up")),
                             pump(there, writer, gate("down")))


def middle(ip, port, to, path):
    between = Middle(path)

    async def handler(reader, writer):
        await between.handle(reader, writer, to)

    asyncio.run(serve(ip, port, handler))


def ws(ip, port, cert=None, key=None, ca=None):
    import ssl
    import websockets

    tls = None
    if cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
    if ca:
        tls.load_verify_locations(ca)
        tls.verify_mode = ssl.CERT_REQUIRED

    async def handler(socket, path):
        await socket.send(f"welcome to {path}")
        async for message in socket:
            if message == "bye":
                await socket.close(4001, "as you wish")
            await socket.send([message[:3], message[3:]])   # in fragments

    async def main():
        async with websockets.serve(handler, ip, int(port), ssl=tls,
                                    subprotocols=["chat"]):
            print("ready", flush=True)
            await asyncio.Future()

    asyncio.run(main())


def grpc(ip, port, cert=None, key=None, ca=None):
    import concurrent.futures
    import grpc as lib

    states = {b"": 1, b"shop.Up": 1, b"shop.Down": 2}

    def check(request, context):
        # HealthCheckRequest: field 1, a string; nothing when it is empty.
        name = request[2:] if request else b""
        if name not in states:
            context.abort(lib.StatusCode.NOT_FOUND, "no such service: 100 %")
        return bytes([0x08, states[name]])

    handler = lib.unary_unary_rpc_method_handler(check)
    server = lib.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((lib.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": handler}),))
    if cert:
        with open(cert, "rb") as c, open(key, "rb") as k:
            pair = [(k.read(), c.read())]
        roots = open(ca, "rb").read() if ca else None
        credentials = lib.ssl_server_credentials(pair, roots, bool(ca))
        server.add_secure_port(f"{ip}:{port}", credentials)
    else:
        server.add_insecure_port(f"{ip}:{port}")
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
