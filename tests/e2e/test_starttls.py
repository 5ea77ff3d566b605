"""STARTTLS from the command line, against the servers that people run: postfix,
dovecot, vsftpd, prosody, mariadb, slapd and PostgreSQL, each with a
configuration of its own, without an init system, in the test's network."""
import os
import shutil
import signal
import subprocess

import pytest

from bed import PYTHON, SERVERS
from conftest import until
from tls_desk import HOST, desk, pki  # noqa: F401 (fixtures)

END_S = 10.0


class Rack:
    """Starts real servers; each is told to end when the test is over, so that
    what it started itself goes with it."""

    def __init__(self, desk, tool, leaf):
        self.desk, self.tool = desk, tool
        self.folder = desk.folder
        self.cert = desk.write("leaf.pem", leaf)
        self.key = self.folder / "leaf.key"
        self.procs = []

    def make_dirs(self, *names, owner=None):
        for name in names:
            path = self.folder / name
            path.mkdir(parents=True)
            if owner and os.geteuid() == 0:
                shutil.chown(path, owner)

    def open_way(self):
        """Servers that drop their rights still have to reach the folder."""
        for path in [self.folder, *self.folder.parents]:
            if path != path.parent and path.stat().st_uid == os.geteuid() \
                    and str(path).startswith("/tmp/"):
                path.chmod(path.stat().st_mode | 0o055)

    def start(self, line, *args, cwd=None):
        proc = self.desk.net.start(args, cwd=cwd or self.folder)
        self.procs.append(proc)
        if line:
            proc.wait_line(line)
        return proc

    def wait_port(self, port):
        until(lambda: f":{port} " in self.desk.net.run(["ss", "-ltn"]).stdout,
              f"somebody listens on port {port}")

    @staticmethod
    def end(proc):
        if proc.popen.poll() is None:
            proc.signal(signal.SIGTERM)
            try:
                proc.wait(END_S)
            except subprocess.TimeoutExpired:
                proc.kill()

    def close(self):
        for proc in self.procs:
            self.end(proc)


@pytest.fixture
def rack(desk, pki, tool):
    leaf = pki.leaf()
    rack = Rack(desk, tool, leaf.pem() + pki.middle.pem())
    desk.write("leaf.key", leaf.key_pem()).chmod(0o600)
    yield rack
    rack.close()


def judge(desk, kind, port):
    result = desk.check(f'starttls = "{kind}";', port=port)
    assert result["reason"] is None, result
    assert result["facts"]["cert_subject"] == HOST
    assert result["ms"]["wait"] >= 0 and result["ms"]["tls"] > 0


@pytest.mark.parametrize("level", ["may", "none"])
def test_postfix(desk, rack, level):
    if os.geteuid() != 0:
        pytest.skip("postfix's master needs to be root")
    folder = rack.folder
    rack.open_way()
    rack.make_dirs("conf", "queue", "queue/pid")
    rack.make_dirs("data", "queue/private", "queue/public", owner="postfix")
    desk.write("conf/main.cf", f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
myhostname = {HOST}
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
smtpd_tls_cert_file = {rack.cert}
smtpd_tls_key_file = {rack.key}
smtpd_tls_security_level = {level}
maillog_file = /dev/stdout
""")
    desk.write("conf/master.cf", """
25      inet        n  -  n  -      -  smtpd
tlsmgr  unix        -  -  n  1000?  1  tlsmgr
anvil   unix        -  -  n  -      1  anvil
rewrite unix        -  -  n  -      -  trivial-rewrite
postlog unix-dgram  n  -  n  -      1  postlogd
""")
    rack.start("daemon started", "/usr/lib/postfix/sbin/master", "-s", "-c",
               folder / "conf")
    if level == "none":
        refused = desk.check('starttls = "smtp";', port=25)
        assert refused["reason"] == "starttls.refused"
        return
    judge(desk, "smtp", 25)


def test_dovecot(desk, rack):
    folder = rack.folder
    rack.open_way()
    rack.make_dirs("run")
    conf = desk.write("dovecot.conf", f"""
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{rack.cert}
ssl_key = <{rack.key}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = nopassword=y
}}
service imap-login {{
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = 0
  }}
}}
""")
    rack.start("starting up", rack.tool("dovecot"), "-F", "-c", conf)
    judge(desk, "imap", 143)
    judge(desk, "pop3", 110)


def test_vsftpd(desk, rack):
    rack.make_dirs("empty")
    conf = desk.write("vsftpd.conf", f"""listen=YES
background=NO
listen_address=127.0.0.1
anonymous_enable=YES
local_enable=NO
secure_chroot_dir={rack.folder}/empty
anon_root={rack.folder}/empty
ssl_enable=YES
allow_anon_ssl=YES
rsa_cert_file={rack.cert}
rsa_private_key_file={rack.key}
ssl_ciphers=HIGH
""")
    rack.start(None, rack.tool("vsftpd"), conf)
    rack.wait_port(21)
    judge(desk, "ftp", 21)


def test_prosody(desk, rack):
    folder = rack.folder
    rack.make_dirs("data", "certs")
    conf = desk.write("prosody.cfg.lua", f"""
data_path = "{folder}/data"
pidfile = "{folder}/data/pid"
run_as_root = true
interfaces = {{ "127.0.0.1" }}
modules_enabled = {{ "tls", "saslauth" }}
c2s_require_encryption = true
ssl = {{ certificate = "{rack.cert}"; key = "{rack.key}"; }}
log = {{ info = "*console" }}
VirtualHost "{HOST}"
""")
    proc = rack.start("service 's2s' on", rack.tool("prosody"), "--config",
                      conf, "-F")
    proc.wait_line("service 'c2s' on")
    judge(desk, "xmpp", 5222)
    judge(desk, "xmpp-server", 5269)


def test_mariadb(desk, rack):
    """Without tables of its own: nobody logs in."""
    folder = rack.folder
    rack.make_dirs("data")
    user = ["--user=root"] if os.geteuid() == 0 else []
    rack.start("ready for connections", rack.tool("mariadbd"), "--no-defaults",
               *user, f"--datadir={folder}/data", "--skip-innodb",
               "--default-storage-engine=MyISAM", "--skip-grant-tables",
               "--skip-networking=0", "--bind-address=127.0.0.1",
               "--port=3306", f"--socket={folder}/sock",
               f"--ssl-cert={rack.cert}", f"--ssl-key={rack.key}")
    judge(desk, "mysql", 3306)


def test_slapd(desk, pki, rack):
    rack.make_dirs("slapd")
    conf = desk.write("slapd.conf", f"""
TLSCertificateFile {rack.cert}
TLSCertificateKeyFile {rack.key}
TLSCACertificateFile {desk.write("both.pem", pki.middle.pem() + pki.root.pem())}
pidfile {rack.folder}/slapd/pid
""")
    rack.start("slapd starting", rack.tool("slapd"), "-d", "1", "-f", conf,
               "-h", "ldap://127.0.0.1:389")
    judge(desk, "ldap", 389)


def test_postgres(desk, rack):
    where = sorted(shutil.which("initdb", path=p) or "" for p in
                   ("/usr/lib/postgresql/%d/bin" % v for v in range(13, 20)))
    assert where[-1], "postgresql is missing: deploy/install.sh test"
    tools = os.path.dirname(where[-1])
    as_user = []
    home = rack.folder / "pg"
    rack.make_dirs("pg", owner="postgres")
    rack.open_way()
    if os.geteuid() == 0:          # the server refuses to be root's
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres",
                   "--clear-groups"]
    done = desk.net.run([*as_user, f"{tools}/initdb", "-D", home / "data",
                         "-U", "probe", "-A", "trust", "-N"], cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, path in (("server.crt", rack.cert), ("server.key", rack.key)):
        copy = home / "data" / name
        copy.write_text(path.read_text())
        copy.chmod(0o600)
        if as_user:
            shutil.chown(copy, "postgres", "postgres")
    for ssl in ("on", "off"):
        proc = rack.start("ready to accept connections", *as_user,
                          f"{tools}/postgres", "-D", home / "data", "-h",
                          "127.0.0.1", "-k", home, "-c", f"ssl={ssl}", cwd="/")
        if ssl == "on":
            judge(desk, "postgres", 5432)
        else:
            refused = desk.check('starttls = "postgres";', port=5432)
            assert refused["reason"] == "starttls.refused"
        rack.end(proc)


def test_a_dialogue_behind_starttls(desk, pki):
    leaf = pki.leaf()
    desk.net.start([PYTHON, "-u", SERVERS, "smtp_tls", "127.0.0.1", "25",
                    desk.write("leaf.pem", leaf.pem() + pki.middle.pem()),
                    desk.write("leaf.key", leaf.key_pem())]).wait_line("ready")
    result = desk.check('starttls = "smtp";', port=25)
    assert result["reason"] is None, result
    assert result["facts"]["cert_subject"] == HOST
    assert result["ms"]["wait"] >= 0 and result["ms"]["tls"] > 0
    assert desk.check('starttls = "imap";',
                      port=25)["reason"] == "starttls.protocol"
    talk = desk.check(
        'starttls = "smtp"; talk = { '
        r'ehlo = { send = "EHLO picket\r\n"; '
        r'''expect = [ "banner ~ '(?m)^250 '" ]; }; '''
        r'mail = { send = "MAIL FROM:<a@b>\r\n"; '
        r'''expect = [ "banner ~ '^250 '" ]; }; };''', kind="tcp", port=25)
    assert talk["reason"] is None, talk
    assert [s["name"] for s in talk["steps"]] == ["ehlo", "mail"]
