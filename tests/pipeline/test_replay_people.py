"""A replay brings nobody back who was erased, waits for others, and knows lakes of earlier versions."""

import json
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from contents import contents
from refused_lake import ANA, at, entries, kept, phone, put, record, replay_at, require_closed, run_at, step
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake
from stedi.landing import landed_files
from stedi.run.lock import only_writer
from stedi.run.run import replay_refused
from stedi.staging.ledger import Ledger
from stedi.store.local import LocalStore
from stedi.suppression.suppressing import Suppressor

BEN = "ben@example.com"


@pytest.fixture
def two(lake: Lake) -> Lake:
    """Ana and Ben; readings of both were refused, and Ben has had Ana's device since hour 300."""
    put(lake, "customer/a.json", record(-10, -10), record(-10, -10, email=BEN, serial=2))
    put(lake, "accelerometer/a.json", phone(-1), phone(2), phone(2, who=BEN), phone(400, who=BEN))
    put(lake, "step_trainer/a.json", step(-1), step(2), step(350), b"junk")
    run_at(lake, 0)
    return lake


def erase(lake: Lake, hour: float, email: str = ANA) -> None:
    carry_out(lake, "erase", email, clock=lambda: at(hour))
    assert verify(lake, email).clean


def people(lake: Lake) -> Counter[str]:
    told = contents(lake)
    return Counter(row[5] for row in told["accelerometer_staged"].elements())


def test_erased_then_read_again(two: Lake) -> None:
    erase(two, 5)
    told = replay_at(two, 500)
    assert people(two) == Counter({BEN: 2})
    assert told.accepted.total() == 2
    assert verify(two, ANA).clean
    require_closed(two)


def test_read_again_then_erased(two: Lake) -> None:
    replay_at(two, 5)
    erase(two, 6)
    assert people(two) == Counter({BEN: 1})
    assert ANA.encode() not in (two.landing / "accelerometer/a.json").read_bytes()
    require_closed(two)
    assert replay_at(two, 500).accepted.total() == 1
    assert people(two) == Counter({BEN: 2})
    assert verify(two, ANA).clean


def test_the_file_comes_again_after_an_erasure(two: Lake) -> None:
    given = (two.landing / "accelerometer/a.json").read_bytes()
    erase(two, 5)
    (two.landing / "accelerometer/b.json").write_bytes(given)
    run_at(two, 500)
    require_closed(two)
    assert people(two)[ANA] == 0
    assert verify(two, ANA).clean
    assert ANA.encode() not in (two.landing / "accelerometer/b.json").read_bytes()
    # Ben's come again with what an erasure left of the first file.
    (two.landing / "accelerometer/c.json").write_bytes((two.landing / "accelerometer/a.json").read_bytes())
    run_at(two, 501)
    require_closed(two)
    assert people(two) == Counter({BEN: 2})


def test_readings_of_who_has_the_device_now_stay_when_it_is_read_again(two: Lake) -> None:
    """The line was refused; read again it is of Ben's time with the device, and Ana's erasure leaves it."""
    put(two, "customer/b.json", record(300, -10, email=BEN, serial=1))
    run_at(two, 310)
    replay_at(two, 400)
    before = contents(two)["step_trainer_staged"].total()
    erase(two, 401)
    assert before == 3
    assert [row[0] for row in contents(two)["step_trainer_staged"]] == [at(350)]
    lines = (two.landing / "step_trainer/a.json").read_bytes().splitlines()
    assert [line for line in lines if line] == [step(350), b"junk"]
    require_closed(two)


def test_what_an_older_reader_could_not_read_of_somebody_erased(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused as a line of nobody, and read as hers by a replay: it is not staged, and leaves the file."""
    from stedi.sources import strict_json

    odd = phone(-3).replace(b"ana@example.com", b"ana\\u0040example.com")
    put(lake, "customer/a.json", record(-10, -10), record(-10, -10, email=BEN, serial=2))
    run_at(lake, 0)
    carry_out(lake, "erase", ANA, clock=lambda: at(1))
    with monkeypatch.context() as older:
        older.setattr("stedi.sources.rules.object_of", lambda line: _refusing(strict_json, line))
        older.setattr(Suppressor, "refused", lambda _self, rows: np.zeros(rows.num_rows, dtype=bool))
        put(lake, "accelerometer/a.json", odd, phone(-4, who=BEN))
        run_at(lake, 2)
    assert kept(lake).total() == 1
    told = replay_at(lake, 3)
    assert (told.accepted.total(), told.erased["accelerometer"]) == (0, 1)
    assert (lake.landing / "accelerometer/a.json").read_bytes() == b"\n" + phone(-4, who=BEN) + b"\n"
    require_closed(lake)
    assert people(lake) == Counter({BEN: 1})
    assert not run_at(lake, 4).published


def _refusing(strict_json: object, line: bytes) -> object:
    from stedi.sources.reasons import Reason

    return Reason.BAD_JSON if b"\\u" in line else strict_json.object_of(line)  # type: ignore[attr-defined]


def test_a_replay_waits_for_a_run(two: Lake) -> None:
    with only_writer(two):
        waiting = threading.Thread(target=lambda: replay_refused(two, clock=lambda: at(5)), daemon=True)
        waiting.start()
        waiting.join(3)
        assert waiting.is_alive()
    waiting.join(60)
    assert not waiting.is_alive()
    assert entries(two)["accelerometer/a.json"].accepted == 3
    require_closed(two)


def test_a_ledger_that_an_earlier_version_wrote(two: Lake) -> None:
    store = LocalStore(two.catalog, two.warehouse)
    (file,) = store.files(landed_files.TABLE)
    rows = pq.ParquetFile(file.path).read()
    pq.write_table(rows.drop_columns(["replayed_at", "replays"]), Path(str(file.path)))
    told = Ledger.of(store).entries
    store.close()
    assert {(entry.replayed_at, entry.replays) for entry in told} == {(None, None)}
    assert replay_at(two, 5).accepted.total() == 3
    require_closed(two)
    assert json.dumps(entries(two)["accelerometer/a.json"].replayed_at) == str(at(5))
