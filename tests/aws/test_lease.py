"""A lock on S3: one has it at a time, a live one keeps it, a dead one loses it after its lease."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import pytest

from stedi.ground.places import S3Path
from stedi.ground.places.lease import HeldError, LeaseLostError, leased


def test_of_many_one_holds_the_lock(bucket: str) -> None:
    path, inside, most = S3Path(bucket, ".lock"), [], []

    def hold(number: int) -> None:
        with leased(path, "it", wait_s=60, every_s=0.02):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(number)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(hold, range(10)))
    assert most == [1] * 10
    assert not path.exists()


def test_a_live_lock_is_never_taken(bucket: str) -> None:
    path, over = S3Path(bucket, ".lock"), Event()

    def hold() -> None:
        with leased(path, "it", wait_s=0, lease_s=4):
            over.wait(60)

    holder = Thread(target=hold)
    holder.start()
    while not path.exists():
        time.sleep(0.05)
    heard: list[bool] = []
    with (
        pytest.raises(HeldError),
        leased(path, "it", wait_s=9, lease_s=4, every_s=0.2, waiting=lambda: heard.append(True)),
    ):
        raise AssertionError("over two leases long it was renewed")
    over.set()
    holder.join()
    assert heard == [True]
    with leased(path, "it", wait_s=0):
        pass


def _hold_for_ever(bucket: str, held: Any) -> None:
    with leased(S3Path(bucket, ".lock"), "it", wait_s=0, lease_s=4):
        held.set()
        time.sleep(600)


def test_the_lock_of_a_killed_process_is_taken_after_its_lease(bucket: str) -> None:
    spawning = multiprocessing.get_context("spawn")
    held = spawning.Event()
    process = spawning.Process(target=_hold_for_ever, args=(bucket, held))
    process.start()
    assert held.wait(60)
    process.kill()
    process.join()
    path = S3Path(bucket, ".lock")
    assert path.exists()
    with pytest.raises(HeldError, match=str(process.pid)), leased(path, "it", wait_s=0):
        pass
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:

        def take(_: int) -> float:
            with leased(path, "it", wait_s=60, lease_s=4, every_s=0.1):
                return time.monotonic()

        taken = list(pool.map(take, range(3)))
    assert min(taken) - began > 2


def test_who_stood_still_is_told_and_leaves_the_other_s_lock(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = S3Path(bucket, ".lock")
    monkeypatch.setattr("stedi.ground.places.lease._renew", lambda held, over: None)
    with pytest.raises(LeaseLostError, match="lost the lake"), leased(path, "the lake", wait_s=0, lease_s=1):
        time.sleep(3.5)
        with leased(path, "it", wait_s=0, lease_s=60):
            pass
        path.write_bytes(b'{"owner": "another", "token": "t", "lease_s": 60}')
    assert path.exists()
