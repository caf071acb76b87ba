"""Read a batch, and again when its records tell more of erased people than was known before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stedi.pipeline.asides import Asides
from stedi.pipeline.erased_records import Row, links, new_rows
from stedi.pipeline.reading import FileRead, Reader, read_all
from stedi.sources.examining import Examined
from stedi.sources.listing import ListedFile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def read_until_told(
    session: "SparkSession", files: Sequence[tuple[ListedFile, Examined]], reader: Reader
) -> tuple[Asides, list[FileRead], list[Row]]:
    """Read files, again as long as records of erased people tell of further addresses or names of theirs.

    Args:
        session: The engine.
        files: Files that were examined.
        reader: Reads them.

    Returns:
        Their lines kept aside, the files as they were read, and what records told, as rows of `requests`.
    """
    told: list[Row] = []
    while True:
        asides = Asides.within(reader.folder)
        reads = read_all(session, files, asides, reader)
        asides.close()
        new = new_rows((row for read in reads if read.tally for row in read.tally.told), told)
        told += new
        if not links(new):
            return asides, reads, told
        asides.discard()
        reader = replace(reader, suppressor=reader.suppressor.knowing(new))
