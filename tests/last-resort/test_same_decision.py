"""The fallback responder decides as the provider does: one table of events through both, the built provider and the code in
the template. Whether there is a response, where, with which status, for which ids.

They differ in two things by design. A Create that the provider refuses made nothing, which only the provider can know. And
for an event that CloudFormation has given up on the provider tries once, the fallback responder not at all.
"""

import json
import time

import pytest
from bucket import bucket
from records import FUNCTION_ARN, HOST, KEY, PROFILE, SIGNED, STACK_ID, event, record, through_sns
from runtime_api import provider
from test_last_resort import UNKNOWN, function_beside, run  # noqa: F401

NONE = "connect-security-profile:none"
OWN = f"https://{HOST}/{KEY}?{SIGNED}"


@pytest.fixture(scope="module")
def both():
    with bucket() as served, provider(f"http://127.0.0.1:{served.port}") as process:
        yield served, process


def stamp(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + seconds))


def v4(seconds, expires="7200"):
    return f"X-Amz-Date={stamp(seconds)}&X-Amz-Expires={expires}&X-Amz-Signature=s"


def v2(seconds):
    return f"AWSAccessKeyId=A&Expires={int(time.time() + seconds)}&Signature=s"


def at(query="x=y", path="/bucket/key"):
    return "{origin}" + path + (f"?{query}" if query else "")


def deep(levels):
    return {} if not levels else {"a": deep(levels - 1)}


URLS = {
    "plain": at(),
    "no query": at(None),
    "SigV4, just sent": at(v4(-5)),
    "SigV4, nearly too late": at(v4(-3590)),
    "SigV4, too late": at(v4(-3605)),
    "SigV4, in the future": at(v4(600)),
    "SigV4, expired": at(v4(-100, "60")),
    "SigV4, not yet expired": at(v4(-100, "120")),
    "SigV4, expires never": at(v4(-5, "99999999999999999999999")),
    "SigV4, expires in words": at(v4(-5, "soon")),
    "SigV4, expires before it began": at(v4(-5, "-1")),
    "SigV4, expires at once": at(v4(-5, "0")),
    "SigV2, just sent": at(v2(7195)),
    "SigV2, nearly too late": at(v2(7200 - 3590)),
    "SigV2, too late": at(v2(7200 - 3605)),
    "SigV2, expired": at(v2(-10)),
    "SigV2, at the beginning of time": at("Expires=0&Signature=s"),
    "SigV2, at the end of time": at("Expires=18446744073709551615&Signature=s"),
    "SigV2, later than that": at("Expires=99999999999999999999999&Signature=s"),
    "SigV2, in words": at("Expires=soon&Signature=s"),
    "SigV2, twice": at(f"Expires=&{v2(-10)}"),
    "both, of which SigV4 counts": at(f"{v4(-5)}&Expires=1"),
    "the first of two dates counts": at(f"{v4(-5)}&X-Amz-Date={stamp(-9999)}"),
    "encoded": at(v4(-3700).replace("X-Amz-Date=2", "X-Amz-Date=%32")),
    "an encoded name": at(v4(-3700).replace("X-Amz-Date", "X-Amz-%44ate")),
    "30 February": at("X-Amz-Date=20260230T000000Z&X-Amz-Expires=1"),
    "month 13": at("X-Amz-Date=20261301T000000Z&X-Amz-Expires=1"),
    "hour 24": at("X-Amz-Date=20260101T240000Z&X-Amz-Expires=1"),
    "second 60": at("X-Amz-Date=20260101T000060Z&X-Amz-Expires=1"),
    "a short date": at("X-Amz-Date=2026111T000000Z&X-Amz-Expires=1"),
    "a date with a zone": at("X-Amz-Date=20260101T000000%2B0000&X-Amz-Expires=1"),
    "no date": at("X-Amz-Date=&Expires=1&Signature=s"),
    "29 February": at("X-Amz-Date=20240229T000000Z&X-Amz-Expires=7200"),
    "dots": at(path="/bucket/../key"),
    "a dot": at(path="/bucket/./key"),
    "dots at the end": at(path="/bucket/.."),
    "encoded dots": at(path="/bucket/%2E%2e/key"),
    "dots in a name": at(path="/bucket/..key"),
    "dots in the query": at("x=/../y"),
    "a quote": at("x='y'"),
    "a quote in the path": at(path="/bucket/it's"),
    "a pipe": at(path="/bucket/a|b"),
    "a brace": at(path="/bucket/{{}}"),
    "a space": at(path="/bucket/a b"),
    "a letter of another script": at(path="/bucket/é"),
    "a backslash": at(path="/bucket\\key"),
    "a fragment": at("x#y"),
    "no object": at(None, "/"),
    "no path": at("x=y", ""),
    "a line break": at("x=y\n"),
    "another port": "http://127.0.0.1:2/bucket/key?x=y",
    "CloudFormation's own": OWN,
    "its own, in the form with a dash": OWN.replace("s3.eu-west-1", "s3-eu-west-1"),
    "its own, in the form without a region": OWN.replace("s3.eu-west-1", "s3"),
    "its own, not signed": f"https://{HOST}/{KEY}?x=y",
    "its own, with an empty signature": f"https://{HOST}/{KEY}?X-Amz-Signature=",
    "its own, signed in the older way": f"https://{HOST}/{KEY}?{v2(7000)}",
    "its own, signed by half": f"https://{HOST}/{KEY}?Signature=s",
    "its own, with a port": OWN.replace(HOST, HOST + ":443"),
    "its own, in capitals": OWN.replace(HOST, HOST.upper()),
    "its own, of another region": OWN.replace("euwest1", "useast1").replace("eu-west-1.amazon", "us-east-1.amazon"),
    "its own, without TLS": OWN.replace("https", "http"),
    "nobody's": OWN.replace(HOST, "evil.example"),
}

PROPERTIES = {
    "ServiceTimeout 30": {"ServiceTimeout": 30},
    "ServiceTimeout '30'": {"ServiceTimeout": "30"},
    "ServiceTimeout '+30'": {"ServiceTimeout": "+30"},
    "ServiceTimeout '0030'": {"ServiceTimeout": "0030"},
    "ServiceTimeout ' 30'": {"ServiceTimeout": " 30"},
    "ServiceTimeout 30.0": {"ServiceTimeout": 30.0},
    "ServiceTimeout '30.5'": {"ServiceTimeout": "30.5"},
    "ServiceTimeout 0": {"ServiceTimeout": 0},
    "ServiceTimeout '0'": {"ServiceTimeout": "0"},
    "ServiceTimeout -1": {"ServiceTimeout": -1},
    "ServiceTimeout 3601": {"ServiceTimeout": 3601},
    "ServiceTimeout a list": {"ServiceTimeout": ["30"]},
    "ServiceTimeout an object": {"ServiceTimeout": {"a": 1}},
    "ServiceTimeout true": {"ServiceTimeout": True},
    "ServiceTimeout null": {"ServiceTimeout": "null"},
    "ServiceTimeout digits of another script": {"ServiceTimeout": "٣٠"},
    "in the properties": {"ResourceProperties": {"ServiceTimeout": "30"}},
    "on top counts": {"ServiceTimeout": "3600", "ResourceProperties": {"ServiceTimeout": "30"}},
    "properties that are a list": {"ResourceProperties": ["ServiceTimeout"]},
}

MEMBERS = {
    "RequestId missing": {"RequestId": None},
    "RequestId empty": {"RequestId": ""},
    "RequestId a number": {"RequestId": 7},
    "StackId a list": {"StackId": ["x"]},
    "StackId no ARN": {"StackId": "stack"},
    "ids with room": {"LogicalResourceId": "L" * 600},
    "ids without room": {"LogicalResourceId": "L" * 660},
    "ids without room once escaped": {"LogicalResourceId": "é" * 110},
    "half a character in an id": {"LogicalResourceId": "\ud800"},
    "ResponseURL missing": {"ResponseURL": None},
    "ResponseURL a number": {"ResponseURL": 7},
    "RequestType unknown": {"RequestType": "Read"},
    "deep": {"ResourceProperties": deep(200)},
    "half a character": {"ResourceProperties": {"Description": "\ud800"}},
    "Records that are none": {"Records": "x"},
    "Records that are an object": {"Records": {}},
}


def verdict_of_provider(both, payload):
    served, process = both
    before = len(served.requests)
    error = process.outcome(json.dumps(payload).encode())
    return error, [json.loads(request.body) for request in served.requests[before:]]


def is_late(document):
    return "came too late" in document["Reason"]


def ids(document):
    physical_id = document["PhysicalResourceId"]
    known = UNKNOWN if physical_id == NONE else physical_id
    return {**document, "PhysicalResourceId": known, "Reason": ""}


def compare(both, run, payload):  # noqa: F811
    """The responses of both, which are the same."""
    served, _ = both
    error, documents = verdict_of_provider(both, payload)
    before = len(served.requests)
    seen = run(record(payload), served.port)
    mine = [json.loads(request.body) for request in served.requests[before:]]
    # What would go to AWS: there the provider stops for want of roots, and the fallback is led here.
    goes_to_aws = [address for address in seen.connections if address[0] != "127.0.0.1"]
    assert (error == "HttpClientUnavailable") == bool(goes_to_aws), (error, seen)
    if goes_to_aws:
        return mine
    in_time = [ids(document) for document in documents if not is_late(document)]

    def key(document):
        return json.dumps(document, sort_keys=True)

    assert sorted(map(key, map(ids, mine))) == sorted(map(key, in_time)), (error, documents, seen)
    assert bool(error) == bool(seen.error), (error, seen)
    return mine


def addressed(both, url):
    return url.replace("{origin}", f"http://127.0.0.1:{both[0].port}").replace("{{}}", "{}")


@pytest.mark.parametrize("name", URLS)
def test_of_a_url(both, run, name):  # noqa: F811
    compare(both, run, event(addressed(both, URLS[name]), "Delete"))


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("name", PROPERTIES)
def test_of_a_timeout(both, run, name, kind):  # noqa: F811
    more = dict(PROPERTIES[name])
    if kind == "Update":
        more["OldResourceProperties"] = {}
    for seconds in -10, -40:
        compare(both, run, event(addressed(both, at(v4(seconds))), kind, **more))


@pytest.mark.parametrize("name", MEMBERS)
def test_of_a_member(both, run, name):  # noqa: F811
    compare(both, run, event(addressed(both, at()), "Create", **MEMBERS[name]))


def test_of_records(both, run):  # noqa: F811
    good = event(addressed(both, at()), "Delete")
    sns = {"Type": "Notification", "Message": json.dumps(good)}
    late = event(addressed(both, at(v4(-9999))), "Delete")
    for payload, responses in [
        (through_sns(good), 1),
        (through_sns(good, "not JSON", good), 2),
        (through_sns(good, late, good), 2),
        (through_sns("7", "[]", "null", {}), 0),
        ({"Records": []}, 0),
        ({"Records": [good]}, 1),
        ({"Records": [json.dumps(good)]}, 0),
        ({"Records": [{"body": json.dumps(good)}]}, 1),
        ({"Records": [{"body": json.dumps(sns)}]}, 1),
        ({"Records": [{"body": json.dumps({"Sns": sns})}]}, 1),
        ({"Records": [{"body": {"body": {"body": {"body": good}}}}]}, 1),
        ({"Records": [{"body": {"body": {"body": {"body": {"body": good}}}}}]}, 0),
        ({"Records": [7, None, good, [good]]}, 1),
        ({"Sns": sns}, 0),
        ({"Records": None, **good}, 1),
    ]:
        assert len(compare(both, run, payload)) == responses, payload


def test_both_know_the_region_that_they_are_in():
    assert FUNCTION_ARN.split(":")[3] == function_beside(STACK_ID).split(":")[3] == "eu-west-1"
    assert PROFILE.startswith("arn:aws:connect:eu-west-1:")
