"""The systemd units: what they lock, and that they start what is installed."""
import re
import shutil
import subprocess

import pytest

from conftest import TOP

UNITS = sorted((TOP / "deploy/systemd").glob("*.service"))
WORST = 1.3     # exposure, as systemd-analyze scores it
LOCKS = ["NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict",
         "ProtectHome=yes", "PrivateUsers=yes", "MemoryDenyWriteExecute=yes",
         "SystemCallFilter=@system-service", "UMask=0077", "Type=notify"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.stem)
def test_a_unit_is_locked(unit):
    lines = unit.read_text().splitlines()
    assert [lock for lock in LOCKS if lock not in lines] == []
    analyze = shutil.which("systemd-analyze")
    if analyze:
        said = subprocess.run([analyze, "security", "--offline=true",
                               "--no-pager", str(unit)],
                              capture_output=True, text=True).stdout
        score = re.search(r"exposure level for \S+: ([\d.]+)", said)
        assert score and float(score.group(1)) <= WORST, said


def test_what_is_installed_is_what_they_start(tmp_path):
    done = subprocess.run(["make", "-s", "install", f"DESTDIR={tmp_path}"],
                          cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for unit in (tmp_path / "usr/lib/systemd/system").glob("*.service"):
        text = unit.read_text()
        for path in re.findall(r"^Exec\w+=(/usr/bin/\S+)", text, re.M):
            assert (tmp_path / path.lstrip("/")).exists(), path
        user = re.search(r"^User=(\S+)", text, re.M).group(1)
        users = (tmp_path / "usr/lib/sysusers.d/picket.conf").read_text()
        assert re.search(rf"^u {user} ", users, re.M)
    assert (tmp_path / "usr/share/picket/conf/demo.conf").exists()
