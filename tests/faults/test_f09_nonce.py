"""F09: the nonce of a login expires while the camera plays.

Injection: badcam accepts a nonce for 5 s, with a keep-alive every 3 s. Pass: the login is
renewed within the session; no gap.
"""
CAMERAS = {"new-nonce": {"scenario": "new_nonce", "user": "xem", "password": "mật khẩu: 'a/b'"}}


def test_a_nonce_that_expires_costs_nothing(hamlet):
    became = hamlet.became["new-nonce"]
    became.assert_nothing_lost()
    assert became.stats["logins"] > became.stats["keep_alives"] >= 4
    assert "wrong_password" not in became.codes()
