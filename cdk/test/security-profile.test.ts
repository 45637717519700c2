import {
  CfnParameter,
  CfnResource,
  Duration,
  Fn,
  MissingRemovalPolicies,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import {
  AiAgentType,
  ApplicationType,
  FlowModuleType,
  Permission,
  RestrictedResource,
  SecurityProfile,
  SecurityProfileProvider,
} from '../src';
import { ACCOUNT, code, imported, INSTANCE, mistakes, PROFILE, properties, stack, TOKEN } from './app';

const EXTERNAL_AGENT = `arn:aws:app-integrations:eu-west-2:${ACCOUNT}:application/a`;

const profile = (scope: Stack, props: object = {}) =>
  new SecurityProfile(scope, 'Agents', {
    instanceArn: INSTANCE,
    securityProfileName: 'Agents',
    provider: (scope.node.tryFindChild('Provider') as any) ?? imported(scope),
    ...props,
  });

test('every property reaches the template by its own name, and nothing else does', () => {
  const scope = stack();
  profile(scope, {
    description: 'Takes calls',
    permissions: [Permission.BASIC_AGENT_ACCESS, Permission.of('Brand.New')],
    expandPermissions: true,
    allowedAccessControlTags: { team: 'support' },
    tagRestrictedResources: [RestrictedResource.USER, RestrictedResource.OPERATING_HOURS],
    hierarchyRestrictedResources: [RestrictedResource.USER],
    allowedAccessControlHierarchyGroupId: 'group',
    applications: [{ namespace: 'gateway', applicationPermissions: ['orders___get_order'], type: ApplicationType.MCP }],
    allowedFlowModules: [{ flowModuleId: 'module', type: FlowModuleType.MCP }],
    allowedAiAgents: [{ arn: EXTERNAL_AGENT, type: AiAgentType.THIRD_PARTY }],
    dataTableAccess: [{ attributeName: 'region', values: ['north'] }],
    adopt: true,
    removalPolicy: RemovalPolicy.DESTROY,
    role: iam.Role.fromRoleArn(scope, 'Role', `arn:aws:iam::${ACCOUNT}:role/connect`),
    externalId: 'word',
    revision: '2',
    serviceTimeout: Duration.minutes(5),
  });
  expect(properties(scope)).toEqual({
    ServiceToken: TOKEN,
    ServiceTimeout: 300,
    InstanceArn: INSTANCE,
    SecurityProfileName: 'Agents',
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/connect`,
    ExternalId: 'word',
    Description: 'Takes calls',
    Permissions: ['BasicAgentAccess', 'Brand.New'],
    ExpandPermissions: true,
    AllowedAccessControlTags: [{ Key: 'team', Value: 'support' }],
    TagRestrictedResources: ['User', 'OperatingHours'],
    HierarchyRestrictedResources: ['User'],
    AllowedAccessControlHierarchyGroupId: 'group',
    Applications: [{ Namespace: 'gateway', ApplicationPermissions: ['orders___get_order'], Type: 'MCP' }],
    AllowedFlowModules: [{ FlowModuleId: 'module', Type: 'MCP' }],
    AllowedAIAgents: [{ Arn: EXTERNAL_AGENT, Type: 'THIRD_PARTY' }],
    GranularAccessControlConfiguration: {
      DataTableAccessControlConfiguration: {
        PrimaryAttributeAccessControlConfiguration: {
          PrimaryAttributeValues: [{ AccessType: 'ALLOW', AttributeName: 'region', Values: ['north'] }],
        },
      },
    },
    Adopt: true,
    OnDelete: 'Delete',
    Revision: '2',
  });
});

test('what is not stated is not in the template, and what is stated empty is', () => {
  const silent = stack();
  profile(silent);
  const names = ['ServiceToken', 'InstanceArn', 'SecurityProfileName'];
  expect(Object.keys(properties(silent)).sort()).toEqual([...names].sort());

  const empty = stack();
  profile(empty, {
    description: '',
    permissions: [],
    allowedAccessControlTags: {},
    tagRestrictedResources: [],
    hierarchyRestrictedResources: [],
    allowedAccessControlHierarchyGroupId: '',
    applications: [],
    allowedFlowModules: [],
    allowedAiAgents: [],
    dataTableAccess: [],
  });
  expect(properties(empty)).toMatchObject({
    Description: '',
    Permissions: [],
    AllowedAccessControlTags: [],
    Applications: [],
  });
  expect(Object.keys(properties(empty))).toHaveLength(names.length + 10);
});

describe('tags', () => {
  test('those of the app, the stack and the profile reach it, the nearest first', () => {
    const scope = stack();
    const agents = profile(scope);
    Tags.of(scope.node.root).add('team', 'company');
    Tags.of(scope.node.root).add('env', 'test');
    Tags.of(agents).add('team', 'support');
    Tags.of(scope).add('queue', 'x', { includeResourceTypes: ['AWS::Connect::Queue'] });
    Tags.of(scope).add('profile', 'x', { includeResourceTypes: [PROFILE] });
    expect(properties(scope).Tags).toEqual([
      { Key: 'env', Value: 'test' },
      { Key: 'profile', Value: 'x' },
      { Key: 'team', Value: 'support' },
    ]);
  });

  test('a tag can be taken off one profile', () => {
    const scope = stack();
    Tags.of(scope).add('team', 'company');
    Tags.of(profile(scope)).remove('team');
    expect(properties(scope).Tags).toBeUndefined();
  });
});

describe('a removal policy', () => {
  const resource = (scope: Stack) => Object.values(Template.fromStack(scope).findResources(PROFILE))[0];
  const keeps = (scope: Stack) => {
    expect(resource(scope).Properties.OnDelete).toBe('Retain');
    expect(resource(scope)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  };

  test('is the property OnDelete, never a DeletionPolicy that retains', () => {
    const scope = stack();
    profile(scope, { removalPolicy: RemovalPolicy.RETAIN });
    keeps(scope);
  });

  test('is so when it is applied to the construct', () => {
    const scope = stack();
    profile(scope).applyRemovalPolicy(RemovalPolicy.RETAIN);
    keeps(scope);
  });

  test('is so when it is applied to all that the stack holds', () => {
    const scope = stack();
    profile(scope);
    RemovalPolicies.of(scope).retain();
    keeps(scope);
  });

  test('that is stated is not taken for a missing one', () => {
    const scope = stack();
    profile(scope, { removalPolicy: RemovalPolicy.RETAIN });
    MissingRemovalPolicies.of(scope).destroy();
    keeps(scope);
  });

  test('that a profile cannot follow is refused', () => {
    for (const removalPolicy of [RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE]) {
      expect(() => profile(stack(), { removalPolicy })).toThrow(/DESTROY and RETAIN, not/);
    }
  });
});

test('its attributes are Ref and GetAtt', () => {
  const scope = stack();
  const agents = profile(scope);
  const at = (name: string) => ({ 'Fn::GetAtt': ['Agents8DC46436', name] });
  expect(scope.resolve(agents.securityProfileArn)).toEqual({ Ref: 'Agents8DC46436' });
  expect(
    scope.resolve([agents.securityProfileId, agents.securityProfileName, agents.instanceId, agents.origin]),
  ).toEqual(['SecurityProfileId', 'SecurityProfileName', 'InstanceId', 'Origin'].map(at));
  expect(scope.resolve([agents.lastModifiedTime, agents.lastModifiedRegion])).toEqual(
    ['LastModifiedTime', 'LastModifiedRegion'].map(at),
  );
  expect(agents.instanceArn).toBe(INSTANCE);
});

describe('an import', () => {
  test('by ARN knows the id and the instance and deploys nothing', () => {
    const scope = stack();
    const agents = SecurityProfile.fromSecurityProfileArn(scope, 'Agents', `${INSTANCE}/security-profile/abc`);
    expect([agents.instanceArn, agents.securityProfileId]).toEqual([INSTANCE, 'abc']);
    expect(agents.env).toEqual({ account: ACCOUNT, region: 'eu-west-2' });
    expect(scope.node.findAll().filter(CfnResource.isCfnResource)).toEqual([]);
  });

  test('by an ARN that only the deployment knows takes it apart there', () => {
    const scope = stack();
    const arn = new CfnParameter(scope, 'Arn').valueAsString;
    const agents = SecurityProfile.fromSecurityProfileArn(scope, 'Agents', arn);
    expect(scope.resolve(agents.securityProfileId)).toEqual({
      'Fn::Select': [1, { 'Fn::Split': ['/security-profile/', { Ref: 'Arn' }] }],
    });
  });

  test('by what is no ARN of a profile is refused', () => {
    for (const arn of [
      '',
      INSTANCE,
      `${INSTANCE}/security-profile/`,
      `${INSTANCE}/security-profile/a/security-profile/b`,
      'x/security-profile/y',
    ]) {
      expect(() => SecurityProfile.fromSecurityProfileArn(stack(), 'Agents', arn)).toThrow(
        `\`${arn}\` is not a security profile ARN (\`<instance ARN>/security-profile/<id>\`)`,
      );
    }
  });

  test('by name is a lookup, which states only what a lookup may', () => {
    const scope = stack();
    const agent = SecurityProfile.fromSecurityProfileName(scope, 'Agent', {
      instanceArn: INSTANCE,
      securityProfileName: 'Agent',
      provider: imported(scope),
      revision: '1',
    });
    Tags.of(scope).add('team', 'x');
    expect(properties(scope, 'Custom::ConnectSecurityProfileLookup')).toEqual({
      ServiceToken: TOKEN,
      InstanceArn: INSTANCE,
      SecurityProfileName: 'Agent',
      Revision: '1',
    });
    expect(scope.resolve(agent.securityProfileArn)).toEqual({ Ref: expect.stringMatching(/^Agent/) });
  });
});

describe('a grant', () => {
  const statements = (grant: (agents: SecurityProfile, role: iam.Role) => void) => {
    const scope = stack();
    grant(profile(scope), new iam.Role(scope, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    return properties(scope, 'AWS::IAM::Policy').PolicyDocument.Statement;
  };
  const ref = { Ref: 'Agents8DC46436' };

  test('of actions is on the profile', () => {
    expect(statements((agents, role) => agents.grant(role, 'connect:UpdateSecurityProfile'))).toEqual([
      { Effect: 'Allow', Action: 'connect:UpdateSecurityProfile', Resource: ref },
    ]);
  });

  test('to read is on the profile, and on the instance for what AWS asks for it', () => {
    const [ofProfile, ofInstance, ...others] = statements((agents, role) => agents.grantRead(role));
    expect(others).toEqual([]);
    expect(ofProfile.Resource).toEqual(ref);
    expect(ofProfile.Action).toContain('connect:ListSecurityProfileAIAgents');
    expect(ofProfile.Action.filter((action: string) => !/:(Describe|List)/.test(action))).toEqual([]);
    const action = 'connect:ListSecurityProfileFlowModules';
    expect(ofInstance).toEqual({ Effect: 'Allow', Action: action, Resource: INSTANCE });
  });

  test('to assign is on the profile and the users', () => {
    expect(statements((agents, role) => agents.grantAssign(role))).toEqual([
      { Effect: 'Allow', Action: 'connect:UpdateUserSecurityProfiles', Resource: [ref, `${INSTANCE}/agent/*`] },
    ]);
  });
});

describe('a permission', () => {
  test('that is not known gives a warning with the nearest name', () => {
    const scope = stack();
    profile(scope, { permissions: ['BasicAgentAcess', 'users.view', 'Xyzzy', 'Users.View'].map(Permission.of) });
    const warnings = Annotations.fromStack(scope)
      .findWarning('*', Match.anyValue())
      .map((it) => String(it.entry.data));
    expect(warnings.map((it) => it.replace(/ \[ack: .*\]$/, ''))).toEqual([
      'the permission `BasicAgentAcess` is not in the catalogue; it is passed on as it is; did you mean `BasicAgentAccess`?',
      'the permission `users.view` is not in the catalogue; it is passed on as it is; did you mean `Users.View`?',
      'the permission `Xyzzy` is not in the catalogue; it is passed on as it is',
    ]);
  });
});

describe('a profile without a provider', () => {
  const guards = (scope: Stack) => {
    const functions = Template.fromStack(scope).findResources('AWS::Lambda::Function', {
      Properties: { Handler: 'bootstrap' },
    });
    return Object.values(functions).map((it) => it.Properties.Environment.Variables);
  };

  test('uses the one of the stack, which may change the instances that are named and no others', () => {
    const scope = stack();
    SecurityProfileProvider.singleton(scope, { code: code() });
    const other = INSTANCE.replace('1111', '2222');
    const role = iam.Role.fromRoleArn(scope, 'Role', `arn:aws:iam::${ACCOUNT}:role/connect`);
    for (const [id, instanceArn] of Object.entries({ A: INSTANCE, B: other, C: INSTANCE })) {
      new SecurityProfile(scope, id, { instanceArn, securityProfileName: id, role });
    }
    expect(guards(scope)).toEqual([
      expect.objectContaining({ ALLOWED_INSTANCE_ARNS: `${INSTANCE},${other}`, ALLOWED_ROLE_ARNS: role.roleArn }),
    ]);
  });

  test('is served the same when it is stated', () => {
    const scope = stack();
    const provider = SecurityProfileProvider.singleton(scope, { code: code() });
    const role = new iam.Role(scope, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    new SecurityProfile(scope, 'A', { provider, instanceArn: INSTANCE, securityProfileName: 'A', role });
    expect(guards(scope)).toEqual([
      expect.objectContaining({
        ALLOWED_INSTANCE_ARNS: INSTANCE,
        ALLOWED_ROLE_ARNS: { 'Fn::GetAtt': ['Role1ABCC5F0', 'Arn'] },
      }),
    ]);
  });

  test('cannot have it made twice with different options', () => {
    const scope = stack();
    const first = SecurityProfileProvider.singleton(scope, { code: code(), deniedPermissions: ['Users.*'] });
    expect(SecurityProfileProvider.singleton(scope)).toBe(first);
    expect(SecurityProfileProvider.singleton(scope, { deniedPermissions: ['Users.*'] })).toBe(first);
    expect(() => SecurityProfileProvider.singleton(scope, { deniedPermissions: [] })).toThrow(
      /with another deniedPermissions/,
    );
  });

  test('waits for the function and its failure destination, and for nothing else', () => {
    const scope = stack();
    SecurityProfileProvider.singleton(scope, { code: code() });
    new SecurityProfile(scope, 'Agents', { instanceArn: INSTANCE, securityProfileName: 'Agents' });
    const resources = Template.fromStack(scope).toJSON().Resources;
    const types = resources.Agents8DC46436.DependsOn.map((logicalId: string) => resources[logicalId].Type);
    expect(types.sort()).toEqual(['AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::Function']);
  });
});

test('a service token may be known to the deployment alone', () => {
  const scope = stack();
  const provider = SecurityProfileProvider.fromServiceToken(
    scope,
    'Provider',
    Fn.importValue('connect-profiles-ServiceToken'),
  );
  profile(scope, { provider });
  expect(properties(scope).ServiceToken).toEqual({ 'Fn::ImportValue': 'connect-profiles-ServiceToken' });
});

describe('a guard', () => {
  const guarded = (options: object, props: object) => {
    const scope = stack();
    const provider = new SecurityProfileProvider(scope, 'Provider', {
      instanceArns: [INSTANCE],
      code: code(),
      ...options,
    });
    profile(scope, { provider, ...props });
    const warnings = Annotations.fromStack(scope).findWarning('*', Match.anyValue());
    return warnings.map((it) => String(it.entry.data).replace(/ \[ack: .*\]$/, ''));
  };

  test('that would stop a write gives a warning, because what is live already passes', () => {
    const deniedPermissions = ['securityprofiles.*', 'Users.?dit'];
    const permissions = ['SecurityProfiles.View', 'Users.Edit', 'Users.View', 'SecurityProfilesX'].map(Permission.of);
    expect(guarded({ deniedPermissions, protectedProfileNames: ['A*'] }, { permissions }).slice(-2)).toEqual([
      'PROTECTED_PROFILE_NAMES forbids profiles called `Agents` (by `A*`)',
      'DENIED_PERMISSIONS forbids the permissions `SecurityProfiles.View` (by `securityprofiles.*`), `Users.Edit` (by `Users.?dit`)',
    ]);
    expect(guarded({}, { securityProfileName: ' admin ' })).toEqual([
      'PROTECTED_PROFILE_NAMES forbids profiles called ` admin ` (by `Admin`)',
    ]);
    expect(guarded({ protectedProfileNames: [] }, { securityProfileName: 'Admin' })).toEqual([]);
    // The function ignores white space around an entry.
    expect(guarded({ protectedProfileNames: [' Agents '] }, {})).toEqual([
      'PROTECTED_PROFILE_NAMES forbids profiles called `Agents` (by `Agents`)',
    ]);
  });

  test('that leaves the instance out is a mistake, because the role has no rights there', () => {
    const of = (instanceArns: string[]) => {
      const scope = stack();
      profile(scope, { provider: new SecurityProfileProvider(scope, 'Provider', { instanceArns, code: code() }) });
      return mistakes(scope);
    };
    const other = INSTANCE.replace('1111', '2222');
    expect(of([other])).toEqual([
      `[Stack/Agents] ALLOWED_INSTANCE_ARNS forbids the instance \`${INSTANCE}\`: it allows \`${other}\``,
    ]);
    expect(of([other, INSTANCE.replace(/[0-9-]*$/, '*')])).toEqual([]);
    expect(of([other, Fn.importValue('Instance')])).toEqual([]);
  });
});
