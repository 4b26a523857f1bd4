"""F22: bits are turned and packets lost on the way.

Injection: one bit in 100,000 is turned anywhere in the connection; bursts of packets are lost.
Pass: no gap in the recording; the detector, which decodes it, goes on.
"""
CAMERAS = {"bit-flips": {"scenario": "bit_flips", "kengd": {"motion": True}}}


def test_damage_makes_no_gap(hamlet):
    became = hamlet.became["bit-flips"]
    assert became.gaps() == [], (became.gaps(), became.states)
    sent = became.stats["frames"]["main"]
    assert len(became.packets()) > 0.8 * sent
    assert became.last["lost_packets"] > 0, became.last
