"""Validates journals of the emulator against botocore's own model of Amazon Connect.

Usage: validate_journal.py FILE... (JSON lines, one call each). Prints one line for each violation and exits with
code 1 if there is any.

Every request is held against the model: method, path, query, body, required and unknown members, types, lengths,
ranges, enumerations, patterns. So is every answer: status, members, types, and that botocore's parser reads the same
values from it; for an error, that the operation declares it (or that it is one of COMMON_ERRORS) with that status.
The answer of a call for which a fault was scripted is not looked at, nor is one that was never given.

Patterns are meant to match whole values, whether or not the model anchors them. The least size of lists and maps is not
asked of answers: a resource without tags answers an empty map, of which the model wants one entry.
"""

import datetime
import json
import sys
from urllib.parse import unquote, urlsplit

import botocore.session
import regex
from botocore.parsers import create_parser

# Errors that any operation may answer without declaring them, by AWS's page of common errors.
COMMON_ERRORS = {
    "AccessDeniedException": 403,
    "IncompleteSignatureException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "ThrottlingException": 429,
    "UnrecognizedClientException": 403,
}

TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


def load_model():
    """botocore's model of Amazon Connect."""
    return botocore.session.Session().get_service_model("connect")


def check(shape, value, path, least_sizes=True):
    """Yields what of a JSON value breaks its shape."""
    kind = TYPES[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{path}: {json.dumps(value)} is not of the type {shape.type_name}"
        return
    yield from check_limits(shape, value, path, least_sizes)
    if shape.type_name == "list":
        for index, item in enumerate(value):
            yield from check(shape.member, item, f"{path}[{index}]", least_sizes)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from check(shape.key, key, f"{path} key", least_sizes)
            yield from check(shape.value, item, f"{path}.{key}", least_sizes)
    elif shape.type_name == "structure":
        yield from check_members(shape.members, shape.required_members, value, path, least_sizes)
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            yield f"{path}: a union has one member, not {len(value)}"


def check_limits(shape, value, path, least_sizes):
    metadata = shape.metadata
    if shape.type_name in ("integer", "long"):
        measure, size = "value", value
    elif shape.type_name in ("string", "list", "map"):
        measure, size = "size", len(value)
    else:
        return
    if "min" in metadata and size < metadata["min"] and (least_sizes or shape.type_name == "string"):
        yield f"{path}: {measure} {size} is below the minimum {metadata['min']}"
    if "max" in metadata and size > metadata["max"]:
        yield f"{path}: {measure} {size} is above the maximum {metadata['max']}"
    if "enum" in metadata and value not in metadata["enum"]:
        yield f"{path}: {json.dumps(value)} is not one of {', '.join(metadata['enum'])}"
    if shape.type_name == "string" and "pattern" in metadata and not regex.fullmatch(metadata["pattern"], value):
        yield f"{path}: {json.dumps(value)} does not match {metadata['pattern']}"


def check_members(members, required, value, path, least_sizes):
    prefix = f"{path}." if path else ""
    for name in required:
        if name in members and name not in value:
            yield f"{prefix}{name}: is required"
    for name, item in value.items():
        if name in members:
            yield from check(members[name], item, f"{prefix}{name}", least_sizes)
        else:
            yield f"{prefix}{name}: is not known to the model"


def in_location(shape, location):
    """The members of an input that travel in a place, by their wire names."""
    return {
        member.serialization.get("name", name): (name, member)
        for name, member in (shape.members if shape else {}).items()
        if member.serialization.get("location") == location
    }


def check_request(operation, call):
    """Yields what of a request breaks the model."""
    if call["method"] != operation.http["method"]:
        yield f"method: {call['method']} is not {operation.http['method']}"
    url = urlsplit(call["uri"])
    yield from check_path(operation, url.path)
    yield from check_query(operation, url.query)
    yield from check_request_body(operation, call)


def check_path(operation, path):
    template = operation.http["requestUri"].split("/")
    segments = path.split("/")
    if len(template) != len(segments):
        yield f"path: {path} is not of the form {operation.http['requestUri']}"
        return
    labels = in_location(operation.input_shape, "uri")
    for wanted, segment in zip(template, segments):
        if wanted.startswith("{"):
            name, shape = labels[wanted.strip("{}")]
            if not segment:
                yield f"path.{name}: is empty"
            yield from check(shape, unquote(segment), f"path.{name}")
        elif wanted != segment:
            yield f"path: {path} is not of the form {operation.http['requestUri']}"
            return


def check_query(operation, query):
    members = in_location(operation.input_shape, "querystring")
    values = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        name, value = unquote(name), unquote(value)
        if name not in members:
            yield f"query.{name}: is not known to the model"
        elif members[name][1].type_name == "list":
            values.setdefault(name, []).append(value)
        elif name in values:
            yield f"query.{name}: is given twice"
        else:
            is_number = members[name][1].type_name == "integer" and regex.fullmatch("-?[0-9]+", value)
            values[name] = int(value) if is_number else value
    for wire, (name, shape) in members.items():
        if wire in values:
            yield from check(shape, values[wire], f"query.{wire}")
        elif name in operation.input_shape.required_members:
            yield f"query.{wire}: is required"


def check_request_body(operation, call):
    shape, body = operation.input_shape, call["request_body"]
    members = {
        member.serialization.get("name", name): member
        for name, member in (shape.members if shape else {}).items()
        if "location" not in member.serialization
    }
    if not members:
        if body is not None:
            yield "body: the operation takes none"
        return
    if body is not None and not isinstance(body, dict):
        yield "body: is not an object"
        return
    if body is not None and call["request_headers"].get("content-type") != "application/json":
        yield "header content-type: is not application/json"
    yield from check_members(members, shape.required_members, body or {}, "body", True)


def check_response(operation, call):
    """Yields what of an answer breaks the model."""
    if not call["response_headers"].get("x-amzn-requestid"):
        yield "response header x-amzn-requestid: is required"
    if call["status"] >= 300:
        yield from check_error(operation, call)
        return
    expected = operation.http.get("responseCode", 200)
    if call["status"] != expected:
        yield f"response status: {call['status']} is not {expected}"
    shape, body = operation.output_shape, call["response_body"]
    if shape is None:
        if body is not None:
            yield "response body: the operation answers none"
        return
    faults = list(check(shape, body, "response", least_sizes=False))
    yield from faults or check_parsed(shape, call)


def check_parsed(shape, call):
    """Yields whether botocore's own parser reads other values than the answer has."""
    raw = {
        "status_code": call["status"],
        "headers": call["response_headers"],
        "body": json.dumps(call["response_body"]).encode(),
    }
    parsed = create_parser("rest-json").parse(raw, shape)
    parsed.pop("ResponseMetadata", None)
    if parsed != as_parsed(shape, call["response_body"]):
        yield f"response: botocore reads {parsed!r}"


def as_parsed(shape, value):
    """A value as botocore gives it to its callers."""
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(value, tz=datetime.timezone.utc)
    if shape.type_name == "list":
        return [as_parsed(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: as_parsed(shape.value, item) for key, item in value.items()}
    if shape.type_name == "structure":
        return {name: as_parsed(shape.members[name], item) for name, item in value.items()}
    return value


def check_error(operation, call):
    code = call["response_headers"].get("x-amzn-errortype", "").split(":")[0].rpartition("#")[2]
    declared = {error.name: error for error in operation.error_shapes}
    if code in declared:
        status = declared[code].metadata["error"]["httpStatusCode"]
    elif code in COMMON_ERRORS:
        status = COMMON_ERRORS[code]
    else:
        yield f"response error: {code!r} is not declared"
        return
    if call["status"] != status:
        yield f"response status: {call['status']} is not {code}'s {status}"
    body = call["response_body"]
    if not isinstance(body, dict):
        yield "response error: has no document"
        return
    if not isinstance(body.get("Message", body.get("message")), str):
        yield "response error: has no message"
    if code in declared:
        rest = {name: value for name, value in body.items() if name != "message"}
        yield from check(declared[code], rest, f"response {code}", least_sizes=False)


def check_line(model, line):
    """Yields what of a line of a journal breaks the model."""
    try:
        call = json.loads(line)
        name = call["operation"]
        if name not in model.operation_names:
            yield f"operation: {name} is not known to the model"
            return
        operation = model.operation_model(name)
        yield from (f"{name} {fault}" for fault in check_request(operation, call))
        if not call["scripted"] and call["status"] != 0:
            yield from (f"{name} {fault}" for fault in check_response(operation, call))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        yield f"is no call of a journal: {error!r}"


def main(files):
    """Prints the violations in the files; the exit code."""
    model = load_model()
    calls = violations = 0
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                calls += 1
                for fault in check_line(model, line):
                    violations += 1
                    print(f"{file}:{number}: {fault}")
    print(f"{calls} calls, {violations} violations", file=sys.stderr)
    return 1 if violations else 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
