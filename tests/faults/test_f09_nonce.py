"""F09: the nonce of a login expires while the camera plays.

Injection: badcam accepts a nonce for 5 s, with a keep-alive every 3 s; for an hour: for 60 s,
with one every 12 s. Pass: the login is renewed within the session; no gap.
"""
import pytest
from bad_cameras import HOUR_S

LOGIN = {"scenario": "new_nonce", "user": "xem", "password": "mật khẩu: 'a/b'"}
CAMERAS = {"new-nonce": LOGIN}
HOUR_CAMERAS = {"new-nonce": LOGIN | {"nonce_s": 60, "timeout_s": 24}}


def assert_costs_nothing(became, keep_alives):
    became.assert_nothing_lost()
    assert became.stats["logins"] > became.stats["keep_alives"] >= keep_alives
    assert "wrong_password" not in became.codes()


def test_a_nonce_that_expires_costs_nothing(hamlet):
    assert_costs_nothing(hamlet.became["new-nonce"], 4)


@pytest.mark.hour
def test_nonces_that_expire_for_an_hour_cost_nothing(hour):
    became = hour.became["new-nonce"]
    assert_costs_nothing(became, HOUR_S / 12 - 3)
    assert became.stats["nonces"] >= HOUR_S / 60 - 1, "a nonce stayed good"
