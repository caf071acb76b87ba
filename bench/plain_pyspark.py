"""The five tables as a plain PySpark script makes them, in one process: what a run is compared with.

It is what a careful engineer would write for Glue: declared schemas, one JSON read a source, joins on
person and time, Parquet out, each table read back by the next. It keeps rows by the same rules as we do
where the data is clean, and does nothing else: no verdict a line, no ledger, no pseudonyms, no checks,
no Iceberg, no release. It runs in the environment `.venv-spark`.

    .venv-spark/bin/python bench/plain_pyspark.py LANDING TARGET
"""

import json
import os
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMAS = {
    "customer": (
        "customerName string, email string, phone string, birthDay string, serialNumber string, "
        "registrationDate bigint, lastUpdateDate bigint, shareWithResearchAsOfDate bigint, "
        "shareWithPublicAsOfDate bigint, shareWithFriendsAsOfDate bigint"
    ),
    "accelerometer": "user string, timestamp bigint, x double, y double, z double",
    "step_trainer": "sensorReadingTime bigint, serialNumber string, distanceFromObject int",
}


def session() -> SparkSession:
    """Two cores, and no setting slower than it must be: two shuffle partitions, not 200."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "2g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("plain")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def build(spark: SparkSession, landing: Path, target: Path) -> dict[str, int]:
    """Write the five tables; return the rows of each."""
    rows = {}

    def landed(source: str) -> DataFrame:
        folder = str(landing / source)
        return spark.read.schema(SCHEMAS[source]).option("recursiveFileLookup", "true").json(folder)

    def written(name: str, frame: DataFrame) -> DataFrame:
        path = str(target / name)
        frame.write.mode("overwrite").parquet(path)
        table = spark.read.schema(frame.schema).parquet(path)
        rows[name] = table.count()
        return table

    consent_at = F.col("shareWithResearchAsOfDate")
    customer = written("customer_trusted", landed("customer").where(consent_at.isNotNull()))
    starts = customer.select("email", "serialNumber", consent_at.alias("start"))

    readings = landed("accelerometer")
    is_covered = (readings.user == starts.email) & (readings.timestamp >= starts.start)
    accelerometer = written("accelerometer_trusted", readings.join(starts, is_covered, "left_semi"))

    with_phone = customer.email == accelerometer.user
    curated = written("customers_curated", customer.join(accelerometer, with_phone, "left_semi"))

    owners = curated.select("email", "serialNumber", consent_at.alias("start"))
    steps = landed("step_trainer").join(owners, "serialNumber")
    step_trainer = written(
        "step_trainer_trusted", steps.where(F.col("sensorReadingTime") >= F.col("start")).drop("start")
    )

    same_person_and_time = (accelerometer.user == step_trainer.email) & (
        accelerometer.timestamp == step_trainer.sensorReadingTime
    )
    written(
        "machine_learning_curated",
        accelerometer.join(step_trainer, same_person_and_time).select(
            "user", "serialNumber", "timestamp", "x", "y", "z", "distanceFromObject"
        ),
    )
    return rows


def main() -> None:
    landing, target = map(Path, sys.argv[1:])
    spark = session()
    try:
        print(json.dumps(build(spark, landing.resolve(), target.resolve())))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
