"""Whose rows have to be decided again: everyone who stands otherwise than in the release before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stedi.building.build import Files
from stedi.building.run_context import Run
from stedi.building.selecting import NAME, Whose, among, buckets_of, copies, named, only
from stedi.building.slices import Held, held
from stedi.engine.frames import Kept
from stedi.ground.places import Place
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import consent as consents
from stedi.trusted import devices, phone_readings
from stedi.trusted.people import PERSON, PERSON_BUCKET

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Touched:
    """People, and the identities by which staged rows may be theirs.

    Attributes:
        people: `person`, each once.
        theirs: They, by the bucket of trusted rows of theirs, before or now.
        had: Of them those who had phone readings before, and so trusted rows.
        key: How staged rows know identities: `participant` or `serialnumber`.
        keys: Identities of theirs, before and now, by the bucket of their staged rows; beside each whose.
    """

    people: "DataFrame"
    theirs: Sequence[Held] = field(repr=False)
    had: Sequence[Held] = field(repr=False)
    key: str
    keys: Sequence[Held] = field(repr=False)
    _copies: dict[Place, DataFile | None] = field(default_factory=dict, repr=False, compare=False)

    def staged_rows(self, run: Run, table: Table, files: Files) -> list[DataFile]:
        """Files, for this run alone, with all staged rows that may be theirs."""
        there = files.of(table, buckets_of(self.keys))
        new = [file for file in there if file.path not in self._copies]
        copied = copies(run, table, new, Whose({self.key: self.keys}))
        self._copies.update((file.path, copy) for file, copy in zip(new, copied, strict=True))
        return [copy for file in there if (copy := self._copies[file.path])]

    def trusted_rows(self, run: Run, table: Table, files: Files) -> list[DataFile]:
        """Files, for this run alone, with all their trusted rows."""
        return only(run, table, files.of(table), self.trusted)

    @property
    def trusted(self) -> Whose:
        """How trusted rows know these people."""
        return Whose({PERSON.name: self.theirs})


def by_consent(run: Run, before: Files, now: Files) -> Touched | None:
    """Everyone whose state of consent, or whose addresses, are not what they were; None: nobody."""
    told = [name for name in consents.TABLE.names if name != "start_at"]
    changed = differing(run, before, now, consents.TABLE, told)
    if changed is None:
        return None
    return _touched(run, before, now, changed.frame.select("person"), consents.TABLE, changed)


def by_anything(run: Run, before: Files, now: Files, consent: Touched | None) -> Touched | None:
    """Those touched by consent, whose devices changed, or who got a first phone reading or lost all."""
    people = [consent.people] if consent else []
    stretches = differing(run, before, now, devices.TABLE, devices.TABLE.names)
    if stretches is not None:
        people.append(stretches.frame.where("person is not null").select("person"))
    old, new = _only_one_has(before, now, phone_readings.TABLE)
    if old or new:
        there, here = (run.frame(phone_readings.TABLE, files) for files in (old, new))
        # Another count is no matter; whether there is any is.
        for some, others in ((there, here), (here, there)):
            people.append(some.join(others, "person", "left_anti").select("person"))
    if not people:
        return None
    everyone = people[0]
    for more in people[1:]:
        everyone = everyone.unionByName(more)
    return _touched(run, before, now, everyone, devices.TABLE, stretches)


def differing(run: Run, before: Files, now: Files, table: Table, names: list[str]) -> Kept | None:
    """The rows of a table that only one of the two has; None where there is none."""
    files = _only_one_has(before, now, table)
    if not any(files):
        return None
    old, new = (run.frame(table, some).select(*names) for some in files)
    differing = run.kept(old.exceptAll(new).unionAll(new.exceptAll(old)))
    return differing if differing.rows else None


def _only_one_has(before: Files, now: Files, table: Table) -> tuple[list[DataFile], list[DataFile]]:
    """The files of a table that it had before and has no more, and those that it has now and had not."""
    there, here = ({file.path: file for file in files.of(table)} for files in (before, now))
    return (
        [file for path, file in there.items() if path not in here],
        [file for path, file in here.items() if path not in there],
    )


def _touched(
    run: Run, before: Files, now: Files, whose: "DataFrame", table: Table, also: Kept | None
) -> Touched | None:
    """Complete some people by their identities in a table, and by the buckets they lead to.

    Args:
        run: The run.
        before: The release before.
        now: The tables as they are now.
        whose: `person`, in any number.
        table: `consent` or `devices`: it tells which staged rows may be whose.
        also: Rows of it that changed, whomever they name.
    """
    from pyspark.sql import functions as F

    people = run.once(whose.distinct())
    key = table.participant or ""
    columns = F.col(key).alias(NAME), F.col(PERSON.name), F.col("bucket")
    identities = _either(before, now, table).join(people, PERSON.name, "left_semi").select(*columns)
    if also is not None:
        identities = identities.unionByName(also.frame.select(*columns))
    keys = held(run, identities.distinct())
    known = _either(before, now, consents.TABLE).join(people, PERSON.name, "left_semi")
    theirs = named(run, known, PERSON.name, PERSON_BUCKET.name)
    if not buckets_of((*keys, *theirs)):
        return None
    had = among(run, theirs, phone_readings.TABLE, before.of(phone_readings.TABLE))
    return Touched(people, theirs, had, key, keys)


def _either(before: Files, now: Files, table: Table) -> "DataFrame":
    """The rows of a table before and now."""
    there = before.frame(table)
    return there if before.of(table) == now.of(table) else there.unionByName(now.frame(table))
