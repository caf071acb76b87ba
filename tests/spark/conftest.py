"""The user's engine: Spark 3.5.6 with Iceberg 1.10.0, set up as on Glue 5.1. Run by `make test-spark`."""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

PYSPARK_WARNINGS = (
    # It compares versions the old way, and leaves the sockets it collects rows through to be collected.
    "distutils Version classes are deprecated:DeprecationWarning",
    ":ResourceWarning",
    ":pytest.PytestUnraisableExceptionWarning",
)

# What stands beside the tests is imported by name, here and in Spark's workers.
sys.path.insert(0, str(HERE))


def _has_spark() -> bool:
    try:
        return version("pyspark").startswith("3.5.")
    except PackageNotFoundError:  # The light client of the default environment is another package.
        return False


def _jars() -> list[str]:
    """The jars of constraints/jars.txt, which nothing fetches while Spark runs."""
    from jars import declared, file_name

    names = [file_name(coordinates) for coordinates in declared(REPOSITORY / "constraints" / "jars.txt")]
    paths = [REPOSITORY / ".cache" / "jars" / name for name in names]
    if missing := [path.name for path in paths if not path.is_file()]:
        pytest.fail(f"not in .cache/jars: {', '.join(missing)}; run make test-spark, which fetches them")
    return [str(path) for path in paths]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.spark)
            for warning in PYSPARK_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{warning}"))
            if not _has_spark():
                item.add_marker(pytest.mark.skip(reason="needs the spark environment: make test-spark"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of Spark 3.5.6 with two cores, in place of the embedded engine."""
    from pyspark.sql import SparkSession

    from stedi.engine.settings import SETTINGS

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(HERE)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {
        **SETTINGS,
        "spark.jars": ",".join(_jars()),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        # A session that lives through whole lakes asks thousands of things, and Spark remembers each.
        "spark.driver.memory": "2g",
        "spark.sql.ui.retainedExecutions": "10",
        "spark.ui.retainedJobs": "10",
        "spark.ui.retainedStages": "10",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        # A session this short mostly compiles: half the CPU.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    builder = SparkSession.builder.master("local[2]").appName("stedi")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def sail_side() -> Path:
    """What the embedded engine was given and gave; see `sail_side.py`."""
    folder = REPOSITORY / ".cache" / "sail_side"
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there: run make test-spark, which fills it first")
    return folder


@pytest.fixture(scope="session")
def sail_lakes() -> Path:
    """What lakes of the embedded engine held; see `sail_lakes.py`."""
    folder = REPOSITORY / ".cache" / "sail_lakes"
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there: run make test-spark, which fills it first")
    return folder


@pytest.fixture(scope="session")
def jars() -> list[str]:
    """The jars beside Spark."""
    return _jars()


@pytest.fixture(scope="session")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Glue and S3, emulated; with a way to let a catalog of Spark know them."""
    import boto3

    from aws.glue_emulated import DATABASE, KEY, REGION, emulated

    with emulated("stedi-trusted", "stedi-lake") as found:

        class Glue:
            endpoint = found.endpoint
            access = found.access

            def known_to(self, spark: Any, catalog: str, io: str = "hadoop.HadoopFileIO") -> None:
                system = spark._jvm.java.lang.System
                system.setProperty("aws.accessKeyId", KEY)
                system.setProperty("aws.secretAccessKey", KEY)
                for setting, value in found.catalog(io).items():
                    spark.conf.set(f"spark.sql.catalog.{catalog}{setting}", value)

            def settings(self, io: str) -> dict[str, str]:
                return found.catalog(io)

            def s3a(self) -> dict[str, str]:
                """The settings by which Spark itself opens s3://, which on Glue it does without any."""
                return {
                    "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
                    "fs.s3a.endpoint": found.endpoint,
                    "fs.s3a.path.style.access": "true",
                    "fs.s3a.access.key": KEY,
                    "fs.s3a.secret.key": KEY,
                    "fs.s3a.connection.ssl.enabled": "false",
                    "fs.s3a.endpoint.region": REGION,
                }

            def forget_tables(self) -> None:
                """Begin with an empty catalog; files stay."""
                client = boto3.client("glue", **found.access)
                if any(d["Name"] == DATABASE for d in client.get_databases()["DatabaseList"]):
                    for table in client.get_tables(DatabaseName=DATABASE)["TableList"]:
                        client.delete_table(DatabaseName=DATABASE, Name=table["Name"])

        yield Glue()
