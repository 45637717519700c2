"""The story that `make run` tells: what is done, in order, and how it must end.

Knows nothing of how it is told. What must hold after each step is in `claims.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from claims import (
    ADOPTED,
    ADOPTING,
    FOUND,
    NEW_NAME,
    SUPERVISORS,
    Claims,
    adopted,
    as_stated,
    changed,
    created,
    deleted,
    deployed,
    owned_by_another,
    refused,
    released,
    renamed,
    rolled_back,
    same,
)
from profiles import Profiles
from stack_engine import INSTANCE_ARN, ROOT, Engine, Outcome

STACK, SECOND = "contact-centre", "back-office"
EXAMPLES = ROOT / "examples"

CHANGED = {"SupervisorMayListen": "true", "Team": "service"}
AGAIN = CHANGED | {"Revision": "2"}
RENAMED = AGAIN | {"AgentsName": NEW_NAME}
TAKEN_AWAY = {"ListenCallRecordings", "OutboundCallAccess"}


@dataclass(frozen=True)
class Step:
    """What is done, how it must end, and what must hold then of the profiles before and after."""

    title: str
    act: Callable[[], Outcome]
    status: str
    claims: Callable[[Outcome, Profiles, Profiles], Claims]
    #: What a reader may wonder at.
    remark: str = ""

    def judge(self, outcome: Outcome, before: Profiles, after: Profiles) -> Claims:
        """The claims, and whether they hold. After a wrong status no other can be judged."""
        claims = {f"it ended {self.status}": outcome.status == self.status}
        if all(claims.values()):
            try:
                claims |= self.claims(outcome, before, after)
            except KeyError as missing:
                claims[f"there is {missing}"] = False
        return claims


@dataclass(frozen=True)
class Chapter:
    """Steps of one subject."""

    title: str
    steps: list[Step]


@dataclass
class Story:
    """All of it against one engine. Each step begins where the one before it ended."""

    engine: Engine
    #: The instance before anything was done to it.
    first: Profiles = field(init=False)
    token: str = field(init=False, default="")
    example: str = field(init=False, default_factory=lambda: text(EXAMPLES / "contact-centre.yaml"))
    adoption: str = field(init=False, default_factory=lambda: text(EXAMPLES / "adopt-default-profile.yaml"))

    def __post_init__(self) -> None:
        self.first = self.engine.profiles()

    def chapters(self) -> list[Chapter]:
        """The chapters in order."""
        return [
            Chapter(
                "The provider",
                [Step("Deploy it from `template.yaml`", self.deploy, "CREATE_COMPLETE", deployed)],
            ),
            Chapter("Profiles that a stack makes", self.of_their_own()),
            Chapter("A profile that was there before", self.adopted()),
        ]

    def of_their_own(self) -> list[Step]:
        """The life of the profiles that a stack creates."""
        return [
            Step(
                "Create four profiles from `examples/contact-centre.yaml`",
                lambda: self.engine.create(STACK, self.example, **self.given()),
                "CREATE_COMPLETE",
                created,
            ),
            Step(
                "Let supervisors listen, and change a tag",
                lambda: self.update(**CHANGED),
                "UPDATE_COMPLETE",
                changed,
            ),
            Step(
                "Update without a change: only `Revision` differs",
                lambda: self.update(**AGAIN),
                "UPDATE_COMPLETE",
                same,
            ),
            Step(
                "Rename the agents' profile, which replaces it",
                lambda: self.update(**RENAMED),
                "UPDATE_COMPLETE",
                renamed,
            ),
            Step(
                "Change a tag, with two mistakes in another profile",
                self.err,
                "UPDATE_ROLLBACK_COMPLETE",
                refused,
            ),
            Step(
                "Delete the four profiles' stack",
                lambda: self.engine.delete(STACK),
                "DELETE_COMPLETE",
                deleted,
            ),
        ]

    def adopted(self) -> list[Step]:
        """The life of a default profile that a stack adopts."""
        return [
            Step(
                f"Adopt `{ADOPTED}` and find `{FOUND}`, with `examples/adopt-default-profile.yaml`",
                lambda: self.engine.create(ADOPTING, self.adoption, **self.given()),
                "CREATE_COMPLETE",
                adopted,
                "A create is tried first; that Connect refuses it shows that the name is taken. With "
                "`Adopt: true` the profile is claimed by its owner tag, read back and given what is stated.",
            ),
            Step(
                "Have a second stack adopt it, too",
                lambda: self.engine.create(SECOND, self.adoption, **self.given()),
                "ROLLBACK_COMPLETE",
                owned_by_another,
                f"`Adopt: true` takes over what is nobody's. `{ADOPTED}` is the first stack's now.",
            ),
            Step(
                "State its permissions as they are",
                lambda: self.adopt_again(set(self.first[ADOPTED]["Permissions"])),
                "UPDATE_COMPLETE",
                as_stated,
                "A rollback brings back what a stack stated before; what it never stated, it does not know.",
            ),
            Step(
                "Take two permissions away, with a mistake in another resource",
                lambda: self.adopt_again(
                    set(self.first[ADOPTED]["Permissions"]) - TAKEN_AWAY, FoundName=f"{FOUND} (night)"
                ),
                "UPDATE_ROLLBACK_COMPLETE",
                rolled_back,
            ),
            Step(
                "Delete the stack that adopted it",
                lambda: self.engine.delete(ADOPTING),
                "DELETE_COMPLETE",
                partial(released, self.first),
                "What was adopted is never deleted: it is released, for another stack or for nobody.",
            ),
        ]

    def deploy(self) -> Outcome:
        """Deploys `template.yaml`."""
        outcome = self.engine.deploy_provider()
        self.token = outcome.outputs.get("ServiceToken", "")
        return outcome

    def update(self, **parameters: str) -> Outcome:
        """Updates the profiles by parameters."""
        return self.engine.update(STACK, self.example, **self.given(), **parameters)

    def err(self) -> Outcome:
        """Changes the agents well; gives the supervisors an unknown property and a name that may not be."""
        mistaken = self.example.replace("Description: Sees", "Descripton: Sees")
        mistaken = mistaken.replace(f"Name: {SUPERVISORS}", f"Name: {SUPERVISORS} (night)")
        return self.engine.update(STACK, mistaken, **self.given(), **RENAMED | {"Team": "night"})

    def adopt_again(self, permissions: set[str], **parameters: str) -> Outcome:
        """Updates the adopting stack to state these permissions."""
        stated = ",".join(sorted(permissions))
        return self.engine.update(ADOPTING, self.adoption, **self.given(), Permissions=stated, **parameters)

    def given(self) -> dict[str, str]:
        """The parameters that every deployment of an example needs."""
        return {"ServiceToken": self.token, "InstanceArn": INSTANCE_ARN}


def text(path: Path) -> str:
    """A file's text."""
    return path.read_text(encoding="utf-8")
