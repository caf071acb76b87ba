"""AWS emulated on the loopback interface, with a stand-in answer where the emulator has none or a wrong one.

moto 5.2.5 is a good memory and a poor judge: it keeps what it is told, knows no condition of a policy, and
leaves some answers out that Terraform asks for. Each stand-in says what it stands in for.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-central-1"
TAGS = {"application": "stedi", "environment": "dev"}


@contextmanager
def emulated() -> Iterator[str]:
    """Start the emulator with its stand-ins; its address."""
    from moto.server import ThreadedMotoServer

    # Otherwise a failing test shows every request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _stand_in()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@contextmanager
def enforced() -> Iterator[None]:
    """From here on every call needs the permission of its role; administrators fail too."""
    from moto import settings
    from moto.core.authorization import ActionAuthenticatorMixin

    before = settings.INITIAL_NO_AUTH_ACTION_COUNT
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    ActionAuthenticatorMixin.request_count = 0
    try:
        yield
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = before


def _stand_in() -> None:
    _conditions()
    _resources()
    _buckets()
    _lake_formation()
    _missing_answers()


def _conditions() -> None:
    """A call meets every condition of an Allow, and is what no Deny is about: TLS, the right prefix.

    The emulator refuses whatever has a condition, for it knows none of their values. So nothing here proves a
    condition, and the pages say so.
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    asked = IAMPolicyStatement.is_action_permitted

    def permitted(
        self: Any, action: str, resource: str = "*", principal: Any = None, told: Any = None
    ) -> Any:
        statement = self._statement
        if "Condition" not in statement or principal or told:
            return asked(self, action, resource, principal, told)
        if statement["Effect"] == "Deny":
            return PermissionResult.NEUTRAL
        bare = {key: value for key, value in statement.items() if key != "Condition"}
        return asked(IAMPolicyStatement(bare), action, resource)

    IAMPolicyStatement.is_action_permitted = permitted


def _resources() -> None:
    """Secrets and jobs are asked for by name; the emulator would compare every policy with `*`."""
    from moto.glue.responses import GlueResponse
    from moto.secretsmanager.responses import SecretsManagerResponse

    def secret(self: Any) -> str:
        name = self._get_param("SecretId")
        found = self.backend.secrets.get(name) if name else None
        return found.arn if found else name or "*"

    def catalog(self: Any) -> str:
        at = f"arn:aws:glue:{REGION}:{ACCOUNT}:"
        if job := self._get_param("JobName"):
            return f"{at}job/{job}"
        if database := self._get_param("DatabaseName"):
            table = self._get_param("Name") or (self._get_param("TableInput") or {}).get("Name", "*")
            return f"{at}table/{database}/{table}"
        return f"{at}database/{self._get_param('Name')}"

    SecretsManagerResponse._determine_resource = secret
    GlueResponse._determine_resource = catalog


def _buckets() -> None:
    """A bucket logs to another by its policy, tells of its notifications, and lets go of delete markers."""
    from moto.s3.models import FakeBucket, FakeDeleteMarker
    from moto.s3.responses import S3Response

    FakeDeleteMarker.dispose = lambda *_, **__: None
    FakeBucket._log_permissions_enabled_policy = lambda *_, **__: True
    asked = S3Response.get_bucket_notification

    def notification(self: Any) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return asked(self)
        return "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"

    S3Response.get_bucket_notification = notification


def _lake_formation() -> None:
    """Grants on columns are listed with those on their table; what is not granted cannot be revoked."""
    from moto.lakeformation.exceptions import InvalidInput
    from moto.lakeformation.models import LakeFormationBackend

    revoked = LakeFormationBackend.revoke_permissions

    def revoke(self: Any, catalog_id: str, principal: Any, resource: Any, *more: Any, **named: Any) -> None:
        granted = self.grants[catalog_id].permissions if catalog_id in self.grants else ()
        if not any((grant.principal, grant.resource) == (principal, resource) for grant in granted):
            raise InvalidInput("No permissions revoked. Grantee does not have what was to be revoked.")
        revoked(self, catalog_id, principal, resource, *more, **named)

    asked = LakeFormationBackend.list_permissions

    def listed(self: Any, catalog_id: str, principal: Any = None, resource: Any = None, **more: Any) -> Any:
        found = asked(self, catalog_id, principal, resource, **more)
        table = getattr(resource, "table", None)
        if table is None or catalog_id not in self.grants:
            return found
        for grant in self.grants[catalog_id].permissions:
            columns = grant.resource.get("TableWithColumns", {})
            if (columns.get("DatabaseName"), columns.get("Name")) == (table.database_name, table.name) and (
                principal in (None, grant.principal)
            ):
                found.append(grant.to_external_form())
        return found

    removed = LakeFormationBackend.remove_lf_tags_from_resource

    def untag(*given: Any, **named: Any) -> None:
        # The emulator stumbles over a tag of columns that it has removed already.
        with suppress(ValueError):
            removed(*given, **named)

    LakeFormationBackend.list_permissions = listed
    LakeFormationBackend.remove_lf_tags_from_resource = untag
    LakeFormationBackend.revoke_permissions = revoke


def _missing_answers() -> None:
    """Tags of IoT and budgets, subscribers of a budget, a state machine without versions; a query goes."""
    from moto.athena.responses import AthenaResponse
    from moto.budgets.responses import BudgetsResponse
    from moto.core.responses import ActionResult
    from moto.iot.responses import IoTResponse
    from moto.stepfunctions.responses import StepFunctionResponse

    def subscribers(self: Any) -> str:
        kept = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
        asked = self._get_param("Notification")
        for notification in kept.notifications:
            if _alike(notification.details, asked):
                return json.dumps({"Subscribers": notification.subscribers})
        return json.dumps({"Subscribers": []})

    def delete_query(self: Any) -> str:
        self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
        return "{}"

    AthenaResponse.delete_named_query = delete_query
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    IoTResponse.list_tags_for_resource = lambda _: ActionResult({"tags": tags})
    BudgetsResponse.list_tags_for_resource = lambda _: json.dumps({"ResourceTags": tags})
    BudgetsResponse.describe_subscribers_for_notification = subscribers
    StepFunctionResponse.list_state_machine_versions = lambda _: json.dumps({"stateMachineVersions": []})
    StepFunctionResponse.validate_state_machine_definition = lambda _: json.dumps(
        {"result": "OK", "diagnostics": [], "truncated": False}
    )


def _alike(kept: dict[str, Any], asked: dict[str, Any]) -> bool:
    return all(kept.get(key) == value for key, value in asked.items() if key != "NotificationState")
