import { App, CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as connect from 'aws-cdk-lib/aws-connect';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Permission, RestrictedResource, SecurityProfile, SecurityProfileProvider } from 'connect-security-profile-cdk';

// cdk deploy -c instanceArn=arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555
const app = new App();
const stack = new Stack(app, 'ContactCentre');
const instanceArn: string = app.node.tryGetContext('instanceArn');
// A folder with the function's `bootstrap`; without it, the zip in the package is used.
const folder: string | undefined = app.node.tryGetContext('provider');

SecurityProfileProvider.singleton(stack, {
  code: folder === undefined ? undefined : lambda.Code.fromAsset(folder),
  deniedPermissions: ['SecurityProfiles.*'],
});

const agents = new SecurityProfile(stack, 'Agents', {
  instanceArn,
  securityProfileName: 'Contact centre agents',
  description: 'Takes and makes calls',
  permissions: [Permission.BASIC_AGENT_ACCESS, Permission.OUTBOUND_CALL_ACCESS],
});

new SecurityProfile(stack, 'Supervisors', {
  instanceArn,
  securityProfileName: 'Contact centre supervisors',
  description: 'Sees the numbers, and the agents of the own team',
  permissions: [Permission.ACCESS_METRICS, Permission.BASIC_AGENT_ACCESS, Permission.USERS_VIEW],
  allowedAccessControlTags: { team: 'support' },
  tagRestrictedResources: [RestrictedResource.USER],
  removalPolicy: RemovalPolicy.RETAIN,
});

// A profile that is there already, and that this stack only names.
const standard = SecurityProfile.fromSecurityProfileName(stack, 'Standard', {
  instanceArn,
  securityProfileName: 'Agent',
});

Tags.of(app).add('team', 'support');

new CfnOutput(stack, 'AgentsArn', { value: agents.securityProfileArn });
new CfnOutput(stack, 'StandardArn', { value: standard.securityProfileArn });

// A user holds profiles by their ARNs.
const routingProfileArn: string | undefined = app.node.tryGetContext('routingProfileArn');
if (routingProfileArn !== undefined) {
  new connect.CfnUser(stack, 'Ada', {
    instanceArn,
    username: 'ada',
    routingProfileArn,
    phoneConfig: { phoneType: 'SOFT_PHONE' },
    securityProfileArns: [agents.securityProfileArn, standard.securityProfileArn],
  });
}
