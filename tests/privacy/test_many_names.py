"""Very many names are compared as few are: the engine hands over batches that arrow reads wrongly."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stedi.privacy.names import in_one_spelling

MANY = 40_000


def test_each_of_many_names_has_its_one_spelling(spark: Any, tmp_path: Path) -> None:
    told = pa.table({
        "participant": [f"p{n}@b\u00fccher.example" for n in range(MANY)],
        "registrationdate": [n // 2 for n in range(MANY)],
        "birthday": ["1960-01-01"] * MANY,
        "customername": [f" JOS\u00c9 {n // 2}  M\u00fcller" if n % 2 else f"Jos\u00e9 {n // 2} M\u00fcller"
                         for n in range(MANY)],
        "effective_at": list(range(MANY)),
    })  # fmt: skip
    pq.write_table(told, tmp_path / "told.parquet")
    found = in_one_spelling(spark.read.parquet(str(tmp_path / "told.parquet"))).toArrow().to_pylist()
    names = {row["participant"]: row["customername"] for row in found}
    assert names == {f"p{n}@b\u00fccher.example": f"jos\u00e9 {n // 2} m\u00fcller" for n in range(MANY)}
