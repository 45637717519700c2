"""The function that answers where the provider could not: taken from `template.yaml`, run as by Lambda."""

import ast
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from bucket import bucket
from records import (
    CANARY,
    FUNCTION_ARN,
    HOST,
    KEY,
    PROFILE,
    SIGNED,
    STACK_ID,
    WAYS_TO_FAIL,
    event,
    failed_run,
    record,
    through_sns,
)
from sam_template import CODE, FUNCTION, LOG_GROUP, environment

UNKNOWN = "connect-security-profile:unknown"
OURS = f"https://{HOST}/{KEY}?{SIGNED}"


@pytest.fixture
def run(tmp_path):
    """Runs the function with a record. Whatever happens, no output holds a credential."""

    def run(what, port, allowed=None, function=FUNCTION_ARN):
        task = {
            "function": function,
            "code": CODE,
            "record": what,
            "port": port,
            "environment": environment(f"http://127.0.0.1:{port}" if allowed is None else allowed)
            | {
                "AWS_SECRET_ACCESS_KEY": CANARY,
                "HTTPS_PROXY": "http://127.0.0.1:1",
                "https_proxy": "http://127.0.0.1:1",
            },
        }
        path = tmp_path / "task.json"
        path.write_text(json.dumps(task), encoding="utf-8")
        program = Path(__file__).with_name("one_run.py")
        ended = subprocess.run(
            [sys.executable, "-I", program, path], capture_output=True, encoding="utf-8", timeout=20
        )
        assert ended.returncode == 0, ended.stderr
        seen = SimpleNamespace(**json.loads(path.read_text(encoding="utf-8")), log=ended.stdout)
        assert CANARY not in ended.stdout + ended.stderr + json.dumps(seen.error)
        return seen

    return run


def local(port, query=SIGNED):
    return f"http://127.0.0.1:{port}/bucket/{KEY}?{query}"


def function_beside(stack):
    """The function's ARN in the partition and the region of the stack."""
    _, partition, _, region, *_ = stack.split(":") + [""] * 4
    return f"arn:{partition}:lambda:{region}:123456789012:function:connect-profiles-last-resort"


def answers(served):
    """The documents that arrived, each checked for what holds for all of them."""
    read = []
    for request in served.requests:
        assert len(request.body) <= 4096
        assert request.headers["content-type"] == ""
        document = json.loads(request.body)
        assert document["Status"] == "FAILED"
        assert document["Reason"].isprintable()
        assert CANARY not in request.body.decode()
        assert all(isinstance(value, str) and value for value in document.values())
        read.append(document)
    return read


def test_the_code_fits_into_a_template_and_needs_the_standard_library_only():
    # CloudFormation took no more than 4,096 characters until 2022; now the zip may have 4 MB. Not tried on live AWS.
    assert len(CODE) <= 8192
    assert CODE.isascii()
    imported = [node for node in ast.walk(ast.parse(CODE)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {getattr(node, "module", None) or alias.name for node in imported for alias in node.names}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert FUNCTION["Handler"] == "index.handler"


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_each_way_to_fail_is_answered_with_the_right_ids(run, way, kind):
    with bucket() as served:
        made = event(local(served.port), kind)
        seen = run(record(made, WAYS_TO_FAIL[way]), served.port)
    [answer] = answers(served)
    assert seen.error is None
    assert answer["PhysicalResourceId"] == (UNKNOWN if kind == "Create" else PROFILE)
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[name] == made[name]
    assert f"did not answer this {kind}: " in answer["Reason"]
    assert LOG_GROUP in answer["Reason"]
    assert WAYS_TO_FAIL[way]["requestContext"]["condition"] in answer["Reason"]


def test_a_reason_says_what_happened_where_to_look_and_what_to_do(run):
    ways = ("crash", "throttled", "stopped")
    with bucket() as served:
        for way in ways:
            run(record(event(local(served.port)), WAYS_TO_FAIL[way]), served.port)
    told = [answer["Reason"] for answer in answers(served)]
    begin = "The provider did not answer this Create: "
    where = (
        "What it did until then is not known; the next update or delete of the resource finds out. "
        "See Lambda's request 8ea123e4-1db7-4aca-ad10-d9ca1234c1fd in the log group "
        f"{LOG_GROUP}, put right what it shows, and try again. The error: "
    )
    assert told == [
        f"{begin}every try ended with an error (RetriesExhausted, tries: 3, Unhandled). {where}"
        "Runtime.ExitError: RequestId: 8ea123e4-1db7-4aca-ad10-d9ca1234c1fd "
        "Error: Runtime exited with error: signal: aborted",
        f"{begin}it waited too long in Lambda's queue, as it does while the function is throttled "
        f"(EventAgeExceeded, tries: 0, TooManyRequestsException). {where}unknown: unknown",
        f"{begin}the function is stopped, as its reserved concurrency is set to zero "
        f"(ZeroReservedConcurrency, tries: 0, unknown). {where}unknown: unknown",
    ]


def test_the_url_is_used_byte_for_byte(run):
    query = f"{SIGNED}&x=a+b%2F|c%7Cd~()*"
    with bucket() as served:
        run(record(event(local(served.port, query))), served.port)
    [request] = served.requests
    assert request.target == f"/bucket/{KEY}?{query}"
    assert int(request.headers["content-length"]) == len(request.body)


def test_an_event_that_came_through_sns_is_answered_record_by_record(run):
    with bucket() as served:
        events = [event(local(served.port), "Delete", RequestId=str(number)) for number in range(3)]
        seen = run(record(through_sns(*events)), served.port)
    assert seen.error is None
    assert [answer["RequestId"] for answer in answers(served)] == ["0", "1", "2"]


def test_a_record_that_comes_through_sns_is_read(run):
    with bucket() as served:
        one = record(event(local(served.port), RequestId="one"))
        two = record(through_sns(event(local(served.port), RequestId="two")))
        seen = run(through_sns(one, two), served.port)
    assert seen.error is None
    assert [answer["RequestId"] for answer in answers(served)] == ["one", "two"]


def test_what_cannot_be_answered_keeps_nobody_else_from_an_answer(run):
    with bucket(403) as served:
        made = event(local(served.port))
        seen = run(record(through_sns(made, "not JSON", "7", "[]", "null", {}, made)), served.port)
    assert len(answers(served)) == 2
    assert seen.error == [
        "Unanswered",
        f"not answered: 127.0.0.1:{served.port}: 403" + "; an id is missing" * 5,
    ]


@pytest.mark.parametrize(
    "stack, host",
    [
        (STACK_ID, HOST),
        (STACK_ID, HOST.replace("s3.eu-west-1", "s3-eu-west-1")),
        (STACK_ID, HOST.replace("s3.eu-west-1", "s3")),
        (
            STACK_ID.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"),
            "cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn",
        ),
        (
            STACK_ID.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1"),
            "cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com",
        ),
    ],
)
def test_cloudformation_s_own_buckets_are_reached_directly_and_with_a_verified_certificate(run, stack, host):
    with bucket() as served:
        made = event(f"https://{host}/{KEY}?{SIGNED}", StackId=stack)
        seen = run(record(made), served.port, allowed="", function=function_beside(stack))
    assert seen.error is None
    assert seen.connections == [[host, 443]]
    assert seen.tls == [[host, True, "CERT_REQUIRED"]]
    [request] = served.requests
    assert (request.target, request.headers["host"]) == (f"/{KEY}?{SIGNED}", host)


@pytest.mark.parametrize(
    "url",
    [
        OURS.replace("https:", "http:"),
        OURS.replace(HOST, "169.254.169.254"),
        OURS.replace(HOST, "localhost"),
        OURS.replace(HOST, HOST + ".evil.example"),
        OURS.replace(HOST, "evil.example/" + HOST),
        OURS.replace(HOST, "user@" + HOST),
        OURS.replace(HOST, HOST + "@evil.example"),
        OURS.replace(HOST, HOST + ":8443"),
        OURS.replace(HOST, HOST + ":443"),
        OURS.replace(HOST, HOST + "."),
        OURS.replace(HOST, HOST.upper()),
        OURS.replace(HOST, HOST.replace("euwest1", "useast1").replace("eu-west-1", "us-east-1")),
        OURS.replace(HOST, HOST.replace("euwest1", "eu-west-1")),
        OURS.replace(HOST, HOST.replace(".s3.", "xs3.")),
        OURS.replace(HOST, HOST.replace(".s3.", ".s3x")),
        OURS.replace(HOST, HOST + ".cn"),
        OURS.replace(HOST, "x" + HOST),
        OURS.replace(HOST, HOST.replace("c", "ｃ")),
        OURS.replace("https://", "https:\\\\"),
        OURS.replace(f"{HOST}/", f"{HOST}\\"),
        OURS + "#fragment",
        OURS + "\r\nX: y",
        OURS + " ",
        f"https://{HOST}/",
        f"https://{HOST}?{SIGNED}",
        f"file:///{HOST}/{KEY}",
        "http://127.0.0.1:1/allowed/is/another?" + SIGNED,
        "not a URL",
        "",
        7,
        None,
    ],
)
def test_any_other_host_is_refused_before_a_connection_is_made(run, url):
    with bucket() as served:
        seen = run(record(event(url)), served.port, allowed="http://127.0.0.1:2, https://evil.example:8080")
    assert seen.error[0] == "Unanswered"
    assert not seen.connections
    assert not served.requests


@pytest.mark.parametrize(
    "stack",
    [
        "arn:aws-iso:cloudformation:us-iso-east-1:123456789012:stack/s/u",
        STACK_ID.replace("eu-west-1", "evil"),
        STACK_ID.replace("eu-west-1", "eu1"),
        "stack",
    ],
)
def test_a_stack_of_nowhere_has_no_bucket_of_its_own_but_may_use_an_allowed_origin(run, stack):
    region = (stack.split(":") + [""] * 4)[3]
    host = f"cloudformation-custom-resource-response-{region.replace('-', '')}.s3.{region}.amazonaws.com"
    with bucket() as served:
        made = event(f"https://{host}/{KEY}?{SIGNED}", StackId=stack)
        assert run(record(made), served.port).error
        assert not served.requests
        assert not run(record(event(local(served.port), StackId=stack)), served.port).error
    assert len(answers(served)) == 1


def test_only_one_partition_has_a_bucket_without_a_region(run):
    host = "cloudformation-custom-resource-response-cnnorth1.s3.amazonaws.com.cn"
    stack = STACK_ID.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1")
    with bucket() as served:
        made = event(f"https://{host}/{KEY}?{SIGNED}", StackId=stack)
        seen = run(record(made), served.port, function=function_beside(stack))
    assert seen.error
    assert not seen.connections


@pytest.mark.parametrize(
    "stack",
    [
        STACK_ID.replace("eu-west-1", "us-east-1"),
        STACK_ID.replace("eu-west-1", "eu-west-9"),
        STACK_ID.replace("arn:aws:", "arn:aws-us-gov:"),
        STACK_ID.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"),
    ],
)
def test_the_bucket_of_another_region_or_partition_is_refused_whatever_the_stack(run, stack):
    _, partition, _, region, *_ = stack.split(":")
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    host = f"cloudformation-custom-resource-response-{region.replace('-', '')}.s3.{region}.{suffix}"
    with bucket() as served:
        seen = run(record(event(f"https://{host}/{KEY}?{SIGNED}", StackId=stack)), served.port)
        assert seen.error and not seen.connections
        assert not run(record(event(local(served.port), StackId=stack)), served.port).error


@pytest.mark.parametrize(
    "allowed", ["http://127.0.0.1:{}", "https://a.example, http://127.0.0.1:{}/ ,", "HTTP://127.0.0.1:{}"]
)
def test_an_allowed_origin_is_read_as_the_provider_reads_it(run, allowed):
    with bucket() as served:
        assert not run(
            record(event(local(served.port))), served.port, allowed=allowed.format(served.port)
        ).error
    assert len(answers(served)) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(run, status):
    with bucket(status) as served:
        seen = run(record(event(local(served.port))), served.port)
    assert len(served.requests) == 1
    assert seen.error == ["Unanswered", f"not answered: 127.0.0.1:{served.port}: {status}"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_not_tried_again_and_is_raised(run, status):
    with bucket(status) as served:
        seen = run(record(event(local(served.port))), served.port)
    assert (len(served.requests), seen.waits) == (1, [0])
    assert seen.error == ["Unanswered", f"not answered: 127.0.0.1:{served.port}: {status}"]


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_what_may_pass_is_tried_again(run, status):
    with bucket(status, status) as served:
        seen = run(record(event(local(served.port))), served.port)
    assert seen.error is None
    assert seen.waits == [0, 1, 4]
    assert len({request.body for request in served.requests}) == 1
    assert len(answers(served)) == 3


def test_after_three_tries_it_raises(run):
    with bucket(*[503] * 9) as served:
        seen = run(record(event(local(served.port))), served.port)
    assert len(served.requests) == 3
    assert seen.error == ["Unanswered", f"not answered: 127.0.0.1:{served.port}: 503"]


def test_a_bucket_that_cannot_be_reached_is_raised(run):
    with bucket() as served:
        port = served.port
    seen = run(record(event(local(port))), port)
    assert len(seen.connections) == 3
    assert seen.error == ["Unanswered", f"not answered: 127.0.0.1:{port}: ConnectionRefusedError"]


@pytest.mark.parametrize("missing", ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
def test_without_an_id_or_a_url_nothing_is_sent(run, missing):
    with bucket() as served:
        seen = run(record(event(local(served.port), **{missing: None})), served.port)
    assert seen.error[0] == "Unanswered"
    assert not seen.connections


@pytest.mark.parametrize("physical_id", ["", 7, ["x"], {"a": 1}, "a\nb", "\ud800", "i" * 1025, "é" * 513])
def test_what_cannot_be_a_physical_id_is_unknown(run, physical_id):
    with bucket() as served:
        seen = run(record(event(local(served.port), "Update", PhysicalResourceId=physical_id)), served.port)
    assert seen.error is None
    assert [answer["PhysicalResourceId"] for answer in answers(served)] == [UNKNOWN]


@pytest.mark.parametrize("kind", ["Update", "Delete", None])
def test_without_a_physical_id_it_is_unknown(run, kind):
    with bucket() as served:
        seen = run(record(event(local(served.port), kind, PhysicalResourceId=None)), served.port)
    assert seen.error is None
    assert [answer["PhysicalResourceId"] for answer in answers(served)] == [UNKNOWN]


def test_a_create_has_no_id_yet_whatever_it_says(run):
    with bucket() as served:
        run(record(event(local(served.port), PhysicalResourceId=PROFILE)), served.port)
    assert [answer["PhysicalResourceId"] for answer in answers(served)] == [UNKNOWN]


@pytest.mark.parametrize("payload", [None, "text", ["list"], 7, {}, {"errorMessage": {"nested": None}}])
def test_a_record_that_says_little_is_answered(run, payload):
    with bucket() as served:
        way = {"requestContext": None, "responseContext": [], "responsePayload": payload}
        seen = run(record(event(local(served.port)), way), served.port)
    assert seen.error is None
    [answer] = answers(served)
    assert "Lambda gave up on it (unknown, tries: unknown" in answer["Reason"]


@pytest.mark.parametrize(
    "what", [{}, [], None, "text", {"Records": []}, {"requestPayload": None}, {"requestPayload": "x"}]
)
def test_what_is_no_record_is_raised(run, what):
    seen = run(what, 1)
    assert seen.error[0] == "Unanswered"
    assert not seen.connections


@pytest.mark.parametrize("letter", ["x", "é", "\N{ROCKET}", '"', "\\", "\x1b", "\N{LINE SEPARATOR}"])
@pytest.mark.parametrize("physical_id", [PROFILE, "i" * 1024])
def test_a_giant_error_is_shortened_and_the_advice_stays(run, letter, physical_id):
    with bucket() as served:
        made = event(local(served.port), "Update", PhysicalResourceId=physical_id)
        seen = run(record(made, failed_run("Big", letter * 200_000)), served.port)
    assert seen.error is None
    [answer] = answers(served)
    assert answer["PhysicalResourceId"] == physical_id
    assert "try again." in answer["Reason"]


def test_ids_that_leave_no_room_are_raised(run):
    with bucket() as served:
        seen = run(record(event(local(served.port), LogicalResourceId="L" * 4000)), served.port)
    assert seen.error == ["Unanswered", "not answered: the ids leave no room"]
    assert not seen.connections


def test_control_characters_are_taken_out(run):
    with bucket() as served:
        run(
            record(event(local(served.port)), failed_run("A\x00B", "\x1b[31mboom\x7f\x85\u2028\r\nnext")),
            served.port,
        )
    [answer] = answers(served)
    assert answer["Reason"].endswith("The error: A B:  [31mboom     next")


def test_an_error_of_the_library_s_is_named_by_its_type_alone(run):
    with bucket() as served:
        # The error's own text would quote the id.
        seen = run(record(event(local(served.port), RequestId=CANARY[::-1] + "\ud800")), served.port)
    assert seen.error == ["Unanswered", "not answered: UnicodeEncodeError"]
    assert not served.requests


def test_a_url_in_an_error_loses_its_query(run):
    with bucket() as served:
        run(
            record(event(local(served.port)), failed_run("Panicked", f"could not PUT {OURS} at all")),
            served.port,
        )
    [answer] = answers(served)
    assert answer["Reason"].endswith(f"Panicked: could not PUT https://{HOST}/{KEY}?... at all")


@pytest.mark.parametrize("condition", ["AWS_SECRET_ACCESS_KEY", "{why.__class__}", "../x"])
def test_a_forged_condition_reads_nothing_of_the_environment(run, condition):
    way = WAYS_TO_FAIL["crash"] | {"requestContext": {"condition": condition}}
    with bucket() as served:
        run(record(event(local(served.port)), way), served.port)
    [answer] = answers(served)
    assert f"Lambda gave up on it ({condition}," in answer["Reason"]


def signed_before(seconds):
    return SIGNED + time.strftime("&X-Amz-Date=%Y%m%dT%H%M%SZ", time.gmtime(time.time() - seconds))


@pytest.mark.parametrize("seconds, timeout", [(0, None), (3500, None), (50, "60"), (-60, "60"), (250, 300)])
def test_while_cloudformation_listens_it_is_answered(run, seconds, timeout):
    with bucket() as served:
        made = event(local(served.port, signed_before(seconds)), ServiceTimeout=timeout)
        assert not run(record(made), served.port).error
    assert len(answers(served)) == 1


@pytest.mark.parametrize("seconds, timeout", [(3700, None), (70, "60"), (7000, "3600")])
def test_once_cloudformation_has_given_up_nothing_is_sent_and_nothing_raised(run, seconds, timeout):
    with bucket() as served:
        made = event(local(served.port, signed_before(seconds)), ServiceTimeout=timeout)
        seen = run(record(made), served.port)
    assert seen.error is None
    assert not seen.connections
    assert "too late for an answer" in seen.log


def test_each_outcome_is_one_line_of_json_with_the_ids(run):
    with bucket(200, 403) as served:
        made = [event(local(served.port), LogicalResourceId=name) for name in ("A\nB", "C")]
        seen = run(record(through_sns(*made)), served.port)
    lines = [json.loads(line) for line in seen.log.splitlines()]
    assert [(line["outcome"], line["LogicalResourceId"]) for line in lines] == [
        ("answered FAILED", "A\nB"),
        (f"127.0.0.1:{served.port}: 403", "C"),
    ]
    assert all(line["StackId"] == STACK_ID and line["RequestId"] for line in lines)
