"""What Lambda hands to the destination of a failure.

The forms are from its documentation and from public reports of the errors; none was captured from live AWS.
"""

import json

STACK_ID = (
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/contact-centre/5b6a1e10-9c1f-11ef-8d5e-0affd1a2b3c4"
)
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:connect-profiles-last-resort"
PROFILE = "arn:aws:connect:eu-west-1:123456789012:instance/i/security-profile/p"
HOST = "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com"
KEY = "arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/contact-centre/u%7CAgents%7C7d4b5a4e"
CANARY = "5ecretcanary"
SIGNED = f"X-Amz-Expires=7200&X-Amz-Credential=AKIA{CANARY}&X-Amz-Signature={CANARY}"

_REQUEST = "8ea123e4-1db7-4aca-ad10-d9ca1234c1fd"


def event(url, kind="Create", **more):
    """A request of CloudFormation's; a member that is None is left out."""
    made = {
        "RequestType": kind,
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:connect-profiles-provider",
        "ResponseURL": url,
        "StackId": STACK_ID,
        "RequestId": "7d4b5a4e-0000-4000-8000-000000000000",
        "LogicalResourceId": "Agents",
        "ResourceType": "Custom::ConnectSecurityProfile",
        "ResourceProperties": {"SecurityProfileName": "Agents"},
    }
    if kind != "Create":
        made["PhysicalResourceId"] = PROFILE
    made |= more
    return {name: value for name, value in made.items() if value is not None}


def failed_run(error_type, error_message, function_error="Unhandled"):
    """The parts of a record after three runs that failed."""
    return {
        "requestContext": {
            "requestId": _REQUEST,
            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:connect-profiles-provider:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": function_error},
        "responsePayload": {"errorType": error_type, "errorMessage": error_message},
    }


def never_run(condition, **more):
    """The parts of a record without a run."""
    context = failed_run("", "")["requestContext"]
    return {"requestContext": context | {"condition": condition, "approximateInvokeCount": 0}} | more


WAYS_TO_FAIL = {
    "timeout": failed_run(
        "Sandbox.Timedout", f"RequestId: {_REQUEST} Error: Task timed out after 600.00 seconds"
    ),
    "timeout, in the older form": failed_run(
        None, f"2026-01-01T00:00:00.000Z {_REQUEST} Task timed out after 600.00 seconds"
    ),
    "crash": failed_run(
        "Runtime.ExitError", f"RequestId: {_REQUEST} Error: Runtime exited with error: signal: aborted"
    ),
    "out of memory": failed_run(
        "Runtime.OutOfMemory", f"RequestId: {_REQUEST} Error: Runtime exited with error: signal: killed"
    ),
    "failed start": failed_run(
        "Runtime.InvalidEntrypoint",
        f"RequestId: {_REQUEST} Error: fork/exec /var/task/bootstrap: exec format error",
    ),
    "answer not delivered": failed_run(
        "ResponseNotDelivered", "the answer was not delivered: `b.example` did not take it in 9 tries"
    ),
    "expired after a run": failed_run("Sandbox.Timedout", "Task timed out") | never_run("EventAgeExceeded"),
    "expired, never run": never_run("EventAgeExceeded"),
    "throttled": never_run(
        "EventAgeExceeded",
        responseContext={"statusCode": 429, "functionError": "TooManyRequestsException"},
        responsePayload=None,
    ),
    "stopped": never_run("ZeroReservedConcurrency", responseContext=None, responsePayload=None),
}


def record(payload, way=None):
    """The whole record."""
    whole = {"version": "1.0", "timestamp": "2026-01-01T00:00:00.000Z", "requestPayload": payload}
    return whole | (WAYS_TO_FAIL["crash"] if way is None else way)


def through_sns(*messages):
    """As SNS hands its messages to a function; what is no text is written as JSON."""
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "Sns": {"Type": "Notification", "Subject": None, "Message": text},
            }
            for text in texts
        ]
    }
