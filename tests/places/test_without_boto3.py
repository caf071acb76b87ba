"""What a laptop without boto3 is told of S3."""

from importlib.util import find_spec

import pytest

from stedi.ground.errors import DependencyError
from stedi.ground.places import place


@pytest.mark.skipif(find_spec("boto3") is not None, reason="boto3 is installed")
def test_the_extra_that_brings_it_is_named() -> None:
    with pytest.raises(DependencyError, match=r"pip install '\.\[aws\]'"):
        place("s3://bucket/lake/lake.json").is_file()
