"""The security profiles of a small contact centre.

cdk deploy -c instanceArn=arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555
"""

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from connect_security_profile_cdk import (
    Permission,
    RestrictedResource,
    SecurityProfile,
    SecurityProfileProvider,
)

app = App()
stack = Stack(app, "ContactCentre")
instance_arn = app.node.try_get_context("instanceArn")
# A folder with the function's `bootstrap`; without it, the zip in the package is used.
folder = app.node.try_get_context("provider")

SecurityProfileProvider.singleton(
    stack,
    code=lambda_.Code.from_asset(folder) if folder else None,
    denied_permissions=["SecurityProfiles.*"],
)

agents = SecurityProfile(
    stack,
    "Agents",
    instance_arn=instance_arn,
    security_profile_name="Contact centre agents",
    description="Takes and makes calls",
    permissions=[Permission.BASIC_AGENT_ACCESS, Permission.OUTBOUND_CALL_ACCESS],
)

SecurityProfile(
    stack,
    "Supervisors",
    instance_arn=instance_arn,
    security_profile_name="Contact centre supervisors",
    description="Sees the numbers, and the agents of the own team",
    permissions=[Permission.ACCESS_METRICS, Permission.BASIC_AGENT_ACCESS, Permission.USERS_VIEW],
    allowed_access_control_tags={"team": "support"},
    tag_restricted_resources=[RestrictedResource.USER],
    removal_policy=RemovalPolicy.RETAIN,
)

# A profile that is there already, and that this stack only names.
standard = SecurityProfile.from_security_profile_name(
    stack, "Standard", instance_arn=instance_arn, security_profile_name="Agent"
)

Tags.of(app).add("team", "support")

CfnOutput(stack, "AgentsArn", value=agents.security_profile_arn)
CfnOutput(stack, "StandardArn", value=standard.security_profile_arn)

app.synth()
