"""Terraform against an emulated AWS. Run by `make test-infra`; skipped, with the reason, elsewhere."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

# What stands beside the tests is imported by name.
sys.path.insert(0, str(HERE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in ("moto", "checkov") if importlib.util.find_spec(name) is None]
    for item in items:
        if HERE in item.path.parents:
            # The emulator's and its server's own.
            for kind in ("DeprecationWarning", "ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore::{kind}"))
            if missing:
                item.add_marker(pytest.mark.skip(reason="needs the infra environment: make test-infra"))
    # Destroying comes last, for the other tests look at what was applied.
    items.sort(key=lambda item: item.name == "test_destroys_all_of_it")


@dataclass(frozen=True)
class Applied:
    """What Terraform has made in the emulator, and its plan once all was made: `again.tfplan`."""

    terraform: Any
    endpoint: str
    again: Any
    outputs: dict[str, Any]

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        """A client of the emulator: as the administrator, or with the credentials of a role."""
        import boto3
        from emulator import REGION

        taken = credentials or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **taken)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The emulator."""
    from emulator import emulated

    with emulated() as address:
        yield address


@pytest.fixture
def acting(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Lets the package itself ask the emulator, with some credentials from then on."""
    import boto3
    from emulator import REGION

    from stedi.ground.places import client

    def act(credentials: dict[str, str]) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
            monkeypatch.setenv(name.upper(), credentials.get(name, ""))
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        monkeypatch.setattr(client, "_clients", {})

    return act


@pytest.fixture
def as_deployer(acting: Callable[[dict[str, str]], None]) -> None:
    """The package asks the emulator as the administrator."""
    acting({"aws_access_key_id": "testing", "aws_secret_access_key": "testing"})


@pytest.fixture(scope="session")
def deploy() -> Any:
    """The script that deploys."""
    spec = importlib.util.spec_from_file_location("deploy", REPOSITORY / "infra/scripts/deploy.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel that `make wheel` built."""
    found = sorted((REPOSITORY / "dist").glob("stedi_lakehouse-*.whl"))
    if len(found) != 1:
        pytest.fail(f"dist/ holds {len(found)} wheels instead of one: run make test-infra, which builds it")
    return found[0]


@pytest.fixture(scope="session")
def applied(endpoint: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """Everything, applied once."""
    if not shutil.which("terraform"):
        pytest.fail("Terraform is not installed, so nothing of infra/ was tested")
    from terraform import copied

    terraform = copied(tmp_path_factory.mktemp("terraform") / "infra", endpoint, wheel)
    terraform.run("apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=20")
    asked = ("plan", "-detailed-exitcode", "-input=false", "-no-color", "-out=again.tfplan")
    again = terraform.run(*asked, accepted=(0, 1, 2))
    return Applied(terraform, endpoint, again, terraform.outputs())
