"""Tells what a step of the story did: events, outputs, plan, calls, what changed, and what was checked."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, urlsplit

from profiles import Profiles, aims_at, members
from stack_engine import INSTANCE_ARN, INSTANCE_ID, Json, Outcome
from story import Chapter

WIDTH, INDENT, MARGIN = 110, 3, 13


def tell_step(
    title: str, remark: str, outcome: Outcome, before: Profiles, after: Profiles, paint: Paint
) -> None:
    """What a person wants to see of a step."""
    print(paint.bold(f"\n{title}") + f"  ({outcome.seconds:.2f} s)")
    for line in textwrap.wrap(remark, WIDTH - INDENT):
        print(" " * INDENT + line)
    show("events", event_lines(outcome, paint))
    if "CREATE" in outcome.status:
        show("outputs", (f"{name} = {short(value)}" for name, value in outcome.outputs.items()))
    show("plan", plan_lines(outcome))
    show("calls", call_lines(outcome, before | after, paint))
    show("profiles", list(profile_lines(before, after, paint)) or ["as before"])


def tell_claims(claims: dict[str, bool], paint: Paint) -> None:
    """What was checked, and whether it holds."""
    marks = {True: paint.good("yes"), False: paint.bad("NO ")}
    show("checked", (f"{marks[holds]}  {claim}" for claim, holds in claims.items()))


def tell_chapter(chapter: Chapter, paint: Paint) -> None:
    """A chapter's heading."""
    print(paint.bold(f"\n\n{chapter.title.upper()}"))


def tell_end(claims: dict[str, bool], paint: Paint) -> None:
    """What became of the instance."""
    print(paint.bold("\n\nTHE INSTANCE AT THE END"))
    tell_claims(claims, paint)


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
        width = WIDTH - MARGIN - what - status
        # A command in a reason is not broken at its hyphens.
        reason = textwrap.wrap(short(event.reason), width, break_on_hyphens=False) or [""]
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
        first, *rest = textwrap.wrap(f"{word}{comma}", WIDTH - MARGIN - 7, break_on_hyphens=False)
        line, end = f"{line} {colour(first)}", end + len(first) + 1
        for more in rest:
            yield line
            line, end = f"{' ' * 10}{colour(more)}", 10 + len(more)
    if words:
        yield line
