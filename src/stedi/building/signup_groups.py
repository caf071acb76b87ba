"""Files of tables of a row a person, built whole: people who signed up together lie together.

A day of readings writes the rows of who sent any anew, and with them the rest of each file that held
one. Who signed up together is busy together, so most files of a bucket stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from stedi.building.build import Built, Files
from stedi.building.run_context import Run
from stedi.engine.parquet import read_parquet, write_parquet
from stedi.engine.spark import is_spark
from stedi.engine.tasks import spread
from stedi.ground.places import Place
from stedi.landing import customer
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, batch_of, described
from stedi.trusted import consent as consents
from stedi.trusted.people import PERSON

GROUPS = 5
"""Files of a bucket: more would be opened by every run, of fewer each holds more people who did nothing."""
ROWS_OF_A_GROUP = 64

_Item = tuple[DataFile, Sequence[Place]]


def in_signup_groups(run: Run, files: Files, built: Built) -> Built:
    """Write the larger files of a table anew, each as several; on Spark, whose driver sees no person, none.

    Args:
        run: The run.
        files: Its staged customers and `consent`.
        built: A table with one row a person or subject, one file a bucket.
    """
    large = [file for file in built.files if file.rows >= 2 * ROWS_OF_A_GROUP]
    if not large or is_spark(run.session):
        return built
    table = built.table
    items = [(file, [run.store.new_file(table, run.run_id) for _ in range(GROUPS)]) for file in large]
    places = _places(run, files, table)
    groups = spread(run.session, partial(_grouped, table, places), items, size=lambda item: item[0].rows)
    others = [file for file in built.files if file not in large]
    new = (*others, *(file for group in groups for file in group))
    return replace(built, files=new, new=new)


def _places(run: Run, files: Files, table: Table) -> dict[str, float]:
    """When each person signed up, as the table knows them: their place in the order in which records came."""
    people: dict[str, str] = {}
    for file in files.of(consents.TABLE):
        rows = read_parquet(file.path, ["participant", "person"])
        people.update(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    staged = files.of(customer.TABLE)
    batches = {batch: n for n, batch in enumerate(sorted({batch_of(file) for file in staged}))}
    places: dict[str, float] = {}
    for file in staged:
        addresses = read_parquet(file.path, ["participant"])["participant"].to_pylist()
        for n, address in enumerate(addresses):
            person, place = people.get(address, ""), batches[batch_of(file)] + n / len(addresses)
            places[person] = min(place, places.get(person, place))
    if table.participant == PERSON.name:
        return places
    return {subject_key(person, run.pseudonym_key): place for person, place in places.items()}


def _grouped(table: Table, places: Mapping[str, float], item: _Item) -> list[DataFile]:
    import numpy as np

    file, paths = item
    rows = read_parquet(file.path, table.names)
    known = np.array([places.get(key, 0.0) for key in rows[table.participant or ""].to_pylist()])
    number = min(len(paths), file.rows // ROWS_OF_A_GROUP)
    written = []
    for path, group in zip(paths, np.array_split(np.argsort(known, kind="stable"), number), strict=False):
        # In the order of the table, which is that of the file.
        write_parquet(rows.take(np.sort(group)), path, compression="zstd")
        written.append(described(path, file.bucket, table))
    file.path.unlink()
    return written
