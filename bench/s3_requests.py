"""How many requests an S3 server gets while the data is staged and built there: by its own log.

    .venv-spark/bin/python -m bench.s3_requests --buckets "16 256"
    .venv-spark/bin/python -m bench.s3_requests --count LOG         what another server has logged

The jobs are those of Glue, on Spark, with the catalog of Glue and a lake that is wholly on S3. The server is
an emulator: it tells how many requests come and of which kind, and nothing of their time.
"""

import argparse
import json
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.lakes import CACHE, REPOSITORY, SPARK_PYTHON, Bench, emptied
from bench.measure import measured
from bench.results import FOLDER, Results, begun, table, where
from bench.spark_log import logged, work

if TYPE_CHECKING:
    from aws.glue_emulated import Emulated

RESULTS = FOLDER / "s3_requests.json"
CATALOG = "glue_catalog"
STEPS = ("stage", "build")
REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+')
COLOUR = re.compile(r"\x1b\[\d*m")
"""A request as servers log it."""


def kind(line: str) -> str | None:
    """Which request of S3 a line of a server's log tells of; None of one to another service.

    >>> kind('127.0.0.1 - - [30/Nov/2026] "GET /lake?list-type=2&prefix=a%2F HTTP/1.1" 200 -')
    'LIST'
    >>> kind('"\x1b[33mHEAD /lake/a HTTP/1.1\x1b[0m" 404 -')
    'HEAD'
    >>> kind('"PUT /lake/a.parquet HTTP/1.1" 200'), kind('"POST / HTTP/1.1" 200 -'), kind("started")
    ('PUT', None, None)
    """
    told = REQUEST.search(COLOUR.sub("", line))
    if told is None or told["path"] == "/":
        return None
    path, _, query = told["path"].partition("?")
    is_list = told["method"] == "GET" and (path.count("/") == 1 or "list-type=" in query)
    return "LIST" if is_list else told["method"]


class Counting(logging.Handler):
    """Counts the requests that a server in this process logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.counts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        if told := kind(record.getMessage()):
            self.counts[told] += 1

    def listen(self) -> None:
        """Have the server log every request, which the emulator of the tests keeps it from."""
        logging.getLogger("werkzeug").setLevel(logging.INFO)

    def taken(self) -> dict[str, int]:
        """What was counted since this was asked last."""
        counts, self.counts = dict(sorted(self.counts.items())), Counter()
        return counts


@contextmanager
def counted() -> Iterator[Counting]:
    """Hear what the server of the emulator logs, in the place of the screen."""
    counting, logger = Counting(), logging.getLogger("werkzeug")
    before = logger.level, logger.propagate
    logger.addHandler(counting)
    logger.propagate = False
    try:
        yield counting
    finally:
        logger.removeHandler(counting)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def environment(found: "Emulated", log: Path) -> dict[str, str]:
    """The environment of a job: the emulator, the jars that Glue has, and a log of Spark's events."""
    from aws.glue_emulated import KEY, REGION

    settings = {
        "spark.jars": ",".join(map(str, sorted((REPOSITORY / ".cache" / "jars").glob("*.jar")))),
        "spark.driver.extraJavaOptions": f"-Daws.accessKeyId={KEY} -Daws.secretAccessKey={KEY}",
        **{f"spark.sql.catalog.{CATALOG}{name}": v for name, v in found.catalog("aws.s3.S3FileIO").items()},
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": found.endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": KEY,
        "spark.hadoop.fs.s3a.secret.key": KEY,
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.endpoint.region": REGION,
    }
    told = " ".join(f"--conf '{name}={value}'" for name, value in settings.items())
    return {
        "STEDI_MASTER": "local[2]",
        "PYSPARK_SUBMIT_ARGS": f"{told} {logged(log)['PYSPARK_SUBMIT_ARGS']}",
        **access(found),
    }


def access(found: "Emulated") -> dict[str, str]:
    from aws.glue_emulated import KEY, REGION

    return {
        "AWS_ENDPOINT_URL": found.endpoint, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }  # fmt: skip


def measure_one(bench: Bench, buckets: int, steps: Sequence[str], found: Results) -> None:
    """Create a lake on S3, land the data there, and count what each job asks for."""
    # The emulator is the tests', with what it lacks.
    sys.path.append(str(REPOSITORY / "tests"))
    from aws.emulated import conditions_kept
    from aws.glue_emulated import emulated

    zones = [f"stedi-{zone}-{buckets}" for zone in ("landing", "lake-trusted", "lake-curated")]
    # The server is set up within: its log is shown on the screen unless somebody listens already.
    with counted() as counting, emulated("stedi-trusted", *zones) as server, conditions_kept():
        counting.listen()
        os.environ.update(access(server))
        created(bench, zones, buckets)
        counting.taken()
        for step in steps:
            log = emptied(bench.cache / "events")
            command = [
                SPARK_PYTHON, "-m", "stedi.aws.glue_job", "--step", step, "--settle", "0",
                "--lake", f"s3://{zones[0]}/lake", "--catalog", CATALOG,
            ]  # fmt: skip
            cost = measured(command, environment(server, log))
            requests, done = counting.taken(), work(log)
            found.add(
                step, buckets, 0, cost, requests=sum(requests.values()), by_kind=requests, jobs=done.jobs,
                tasks=done.tasks,
            )  # fmt: skip


def created(bench: Bench, zones: Sequence[str], buckets: int) -> None:
    from stedi import audit
    from stedi.ground.places import S3Path
    from stedi.lake.config import create
    from stedi.lake.on_s3 import OnS3
    from stedi.sources.placing import place
    from stedi.tables import SOURCES

    root = S3Path(zones[0], "lake")
    lake = create(root, buckets=buckets, glue=CATALOG, on_s3=OnS3.of(root, *zones[1:], "stedi/keys"))
    audit.begin(lake)
    place(bench.data, lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0)


def section(found: Results) -> list[str]:
    """The part of the page, as lines of Markdown."""
    kinds = sorted({kind for each in found.costs for kind in each["by_kind"]})
    rows = []
    for buckets in found.sizes(*STEPS):
        for step in STEPS:
            (each,) = found.of(step, buckets)
            counts = [f"{each['by_kind'].get(kind, 0):,}" for kind in kinds]
            rows.append([f"{step}, {buckets} buckets", f"{each['requests']:,}", *counts, str(each["jobs"])])
        rows.append(
            [f"**both, {buckets} buckets**", f"**{total(found, buckets):,}**", *[""] * (len(kinds) + 1)]
        )
    return [
        "## Requests to S3",
        "",
        f"{found.about['megabytes']:.0f} MB staged and built by Glue's jobs on a lake on S3, counted in",
        "the log of an emulated server (`bench/s3_requests.py`). KMS and the catalog are not counted.",
        "",
        *table(["", "requests", *kinds, "Spark jobs"], rows),
        "",
        where(found),
    ]


def total(found: Results, buckets: int) -> int:
    """The requests of both jobs."""
    return sum(each["requests"] for step in STEPS for each in found.of(step, buckets))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--count", type=Path, help="count the requests in a server's log, and do nothing else"
    )
    parser.add_argument("--buckets", default="16", help="of the lakes, one measured after the other")
    parser.add_argument("--steps", default=" ".join(STEPS), help="which jobs run, one after the other")
    parser.add_argument("--data", type=Path, help="another landing zone than the starter data")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    if asked.count:
        with asked.count.open() as lines:
            print(json.dumps(Counter(filter(None, map(kind, lines))), sort_keys=True))
        return
    asked.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(asked.data.resolve(), asked.cache) if asked.data else Bench(cache=asked.cache)
    found = begun("s3_requests", megabytes=round(bench.megabytes(1), 3))
    for buckets in map(int, asked.buckets.split()):
        measure_one(bench, buckets, asked.steps.split(), found)
        found.save(asked.results)


if __name__ == "__main__":
    main()
