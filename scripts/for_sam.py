"""Builds the function for `sam build`, and puts it where that wants it.

`sam build` tells make the folder, but not the architecture that the template has by its parameters. It writes that down
before it calls make, in `build.toml`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import binary
import release
from architectures import TARGETS, own

FUNCTION = "ProviderFunction"


def main() -> None:
    """Reads the arguments, builds, and copies the binary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifacts", type=Path, help="the folder that the function is packed from")
    parser.add_argument("--architecture", choices=TARGETS, help="what it must be, where that was said to make")
    arguments = parser.parse_args()
    try:
        template = of_template(arguments.artifacts)
        architecture = agreed(template, arguments.architecture)
        if template is None:
            print(f"this SAM CLI does not say for which architecture: built for {architecture}", file=sys.stderr)
        built = release.build(architecture, release.ROOT / "target")
    except (release.ReleaseError, binary.BinaryError) as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    arguments.artifacts.mkdir(parents=True, exist_ok=True)
    shutil.copy(built, arguments.artifacts / "bootstrap")


def of_template(artifacts: Path) -> str | None:
    """The function's architecture by the template, if `sam build` has written it down."""
    for folder in artifacts.absolute().parents:
        record = folder / "build.toml"
        if record.is_file():
            built = tomllib.loads(record.read_text(encoding="utf-8")).get("function_build_definitions", {}).values()
            # As part of another application its name has that of the nested stack before it.
            own = [it for it in built if FUNCTION in (name.rpartition("/")[2] for name in it["functions"])]
            return own[0]["architecture"] if len(own) == 1 else None
    return None


def agreed(template: str | None, stated: str | None) -> str:
    """The one architecture, unless template and make were told different ones."""
    if template and stated and template != stated:
        raise release.ReleaseError(
            f"the template's parameter Architecture is {template}, but ARCHITECTURE={stated} was stated: give"
            f" `sam build` --parameter-overrides Architecture={stated}, or leave ARCHITECTURE out"
        )
    return template or stated or own()


if __name__ == "__main__":
    main()
