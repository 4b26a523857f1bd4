"""F24: a backlog of expired segments. Pass: 10,000 gone within 60 s.
F25: files without rows, rows without files, 1,000 (long) of each. Pass: 0 mismatches after a start.
F30: the catalogue flipped, zeroed, replaced by a stranger's file, emptied, deleted. Pass: it starts,
records, and every segment is in the new catalogue."""
import random
import time

import pytest
from conftest import LONG
from writer import Writer

MANY = 200_000 if LONG else 2_000


@pytest.fixture
def writer(tmp_path):
    (tmp_path / "w").mkdir()
    return Writer(tmp_path / "w")


def test_f24_a_backlog_of_expired_segments_is_cleared(writer):
    writer.run("fill", MANY, 40 * 86400, seconds=900)
    assert len(writer.segments()) == MANY
    writer.environment["KEEP_S"] = str(86400)
    began = time.monotonic()
    writer.run("age", 60 * max(1, MANY // 10_000), seconds=1900)
    assert writer.segments() == []
    print(f"{MANY} segments in {time.monotonic() - began:.1f} s")


def test_f25_files_and_rows_find_each_other(writer):
    count = 1_000 if LONG else 100
    writer.run("fill", 2 * count, 86400)
    for file in writer.segments()[::2]:
        file.unlink()
    writer.environment["WITHOUT_ROWS"] = "1"
    writer.run("fill", count, 43200)
    found = writer.found()
    assert found["rows"] == found["fragments"] == 2 * count == len(writer.segments())
    assert found["bad"] == 0


def flipped(data, rng):
    data = bytearray(data)
    for _ in range(20):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def zeroed(data, rng):
    page = rng.randrange(len(data) // 4096) * 4096
    return data[:page] + bytes(4096) + data[page + 4096:]


HARMS = {"flipped": flipped, "zeroed": zeroed, "a stranger's": lambda data, rng: b"MZ" * 5000,
         "empty": lambda data, rng: b"", "cut": lambda data, rng: data[:len(data) // 3]}


@pytest.mark.parametrize("harm", [*HARMS, "deleted"])
def test_f30_a_catalogue_that_cannot_be_used_is_made_anew(writer, harm):
    rng = random.Random(30)
    writer.run("fill", 300, 86400)
    database = writer.directory / "state/keng.db"
    if harm == "deleted":
        database.unlink()
    else:
        database.write_bytes(HARMS[harm](database.read_bytes(), rng))
    found = writer.found()
    assert found["rows"] == found["fragments"] == 300 and found["bad"] == 0
