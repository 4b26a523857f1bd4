"""F10: the camera's password was changed; cameras lock out who fails too often.

Injection: badcam refuses and counts every login, of both streams; kengd is killed with -9 as
soon as a login was sent, again and again. Pass: at most three logins in ten minutes, a clear
sentence, and at once again with another password.
"""
from conftest import PASSWORD, PATIENCE, wait_until

BASIC = {"login": "basic", "user": "xem", "password": PASSWORD}
CAMERAS = {"asks-in-the-clear": BASIC,
           "digest-only": BASIC | {"records": False, "kengd": {"login": "digest"}}}
REFUSED = ("wrong_password", "login_pause")


def test_three_logins_in_ten_minutes_whatever_ends_kengd(kengd, bad_camera):
    bad = bad_camera(gate={"scenario": "wrong_password", "user": "xem"})

    def logins():
        return bad.stats("gate")["logins"]
    kengd.add("gate", url=bad.url("gate"), sub_url=bad.url("gate", "sub"), user="xem",
              password={"file": "password"}, motion=False)
    for _ in range(4):
        before = logins()
        kengd.start()
        wait_until("a login, or the pause", 15 * PATIENCE, lambda: logins() > before or (
            kengd.camera("gate") or {}).get("reason_code") in REFUSED, every=0.02)
        kengd.kill()
    assert 1 <= logins() <= 3
    kengd.start()
    wait_until("the pause", 15 * PATIENCE,
               lambda: kengd.camera("gate")["reason_code"] == "login_pause", every=0.2)
    assert kengd.camera("gate")["state"] == "refused" and kengd.camera("gate")["reason"]
    assert logins() <= 3
    before = logins()
    (kengd.directory / "password").write_text("một mật khẩu khác\n")
    kengd.ctl("reload")
    wait_until("a login with the other password", 15 * PATIENCE, lambda: logins() > before)
    wait_until("the pause", 60 * PATIENCE, lambda: kengd.camera("gate")["reason_code"] in REFUSED)
    assert logins() <= before + 3


def test_a_password_goes_in_the_clear_only_where_the_settings_allow_it(hamlet):
    hamlet.became["asks-in-the-clear"].assert_nothing_lost()
    assert hamlet.became["digest-only"].stats["logins"] == 0
    assert hamlet.became["digest-only"].codes() == {"", "login_clear"}
