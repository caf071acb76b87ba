"""Read a batch, and again when its records tell more of whose an address is than was known before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stedi.sources.examining import Examined
from stedi.sources.listing import ListedFile
from stedi.staging.asides import Asides
from stedi.staging.reading import FileRead, Reader, read_all
from stedi.suppression.erased_records import Row, links, new_rows
from stedi.suppression.suppressing import Suppressor

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def read_until_told(
    session: "SparkSession", files: Sequence[tuple[ListedFile, Examined]], reader: Reader
) -> tuple[Asides, list[FileRead], list[Row], Suppressor]:
    """Read files, again as long as records tell of further addresses or names of erased people, or of others
    whose address ends with an erased person's.

    Args:
        session: The engine.
        files: Files that were examined.
        reader: Reads them.

    Returns:
        Their lines kept aside, the files as they were read, what records told, as rows of `requests`, and by
        which erased people are known after that.
    """
    told: list[Row] = []
    others: set[str] = set()
    while True:
        asides = Asides.within(reader.folder)
        reads = read_all(session, files, asides, reader)
        asides.close()
        new = new_rows((row for read in reads if read.tally for row in read.tally.told), told)
        told += new
        met = {each for read in reads if read.tally for each in read.tally.longer_addresses} - others
        others |= met
        suppressor = reader.suppressor.knowing(new, others) if new or met else reader.suppressor
        if not links(new) and not met:
            return asides, reads, told, suppressor
        asides.discard()
        reader = replace(reader, suppressor=suppressor)
