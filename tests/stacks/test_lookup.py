"""The type that only reads: what it finds, and that it never writes."""

from __future__ import annotations

from stack import Stack, arn_of, reason
from stack_engine import INSTANCE_ARN, INSTANCE_ID, Engine

ATTRIBUTES = [
    "SecurityProfileArn",
    "SecurityProfileId",
    "SecurityProfileName",
    "InstanceArn",
    "InstanceId",
    "LastModifiedTime",
    "LastModifiedRegion",
    "Origin",
]


def test_a_lookup_answers_the_arn_and_every_attribute_whoever_owns_the_profile(stack: Stack) -> None:
    stack.create(A=stack.profile("a"))
    before = stack.engine.profiles()
    finding = stack.beside("finding")
    outcome = finding.create(
        {"Ref": {"Ref": "L"}} | {name: {"Fn::GetAtt": ["L", name]} for name in ATTRIBUTES},
        L=finding.lookup("a"),
    )
    assert outcome.status == "CREATE_COMPLETE"
    live = stack.existing("a")
    assert int(outcome.outputs.pop("LastModifiedTime")) == int(before[stack.named("a")]["LastModifiedTime"])
    assert outcome.outputs == {
        "Ref": arn_of(live),
        "SecurityProfileArn": arn_of(live),
        "SecurityProfileId": live["Id"],
        "SecurityProfileName": stack.named("a"),
        "InstanceArn": INSTANCE_ARN,
        "InstanceId": INSTANCE_ID,
        "LastModifiedRegion": "us-east-1",
        "Origin": "found",
    }
    assert outcome.calls
    assert not outcome.writes
    assert stack.engine.profiles() == before


def test_a_lookup_s_life_writes_nothing_and_its_delete_makes_no_call(stack: Stack) -> None:
    first, second = stack.by_hand("a"), stack.by_hand("b")
    before = stack.engine.profiles()
    ref = {"Ref": {"Ref": "L"}}
    created = stack.create(ref, L=stack.lookup("a"))
    updated = stack.update(ref, L=stack.lookup("b"))
    deleted = stack.delete()
    lived = [created, updated, deleted]
    assert [outcome.status for outcome in lived] == ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]
    assert (created.outputs, updated.outputs) == ({"Ref": arn_of(first)}, {"Ref": arn_of(second)})
    assert not any(outcome.writes for outcome in lived)
    assert not deleted.calls
    assert stack.engine.profiles() == before


def test_a_new_revision_looks_again(stack: Stack, engine: Engine) -> None:
    first = stack.by_hand("a")
    stack.create(L=stack.lookup("a", Revision="1"))
    engine.client("connect").delete_security_profile(InstanceId=INSTANCE_ID, SecurityProfileId=first["Id"])
    second = stack.by_hand("a")
    outcome = stack.update({"Ref": {"Ref": "L"}}, L=stack.lookup("a", Revision="2"))
    assert outcome.outputs == {"Ref": arn_of(second)}
    assert first["Id"] != second["Id"]


def test_a_template_takes_the_found_arn_from_the_lookup(stack: Stack) -> None:
    found = stack.by_hand("a")
    beside = {"Key": "beside", "Value": {"Fn::GetAtt": ["L", "SecurityProfileId"]}}
    assert stack.create(B=stack.profile("b", Tags=[beside]), L=stack.lookup("a")).status == "CREATE_COMPLETE"
    assert stack.existing("b")["Tags"]["beside"] == found["Id"]


def test_a_name_that_no_profile_has_fails_with_the_nearest_one(stack: Stack) -> None:
    stack.by_hand("agents")
    # It is looked for as long as there is time, ten seconds at most, because lists lag.
    outcome = stack.create(L=stack.lookup("agent", ServiceTimeout=3))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert f"has no profile called exactly `{stack.named('agent')}`" in reason(outcome)
    assert f"the nearest name is `{stack.named('agents')}`" in reason(outcome)
    assert not outcome.writes


def test_a_lookup_refuses_what_only_a_profile_may_state(stack: Stack) -> None:
    stack.by_hand("a")
    outcome = stack.create(L=stack.lookup("a", Adopt=True))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "Adopt" in reason(outcome)
    assert not outcome.calls
