"""What a replay still has to do once the ledger tells of it, kept until that is done.

The ledger is the commit point: only then may lines that were accepted leave the quarantine, and a process
that is killed between leaves both. The next one completes it.
"""

import json
from collections.abc import Collection, Sequence

from stedi.ground import durable
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, place
from stedi.landing import quarantine
from stedi.store.data_files import DataFile, described
from stedi.store.store import Store

NAME = "replay.json"


def keep_journal(scratch: Place, batch: str, leaving: Sequence[DataFile], coming: Sequence[DataFile]) -> None:
    """Remember which data files of the quarantine are to leave and to come once the ledger knows a batch."""
    told = {
        "batch": batch,
        "leaving": [file.path.name for file in leaving],
        "coming": [str(file.path) for file in coming],
    }
    durable.replace(scratch / NAME, json.dumps(told).encode())


def copy_journal(scratch: Place, trial: Place) -> None:
    """Let a trial of a run complete what the run would."""
    if (scratch / NAME).is_file():
        (trial / NAME).write_bytes((scratch / NAME).read_bytes())


def complete_replay(scratch: Place, store: Store, batches: Collection[str]) -> None:
    """Let lines that were read again leave the quarantine, if the ledger knows that they were.

    Args:
        scratch: Where the journal is, if there is one.
        store: The tables.
        batches: What the ledger knows.
    """
    journal = scratch / NAME
    if not journal.is_file():
        return
    told = json.loads(journal.read_bytes())
    if told["batch"] in batches:
        leaving = [f for f in store.files(quarantine.TABLE) if f.path.name in set(told["leaving"])]
        # Without them it was done before.
        if len(leaving) == len(told["leaving"]):
            coming = [described(place(path), None, quarantine.TABLE) for path in told["coming"]]
            store.replace(quarantine.TABLE, coming, {"stedi.batch": told["batch"]}, leaving=leaving)
    reached("replay.quarantine")
    journal.unlink()
