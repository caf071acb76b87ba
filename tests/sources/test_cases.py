"""Every case of landing.md, mixed into good data: listed, examined and read, without a lake."""

import io
import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import CASES, GOOD, Case, Expected, put, write_good
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import Block, read_blocks
from stedi.sources.listing import listed
from stedi.sources.opening import open_content
from stedi.sources.reasons import Reason

SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)


def told(landing: Path, case: Case) -> Expected:
    """What the files say, duplicates told only within this one look at them."""
    files: Counter[str] = Counter()
    reasons: Counter[Reason] = Counter()
    refused: Counter[Reason] = Counter()
    contents: set[str] = set()
    rows: set[str] = set()
    accepted = blank = 0
    found = list(listed(landing, SOURCES, settle_s=case.settle_s))
    if case.between:
        case.between(landing)
    for file in found:
        result = examined(file, SOURCES) if file.verdict == "read" else file
        if not isinstance(result, Examined):
            files[result.verdict.value] += 1
            reasons.update([result.reason] if result.reason else [])
        elif result.sha256 in contents and result.size:
            files["duplicate"] += 1
        else:
            contents.add(result.sha256)
            files["read"] += 1
            lines = 0
            with open_content(file, result) as stream:
                for block in read_blocks(stream, file.source, landed_at=time.time_ns() // 10**6, buckets=16):
                    accepted += block.accepted.num_rows
                    moment = file.source.staged.moment or ""
                    for row in block.accepted.drop_columns(_places(block)).to_pylist():
                        rows.add(f"{moment}{sorted(row.items(), key=str)}")
                    refused.update(map(Reason, block.refused["reason"].to_pylist()))
                    blank += block.blank
                    lines += block.lines
            assert lines == result.lines, file.path
    return Expected(files, reasons, len(rows), accepted - len(rows), blank, refused)


def _places(block: Block) -> list[str]:
    return [name for name in ("_line", "_item") if name in block.accepted.schema.names]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_each_case_gets_its_verdicts_and_the_good_lines_come_through(tmp_path: Path, case: Case) -> None:
    if not case.as_root and os.geteuid() == 0:
        pytest.skip("root may read everything; see test_examining")
    write_good(tmp_path)
    time.sleep(case.settle_s)
    case.write(tmp_path)
    assert told(tmp_path, case) == GOOD + case.expected


def test_no_case_is_left_out() -> None:
    assert {case.number for case in CASES} == set(range(1, 47))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(
    [b"\n", b"\r", b" ", b"{", b"}", b"\xef\xbb\xbf", b"\0", b"{}", b'{"a":1}\n', b"\xff", b"\x1f", b"x" * 70]
), max_size=30))  # fmt: skip
def test_both_passes_count_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    content = b"".join(parts)
    landing = tmp_path_factory.mktemp("landing", numbered=True)
    put(landing, "accelerometer/a", content)
    (file,) = listed(landing, SOURCES, settle_s=0)
    result = examined(file, SOURCES)
    seen = result if isinstance(result, Examined) else result.content
    if seen is None:
        return
    blocks = read_blocks(io.BytesIO(content), file.source, landed_at=0, buckets=16, block_bytes=64)
    assert seen.lines == sum(block.lines for block in blocks)
