"""What leads a process of its own to Spark, to the emulated AWS and to a lake's keys."""

import os
from pathlib import Path
from typing import Any

from aws.glue_emulated import KEY, REGION
from stedi.ground.places import Place


def environment(glue: Any, jars: list[str], lake: Place, keys: Path, catalog: str) -> dict[str, str]:
    """The environment of a process that uses a lake on Spark.

    Args:
        glue: The emulator.
        jars: The jars beside Spark.
        lake: Where the lake lies.
        keys: The folder of its keys, where they are files.
        catalog: The catalog that Spark knows.
    """
    io = "hadoop.HadoopFileIO" if isinstance(lake, Path) else "aws.s3.S3FileIO"
    settings = {
        "spark.jars": ",".join(jars),
        "spark.driver.extraJavaOptions": (
            f"-XX:TieredStopAtLevel=1 -Daws.accessKeyId={KEY} -Daws.secretAccessKey={KEY}"
        ),
        **{f"spark.sql.catalog.{catalog}{name}": value for name, value in glue.settings(io).items()},
        **{f"spark.hadoop.{name}": value for name, value in glue.s3a().items()},
    }
    told = " ".join(f"--conf '{name}={value}'" for name, value in settings.items())
    return {
        "PATH": os.environ["PATH"],
        "STEDI_KEYS": str(keys),
        "STEDI_MASTER": "local[2]",
        **access(glue),
        "PYSPARK_SUBMIT_ARGS": f"{told} pyspark-shell",
    }


def access(glue: Any) -> dict[str, str]:
    """What leads a process to the emulator."""
    return {
        "AWS_ENDPOINT_URL": glue.endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION,
    }
