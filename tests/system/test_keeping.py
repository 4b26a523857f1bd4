"""What is kept, and how a person has a say in it: the clock is vouched for, footage is held, the
catalogue is made again while recording goes on."""
import ctypes



def is_synchronised():
    """Whether the kernel holds this machine's clock to be synchronised (adjtimex: no STA_UNSYNC)."""
    timex = (ctypes.c_long * 64)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.adjtimex(timex) >= 0
    status = ctypes.cast(timex, ctypes.POINTER(ctypes.c_int))[10]
    return not status & 0x40


def test_a_person_vouches_for_the_clock_and_a_restart_forgets_nothing(kengd):
    kengd.start()
    if is_synchronised():
        told = kengd.ctl_json("clock", "trust")
        assert told["already"] and told["synchronised"]
        return
    before = kengd.ctl_json("status")
    assert not before["health"]["clock_trusted"] and not before["clock_said"]
    assert "kengctl clock trust" in kengd.ctl("--lang", "en", "status").stdout

    assert not kengd.ctl_json("clock", "trust")["already"]
    assert kengd.ctl_json("clock", "trust")["already"]
    assert "trusted already" in kengd.ctl("--lang", "en", "clock", "trust").stdout
    assert kengd.stop() == 0

    kengd.start()
    after = kengd.ctl_json("status")
    assert after["health"]["clock_trusted"] and after["clock_said"]
    assert "because somebody said so" in kengd.ctl("--lang", "en", "status").stdout
    entries = kengd.web(role="admin").json("/api/access-log")["entries"]
    assert "clock trust" in [entry["what"] for entry in entries]
