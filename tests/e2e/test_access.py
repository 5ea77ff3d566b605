"""Checks that have to get in: digest, client certificates, proxies, tokens, a
version of HTTP; each at a real server, judged also from what that server saw."""
import json
import shutil
import subprocess

import pytest

from bed import PYTHON, SERVERS, make_ca
from conftest import Net, binary, until

GATES = SERVERS.replace("servers.py", "gates.py")
USER, PASSWORD = "picket", "p\"a:s s%w"      # nothing a quoting may forget
NGINX = """
daemon off; master_process off; pid %(dir)s/nginx.pid; error_log %(dir)s/nginx.error;
events { }
http {
  access_log %(dir)s/nginx.access;
  client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2;
  fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
  ssl_certificate %(dir)s/good.pem; ssl_certificate_key %(dir)s/good.key;
  server { listen 127.0.0.1:8443 ssl http2; return 200 "$server_protocol\\n"; }
  server { listen 127.0.0.1:8444 ssl; return 200 "$server_protocol\\n"; }
  server { listen 127.0.0.1:8081 http2; return 200 "$server_protocol\\n"; }
  server { listen 127.0.0.1:8080; return 200 "$server_protocol\\n"; }
  server {
    listen 127.0.0.1:8445 ssl http2;
    ssl_client_certificate %(dir)s/ca.pem; ssl_verify_client on;
    return 200 "$ssl_client_s_dn\\n";
  }
}
"""
APACHE = """
ServerRoot %(dir)s
ServerName localhost
PidFile %(dir)s/apache.pid
ErrorLog %(dir)s/apache.error
DefaultRuntimeDir %(dir)s
Mutex pthread
%(modules)s
Listen 127.0.0.1:8090
Listen 127.0.0.1:8446
DocumentRoot %(dir)s/www
<Location /digest>
  AuthType Digest
  AuthName shop
  AuthDigestDomain /digest
  AuthUserFile %(dir)s/htdigest
  Require valid-user
</Location>
<VirtualHost 127.0.0.1:8446>
  SSLEngine on
  SSLCertificateFile %(dir)s/good.pem
  SSLCertificateKeyFile %(dir)s/good.key
  SSLCACertificateFile %(dir)s/ca.pem
  SSLVerifyClient require
</VirtualHost>
"""
MODULES = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user",
           "auth_digest", "ssl")
CONF = """picket = 1;
secrets = {
  user = { file = "%(dir)s/user.secret"; for = [ "http://localhost:8090",
           "http://localhost:8092", "http://localhost:1080" ]; };
  client = { file = "%(dir)s/client.secret"; for = "http://localhost:8093"; };
  wrong = { file = "%(dir)s/wrong.secret"; for = [ "http://localhost:8090",
            "http://localhost:8092", "http://localhost:8093",
            "http://localhost:1080" ]; };
  key = { file = "%(dir)s/client.key"; for = [ "https://localhost:8445",
          "https://localhost:8446" ]; };
  stranger = { file = "%(dir)s/stranger.key"; for = [ "https://localhost:8445",
               "https://localhost:8446" ]; };
};
defaults = { every = "10s"; timeout = "5s"; family = "4"; };
templates = { tls = { ca = "%(dir)s/ca.pem"; }; };
checks = { c = { %(check)s }; };
"""


def openssl(folder, *args):
    done = subprocess.run(["openssl", *args], cwd=folder, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr


def make_client(folder, name, ca):
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
            f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem",
            "-CAkey", f"{ca}.key", "-CAcreateserial", "-out", f"{name}.pem")
    (folder / f"{name}.key").chmod(0o600)


class Town:
    def __init__(self, folder):
        self.folder = folder
        (folder / "home").mkdir()
        (folder / "www").mkdir()
        self.net = Net(folder / "home")
        make_ca(folder, "localhost")
        make_client(folder, "client", "ca")
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout", "other.key",
                "-out", "other.pem", "-subj", "/CN=other CA")
        make_client(folder, "stranger", "other")
        for name, value in (("user", PASSWORD), ("client", "s&cret/=+"),
                            ("wrong", "wrong")):
            (folder / f"{name}.secret").write_text(value)
            (folder / f"{name}.secret").chmod(0o600)

    def tool(self, name, *args):
        path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        assert path, f"{name} is missing: deploy/install.sh test"
        return self.net.start([path, *args])

    def gate(self, what, port, *args):
        self.net.start([PYTHON, "-u", GATES, what, "127.0.0.1", str(port), *args]
                       ).wait_line("ready")

    def wait_port(self, port):
        until(lambda: self.net.run(
            ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]).returncode == 0,
            f"somebody at {port}")

    def nginx(self):
        (self.folder / "nginx.conf").write_text(NGINX % {"dir": self.folder})
        self.tool("nginx", "-e", self.folder / "nginx.error", "-c",
                  self.folder / "nginx.conf")
        self.wait_port(8443)

    def apache(self):
        # What htdigest would write, which asks a terminal for the password.
        from hashlib import md5
        hashed = md5(f"{USER}:shop:{PASSWORD}".encode()).hexdigest()
        (self.folder / "htdigest").write_text(f"{USER}:shop:{hashed}\n")
        for name in ("come.txt", "digest"):
            (self.folder / "www" / name).write_text("come in\n")
        modules = "\n".join(
            f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
            for m in MODULES)
        (self.folder / "apache.conf").write_text(
            APACHE % {"dir": self.folder, "modules": modules})
        # One process: children would outlive a parent that is killed.
        self.tool("apache2", "-X", "-f", self.folder / "apache.conf")
        self.wait_port(8446)

    def run(self, check):
        """The result, as JSON and as `picket run` exits; no secret is in it."""
        conf = self.folder / "check.conf"
        conf.write_text(CONF % {"dir": self.folder, "check": check})
        done = self.net.run([binary("picket"), "run", conf, "--json"])
        assert done.stdout, done.stderr
        result = json.loads(done.stdout)
        for secret in (PASSWORD, json.dumps(PASSWORD)[1:-1], "s&cret/=+"):
            assert secret not in done.stdout
        return result

    def log(self, name):
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("access"))
    town.nginx()
    town.apache()
    town.gate("digest", 8092, town.folder / "digest.log", USER, PASSWORD)
    town.gate("oauth2", 8093, town.folder / "oauth2.log", "shop client", "s&cret/=+")
    town.gate("mute", 8094, town.folder / "mute.log")
    town.gate("cut", 8447, town.folder / "good.pem", town.folder / "good.key")
    yield town
    town.net.close()


def said(result):
    return result["status"], result["reason"], result["message"]


# ---- digest ----

def digest(town, port, secret, path="/digest"):
    return town.run(f'http = "http://localhost:{port}{path}"; auth = {{ digest = '
                    f'"{USER}"; password = "${{secret.{secret}}}"; }};')


@pytest.mark.parametrize("port", [8090, 8092])    # MD5 of Apache, SHA-256
def test_digest(town, port):
    result = digest(town, port, "user")
    assert said(result) == ("up", None, None)
    assert result["facts"]["status"] == 200
    result = digest(town, port, "wrong")
    assert result["reason"] == "expect.status"
    assert result["facts"]["status"] == 401


def test_digest_tells_nothing_before_it_is_asked(town):
    digest(town, 8092, "user", "/first")
    first, second = [e for e in town.log("digest.log") if e["asked"] == "/first"]
    assert first["authorization"] == ""
    assert second["authorization"].startswith("Digest ")
    assert PASSWORD not in second["authorization"]


def test_digest_with_a_body(town):
    result = town.run('post = "http://localhost:8092/post"; body = "a=1"; auth = '
                      f'{{ digest = "{USER}"; password = "${{secret.user}}"; }};')
    assert said(result) == ("up", None, None)
    asked = [e for e in town.log("digest.log") if e["asked"] == "/post"]
    assert [e["body"] for e in asked] == ["", "a=1"]    # not before we are known


# ---- client certificates ----

def tls(town, port, name=None, key=None, more=""):
    cert = (f'cert = "{town.folder}/{name}.pem"; key = "${{secret.{key}}}";'
            if name else "")
    return town.run(f'http = "https://localhost:{port}/come.txt"; like = "tls"; {cert} {more}')


def test_the_right_certificate(town):
    result = tls(town, 8445, "client", "key",
                 'expect = [ "status == 200", "body contains \'CN=client\'" ];')
    assert said(result) == ("up", None, None)
    assert tls(town, 8446, "client", "key")["status"] == "up"


@pytest.mark.parametrize("name, key, nginx, apache", [
    # nginx finishes the handshake and says it in HTTP; Apache ends it.
    (None, None, "No required SSL certificate", "tls.client_cert_required"),
    ("stranger", "stranger", "SSL certificate error", "tls.client_cert_rejected"),
])
def test_none_and_the_wrong_certificate(town, name, key, nginx, apache):
    result = tls(town, 8445, name, key)
    assert result["reason"] == "expect.status"
    assert result["facts"]["status"] == 400
    assert nginx in json.dumps(result["evidence"])
    result = tls(town, 8446, name, key)
    assert (result["status"], result["reason"]) == ("down", apache)


def test_a_key_of_another_certificate(town):
    result = tls(town, 8445, "client", "stranger")
    assert (result["status"], result["reason"]) == ("error", "local.config")
    assert "key" in result["message"]


# ---- proxies ----

def proxied(town, user="", port=8443, more=""):
    login = (f'proxy_user = "{USER}"; proxy_password = "${{secret.{user}}}";'
             if user else "")
    scheme = "https" if port == 8443 else "http"
    return town.run(f'http = "{scheme}://localhost:{port}/"; like = "tls"; '
                    f'proxy = "socks5://localhost:1080"; {login} {more}')


def test_socks5(town):
    socks = town.tool("microsocks", "-i", "127.0.0.1", "-p", "1080", "-u", USER,
                      "-P", PASSWORD)
    town.wait_port(1080)
    mark = socks.mark()
    result = proxied(town, "user")
    assert said(result) == ("up", None, None)
    assert result["facts"]["ip"] == "127.0.0.1"
    assert {"connect", "tls", "wait"} <= set(result["ms"])
    socks.wait_line("connected to localhost:8443", after=mark)   # the name, not an address
    assert proxied(town, "user", 8080)["status"] == "up"
    # in clear with prior knowledge, too
    result = proxied(town, "user", 8081, 'http_version = "2";')
    assert said(result) == ("up", None, None)
    for user in ("wrong", ""):
        result = proxied(town, user)
        assert (result["status"], result["reason"]) == ("down", "proxy.auth"), result
    result = proxied(town, "user", 9)    # nobody is there
    assert (result["status"], result["reason"]) == ("down", "proxy.refused"), result
    assert "the target refused" in result["message"]
    socks.kill()
    result = proxied(town, "user")
    assert (result["status"], result["reason"]) == ("down", "proxy.refused"), result


# ---- the version of HTTP ----

@pytest.mark.parametrize("url, settings, status, reason", [
    ("https://localhost:8443/", "", "up", None),
    ("https://localhost:8443/", 'expect = [ "http_version == 2" ];', "up", None),
    ("https://localhost:8443/", 'http_version = "2";', "up", None),
    ("https://localhost:8443/",
     'http_version = "1.1"; expect = [ "http_version == 1.1" ];', "up", None),
    ("https://localhost:8443/",
     'http_version = "1.1"; expect = [ "http_version == 2" ];', "down",
     "expect.http_version"),
    ("https://localhost:8444/", "", "up", None),
    ("https://localhost:8444/", 'expect = [ "http_version == 2" ];', "down",
     "expect.http_version"),
    ("https://localhost:8444/", 'http_version = "2";', "down", "tls.alpn"),
    ("http://localhost:8081/",
     'http_version = "2"; expect = [ "http_version == 2" ];', "up", None),
])
def test_http_versions(town, url, settings, status, reason):
    result = town.run(f'http = "{url}"; like = "tls"; {settings}')
    assert (result["status"], result["reason"]) == (status, reason), result


@pytest.mark.parametrize("port, reason", [(8080, "http.closed"), (8094, "http.timeout")])
def test_a_forced_version_is_named_when_nobody_understands_it(town, port, reason):
    result = town.run(f'http = "http://localhost:{port}/"; http_version = "2"; '
                      'timeout = "1s";')
    assert (result["status"], result["reason"]) == ("down", reason), result
    assert "`http_version` forces HTTP/2" in result["message"]
    result = town.run(f'http = "http://localhost:{port}/"; timeout = "1s";')
    assert "http_version" not in (result["message"] or "")


# ---- the end of a body ----

def test_a_body_cut_off_without_a_farewell(town):
    result = town.run('http = "https://localhost:8447/cut"; like = "tls";')
    assert (result["status"], result["reason"]) == ("down", "http.truncated")
    result = town.run('http = "https://localhost:8447/cut"; like = "tls"; '
                      'truncated_ok = true; expect = [ "body contains \'all of it\'" ];')
    assert said(result) == ("up", None, None)
    result = town.run('http = "https://localhost:8447/closed"; like = "tls";')
    assert said(result) == ("up", None, None)


# ---- OAuth2 ----

def step(path, secret="client", more=""):
    return (f'{{ get = "http://localhost:8093{path}"; auth = {{ oauth2 = '
            f'"http://localhost:8093/token"; client = "shop client"; secret = '
            f'"${{secret.{secret}}}"; scope = "orders:read"; {more} }}; '
            'expect = [ "!reset", "status in 200 401" ]; };')


def test_oauth2_asks_once_and_again_after_a_refusal(town):
    log = town.folder / "oauth2.log"
    log.write_text("")
    result = town.run("journey = { a = " + step("/orders") + " b = "
                      + step("/revoke") + " c = " + step("/orders") + " d = "
                      + step("/orders") + " };")
    assert said(result) == ("up", None, None)
    assert [s["facts"]["status"] for s in result["steps"]] == [200, 200, 401, 200]
    asked = town.log("oauth2.log")
    assert [e["asked"] for e in asked] == ["/token", "/orders", "/revoke",
                                          "/orders", "/token", "/orders"]
    assert asked[0]["form"] == {"grant_type": "client_credentials",
                                "scope": "orders:read"}
    for entry in asked:     # the token is a secret, too
        token = (entry["authorization"] or "").partition("Bearer ")[2]
        assert not token or token not in json.dumps(result)


def test_a_field_that_no_setting_can_be_called_by(town):
    (town.folder / "oauth2.log").write_text("")
    result = town.run('post = "http://localhost:8093/form"; expect = [ "status == 401" ]; '
                      'form = { mail = { field = "user[e-mail]"; value = "a&b=c é"; }; '
                      'plain = "x"; };')
    assert said(result) == ("up", None, None)
    assert town.log("oauth2.log")[0]["form"] == {"user[e-mail]": "a&b=c é",
                                                 "plain": "x"}


def test_oauth2_in_the_body(town):
    (town.folder / "oauth2.log").write_text("")
    result = town.run("journey = { a = " + step("/orders", more="in_body = true;")
                      + " };")
    assert result["steps"][0]["facts"]["status"] == 200
    asked = town.log("oauth2.log")[0]
    assert asked["authorization"] is None
    assert asked["form"]["client_id"] == "shop client"


def test_oauth2_that_is_refused_is_not_the_targets_fault(town):
    (town.folder / "oauth2.log").write_text("")
    result = town.run("journey = { a = " + step("/orders", "wrong") + " };")
    assert (result["status"], result["reason"]) == ("down", "auth.failed")
    assert "invalid_client" in result["message"]
    assert [e["asked"] for e in town.log("oauth2.log")] == ["/token"]
