"""An admin's mistake is answered with file, line, column and the mend, and changes nothing."""
import subprocess

from conftest import BUILD, PATIENCE, stamps, wait_until

KENGD = BUILD / "daemon/kengd"


def check(file, language="en"):
    return subprocess.run([KENGD, "--lang", language, "--config", file, "--check"],
                          capture_output=True, text=True, timeout=30)


def test_check_tells_every_fault_with_its_place_in_both_languages(kengd):
    kengd.add("cong-lang", url="rtsp://127.0.0.1/x", transprot="tcp")
    kengd.config["cameras"]["cong-lang"]["area"] = "thon-dogn"
    kengd.config["storage"]["keep"] = "thirty"
    kengd.write_config()
    lines = kengd.config_file.read_text().splitlines()
    place = next(i for i, line in enumerate(lines, 1) if "transprot" in line)
    english, vietnamese = check(kengd.config_file), check(kengd.config_file, "vi")
    assert english.returncode == 1 and vietnamese.returncode == 1
    assert f"kengd.yaml:{place}:" in english.stderr and "transport" in english.stderr
    assert "thon-dong" in english.stderr and "thirty" in english.stderr
    assert english.stderr.count("\n") == vietnamese.stderr.count("\n") == 3
    assert english.stderr != vietnamese.stderr
    unknown = check(kengd.config_file, "fr")
    assert unknown.returncode == 2 and "--lang" in unknown.stderr


def test_a_reload_touches_only_what_changed_and_a_fault_changes_nothing(kengd, make_village):
    village = make_village("cong-lang", "gieng-dinh", "duong-de")
    kengd.add("cong-lang", village).add("gieng-dinh", village)
    kengd.start().wait_recording()
    kengd.config["cameras"]["gieng-dinh"]["name"] = 12.5
    kengd.config["cameras"]["gieng-dinh"]["url"] = "http://not-a-camera"
    kengd.write_config()
    refused = kengd.ctl("reload", check=False)
    assert refused.returncode == 1 and "kengd.yaml:" in refused.stdout + refused.stderr
    assert kengd.camera("gieng-dinh")["name"] == "gieng-dinh"
    del kengd.config["cameras"]["gieng-dinh"]
    kengd.add("duong-de", village, area="thon-doai")
    kengd.write_config()
    kengd.ctl("reload")
    kengd.wait_recording("duong-de")
    assert kengd.camera("gieng-dinh") is None
    assert kengd.camera("cong-lang")["reconnects"] == 0
    wait_until("frames after the reload", 10 * PATIENCE,
               lambda: stamps(kengd.segments("duong-de"), "duong-de"))
    assert kengd.stop() == 0
    found = stamps(kengd.segments("cong-lang"), "cong-lang")
    assert found == list(range(found[0], found[0] + len(found)))


def test_a_taken_port_is_named(kengd):
    import socket
    with socket.create_server(("127.0.0.1", kengd.port)):
        kengd.start(wait=False)
        assert kengd.run.wait(timeout=30) == 1
    assert f"127.0.0.1:{kengd.port}" in kengd.log.read_text()
    kengd.run = None
