"""Whatever is no recording is refused, with the place and without a value."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recording_folders import counting_rows, with_contacts, write
from stedi_fleet.recordings import read
from stedi_fleet.recordings.columns import RecordingError

Rows = list[list[object]]


def cell(row: int, column: int, value: object) -> Callable[[Rows], Rows]:
    def spoilt(rows: Rows) -> Rows:
        rows[row][column] = value
        return rows

    return spoilt


def scaled(column: slice, factor: float, whole: bool = False) -> Callable[[Rows], Rows]:
    def spoilt(rows: Rows) -> Rows:
        for row in rows:
            row[column] = [(int if whole else float)(float(str(v)) * factor) for v in row[column]]
        return rows

    return spoilt


SPOILT: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "a word": (cell(40, 2, "secret"), "row 41 is not"),
    "nothing": (cell(40, 2, ""), "row 41 is not"),
    "no number": (cell(3, 1, "nan"), "row 4 is not"),
    "infinity": (cell(3, 1, "-inf"), "row 4 is not"),
    "a fraction of a count": (cell(9, 5, "1.5"), "row 10 is not"),
    "beyond 64 bits": (cell(9, 0, 2**63), "row 10 is not"),
    "a quote": (cell(9, 3, '"9.8"'), "row 10 is not"),
    "a binary zero": (cell(9, 3, "9.8\0"), "row 10 is not"),
    "another row inside": (cell(9, 3, "9.8\n"), "row 10 is not"),
    "one field more": (lambda rows: [*rows[:50], [*rows[50], 1], *rows[51:]], "row 51 is not"),
    "cut short": (lambda rows: [*rows[:-1], rows[-1][:4]], "row 1000 is not"),
    "time goes back": (lambda rows: [*rows[:50], rows[51], rows[50], *rows[52:]], "time goes back at 1 row"),
    "shuffled": (lambda rows: rows[::-1], "time goes back at 999 rows"),
    "microseconds": (scaled(slice(0, 1), 1e-3, whole=True), "its times make 5e+04 readings a second"),
    "one instant": (lambda rows: [[0, *row[1:]] for row in rows], "no time passes"),
    "in g": (scaled(slice(1, 4), 1 / 9.81), "looks like g"),
    "without gravity": (scaled(slice(1, 4), 0.0), "the median acceleration is 0"),
    "two readings": (lambda rows: rows[:2], "it lasts 0.0 s"),
    "a count from elsewhere": (cell(500, 5, 10**9), "grows by more than the rows"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILT.values(), ids=SPOILT)
def test_a_file_with_counts(tmp_path: Path, spoil: Callable[[Rows], Rows], told: str) -> None:
    file = write(tmp_path / "walk.csv", spoil(counting_rows()))
    with pytest.raises(RecordingError, match="was not read as a recording") as refused:
        read(file)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\0\0", b"a,b,c,d,e,f,g\n", b"\n" * 1000])
def test_files_of_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "walk.csv").write_bytes(content)
    with pytest.raises(RecordingError):
        read(tmp_path / "walk.csv")


@pytest.mark.parametrize("gone", ["accelerometer.csv", "stepcounter.csv"])
def test_a_file_is_gone(tmp_path: Path, gone: str) -> None:
    folder = with_contacts(tmp_path)
    (folder / gone).unlink()
    with pytest.raises(RecordingError, match="No such file"):
        read(folder)


def test_a_foot_that_is_neither_up_nor_down(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path)
    told = (folder / "stepcounter.csv").read_text()
    (folder / "stepcounter.csv").write_text(told.replace(",1,", ",2,", 1))
    with pytest.raises(RecordingError, match="`left` is not 0 or 1"):
        read(folder)


def test_sensors_of_two_clocks(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path)
    rows = [row.split(",") for row in (folder / "stepcounter.csv").read_text().splitlines()]
    write(folder / "stepcounter.csv", [[int(row[0]) + 10**12, *row[1:]] for row in rows])
    with pytest.raises(RecordingError, match="less than half of their time"):
        read(folder)


def test_two_files_with_counts_are_two_recordings(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path / name, counting_rows())
    with pytest.raises(RecordingError, match="but 2"):
        read(tmp_path)
