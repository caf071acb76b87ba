"""Staged rows of an earlier version get today's spelling of their address, so that one person is one."""

import shlex
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from stedi.building import rules_version
from stedi.building.changes import BY_RULES, follows_todays_rules
from stedi.building.exchange import BYTES_A_ROW
from stedi.building.releases import newest
from stedi.engine.parquet import read_parquet, write_parquet
from stedi.engine.tasks import spread
from stedi.ground.errors import QualityGateError, UsageError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.landing.staged import BUCKET, PARTICIPANT
from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import is_address, normalised_email
from stedi.schema.arrow import rows_in
from stedi.schema.table import Table
from stedi.staging.ledger import Ledger
from stedi.store.data_files import DataFile, batch_of, described
from stedi.store.store import Store
from stedi.suppression.identities import addresses_in
from stedi.tables import STAGED

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

MARK = "stedi.respelled"
_TABLES = tuple(table for table in STAGED if PARTICIPANT.name in table.names)


def participant_today(participant: str) -> str:
    """How an address is spelt now that an earlier version staged; itself where it is spelt so already.

    Earlier versions also took what is no address, such as one in quotes: it becomes the address in it.

    >>> participant_today("ana@xn--bcher-kva.example"), participant_today("mailto:ana@test.com")
    ('ana@bücher.example', 'ana@test.com')
    """
    spelt = normalised_email(participant)
    if is_address(spelt):
        return spelt
    text = spelt.removeprefix("mailto:")
    within = {normalised_email(found) for found in (text, *addresses_in(text))}
    found = sorted(address for address in within if is_address(address))
    return found[0] if len(found) == 1 else spelt


def respell(session: "SparkSession", store: Store, buckets: int) -> int:
    """Write the staged files anew whose rows are spelt otherwise today; return how many rows changed.

    Only where the newest release follows other rules, or rows before the first one were read by others: the
    run that does this builds everything again. A commit a table, so that a kill leaves whole tables, and the
    next run goes on.

    Raises:
        QualityGateError: Rows would be lost; the table was left as it was.
    """
    if follows_todays_rules(newest(store)):
        return 0
    changed = 0
    for table in _TABLES:
        if _read_by_todays_rules(store, table):
            continue
        before, files = store.rows(table), store.files(table)
        is_old = spread(session, _is_spelt_otherwise, files, size=_size)
        old = [file for file, otherwise in zip(files, is_old, strict=True) if otherwise]
        if not old:
            continue
        items = [
            (file, [store.new_file(table, batch_of(file)) for _ in range(min(file.rows, buckets))])
            for file in old
        ]
        new: list[DataFile] = []
        for written, differing in spread(
            session, partial(_spelt_anew, table, buckets), items, size=lambda item: _size(item[0])
        ):
            new += written
            changed += differing
        if sum(file.rows for file in new) != sum(file.rows for file in old):
            raise QualityGateError(
                f"{table.name} was not changed: rows of another spelling do not add up.",
                [f"{sum(f.rows for f in old):,} rows before, {sum(f.rows for f in new):,} after"],
            )
        store.replace(table, new, {MARK: "yes"}, leaving=old)
        if store.rows(table) != before:
            raise QualityGateError(f"{table.name} lost rows as they were spelt anew.", [])
        reached("respell.table")
    return changed


def _read_by_todays_rules(store: Store, table: Table) -> bool:
    """Whether all rows of a table were read by the rules of today, as each commit since its first tells."""
    commits = store.snapshots(table)
    return all(each.summary.get(BY_RULES) == str(rules_version.RULES_VERSION) for each in commits) and (
        not commits or any(each.parent is None for each in commits)
    )


def _size(file: DataFile) -> int:
    return BYTES_A_ROW * file.rows


def require_spelt_as_today(lake: Lake, store: Store) -> None:
    """Refuse to look somebody up in a lake whose rows know people by other spellings.

    Raises:
        UsageError: Its staged rows are of an earlier version.
    """
    if follows_todays_rules(newest(store)):
        return
    if any(_is_spelt_otherwise(file) for table in _TABLES for file in store.files(table)):
        raise UsageError(
            "An earlier version wrote this lake, and knows some people under two spellings of one address; "
            f"nothing was done.\nBring the lake up to date first: {_run_command(lake, store)}"
        )


def _run_command(lake: Lake, store: Store) -> str:
    command = f"stedi --lake {shlex.quote(str(lake.root))} run"
    read_in_place = {entry.landing for entry in Ledger.of(store).entries} - {str(lake.landing.resolve())}
    if not read_in_place:
        return command
    return f"{command} --landing {shlex.quote(read_in_place.pop()) if len(read_in_place) == 1 else 'FOLDER'}"


def _is_spelt_otherwise(file: DataFile) -> bool:
    import pyarrow.compute as pc

    column = read_parquet(file.path, [PARTICIPANT.name]).column(PARTICIPANT.name)
    return any(participant_today(each) != each for each in pc.unique(column).to_pylist())


def _spelt_anew(
    table: Table, buckets: int, item: tuple[DataFile, Sequence[Place]]
) -> tuple[list[DataFile], int]:
    """Files with the rows of another as they are spelt today, one a bucket, and how many rows changed."""
    import pyarrow.compute as pc

    file, paths = item
    rows, changed = _respelt(rows_in(file.path, table), buckets)
    written = []
    there = sorted(pc.unique(rows.column(BUCKET.name)).to_pylist())
    for bucket, path in zip(there, paths, strict=False):
        write_parquet(rows.filter(pc.equal(rows.column(BUCKET.name), bucket)), path, compression="zstd")
        written.append(described(path, bucket if table.partition else None, table))
    return written, changed


def _respelt(rows: "pa.Table", buckets: int) -> "tuple[pa.Table, int]":
    """Rows with participants and buckets as of today, and how many of them changed."""
    import pyarrow as pa

    participants = rows.column(PARTICIPANT.name).to_pylist()
    today = {each: participant_today(each) for each in set(participants)}
    spelt = [today[each] for each in participants]
    changed = sum(now != then for now, then in zip(spelt, participants, strict=True))
    of = {each: bucket_of(each, buckets) for each in today.values()}
    for name, values in ((PARTICIPANT.name, spelt), (BUCKET.name, [of[each] for each in spelt])):
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(
            place, rows.schema.field(place), pa.array(values, rows.schema.field(place).type)
        )
    return rows, changed
