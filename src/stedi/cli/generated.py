"""Write, or compare, every committed file that is derived from the declarations.

    python -m stedi.cli.generated            write them
    python -m stedi.cli.generated --check    fail when one is not current

Run it in the root of the repository.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from stedi.aws import jobs
from stedi.aws.jobs import JOBS, LAKE, MODELS, PRIVATE, TABLES_FOLDER, Job
from stedi.privacy.access import READERS, Reader
from stedi.privacy.classes import PersonalData
from stedi.schema import ddl, pages
from stedi.schema.register import register
from stedi.schema.table import Column, Kind, Table
from stedi.tables import SOURCES, TABLES

DATABASE = "stedi"
CATALOG = "glue_catalog"
PAGES = "docs/tables"

NOTICE = """-- Generated from the declarations by `python -m stedi.cli.generated`; change those.
-- ${landing_bucket}, ${trusted_bucket} and ${curated_bucket} are the deployment's buckets.
"""


def contents(tables: Sequence[Table] = TABLES) -> dict[str, str]:
    """Every generated file: its path from the root of the repository, and its content."""
    iceberg = [table for table in tables if table.kind is Kind.ICEBERG]
    external = [table for table in tables if table.kind is Kind.EXTERNAL]
    return {
        "infra/generated/spark.sql": _script(
            ddl.spark(table, f"{CATALOG}.{DATABASE}", _location(table)) for table in iceberg
        ),
        "infra/generated/athena.sql": _script(
            ddl.athena_external(table, DATABASE, _location(table)) for table in external
        ),
        "infra/generated/tables.json": _json(
            {
                "database": DATABASE,
                "sources": [source.name for source in SOURCES],
                "folders": {"lake": LAKE, "models": MODELS, "private": PRIVATE, "tables": TABLES_FOLDER},
                "classes": [personal.name.lower() for personal in PersonalData],
                "jobs": [_job(job) for job in JOBS],
                "readers": [_reader(reader, tables) for reader in READERS],
                "tables": [_entry(table) for table in tables],
            }
        ),
        f"{PAGES}/README.md": pages.index(tables),
        **{f"{PAGES}/{table.name}.md": pages.page(table, tables) for table in tables},
        "docs/privacy-register.md": register(tables),
    }


def differences(root: Path) -> list[str]:
    """What differs between the declarations and the committed files below `root`."""
    wanted = contents()
    found = []
    for name, content in wanted.items():
        path = root / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.read_text(encoding="utf-8") != content:
            found.append(f"{name} differs")
    return found + [f"{name} belongs to no table" for name in _pages_left(root, wanted)]


def write(root: Path) -> None:
    """Write every generated file below `root`, and remove the pages of tables that are gone."""
    wanted = contents()
    for name in _pages_left(root, wanted):
        (root / name).unlink()
    for name, content in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; the exit code is 1 when a file is not current."""
    parser = argparse.ArgumentParser(prog="python -m stedi.cli.generated", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--root", type=Path, default=Path(), help="root of the repository")
    options = parser.parse_args(arguments)
    if not options.check:
        write(options.root)
        return 0
    found = differences(options.root)
    for difference in found:
        print(difference, file=sys.stderr)
    if found:
        print("Not current; write them: python -m stedi.cli.generated", file=sys.stderr)
    return 1 if found else 0


def _pages_left(root: Path, wanted: dict[str, str]) -> list[str]:
    there = sorted(f"{PAGES}/{path.name}" for path in (root / PAGES).glob("*.md"))
    return [name for name in there if name not in wanted]


def _location(table: Table) -> str:
    folders = {source.landed.name: source.name for source in SOURCES}
    return f"s3://${{{table.zone.value}_bucket}}/{folders.get(table.name, f'{TABLES_FOLDER}/{table.name}')}"


def _script(statements: Iterable[str]) -> str:
    return "\n".join([NOTICE, *(f"{statement};\n" for statement in statements)])


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _job(job: Job) -> dict[str, object]:
    """A job as Terraform reads it, its areas as buckets and prefixes."""
    return {
        "name": job.name,
        "meaning": job.meaning,
        "keys": job.keys,
        "versions": job.versions,
        "reads": _places(job.reads),
        "writes": _places(job.writes),
        "reads_tables": jobs.tables((*job.reads, *job.writes)),
        "writes_tables": jobs.tables(job.writes),
    }


def _places(areas: Iterable[str]) -> list[dict[str, str]]:
    return [{"bucket": bucket, "prefix": prefix} for area in areas for bucket, prefix in jobs.prefixes(area)]


def _reader(reader: Reader, tables: Sequence[Table]) -> dict[str, object]:
    """A role of readers as Terraform reads it: the columns it may read of each table."""
    allowed = {t.name: reader.columns(t.name, {c.name: c.personal for c in t.columns}) for t in tables}
    return {
        "name": reader.name,
        "meaning": reader.meaning,
        "tables": {name: columns for name, columns in allowed.items() if columns},
    }


def _entry(table: Table) -> dict[str, object]:
    """A table as Terraform reads it."""
    entry: dict[str, object] = {
        "name": table.name,
        "zone": table.zone.value,
        "kind": table.kind.value,
        "meaning": table.meaning,
        "location": _location(table),
        "columns": [
            {**described, **_declared(column)}
            for described, column in zip(ddl.glue_columns(table), table.columns, strict=True)
        ],
        "participant": table.participant,
        "moment": table.moment,
        "key": table.key,
        "partition": table.partition,
        "sort": table.sort,
        "upstreams": [upstream.name for upstream in table.upstreams],
    }
    if table.kind is Kind.EXTERNAL:
        return entry | {
            "input_format": ddl.INPUT_FORMAT,
            "output_format": ddl.OUTPUT_FORMAT,
            "serde": ddl.SERDE,
            "serde_properties": ddl.SERDE_PROPERTIES,
        }
    return entry | {"properties": ddl.properties(table)}


def _declared(column: Column) -> dict[str, object]:
    return {
        "class": column.personal.value,
        "masked": column.personal.masked,
        "unit": column.unit,
        "required": column.required,
    }


if __name__ == "__main__":
    sys.exit(main())
