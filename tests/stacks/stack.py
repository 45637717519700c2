"""A stack of a test's own, and what to ask of what an operation did to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from stack_engine import INSTANCE_ARN, Engine, Json, Outcome

OWNER_TAG = "custom-connect-security-profile:owner"


@dataclass
class Stack:
    """A stack of a test's own. The names of its profiles are the test's too, so that tests do not meet."""

    engine: Engine
    token: str
    name: str
    #: What the names of the test's profiles begin with.
    prefix: str

    def beside(self, word: str) -> Stack:
        """Another stack of the same test."""
        return replace(self, name=f"{self.name}-{word}")

    def create(self, outputs: Json | None = None, **resources: Json) -> Outcome:
        """Creates it with these resources."""
        return self.engine.create(self.name, template(resources, outputs))

    def update(self, outputs: Json | None = None, **resources: Json) -> Outcome:
        """Updates it to these resources."""
        return self.engine.update(self.name, template(resources, outputs))

    def delete(self) -> Outcome:
        """Deletes it."""
        return self.engine.delete(self.name)

    def profile(self, word: str, *, depends_on: str | None = None, **properties: Any) -> Json:
        """A resource for the profile of that word."""
        resource = self._resource("Custom::ConnectSecurityProfile", word, properties)
        return resource | ({"DependsOn": depends_on} if depends_on else {})

    def lookup(self, word: str, **properties: Any) -> Json:
        """A resource that finds the profile of that word."""
        return self._resource("Custom::ConnectSecurityProfileLookup", word, properties)

    def _resource(self, kind: str, word: str, properties: Json) -> Json:
        fixed = {
            "ServiceToken": self.token,
            "InstanceArn": INSTANCE_ARN,
            "SecurityProfileName": self.named(word),
        }
        return {"Type": kind, "Properties": fixed | properties}

    def named(self, word: str) -> str:
        """The name of the profile of that word."""
        return f"{self.prefix} {word}"

    def live(self, word: str) -> Json | None:
        """The profile as Connect has it, without the time of its last change."""
        profile = self.engine.profiles().get(self.named(word))
        return profile and {name: value for name, value in profile.items() if name != "LastModifiedTime"}

    def existing(self, word: str) -> Json:
        """The profile, which must be there."""
        profile = self.live(word)
        assert profile is not None, f"there is no {self.named(word)}"
        return profile

    def by_hand(self, word: str, **members: Any) -> Json:
        """Makes the profile as a person would in the console, nobody's."""
        self.engine.seed({"SecurityProfileName": self.named(word)} | members)
        return self.existing(word)


def template(resources: Json, outputs: Json | None) -> str:
    """A template of these resources."""
    stated = {"Outputs": {name: {"Value": value} for name, value in outputs.items()}} if outputs else {}
    return json.dumps({"Resources": resources} | stated)


def statuses(outcome: Outcome, logical_id: str) -> list[str]:
    """What became of a resource, in order."""
    return [event.status for event in outcome.events if event.logical_id == logical_id]


def reason(outcome: Outcome) -> str:
    """Why the first resource failed that did."""
    return next(event.reason for event in outcome.events if event.status.endswith("_FAILED"))


def written(outcome: Outcome, operation: str) -> list[Json]:
    """The bodies of the calls of one operation."""
    return [call["request_body"] for call in outcome.calls if call["operation"] == operation]


def arn_of(profile: Json) -> str:
    """The ARN of a profile."""
    return f"{INSTANCE_ARN}/security-profile/{profile['Id']}"
