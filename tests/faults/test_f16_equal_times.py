"""F16: decode times that repeat or step back.

Injection: every 30th picture has the stamp of the one before, every 45th an earlier one.
Pass: no frame lost, no gap; times rise.
"""
CAMERAS = {"repeated-stamps": {"scenario": "repeated_stamps"}}


def test_equal_and_backward_stamps_cost_nothing(hamlet):
    became = hamlet.became["repeated-stamps"]
    became.assert_nothing_lost()
    for file in became.files:
        times = [p["dts"] for p in became.packets() if p["file"] == file]
        assert all(a < b for a, b in zip(times, times[1:]))
