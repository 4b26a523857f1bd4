"""kengctl backup and restore: on an empty machine the same cameras, people, devices and alerts are
there, and exports of before verify. What is not as it was written is refused and changes nothing."""
import os
import pty
import subprocess
import time

import pytest
import requests
from conftest import BUILD, PATIENCE, Kengd, Village, wait_until

PASSPHRASE = "một câu dài cho thôn Đông"


def kengctl(*words, directory, phrase=PASSPHRASE, check=True, seconds=60):
    """With the passphrase on a descriptor, as cron would."""
    read, write = os.pipe()
    os.write(write, phrase.encode() + b"\n")
    os.close(write)
    done = subprocess.run([BUILD / "daemon/ctl/kengctl", "--lang", "en", "--socket",
                           directory / "run/kengctl.sock", *words, "--passphrase-fd", str(read)],
                          pass_fds=[read], capture_output=True, text=True, timeout=seconds)
    os.close(read)
    assert not check or done.returncode == 0, done.stderr + done.stdout
    return done


def restore_all(backup, place, **more):
    return kengctl("restore", backup, "--config", place / "kengd.yaml", directory=place, **more)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A kengd with a camera, a paired phone, an alert, an export; its backup, and what it told."""
    directory = tmp_path_factory.mktemp("lived")
    village = Village(directory, ["cong-lang"]).start()
    kengd = Kengd(directory)
    kengd.add("cong-lang", village)
    kengd.config["channels"] = {"push": {"contact": "mailto:an@example.vn"}}
    (directory / "conf.d").mkdir()
    (directory / "conf.d/them.yaml").write_text("screens:\n  nvh-them: {name: Nhà văn hóa mới, area: xa}\n")
    kengd.start()
    try:
        kengd.wait_recording("cong-lang")
        staff = kengd.web(person="truc-ban")
        code = kengd.ctl_json("pair", "truong-dong")["url"].split("#")[-1]
        paired = requests.post(f"http://127.0.0.1:{kengd.port}/api/pair",
                               json={"code": code, "name": "Máy của An"}, timeout=30)
        assert paired.status_code in (200, 201, 204), paired.text
        assert staff.post("/api/alarm", {"camera": "cong-lang", "note": "cháy"}).status_code == 200
        begin = time.time() - 1
        wait_until("footage", 20 * PATIENCE, lambda: any(
            s["kind"] == "recording" for s in staff.json(
                "/api/cameras/cong-lang/recordings?from=%s&to=%s" % times(begin - 60, time.time()))["stretches"]))
        package = directory / "export.zip"
        kengd.ctl("export", "cong-lang", "--from", times(begin - 60, 0)[0], "--to", times(time.time(), 0)[0],
                  "--reason", "thử", "--document", "1/TB", "--output", package)
        backup = directory / "keng.backup"
        made = kengctl("backup", backup, directory=directory)
        yield {"directory": directory, "backup": backup, "package": package, "said": made.stdout,
               "told": tell(kengd), "vapid": staff.json("/api/push"), "kengd": kengd}
    finally:
        kengd.stop()
        village.stop()


def times(*moments):
    return tuple(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(m)) for m in moments)


def tell(kengd):
    """What must be the same after a restore."""
    return {"cameras": [c["id"] for c in kengd.ctl_json("cameras")["cameras"]],
            "devices": [(d["name"], d["person"]) for d in kengd.ctl_json("device", "list")["devices"]],
            "alerts": [a["id"] for a in kengd.ctl_json("alert", "list", "--all")["alerts"]],
            "key": kengd.ctl_json("export", "key")["sha256"],
            "people": [p["id"] for p in kengd.web(person="truc-ban").json("/api/people")["people"]]}


def at_terminal(words, answers):
    """What stood on the terminal, and the exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(words[0], [str(word) for word in words])
    shown, left = b"", list(answers)
    try:
        while part := os.read(terminal, 4096):
            shown += part
            if left and shown.endswith(left[0][0].encode()):
                os.write(terminal, left.pop(0)[1].encode() + b"\n")
                shown += b"<answered>"
    except OSError:
        pass  # the other end is closed
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def test_the_passphrase_is_asked_for_at_the_terminal_and_not_shown(lived, tmp_path):
    words = [BUILD / "daemon/ctl/kengctl", "--lang", "en", "--socket", lived["directory"] / "run/kengctl.sock"]
    backup = tmp_path / "asked.backup"
    first, again = "Passphrase of the backup: ", "The same again: "
    shown, status = at_terminal([*words, "backup", backup], [(first, PASSPHRASE), (again, "another one, mistyped")])
    assert status != 0 and "are not the same" in shown and not backup.exists()
    shown, status = at_terminal([*words, "backup", backup], [(first, PASSPHRASE), (again, PASSPHRASE)])
    assert status == 0 and backup.exists() and PASSPHRASE not in shown, shown
    place = tmp_path / "place"
    place.mkdir()
    restore = [*words, "restore", backup, "--config", place / "kengd.yaml"]
    shown, status = at_terminal(restore, [(first, "not the passphrase at all")])
    assert status != 0 and "passphrase is not the one" in shown and not (place / "kengd.yaml").exists()
    shown, status = at_terminal(restore, [(first, PASSPHRASE)])
    assert status == 0 and "put back" in shown and PASSPHRASE not in shown and again not in shown, shown


def test_a_restore_on_an_empty_machine_has_all_of_it(lived, tmp_path):
    said = restore_all(lived["backup"], tmp_path)
    assert "put back" in said.stdout and "kengd can be started" in said.stdout
    assert (tmp_path / "conf.d/them.yaml").exists()
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
    again = Kengd(tmp_path)
    again.config = lived["kengd"].config | {"web": {"listen": [f"127.0.0.1:{again.port}"]}}
    again.start()
    try:
        assert tell(again) == lived["told"]
        assert again.web(person="truc-ban").json("/api/push") == lived["vapid"]
        verified = again.ctl("verify", lived["package"], "--key", again.ctl_json("export", "key")["sha256"])
        assert verified.returncode == 0
    finally:
        again.stop()


def test_a_restore_keeps_what_it_replaces_and_refuses_over_a_running_kengd(lived, tmp_path):
    restore_all(lived["backup"], tmp_path)
    other = Kengd(tmp_path)
    other.config = lived["kengd"].config | {"site": {"name": "Khác", "language": "vi"},
                                            "web": {"listen": [f"127.0.0.1:{other.port}"]}}
    other.start()
    try:
        refused = restore_all(lived["backup"], tmp_path, check=False)
        assert refused.returncode == 1 and f"process {other.run.pid}" in refused.stderr
    finally:
        other.stop()
    (tmp_path / "state/pictures").mkdir(exist_ok=True)
    (tmp_path / "state/pictures/kept").write_text("a picture")
    told = restore_all(lived["backup"], tmp_path).stdout
    before = list(tmp_path.glob("state.before-*"))
    assert len(before) == 1 and (before[0] / "keng.db").exists() and str(before[0]) in told
    assert (tmp_path / "state/pictures/kept").read_text() == "a picture"
    assert "Khác" in next(tmp_path.glob("kengd.yaml.before-*")).read_text()
    assert "Khác" not in (tmp_path / "kengd.yaml").read_text()
    assert not list(tmp_path.glob("**/*.restore-*"))


@pytest.mark.parametrize("harm, word", [
    ("flip", "not as it was written"), ("head", "first bytes"), ("cut", "cut short"),
    ("end", "cut short"), ("phrase", "passphrase is not the one"), ("other", "no backup")])
def test_what_is_not_as_it_was_written_is_refused_and_changes_nothing(lived, tmp_path, harm, word):
    data = bytearray(lived["backup"].read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
    elif harm == "head":
        data[20] ^= 1
    elif harm == "cut":
        del data[-1:]
    elif harm == "end":
        del data[64:]
    elif harm == "other":
        data[:8] = b"PK\3\4\0\0\0\0"
    file = tmp_path / "harmed"
    file.write_bytes(data)
    place = tmp_path / "place"
    place.mkdir()
    refused = restore_all(file, place, phrase="a quite different one" if harm == "phrase" else PASSPHRASE,
                          check=False)
    assert refused.returncode == 1 and word in refused.stderr, refused.stderr
    assert list(place.iterdir()) == []


def test_a_look_into_a_backup_changes_nothing(lived, tmp_path):
    told = kengctl("restore", lived["backup"], "--check", directory=tmp_path).stdout
    assert "the catalogue" in told and list(tmp_path.iterdir()) == []
    data = lived["backup"].read_bytes()
    assert b"KENGBAK1" == data[:8] and PASSPHRASE.encode() not in data
    for secret in (b"SQLite format", b"PRIVATE KEY", b"cong-lang"):
        assert secret not in data


def test_a_short_passphrase_is_refused_before_anything_is_asked(lived, tmp_path):
    refused = kengctl("backup", tmp_path / "x", directory=tmp_path, phrase="short", check=False)
    assert refused.returncode == 1 and "too short" in refused.stderr and not list(tmp_path.iterdir())
