"""Walk through everything that lies in a file: packed, encoded, one in another, in bounded memory."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from stedi.decoding import avro, limits, packings, parquet
from stedi.decoding.broken import BROKEN, ReportBroken
from stedi.decoding.containers import Member, sqlite_values, tar_members, zip_members
from stedi.decoding.cutting import cut_at
from stedi.decoding.encodings import LONG, encoded_in
from stedi.decoding.escapes import lines_with_escapes, unescaped_views
from stedi.decoding.packings import HEAD_BYTES, STREAMS, UndecodableError, packing_of, unpacked
from stedi.decoding.parquet import Batch
from stedi.decoding.texts import binary_at, tells_something


class Walker:
    """Walks through a file; whoever wants to know what lies in it overrides what takes it.

    Attributes:
        failures: Why something in it could not be decoded, with its place.
        bytes: How many were looked at.
        names_unreadable: Whether stretches that are no text and no known packing are failures.
        is_packed: Whether the chunk that is looked at is of bytes that are packed.
    """

    reach = 1 << 10
    """How many bytes may belong together; a stream is never cut closer."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.bytes = 0
        self.names_unreadable = True
        self.is_packed = False
        self._is_compressed = False
        self._left = limits.LARGEST_BYTES
        self._unnamed = 0
        # Of one stream the first such place is enough.
        self._names_binary = True

    def take_chunk(self, where: str, data: bytes, since: int, until: int) -> None:
        """Look at bytes; what begins before `since` or after `until` is seen in another chunk."""

    def take_values(self, where: str, column: str | None, values: list[bytes], counts: list[int]) -> None:
        """Look at values that begin and end by themselves; counts are of their rows, 1 each if empty."""

    def names_in(self, where: str, column: str | None) -> bool:
        """Whether what cannot be read in the values of a column is a failure."""
        return self.names_unreadable

    def take_rows(self, batch: Batch) -> None:
        """Look at the numbers of some rows."""

    def take_name(self, name: str) -> None:
        """Look at the name of something packed."""

    def walk(self, file: BinaryIO) -> None:
        """Decode a file, to be read from any place, and all that lies in it."""
        size = file.seek(0, 2)
        file.seek(0)
        self._left = min(limits.LARGEST_BYTES, max(limits.HARMLESS_BYTES, limits.LARGEST_EXPANSION * size))
        self._walk(file, 0)

    def walk_text(self, data: bytes, where: str = "data") -> None:
        """Look at a text, such as a line, and at all that lies in it."""
        self._left = max(limits.HARMLESS_BYTES, limits.LARGEST_EXPANSION * len(data))
        self.bytes += len(data)
        self._chunk(where, data, 0, len(data), 0)

    @property
    def is_whole(self) -> bool:
        """Whether nothing unpacked to more than is looked at."""
        return self._left >= 0

    def fail(self, why: str) -> None:
        """Name something that cannot be searched."""
        if len(self.failures) < limits.MOST_NAMED:
            self.failures.append(why)
            return
        self._unnamed += 1
        self.failures[limits.MOST_NAMED :] = [f"and {self._unnamed:,} more such places"]

    def _walk(self, file: BinaryIO, depth: int) -> None:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        packing = packing_of(head)
        kind = packing.kind if packing else None
        # Also of what is decoded below: names of members and comments stand beside the packed bytes.
        self._is_compressed = kind not in (packings.TAR, packings.SQLITE)
        self._stream(file, "data", depth, is_plain=packing is None)
        file.seek(0)
        if packing is None:
            return
        with ReportBroken(self.fail, packing.kind):
            if not packing.is_read:
                raise UndecodableError("nothing here reads it")
            if kind in STREAMS:
                self._packed(unpacked(file, packing.kind), depth)
            elif kind == packings.ZIP:
                self._members(zip_members(file), depth, kind)
            elif kind == packings.TAR:
                self._members(tar_members(file), depth, kind)
            elif kind == packings.PARQUET:
                self._parquet(file, depth)
            elif kind == packings.AVRO:
                self._avro(file, depth)
            else:
                for table, values in sqlite_values(file):
                    self._values("data", table, values, [], depth)

    def _packed(self, stream: BinaryIO, depth: int) -> None:
        if depth >= limits.DEEPEST:
            raise UndecodableError("packed too deep")
        with stream:
            head, broken = self._head(stream)
            if broken is not None:
                self._walk(io.BytesIO(head), depth + 1)
                raise broken
            if packing_of(head) is None:
                self._stream(stream, "data", depth + 1, head)
                return
            inner = bytearray(head)
            try:
                while more := self._counted(stream.read(limits.CHUNK_BYTES)):
                    inner += more
                    if len(inner) > limits.LARGEST_INNER_BYTES:
                        raise UndecodableError("what is packed in it is too large to be held in memory")
            finally:
                # Also of a stream that breaks off.
                self._walk(io.BytesIO(bytes(inner)), depth + 1)

    def _head(self, stream: BinaryIO) -> tuple[bytes, BaseException | None]:
        """The first bytes of a stream, and why there are no more of one that breaks off in them."""
        head = b""
        try:
            while len(head) < HEAD_BYTES and (more := self._counted(stream.read(HEAD_BYTES))):
                head += more
        except BROKEN as broken:
            return head, broken
        return head, None

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise UndecodableError("it unpacks to more than is looked at")
        return data

    def _members(self, members: Iterator[Member], depth: int, kind: str) -> None:
        if depth >= limits.DEEPEST:
            raise UndecodableError("packed too deep")
        for names, opened in members:
            for name in names:
                self.take_name(name)
            if opened is not None:
                with ReportBroken(self.fail, f"a file in {kind}"), opened() as stream:
                    self._packed(stream, depth)

    def _parquet(self, file: BinaryIO, depth: int) -> None:
        content = parquet.ParquetContent(file)
        for page in content.pages():
            self.bytes += sum(map(len, page.values))
            if page.is_text:
                self._values(page.where, page.column, page.values, [], depth)
            else:
                self.take_values(page.where, page.column, page.values, [])
        is_lost = False
        for data in content.unaccounted():
            is_lost = True
            self._stream(io.BytesIO(data), "unreferenced", depth + 1)
        if is_lost:
            raise UndecodableError("it holds bytes that its footer does not account for")
        for batch in content.batches():
            self.bytes += batch.size
            for column, values, counts in batch.texts:
                self._values("data", column, values, counts, depth)
            self.take_rows(batch)

    def _avro(self, file: BinaryIO, depth: int) -> None:
        for column, values in avro.avro_texts(file):
            self.bytes += sum(map(len, values))
            self._values("data", column, values, [], depth)

    def _values(
        self, where: str, column: str | None, values: list[bytes], counts: list[int], depth: int
    ) -> None:
        if not values:
            return
        self.take_values(where, column, values, counts)
        before, self.names_unreadable = self.names_unreadable, self.names_in(where, column)
        try:
            self._in_values(where, column, values, depth)
        finally:
            self.names_unreadable = before

    def _in_values(self, where: str, column: str | None, values: list[bytes], depth: int) -> None:
        # A run of one value must not seem to go on in the next.
        together = b"\n;\n".join(values)
        self._layers(where, together, 0, len(together), depth, lambda _at: f"column {column or '?'}")
        for value in values:
            if value.isascii() and b"\0" not in value:
                continue
            if packing_of(value[:HEAD_BYTES]) is not None:
                self._walk_inner(value, depth, where)
            elif where == "data" and self.names_unreadable and binary_at(value) is not None:
                self.fail(f"column {column or '?'} holds bytes that are no text and no known packing")

    def _stream(
        self, stream: BinaryIO, where: str, depth: int, begun: bytes = b"", *, is_plain: bool = True
    ) -> None:
        """Look at a stream of bytes, whatever they are, in memory that does not grow with it."""
        held, size, since, line = [begun], len(begun), 0, 1
        self._names_binary = is_first = True
        try:
            while read := stream.read(limits.CHUNK_BYTES):
                if depth > 0 and not is_first:
                    self._counted(read)
                is_first, self.bytes = False, self.bytes + len(read)
                # What fits into a chunk is not cut: the middle of a line may tell nothing by itself.
                if size - since >= limits.CHUNK_BYTES:
                    data = b"".join(held)
                    cut = cut_at(data, since, self.reach)
                    self._chunk(where, data, since, cut, depth, line, is_plain)
                    line += data.count(b"\n", since, cut)
                    # What stands before a match tells whether it is another's.
                    kept = max(0, cut - 2 * self.reach)
                    held, size, since = [data[kept:]], len(data) - kept, cut - kept
                held, size = [*held, read], size + len(read)
        finally:
            # Also of a stream that breaks off.
            self._chunk(where, b"".join(held), since, size, depth, line, is_plain)

    def _chunk(
        self, where: str, data: bytes, since: int, until: int, depth: int, line: int = 1,
        is_plain: bool = True,
    ) -> None:  # fmt: skip
        if since >= until:
            return

        def place(at: int) -> str:
            return f"line {line + data.count(10, since, max(since, at)):,}"

        names = is_plain and self.names_unreadable and self._names_binary
        if names and (at := binary_at(data[since:until])) is not None:
            self._names_binary = False
            self.fail(f"{place(since + at)} holds bytes that are no text and no known packing")
        if not data[since:].strip(data[since : since + 1]):
            return  # Zeros that fill a file up, or any other byte again and again, tell of nobody.
        self.is_packed = not is_plain and self._is_compressed
        self.take_chunk(where, data, since, until)
        self.is_packed = False
        if is_plain:
            self._layers(where, data, since, until, depth, place)

    def _layers(
        self, where: str, data: bytes, since: int, until: int, depth: int, place: Callable[[int], str]
    ) -> None:
        """Look at what stands encoded in bytes, as they are and with their escapes undone."""
        rest: list[bytes] = []
        # Escapes are undone in the lines that hold some.
        views = unescaped_views(lines_with_escapes(data, since))
        layer, begin, end, is_true = data, since, until, True
        while True:
            for found in encoded_in(layer, begin, end):
                if not found.is_read:
                    if self.names_unreadable and is_true:
                        self.fail(
                            f"{place(min(found.at, until))} holds {found.size:,} characters "
                            "that are no text and no known packing once they are decoded"
                        )
                    rest.append(found.content)
                elif depth >= limits.DEEPEST:
                    if found.size >= LONG:
                        self.fail(f"{place(min(found.at, until))} is encoded too deep")
                elif tells_something(found.content) or packing_of(found.content[:HEAD_BYTES]):
                    self._walk_inner(found.content, depth, where)
                else:
                    rest.append(found.content)
            following = next(views, None)
            if following is None:
                break
            (layer, is_true), begin = following, 0
            end = len(layer)
        if rest:
            together = b"\n".join(rest)
            self.take_chunk(where, together, 0, len(together))

    def _walk_inner(self, content: bytes, depth: int, where: str) -> None:
        """Walk through decoded bytes; what may be a digest and only begins like a packing is no failure."""
        if len(content) < 300 and packing_of(content) is None:
            # Not counted: it is no longer than what it stands for, and is read behind what is too large.
            self._chunk(where, content, 0, len(content), depth + 1)
            return
        failures, unnamed = list(self.failures), self._unnamed
        with ReportBroken(self.fail, "what is encoded"):
            self._counted(content)
            self._walk(io.BytesIO(content), depth + 1)
        if len(content) <= limits.LARGEST_DIGEST_BYTES:
            self.failures, self._unnamed = failures, unnamed
