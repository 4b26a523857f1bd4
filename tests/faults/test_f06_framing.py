"""F06: the interleaved framing breaks.

Injection: every 100 pictures up to 200 bytes are cut out of the connection, or come twice.
Pass: at most one GOP is lost for each event, and nothing that was broken is stored.
"""
import pytest

GOP = 30
CAMERAS = {"cut-bytes": {"scenario": "cut_bytes"},
           "repeated-bytes": {"scenario": "cut_bytes", "repeat": True}}


@pytest.mark.parametrize("name", CAMERAS)
def test_an_event_costs_at_most_a_gop_and_nothing_broken_is_stored(hamlet, name):
    sequences = hamlet.became[name].assert_stored_as_sent()
    holes = [after - before - 1 for before, after in zip(sequences, sequences[1:]) if after > before + 1]
    assert holes and max(holes) <= GOP, holes
    assert sum(holes) < 0.1 * len(sequences)
