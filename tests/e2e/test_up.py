"""`picket up`: one's own target, one region, pages to this terminal."""

SERVER = ["/usr/bin/python3", "-u", "-m", "http.server", "--bind", "127.0.0.1",
          "8000"]


def serve(net, tmp_path):
    server = net.start(SERVER, cwd=tmp_path)
    server.wait_line("Serving HTTP")
    return server


def test_a_target_goes_and_comes_back(net, picket, tmp_path):
    (tmp_path / "index.html").write_text("Welcome\n")
    server = serve(net, tmp_path)
    up = net.start([picket, "up", "http://127.0.0.1:8000/", "tcp:127.0.0.1:8000",
                    "--every", "1s"])
    up.wait_line(r"ready ")
    up.wait_line(r"watching +http-127-0-0-1-8000 +http http://127.0.0.1:8000/ +every 1s")
    up.wait_line(r"up +tcp-127-0-0-1-8000 +local ")
    mark = up.mark()
    server.kill()
    up.wait_line(r"suspected +http-127-0-0-1-8000 +local +connect.refused", after=mark)
    up.wait_line(r"  DOWN http-127-0-0-1-8000: connect.refused", after=mark)
    up.wait_line(r"  DOWN tcp-127-0-0-1-8000: connect.refused", after=mark)
    mark = up.mark()
    serve(net, tmp_path)
    up.wait_line(r"RESOLVED http-127-0-0-1-8000: was down", after=mark)
    assert up.stop() == 0


def test_expectations_and_slips(net, picket, tmp_path):
    (tmp_path / "index.html").write_text("Welcome\n")
    serve(net, tmp_path)
    done = net.run([picket, "up", "example.com"])
    assert done.returncode == 64
    assert "did you mean `https://example.com`?" in done.stderr
    done = net.run([picket, "up", "http://127.0.0.1:8000/", "-e", "staus == 200"])
    assert done.returncode == 64
    assert "did you mean `status`?" in done.stderr
    done = net.run([picket, "up", tmp_path / "index.html"])
    assert done.returncode == 64
    assert f"picket up --config {tmp_path}/index.html" in done.stderr
    done = net.run([picket, "up", "--every", "often", "http://127.0.0.1:8000/"])
    assert done.returncode == 64
    assert "write 30s or 2m" in done.stderr
    # every target as `check` takes it; one that is there twice is watched once
    done = net.run([picket, "up", "--print", "wss://a.example/feed", "icmp:[::1]",
                    "grpc:a.example:50051/shop.Cart", "icmp:::1"])
    conf = tmp_path / "all.conf"
    conf.write_text(done.stdout)
    assert "icmp:::1 is there twice" in done.stderr
    assert done.stdout.count("icmp = ") == 1 and 'ws = "wss://a' in done.stdout
    done = net.run([picket, "validate", conf])
    assert done.returncode == 0, done
    # what --print gives is a configuration that runs as it is
    args = [picket, "up", "http://127.0.0.1:8000/", "-e", "body contains 'Welcome'"]
    conf = tmp_path / "mine.conf"
    conf.write_text(net.run(args + ["--print"]).stdout)
    assert net.run([picket, "validate", conf]).returncode == 0
    up = net.start([picket, "up", "--config", conf])
    up.wait_line(r"up +http-127-0-0-1-8000 +local ")
    assert up.stop() == 0


def test_files_are_read_again(net, picket, tmp_path):
    serve(net, tmp_path)
    conf = tmp_path / "mine.conf"
    args = [picket, "up", "http://127.0.0.1:8000/"]
    conf.write_text(net.run(args + ["--print"]).stdout)
    up = net.start([picket, "up", "--config", conf])
    up.wait_line(r"up +http-127-0-0-1-8000 +local ")
    conf.write_text(conf.read_text().replace(
        "checks = {", 'checks = { more = { tcp = "127.0.0.1:8000"; '
                      'every = "1s"; };'))
    mark = up.mark()
    done = net.run([picket, "reload"])
    assert done.returncode == 0, done
    assert "2 checks: 1 added, 0 changed, 0 removed" in done.stdout
    assert "restart" not in done.stdout + done.stderr
    up.wait_line(r"up +more +local ", after=mark)
    conf.write_text("picket = 1; cheks = { };")
    done = net.run([picket, "reload"])
    assert done.returncode == 78
    assert "did you mean `checks`?" in done.stderr
    assert up.stop() == 0
