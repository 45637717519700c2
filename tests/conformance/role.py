"""A role's inline policies in a template as CloudFormation would make them, and what a reader of IAM makes of them.

It reads what the policies of this project use, and raises on the rest. It shares nothing with the emulator's reader.
"""

import fnmatch
import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-2",
    "AWS::StackName": "connect-profiles",
    "AWS::NoValue": None,
}
ATTRIBUTES = {
    "LastResortFunction.Arn": f"arn:aws:lambda:eu-west-2:{ACCOUNT}:function:connect-profiles-LastResortFunction-AbCdEfGhIjKl",
    "ProviderLogGroup.Arn": f"arn:aws:logs:eu-west-2:{ACCOUNT}:log-group:/aws/lambda/connect-profiles-provider:*",
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, each kept as `{"!Sub": ...}`."""


def keep(loader, tag, node):
    construct = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda it: loader.construct_sequence(it, deep=True),
        yaml.MappingNode: lambda it: loader.construct_mapping(it, deep=True),
    }[type(node)]
    return {"!" + tag: construct(node)}


Loader.add_multi_constructor("!", keep)


def policies(path, logical_id, **parameters):
    """The documents of a role by the names of its inline policies."""
    template = yaml.load((ROOT / path).read_text(encoding="utf-8"), Loader)
    values = {}
    for name, declared in template["Parameters"].items():
        value = parameters.pop(name, declared.get("Default", ""))
        values[name] = str(value).split(",") if declared["Type"] == "CommaDelimitedList" else str(value)
    assert not parameters, f"no parameters: {parameters}"
    conditions = template.get("Conditions", {})

    def evaluate(value):
        match value:
            case list():
                return [it for it in map(evaluate, value) if it is not None]
            case {"!Ref": name}:
                return values[name] if name in values else PSEUDO[name]
            case {"!GetAtt": name}:
                return ATTRIBUTES[name]
            case {"!If": [name, yes, no]}:
                return evaluate(yes if evaluate(conditions[name]) else no)
            case {"!Equals": [one, other]}:
                return evaluate(one) == evaluate(other)
            case {"!Not": [one]}:
                return not evaluate(one)
            case {"!And": some}:
                return all(evaluate(some))
            case {"!Join": [separator, some]}:
                return separator.join(evaluate(some))
            case {"!Split": [separator, text]}:
                return evaluate(text).split(separator)
            case {"!Sub": [text, names]}:
                return substitute(text, {name: evaluate(it) for name, it in names.items()})
            case {"!Sub": text}:
                return substitute(text, {})
            case dict():
                members = {name: evaluate(it) for name, it in value.items()}
                assert not any(name.startswith("!") for name in members), members
                return {name: it for name, it in members.items() if it is not None}
            case _:
                return value

    def substitute(text, names):
        for name, value in (PSEUDO | values | names).items():
            if isinstance(value, str):
                text = text.replace("${" + name + "}", value)
        assert "${" not in text, text
        return text

    made = evaluate(template["Resources"][logical_id]["Properties"]["Policies"])
    return {it["PolicyName"]: it["PolicyDocument"] for it in made}


def characters(documents):
    """What IAM counts against its quota for all of them: every character but white space."""
    return sum(len("".join(json.dumps(it, separators=(",", ":")).split())) for it in documents)


def many(value):
    return value if isinstance(value, list) else [value]


def is_like(pattern, text):
    """IAM's `*` and `?`; it knows no brackets."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def holds(condition, context):
    """Whether all of a condition does. Keys are compared in any case; one that is absent is no value at all."""
    present = {key.lower(): value for key, value in context.items()}
    for operator, keys in condition.items():
        for key, expected in keys.items():
            value, expected = present.get(key.lower()), many(expected)
            match operator:
                case "Null":
                    outcome = (value is None) == (expected == ["true"])
                case "StringLike":
                    outcome = value is not None and any(is_like(it, value) for it in expected)
                case "StringNotLike":
                    outcome = value is None or not any(is_like(it, value) for it in expected)
                case _:
                    raise AssertionError(f"{operator} is not read here")
            if not outcome:
                return False
    return True


def allows(statements, action, resource, context):
    """What IAM decides: a denial first, then an allowance, else no."""
    applying = [
        it["Effect"]
        for it in statements
        if action in many(it["Action"])
        and any(is_like(pattern, resource) for pattern in many(it["Resource"]))
        and holds(it.get("Condition", {}), context)
    ]
    return "Deny" not in applying and "Allow" in applying
