// What the tests deploy: the provider, and a contact centre in two states.

import { App, CfnOutput, CliCredentialsStackSynthesizer, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  AiAgentType,
  ApplicationType,
  FlowModuleType,
  Permission,
  RestrictedResource,
  SecurityProfile,
  SecurityProfileProvider,
} from 'connect-security-profile-cdk';

const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
const context = (name: string): string => app.node.tryGetContext(name);
const instanceArn = context('instanceArn');
const common = (stackName: string) => ({
  stackName,
  env: { account: '000000000000', region: 'us-east-1' },
  // Without the roles of a bootstrapped account.
  synthesizer: new CliCredentialsStackSynthesizer({ fileAssetsBucketName: 'packages' }),
});

const providing = new Stack(app, 'Provider', common('cdk-provider'));
const provider = new SecurityProfileProvider(providing, 'Provider', {
  instanceArns: [instanceArn],
  code: lambda.Code.fromAsset(context('provider')),
  functionName: 'connect-profiles-provider',
  deniedPermissions: ['SecurityProfiles.*'],
  connectEndpointUrl: context('connect'),
  responseUrlAllowedOrigins: [context('engine'), context('answers')],
});

/** The contact centre as it is first, and what it becomes. */
function centre(id: string, permissions: Permission[], team: string): void {
  const stack = new Stack(app, id, common('cdk-centre'));
  const agents = new SecurityProfile(stack, 'Agents', {
    provider,
    instanceArn,
    securityProfileName: 'CDK agents',
    description: 'Takes calls',
    permissions,
    allowedAccessControlTags: { team },
    tagRestrictedResources: [RestrictedResource.USER],
    hierarchyRestrictedResources: [RestrictedResource.USER],
    applications: [
      { namespace: 'shop.orders', applicationPermissions: ['ACCESS'], type: ApplicationType.THIRD_PARTY_APPLICATION },
    ],
    allowedFlowModules: [{ flowModuleId: 'module', type: FlowModuleType.MCP }],
    allowedAiAgents: [
      {
        arn: 'arn:aws:app-integrations:us-east-1:000000000000:application/a',
        type: AiAgentType.THIRD_PARTY,
      },
    ],
    dataTableAccess: [{ attributeName: 'region', values: ['north'] }],
    expandPermissions: true,
  });
  const kept = new SecurityProfile(stack, 'Kept', {
    provider,
    instanceArn,
    securityProfileName: 'CDK kept',
    permissions: [Permission.BASIC_AGENT_ACCESS],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const adopted = new SecurityProfile(stack, 'Adopted', {
    provider,
    instanceArn,
    securityProfileName: 'Agent',
    adopt: true,
  });
  const found = SecurityProfile.fromSecurityProfileName(stack, 'Found', {
    provider,
    instanceArn,
    securityProfileName: 'QualityAnalyst',
  });
  Tags.of(stack).add('team', team);
  const outputs = {
    AgentsArn: agents.securityProfileArn,
    AgentsId: agents.securityProfileId,
    AgentsName: agents.securityProfileName,
    AgentsInstanceId: agents.instanceId,
    AgentsOrigin: agents.origin,
    AgentsRegion: agents.lastModifiedRegion,
    AgentsTime: agents.lastModifiedTime,
    KeptArn: kept.securityProfileArn,
    AdoptedOrigin: adopted.origin,
    FoundArn: found.securityProfileArn,
    FoundId: found.securityProfileId,
  };
  Object.entries(outputs).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
}

centre('Centre', [Permission.BASIC_AGENT_ACCESS], 'support');
centre('Changed', [Permission.BASIC_AGENT_ACCESS, Permission.USERS_EDIT], 'sales');

const denied = new Stack(app, 'Denied', common('cdk-denied'));
new SecurityProfile(denied, 'Admins', {
  provider,
  instanceArn,
  securityProfileName: 'CDK admins',
  permissions: [Permission.SECURITY_PROFILES_EDIT],
});
