"""Holds journals of the emulator against the role that the function ran under, by the reading of IAM that is not its own.

Usage: check_roles.py [--needed] FILE... (JSON lines, one call each). The role is tests/it/roles/provider.json. Prints each
call that the role does not allow, and with --needed each action and resource of a statement that no call needed; exits with
code 1 if there is any.
"""

import json
import re
import sys
from pathlib import Path

from iam_reading import ALLOWED, applies, decide, listed, of_call
from validate_journal import load_model

ROLES = Path(__file__).resolve().parents[2] / "tests/it/roles"
# The function in the Rust tests, and every function of MiniStack.
FUNCTIONS = {
    "arn:aws:sts::000000000000:assumed-role/emulated/ASIAPROVIDER",
    "arn:aws:iam::000000000000:user/000000000000",
}


def role(name):
    """The policy documents of a role."""
    return json.loads((ROLES / f"{name}.json").read_text(encoding="utf-8"))


def of_connect(policies):
    """The statements about Connect."""
    statements = [it for policy in policies for it in listed(policy["Statement"])]
    return [it for it in statements if any(action.startswith("connect:") for action in listed(it["Action"]))]


def parts(statement):
    """The actions and the kinds of resource of a statement, each with its id."""
    yield from ((statement["Sid"], action) for action in listed(statement["Action"]))
    yield from ((statement["Sid"], kind(resource)) for resource in listed(statement["Resource"]))


def kind(resource):
    """A resource without what tells instances apart."""
    return re.sub(r"arn:aws:connect:[^:]+:\d+:instance/[^/]+", "<instance>", resource)


def needed(statements, request):
    """The parts of statements without which a request would not be allowed."""
    for resource in request.resources():
        context = {key.lower(): values for key, values in request.context(resource).items()}
        allowing = [it for it in statements if it["Effect"] == "Allow" and applies(it, True, request.action, resource, context)]
        if len(allowing) == 1:
            [statement] = allowing
            matching = [
                it
                for it in listed(statement["Resource"])
                if applies(statement | {"Resource": it}, True, request.action, resource, context)
            ]
            yield from [(statement["Sid"], request.action), *((statement["Sid"], kind(it)) for it in matching)]


def main(arguments):
    """Prints what is wrong in the files; the exit code."""
    model, policies = load_model(), role("provider")
    statements = of_connect(policies)
    is_needed, calls, wrong = set(), 0, 0
    for file in (it for it in arguments if it != "--needed"):
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                call = json.loads(line)
                if call["caller"] not in FUNCTIONS:
                    continue
                calls += 1
                request = of_call(model, call)
                resource, verdict = request.verdict(policies)
                if verdict != ALLOWED:
                    wrong += 1
                    print(f"{file}:{number}: {request.action} on {resource} is {verdict}")
                is_needed.update(needed(statements, request))
    if "--needed" in arguments:
        for part in sorted({part for it in statements for part in parts(it)} - is_needed):
            wrong += 1
            print(f"no call needs {part[1]} in the statement {part[0]}")
    print(f"{calls} calls of the function, {wrong} faults of its role", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
