"""The roles under which the tests run are those that CloudFormation makes of the templates."""

from __future__ import annotations

import json

import rendered_roles
from stack_engine import INSTANCE_ARN, OTHER_INSTANCE_ARN, PROVIDER_STACK, ROOT, Engine, Json, Outcome


def test_every_rendered_role_is_as_the_templates_say() -> None:
    """`make generate` writes them again."""
    roles = rendered_roles.roles()
    files = {path.stem: path.read_text(encoding="utf-8") for path in rendered_roles.FOLDER.iterdir()}
    assert files == {name: rendered_roles.text(documents) for name, documents in roles.items()}


def test_what_is_rendered_is_what_cloudformation_deploys(engine: Engine) -> None:
    """By MiniStack's functions and conditions, which are not the renderer's."""
    assert (rendered_roles.INSTANCE, rendered_roles.ELSEWHERE) == (INSTANCE_ARN, OTHER_INSTANCE_ARN)
    instances = ",".join(rendered_roles.INSTANCES)
    for name, parameters in {"provider": {}, "provider-guarded": rendered_roles.GUARDED}.items():
        outcome = engine.deploy_provider(name, instances, **parameters)
        assert outcome.status == "CREATE_COMPLETE"
        assert about_connect(engine.policies(role_of(outcome))) == about_connect(rendered(name))
        assert engine.delete(name).status == "DELETE_COMPLETE"
    template = (ROOT / "examples/other-account-role.yaml").read_text(encoding="utf-8")
    given = {"ProviderRoleArn": "arn:aws:iam::000000000000:role/provider", "ExternalId": "one-of-many"}
    outcome = engine.create("role", template, InstanceArn=INSTANCE_ARN, **given)
    assert outcome.status == "CREATE_COMPLETE"
    [role] = [it.physical_id for it in outcome.events if it.logical_id == "Role" and it.status == "CREATE_COMPLETE"]
    # Deployed in this account, and not in the one of its instance.
    there = json.loads(json.dumps(rendered("other-account")).replace("111111111111", "000000000000"))
    assert about_connect(engine.policies(role)) == about_connect(there)
    assert engine.delete("role").status == "DELETE_COMPLETE"


def test_a_function_may_do_what_its_role_allows_and_nothing_else(engine: Engine, provider: Outcome) -> None:
    """Of the provider that was deployed last; where there is none, nothing."""
    assert engine.authorised == rendered_by(engine, provider)
    name = "narrow"
    assert engine.deploy_provider(name, OTHER_INSTANCE_ARN).status == "CREATE_COMPLETE"
    assert INSTANCE_ARN not in json.dumps(about_connect(engine.authorised))
    assert engine.delete(name).status == "DELETE_COMPLETE"
    assert engine.authorised == rendered_by(engine, provider)


def rendered_by(engine: Engine, provider: Outcome) -> list[Json]:
    """The policies of the provider's role."""
    assert PROVIDER_STACK in provider.outputs["ServiceToken"]
    return engine.policies(role_of(provider))


def role_of(provider: Outcome) -> str:
    """The name of the provider's role."""
    return provider.outputs["ProviderRoleArn"].rpartition("/")[2]


def rendered(name: str) -> list[Json]:
    """The file of a role."""
    documents: list[Json] = json.loads((rendered_roles.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return documents


def about_connect(policies: list[Json]) -> list[Json]:
    """The statements about Connect, single values as lists of one."""

    def listed(statement: Json) -> Json:
        many = {name: [it] if isinstance(it, str) else it for name, it in statement.items() if name in ("Action", "Resource")}
        return statement | many

    statements = [listed(it) for policy in policies for it in policy["Statement"]]
    return [it for it in statements if any(action.startswith("connect:") for action in it["Action"])]
