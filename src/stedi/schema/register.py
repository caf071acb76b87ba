"""The privacy register: every personal column of every table, and why it is held."""

from collections.abc import Sequence

from stedi.privacy.classes import PersonalData
from stedi.schema.pages import GENERATED, cell
from stedi.schema.table import Column, Table

INTRODUCTION = """# Privacy register

Every column that holds personal data, in every table, by class. It is derived from the
declarations of the tables, so no personal column can be missing; columns without personal data
(class O, operational) are left out. Whoever adds, moves or reclassifies a personal column
changes this file, and the privacy officer is asked.

Rows pass from the landing zone through trusted to curated, never back. A column whose class ends
in an earlier zone is refused there before any code runs. *Masked* values are hidden from everyone
who queries a table, unless they give a reason, which is audited."""

CLASSES = {
    PersonalData.DIRECT_IDENTIFIER: "Tells by itself who somebody is.",
    PersonalData.QUASI_IDENTIFIER: "Tells who somebody is when it meets other values, as most times do.",
    PersonalData.SENSITIVE: "How somebody moves; gait is biometric.",
    PersonalData.PROOF_OF_CONSENT: "Shows that, and since when, somebody agreed to research use.",
    PersonalData.PSEUDONYM: "Stands for a person under a key; without the key nobody can tell whom.",
    PersonalData.GENERALISED: "Made coarse enough to be shared by many.",
}
"""What each class means, in the order of the register."""

WHY = {
    PersonalData.SENSITIVE: "The signal that steps are found in.",
    PersonalData.PROOF_OF_CONSENT: "Whoever holds the data must be able to prove consent.",
    PersonalData.PSEUDONYM: "Keeps the rows of one person together without telling who it is.",
    PersonalData.GENERALISED: "Describes groups of 10 people or more.",
}

WHEN = "Tells when, so that it can be compared with consent."
UNTOLD = "**No purpose is declared; it is kept as received.**"


def why(column: Column, table: Table) -> str:
    """Why a personal column of a table is held: its own reason, or that of its class."""
    if column.why:
        return column.why
    if column.name == table.moment and column.personal not in WHY:
        return WHEN
    return WHY.get(column.personal, UNTOLD)


def register(tables: Sequence[Table]) -> str:
    """The register over all tables, in Markdown."""
    parts = [GENERATED, INTRODUCTION, _overview(tables)]
    parts += [_chapter(personal, tables) for personal in CLASSES]
    return "\n\n".join(parts) + "\n"


def _overview(tables: Sequence[Table]) -> str:
    lines = ["| class | | as far as | masked | columns |", "| --- | --- | --- | --- | --- |"]
    for personal in CLASSES:
        columns = len(_held(personal, tables))
        masked = "yes" if personal.masked else "no"
        lines.append(
            f"| {personal.value} | {_spoken(personal)} | {personal.last_zone.value} | {masked} | {columns} |"
        )
    return "\n".join(lines)


def _chapter(personal: PersonalData, tables: Sequence[Table]) -> str:
    masked = "masked" if personal.masked else "not masked"
    heading = f"## {personal.value}: {_spoken(personal)}"
    reach = f"{CLASSES[personal]} No further than the {personal.last_zone.value} zone; {masked}."
    held = _held(personal, tables)
    if not held:
        return f"{heading}\n\n{reach}\n\nNo column."
    lines = ["| zone | table | column | what it is | why it is held |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {table.zone.value} | [{table.name}](tables/{table.name}.md) | `{column.name}` "
        f"| {cell(column.meaning)} | {cell(why(column, table))} |"
        for table, column in held
    ]
    return f"{heading}\n\n{reach}\n\n" + "\n".join(lines)


def _held(personal: PersonalData, tables: Sequence[Table]) -> list[tuple[Table, Column]]:
    held = [(table, c) for table in tables for c in table.columns if c.personal is personal]
    return sorted(held, key=lambda pair: pair[0].zone.rank)


def _spoken(personal: PersonalData) -> str:
    return personal.name.lower().replace("_", " ")
