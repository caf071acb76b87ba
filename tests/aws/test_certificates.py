"""Certificates of a lake on S3: found, compared with the audit log, and told when somebody touched one."""

import json

import pytest

from conftest import made
from stedi import audit
from stedi.erasure.certificate import content_of, digest_of, path_of, write_certificate
from stedi.erasure.vouching import CertificateBrokenError, vouch_for, vouch_for_all
from stedi.ground.places import S3Path
from stedi.lake.config import Lake, create
from stedi.lake.on_s3 import OnS3
from stedi.landing import requests
from stedi.run.procedures import Procedure

PROOF = {"clean": True, "files": 1, "bytes": 1, "not_searched": 0, "not_searchable": [], "seconds": 0.1}


@pytest.fixture
def lake(bucket: str) -> Lake:
    root = S3Path(bucket, "lake")
    return create(root, on_s3=OnS3.of(root, made(), made(), bucket))


def completed(lake: Lake, request: str) -> bytes:
    told = {"completed_at": 1_782_907_201_000, "actor": "root", "proof": PROOF, "traces_before": 1}
    procedure = Procedure(request, requests.ERASE, 1_782_907_200_000, "proved", told)
    write_certificate(lake, procedure)
    _, digest = write_certificate(lake, procedure)
    content = content_of(lake, request)
    assert content is not None and digest_of(content) == digest
    audit.record(lake, "privacy_complete", request=request, kind="erase", certificate=digest)
    return content


def test_certificates_on_s3_are_vouched_for(lake: Lake) -> None:
    assert vouch_for_all(lake).certificates == 0
    content = completed(lake, "r-1")
    completed(lake, "r-2")
    assert vouch_for_all(lake).certificates == 2
    assert vouch_for(lake, "r-1")
    told = json.loads(content)
    # What no listing of a bucket shows is a limit of its own.
    assert any("bucket" in limit for limit in told["limits"])
    assert content_of(lake, "r-3") is None


@pytest.mark.parametrize("how", ["changed", "exchanged", "deleted", "added", "a file that is none"])
def test_a_touched_certificate_on_s3_is_told(lake: Lake, how: str) -> None:
    content = completed(lake, "r-1")
    other = completed(lake, "r-2")
    path = path_of(lake, "r-1")
    if how == "changed":
        path.write_bytes(content.replace(b"root", b"toor"))
    elif how == "exchanged":
        path.write_bytes(other)
    elif how == "deleted":
        path.unlink()
    elif how == "added":
        path_of(lake, "r-3").write_bytes(content)
    else:
        (lake.root / "certificates" / "note.txt").write_bytes(b"")
    with pytest.raises(CertificateBrokenError) as broken:
        vouch_for_all(lake)
    assert len(broken.value.faults) == 1
