"""F31: somebody else opens the catalogue, before kengd and while it runs. Pass: kengd says so and does
not start on a locked one; while it runs others are kept out, so that no forgotten reader makes the log
grow; the log stays within 64 MiB. A read of our own that takes longer than 20 s is ended (unit test)."""
import sqlite3

import pytest
from conftest import PATIENCE, wait_until

WAL_MOST = 64 << 20


def test_f31_others_are_kept_out_of_the_catalogue_and_its_log_is_bounded(kengd, make_village):
    village = make_village("cong-lang")
    kengd.add("cong-lang", village).start().wait_recording()
    database = kengd.directory / "state/keng.db"
    for statement in ("SELECT count(*) FROM segment", "BEGIN EXCLUSIVE", "PRAGMA wal_checkpoint(TRUNCATE)"):
        stranger = sqlite3.connect(database, timeout=0.2)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            stranger.execute(statement).fetchall()
        stranger.close()
    wait_until("rows go on", 20 * PATIENCE, lambda: kengd.segments("cong-lang"))
    assert kengd.camera("cong-lang")["state"] == "recording"
    assert (kengd.directory / "state/keng.db-wal").stat().st_size <= WAL_MOST
    assert kengd.stop() == 0

    stranger = sqlite3.connect(database, isolation_level=None)
    stranger.execute("PRAGMA locking_mode = EXCLUSIVE")
    stranger.execute("BEGIN EXCLUSIVE")
    kengd.start(wait=False)
    assert kengd.run.wait(timeout=40 * PATIENCE) == 1
    assert "locked" in kengd.log.read_text() and str(database) in kengd.log.read_text()
    stranger.execute("ROLLBACK")
    stranger.close()
    kengd.start().wait_recording()
