"""A data file tells of nobody who has no row in it, in its dictionaries either."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stedi.asking.reader import reading
from stedi.building import exchange
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.schema.row_values import coded
from stedi.tables import DERIVED, STAGED
from stedi_fleet.simulator import simulate


def told_beside(lake: Lake) -> dict[str, int]:
    """By table and column, texts that stand in a dictionary of a file whose rows have none of them."""
    found: dict[str, int] = {}
    with reading(lake) as reader:
        for table in (*STAGED, *DERIVED):
            for file in reader.files(table):
                texts = [n for n, t in zip(*_columns(file.path), strict=True) if pa.types.is_string(t)]
                rows = pq.ParquetFile(file.path, read_dictionary=texts).read(columns=texts)
                for name in texts:
                    column = rows[name]
                    for chunk in column.chunks if pa.types.is_dictionary(column.type) else []:
                        beside = set(chunk.dictionary.to_pylist()) - set(chunk.to_pylist())
                        found[f"{table.name}.{name}"] = found.get(f"{table.name}.{name}", 0) + len(beside)
    return {name: count for name, count in found.items() if count}


def _columns(path: Path) -> tuple[list[str], list[pa.DataType]]:
    schema = pq.ParquetFile(path).schema_arrow
    return schema.names, schema.types


@pytest.mark.parametrize("is_compacted", [True, False])
def test_dictionaries_hold_what_rows_have(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_compacted: bool
) -> None:
    simulate(tmp_path / "in", customers=12, minutes=0.5, dirty=True)
    if not is_compacted:
        monkeypatch.setattr(
            exchange, "compacted", lambda rows: pa.table([coded(c) for c in rows.columns], rows.schema.names)
        )
    run(lake, tmp_path / "in", settle_s=0)
    # Without it the test would find who never agreed, so that it can fail.
    assert bool(told_beside(lake)) is not is_compacted
