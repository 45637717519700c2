"""What must hold after each step of the story, in the order of its steps.

Judges what an operation did and the profiles before and after it. Knows nothing of how it came about.
"""

from __future__ import annotations

from profiles import Profiles, aims_at, facts, ids, members
from stack_engine import INSTANCE_ARN, REGION, Json, Outcome

OWNER_TAG = "custom-connect-security-profile:owner"

# The profiles of `examples/contact-centre.yaml`, and the new name of the first.
AGENTS, NEW_NAME, SUPERVISORS = (
    "Contact centre agents",
    "Contact centre front desk",
    "Contact centre supervisors",
)
OTHERS = {SUPERVISORS, "Contact centre analysts", "Contact centre administrators"}
MADE = {AGENTS} | OTHERS

# The default profiles that `examples/adopt-default-profile.yaml` adopts and finds, and the stack doing so.
ADOPTED, FOUND = "Agent", "CallCenterManager"
ADOPTING = "front-office"
# What it states of the profile that it adopts, unless it is given permissions.
STATED = {
    "Description": ["Takes and makes calls"],
    "HierarchyRestrictedResources": ["User"],
    "Tags": ["team = support"],
}

Claims = dict[str, bool]


def deployed(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold once the provider is there."""
    return {
        "the output ServiceToken names the function": ":function:" in outcome.outputs["ServiceToken"],
        "Connect was not called": not outcome.calls,
    }


def created(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold once the example is there."""
    return {
        "there are four profiles more": after.keys() - before.keys() == MADE,
        "each carries its owner's tag": all(OWNER_TAG in after[name]["Tags"] for name in MADE),
        "one call made each of them": outcome.writes == ["CreateSecurityProfile"] * len(MADE),
        "Ref and Fn::GetAtt are theirs": outcome.outputs["AgentsArn"].endswith("/" + after[AGENTS]["Id"])
        and outcome.outputs["AgentsId"] == after[AGENTS]["Id"],
    }


def changed(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the change of permissions and tags."""
    return {
        "they are the same profiles": ids(after) == ids(before),
        "the permission is there": "CallRecordings.Unredacted.Access" in after[SUPERVISORS]["Permissions"],
        "the tags are there": all(after[name]["Tags"]["team"] == "service" for name in MADE),
        "only what differed was written": sorted(outcome.writes)
        == ["TagResource"] * len(MADE) + ["UpdateSecurityProfile"] * 2,
    }


def same(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after an Update that finds everything as stated."""
    return {
        "all were compared": [plan for _, plan in outcome.plans] == ["nothing to do"] * len(MADE),
        "nothing was written": not outcome.writes and after == before,
    }


def renamed(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the replacement and its clean-up."""
    return {
        "another profile has the new name": after[NEW_NAME]["Id"] not in ids(before),
        "the old one is gone": AGENTS not in after,
        "the new was made before the old went": outcome.writes
        == ["CreateSecurityProfile", "DeleteSecurityProfile"],
        "the output follows": outcome.outputs["AgentsId"] == after[NEW_NAME]["Id"],
    }


def refused(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the mistakes and the rollback."""
    reasons = reasons_of(outcome)
    return {
        "both mistakes are named at once": "Descripton" in reasons and "SecurityProfileName" in reasons,
        "what was changed was changed back": undone(outcome.writes),
        "the profile with the mistakes was not touched": not writes_to(outcome, after, SUPERVISORS),
        "all is as it was": facts(after) == facts(before),
    }


def deleted(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the end of the example."""
    return {
        "all four are gone": before.keys() - after.keys() == OTHERS | {NEW_NAME},
        "nothing else was written": outcome.writes == ["DeleteSecurityProfile"] * len(MADE),
    }


def adopted(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the adoption and the lookup beside it."""
    owner = after[ADOPTED]["Tags"][OWNER_TAG]
    tags = [call["request_body"]["tags"] for call in outcome.calls if call["operation"] == "TagResource"]
    return {
        "it is the same profile": outcome.outputs["AdoptedArn"] == arn_of(before, ADOPTED),
        "no permission is lost, none added": permissions_of(after) == permissions_of(before),
        "its Origin is adopted": outcome.outputs["AdoptedOrigin"] == "adopted"
        and owner.startswith("v1/adopted/"),
        "one TagResource claimed it, and wrote nothing else": [tag for tag in tags if OWNER_TAG in tag]
        == [{OWNER_TAG: owner}],
        "beside the owner's tag, only what is stated was written": without_owner(after[ADOPTED])
        == members(before[ADOPTED]) | STATED,
        f"`{FOUND}` was found": outcome.outputs["FoundArn"] == arn_of(before, FOUND)
        and outcome.outputs["FoundOrigin"] == "found",
        "and not written to": not writes_to(outcome, after, FOUND) and after[FOUND] == before[FOUND],
    }


def owned_by_another(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after a second stack was refused the profile."""
    reasons, arn = reasons_of(outcome), arn_of(before, ADOPTED)
    command = f"aws connect untag-resource --region {REGION} --resource-arn {arn} --tag-keys {OWNER_TAG}"
    return {
        "the reason names the stack that owns it": f"stack `{ADOPTING}`" in reasons,
        "and the profile's ARN": f"{ADOPTED}` exists already, {arn}," in reasons,
        "and the command that takes it from there": f"`{command}`" in reasons,
        "one create was tried and refused, nothing was written": outcome.writes
        == outcome.refused
        == ["CreateSecurityProfile"],
        "all is exactly as it was": after == before,
    }


def as_stated(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the live permissions were stated."""
    return {
        "it was compared": [plan for _, plan in outcome.plans] == ["nothing to do"],
        "nothing was written": not outcome.writes and after == before,
    }


def rolled_back(outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the permissions were taken away and the other resource failed."""
    return {
        "the mistake is named": f"SecurityProfileName `{FOUND} (night)`" in reasons_of(outcome),
        "the permissions were taken away and given back": outcome.writes == ["UpdateSecurityProfile"] * 2,
        "not one is lost, none added": permissions_of(after) == permissions_of(before),
        "all is as it was": facts(after) == facts(before),
    }


def released(first: Profiles, outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
    """What must hold after the end of the stack that adopted the profile, which was once as at `first`."""
    return {
        f"`{ADOPTED}` is still there": after[ADOPTED]["Id"] == before[ADOPTED]["Id"],
        "its owner's tag is gone, and nothing else was written": outcome.writes == ["UntagResource"]
        and OWNER_TAG not in after[ADOPTED]["Tags"],
        "its permissions are those of the very beginning": permissions_of(after) == permissions_of(first),
        "what was stated stays": members(after[ADOPTED]) == without_owner(before[ADOPTED]),
    }


def ended(first: Profiles, last: Profiles) -> Claims:
    """What must hold of the instance when all is done."""
    others = first.keys() - {ADOPTED}
    return {
        "the same profiles are there": last.keys() == first.keys() and ids(last) == ids(first),
        f"all but `{ADOPTED}` are exactly as they were": all(last.get(it) == first[it] for it in others),
        f"`{ADOPTED}` is as it was, but for what a stack stated: {', '.join(STATED)}": members(
            last.get(ADOPTED, {})
        )
        == members(first[ADOPTED]) | STATED,
    }


def undone(writes: list[str]) -> bool:
    """Whether there are some, and each operation as often again for the way back."""
    half = len(writes) // 2
    return 0 < half and sorted(writes[:half]) == sorted(writes[half:])


def reasons_of(outcome: Outcome) -> str:
    """Why resources failed."""
    return " ".join(event.reason for event in outcome.events if event.status.endswith("_FAILED"))


def writes_to(outcome: Outcome, profiles: Profiles, name: str) -> list[str]:
    """The operations that would change that profile."""
    writes = [call for call in outcome.calls if call["method"] != "GET"]
    return [call["operation"] for call in writes if aims_at(call, profiles[name])]


def permissions_of(profiles: Profiles) -> set[str]:
    """The permissions of the profile that is adopted."""
    return set(profiles[ADOPTED]["Permissions"])


def arn_of(profiles: Profiles, name: str) -> str:
    """The ARN of the profile of that name."""
    return f"{INSTANCE_ARN}/security-profile/{profiles[name]['Id']}"


def without_owner(profile: Json) -> dict[str, list[str]]:
    """A profile's members, the owner's tag left out."""
    tags = {key: value for key, value in profile["Tags"].items() if key != OWNER_TAG}
    return members(profile | {"Tags": tags})
