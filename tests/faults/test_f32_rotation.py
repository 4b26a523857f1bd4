"""F32: a file ends and the next begins without the camera being asked anew. Pass: frames in = frames
out; files of 10 s for an hour (one seam in the short form)."""
import time

from conftest import LONG, PATIENCE, stamps, wait_until

SECONDS = 3600 if LONG else 12


def test_f32_no_frame_is_lost_where_one_file_ends_and_the_next_begins(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village, sub=False).start().wait_recording()
    began = time.monotonic()
    wait_until("the files", (SECONDS + 30) * PATIENCE,
               lambda: time.monotonic() - began > SECONDS and len(kengd.segments("cong-lang")) > SECONDS // 12,
               every=1)
    sent = village.stats()["cong-lang/main"]["frames"]
    assert kengd.camera("cong-lang")["reconnects"] == 0
    assert kengd.stop() == 0
    found = stamps(kengd.segments("cong-lang"), "cong-lang")
    assert found == list(range(found[0], found[0] + len(found))), "frames are missing or doubled"
    assert found[-1] >= sent - 30
