"""Whether a trace of a person is left in any file of a lake, each file decoded.

It decodes gzip, bzip2, xz, zstd, lz4 and zip, one in another; Parquet (rows, dictionaries, footers,
bounds, bytes that nothing leads to), Avro, SQLite (free pages too), and reads everything else as
bytes: UTF-8, UTF-16, UTF-32, Latin-1, any case, any Unicode composition, escapes of JSON and of
addresses undone. What it cannot decode it names, and then proves nothing.

It does not see what was encrypted or hashed, base64 outside a Parquet footer, and a deleted
SQLite text that was cut in two by the end of a page.
"""
