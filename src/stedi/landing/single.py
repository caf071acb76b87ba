"""Keep one row of each that landed: the same line in another file, or delivered again, is no second row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stedi.landing.staged import BUCKET, FILE, ITEM, LINE, PARTICIPANT
from stedi.schema.row_values import hashed, not_alone, numbers_of, text_ranks
from stedi.schema.table import Column
from stedi.sources.source import Source

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Numbers = np.ndarray[Any, Any]


def first_landings(lines: "pa.Table", staged: "pa.Table", source: Source) -> "pa.Table":
    """Keep one row of each that landed, and none that is staged already.

    Rows are the same when every landed field is. Which line of several stands for them follows
    from the lines alone, not from the order in which they were read.

    Args:
        lines: Accepted lines, with the columns of the source's staged table; texts may be dictionaries.
        staged: Rows that are staged already and may be the same: what `compared` names.
        source: The source.
    """
    import numpy as np
    import pyarrow as pa

    names = [column.name for column in compared(source)]
    both = pa.concat_tables([staged.select(names), lines.select(names)], promote_options="permissive")
    values = [some for name in names for some in numbers_of(both[name])]
    hashes = hashed(values)
    among = not_alone(hashes)
    values = [some[among] for some in values]
    is_line = among >= staged.num_rows
    asked = lines.take(pa.array(among[is_line] - staged.num_rows))
    places = [
        np.concatenate([np.zeros(len(among) - len(place), np.int64), place]) for place in _places(asked)
    ]

    def in_groups(group: "Numbers") -> "tuple[Numbers, Numbers | None]":
        """The rows in order of their groups, and which are the same as the one before."""
        # What is staged comes first of those that are the same, then the lines by their place.
        order = np.lexsort((*reversed(places), is_line, group))
        return order, _same_as_before(values, order, group)

    order, same = in_groups(hashes[among])
    if same is None:
        order, same = in_groups(_numbered(values))
        assert same is not None
    # Of each group the first, unless that is staged; and every line that no other is like.
    is_kept = np.ones(both.num_rows, np.bool_)
    is_kept[among[order[same]]] = False
    kept = np.flatnonzero(is_kept[staged.num_rows :])
    rows = lines if len(kept) == lines.num_rows else lines.take(pa.array(kept))
    told = _told_otherwise(source)
    if not told or not same.any():
        return rows
    number = np.arange(both.num_rows)
    number[among[order]] = both.num_rows + np.cumsum(~same)
    return _with_least(rows, lines, told, number[staged.num_rows :], kept)


def compared(source: Source) -> list[Column]:
    """The columns that tell two rows of a source apart."""
    return [*source.landed.columns, *source.told_apart_by]


def _told_otherwise(source: Source) -> list[str]:
    """Columns that lines which are the same may tell otherwise, for they tell of their landing."""
    follows = {c.name for c in compared(source)} | {c.name for c in (PARTICIPANT, BUCKET, FILE, LINE, ITEM)}
    return [name for name in source.staged.names if name not in follows]


def _with_least(
    rows: "pa.Table", lines: "pa.Table", names: list[str], group: "Numbers", kept: "Numbers"
) -> "pa.Table":
    """The rows with the least that any of the lines which are the same tells."""
    import numpy as np
    import pyarrow as pa

    told = lines.select(names).append_column("_group", pa.array(group))
    least = told.group_by("_group").aggregate([(name, "min") for name in names])
    place = np.empty(int(group.max()) + 1, np.int64)
    place[least["_group"].to_numpy()] = np.arange(least.num_rows)
    taken = least.take(pa.array(place[group[kept]]))
    for name in names:
        field = rows.schema.field(name)
        number = rows.schema.get_field_index(name)
        rows = rows.set_column(number, field, taken[f"{name}_min"].cast(field.type))
    return rows


def _places(lines: "pa.Table") -> "list[Numbers]":
    """Where each line stood: the rank of its file, its number, and its place in the envelope."""
    items = [lines[ITEM.name].fill_null(0).to_numpy()] if ITEM.name in lines.column_names else []
    return [text_ranks(lines[FILE.name]), lines[LINE.name].to_numpy(), *items]


def _same_as_before(values: "Sequence[Numbers]", order: "Numbers", group: "Numbers") -> "Numbers | None":
    """Which rows are the same as the one before them; None where others of their group are not the same."""
    import numpy as np

    in_group = np.zeros(len(order), np.bool_)
    in_group[1:] = group[order[1:]] == group[order[:-1]]
    row, before = order[in_group], order[np.flatnonzero(in_group) - 1]
    return in_group if all((some[row] == some[before]).all() for some in values) else None


def _numbered(values: "Sequence[Numbers]") -> "Numbers":
    """As `hashed`, and another number for every two rows that are not the same."""
    import numpy as np

    return np.unique(np.stack(values, axis=1), axis=0, return_inverse=True)[1].reshape(-1)
