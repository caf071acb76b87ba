"""Where files lie: a path of this machine, or an object on S3, with the same few operations."""

from stedi.ground.places.kinds import (
    Place,
    all_there,
    begin_folder,
    files_below,
    forget,
    is_taken,
    lies_in,
    moved,
    name_in,
    parquet_sink,
    parquet_source,
    place,
    read_between,
    remove_files,
    remove_tree,
    require_local,
    sizes_below,
)
from stedi.ground.places.s3path import S3Path

__all__ = [
    "Place",
    "S3Path",
    "all_there",
    "begin_folder",
    "files_below",
    "forget",
    "is_taken",
    "lies_in",
    "moved",
    "name_in",
    "parquet_sink",
    "parquet_source",
    "place",
    "read_between",
    "remove_files",
    "remove_tree",
    "require_local",
    "sizes_below",
]
