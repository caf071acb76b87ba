"""Spark reads and writes s3:// itself, beside what boto3 and pyarrow put there; S3 is emulated."""

from typing import Any

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

from aws.glue_emulated import KEY, REGION

BUCKET = "stedi-lake"
ROWS = pa.table({"bucket": pa.array([1, 2], pa.int32()), "text": ["a", "b"]})


@pytest.fixture(scope="module")
def s3(spark: Any, glue: Any) -> pyarrow.fs.S3FileSystem:
    """pyarrow's file system; Spark's own is set to the same emulator, and opens s3:// with S3A."""
    hadoop = spark._jsc.hadoopConfiguration()
    for name, value in glue.s3a().items():
        hadoop.set(name, value)
    return pyarrow.fs.S3FileSystem(
        access_key=KEY, secret_key=KEY, region=REGION, endpoint_override=glue.endpoint, scheme="http"
    )


def test_spark_reads_what_pyarrow_wrote(spark: Any, s3: Any) -> None:
    pq.write_table(ROWS, f"{BUCKET}/plain/one_file.parquet", filesystem=s3)
    found = spark.read.schema("bucket int, text string").parquet(f"s3://{BUCKET}/plain/one_file.parquet")
    assert [tuple(row) for row in found.orderBy("bucket").collect()] == [(1, "a"), (2, "b")]


def test_pyarrow_reads_what_spark_wrote(spark: Any, s3: Any) -> None:
    frame = spark.createDataFrame([(1, "a"), (2, "b")], "bucket int, text string")
    frame.coalesce(1).write.parquet(f"s3://{BUCKET}/spark")
    files = s3.get_file_info(pyarrow.fs.FileSelector(f"{BUCKET}/spark", recursive=True))
    (path,) = [file.path for file in files if file.path.endswith(".parquet")]
    assert pq.read_table(path, filesystem=s3).sort_by("bucket").to_pylist() == ROWS.to_pylist()
