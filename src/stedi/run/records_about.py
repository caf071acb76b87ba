"""The customer records that the gate needs to judge some rows: on most days few people's."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.building.build import Files
from stedi.building.run_context import Run
from stedi.engine import frames
from stedi.engine.parquet import read_parquet, write_parquet
from stedi.landing import customer
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import consent as consents

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


def records_about(run: Run, files: Files, looked_at: Sequence[DataFile]) -> "tuple[DataFrame, DataFrame]":
    """Staged customer records and `consent`, of all people that some trusted rows are about.

    So it is of everybody whose records name a device that theirs name: without those nobody can say
    whose the device is.

    Args:
        run: The run; it holds the rows in memory, so its engine is not Spark.
        files: The tables.
        looked_at: Files of trusted tables.
    """
    import pyarrow as pa

    records = _rows(files, customer.TABLE)
    consent = _rows(files, consents.TABLE)
    people = pa.chunked_array(
        [read_parquet(file.path, ["person"])["person"].unique() for file in looked_at] or [[]], pa.string()
    )
    theirs = _among(records, "participant", _among(consent, "person", people)["participant"])
    named = theirs["serialnumber"].drop_null()
    beside = _among(records, "serialnumber", named)["participant"]
    sharers = _among(consent, "participant", beside)["person"]
    consent = _among(consent, "person", pa.chunked_array([*people.chunks, *sharers.chunks], pa.string()))
    records = _among(records, "participant", consent["participant"])
    return _frame(run, customer.TABLE, records), _frame(run, consents.TABLE, consent)


def _rows(files: Files, table: Table) -> "pa.Table":
    import pyarrow as pa

    nothing = arrow_schema(table).empty_table()
    return pa.concat_tables([nothing, *(rows_in(file.path, table) for file in files.of(table))])


def _among(rows: "pa.Table", column: str, values: "pa.ChunkedArray") -> "pa.Table":
    import pyarrow.compute as pc

    return rows.filter(pc.is_in(rows[column], value_set=values.combine_chunks()))


def _frame(run: Run, table: Table, rows: "pa.Table") -> "DataFrame":
    path = run.lake.scratch / f"{uuid4().hex}.parquet"
    write_parquet(rows, path, compression="none")
    return frames.read(run.session, table, [path])
