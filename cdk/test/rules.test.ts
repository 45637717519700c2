import { Aws, CfnParameter, Fn, Lazy, SecretValue, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { Permission, RestrictedResource, SecurityProfile, SecurityProfileProvider } from '../src';
import { mistakesIn } from '../src/private/rules';
import { code, imported, INSTANCE, mistakes, stack } from './app';

const profile = (scope: Stack, props: object) =>
  new SecurityProfile(scope, 'Agents', {
    instanceArn: INSTANCE,
    securityProfileName: 'Agents',
    provider: imported(scope),
    ...props,
  });

const refused = (props: object) => {
  const scope = stack();
  profile(scope, props);
  return mistakes(scope).map((line) => line.replace('[Stack/Agents] ', ''));
};

const names = (count: number) => Array.from({ length: count }, (_, index) => `P${index}`);

test('every mistake is said at once, by the path of the construct and in the words of the provider', () => {
  const scope = stack();
  profile(scope, {
    instanceArn: 'i-123',
    description: 'x'.repeat(251),
    applications: [{ namespace: '', applicationPermissions: [] }],
    allowedAccessControlTags: { team: 'ops' },
    allowedAccessControlHierarchyGroupId: 'g',
  });
  Tags.of(scope).add('custom-connect-security-profile:owner', 'x');
  Tags.of(scope).add('a,b', 'x');
  expect(mistakes(scope)).toEqual(
    [
      "InstanceArn `i-123` is not an instance's ARN: arn:<partition>:connect:<region>:<account>:instance/<id>",
      'Description has 251 characters; at most 250 are allowed',
      'Applications[0].Namespace must not be empty',
      'Applications[0].ApplicationPermissions must not be empty',
      'AllowedAccessControlTags needs TagRestrictedResources beside it',
      'AllowedAccessControlHierarchyGroupId needs HierarchyRestrictedResources beside it',
      'Tags[0].Key may hold only letters, digits, spaces and `_.:/=+-@`',
      "Tags[1].Key `custom-connect-security-profile:owner` is this provider's own: remove the tag; the provider sets it",
    ].map((mistake) => `[Stack/Agents] ${mistake}`),
  );
});

describe('limits hold at their edges', () => {
  const attributes = (count: number, values: number) =>
    names(count).map((attributeName) => ({ attributeName, values: names(values) }));
  const applications = (count: number) =>
    names(count).map((namespace) => ({ namespace, applicationPermissions: ['ACCESS'] }));
  const cases: [string, unknown, unknown, object?][] = [
    ['description', '😀'.repeat(250), '😀'.repeat(251)],
    ['securityProfileName', 'a'.repeat(127), 'a'.repeat(128)],
    ['securityProfileName', 'A b_c@d-1', 'A.b'],
    ['securityProfileName', 'a', ''],
    ['permissions', names(500).map(Permission.of), names(501).map(Permission.of)],
    ['permissions', [Permission.of('x'.repeat(128))], [Permission.of('x'.repeat(129))]],
    ['permissions', [], [Permission.of('')]],
    ['hierarchyRestrictedResources', names(10).map(RestrictedResource.of), names(11).map(RestrictedResource.of)],
    [
      'tagRestrictedResources',
      names(10).map(RestrictedResource.of),
      names(11).map(RestrictedResource.of),
      { allowedAccessControlTags: { a: '' } },
    ],
    [
      'allowedAccessControlTags',
      { a: '', b: '', c: '', d: '' },
      { a: '', b: '', c: '', d: '', e: '' },
      { tagRestrictedResources: [RestrictedResource.USER] },
    ],
    ['applications', applications(10), applications(11)],
    ['allowedFlowModules', [{ flowModuleId: 'm' }], [{ flowModuleId: '' }]],
    ['allowedAiAgents', [{ arn: 'a'.repeat(2048) }], [{ arn: 'a'.repeat(2049) }]],
    ['dataTableAccess', attributes(5, 2), attributes(6, 2)],
    ['dataTableAccess', attributes(1, 1), attributes(1, 3)],
    ['dataTableAccess', attributes(1, 2), attributes(1, 0)],
    ['dataTableAccess', [{ attributeName: 'ÿ', values: ['é'] }], [{ attributeName: 'ÿ', values: ['€'] }]],
    ['dataTableAccess', [{ attributeName: 'a', values: ['b'] }], [{ attributeName: 'aws:a', values: ['b'] }]],
    [
      'allowedAccessControlHierarchyGroupId',
      'g'.repeat(127),
      'g'.repeat(128),
      { hierarchyRestrictedResources: [RestrictedResource.USER] },
    ],
  ];
  test.each(cases)('%s (%#)', (name, within, beyond, beside = {}) => {
    expect(refused({ [name]: within, ...beside })).toEqual([]);
    expect(refused({ [name]: beyond, ...beside })).toHaveLength(1);
  });
});

test('tags may be 49, with keys of letters of any language', () => {
  const scope = stack();
  profile(scope, {});
  for (const name of names(48)) Tags.of(scope).add(name, '');
  Tags.of(scope).add('Coût Center@x', '');
  expect(mistakes(scope)).toEqual([]);
  Tags.of(scope).add('fifty', '');
  const again = stack();
  profile(again, {});
  for (const name of names(50)) Tags.of(again).add(name, '');
  expect(mistakes(again)).toEqual(['[Stack/Agents] Tags has 50 different items; at most 49 are allowed']);
});

test('what the console adds counts, if it is asked for', () => {
  const permissions = [...names(499), 'Users.Edit'].map(Permission.of);
  expect(refused({ permissions })).toEqual([]);
  expect(refused({ permissions, expandPermissions: true })).toEqual([
    'Permissions has 501 names with those that ExpandPermissions adds; at most 500 are allowed',
  ]);
});

test('equal duplicates collapse and unequal ones contradict', () => {
  const application = { namespace: 'n', applicationPermissions: ['A', 'B'] };
  expect(refused({ applications: [application, { namespace: 'n', applicationPermissions: ['B', 'A', 'A'] }] })).toEqual(
    [],
  );
  expect(refused({ applications: [application, { namespace: 'n', applicationPermissions: ['A'] }] })).toEqual([
    'Applications[1] contradicts an earlier item of the same name',
  ]);
});

describe('the account', () => {
  const other = INSTANCE.replace(/\d{12}/, '999999999999');
  const rule = (account: string) =>
    `InstanceArn is in account 999999999999, and the calls are made in ${account}, the account of RoleArn or else of the provider`;

  test('is that of the service token', () => {
    expect(refused({ instanceArn: other })).toEqual([rule('123456789012')]);
  });

  test('is that of the stack of the provider', () => {
    const scope = stack();
    SecurityProfileProvider.singleton(scope, { code: code() });
    profile(scope, { instanceArn: other, provider: undefined });
    expect(mistakes(scope)).toEqual([`[Stack/Agents] ${rule('123456789012')}`]);
  });

  test('is that of the role', () => {
    const role = (account: string) => iam.Role.fromRoleArn(stack(), 'Role', `arn:aws:iam::${account}:role/connect`);
    expect(refused({ instanceArn: other, role: role('999999999999') })).toEqual([]);
    expect(refused({ instanceArn: other, role: role('111111111111') })).toEqual([rule('111111111111')]);
  });

  test('is not asked for where it is not known', () => {
    const scope = stack();
    const provider = SecurityProfileProvider.fromServiceToken(scope, 'Other', Fn.importValue('Token'));
    profile(scope, { instanceArn: other, provider });
    expect(mistakes(scope)).toEqual([]);
  });
});

describe('dynamic references', () => {
  const rule = (path: string, service: string) =>
    `${path} holds the dynamic reference \`{{resolve:${service}:…}}\`, which CloudFormation does not resolve in custom ` +
    'resources; use a parameter with `NoEcho`, or `{{resolve:ssm:…}}` for a value that is not secret';

  test('to Secrets Manager and to secure parameters are refused wherever they stand, in the words of the provider', () => {
    expect(
      refused({
        description: SecretValue.secretsManager('desk').unsafeUnwrap(),
        externalId: '{{resolve:secretsmanager:connect/external-id:SecretString:id}}',
        role: iam.Role.fromRoleArn(stack(), 'Role', 'arn:aws:iam::123456789012:role/connect'),
        dataTableAccess: [{ attributeName: 'region', values: ['{{resolve:ssm-secure:/desk:1}}'] }],
        permissions: [Permission.of(Fn.sub('${AWS::StackName}{{resolve:ssm-secure:/desk:1}}'))],
      }).sort(),
    ).toEqual([
      rule('Description', 'secretsmanager'),
      rule('ExternalId', 'secretsmanager'),
      rule(
        'GranularAccessControlConfiguration.DataTableAccessControlConfiguration.' +
          'PrimaryAttributeAccessControlConfiguration.PrimaryAttributeValues[0].Values[0]',
        'ssm-secure',
      ),
      rule('Permissions[0]', 'ssm-secure'),
    ]);
  });

  test('to plain parameters are resolved', () => {
    expect(refused({ description: '{{resolve:ssm:/desk}}', instanceArn: '{{resolve:ssm:/instance}}' })).toEqual([]);
    expect(refused({ securityProfileName: '{{resolve:secretsmanager:desk}}' })).toEqual([
      rule('SecurityProfileName', 'secretsmanager'),
    ]);
  });
});

test('an external id has the form that STS asks for', () => {
  for (const externalId of ['ab', 'a_+=,.@:/-9', 'x'.repeat(1224)]) expect(refused({ externalId })).toEqual([]);
  for (const externalId of ['a', 'a b', 'é-id', 'x'.repeat(1225)]) {
    expect(refused({ externalId })).toEqual([
      'ExternalId must have 2 to 1224 characters: letters, digits and `_+=,.@:/-`',
    ]);
  }
});

test("the owner tag's key is refused in any case and with white space around it", () => {
  for (const key of ['Custom-Connect-Security-Profile:Owner', ' custom-connect-security-profile:owner']) {
    const scope = stack();
    profile(scope, {});
    Tags.of(scope).add(key, 'x');
    expect(mistakes(scope)).toEqual([
      "[Stack/Agents] Tags[0].Key is `custom-connect-security-profile:owner` in another spelling, which is this provider's own: remove the tag; the provider sets it",
    ]);
  }
});

test('what only the deployment knows is passed over', () => {
  const scope = stack();
  const text = new CfnParameter(scope, 'Text').valueAsString;
  const list = new CfnParameter(scope, 'List', { type: 'CommaDelimitedList' }).valueAsList;
  const provider = imported(scope);
  new SecurityProfile(scope, 'A', {
    provider,
    instanceArn: text,
    securityProfileName: `${Aws.STACK_NAME}.agents`,
    description: Lazy.string({ produce: () => 'later' }),
    permissions: [Permission.of(text)],
    allowedAccessControlTags: { [text]: text },
    tagRestrictedResources: [RestrictedResource.of(text)],
    allowedAccessControlHierarchyGroupId: text,
    applications: [
      { namespace: text, applicationPermissions: list },
      { namespace: 'n', applicationPermissions: list },
      { namespace: 'n', applicationPermissions: [text] },
    ],
    dataTableAccess: [{ attributeName: text, values: list }],
    hierarchyRestrictedResources: [RestrictedResource.of(text)],
  });
  Tags.of(scope).add('team', text);
  expect(mistakes(scope)).toEqual([]);
});

test('a list of the deployment neither is empty nor holds anything', () => {
  expect(
    mistakesIn({
      SecurityProfileName: 'a',
      InstanceArn: INSTANCE,
      TagRestrictedResources: Fn.split(',', Aws.STACK_NAME),
    }),
  ).toEqual([]);
});
