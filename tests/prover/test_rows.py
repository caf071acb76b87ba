"""A person's readings are found in lines, whatever stands beside them."""

from pathlib import Path

import numpy as np
import pytest

from stedi.prover.contents import look_into
from stedi.prover.rows import RowSearch
from stedi.prover.search import Search, Trace
from stedi.prover.traces import Kind, Rows, Traces, row_hashes

AT = 1_741_046_022_742
READING = [AT, 2.9737, -0.1866, -13.7078]
LINE = b'{"user":5,"timestamp":1741046022742,"x":2.9737,"y":-0.1866,"z":-13.7078}\n'


@pytest.mark.parametrize("beside", [b"", b"\xff\xfe{}\n", b"\0\0\n", b"{\n", b'"x"\n'])
def test_a_reading_is_found_beside_a_line_that_is_no_text(tmp_path: Path, beside: bytes) -> None:
    hashes = row_hashes([np.array([value]) for value in READING])
    person = Traces((), {Kind.PHONE_READING: Rows(hashes, np.array([AT]))})
    path = tmp_path / "landed.json"
    for content in (beside + LINE, LINE + beside):
        path.write_bytes(content)
        looking = look_into(path, Search([person]), RowSearch([person]))
        assert looking.found["data"][Trace(0, Kind.PHONE_READING)] == 1
