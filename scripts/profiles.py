"""Connect's profiles as the emulator truly has them, made comparable."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from stack_engine import Json

#: Profiles by name, with everything in them.
Profiles = dict[str, Json]


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


def ids(profiles: Profiles) -> set[str]:
    """The profiles' ids."""
    return {profile["Id"] for profile in profiles.values()}


def aims_at(call: Json, profile: Json) -> bool:
    """Whether the call is about that profile."""
    return profile["Id"] in unquote(call["uri"])
