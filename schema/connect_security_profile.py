"""A rule for cfn-lint that reads the resource schemas beside this file: `cfn-lint --append-rules <this folder> ...`.

cfn-lint takes every custom resource for one that may state anything, `--registry-schemas` or not. Here the properties are
checked as those of AWS's own types are, and reported under the same ids (E3002 unknown, E3003 missing, E3012 type, ...).
What is E9601, E9602, E9603 and W9601 is below. Values that only a deployment knows are not judged.
"""

import json
from collections import deque
from difflib import get_close_matches
from pathlib import Path

import regex

# Modules and no classes of theirs: cfn-lint takes every rule class that it finds in this one for a rule of ours.
import cfnlint.rules as rules
import cfnlint.rules.resources.properties.Properties as native
from cfnlint.helpers import FUNCTIONS, is_function


def _load(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    # What a resource gives is no property, and what it is created with it gives, too.
    schema["attributes"] = {
        pointer.removeprefix("/properties/")
        for pointer in schema["readOnlyProperties"] + schema["createOnlyProperties"]
    }
    for pointer in schema["readOnlyProperties"]:
        del schema["properties"][pointer.removeprefix("/properties/")]
    return schema


SCHEMAS = {
    schema["typeName"]: schema
    for schema in map(_load, Path(__file__).parent.glob("custom-connect-security-profile*.json"))
}


def _schema_of(resource):
    """The schema of a resource of ours; of any other, None."""
    kind = resource.get("Type") if isinstance(resource, dict) else None
    return SCHEMAS.get(kind) if isinstance(kind, str) else None


def _meant(name, known):
    """The known name most like it, to be put behind a message."""
    for near in get_close_matches(name, known, n=1, cutoff=0.75):
        return f"; did you mean `{near}`?"
    return ""


class SecurityProfileProperties(native.Properties):
    """The properties of both types, by their schemas."""

    id = "E9601"
    shortdesc = "Properties of a security profile"
    description = "Checks the properties of Custom::ConnectSecurityProfile and Custom::ConnectSecurityProfileLookup"
    source_url = ""
    tags = ["resources", "connect"]

    def validate(self, validator, _, instance, schema):
        schema = _schema_of(instance)
        properties = instance.get("Properties", {}) if schema else None
        # What is no object at all is reported by cfn-lint's own rule.
        if not isinstance(properties, dict) or is_function(properties)[0]:
            return
        condition = instance.get("Condition")
        conditions = {condition: True} if isinstance(condition, str) else {}
        context = validator.context.evolve(
            functions=list(FUNCTIONS),
            strict_types=False,
            conditions=validator.context.conditions.evolve(conditions),
            path=validator.context.path.evolve(
                cfn_path=deque(["Resources", schema["typeName"], "Properties"]),
            ).descend(path="Properties"),
        )
        validator = validator.evolve(
            context=context,
            function_filter=validator.function_filter.evolve(add_cfn_lint_keyword=True),
        )
        for error in self._validate(self.extend_validator(validator, schema, context), properties):
            # cfn-lint's own rule for custom resources reports this one.
            if error.validator == "required" and "ServiceToken" in error.message:
                continue
            _put_in_words(error, schema, properties)
            error.path.appendleft("Properties")
            yield error


_OWNER_TAG = "custom-connect-security-profile:owner"


def _put_in_words(error, schema, properties):
    """The schemas say in a comment what an expression asks for, and of two properties, which needs which.

    What the provider says in other words is said in its words. It never quotes an ExternalId.
    """
    if list(error.path)[:1] == ["ExternalId"]:
        is_text = error.validator in ("pattern", "minLength", "maxLength")
        rule = "must have 2 to 1224 characters: letters, digits and `_+=,.@:/-`" if is_text else "must be a string"
        error.message = f"ExternalId {rule}"
    elif error.validator == "pattern" and list(error.path)[:1] == ["Tags"] and _is_owner_key(error.instance):
        spelt = f"`{_OWNER_TAG}`" if error.instance == _OWNER_TAG else f"is `{_OWNER_TAG}` in another spelling, which"
        error.message = f"{_in_words(error.path)} {spelt} is this provider's own: remove the tag; the provider sets it"
    elif error.validator == "pattern" and "$comment" in error.schema:
        error.message = f"{error.instance!r} is not {error.schema['$comment']}"
    elif list(error.schema_path)[:1] == ["allOf"]:
        error.message = schema["allOf"][error.schema_path[1]]["then"]["$comment"]
        error.path = deque(name for name in properties if name == error.message.split()[0])


def _is_owner_key(key):
    """Whether it is the ownership tag's key in any spelling."""
    return isinstance(key, str) and key.strip().casefold() == _OWNER_TAG


class SecurityProfileAttributes(rules.CloudFormationLintRule):
    """What `Fn::GetAtt` and `Fn::Sub` ask of both types."""

    id = "E9602"
    shortdesc = "Attributes of a security profile"
    description = "Checks the attributes that are asked of Custom::ConnectSecurityProfile and its lookup"
    tags = ["functions", "getatt", "connect"]

    def match(self, cfn):
        resources = cfn.get_resources().items()
        attributes = {name: schema["attributes"] for name, of in resources if (schema := _schema_of(of))}
        for path, resource, attribute in _asked(cfn):
            known = attributes.get(resource)
            if known is not None and attribute not in known:
                message = f"`{attribute}` is not an attribute of `{resource}`{_meant(attribute, known)}"
                yield rules.RuleMatch(path, message)


def _asked(cfn):
    for *path, value in cfn.search_deep_keys("Fn::GetAtt"):
        parts = value.split(".", 1) if isinstance(value, str) else value
        if isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) for part in parts):
            yield path, *parts
    for *path, value in cfn.search_deep_keys("Fn::Sub"):
        text, names = value if isinstance(value, list) and len(value) == 2 else (value, {})
        if not isinstance(text, str) or not isinstance(names, dict):
            continue
        for name in regex.findall(r"\$\{([^!}][^}]*)\}", text):
            resource, dot, attribute = name.strip().partition(".")
            if dot and name.strip() not in names:
                yield path, resource, attribute


class SecurityProfileReferences(rules.CloudFormationLintRule):
    """Dynamic references that CloudFormation delivers to a custom resource as they are written."""

    id = "E9603"
    shortdesc = "Dynamic reference that is not resolved"
    description = "Looks for secretsmanager and ssm-secure in properties, which CloudFormation does not resolve in custom resources"
    tags = ["resources", "connect"]

    def match(self, cfn):
        for name, resource in cfn.get_resources().items():
            properties = resource.get("Properties") if _schema_of(resource) else None
            for path, text in _all_texts(properties, ["Resources", name, "Properties"]):
                service = regex.search(r"\{\{resolve:(secretsmanager|ssm-secure)(?![a-zA-Z0-9-])", text)
                if service and path[3] not in ("ServiceToken", "ServiceTimeout"):
                    yield rules.RuleMatch(path, f"{_in_words(path[3:])} {_unresolved(service[1])}")


def _unresolved(service):
    return (
        f"holds the dynamic reference `{{{{resolve:{service}:…}}}}`, which CloudFormation does not resolve in custom resources;"
        " use a parameter with `NoEcho`, or `{{resolve:ssm:…}}` for a value that is not secret"
    )


def _all_texts(value, path):
    """Every text, also those that a function is given."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (list, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _all_texts(item, [*path, key])


def _in_words(path):
    """The path of the property that a text stands in, such as `Tags[0].Value`."""
    text = ""
    for key in path:
        if isinstance(key, str) and (key == "Ref" or key.startswith("Fn::")):
            break
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


class SecurityProfilePermissions(rules.CloudFormationLintRule):
    """Names of permissions that are not known. AWS adds some on a regular basis, so this is a warning."""

    id = "W9601"
    shortdesc = "Unknown permission"
    description = "Looks for names in Permissions that Amazon Connect is not known to have"
    tags = ["resources", "connect"]

    def match(self, cfn):
        for name, resource in cfn.get_resources().items():
            schema = _schema_of(resource) or {"properties": {}}
            known = schema["properties"].get("Permissions", {}).get("items", {}).get("examples")
            properties = resource.get("Properties") if known else None
            stated = properties.get("Permissions") if isinstance(properties, dict) else None
            for path, permission in _texts(stated, ["Resources", name, "Properties", "Permissions"]):
                if permission and permission not in known:
                    message = f"`{permission}` is not a known permission{_meant(permission, known)}"
                    yield rules.RuleMatch(path, message)


def _texts(value, path):
    """The texts of a list, also of those that a condition chooses from."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                yield [*path, index], item
            else:
                yield from _texts(item, [*path, index])
    elif isinstance(value, dict) and isinstance(value.get("Fn::If"), list):
        for index, branch in enumerate(value["Fn::If"][1:], 1):
            item = [branch] if isinstance(branch, str) else branch
            for _, text in _texts(item, []):
                yield [*path, "Fn::If", index], text
