// cdk-nag finds nothing in the constructs that is not answered: what a setting removes is a finding without that setting, the
// rest is suppressed by the constructs with a reason, and no suppression is left over. Versions 2 and 3 are both in use.
import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Aspects, CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  INagLogger,
  NagLoggerBaseData,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import * as nag3 from 'cdk-nag-3';
import { describe, expect, test } from 'vitest';
import { Permission, SecurityProfile, SecurityProfileProvider, SecurityProfileProviderOptions } from '../src';
// @ts-expect-error The script has no types.
import { parseTemplate } from '../scripts/generate.mjs';
import { code, INSTANCE } from './app';

const PACKS = [
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
];
const ROLES = ['arn:aws:iam::210987654321:role/connect*'];

interface Finding {
  /** The resource's path below the provider. */
  readonly resource: string;
  readonly rule: string;
  /** What of the resource is meant, for rules that look at each of several. */
  readonly part: string;
  readonly reason?: string;
}

/** Takes down what the packs say about resources of the constructs. */
class Findings implements INagLogger {
  public readonly unanswered: Finding[] = [];
  public readonly suppressed: Finding[] = [];
  public readonly failed: string[] = [];

  public onNonCompliance(data: NagLoggerBaseData & { findingId: string }): void {
    add(this.unanswered, data);
  }
  public onSuppressed(data: NagLoggerBaseData & { findingId: string; suppressionReason: string }): void {
    add(this.suppressed, data, data.suppressionReason);
  }
  public onError(data: NagLoggerBaseData & { errorMessage: string }): void {
    if (isOurs(data.resource)) this.failed.push(`${data.ruleId} ${data.resource.node.path}: ${data.errorMessage}`);
  }
  public onSuppressedError(data: NagLoggerBaseData & { errorMessage: string }): void {
    this.onError(data);
  }
  public onCompliance(): void {}
  public onNotApplicable(): void {}
}

const isOurs = (resource: CfnResource) => /\/(Provider|Agents)(\/|$)/.test(resource.node.path);

function add(list: Finding[], data: NagLoggerBaseData & { findingId: string }, reason?: string): void {
  if (!isOurs(data.resource)) return;
  list.push({ resource: belowStack(data.resource), rule: data.ruleId, part: data.findingId, reason });
}

function belowStack(resource: CfnResource): string {
  return resource.node.path.split('/').slice(1).join('/');
}

/** A stack with the constructs, and nothing beside what they are given. */
function scanned(options: (scope: Stack) => Partial<SecurityProfileProviderOptions>, instances = [INSTANCE]): Stack {
  const scope = new Stack(new App(), 'Stack');
  const provider = new SecurityProfileProvider(scope, 'Provider', {
    instanceArns: instances,
    code: code(),
    ...options(scope),
  });
  new SecurityProfile(scope, 'Agents', {
    instanceArn: INSTANCE,
    securityProfileName: 'Agents',
    permissions: [Permission.USERS_VIEW],
    provider,
  });
  return scope;
}

const everything = (scope: Stack) => ({
  allowedRoleArns: ROLES,
  alarmTopic: new sns.Topic(scope, 'Alarms'),
  encryptionKey: new kms.Key(scope, 'Key'),
  functionName: 'profiles',
  onlyOwnedProfiles: true,
  retainLogs: true,
  vpc: new ec2.Vpc(scope, 'Vpc'),
});

const STACKS: Record<string, () => Stack> = {
  'with nothing stated': () => scanned(() => ({})),
  'with everything stated': () => scanned(everything),
  'for every instance of an account': () => scanned(everything, [INSTANCE.replace(/[0-9-]*$/, '*')]),
  'for instances that the deployment alone knows': () => {
    const scope = new Stack(new App(), 'Stack');
    const instanceArns = new CfnParameter(scope, 'Instances', { type: 'CommaDelimitedList' }).valueAsList;
    new SecurityProfileProvider(scope, 'Provider', { instanceArns, code: code(), ...everything(scope) });
    return scope;
  },
};

function findings(scope: Stack): Findings {
  const found = new Findings();
  PACKS.forEach((Pack) => Aspects.of(scope).add(new Pack({ additionalLoggers: [found], reports: false })));
  Template.fromStack(scope);
  return found;
}

/** What the packs find, made once for all tests. */
const FOUND = Object.entries(STACKS).map(([name, stack]) => ({ name, found: findings(stack()) }));

const isOfSolutions = ({ rule }: Finding) => rule.startsWith('AwsSolutions-');

describe.each(FOUND)('on a provider $name', ({ name, found }) => {
  test('AwsSolutions leaves nothing unanswered', () => {
    expect(found.failed).toEqual([]);
    expect(found.unanswered.filter(isOfSolutions)).toEqual([]);
    expect(found.suppressed.map(({ rule }) => rule)).toContain('AwsSolutions-IAM5');
  });

  test('HIPAA, NIST 800-53, PCI DSS and serverless leave unanswered only what a setting removes', () => {
    const names = found.unanswered.filter((it) => !isOfSolutions(it)).map(({ rule }) => rule.replace(/^.*-/, ''));
    const removable = ['CloudWatchAlarmAction', 'CloudWatchLogGroupEncrypted', 'LambdaInsideVPC'];
    expect([...new Set(names)].sort()).toEqual(name === 'with nothing stated' ? removable : []);
  });
});

test('every suppression suppresses something', () => {
  const used = FOUND.flatMap(({ found }) => found.suppressed);
  const written = Object.values(STACKS).flatMap((stack) => {
    const scope = stack();
    return scope.node.findAll().flatMap((construct) => {
      const metadata = CfnResource.isCfnResource(construct) ? construct.getMetadata('cdk_nag') : undefined;
      return (metadata?.rules_to_suppress ?? []).flatMap(({ id, reason, applies_to }: any) =>
        (applies_to ?? [{ regex: '/^/' }]).map(({ regex }: { regex: string }) => ({
          resource: belowStack(construct as CfnResource),
          rule: id,
          reason,
          regex,
        })),
      );
    });
  });
  expect(written.length).toBeGreaterThan(20);
  // cdk-nag writes the part before the reason.
  const isUsed = ({ resource, rule, reason, regex }: any) =>
    used.some(
      (it) =>
        it.resource === resource &&
        it.rule === rule &&
        it.reason?.endsWith(reason) &&
        new RegExp(regex.slice(1, -1)).test(it.part),
    );
  expect(written.filter((it) => !isUsed(it))).toEqual([]);
});

test('what is suppressed for cdk-nag is no wildcard of an action', () => {
  const parts = FOUND.flatMap(({ found }) => found.suppressed.map(({ part }) => part)).filter((part) => part);
  expect(parts.filter((part) => !part.startsWith('Resource::'))).toEqual([]);
});

test('the constructs tell checkov what template.yaml tells it', () => {
  const declared = parseTemplate(readFileSync(join(__dirname, '../../template.yaml'), 'utf8')).Resources;
  const made = Object.entries<any>(Template.fromStack(STACKS['with everything stated']()).toJSON().Resources);
  for (const [logicalId, name] of [
    ['ProviderFunction', /^ProviderFunction[0-9A-F]{8}$/],
    ['LastResortFunction', /^ProviderLastResort[0-9A-F]{8}$/],
  ] as const) {
    const [[, resource]] = made.filter(([id, { Type }]) => name.test(id) && Type === 'AWS::Lambda::Function');
    expect(resource.Metadata.checkov).toEqual(declared[logicalId].Metadata.checkov);
    expect(resource.Metadata.checkov.skip.length).toBeGreaterThan(1);
  }
});

describe.each(Object.entries(STACKS))('cdk-nag 3, on a provider %s', (name, stack) => {
  const scope = stack();
  const app = scope.node.root as App;
  const packs = [
    nag3.AwsSolutionsChecks,
    nag3.HIPAASecurityChecks,
    nag3.NIST80053R5Checks,
    nag3.PCIDSS321Checks,
    nag3.ServerlessChecks,
  ];
  Template.fromStack(scope);
  const rules = packs.flatMap((Pack) => {
    const { violations } = new Pack(app).validateScope(app);
    return violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources
        .map(({ constructPath }) => constructPath ?? '')
        .filter((path) => /\/(Provider|Agents)(\/|$)/.test(path))
        .map((path) => ({ ruleName, path })),
    );
  });

  test('finds only what a setting removes', () => {
    const names = rules.map(({ ruleName }) => ruleName.replace(/^.*-/, ''));
    const removable = ['CloudWatchAlarmAction', 'CloudWatchLogGroupEncrypted', 'LambdaInsideVPC'];
    expect([...new Set(names)].sort()).toEqual(name === 'with nothing stated' ? removable : []);
  });
});
