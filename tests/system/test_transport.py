"""Cameras that send over UDP, or inside TLS, instead of inside a plain connection."""
from conftest import PATIENCE, ffprobe, stamps, wait_until


def recorded(kengd, camera, seconds=25):
    """The frames on disk, once there is about that much time of them."""
    wait_until("footage", seconds * PATIENCE, lambda: len(stamps(kengd.segments(camera), camera)) >= 150,
               every=0.5)
    return stamps(kengd.segments(camera), camera)


def codecs_of(kengd, camera):
    told = ffprobe(kengd.segments(camera)[0], "-show_entries", "stream=codec_tag_string")
    return [stream["codec_tag_string"] for stream in told["streams"]]


def assert_nothing_missing(numbers):
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_camera_that_only_sends_over_udp_is_recorded_frame_by_frame(kengd, make_village):
    village = make_village("cong-lang:cong-lang:aac", transport="udp")
    kengd.add("cong-lang", village, audio=True).start().wait_recording()
    assert_nothing_missing(recorded(kengd, "cong-lang"))
    camera = kengd.camera("cong-lang")
    assert camera["lost_packets"] == 0 and camera["reconnects"] == 0
    assert "mp4a" in codecs_of(kengd, "cong-lang")
    assert "another address" not in kengd.log.read_text()


def test_tcp_that_is_refused_is_not_replaced_where_the_admin_wants_it(kengd, make_village):
    village = make_village("cong-lang", transport="udp")
    kengd.add("cong-lang", village, sub=False, transport="tcp").start()
    wait_until("the refusal", 10 * PATIENCE, lambda: kengd.camera("cong-lang")["reason_code"] == "transport")
    assert "transport: auto" in kengd.camera("cong-lang")["reason"]
