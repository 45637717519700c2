"""A second reading of IAM: what policies say to a call of Amazon Connect.

Shares no code with the emulator's. What a call names is read by botocore's model, what it is authorised on by AWS's
service authorization reference (`iam-connect.json`), and policies by IAM's documentation.
"""

import functools
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

REFERENCE = json.loads(
    (Path(__file__).resolve().parents[2] / "crates/connect-emulator/data/iam-connect.json").read_text(encoding="utf-8")
)
ALLOWED, NOT_ALLOWED, DENIED = "allowed", "not allowed", "denied"


# Policies


def decide(policies, action, resource, context):
    """What these policies say to an action on a resource. The context has lists of texts by key."""
    context = {key.lower(): values for key, values in context.items()}
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in listed(policy["Statement"])
        if applies(statement, policy.get("Version") == "2012-10-17", action, resource, context)
    }
    return DENIED if "Deny" in effects else ALLOWED if "Allow" in effects else NOT_ALLOWED


def applies(statement, has_variables, action, resource, context):
    """Whether a statement is about it; not if a variable in it has no value."""
    try:
        return (
            in_scope(statement, "Action", lambda it: fits(it, action, {}, False, re.IGNORECASE))
            and in_scope(statement, "Resource", lambda it: fits_arn(it, resource, context, has_variables))
            and all(
                holds(operator, key, [str(it) for it in listed(wanted)], context, has_variables)
                for operator, keys in statement.get("Condition", {}).items()
                for key, wanted in keys.items()
            )
        )
    except LookupError:
        return False


def in_scope(statement, element, is_like):
    if element in statement:
        # One text whose variable has no value does not hide the others.
        return any(_or_not(is_like, it) for it in listed(statement[element]))
    return not any([is_like(it) for it in listed(statement[f"Not{element}"])])


def _or_not(is_like, text):
    try:
        return is_like(text)
    except LookupError:
        return False


def holds(operator, key, wanted, context, has_variables):
    """Whether a condition holds."""
    quantifier, _, name = operator.rpartition(":")
    base = name.removesuffix("IfExists")
    values = context.get(key.lower())
    if base == "Null":
        return any((values is None) == (it.lower() == "true") for it in wanted)
    is_negated, base = "Not" in base, base.replace("Not", "")
    compare = {
        "StringEquals": lambda it, value: fits(it, value, context, has_variables, 0, wild=False),
        "StringEqualsIgnoreCase": lambda it, value: fits(it, value, context, has_variables, re.IGNORECASE, wild=False),
        "StringLike": lambda it, value: fits(it, value, context, has_variables, 0),
        "ArnEquals": lambda it, value: fits_arn(it, value, context, has_variables),
        "ArnLike": lambda it, value: fits_arn(it, value, context, has_variables),
        "Bool": lambda it, value: it.lower() == value.lower(),
    }[base]
    if base != "Bool":
        [substituted(it, context) for it in wanted if has_variables]
    if values is None:
        return name.endswith("IfExists") or quantifier == "ForAllValues" or (is_negated and not quantifier)
    like = [any(compare(it, value) for it in wanted) for value in values]
    if quantifier == "ForAllValues":
        return all(it != is_negated for it in like)
    if quantifier == "ForAnyValue":
        return any(it != is_negated for it in like)
    return any(like) != is_negated


def fits(pattern, text, context, has_variables, flags, wild=True):
    parts = substituted(pattern, context) if has_variables else [(pattern, False)]
    return expression(tuple(parts), flags | re.DOTALL, wild).fullmatch(text) is not None


@functools.cache
def expression(parts, flags, wild):
    wildcards = {"*": ".*", "?": "."} if wild else {}
    texts = ((re.escape(it) if literal else wildcards.get(it, re.escape(it)) for it in part) for part, literal in parts)
    return re.compile("".join(it for text in texts for it in text), flags)


def fits_arn(pattern, arn, context, has_variables):
    """ARNs are compared part by part; colons that stand in a variable's name are none between parts."""
    if pattern == "*":
        return True
    hidden = re.sub(r"\$\{[^}]*\}", lambda variable: variable[0].replace(":", "\0"), pattern)
    if has_variables:
        substituted(pattern, context)
    parts, values = [it.replace("\0", ":") for it in hidden.split(":", 5)], arn.split(":", 5)
    return len(parts) == len(values) == 6 and all(
        [fits(part, value, context, has_variables, 0) for part, value in zip(parts, values)]
    )


def substituted(text, context):
    """The text in parts, each with whether it is a variable's value. A LookupError if one has none."""
    parts = []
    for index, part in enumerate(re.split(r"\$\{([^}]*)\}", text)):
        if index % 2 == 0:
            parts.append((part, False))
        elif part in ("*", "?", "$"):
            parts.append((part, True))
        else:
            key, _, default = part.partition(",")
            values = context.get(key.strip().lower(), [])
            quoted = re.fullmatch(r"\s*'(.*)'\s*", default)
            if len(values) != 1 and not quoted:
                raise LookupError(key)
            parts.append((values[0] if len(values) == 1 else quoted[1], True))
    return parts


def listed(value):
    return value if isinstance(value, list) else [value]


# Calls


class Request:
    """A call as IAM sees it: its action, the resources that it names, and the context for each."""

    def __init__(self, model, operation, region, account, uri, body, caller=None, tags_of=lambda arn: {}):
        self.action, self.region, self.account, self.caller = f"connect:{operation}", region, account, caller
        self.members, self._tags_of = body if isinstance(body, dict) else {}, tags_of
        url = urlsplit(uri)
        labels = zip(template(model, operation), url.path.split("/"))
        self.labels = {name.strip("{}"): unquote(value) for name, value in labels if name.startswith("{")}
        self.untagged = [value for name, value in parse_qsl(url.query.replace("+", "%2B")) if name == "tagKeys"]
        self.listed = REFERENCE["actions"][self.action]

    @property
    def instance_id(self):
        """None of what names its resource by its ARN, or none."""
        return self.labels.get("InstanceId", self.members.get("InstanceId"))

    def resources(self):
        """The ARNs that it names: of each type that AWS lists, as many as the request has."""
        types = [it["name"] for it in self.listed["resourceTypes"]]
        if "resourceArn" in self.labels:
            return [self.labels["resourceArn"]]
        return [arn for kind in types for arn in self._of(kind)] if types else ["*"]

    def _of(self, kind):
        fixed = {"Partition": partition(self.region), "Region": self.region, "Account": self.account}

        def arn(**ids):
            template = REFERENCE["resourceTypes"][kind]["arn"]
            return re.sub(r"\$\{(\w+)\}", lambda found: (fixed | {"InstanceId": self.instance_id} | ids)[found[1]], template)

        def of(name, member):
            return [it[member] for it in self.members.get(name) or [] if member in it]

        if kind == "application":
            names = of("Applications", "Namespace") + of("AllowedAIAgents", "Arn")
            return [it if it.startswith("arn:") else arn(ApplicationId=it) for it in names]
        if kind == "contact-flow-module":
            return [arn(ContactFlowModuleId=it) for it in of("AllowedFlowModules", "FlowModuleId")]
        if kind == "hierarchy-group":
            group = self.members.get("AllowedAccessControlHierarchyGroupId")
            return [arn(HierarchyGroupId=group)] if group else []
        if kind == "security-profile":
            ids = self.members.get("SecurityProfileIds", [self.labels.get("SecurityProfileId", "*")])
            return [arn(SecurityProfileId=it) for it in ids]
        return [arn(**{key: value for key, value in self.labels.items() if key == "UserId"})]

    def context(self, resource):
        """What conditions are about: the keys that every request has here, and those that AWS lists for the action."""
        context = {
            "aws:PrincipalAccount": [self.account],
            "aws:PrincipalIsAWSService": ["false"],
            "aws:RequestedRegion": [self.region],
            "aws:ResourceAccount": [self.account],
            "aws:SecureTransport": ["false"],
            "aws:ViaAWSService": ["false"],
        } | (principal(self.caller) if self.caller else {})
        request_tags = self.members.get("Tags" if "Create" in self.action else "tags") or {}
        for key in self.listed["conditionKeys"]:
            if key == "connect:InstanceId":
                context[key] = [self.instance_id]
            elif key == "aws:TagKeys" and (keys := [*request_tags, *self.untagged]):
                context[key] = keys
            elif key.startswith("aws:RequestTag/"):
                context |= {f"aws:RequestTag/{tag}": [value] for tag, value in request_tags.items()}
            elif key.startswith("aws:ResourceTag/"):
                context |= {f"aws:ResourceTag/{tag}": [value] for tag, value in self._tags_of(resource).items()}
        return context

    def verdict(self, policies):
        """The first resource that is not allowed with what is said to it, or None and `ALLOWED`."""
        for resource in self.resources():
            decision = decide(policies, self.action, resource, self.context(resource))
            if decision != ALLOWED:
                return resource, decision
        return None, ALLOWED


def principal(caller):
    """What conditions see of who called: of a session its role, which has no user name."""
    session = re.fullmatch(r"(arn:[^:]*):sts::([^:]*):assumed-role/([^/]*)/.*", caller)
    if session:
        arn, account, name = session.groups()
        return {"aws:PrincipalArn": [f"{arn}:iam::{account}:role/{name}"], "aws:PrincipalType": ["AssumedRole"]}
    name = caller.rpartition("/")[2]
    return {"aws:PrincipalArn": [caller], "aws:PrincipalType": ["User"], "aws:username": [name]}


@functools.cache
def template(model, operation):
    """The parts of an operation's path."""
    return model.operation_model(operation).http["requestUri"].split("/")


def partition(region):
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def of_call(model, call, **more):
    """The request of a line of a journal."""
    account = call["caller"].split(":")[4]
    uri, body = call["uri"], call["request_body"]
    return Request(model, call["operation"], call["region"], account, uri, body, call["caller"], **more)
