"""What must not hurt: a hostile target, and a hostile client.

    hostile.py target IP PORT           paths are what is wrong with the answer
    hostile.py throw IP PORT [CERT KEY] throws all it has at a listener, in TLS
                                        when it speaks that; says how it ended
    hostile.py hold IP PORT N           N connections that never say a whole
                                        request; says how many were closed
"""
import gzip
import json
import os
import random
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

WAIT_S = 3


class Target(socketserver.BaseRequestHandler):
    def handle(self):
        path = self.request.recv(65536).split(b" ")[1][1:].decode()
        try:
            getattr(self, path)()
        except OSError:
            pass

    def send(self, data):
        self.request.sendall(data)

    def headers(self):
        self.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.send(b"X-More: " + b"a" * 1000 + b"\r\n")

    def drip(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            self.send(b".")
            time.sleep(0.1)

    def bomb(self):
        body = self.server.packed
        self.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def reset(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
        self.request.close()

    def metadata(self):
        self.send(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n"
                  b"Content-Length: 0\r\n\r\n")

    def file(self):
        self.send(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
                  b"Content-Length: 0\r\n\r\n")

    def loop(self):
        self.send(b"HTTP/1.1 302 Found\r\nLocation: /loop\r\n"
                  b"Content-Length: 0\r\n\r\n")

    def chunks(self):
        self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"zz\r\nhello\r\n0\r\n\r\n")

    def short(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")

    def noise(self):
        self.send(os.urandom(4096))


def target(ip, port):
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        # once: packing takes longer than a check on a busy machine waits
        packed = gzip.compress(bytes(100 << 20))

        def handle_error(self, *args):
            pass

    with Server((ip, int(port)), Target) as server:
        print("ready", flush=True)
        server.serve_forever()


def garbage():
    noise = random.Random(7)
    yield b"\0" * 5000
    for _ in range(40):
        yield noise.randbytes(noise.randrange(1, 3000))
    post = b"POST /probe/v1/results HTTP/1.1\r\nHost: x\r\n"
    yield post + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"
    yield post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"
    yield post + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
    yield post + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"
    yield post + b"Content-Length: -1\r\n\r\n"
    yield post + b"Content-Length: 99999999999999999999\r\n\r\n"
    yield post.replace(b"\r\n", b"\n") + b"Content-Length: 1\n\nx"
    yield b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300000 + b"\r\n\r\n"
    yield b"GET /" + b"a" * 300000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50000 + b"\r\n"
    yield b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + noise.randbytes(500)
    for path in (b"enroll", b"renew", b"sync", b"results"):
        for body in (b"", noise.randbytes(2000), b"\x0a\xff\xff\xff\xff\x0f"):
            yield (b"POST /probe/v1/%s HTTP/1.1\r\nHost: x\r\nContent-Type: "
                   b"application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
                   % (path, len(body)) + body)


def status_of(sock, data):
    """The answer's status; 0: none."""
    try:
        sock.settimeout(WAIT_S)
        sock.sendall(data)
        head = sock.recv(65536)
        return int(head.split(b" ")[1]) if head.startswith(b"HTTP/1.1 ") else 0
    except (OSError, ValueError, IndexError):
        return 0
    finally:
        sock.close()


def throw(ip, port, *pair):
    to, ended = (ip, int(port)), {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pair:
        context.load_cert_chain(*pair)
    for data in garbage():
        for is_tls in (False, True):
            sock = socket.create_connection(to, WAIT_S)
            try:
                sock = context.wrap_socket(sock) if is_tls else sock
            except OSError:
                continue    # not in TLS there, or not with that certificate
            status = status_of(sock, data)
            ended[status] = ended.get(status, 0) + 1
    # half a handshake, then nothing or an end
    for hello in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\x16", b"\x15\x03\x03\0\2\2\x28"):
        sock = socket.create_connection(to, WAIT_S)
        sock.sendall(hello)
        sock.close()
    print(json.dumps(ended))


def hold(ip, port, count):
    socks, closed = [], [0]
    for _ in range(int(count)):
        try:
            sock = socket.create_connection((ip, int(port)), WAIT_S)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            socks.append(sock)
        except OSError:
            closed[0] += 1
    print(f"held {len(socks)}", flush=True)

    def wait(sock):
        try:
            sock.settimeout(40)
            while sock.recv(4096):
                pass
        except TimeoutError:
            return
        except OSError:
            pass
        closed[0] += 1

    threads = [threading.Thread(target=wait, args=(s,)) for s in socks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"closed {closed[0]} of {count}", flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
