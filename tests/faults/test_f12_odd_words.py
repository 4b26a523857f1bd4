"""F12, and what else cameras say oddly: headers in another order or missing, session ids that
change, odd controls, refused keep-alives, data between request and answer.

Injection: one scenario of badcam each; forty descriptions, replayed, with the verdict for each:
tests/unit/eye/session/descriptions.h. Pass: every frame is recorded as it was sent, on one
connection.
"""
import pytest

CAMERAS = {
    "keep-alive-400": {"scenario": "keep_alive_400"},
    "timeout-15": {"scenario": "timeout_15"},
    "transport-order": {"scenario": "transport_order"},
    "new-session-id": {"scenario": "new_session_id"},
    "no-rtp-info": {"scenario": "no_rtp_info"},
    "no-content-base": {"scenario": "no_content_base"},
    "no-sprop": {"scenario": "no_sprop"},
    "absolute-control": {"scenario": "absolute_control"},
    "several-videos": {"scenario": "several_videos"},
    "data-between": {"scenario": "data_between"},
    "split-answers": {"scenario": "split_answers"},
    "h265": {"clip": "cau-kenh-main.h265", "audio": "aac"},
}


@pytest.mark.parametrize("name", CAMERAS)
def test_a_quirk_costs_no_frame(hamlet, name):
    hamlet.became[name].assert_nothing_lost()


def test_keep_alives_went_on_although_they_were_refused(hamlet):
    assert hamlet.became["keep-alive-400"].stats["keep_alives"] >= 4
