"""A place on S3 answers as `pathlib.Path` does, wherever this project asks it."""

import io
import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from stedi.ground.errors import UsageError  # noqa: E402
from stedi.ground.places import (  # noqa: E402
    S3Path,
    files_below,
    forget,
    name_in,
    parquet_sink,
    parquet_source,
    place,
    remove_tree,
    require_local,
)
from stedi.ground.places.client import client  # noqa: E402
from stedi.ground.places.streams import PART_BYTES, S3Reader  # noqa: E402
from stedi.ground.places.versions import left_over, sweep  # noqa: E402

NAMES = st.sampled_from(["a", "b.json", ".c", "d.e.gz", "f g", "é", "user=x@y", "k+l%20m&n"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
CONTENT = st.binary(max_size=40)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, CONTENT),
        st.tuples(st.just("unlink"), PATHS, st.booleans()),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("new"), PATHS, CONTENT),
    ),
    max_size=6,
)


def under(root: Any, path: str) -> Any:
    for part in path.split("/"):
        root = root / part
    return root


def is_possible(root: Path, path: str) -> bool:
    """On a disk nothing lies in a file, and no file takes the place of a folder; on S3 both go."""
    target = under(root, path)
    folders = [p for p in target.parents if p.is_relative_to(root)]
    return not target.is_dir() and not any(folder.is_file() for folder in folders)


def done(root: Any, operation: tuple[Any, ...]) -> Any:
    what, path, more = operation
    target = under(root, path)
    try:
        if what == "write":
            target.parent.mkdir(parents=True, exist_ok=True)
            return target.write_bytes(more)
        if what == "new":
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                return file.write(more)
        if what == "unlink":
            return target.unlink(missing_ok=more)
        other = under(root, more)
        other.parent.mkdir(parents=True, exist_ok=True)
        return name_in(target.rename(other), root)
    except (FileNotFoundError, FileExistsError) as error:
        return type(error)


def looked_at(root: Any) -> dict[str, Any]:
    found = {}
    files = sorted(files_below(root))

    def held(paths: Any) -> list[str]:
        """The names of files, and of folders that hold one: a disk also keeps those that hold none."""
        return sorted(path.name for path in paths if any(file.is_relative_to(path) for file in files))

    for path in files:
        found[name_in(path, root)] = (
            path.read_bytes(), path.name, path.stem, path.suffix,
            name_in(path.with_name("z"), root), path.is_relative_to(root), str(path.relative_to(root)),
            len([p for p in path.parents if p.is_relative_to(root)]), path.parts[-1],
        )  # fmt: skip
    for path in files[:1]:
        with path.open("rb") as file:
            file.seek(2)
            tail = file.read(5)
        found["one"] = (
            tail, path.stat().st_size, path.exists(), path.is_file(), path.is_dir(), path.parent.is_dir(),
            held(path.parent.iterdir()), held(path.parent.glob("*.json")),
        )  # fmt: skip
    for pattern in ("*", "*.json", "?"):
        found[pattern] = [name_in(p, root) for p in sorted(root.rglob(pattern)) if p in files]
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_the_same_operations_give_the_same_answers(aws: str, bucket: str, operations: list[Any]) -> None:
    disk, here = Path(tempfile.mkdtemp()), S3Path(bucket, uuid4().hex)
    try:
        for operation in operations:
            paths = [operation[1], *([operation[2]] if operation[0] == "rename" else [])]
            if len(set(paths)) < len(paths) or not all(is_possible(disk, path) for path in paths):
                continue
            if operation[0] == "rename" and not under(disk, paths[0]).exists():
                continue  # Else the disk keeps the folder that was made for it.
            assert done(here, operation) == done(disk, operation)
        assert looked_at(here) == looked_at(disk)
    finally:
        shutil.rmtree(disk)


@given(one=PATHS, other=PATHS)
def test_paths_compare_alike(one: str, other: str) -> None:
    disk, here = Path("/r"), S3Path("r")
    pairs = [(under(root, one), under(root, other)) for root in (disk, here)]
    assert len({(a == b, a < b, a <= b, hash(a) == hash(b), a.is_relative_to(b)) for a, b in pairs}) == 1


def test_an_address_tells_the_kind() -> None:
    assert place("s3://b/k/l/") == S3Path("b", "k/l")
    assert place(Path("s3://b/k")) == S3Path("b", "k"), "what came through pathlib lost a slash"
    assert str(place("s3://b")) == "s3://b"
    assert place("a/b") == Path("a/b")
    with pytest.raises(UsageError, match="no bucket"):
        place("s3://")
    with pytest.raises(UsageError, match="on this machine alone"):
        require_local(S3Path("b", "k"), "Models are kept")
    with pytest.raises(TypeError):
        Path(S3Path("b"))  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["a//b", "a/../b", "./a", "<script>", "a b+c%2F", "'; DROP", "x" * 900])
def test_every_key_can_be_named(bucket: str, key: str) -> None:
    path = S3Path(bucket, "top") / key
    path.write_bytes(b"1")
    assert path.read_bytes() == b"1"
    assert [name_in(found, S3Path(bucket, "top")) for found in files_below(S3Path(bucket, "top"))] == [key]
    path.unlink()
    assert not path.exists()


def test_large_objects_come_whole_or_not_at_all(bucket: str) -> None:
    path = S3Path(bucket, "large")
    content = bytes(range(256)) * (PART_BYTES // 256 * 2 + 3)
    with path.open("wb") as file:
        for at in range(0, len(content), 1_000_003):
            file.write(content[at : at + 1_000_003])
    assert path.read_bytes() == content
    with path.open("rb") as reader:
        reader.seek(-100, io.SEEK_END)
        assert reader.read() == content[-100:]
        reader.seek(5_000_000)
        assert reader.read(7) == content[5_000_000:5_000_007]
    with pytest.raises(ZeroDivisionError), path.open("wb") as file:
        file.write(content)
        raise ZeroDivisionError
    assert path.stat().st_size == len(content), "what was there stays"
    assert not left_over(S3Path(bucket)), "the parts were abandoned"


def test_what_is_there_is_not_replaced_unless_it_is_the_one(bucket: str) -> None:
    for size in (3, PART_BYTES + 1):
        path = S3Path(bucket, f"of {size}")
        path.write_bytes(b"first")
        etag = path.stat().etag
        with pytest.raises(FileExistsError), path.open("xb") as file:
            file.write(b"x" * size)
        path.write_bytes(b"second")
        with pytest.raises(FileExistsError), path.open_instead_of(etag) as file:
            file.write(b"x" * size)
        assert path.read_bytes() == b"second"
        with path.open_instead_of(path.stat().etag) as file:
            file.write(b"x" * size)
        assert path.stat().st_size == size
    assert not left_over(S3Path(bucket))


def test_a_reader_never_meets_two_contents(bucket: str) -> None:
    path = S3Path(bucket, "replaced")
    path.write_bytes(b"a" * 100)
    reader = S3Reader(bucket, "replaced", block_bytes=10)
    assert reader.read(10) == b"a" * 10
    path.write_bytes(b"b" * 100)
    with pytest.raises(OSError, match="[Ss]tale"):
        reader.read(10)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        reader.read(10)


def test_an_empty_object_is_read(bucket: str) -> None:
    path = S3Path(bucket, "empty")
    path.write_bytes(b"")
    assert S3Reader(bucket, "empty", begin=True).read() == b""
    with path.open("rb") as file:
        assert file.read() == b""


def test_parquet_is_read_by_ranges(bucket: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pa.table({"a": list(range(100_000)), "b": [f"text {n}" for n in range(100_000)]})
    path = S3Path(bucket, "rows.parquet")
    with parquet_sink(path) as sink:
        pq.write_table(rows, sink, row_group_size=10_000)
    assert pq.ParquetFile(parquet_source(path)).read().equals(rows)
    assert pq.read_metadata(parquet_source(path)).num_rows == 100_000
    assert pq.ParquetFile(parquet_source(path)).read_row_group(3, columns=["a"])["a"][0].as_py() == 30_000


def test_nothing_stays_of_what_is_removed_for_good(versioned: str) -> None:
    top = S3Path(versioned, "top")
    for name in ("a", "b/c", "b/d"):
        for content in (b"1", b"2"):
            (top / name).write_bytes(content)
    (S3Path(versioned, "topmost")).write_bytes(b"another's")
    (top / "a").unlink()
    client("s3").create_multipart_upload(Bucket=versioned, Key="top/never")
    assert len(left_over(top)) == 2 + 1 + 2 + 1, "two of a and its marker, one each of c and d, an upload"
    forget(top / "b/c")
    assert sweep(top) == 2 + 1 + 1 + 1
    assert left_over(top) == []
    assert [str(path) for path in files_below(top)] == [f"s3://{versioned}/top/b/d"]
    remove_tree(top)
    assert not top.exists()
    assert not left_over(S3Path(versioned))
    with pytest.raises(FileNotFoundError):
        remove_tree(top)
    assert S3Path(versioned, "topmost").read_bytes() == b"another's"
