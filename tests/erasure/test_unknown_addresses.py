"""A typing error erases nobody, whatever else in the lake nobody can search."""

import gzip
import os
from base64 import b64encode
from pathlib import Path

import pytest

from small_lake import lake_of, landed, record
from stedi.erasure.procedure import carry_out
from stedi.ground.errors import StediError
from stedi.run.run import run


@pytest.mark.parametrize("name", ["readings.json", "notes.bin"])
def test_what_nobody_can_search_makes_no_address_known(tmp_path: Path, name: str) -> None:
    lake = lake_of(tmp_path / "lake", [record(1, "Ana"), record(2, "Bea")])
    path = landed(lake, "accelerometer", name, [])
    path.write_bytes(gzip.compress(os.urandom(2000))[:-30])
    landed(lake, "customer", "broken.json", ['{"a": "' + b64encode(os.urandom(200)).decode() + '"'])
    run(lake)
    before = path.read_bytes()
    with pytest.raises(StediError, match="unknown"):
        carry_out(lake, "erase", "persom1@example.org", empty_undecodable=True)
    assert path.read_bytes() == before
    told = carry_out(lake, "erase", "persom1@example.org", empty_undecodable=True, unknown=True).certificate
    assert told is not None
    assert told["nobody_found"] is True
    assert told["emptied_undecodable"] is True
    assert path.read_bytes() in (b"", b"\n")
