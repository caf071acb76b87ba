"""Changes of a table that are committed together."""

from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata


class TableTransaction(Transaction):
    """PyIceberg's, which works the metadata out anew, a deep copy, for each of the ten questions of a commit.

    Nothing in a transaction changes metadata in place: an update makes other ones.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._known: tuple[TableMetadata, object, TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        """The table's metadata with all updates until now."""
        base, updates = self._table.metadata, self._updates
        if not updates:
            return base
        if self._known is None or self._known[0] is not base or self._known[1] is not updates:
            self._known = base, updates, super().table_metadata
        return self._known[2]
