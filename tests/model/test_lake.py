"""Sessions from data files: the same however rows are spread over them, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stedi.curated import machine_learning
from stedi.gait.sessions import Session
from stedi.ground.errors import QualityGateError
from stedi.model import lake as lakes
from stedi.model.lake import sessions
from stedi.schema.arrow import arrow_schema

Row = tuple[str, str, int, float, float, float, float | None, int | None]


def rows(subject: str, session: str, n: int, *, step_ms: int = 20) -> list[Row]:
    def row(t: int) -> Row:
        distance = (250.0, 3) if t % 5 == 0 else (None, None)
        return subject, session, t * step_ms, t * 0.1, 0.0, 9.8, *distance

    return [row(t) for t in range(n)]


def written(path: Path, some: list[Row], *, is_sorted: bool = True) -> Path:
    some = sorted(some, key=lambda row: row[:3]) if is_sorted else some
    names = lakes.COLUMNS
    columns = {name: [row[n] for row in some] for n, name in enumerate(names)}
    schema = arrow_schema(machine_learning.TABLE)
    columns["bucket"] = [0] * len(some)
    pq.write_table(pa.table({f.name: pa.array(columns[f.name], f.type) for f in schema}, schema=schema), path)
    return path


def told(some: Iterator[Session]) -> list[tuple[str, str, bytes, bytes, bytes, bytes]]:
    return [
        (
            s.subject, s.session, s.elapsed_ms.tobytes(), s.acceleration.tobytes(),
            s.distance_ms.tobytes(), s.distance_mm.tobytes(),
        )
        for s in some
    ]  # fmt: skip


EVERYTHING = [
    *rows("a", "s1", 300),
    *rows("a", "s2", 10),
    *rows("b", "s0", 200),
    *rows("c", "s9", 50),
]


def test_a_session_is_its_rows(tmp_path: Path) -> None:
    (session,) = sessions([written(tmp_path / "1.parquet", rows("a", "s", 11))])
    assert (session.subject, session.session) == ("a", "s")
    assert session.elapsed_ms.tolist() == [t * 20 for t in range(11)]
    assert session.acceleration[3].tolist() == [pytest.approx(0.3), 0.0, 9.8]
    assert session.distance_ms.tolist() == [3, 103, 203] and session.distance_mm.tolist() == [250.0] * 3


@pytest.mark.parametrize("batch_rows", [7, 64, 1 << 15])
@pytest.mark.parametrize("files", [1, 2, 5])
def test_files_and_batches_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_rows: int, files: int
) -> None:
    whole = told(sessions([written(tmp_path / "whole.parquet", EVERYTHING)]))
    assert [each[:2] for each in whole] == [("a", "s1"), ("a", "s2"), ("b", "s0"), ("c", "s9")]
    monkeypatch.setattr(lakes, "BATCH_ROWS", batch_rows)
    choice = np.random.default_rng(files).integers(0, files, len(EVERYTHING))
    paths = [
        written(
            tmp_path / f"{n}.parquet", [row for row, at in zip(EVERYTHING, choice, strict=True) if at == n]
        )
        for n in range(files)
    ]
    assert told(sessions(paths)) == whole
    assert told(sessions(paths[::-1])) == whole


def test_readings_of_one_time_come_in_one_order(tmp_path: Path) -> None:
    twins: list[Row] = [("a", "s", 0, float(x), 0.0, 9.8, 200.0 + x, 0) for x in range(6)]
    orders = [
        told(sessions([written(tmp_path / f"{n}.parquet", twins[n:] + twins[:n], is_sorted=False)]))
        for n in range(6)
    ]
    assert orders == [orders[0]] * 6


def test_people_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "1.parquet", EVERYTHING)
    without = [each[:2] for each in told(sessions([path], without={"a", "nobody"}))]
    assert without == [("b", "s0"), ("c", "s9")]


def test_absence_and_having_left_are_one(tmp_path: Path) -> None:
    others = [row for row in EVERYTHING if row[0] != "b"]
    assert told(sessions([written(tmp_path / "1.parquet", EVERYTHING)], without={"b"})) == told(
        sessions([written(tmp_path / "2.parquet", others)])
    )


def test_a_long_session_comes_in_pieces_wherever_its_rows_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lakes, "LONGEST_PIECE_MS", 1000)
    monkeypatch.setattr(lakes, "BATCH_ROWS", 16)
    some = [*rows("a", "s", 120), *((*row[:2], row[2] + 4000, *row[3:]) for row in rows("a", "s", 30))]
    one = list(sessions([written(tmp_path / "1.parquet", some)]))
    assert [s.session for s in one] == ["s", "s.1", "s.2", "s.3"]
    assert [(int(s.elapsed_ms[0]), int(s.elapsed_ms[-1])) for s in one] == [
        (0, 980), (1000, 1980), (2000, 2380), (4000, 4580)
    ]  # fmt: skip
    two = [written(tmp_path / "2.parquet", some[::2]), written(tmp_path / "3.parquet", some[1::2])]
    assert told(sessions(two)) == told(iter(one))


def test_a_file_that_is_not_sorted_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "1.parquet", EVERYTHING[::-1], is_sorted=False)
    with pytest.raises(QualityGateError, match="not sorted"):
        list(sessions([path]))


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    def peak(people: int) -> int:
        some = [row for n in range(people) for row in rows(f"p{n:04d}", "s", 3000)]
        path = written(tmp_path / f"{people}.parquet", some)
        del some
        before = pa.total_allocated_bytes()
        highest = 0
        for _ in sessions([path]):
            highest = max(highest, pa.total_allocated_bytes() - before)
        return highest

    few, many = peak(20), peak(120)
    assert many < 1.5 * few
