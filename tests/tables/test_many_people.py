"""People and moments are told apart as whole numbers: where those would overflow, an error says so."""

import pyarrow as pa
import pytest

from stedi.curated import sessions
from stedi.ground.errors import StediError


def test_too_many_people_of_a_bucket_are_an_error_and_no_wrong_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sessions.MOST_PEOPLE << sessions.MOMENT_BITS == 1 << 63
    monkeypatch.setattr(sessions, "MOST_PEOPLE", 3)
    for people in (2, 3):
        who = pa.chunked_array([[f"person{n}" for n in range(people)]])
        when = pa.chunked_array([[1_750_000_000_000] * people])
        if people < 3:
            names, (at,) = sessions.instants((who, when))
            assert len(names) == len(set(at.tolist())) == people
        else:
            with pytest.raises(StediError, match="too many to tell apart"):
                sessions.instants((who, when))
