"""What a killed run left behind is taken away before the next one begins."""

from stedi.ground.failpoints import reached
from stedi.ground.places import remove_tree
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.run.compacting import publish_compacted
from stedi.schema.table import Kind
from stedi.staging.ledger import Ledger
from stedi.staging.replay_journal import complete_replay
from stedi.store.data_files import batch_of
from stedi.store.store import Store
from stedi.tables import STAGED, TABLES


def recover(lake: Lake, store: Store, ledger: Ledger) -> bool:
    """Bring a lake back to its last commit point, if a run did not end.

    Lines that were read again and that the ledger knows for accepted leave the quarantine. Rows of files
    that the ledger does not hold leave it and the staged tables, tables that were compacted are released,
    and data files that no snapshot reaches are removed.

    Returns:
        Whether there was anything to recover from.
    """
    if not lake.scratch.exists():
        return False
    complete_replay(lake.scratch, store, ledger.batches)
    for table in (*STAGED, quarantine.TABLE):
        unfinished = [file for file in store.files(table) if batch_of(file) not in ledger.batches]
        if unfinished:
            reached("recover.table")
            store.replace(table, [], {"stedi.recovered": "yes"}, leaving=unfinished)
    publish_compacted(store)
    for table in TABLES:
        if table.kind is Kind.ICEBERG:
            store.sweep(table)
    reached("recover.swept")
    remove_tree(lake.scratch)
    return True
