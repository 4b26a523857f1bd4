"""F06, on a camera that is not ours (gst-rtsp-server): the connection itself is mistreated.

Injection: chaosproxy slices it to single bytes, cuts bytes out, sends some twice, stalls it,
closes one half, resets it. Pass: slices cost nothing; each of the others at most a gap that
begins within 5 s, and recording goes on 3 s after the line is well again.
"""
from conftest import PATIENCE, ffprobe, stamps, wait_until


def test_a_mistreated_connection_costs_no_more_than_it_must(kengd, make_village, chaos):
    village = make_village("cong-lang")
    proxy = chaos(village.port)
    kengd.add("cong-lang", village, sub=False, motion=False)
    kengd.config["cameras"]["cong-lang"]["url"] = f"rtsp://127.0.0.1:{proxy.port}/cong-lang/main"

    def frames():
        return stamps(kengd.segments("cong-lang"), "cong-lang")

    def go_on(what, seconds):
        before = frames()[-1]
        wait_until(what, seconds * PATIENCE, lambda: frames()[-1] > before + 20)
    proxy.do(slice=1)
    kengd.start().wait_recording()
    wait_until("footage by single bytes", 20 * PATIENCE, lambda: len(frames()) > 60)
    proxy.do(slice=0)
    found = frames()
    assert found == list(range(found[0], found[-1] + 1))
    assert proxy.do(ask="count")["connections"] == 1
    for order in ({"cut": 100}, {"repeat": 3000}, {"reset": True}, {"half_close": True}):
        proxy.do(**order)
        go_on(f"recording after {order}", 10)
    proxy.do(stall=True)
    wait_until("the stall is noticed", 5 * PATIENCE, lambda: kengd.camera("cong-lang")["state"] != "recording")
    proxy.do(stall=False)
    go_on("recording after the stall", 5)
    assert kengd.stop() == 0
    found = frames()
    assert found == sorted(set(found))
    for file in kengd.segments("cong-lang"):
        ffprobe(file, "-show_streams")
