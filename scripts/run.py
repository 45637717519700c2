"""Lives the life of a stack on this machine and tells it: create, update, rename, a mistake, delete.

MiniStack deploys `template.yaml` with the built Lambda, and `examples/contact-centre.yaml`.
Connect is the emulator.
Ends with 0 only if every step ended as it should.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from stack_engine import (
    INSTANCE_ARN,
    INSTANCE_ID,
    ROOT,
    Engine,
    EngineError,
    Json,
    Outcome,
    Stopped,
    add_arguments,
)

STACK = "contact-centre"
AGENTS, NEW_NAME, SUPERVISORS = (
    "Contact centre agents",
    "Contact centre front desk",
    "Contact centre supervisors",
)
OWNER_TAG = "custom-connect-security-profile:owner"
CHANGED = {"SupervisorMayListen": "true", "Team": "service"}
AGAIN = CHANGED | {"Revision": "2"}
RENAMED = AGAIN | {"AgentsName": NEW_NAME}
WIDTH, MARGIN = 110, 13

Profiles = dict[str, Json]


@dataclass(frozen=True)
class Step:
    """One chapter: what is done, how it must end, and what must hold then."""

    title: str
    act: Callable[[], Outcome]
    status: str
    claims: Callable[[Outcome, Profiles, Profiles], dict[str, bool]]


@dataclass
class Story:
    """The steps against one engine, in order. Each begins where the one before it ended."""

    engine: Engine
    example: str = field(
        default_factory=lambda: (ROOT / "examples" / "contact-centre.yaml").read_text("utf-8")
    )
    token: str = ""

    def steps(self) -> list[Step]:
        """All of them."""
        updated = "UPDATE_COMPLETE"
        return [
            Step("Deploy the provider from `template.yaml`", self.deploy, "CREATE_COMPLETE", deployed),
            Step(
                "Create two profiles from `examples/contact-centre.yaml`",
                self.create,
                "CREATE_COMPLETE",
                created,
            ),
            Step(
                "Let supervisors listen, and change a tag", lambda: self.update(**CHANGED), updated, changed
            ),
            Step(
                "Update without a change: only `Revision` differs",
                lambda: self.update(**AGAIN),
                updated,
                same,
            ),
            Step(
                "Rename the agents' profile, which replaces it",
                lambda: self.update(**RENAMED),
                updated,
                renamed,
            ),
            Step(
                "Change a tag, with two mistakes in another profile",
                self.err,
                "UPDATE_ROLLBACK_COMPLETE",
                refused,
            ),
            Step(
                "Delete the two profiles' stack",
                lambda: self.engine.delete(STACK),
                "DELETE_COMPLETE",
                deleted,
            ),
        ]

    def deploy(self) -> Outcome:
        """Deploys `template.yaml`."""
        outcome = self.engine.deploy_provider()
        self.token = outcome.outputs.get("ServiceToken", "")
        return outcome

    def create(self) -> Outcome:
        """Creates the example's stack."""
        return self.engine.create(STACK, self.example, **self.given())

    def update(self, **parameters: str) -> Outcome:
        """Updates the example by its parameters."""
        return self.engine.update(STACK, self.example, **self.given(), **parameters)

    def err(self) -> Outcome:
        """Changes the agents well; gives the supervisors an unknown property and a name that may not be."""
        mistaken = self.example.replace("Description: Sees", "Descripton: Sees")
        mistaken = mistaken.replace(f"Name: {SUPERVISORS}", f"Name: {SUPERVISORS} (night)")
        return self.engine.update(STACK, mistaken, **self.given(), **RENAMED | {"Team": "night"})

    def given(self) -> dict[str, str]:
        """The parameters that every deployment of the example needs."""
        return {"ServiceToken": self.token, "InstanceArn": INSTANCE_ARN}


def deployed(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold once the provider is there."""
    return {
        "the output ServiceToken names the function": ":function:" in outcome.outputs["ServiceToken"],
        "Connect was not called": not outcome.calls,
    }


def created(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold once the example is there."""
    made = {AGENTS, SUPERVISORS}
    return {
        "there are two profiles more": after.keys() - before.keys() == made,
        "each carries its owner's tag": all(OWNER_TAG in after[name]["Tags"] for name in made),
        "one call made each of them": outcome.writes == ["CreateSecurityProfile"] * 2,
        "Ref and Fn::GetAtt are theirs": outcome.outputs["AgentsArn"].endswith("/" + after[AGENTS]["Id"])
        and outcome.outputs["AgentsId"] == after[AGENTS]["Id"],
    }


def changed(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold after the change of permissions and tags."""
    return {
        "they are the same profiles": ids(after) == ids(before),
        "the permission is there": "CallRecordings.Unredacted.Access" in after[SUPERVISORS]["Permissions"],
        "the tags are there": all(after[name]["Tags"]["team"] == "service" for name in (AGENTS, SUPERVISORS)),
        "only what differed was written": sorted(outcome.writes)
        == ["TagResource", "TagResource", "UpdateSecurityProfile"],
    }


def same(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold after an Update that finds everything as stated."""
    return {
        "both were compared": [plan for _, plan in outcome.plans] == ["nothing to do"] * 2,
        "nothing was written": not outcome.writes and after == before,
    }


def renamed(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold after the replacement and its clean-up."""
    return {
        "another profile has the new name": after[NEW_NAME]["Id"] not in ids(before),
        "the old one is gone": AGENTS not in after,
        "the new was made before the old went": outcome.writes
        == ["CreateSecurityProfile", "DeleteSecurityProfile"],
        "the output follows": outcome.outputs["AgentsId"] == after[NEW_NAME]["Id"],
    }


def refused(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold after the mistakes and the rollback."""
    reasons = " ".join(event.reason for event in outcome.events if event.status == "UPDATE_FAILED")
    writes = [call for call in outcome.calls if call["method"] != "GET"]
    return {
        "both mistakes are named at once": "Descripton" in reasons and "SecurityProfileName" in reasons,
        "the tag was changed and changed back": outcome.writes == ["TagResource"] * 2,
        "the profile with the mistakes was not touched": not any(
            aims_at(call, after[SUPERVISORS]) for call in writes
        ),
        "all is as it was": facts(after) == facts(before),
    }


def deleted(outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """What must hold after the end of the example."""
    return {
        "both profiles are gone": before.keys() - after.keys() == {NEW_NAME, SUPERVISORS},
        "nothing else was written": outcome.writes == ["DeleteSecurityProfile"] * 2,
    }


def ids(profiles: Profiles) -> set[str]:
    """The profiles' ids."""
    return {profile["Id"] for profile in profiles.values()}


def facts(profiles: Profiles) -> dict[str, dict[str, list[str]]]:
    """Each profile by its members, without the time of its last change, which a rollback moves too."""
    return {name: members(profile) for name, profile in profiles.items()}


def members(profile: Json) -> dict[str, list[str]]:
    """A profile's members that hold something, each as a list of words that can be compared one by one."""
    return {
        member: words
        for member, value in profile.items()
        if member not in ("SecurityProfileName", "LastModifiedTime", "LastModifiedRegion", "Type")
        if (words := list(words_of(value)))
    }


def words_of(value: object) -> Iterator[str]:
    """What a member holds; nothing if it is empty to the bottom."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (f"{key} = {word}" for word in words_of(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif value:
        yield str(value)


def aims_at(call: Json, profile: Json) -> bool:
    """Whether the call is about that profile."""
    return profile["Id"] in unquote(call["uri"])


# Telling it


class Paint:
    """Colours, where a person looks at a terminal and has not said no."""

    def __init__(self) -> None:
        self.on = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.on and text else text

    def good(self, text: str) -> str:
        """Green."""
        return self("32", text)

    def bad(self, text: str) -> str:
        """Red."""
        return self("31", text)

    def bold(self, text: str) -> str:
        """Bold."""
        return self("1", text)

    def status(self, status: str, width: int) -> str:
        """A stack's or resource's status in the colour of its news."""
        text = f"{status:<{width}}"
        if "FAILED" in status or "ROLLBACK" in status:
            return self.bad(text)
        return self.good(text) if status.endswith("_COMPLETE") else self("2", text)


def short(text: str) -> str:
    """Cuts what repeats: the front of the instance's ARNs, and all but the first part of UUIDs."""
    text = text.replace(f"{INSTANCE_ARN}/", "…/").replace(INSTANCE_ARN, f"…/{INSTANCE_ID}")
    return re.sub(r"\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", r"\1…", text)


def show(label: str, lines: Iterable[str]) -> None:
    """A section of a step, if it has anything to show."""
    for number, line in enumerate(lines):
        print(f"   {label if number == 0 else '':<10}{line}".rstrip())


def event_lines(outcome: Outcome, paint: Paint) -> Iterator[str]:
    """The stack's events in columns: what, status, reason."""
    what = max(len(event.logical_id) for event in outcome.events) + 2
    status = max((len(event.status) for event in outcome.events if event.reason), default=0) + 2
    for event in outcome.events:
        reason = textwrap.wrap(short(event.reason), WIDTH - MARGIN - what - status) or [""]
        yield f"{event.logical_id:<{what}}{paint.status(event.status, status)}{reason[0]}"
        yield from (" " * (what + status) + line for line in reason[1:])


def plan_lines(outcome: Outcome) -> Iterator[str]:
    """The plans as the function logged them, each behind its logical id."""
    width = max((len(logical_id) for logical_id, _ in outcome.plans), default=0) + 2
    for logical_id, plan in outcome.plans:
        for number, line in enumerate(short(plan).splitlines()):
            yield f"{logical_id if number == 0 else '':<{width}}{line}"


def call_lines(outcome: Outcome, profiles: Profiles, paint: Paint) -> Iterator[str]:
    """The calls that reached Connect: status, operation, profile, and what was written."""
    for call in outcome.calls:
        name = next((name for name, profile in profiles.items() if aims_at(call, profile)), "")
        name = name or (call["request_body"] or {}).get("SecurityProfileName", "")
        written = ", ".join(written_names(call))
        operation = f"{call['operation']:<32}"
        status = paint.good(str(call["status"])) if call["status"] < 300 else paint.bad(str(call["status"]))
        yield f"{status}  {operation if call['method'] == 'GET' else paint.bold(operation)}{name}" + (
            f": {written}" if written else ""
        )


def written_names(call: Json) -> list[str]:
    """The members or tag keys that a call writes; of a create, which writes all, none."""
    if call["operation"] == "CreateSecurityProfile":
        return []
    if call["operation"] == "UntagResource":
        return parse_qs(urlsplit(call["uri"]).query)["tagKeys"]
    body: Json = call["request_body"] or {}
    return list(body.get("tags", body))


def profile_lines(before: Profiles, after: Profiles, paint: Paint) -> Iterator[str]:
    """What differs between the profiles before and after."""
    for name in sorted(before.keys() | after.keys()):
        old, new = (members(profiles[name]) if name in profiles else {} for profiles in (before, after))
        if name not in after:
            yield paint.bad(f"- {name}")
        elif old != new:
            yield f"  {name}" if name in before else paint.good(f"+ {name}")
            for member in dict.fromkeys([*new, *old]):
                yield from member_lines(member, old.get(member, []), new.get(member, []), paint)


def member_lines(member: str, old: list[str], new: list[str], paint: Paint) -> Iterator[str]:
    """What a member lost and gained, on as few lines as it takes."""
    lost = [(paint.bad, f"- {word}") for word in old if word not in new]
    gained = [(paint.good, f"+ {word}") for word in new if word not in old]
    words = [(colour, short(word)) for colour, word in lost + gained]
    line, end = f"    {member}:", len(member) + 5
    for number, (colour, word) in enumerate(words):
        comma = "," if number + 1 < len(words) else ""
        if end + len(word) > WIDTH - MARGIN:
            yield line
            line, end = " " * 7, 7
        line, end = f"{line} {colour(word)}{comma}", end + len(word) + 2
    if words:
        yield line


def check(step: Step, outcome: Outcome, before: Profiles, after: Profiles) -> dict[str, bool]:
    """The step's claims, and whether they hold. After a wrong status no other can be judged."""
    claims = {f"it ended {step.status}": outcome.status == step.status}
    if all(claims.values()):
        try:
            claims |= step.claims(outcome, before, after)
        except KeyError as missing:
            claims[f"there is {missing}"] = False
    return claims


def tell(number: int, step: Step, engine: Engine, paint: Paint) -> tuple[Outcome, dict[str, bool]]:
    """Takes a step, prints what a person wants to see of it, and checks its claims."""
    before = engine.profiles()
    outcome = step.act()
    after = engine.profiles()
    claims = check(step, outcome, before, after)

    print(paint.bold(f"\n{number}  {step.title}") + f"  ({outcome.seconds:.2f} s)")
    show("events", event_lines(outcome, paint))
    if "CREATE" in outcome.status:
        show("outputs", (f"{name} = {short(value)}" for name, value in outcome.outputs.items()))
    show("plan", plan_lines(outcome))
    show("calls", call_lines(outcome, before | after, paint))
    show("profiles", list(profile_lines(before, after, paint)) or ["as before"])
    marks = {True: paint.good("yes"), False: paint.bad("NO ")}
    show("checked", (f"{marks[holds]}  {claim}" for claim, holds in claims.items()))
    return outcome, claims


def run(engine: Engine, paint: Paint, begin: float) -> int:
    """All steps, until one does not end as it should."""
    print(f"CloudFormation and Lambda at {engine.url}, Connect at {engine.connect_url}")
    print(f"The instance is {INSTANCE_ARN}")
    print("An … stands for the front of its ARNs, or for the rest of a UUID.")
    first, checks, calls, writes = engine.profiles(), 0, 0, 0
    steps = Story(engine).steps()
    for number, step in enumerate(steps, 1):
        outcome, claims = tell(number, step, engine, paint)
        if not all(claims.values()):
            wrong = "; ".join(claim for claim, holds in claims.items() if not holds)
            print(paint.bad(f"\nFailed at step {number}, which ended {outcome.status}. Not so: {wrong}."))
            return 1
        checks, calls, writes = checks + len(claims), calls + len(outcome.calls), writes + len(outcome.writes)
    if engine.profiles() != first:
        print(paint.bad("\nFailed: the instance is not as it was at the beginning."))
        return 1
    seconds = time.monotonic() - begin
    print(
        paint.good(f"\nProved in {seconds:.1f} s:")
        + f" {len(steps)} steps ended as they should, {checks} claims hold;"
    )
    print(f"{calls} calls to Connect, {writes} of them writes; its instance is as it was at the beginning.")
    return 0


def main() -> int:
    """Reads the arguments and turns every end into an exit code."""
    begin = time.monotonic()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_arguments(parser)
    arguments = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Told as it happens, into a pipe too, and whatever the locale can write.
        sys.stdout.reconfigure(line_buffering=True, errors="replace")
    try:
        with Engine(arguments.bootstrap, arguments.emulator, arguments.port) as engine:
            return run(engine, Paint(), begin)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read us has enough. What Python would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt as stopped:
        number = stopped.number if isinstance(stopped, Stopped) else signal.SIGINT
        name = signal.Signals(number).name
        print(f"\nstopped by {name}; everything that was started is ended", file=sys.stderr)
        return 128 + number


if __name__ == "__main__":
    sys.exit(main())
