"""A page for every table, for whoever is about to read it."""

from collections.abc import Sequence

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.table import Column, Kind, Table

GENERATED = "<!-- Generated from the declarations by `python -m stedi.cli.generated`; change those. -->"


READINGS_AND_RECORDS = (PersonalData.SENSITIVE, PersonalData.QUASI_IDENTIFIER)


def page(table: Table, tables: Sequence[Table]) -> str:
    """The page of a table, in Markdown.

    Args:
        table: The table.
        tables: All tables, to tell which are built from it.
    """
    lines = [
        GENERATED,
        "",
        f"# {table.name}",
        "",
        table.meaning,
        "",
        *_rows(("", ""), _facts(table, tables)),
        "",
        "## Columns",
        "",
        *_rows(
            ("column", "type", "unit", "class", "holds", "meaning"),
            [_described(column) for column in table.columns],
        ),
        "",
        f"Classes: {_legend(table)}.",
    ]
    if table.cautions:
        lines += ["", "## Cautions", "", *(f"- {caution.value}" for caution in table.cautions)]
    return "\n".join(lines) + "\n"


def index(tables: Sequence[Table]) -> str:
    """The list of all pages, in build order."""
    lines = [GENERATED, "", "# Tables", "", "In the order a run builds them.", ""]
    lines += _rows(
        ("table", "zone", "meaning"), [(linked(table), table.zone.value, table.meaning) for table in tables]
    )
    return "\n".join(lines) + "\n"


def readers(table: Table) -> str:
    """Who may see the rows of a table."""
    classes = {column.personal for column in table.columns}
    if table.zone is Zone.LANDING and PersonalData.DIRECT_IDENTIFIER in classes:
        return "the gate and maintenance jobs; a data engineer only by a logged break-glass"
    if table.zone is Zone.LANDING:
        return "the privacy officer and data engineers, for no row is about a person"
    if table.zone is Zone.TRUSTED and classes.isdisjoint(READINGS_AND_RECORDS):
        return "the gate and maintenance jobs; the privacy officer, as proof of consent"
    if table.zone is Zone.TRUSTED:
        return "the gate and maintenance jobs"
    if PersonalData.SENSITIVE in classes:
        return "data scientists, to train and judge the detector"
    return "jobs that report on groups of 10 people or more"


def linked(table: Table) -> str:
    """A link to the table's page from another one."""
    return f"[{table.name}]({table.name}.md)"


def cell(text: str) -> str:
    """Text that stands in a cell of a Markdown table."""
    return text.replace("|", "\\|")


def _facts(table: Table, tables: Sequence[Table]) -> list[tuple[str, str]]:
    built = [other for other in tables if table in other.upstreams]
    external = table.kind is Kind.EXTERNAL
    facts = {
        "zone": table.zone.value,
        "kept as": "the landed files themselves, JSON lines" if external else "Iceberg",
        "whose row it is": _code([table.participant] if table.participant else []),
        "when": _code([table.moment] if table.moment else []),
        "no two rows share": _code(table.key),
        "split into files by": _code([table.partition] if table.partition else []),
        "sorted in a file by": _code(table.sort),
        "built from": ", ".join(linked(upstream) for upstream in table.upstreams),
        "feeds": ", ".join(linked(other) for other in built),
        "who may see it": readers(table),
    }
    return [(fact, told) for fact, told in facts.items() if told]


def _described(column: Column) -> tuple[str, ...]:
    masked = ", masked" if column.personal.masked else ""
    return (
        f"`{column.name}`",
        column.type.value,
        column.unit or "",
        f"{column.personal.value}{masked}",
        _holds(column),
        column.meaning,
    )


def _holds(column: Column) -> str:
    rules = [] if column.required else ["null too"]
    if column.minimum is not None and column.maximum is not None:
        rules.append(f"{column.minimum:,g} to {column.maximum:,g}")
    elif column.minimum is not None:
        rules.append(f"{column.minimum:,g} or more")
    elif column.maximum is not None:
        rules.append(f"{column.maximum:,g} or less")
    if column.pattern:
        rules.append(f"`{column.pattern}`")
    return ", ".join(rules)


def _legend(table: Table) -> str:
    here = {column.personal for column in table.columns}
    return ", ".join(f"{c.value} {c.name.lower().replace('_', ' ')}" for c in PersonalData if c in here)


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _rows(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---"] * len(heading)
    return ["| " + " | ".join(map(cell, row)) + " |" for row in (heading, rule, *rows)]
