"""In whatever packing, what the proof finds the removal removes; what nobody can search is decided."""

import base64
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from leaving import Said, traces
from small_lake import lake_of, landed, reading, record
from stedi.erasure.procedure import carry_out, plan, resume
from stedi.erasure.steps import STEPS
from stedi.erasure.undecodable import UndecodableLandingError
from stedi.erasure.verifying import verify
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import Lake
from stedi.prover.proof import Area, prove
from stedi.run.run import run

ANA = "person1@example.org"


def zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/a.json", data)
    return sink.getvalue()


def tarred(data: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def in_base64(data: bytes) -> bytes:
    return json.dumps({"kinesis": {"data": base64.b64encode(data).decode()}}).encode() + b"\n"


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "zip.json": zipped,
    "zip.csv": zipped,
    "tar.json": tarred,
    "xz.json": lzma.compress,
    "base64.json": in_base64,
    "wrapped.json": base64.encodebytes,
    "gzip in base64.json": lambda data: in_base64(gzip.compress(data)),
    "base64 in zip.json": lambda data: zipped(in_base64(data)),
    "hex.json": lambda data: data.hex().encode() + b"\n",
    "utf16.json": lambda data: data.decode().encode("utf-16"),
    "percent.json": lambda data: data.replace(b"@", b"%40").replace(b"-", b"%2d").replace(b'"', b"%22"),
    "cut.json.gz": lambda data: gzip.compress(data)[:-9],
}


def put(lake: Lake, source: str, name: str, content: bytes) -> None:
    path = lake.landing / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def three(root: Path) -> Lake:
    return lake_of(root, [record(1, "Ana Lee"), record(2, "Bea"), record(3, "Cy")])


def theirs(n: int, name: str = "Ana Lee") -> bytes:
    lines = [record(n, name), *(reading(n, 60_000 + 20 * k) for k in range(3))]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def places(lake: Lake, sought: object) -> set[str]:
    return {f.path for f in prove(lake, [sought]).findings}  # type: ignore[list-item]


def test_every_packing_is_found_removed_and_stays_away(tmp_path: Path) -> None:
    lake = three(tmp_path / "lake")
    for name, pack in PACKED.items():
        put(lake, "accelerometer", name, pack(theirs(1)))
    of_bea = zipped(theirs(2, "Bea"))
    put(lake, "customer", "of bea.zip", of_bea)
    run(lake)
    sought = traces(lake, ANA)
    assert places(lake, sought) >= {f"landing/accelerometer/{name}" for name in PACKED}
    certificate = carry_out(lake, "erase", ANA, empty_undecodable=True).certificate
    assert certificate is not None
    assert certificate["proof"]["clean"]
    assert places(lake, sought) == set()
    assert (lake.landing / "customer" / "of bea.zip").read_bytes() == of_bea

    # Again, each in another packing, and a short one that breaks off.
    for number, pack in enumerate(PACKED.values()):
        put(lake, "customer", f"again-{number}.json", pack(theirs(1)))
        put(lake, "accelerometer", f"packed again-{number}.json", zipped(pack(theirs(1))))
    put(lake, "customer", "cut-again.json.gz", gzip.compress(json.dumps(record(1, "Ana Lee")).encode())[:-9])
    run(lake)
    assert places(lake, sought) == set()
    assert verify(lake, ANA).clean


def test_a_line_of_somebody_else_loses_the_text_alone(tmp_path: Path) -> None:
    lake = three(tmp_path / "lake")
    token = base64.b64encode(json.dumps(record(1, "Ana Lee")).encode()).decode()
    of_bea = [{**record(2, "Bea"), "lastUpdateDate": record(2, "Bea")["lastUpdateDate"] + n} for n in (1, 2)]
    path = landed(lake, "customer", "b.json", [{**of_bea[0], "friend": token, "x": 1}, of_bea[1]])
    run(lake)
    assert carry_out(lake, "erase", ANA).certificate is not None
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {**of_bea[0], "friend": "", "x": 1}, of_bea[1]
    ]  # fmt: skip


CLOSED = {
    "a photo.json": lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(400),
    "noise.json": lambda: os.urandom(3000),
    "cut.json.gz": lambda: gzip.compress(os.urandom(600).hex().encode())[:-30],
    "token.json": lambda: b'{"a": "%s"}\n' % base64.b64encode(os.urandom(90)),
}


def test_what_nobody_can_search_is_named_and_decided(tmp_path: Path, stedi: Callable[..., Said]) -> None:
    lake = three(tmp_path / "lake")
    for name, content in CLOSED.items():
        put(lake, "customer", name, content())
    put(lake, "customer", "person2@example.org.png", CLOSED["a photo.json"]())
    run(lake)
    address = tmp_path / "address.txt"
    address.write_text(f"{ANA}\n")
    named = ["--lake", lake.root, "privacy"]
    found = stedi(*named, "find", "--email-file", address)
    refused = stedi(*named, "erase", "--email-file", address, "--yes")
    assert (found.code, refused.code) == (0, 4)
    for told in (found.out, refused.err):
        assert all(f"landing/customer/{name}: " in told for name in CLOSED)
        assert "person2" not in told
    for option in ("--empty-undecodable", "--keep-unsearchable"):
        assert f"stedi --lake {lake.root} privacy erase --yes {option}" in refused.err
    with pytest.raises(UndecodableLandingError):
        carry_out(lake, "erase", ANA)

    certificate = carry_out(lake, "erase", ANA, keep_unsearchable=True).certificate
    assert certificate is not None
    proof = certificate["proof"]
    assert (proof["clean"], proof["not_searched"]) == (False, len(CLOSED) + 2)  # The token in quarantine too.
    assert {each["path"] for each in proof["not_searchable"]} >= {f"landing/customer/{n}" for n in CLOSED}
    page = stedi(*named, "certificate", certificate["request"])
    assert "nothing is said of them" in " ".join(page.out.split())
    assert not verify(lake, ANA).clean
    assert all((lake.landing / "customer" / name).stat().st_size for name in CLOSED)

    # Decided the other way later, nothing is left that nobody can search.
    assert carry_out(lake, "erase", ANA, empty_undecodable=True).certificate is not None
    assert verify(lake, ANA).clean
    assert plan(lake, "erase", ANA).not_searchable == ()


def test_what_lands_meanwhile_is_told_by_status_and_by_the_way_on(
    tmp_path: Path, stedi: Callable[..., Said]
) -> None:
    lake = three(tmp_path / "lake")

    def lands(told: str) -> None:
        if told == STEPS[-1].told:
            put(lake, "customer", "late.json", os.urandom(3000))

    with pytest.raises(PrivacyGateError) as refused:
        carry_out(lake, "erase", ANA, tell=lands)
    assert f"stedi --lake {lake.root} privacy resume --keep-unsearchable" in str(refused.value)
    assert "landing/customer/late.json: " in stedi("--lake", lake.root, "privacy", "status").out
    (certificate,) = resume(lake, keep_unsearchable=True)
    assert [each["path"] for each in certificate["proof"]["not_searchable"]] == ["landing/customer/late.json"]
    assert run(lake).release is not None


@pytest.mark.parametrize(
    "line",
    [
        "“person1@example.org” asked",
        "user=person1@example.org&x=1",
        "/users/person1@example.org/a",
        "Ana|person1@example.org|x",
        "'person1@example.org' -- ",
        "<a href=mailto:person1@example.org>",
        "{person1@example.org}",
        "«person1@example.org»;",
    ],
)
def test_an_address_in_a_broken_line_is_found_whatever_stands_around_it(tmp_path: Path, line: str) -> None:
    from stedi.erasure.person_finder import PersonFinder
    from stedi.privacy.suppression import About, email_hash
    from stedi.prover.traces import Kind, Text, Traces
    from stedi.suppression.suppressing import Suppressor

    key = b"k" * 32
    row = {
        "request": "r", "kind": "erase", "about": About.EMAIL, "hash": email_hash(ANA, key),
        "requested_at": 1, "covers_from": None, "covers_until": None,
    }  # fmt: skip
    assert PersonFinder(Traces((Text(Kind.EMAIL, ANA),))).holds(line.encode())
    assert Suppressor([row], key).holds(line.encode())
    for other in ("x.person1@example.org", "o'person1@example.org", "bea+person1@example.org"):
        of_other = line.replace(ANA, other).encode()
        assert not PersonFinder(Traces((Text(Kind.EMAIL, ANA),))).holds(of_other)
        assert not Suppressor([row], key).holds(of_other)


@pytest.mark.parametrize("local", ["o'ana", "a/b", "a=b", "a&b", "a|b", "a+b", "{a}", "a#b", "a?b", "a`b"])
def test_addresses_of_any_letters_are_found(local: str) -> None:
    from stedi.suppression.identities import addresses_in

    address = f"{local}@example.org"
    lines = [
        address,
        f"x={address}&y=1",
        f"'{address}'",
        f"Bea|{address}|",
        f'{{"a": {address}',
        f"a {address}.",
    ]
    for line in lines:
        assert address in set(addresses_in(line)), line
    assert Area.LANDED.value == "landed files"
