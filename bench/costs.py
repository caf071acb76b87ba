"""What AWS may cost a month, by a model whose inputs stand here: writes docs/costs.md.

    python bench/costs.py           write the page
    python bench/costs.py --check   fail when the page is not current

Nothing here was measured on AWS.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "costs.md"
DAYS = 30
UNIT_BYTES = 5 * 1024
GB = 1024**3

PRICES = {
    "IoT Core: a million messages of up to 5 KB": 1.00,
    "IoT Core: a million rules triggered": 0.15,
    "IoT Core: a million actions": 0.15,
    "IoT Core: a million minutes of connection": 0.08,
    "Firehose: a GB, each record rounded up to 5 KB": 0.029,
    "S3: a GB and month, standard": 0.023,
    "S3: a thousand puts": 0.005,
    "S3: a thousand gets": 0.0004,
    "Glue: an hour of a DPU (G.1X)": 0.44,
    "Athena: a TB read": 5.00,
    "KMS: a key and month": 1.00,
    "KMS: a million requests": 3.00,
    "Secrets Manager: a secret and month": 0.40,
    "Step Functions: a thousand transitions": 0.025,
    "CloudWatch: an alarm and month": 0.10,
    "CloudWatch: a GB of logs": 0.50,
}
"""USD, list prices of us-east-1 as remembered in November 2026. Assumptions: check your region's."""

P = list(PRICES.values())


@dataclass(frozen=True)
class Fleet:
    """What is assumed of a fleet and of how the lake is run."""

    devices: int
    minutes: float = 15
    hz: float = 2
    batch: int = 44
    phone_files: int = 1
    runs: int = 24
    retained_months: int = 24
    reading_bytes: int = 110
    gzipped: float = 0.12
    parquet: float = 0.10
    copies: int = 3
    phone_hz: float = 50
    phone_bytes: int = 110
    hours_a_gb: float = 0.05
    idle_dpu_hours: float = 3 * 2 * 1.5 / 60


@dataclass(frozen=True)
class Cost:
    """USD a month by part."""

    stream: float
    storage: float
    requests: float
    jobs: float
    fixed: float

    @property
    def total(self) -> float:
        """Everything."""
        return self.stream + self.storage + self.requests + self.jobs + self.fixed


def cost(fleet: Fleet) -> Cost:
    """The model."""
    readings = fleet.devices * fleet.minutes * 60 * fleet.hz * DAYS
    units = -(-fleet.batch * fleet.reading_bytes // UNIT_BYTES)
    messages = readings / fleet.batch
    stream = messages * units / 1e6 * (P[0] + P[1] + P[2])
    stream += fleet.devices * fleet.minutes * DAYS / 1e6 * P[3]
    stream += messages * units * UNIT_BYTES / GB * P[4]
    phone = fleet.devices * fleet.minutes * 60 * fleet.phone_hz * DAYS * fleet.phone_bytes
    raw_gb = (readings * fleet.reading_bytes + phone) / GB
    kept = raw_gb * (fleet.gzipped + fleet.copies * fleet.parquet) * fleet.retained_months
    storage = kept * P[5]
    puts = fleet.devices * fleet.phone_files * DAYS + fleet.runs * DAYS * 2000
    requests = puts / 1e3 * P[6] + puts * 2 / 1e3 * P[7] + puts / 1e6 * P[11]
    dpu_hours = fleet.runs * DAYS * fleet.idle_dpu_hours + raw_gb * fleet.hours_a_gb
    jobs = dpu_hours * P[8] + fleet.runs * DAYS * 8 / 1e3 * P[13]
    fixed = P[10] + 4 * P[12] + 7 * P[14] + 1 * P[15] + 0.1 * P[9]
    return Cost(stream, storage, requests, jobs, fixed)


def usd(amount: float) -> str:
    """Two digits that count."""
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:,.1f}"


def row(name: str, fleet: Fleet) -> str:
    """A line of the table."""
    told = cost(fleet)
    parts = (told.stream, told.storage, told.requests, told.jobs, told.fixed, told.total)
    return f"| {name} | " + " | ".join(map(usd, parts)) + " |"


TEMPLATE = """# What AWS may cost

Written by `make docs-costs` from the model in `bench/costs.py`. **Nothing here was measured on AWS**, and no
bill was seen. Prices are list prices as remembered in November 2026: check your region's prices first.

USD a month:

{head}
{sizes}

## Levers

A million devices, one thing changed at a time:

{head}
{levers}

1. Keep readings for a shorter time: phones at 50 Hz are nearly all that is stored. Nothing goes by age yet.
   Storage tiers are not set up either: an erasure rewrites landed files, and cold tiers charge for that.
2. Batch. IoT Core and Firehose bill units of 5 KB, so a message of one reading costs as much as one of 44.
   An envelope of readings is such a message: staging gives each of its readings a verdict.
3. Fewer, larger files from phones; and sensors start no run each (`start_on`), each start is paid.
4. Fewer runs a day. A job pays for its start, however little there is to do (`schedule`).

## Inputs

| what | assumed |
|---|---|
{inputs}

Left out: data transfer, Athena beyond 0.1 TB a month, support, taxes, free tiers, discounts.

| price | USD |
|---|---|
{prices}
"""

HEAD = """| | stream | storage | requests | jobs | fixed | total |
|---|---|---|---|---|---|---|"""

INPUTS = {
    "a device sends": "15 minutes a day, 2 readings a second of 110 bytes, 44 a message",
    "a phone sends": "the same 15 minutes at 50 Hz, 110 bytes a reading, one presigned upload a day",
    "size": "gzip 12 % of the JSON; Parquet 10 %, held three times (staged, trusted, curated)",
    "kept": "24 months; everybody consents, which is the dearest case",
    "runs": "24 a day; three jobs each, two DPUs of at least 90 s each, 2,000 S3 puts a run",
    "work": "0.05 DPU hours a GB of JSON: an assumption, not measured on Glue",
    "KMS": "bucket keys; without them each S3 request would be a request of KMS too",
}


def page() -> str:
    """The page."""
    large = Fleet(1_000_000)
    levers = {
        "as above": large,
        "everything kept 3 months instead of 24": replace(large, retained_months=3),
        "one reading a message instead of 44": replace(large, batch=1),
        "ten phone files a day instead of one": replace(large, phone_files=10),
        "one run a day instead of 24": replace(large, runs=1),
    }
    return TEMPLATE.format(
        head=HEAD,
        sizes="\n".join(row(f"{n:,} devices", Fleet(n)) for n in (1_000, 100_000, 1_000_000)),
        levers="\n".join(row(name, fleet) for name, fleet in levers.items()),
        inputs="\n".join(f"| {name} | {value} |" for name, value in INPUTS.items()),
        prices="\n".join(f"| {name} | {price:g} |" for name, price in PRICES.items()),
    )


def main() -> int:
    """Write or compare."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs/costs.md is not current; write it: make docs-costs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
