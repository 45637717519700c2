"""A security profile by crhelper and boto3, as crhelper's README shows a resource."""

from crhelper import CfnResource

helper = CfnResource(json_logging=False, log_level="INFO", boto_level="CRITICAL")

try:
    import boto3

    connect = boto3.client("connect")
except Exception as error:
    helper.init_failure(error)


@helper.create
def create(event, _):
    properties = event["ResourceProperties"]
    created = connect.create_security_profile(
        InstanceId=properties["InstanceId"],
        SecurityProfileName=properties["SecurityProfileName"],
        Description=properties["Description"],
        Permissions=properties["Permissions"],
    )
    helper.Data["Arn"] = created["SecurityProfileArn"]
    return created["SecurityProfileId"]


@helper.update
def update(event, _):
    properties = event["ResourceProperties"]
    connect.update_security_profile(
        InstanceId=properties["InstanceId"],
        SecurityProfileId=event["PhysicalResourceId"],
        Description=properties["Description"],
        Permissions=properties["Permissions"],
    )


@helper.delete
def delete(event, _):
    connect.delete_security_profile(
        InstanceId=event["ResourceProperties"]["InstanceId"], SecurityProfileId=event["PhysicalResourceId"]
    )


def handler(event, context):
    helper(event, context)
