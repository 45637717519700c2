"""Profiles that were there before: how a stack takes one over, keeps it from others, and lets it go."""

from __future__ import annotations

import re

import pytest
from examples import deployed
from stack import OWNER_TAG, Stack, arn_of, reason, statuses, written
from stack_engine import INSTANCE_ARN, Engine, Json, Outcome

MADE: Json = {
    "Description": "made by hand",
    "Permissions": ["BasicAgentAccess", "Users.View"],
    "Tags": {"made": "by hand"},
}
NOT_A_NAME = "(night)"


def tags(**pairs: str) -> list[Json]:
    """Tags as a template states them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def unowned(profile: Json) -> Json:
    """The profile without its owner's tag."""
    return profile | {"Tags": {key: value for key, value in profile["Tags"].items() if key != OWNER_TAG}}


def test_the_example_adopts_a_default_profile_finds_another_and_deletes_none(
    engine: Engine, provider: Outcome
) -> None:
    before = engine.profiles()
    outcome = engine.create(
        "adopting-example",
        deployed("adopt-default-profile.yaml"),
        ServiceToken=provider.outputs["ServiceToken"],
        InstanceArn=INSTANCE_ARN,
    )
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.outputs == {
        "AdoptedArn": arn_of(before["Agent"]),
        "AdoptedOrigin": "adopted",
        "FoundArn": arn_of(before["CallCenterManager"]),
        "FoundOrigin": "found",
    }
    assert engine.delete("adopting-example").status == "DELETE_COMPLETE"
    after = engine.profiles()
    assert after["Agent"]["Permissions"] == before["Agent"]["Permissions"]
    assert after["CallCenterManager"] == before["CallCenterManager"]


def test_an_adoption_claims_the_profile_then_writes_what_is_stated_and_leaves_the_rest(stack: Stack) -> None:
    before = stack.by_hand("a", **MADE)
    outcome = stack.create(
        {"Ref": {"Ref": "A"}, "Origin": {"Fn::GetAtt": ["A", "Origin"]}},
        A=stack.profile("a", Adopt=True, Description="stated", Tags=tags(team="red")),
    )
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.outputs == {"Ref": arn_of(before), "Origin": "adopted"}
    assert outcome.refused == ["CreateSecurityProfile"]
    assert outcome.writes == [*outcome.refused, "TagResource", "TagResource", "UpdateSecurityProfile"]
    live = stack.existing("a")
    owner = live["Tags"][OWNER_TAG]
    assert re.fullmatch(rf"v1/adopted/us-east-1/000000000000/[0-9a-f-]{{36}}/A/{stack.name}", owner)
    assert written(outcome, "TagResource") == [{"tags": {OWNER_TAG: owner}}, {"tags": {"team": "red"}}]
    assert written(outcome, "UpdateSecurityProfile") == [{"Description": "stated"}]
    assert unowned(live) == before | {"Description": "stated", "Tags": MADE["Tags"] | {"team": "red"}}


def test_an_adoption_of_what_is_as_stated_already_writes_the_claim_alone(stack: Stack) -> None:
    before = stack.by_hand("a", **MADE)
    outcome = stack.create(A=stack.profile("a", Adopt=True, Permissions=MADE["Permissions"]))
    assert outcome.status == "CREATE_COMPLETE"
    assert outcome.writes == [*outcome.refused, "TagResource"]
    assert unowned(stack.existing("a")) == before


def test_an_update_of_an_adopted_profile_writes_only_what_differs(stack: Stack) -> None:
    before = stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True, Permissions=MADE["Permissions"]))
    outcome = stack.update(A=stack.profile("a", Adopt=True, Permissions=["AccessMetrics"]))
    assert outcome.status == "UPDATE_COMPLETE"
    assert written(outcome, "UpdateSecurityProfile") == [{"Permissions": ["AccessMetrics"]}]
    assert outcome.writes == ["UpdateSecurityProfile"]
    assert unowned(stack.existing("a")) == before | {"Permissions": ["AccessMetrics"]}


def test_what_leaves_the_template_stays_on_an_adopted_profile_and_the_log_says_so(stack: Stack) -> None:
    stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True, Permissions=["AccessMetrics"], Tags=tags(team="red")))
    before = stack.existing("a")
    outcome = stack.update(A=stack.profile("a", Adopt=True))
    assert outcome.status == "UPDATE_COMPLETE"
    assert not outcome.writes
    assert stack.existing("a") == before
    said = [line["message"] for line in outcome.log]
    for what in ("Permissions", "tag `team`"):
        assert f"{what} is no longer stated and stays as it is, as the profile is adopted" in said


def test_what_is_stated_empty_is_emptied_on_an_adopted_profile_too(stack: Stack) -> None:
    before = stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True, Permissions=["AccessMetrics"]))
    outcome = stack.update(A=stack.profile("a", Adopt=True, Permissions=[]))
    assert outcome.status == "UPDATE_COMPLETE"
    assert unowned(stack.existing("a")) == before | {"Permissions": []}


@pytest.mark.parametrize("on_delete", ["Delete", "Retain"])
def test_the_delete_of_an_adopted_profile_only_releases_it(stack: Stack, on_delete: str) -> None:
    before = stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True, Description="stated", OnDelete=on_delete))
    outcome = stack.delete()
    assert outcome.status == "DELETE_COMPLETE"
    assert outcome.writes == ["UntagResource"]
    assert stack.existing("a") == before | {"Description": "stated"}


def test_a_profile_that_was_created_stays_so_when_adopt_is_stated_later(stack: Stack) -> None:
    origin = {"Origin": {"Fn::GetAtt": ["A", "Origin"]}}
    stack.create(origin, A=stack.profile("a"))
    assert stack.update(origin, A=stack.profile("a", Adopt=True)).outputs == {"Origin": "created"}
    assert stack.delete().writes == ["DeleteSecurityProfile"]


def test_a_rename_onto_another_profile_adopts_that_one_and_releases_the_first(stack: Stack) -> None:
    first, second = (stack.by_hand(word, **MADE) for word in ("a", "b"))
    stack.create(A=stack.profile("a", Adopt=True))
    outcome = stack.update({"Ref": {"Ref": "A"}}, A=stack.profile("b", Adopt=True))
    assert outcome.status == "UPDATE_COMPLETE"
    assert outcome.outputs == {"Ref": arn_of(second)}
    assert outcome.writes == [*outcome.refused, "TagResource", "UntagResource"]
    assert stack.existing("a") == first
    assert OWNER_TAG in stack.existing("b")["Tags"]


def test_a_rename_whose_adoption_fails_goes_on_with_the_first_and_lets_the_second_be(
    stack: Stack, engine: Engine
) -> None:
    stack.by_hand("a", **MADE)
    stack.create({"Ref": {"Ref": "A"}}, A=stack.profile("a", Adopt=True, Description="mine"))
    first, second = stack.existing("a"), stack.by_hand("b", **MADE)
    engine.fail_next("UpdateSecurityProfile", 403, "AccessDeniedException")
    outcome = stack.update({"Ref": {"Ref": "A"}}, A=stack.profile("b", Adopt=True, Description="mine"))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert outcome.outputs == {"Ref": arn_of(first)}
    assert (stack.existing("a"), stack.existing("b")) == (first, second)


@pytest.mark.parametrize("origin", ["adopted", "created"])
def test_a_second_stack_is_refused_with_the_owner_the_arn_and_the_command(stack: Stack, origin: str) -> None:
    if origin == "adopted":
        stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True))
    before = stack.engine.profiles()
    second = stack.beside("second")
    outcome = second.create(B=second.profile("a", Adopt=True, Description="another's"))
    assert outcome.status == "ROLLBACK_COMPLETE"
    arn = arn_of(stack.existing("a"))
    assert f"belongs to resource `A` of stack `{stack.name}`" in reason(outcome)
    command = f"aws connect untag-resource --region us-east-1 --resource-arn {arn} --tag-keys {OWNER_TAG}"
    assert f"`{command}`" in reason(outcome)
    assert outcome.writes == outcome.refused == ["CreateSecurityProfile"]
    assert stack.engine.profiles() == before


def test_what_the_command_frees_the_second_stack_adopts_and_the_first_lets_go(stack: Stack) -> None:
    stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True))
    second = stack.beside("second")
    refusal = reason(second.create(B=second.profile("a", Adopt=True)))
    second.delete()
    found = re.search(r"--resource-arn (\S+) --tag-keys ([^`]+)`", refusal)
    assert found is not None
    stack.engine.client("connect").untag_resource(resourceArn=found[1], tagKeys=[found[2]])
    assert second.create(B=second.profile("a", Adopt=True)).status == "CREATE_COMPLETE"
    before = stack.existing("a")

    update = stack.update(A=stack.profile("a", Adopt=True, Description="mine"))
    assert update.status == "UPDATE_ROLLBACK_COMPLETE"
    assert f"belongs to resource `B` of stack `{second.name}`" in reason(update)
    delete = stack.delete()
    assert delete.status == "DELETE_COMPLETE"
    assert not update.writes + delete.writes
    assert stack.existing("a") == before


def test_a_rollback_gives_an_adopted_profile_back_the_permissions_that_were_stated(stack: Stack) -> None:
    stack.by_hand("a", **MADE)
    stack.create(
        A=stack.profile("a", Adopt=True, Permissions=MADE["Permissions"]),
        B=stack.profile("b", depends_on="A"),
    )
    before = stack.existing("a")
    outcome = stack.update(
        A=stack.profile("a", Adopt=True, Permissions=["AccessMetrics"]),
        B=stack.profile(NOT_A_NAME, depends_on="A"),
    )
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert outcome.writes == ["UpdateSecurityProfile"] * 2
    assert stack.existing("a") == before


def test_a_rollback_leaves_what_an_adopted_profile_was_given_for_the_first_time(stack: Stack) -> None:
    # What was live before it was first stated is written down nowhere.
    stack.by_hand("a", **MADE)
    stack.create(A=stack.profile("a", Adopt=True), B=stack.profile("b", depends_on="A"))
    before = stack.existing("a")
    outcome = stack.update(
        A=stack.profile("a", Adopt=True, Permissions=["AccessMetrics"]),
        B=stack.profile(NOT_A_NAME, depends_on="A"),
    )
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.existing("a") == before | {"Permissions": ["AccessMetrics"]}


def test_a_sibling_s_failed_create_releases_what_was_adopted(stack: Stack) -> None:
    before = stack.by_hand("a", **MADE)
    outcome = stack.create(A=stack.profile("a", Adopt=True), B=stack.profile(NOT_A_NAME, depends_on="A"))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert statuses(outcome, "A")[-1] == "DELETE_COMPLETE"
    assert outcome.writes == [*outcome.refused, "TagResource", "UntagResource"]
    assert stack.existing("a") == before


def test_an_adoption_that_fails_after_the_claim_puts_the_profile_back_and_takes_the_tag_off(
    stack: Stack, engine: Engine
) -> None:
    before = stack.by_hand("a", **MADE)
    engine.fail_next("UpdateSecurityProfile", 403, "AccessDeniedException")
    outcome = stack.create(
        A=stack.profile(
            "a", Adopt=True, Permissions=["AccessMetrics"], Tags=tags(made="by a stack", team="red")
        )
    )
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "AccessDeniedException" in reason(outcome)
    assert "connect:UpdateSecurityProfile" in reason(outcome)
    assert outcome.refused == ["CreateSecurityProfile", "UpdateSecurityProfile"]
    tagged = [{*body["tags"]} for body in written(outcome, "TagResource")]
    assert tagged == [{OWNER_TAG}, {"made", "team"}, {"made"}]
    assert outcome.writes[-1] == "UntagResource"
    assert stack.existing("a") == before
    assert not stack.delete().calls


def test_a_profile_moves_to_another_logical_id_by_the_recipe(stack: Stack) -> None:
    stack.create(Old=stack.profile("a", Permissions=["Users.View"]))
    move(stack, stack)


def test_a_profile_moves_to_another_stack_by_the_recipe(stack: Stack) -> None:
    stack.create(Old=stack.profile("a", Permissions=["Users.View"]), Other=stack.profile("other"))
    second = stack.beside("second")
    assert second.create(Other=second.profile("another")).status == "CREATE_COMPLETE"
    move(stack, second)


def test_a_move_to_another_logical_id_in_one_step_is_refused_and_changes_nothing(stack: Stack) -> None:
    stack.create(Old=stack.profile("a"))
    before = stack.existing("a")
    outcome = stack.update(New=stack.profile("a", Adopt=True))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "belongs to resource `Old` of this same stack" in reason(outcome)
    assert stack.existing("a") == before


def move(old: Stack, new: Stack) -> None:
    """Deploys `OnDelete: Retain`, then without the resource, then `Adopt: true` in the new place."""
    before = old.existing("a")
    other = {} if old is new else {"Other": old.profile("other")}
    retained = old.update(Old=old.profile("a", Permissions=["Users.View"], OnDelete="Retain"), **other)
    assert (retained.status, retained.writes) == ("UPDATE_COMPLETE", [])
    # A stack cannot be left without a resource.
    rest = other or {"Other": old.profile("other")}
    removed = old.update(**rest)
    assert removed.status == "UPDATE_COMPLETE"
    assert old.existing("a") == unowned(before)
    beside = rest if old is new else {"Other": new.profile("another")}
    adopted = new.update(
        {"Ref": {"Ref": "New"}, "Origin": {"Fn::GetAtt": ["New", "Origin"]}},
        New=new.profile("a", Permissions=["Users.View"], Adopt=True),
        **beside,
    )
    assert adopted.status == "UPDATE_COMPLETE"
    assert adopted.outputs == {"Ref": arn_of(before), "Origin": "adopted"}
    assert adopted.writes == [*adopted.refused, "TagResource"]
    assert unowned(new.existing("a")) == unowned(before)
