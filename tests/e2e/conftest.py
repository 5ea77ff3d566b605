"""Real programs in networks of their own.

A Net is a network namespace with loopback up: fixed ports never collide and
nothing reaches the internet.  Programs run in it, and so does every request of
a test (through curl), since the test's own process stays outside.

    net.start([...])            a Proc, whose output is read line by line
    proc.wait_line(regex)       the match, or the test fails with the output
    net.run([...])              a finished program: .returncode .stdout .stderr
    net.get(url), net.json(url) an HTTP answer

Waiting is always for something said or seen, with a limit; never for a time.
"""
import json as json_
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
OUT = (TOP / os.environ.get("O", "build")).resolve()
WAIT_S = 30.0      # longest anything said may take
END_S = 20.0       # longest a program may take to end when asked


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "alone: not beside others, which would slow it down")
    # A shell's background jobs have it ignored, and so would what we start.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Proc:
    """A running program; both its streams, line by line, in one list."""

    def __init__(self, args, env, cwd):
        self.args = args
        self.lines = []
        self.ended = False
        self._news = threading.Condition()
        self.popen = subprocess.Popen(
            args, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", bufsize=1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.popen.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self.ended = True
            self._news.notify_all()

    def text(self):
        with self._news:
            return "\n".join(self.lines)

    def mark(self):
        """Where the output ends now: the `after` of a later wait_line()."""
        with self._news:
            return len(self.lines)

    def wait_line(self, pattern, timeout=WAIT_S, after=0):
        """The first line from `after` on that `pattern` is found in."""
        want = re.compile(pattern)
        until = time.monotonic() + timeout
        at = after
        with self._news:
            while True:
                for line in self.lines[at:]:
                    at += 1
                    found = want.search(line)
                    if found:
                        return found
                left = until - time.monotonic()
                if self.ended or left <= 0:
                    why = "ended" if self.ended else f"{timeout} s passed"
                    pytest.fail(f"no line like {pattern!r} ({why}) in:\n"
                                + "\n".join(self.lines), pytrace=True)
                self._news.wait(left)

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, timeout=END_S):
        code = self.popen.wait(timeout)
        self._thread.join(timeout)
        return code

    def stop(self):
        """Asks with SIGINT, as ^C does; its exit code."""
        if self.popen.poll() is None:
            self.signal(signal.SIGINT)
            try:
                return self.wait()
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.wait()
                pytest.fail("did not end after SIGINT:\n" + self.text())
        return self.wait()

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.wait()


class Answer:
    def __init__(self, status, headers, text):
        self.status = status
        self.headers = headers
        self.text = text

    def json(self):
        return json_.loads(self.text)


class Net:
    """A network namespace; its holder is a process that only waits.  A wire
    can be laid to one made `beside` another: they share a user namespace."""

    def __init__(self, home, beside=None):
        self.home = home
        self.procs = []
        root = os.geteuid() == 0
        make = ["unshare", "-n"] if root else ["unshare", "-r", "-n"]
        if beside and not root:
            make = ["nsenter", "-t", str(beside.pid), "-U",
                    "--preserve-credentials", "unshare", "-n"]
        self._holder = subprocess.Popen(
            make + ["sh", "-c", "ip link set lo up && echo ready && cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout.readline() == "ready\n"
        self.pid = self._holder.pid
        self.enter = ["nsenter", "-t", str(self.pid), "-n"]
        if not root:
            self.enter += ["-U", "--preserve-credentials"]

    def env(self, **more):
        """Nothing of the caller's may steer a check."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home),
               "LANG": "C.UTF-8", "TERM": "dumb"}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        env.update(more)
        return env

    def start(self, args, cwd=TOP, **env):
        proc = Proc(self.enter + [str(a) for a in args], self.env(**env), cwd)
        self.procs.append(proc)
        return proc

    def run(self, args, cwd=TOP, input=None, timeout=60, **env):
        return subprocess.run(
            self.enter + [str(a) for a in args], env=self.env(**env), cwd=cwd,
            input=input, stdin=None if input is not None else subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout)

    def get(self, url, headers=(), method="GET", body=None):
        args = ["curl", "-sS", "-i", "--noproxy", "*", "-m", "20", "-X", method]
        for header in headers:
            args += ["-H", header]
        if body is not None:
            args += ["--data-binary", body]
        done = self.run(args + [url])
        assert done.returncode == 0, done.stderr
        head, _, text = done.stdout.partition("\n\n")
        lines = head.splitlines()
        pairs = (line.partition(":") for line in lines[1:])
        return Answer(int(lines[0].split()[1]),
                      {k.lower(): v.strip() for k, _, v in pairs}, text)

    def json(self, url, headers=()):
        answer = self.get(url, headers)
        assert answer.status == 200, answer.text
        return answer.json()

    def close(self):
        for proc in self.procs:
            proc.kill()
        self._holder.stdin.close()
        self._holder.wait(END_S)


def until(seen, what, timeout=WAIT_S):
    """The first true value of seen(); asked again ten times a second."""
    end = time.monotonic() + timeout
    while True:
        value = seen()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout} s: {what}")
        threading.Event().wait(0.1)


@pytest.fixture
def new_net(tmp_path):
    """Makes Nets; all are gone when the test is over."""
    nets = []

    def make():
        home = tmp_path / f"home{len(nets)}"
        home.mkdir()
        nets.append(Net(home))
        return nets[-1]

    yield make
    for net in nets:
        net.close()


@pytest.fixture
def net(new_net):
    return new_net()


def binary(name):
    path = OUT / name
    assert path.exists(), f"{path} is not built: make"
    return str(path)


@pytest.fixture
def picket():
    return binary("picket")


@pytest.fixture
def picket_controller():
    return binary("picket-controller")


@pytest.fixture
def picket_probe():
    return binary("picket-probe")


@pytest.fixture
def tool():
    """The path of a test server; a missing one fails, it is in deploy/packages."""
    def find(name):
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        assert path, f"{name} is missing: deploy/install.sh test"
        return path
    return find
