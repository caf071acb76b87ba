"""Following a landing zone on S3: objects that came or changed, by listing them."""

from tallies import SOURCES

from line_cases import phone
from stedi.following.landing_watch import watch_of
from stedi.following.pace import LOOK_ON_S3_S, OTHERS_ON_S3_S, Pace
from stedi.ground.places import S3Path
from stedi.ground.places.client import client
from stedi.sources.listing import listed
from stedi.sources.verdicts import FileVerdict

NAMES = [source.name for source in SOURCES]
LINES = b"".join(phone(900, number) for number in range(5))


def test_objects_are_told_until_they_were_taken(bucket: str) -> None:
    landing = S3Path(bucket)
    watch = watch_of(landing, NAMES, 10)
    assert watch.ready() == []
    for key in ("accelerometer/dt=1/a.json", "accelerometer/b.part", "customer/c d#.json", "truth/x"):
        (landing / key).write_bytes(LINES)
    client("s3").put_object(Bucket=bucket, Key="customer/", Body=b"")
    found = ["accelerometer/dt=1/a.json", "customer/c d#.json"]
    assert sorted(watch.ready()) == found
    watch.taken(found)
    assert watch.ready() == []
    (landing / found[0]).write_bytes(LINES + LINES)
    assert watch.ready() == found[:1]
    (landing / found[0]).unlink()
    assert (watch.ready(), watch.waiting) == ([], 0)


def test_only_objects_that_were_named_are_listed(bucket: str) -> None:
    landing = S3Path(bucket)
    for key in ("accelerometer/a.json", "accelerometer/b.json", "customer/c.json", "customer/d.part"):
        (landing / key).write_bytes(LINES)
    names = ["customer/c.json", "accelerometer/b.json", "customer/gone.json", "customer/d.part", "other/e"]
    found = list(listed(landing, SOURCES, names=names))
    everything = {file.path: file for file in listed(landing, SOURCES)}
    assert found == [everything[file.path] for file in found]
    assert [(file.path, file.verdict) for file in found] == [
        ("accelerometer/b.json", FileVerdict.READ),
        ("customer/c.json", FileVerdict.READ),
        ("customer/d.part", FileVerdict.WAITING),
    ]


def test_whoever_waits_for_a_lock_on_s3_asks_while_it_is_free() -> None:
    pace = Pace.of(1, on_s3=True)
    assert (pace.every_s, pace.look_s, pace.others_s) == (1, LOOK_ON_S3_S, OTHERS_ON_S3_S)
    assert OTHERS_ON_S3_S > 2 > Pace.of(1, on_s3=False).others_s
