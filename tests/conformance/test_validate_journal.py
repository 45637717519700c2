"""The validator must report what is wrong, and nothing else."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from validate_journal import check_line, load_model, main

MODEL = load_model()
INSTANCE = "11111111-2222-3333-4444-555555555555"
PATH = f"/security-profiles/{INSTANCE}"
SUMMARY = {
    "Id": "p",
    "Arn": "arn",
    "Name": "Agent",
    "LastModifiedTime": 1700000000.123,
    "LastModifiedRegion": "us-east-1",
    "Type": "CUSTOMER_MANAGED",
}


def call(operation, method, uri, request=None, response=None, status=200, error=None, scripted=False):
    headers = {"x-amzn-requestid": "r", "content-type": "application/json"}
    return {
        "operation": operation,
        "method": method,
        "uri": uri,
        "request_headers": {} if request is None else {"content-type": "application/json"},
        "request_body": request,
        "status": status,
        "response_headers": headers if error is None else {**headers, "x-amzn-errortype": error},
        "response_body": response,
        "effect": False,
        "scripted": scripted,
        "at": 0.1,
    }


def create(request=None, **keywords):
    request = {"SecurityProfileName": "Dispatcher"} if request is None else request
    keywords.setdefault("response", {"SecurityProfileId": "p", "SecurityProfileArn": "arn"})
    return call("CreateSecurityProfile", "PUT", PATH, request, **keywords)


def created(**members):
    return create({"SecurityProfileName": "Dispatcher", **members})


def listed(summary=None, query="", **answer):
    answer.setdefault("SecurityProfileSummaryList", [summary or SUMMARY])
    uri = f"/security-profiles-summary/{INSTANCE}{query}"
    return call("ListSecurityProfiles", "GET", uri, response=answer)


def untagged(query):
    return call("UntagResource", "DELETE", f"/tags/arn%3Aaws%2Fp{query}")


def update(request, **keywords):
    return call("UpdateSecurityProfile", "POST", f"{PATH}/p", request, **keywords)


def delete(**keywords):
    return call("DeleteSecurityProfile", "DELETE", f"{PATH}/p", **keywords)


def faults(of):
    return list(check_line(MODEL, json.dumps(of)))


@pytest.mark.parametrize(
    "good",
    [
        create(),
        created(Tags={"é b": ""}, Permissions=[], Applications=[{"Type": "MCP"}]),
        listed(query="?maxResults=1000&nextToken=a%2Fb"),
        listed(NextToken="t"),
        untagged("?tagKeys=a%20b&tagKeys=c"),
        update({}),
        delete(),
        call("ListTagsForResource", "GET", "/tags/arn", response={"tags": {}}),
        create(status=409, error="DuplicateResourceException", response={"Message": "taken"}),
        create(status=429, error="LimitExceededException:http://x/", response={"message": "full"}),
        delete(status=409, error="ResourceInUseException", response={"Message": "m", "ResourceType": "USER"}),
        update({}, status=403, error="AccessDeniedException", response={"Message": "no"}),
        create(status=502, response="<html>", scripted=True),
        create(status=0, response=None),
    ],
)
def test_a_good_call_has_no_violation(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ({**create(), "operation": "MakeProfile"}, "operation: MakeProfile is not known"),
        ({**create(), "method": "POST"}, "method: POST is not PUT"),
        ({**create(), "uri": "/security-profile/x"}, "path: /security-profile/x is not of the form"),
        ({**create(), "uri": f"{PATH}/p"}, "is not of the form"),
        ({**create(), "uri": "/security-profiles/" + "x" * 101}, "path.InstanceId: size 101 is above the maximum 100"),
        ({**create(), "uri": f"{PATH}?dryRun=true"}, "query.dryRun: is not known"),
        (listed(query="?maxResults=1001"), "query.maxResults: value 1001 is above the maximum 1000"),
        (listed(query="?maxResults=ten"), "query.maxResults: \"ten\" is not of the type integer"),
        (listed(query="?nextToken=a&nextToken=b"), "query.nextToken: is given twice"),
        (untagged(""), "query.tagKeys: is required"),
        (untagged("?tagKeys=aws%3Ax"), "does not match"),
        (create({}), "body.SecurityProfileName: is required"),
        (created(SecurityProfileName="a.b"), "body.SecurityProfileName: \"a.b\" does not match"),
        (created(Colour="red"), "body.Colour: is not known"),
        (created(Tags={}), "body.Tags: size 0 is below the minimum 1"),
        (created(Tags={"a*b": ""}), "body.Tags key: \"a*b\" does not match"),
        (created(Permissions="X"), "body.Permissions: \"X\" is not of the type list"),
        (created(Permissions=[True]), "body.Permissions[0]: true is not of the type string"),
        (created(Permissions=["x"] * 501), "body.Permissions: size 501 is above the maximum 500"),
        (created(Applications=[{"Type": "OTHER"}]), "body.Applications[0].Type: \"OTHER\" is not one of MCP"),
        (created(AllowedAIAgents=[{"Name": "n"}]), "body.AllowedAIAgents[0].Name: is not known"),
        (update({"SecurityProfileName": "n"}), "body.SecurityProfileName: is not known"),
        ({**update({}), "request_headers": {}}, "header content-type"),
        ({**delete(), "request_body": {}}, "body: the operation takes none"),
        (create(status=201), "response status: 201 is not 200"),
        (create(response=None), "response: null is not of the type structure"),
        (create(response={"Id": "p"}), "response.Id: is not known"),
        (update({}, response={}), "response body: the operation answers none"),
        (listed({**SUMMARY, "Type": "OURS"}), "\"OURS\" is not one of AWS_MANAGED"),
        (listed({**SUMMARY, "LastModifiedTime": "2026-11-20T00:00:00Z"}), "is not of the type timestamp"),
        (listed({**SUMMARY, "LastModifiedRegion": "nowhere"}), "does not match"),
        (create(status=400, error="ValidationError", response={"Message": "m"}), "'ValidationError' is not declared"),
        (create(status=409, error="ResourceInUseException", response={"Message": "m"}), "is not declared"),
        (create(status=400, error="LimitExceededException", response={"Message": "m"}), "400 is not LimitExceeded"),
        (create(status=409, error="DuplicateResourceException", response={}), "has no message"),
        (create(status=409, error="DuplicateResourceException", response=None), "has no document"),
        (
            delete(status=409, error="ResourceInUseException", response={"Message": "m", "ResourceType": "PERSON"}),
            "\"PERSON\" is not one of CONTACT",
        ),
        ({"operation": "CreateSecurityProfile"}, "is no call of a journal"),
    ],
)
def test_a_bad_call_is_reported(bad, fault):
    reported = faults(bad)
    assert len(reported) == 1 and fault in reported[0], reported


def test_the_request_of_a_scripted_call_is_checked():
    assert faults(create({}, status=500, response=None, scripted=True)) != []


def test_an_answer_without_a_request_id_is_reported():
    bad = copy.deepcopy(create())
    del bad["response_headers"]["x-amzn-requestid"]
    assert faults(bad) == ["CreateSecurityProfile response header x-amzn-requestid: is required"]


def test_the_exit_code_says_whether_there_are_violations(tmp_path, capsys):
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(json.dumps(create()) + "\n")
    bad.write_text(json.dumps(create()) + "\n" + json.dumps(create({})) + "\nnot JSON\n")
    assert main([str(good)]) == 0
    assert capsys.readouterr().out == ""
    assert main([str(good), str(bad)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{bad}:2: CreateSecurityProfile body.SecurityProfileName: is required"
    assert lines[1].startswith(f"{bad}:3: is no call of a journal")
    assert len(lines) == 2


def test_without_files_the_usage_is_told():
    script = Path(__file__).with_name("validate_journal.py")
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert result.returncode == 1 and "Usage" in result.stderr
