"""Somebody whose name others have too, written otherwise, can withdraw: theirs are no traces."""

import json
import unicodedata
from pathlib import Path

from leaving import of_others
from stedi.erasure.procedure import carry_out
from stedi.lake.config import create
from stedi.run.run import run

BEGAN = 1_700_000_000_000
ANA = "ana@test.org"
NAMES = (
    "Jos\u00e9 M\u00fcller",
    unicodedata.normalize("NFD", "Jos\u00e9 M\u00fcller"),
    " JOS\u00c9 \u2003M\u00fcller\u00a0",
    "Jos\u00e9-M\u00fcller",
    "M\u00fcller, Jos\u00e9",
    unicodedata.normalize("NFD", "Jos\u00e9 M\u00fcller-Lang"),
    "Maria JOS\u00c9 M\u00dcLLER",
)
"""Ana's, and those of others."""


def test_whoever_has_the_name_in_another_spelling_keeps_their_rows(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    (lake.landing / "customer").mkdir(parents=True)
    records = [
        {"customerName": name, "email": ANA if n == 0 else f"p{n}@test.org", "phone": f"801555000{n}",
         "birthDay": f"1960-01-0{n + 1}", "serialNumber": f"0c1a9c4e-0000-4000-8000-00000000000{n}",
         "registrationDate": BEGAN + n, "lastUpdateDate": BEGAN + n, "shareWithResearchAsOfDate": BEGAN}
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)
    (lake.landing / "customer" / "1.json").write_text(lines)
    run(lake)
    others = of_others(lake, ANA)
    certificate = carry_out(lake, "withdraw", ANA).certificate
    assert certificate is not None
    assert of_others(lake, ANA) == others
