import { readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { App, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { SecurityProfileProvider, SecurityProfileProviderOptions } from '../src';
import { ruleOf } from '../src/private/template';
// @ts-expect-error The script has no types.
import { outdated, parseTemplate } from '../scripts/generate.mjs';
import { code, INSTANCE, mistakes, properties, stack } from './app';

const SOURCE = readFileSync(join(__dirname, '../../template.yaml'), 'utf8');
const DECLARED = parseTemplate(SOURCE);
const ROLE = 'arn:aws:iam::210987654321:role/connect';
const EVERY_GUARD: SecurityProfileProviderOptions = {
  allowedStackAccounts: ['123456789012', '210987654321'],
  allowedRoleArns: [ROLE],
  deniedPermissions: ['SecurityProfiles.*', 'Users.Delete'],
  protectedProfileNames: ['Admin', 'Auditor'],
  protectedProfileArns: [`${INSTANCE}/security-profile/admin`, `${INSTANCE}/security-profile/auditor`],
  onlyOwnedProfiles: true,
  connectEndpointUrl: 'https://connect.example.com',
  responseUrlAllowedOrigins: ['http://127.0.0.1:9000'],
};

/** What the template makes for those who deploy it, and users of the CDK make themselves if they want it. */
const NOT_HERE = /^(ServiceTokenParameter|Topic\w*)$/;

function provided(options: object = {}): Template {
  return Template.fromStack(providing(options));
}

function providing(options: object = {}): Stack {
  const scope = stack();
  new SecurityProfileProvider(scope, 'Provider', { instanceArns: [INSTANCE], code: code(), ...options });
  return scope;
}

function only(template: Template, type: string, name: RegExp): any {
  const found = Object.entries(template.findResources(type)).filter(([logicalId]) => name.test(logicalId));
  if (found.length !== 1) throw new Error(`${found.length} of ${type} ${name}`);
  return found[0][1].Properties;
}

const handlerOf = (template: Template) => only(template, 'AWS::Lambda::Function', /^ProviderFunction/);
const lastResortOf = (template: Template) => only(template, 'AWS::Lambda::Function', /^ProviderLastResort/);
const roleOf = (template: Template) => only(template, 'AWS::IAM::Role', /^ProviderRole/);

/** Every value of a key, wherever it is in template.yaml. */
function valuesOf(key: string, value: any): any[] {
  if (value === null || typeof value !== 'object') return [];
  const own = !Array.isArray(value) && key in value ? [value[key]].flat() : [];
  return [...own, ...Object.values(value).flatMap((member) => valuesOf(key, member))];
}

const sorted = (list: Iterable<string>) => [...new Set(list)].sort();

test('the generated files are up to date', () => {
  expect(outdated(), 'run `npm run generate`').toEqual([]);
});

describe('like template.yaml', () => {
  const template = provided({ ...EVERY_GUARD, retainLogs: true });

  test('there is a resource for each, of the same type, and no other', () => {
    const declared = Object.entries<any>(DECLARED.Resources).filter(([logicalId]) => !NOT_HERE.test(logicalId));
    const types: string[] = declared.flatMap(([, { Type }]) =>
      Type === 'AWS::Serverless::Function' ? ['AWS::Lambda::Function', 'AWS::Lambda::EventInvokeConfig'] : [Type],
    );
    const made = Object.values<any>(template.toJSON().Resources).map(({ Type }) => Type);
    expect(made.sort()).toEqual(types.sort());
  });

  test.each([
    ['ProviderRole', /^ProviderRole/],
    ['LastResortRole', /^ProviderLastResortRole/],
  ])('the actions of %s are the same', (logicalId, name) => {
    const role = only(template, 'AWS::IAM::Role', name);
    const declared = DECLARED.Resources[logicalId].Properties;
    const actions = (value: any) => sorted(valuesOf('Action', value)).filter((it) => !/^(ec2|kms):/.test(it));
    expect(actions(role)).toEqual(actions(declared));
    expect(actions(role).length).toBeGreaterThan(0);
    const ofNetwork = ['Manage', 'Look', 'NotByTheCode'];
    const sids = (value: any) => sorted(valuesOf('Sid', value)).filter((it) => !ofNetwork.includes(it));
    expect(sids(role)).toEqual(sids(declared));
    expect(role.ManagedPolicyArns).toBeUndefined();
    expect(template.findResources('AWS::IAM::Policy')).toEqual({});
  });

  test.each([
    ['ProviderFunction', /^ProviderFunction/],
    ['LastResortFunction', /^ProviderLastResort/],
  ])('the environment variables of %s are the same', (logicalId, name) => {
    const variables = only(template, 'AWS::Lambda::Function', name).Environment.Variables;
    expect(Object.keys(variables).sort()).toEqual(
      Object.keys(DECLARED.Resources[logicalId].Properties.Environment.Variables).sort(),
    );
  });

  test.each([
    ['ProviderFunction', /^ProviderFunction/],
    ['LastResortFunction', /^ProviderLastResort/],
  ])('the settings of %s are the same', (logicalId, name) => {
    const declared = DECLARED.Resources[logicalId].Properties;
    const { Handler, Runtime, MemorySize, Timeout, LoggingConfig, Description } = only(
      template,
      'AWS::Lambda::Function',
      name,
    );
    expect({ Handler, Runtime, MemorySize, Timeout, Description }).toEqual({
      Handler: declared.Handler,
      Runtime: declared.Runtime,
      MemorySize: declared.MemorySize,
      Timeout: declared.Timeout,
      Description: declared.Description,
    });
    expect(LoggingConfig.LogFormat).toBe(declared.LoggingConfig.LogFormat);
    expect(LoggingConfig.SystemLogLevel).toBe(declared.LoggingConfig.SystemLogLevel);
    const invoke = only(template, 'AWS::Lambda::EventInvokeConfig', name);
    const invoked = declared.EventInvokeConfig ?? DECLARED.Resources[`${logicalId}EventInvokeConfig`].Properties;
    expect(invoke.MaximumRetryAttempts).toBe(invoked.MaximumRetryAttempts);
    expect(invoke.MaximumEventAgeInSeconds).toBe(invoked.MaximumEventAgeInSeconds);
  });

  test('the last resort runs the same code, and is where failures go', () => {
    expect(lastResortOf(template).Code).toEqual({
      ZipFile: DECLARED.Resources.LastResortFunction.Properties.Code.ZipFile,
    });
    const invoke = only(template, 'AWS::Lambda::EventInvokeConfig', /^ProviderFunction/);
    expect(invoke.DestinationConfig.OnFailure.Destination).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^ProviderLastResort/), 'Arn'],
    });
    expect(valuesOf('Action', roleOf(template))).toContain('lambda:InvokeFunction');
  });

  test('the alarms are the same', () => {
    const declared = Object.entries<any>(DECLARED.Resources).filter(
      ([logicalId, it]) => it.Type === 'AWS::CloudWatch::Alarm' && !NOT_HERE.test(logicalId),
    );
    expect(declared.length).toBeGreaterThan(0);
    for (const [
      logicalId,
      {
        Properties: { AlarmActions, Dimensions, ...alarm },
      },
    ] of declared) {
      const made = only(template, 'AWS::CloudWatch::Alarm', new RegExp(`^Provider${logicalId}[0-9A-F]{8}$`));
      expect(made).toMatchObject(alarm);
      const [{ Value: watched }, ...further] = Dimensions;
      // The CDK writes the dimensions by the alphabet.
      expect(made.Dimensions).toEqual([
        ...further,
        {
          Name: 'FunctionName',
          Value: {
            Ref: expect.stringMatching(
              new RegExp(`^Provider${watched.Ref === 'ProviderFunction' ? 'Function' : 'LastResort'}`),
            ),
          },
        },
      ]);
    }
  });

  test('the dashboard shows the same', () => {
    const join = only(template, 'AWS::CloudWatch::Dashboard', /./).DashboardBody['Fn::Join'];
    const text = join[1].map((part: any) => (typeof part === 'string' ? part : 'x')).join(join[0]);
    const declared = DECLARED.Resources.Dashboard.Properties.DashboardBody['Fn::Sub'][0].replace(/\$\{[^}]*\}/g, 'x');
    expect(JSON.parse(text)).toEqual(JSON.parse(declared));
  });

  test('each parameter has a prop, and the same default', () => {
    const named: Record<string, string | undefined> = {
      AlarmTopicArn: 'alarmTopic',
      InstanceArns: 'instanceArns',
      KmsKeyArn: 'encryptionKey',
      LogRetentionInDays: 'logRetention',
      SecurityGroupIds: 'securityGroups',
      SubnetIds: 'vpcSubnets',
    };
    const parameters = Object.keys(DECLARED.Parameters).filter((name) => name !== 'StackTopic');
    const props = parameters.map((name) => named[name] ?? name[0].toLowerCase() + name.slice(1));
    const source = readFileSync(join(__dirname, '../src/security-profile-provider.ts'), 'utf8');
    for (const prop of props) expect(source).toMatch(new RegExp(`readonly ${prop}\\??: `));

    const defaults = provided();
    expect(handlerOf(defaults).Environment.Variables).toEqual({
      ALLOWED_INSTANCE_ARNS: INSTANCE,
      PROTECTED_PROFILE_NAMES: DECLARED.Parameters.ProtectedProfileNames.Default,
    });
    expect(handlerOf(defaults).LoggingConfig.ApplicationLogLevel).toBe(DECLARED.Parameters.LogLevel.Default);
    expect(handlerOf(defaults).Architectures).toEqual([DECLARED.Parameters.Architecture.Default]);
    expect(only(defaults, 'AWS::Logs::LogGroup', /^ProviderLogGroup/).RetentionInDays).toBe(
      DECLARED.Parameters.LogRetentionInDays.Default,
    );
    expect(valuesOf('Effect', roleOf(defaults).Policies)).not.toContain('Deny');
    expect(valuesOf('Condition', roleOf(defaults))).toEqual([]);
    expect(valuesOf('AlarmActions', defaults.toJSON())).toEqual([]);
  });
});

test('every guard reaches the function', () => {
  const template = provided(EVERY_GUARD);
  expect(handlerOf(template).Environment.Variables).toEqual({
    ALLOWED_INSTANCE_ARNS: INSTANCE,
    ALLOWED_STACK_ACCOUNTS: '123456789012,210987654321',
    ALLOWED_ROLE_ARNS: ROLE,
    DENIED_PERMISSIONS: 'SecurityProfiles.*,Users.Delete',
    PROTECTED_PROFILE_NAMES: 'Admin,Auditor',
    AWS_ENDPOINT_URL_CONNECT: 'https://connect.example.com',
    RESPONSE_URL_ALLOWED_ORIGINS: 'http://127.0.0.1:9000',
  });
  expect(lastResortOf(template).Environment.Variables.RESPONSE_URL_ALLOWED_ORIGINS).toBe('http://127.0.0.1:9000');
  expect(lastResortOf(provided()).Environment.Variables.RESPONSE_URL_ALLOWED_ORIGINS).toBe('');
});

test('in a VPC the role may manage interfaces, the code may not, and the last resort stays outside', () => {
  const scope = stack();
  const vpc = new ec2.Vpc(scope, 'Vpc', { maxAzs: 2, natGateways: 0 });
  new SecurityProfileProvider(scope, 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  });
  const template = Template.fromStack(scope);
  expect(handlerOf(template).VpcConfig.SubnetIds).toHaveLength(2);
  expect(handlerOf(template).VpcConfig.SecurityGroupIds).toHaveLength(1);
  expect(lastResortOf(template).VpcConfig).toBeUndefined();
  const policy = roleOf(template).Policies.find((it: any) => it.PolicyName === 'NetworkInterfaces');
  const [manage, , denied] = policy.PolicyDocument.Statement;
  expect(manage.Resource['Fn::Join'][1].at(-1)).toBe(':*:*/*');
  expect(denied.Effect).toBe('Deny');
  expect(denied.Action).toEqual(sorted(valuesOf('Action', policy)));
  expect(template.findResources('AWS::IAM::Policy')).toEqual({});
  expect(JSON.stringify(roleOf(provided()))).not.toContain('ec2:');
});

test('an empty list of protected names protects none', () => {
  expect(handlerOf(provided({ protectedProfileNames: [] })).Environment.Variables.PROTECTED_PROFILE_NAMES).toBe('');
});

test('the role may touch the instances given, what profiles there name, the roles given, and nothing else', () => {
  const other = INSTANCE.replace('1111', '2222');
  const protectedProfileArns = [`${INSTANCE}/security-profile/admin`];
  const options = { instanceArns: [INSTANCE, other], onlyOwnedProfiles: true, protectedProfileArns };
  const statements = roleOf(provided({ ...options, allowedRoleArns: [ROLE] })).Policies[0].PolicyDocument.Statement;
  const every = (kind: string) => [INSTANCE, other].map((arn) => `${arn}/${kind}/*`);
  const [partition, account] = ['Partition', 'AccountId'].map((name) => ({ Ref: `AWS::${name}` }));
  const join = (...parts: any[]) => ({ 'Fn::Join': ['', parts] });
  const applications = join('arn:', partition, ':app-integrations:*:', account, ':application/*');
  const anyProfile = join('arn:', partition, ':connect:*:*:instance/*/security-profile/*');
  expect(statements.map((it: any) => [it.Effect, it.Sid, it.Resource])).toEqual([
    ['Allow', 'Profiles', every('security-profile')],
    ['Allow', 'NamedByProfiles', [...every('flow-module'), ...every('agent-group'), applications]],
    ['Allow', 'Instances', [INSTANCE, other]],
    ['Deny', 'OnlyOwnedProfiles', anyProfile],
    ['Deny', 'OwnershipTagValue', anyProfile],
    ['Deny', 'ProtectedProfiles', protectedProfileArns],
    ['Deny', 'ProfilesNamedByArn', join('arn:', partition, ':connect:*:*:instance/*arn*/security-profile/*')],
    ['Allow', 'AllowedRoles', [ROLE]],
  ]);
  const allowed = statements.filter((it: any) => it.Effect === 'Allow');
  expect(valuesOf('Condition', allowed)).toEqual([]);
});

test('the instances may be known to the deployment alone', () => {
  const scope = stack();
  const instanceArns = new CfnParameter(scope, 'Instances', { type: 'CommaDelimitedList' }).valueAsList;
  new SecurityProfileProvider(scope, 'Provider', { instanceArns, code: code() });
  const template = Template.fromStack(scope);
  const joined = (separator: string) => ({ 'Fn::Join': [separator, { Ref: 'Instances' }] });
  expect(handlerOf(template).Environment.Variables.ALLOWED_INSTANCE_ARNS).toEqual(joined(','));
  const [profiles] = roleOf(template).Policies[0].PolicyDocument.Statement;
  expect(profiles.Resource).toEqual({
    'Fn::Split': [',', { 'Fn::Join': ['', [joined('/security-profile/*,'), '/security-profile/*']] }],
  });

  const one = stack();
  const instanceArn = Fn.importValue('Instance');
  new SecurityProfileProvider(one, 'Provider', { instanceArns: [instanceArn, INSTANCE], code: code() });
  expect(roleOf(Template.fromStack(one)).Policies[0].PolicyDocument.Statement[0].Resource).toEqual([
    { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'Instance' }, '/security-profile/*']] },
    `${INSTANCE}/security-profile/*`,
  ]);
});

test('a fixed name, another processor, level, retention and topic are as stated', () => {
  const scope = stack();
  const alarmTopic = new sns.Topic(scope, 'Topic');
  const provider = new SecurityProfileProvider(scope, 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
    functionName: 'profiles',
    architecture: lambda.Architecture.ARM_64,
    logLevel: lambda.ApplicationLogLevel.DEBUG,
    logRetention: logs.RetentionDays.ONE_WEEK,
    alarmTopic,
  });
  const template = Template.fromStack(scope);
  expect(handlerOf(template)).toMatchObject({
    FunctionName: 'profiles',
    Architectures: ['arm64'],
    LoggingConfig: { ApplicationLogLevel: 'DEBUG' },
  });
  expect(only(template, 'AWS::Logs::LogGroup', /^ProviderLogGroup/)).toEqual({
    LogGroupName: '/aws/lambda/profiles',
    RetentionInDays: 7,
  });
  expect(only(template, 'AWS::Logs::LogGroup', /^ProviderLastResort/).RetentionInDays).toBe(7);
  const actions = valuesOf('AlarmActions', template.toJSON());
  expect(actions).toHaveLength(provider.alarms.length);
  expect(new Set(actions.map((it) => it.Ref)).size).toBe(1);
});

test('a key encrypts logs and variables, and is the only one that the roles may decrypt with', () => {
  const scope = stack();
  const encryptionKey = new kms.Key(scope, 'Key');
  new SecurityProfileProvider(scope, 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
    encryptionKey,
    retainLogs: true,
  });
  // Another one with the same key adds nothing to its policy.
  new SecurityProfileProvider(new Stack(scope, 'Other', { env: scope }), 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
    encryptionKey,
  });
  const template = Template.fromStack(scope);
  const arn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
  for (const made of [handlerOf(template), lastResortOf(template)]) expect(made.KmsKeyArn).toEqual(arn);
  const groups = Object.values<any>(template.findResources('AWS::Logs::LogGroup'));
  expect(groups.map(({ Properties }) => Properties.KmsKeyId)).toEqual(Array(4).fill(arn));
  for (const role of Object.values<any>(template.findResources('AWS::IAM::Role'))) {
    const decrypting = role.Properties.Policies.filter((it: any) => it.PolicyName === 'EnvironmentVariables');
    expect(decrypting[0].PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: arn }]);
  }
  const { Statement } = only(template, 'AWS::KMS::Key', /^Key/).KeyPolicy;
  const byLogs = Statement.filter((it: any) => it.Principal.Service === 'logs.eu-west-2.amazonaws.com');
  expect(byLogs).toHaveLength(1);
  expect(byLogs[0]).toMatchObject({
    Condition: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': {
          'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:eu-west-2:123456789012:log-group:*']],
        },
      },
    },
  });
  expect(JSON.stringify(provided())).not.toContain('kms:');
});

test('logs are deleted with the stack, or go to groups that outlive it', () => {
  const groupsOf = (template: Template) => Object.entries<any>(template.findResources('AWS::Logs::LogGroup'));
  const policies = (template: Template) => groupsOf(template).map(([, group]) => group.DeletionPolicy);
  expect(policies(provided())).toEqual(['Delete', 'Delete']);

  const scope = providing({ functionName: 'profiles', retainLogs: true });
  const template = Template.fromStack(scope);
  expect(policies(template).sort()).toEqual(['Delete', 'Delete', 'RetainExceptOnCreate', 'RetainExceptOnCreate']);
  const retained = groupsOf(template).filter(([logicalId]) => logicalId.includes('Retained'));
  for (const [, group] of retained) {
    expect(group.UpdateReplacePolicy).toBe('Retain');
    expect(group.Properties).toEqual({ RetentionInDays: 90 });
  }
  const loggingTo = (name: string) => ({ Ref: expect.stringMatching(new RegExp(`^ProviderRetained${name}LogGroup`)) });
  expect(handlerOf(template).LoggingConfig.LogGroup).toEqual(loggingTo('Provider'));
  expect(lastResortOf(template).LoggingConfig.LogGroup).toEqual(loggingTo('Fallback'));
  const { logGroup } = scope.node.findChild('Provider') as SecurityProfileProvider;
  expect(scope.resolve(logGroup.logGroupName)).toEqual(loggingTo('Provider'));
  const writable = roleOf(template).Policies.find((it: any) => it.PolicyName === 'Logs').PolicyDocument.Statement[0];
  expect(writable.Resource).toHaveLength(2);
  expect(JSON.stringify(lastResortOf(template).Environment.Variables.REASON)).toContain('ProviderRetainedProvider');
  expect(JSON.stringify(only(template, 'AWS::CloudWatch::Dashboard', /./))).toContain('ProviderRetainedProvider');
});

test('the dashboard can be left out', () => {
  expect(provided().findResources('AWS::CloudWatch::Dashboard')).not.toEqual({});
  expect(provided({ createDashboard: false }).findResources('AWS::CloudWatch::Dashboard')).toEqual({});
});

test('who is granted to invoke it may do that and no more', () => {
  const scope = providing();
  const deployer = new iam.Role(scope, 'Deployer', { assumedBy: new iam.AccountRootPrincipal() });
  (scope.node.findChild('Provider') as SecurityProfileProvider).grantInvoke(deployer);
  const statements = properties(scope, 'AWS::IAM::Policy').PolicyDocument.Statement;
  expect(valuesOf('Action', statements)).toEqual(['lambda:InvokeFunction']);
});

test('a policy of the user goes beside the roles, not into them', () => {
  const scope = providing();
  const provider = scope.node.findChild('Provider') as SecurityProfileProvider;
  provider.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: ['*'] }));
  const template = Template.fromStack(scope);
  expect(valuesOf('Action', roleOf(template))).not.toContain('kms:Decrypt');
  expect(valuesOf('Action', properties(scope, 'AWS::IAM::Policy'))).toEqual(['kms:Decrypt']);
});

test('another stack uses it by its token', () => {
  const app = new App();
  const provider = new SecurityProfileProvider(new Stack(app, 'A'), 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
  });
  const other = new Stack(app, 'B');
  expect(other.resolve(provider.serviceToken)).toEqual({
    'Fn::GetAtt': [expect.stringMatching(/^ProviderFunction/), 'Arn'],
  });
});

test('what the template would refuse is refused when the app is synthesized', () => {
  const options = { instanceArns: ['i-123', '*'], allowedStackAccounts: ['12'], allowedRoleArns: ['role'] };
  const lines = mistakes(providing(options)).map((line) => line.replace('[Stack/Provider] ', ''));
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'instanceArns',
    'instanceArns',
    'allowedStackAccounts',
    'allowedRoleArns',
  ]);
  expect(lines[0]).toBe("instanceArns: `i-123` each must be an instance's ARN, in which the id alone may hold a `*`");
  expect(mistakes(providing({ instanceArns: [] }))).toHaveLength(1);
  expect(mistakes(providing({ instanceArns: [INSTANCE.replace(/[0-9-]*$/, '*')] }))).toEqual([]);
});

/** Good and bad values of the template's parameters, which cfn-lint judges by the same patterns. */
const VALUES: Record<string, { good: string[]; bad: string[] }> = JSON.parse(
  readFileSync(join(__dirname, '../../tests/lint/parameters.json'), 'utf8'),
);
const LISTS = {
  instanceArns: 'InstanceArns',
  allowedStackAccounts: 'AllowedStackAccounts',
  allowedRoleArns: 'AllowedRoleArns',
  deniedPermissions: 'DeniedPermissions',
  protectedProfileNames: 'ProtectedProfileNames',
  protectedProfileArns: 'ProtectedProfileArns',
  responseUrlAllowedOrigins: 'ResponseUrlAllowedOrigins',
};

test.each(Object.entries(LISTS))('%s takes what the template takes, and nothing that it refuses', (prop, parameter) => {
  const { good, bad } = VALUES[parameter];
  // The separator of a list is the template's; of a list of the CDK each member is one.
  const members = good.filter((value) => value !== '').flatMap((value) => value.split(','));
  expect(mistakes(providing({ [prop]: members }))).toEqual([]);
  expect(mistakes(providing({ [prop]: bad }))).toHaveLength(bad.length);
  const { pattern } = ruleOf(parameter);
  for (const value of good) expect(pattern.test(value), value).toBe(true);
  for (const value of bad) expect(pattern.test(value), value).toBe(false);
});

test('two members in one, or none, are refused', () => {
  const options = { deniedPermissions: ['Users.Edit,Users.Delete', ''], protectedProfileNames: ['Admin', ' '] };
  const lines = mistakes(providing(options)).map((line) => line.replace('[Stack/Provider] ', ''));
  expect(lines.map((line) => line.split(' must ')[0])).toEqual([
    'deniedPermissions: `Users.Edit,Users.Delete`',
    'deniedPermissions: ``',
    'protectedProfileNames: ` `',
  ]);
});

test('more protected profiles than the template takes are refused', () => {
  const profiles = (count: number) => [...Array(count).keys()].map((it) => `${INSTANCE}/security-profile/${it}`);
  expect(mistakes(providing({ protectedProfileArns: profiles(10) }))).toEqual([]);
  const [line, ...others] = mistakes(providing({ protectedProfileArns: profiles(11) }));
  expect(others).toEqual([]);
  expect(line).toContain('protectedProfileArns: must be at most ten ARNs');
});

describe('a role that IAM would refuse for its size', () => {
  const instances = (count: number) =>
    [...Array(count).keys()].map((it) => INSTANCE.replace('11111111', `${10 ** 7 + it}`));
  const isRefused = (count: number, options = {}) =>
    mistakes(providing({ instanceArns: instances(count), ...options }));
  const most = (options = {}) => {
    let [fits, refused] = [1, 64];
    while (refused - fits > 1) {
      const count = Math.floor((fits + refused) / 2);
      if (isRefused(count, options).length === 0) fits = count;
      else refused = count;
    }
    return fits;
  };

  test('is refused at synthesis, with the way out', () => {
    const count = most();
    // The template's own documentation says how many fit; here a name of the deployment's counts as its shortest.
    expect(count).toBeGreaterThanOrEqual(20);
    expect(count).toBeLessThan(30);
    const [line, ...others] = isRefused(count + 1);
    expect(others).toEqual([]);
    const size = 'instanceArns: the policies of the role have at least 10\\d{3} characters, and IAM allows 10240';
    expect(line).toMatch(new RegExp(`${size} .* one ARN with \`\\*\`, or make several providers`));
  });

  test('is counted with all that the options add', () => {
    const roles = [...Array(20).keys()].map((it) => `${ROLE}-${it}`);
    expect(most({ allowedRoleArns: roles })).toBeLessThan(most());
    expect(most({ onlyOwnedProfiles: true })).toBeLessThan(most());
  });

  test('is not guessed where only the deployment knows the instances', () => {
    const scope = stack();
    const instanceArns = new CfnParameter(scope, 'Instances', { type: 'CommaDelimitedList' }).valueAsList;
    new SecurityProfileProvider(scope, 'Provider', { instanceArns, code: code() });
    expect(mistakes(scope)).toEqual([]);
  });
});

test('without the binary it says how to make it', () => {
  const scope = stack();
  const architecture = lambda.Architecture.custom('z80');
  expect(() => new SecurityProfileProvider(scope, 'Provider', { instanceArns: [INSTANCE], architecture })).toThrow(
    "this package does not hold lambda/provider-z80.zip, the function's binary: make it with `npm run lambda`",
  );
});

test('the zip in the package is the function', () => {
  const zip = join(__dirname, '../lambda/provider-test.zip');
  writeFileSync(zip, 'the binary');
  try {
    const scope = stack();
    const architecture = lambda.Architecture.custom('test');
    new SecurityProfileProvider(scope, 'Provider', { instanceArns: [INSTANCE], architecture });
    const assembly = (scope.node.root as App).synth();
    const asset = /[0-9a-f]{64}/.exec(
      handlerOf(Template.fromJSON(assembly.getStackByName('Stack').template)).Code.S3Key,
    )?.[0];
    expect(readFileSync(join(assembly.directory, `asset.${asset}.zip`), 'utf8')).toBe('the binary');
  } finally {
    rmSync(zip);
  }
});
