import { Token } from 'aws-cdk-lib';
import { expand } from './catalogue';

/**
 * What is wrong with the properties of a resource, in the order and the words of the provider, which says the same when it
 * gets them. What only the deployment knows is passed over.
 *
 * @param properties the properties as the template has them, before tokens are resolved
 * @param account the account of the provider's function, if it is known
 */
export function mistakesIn(properties: Record<string, unknown>, account?: string): string[] {
  const mistakes = new Mistakes();
  checkSought(properties, account, mistakes);
  checkExternalId(properties.ExternalId, mistakes);
  checkMembers(properties, mistakes);
  checkTags(properties.Tags, mistakes);
  return mistakes.all.map(({ path, rule }) => `${path} ${rule}`);
}

/** What the ARN of an instance looks like, with its account. */
export const INSTANCE_ARN = /^arn:aws[a-z0-9-]{0,60}:connect:[a-z0-9-]{1,63}:(\d{12}):instance\/[a-zA-Z0-9-]{1,100}$/u;

const ROLE_ARN = /^arn:aws[a-z0-9-]{0,60}:iam::(\d{12}):role\/[a-zA-Z0-9+=,.@_/-]{0,511}[a-zA-Z0-9+=,.@_-]$/u;
const OWNER_TAG = 'custom-connect-security-profile:owner';
const WITHOUT_OWNER_TAG = 'remove the tag; the provider sets it';
const MOST_PERMISSIONS = 500;
const REFERENCE = '{{resolve:';

type Lengths = readonly [number, number];
const NAME: Lengths = [1, 128];
const TAG_VALUE: Lengths = [0, 256];
const ARN: Lengths = [1, 2048];

class Mistakes {
  public readonly all: { path: string; rule: string }[] = [];

  public add(path: string, rule: string): void {
    this.all.push({ path, rule });
  }

  public areIn(property: string): boolean {
    return this.all.some(({ path }) => path.startsWith(property));
  }
}

function checkSought(properties: Record<string, unknown>, own: string | undefined, mistakes: Mistakes): void {
  const { InstanceArn: instance, RoleArn: role, SecurityProfileName: name } = properties;
  let account = own;
  if (Token.isUnresolved(role)) {
    account = undefined;
  } else if (isKnown(role) && role !== '') {
    account = ROLE_ARN.exec(role)?.[1];
    if (account === undefined) {
      mistakes.add('RoleArn', `\`${excerpt(role)}\` is not a role's ARN: arn:<partition>:iam::<account>:role/<name>`);
      account = own;
    }
  }
  if (isKnown(instance)) {
    const other = INSTANCE_ARN.exec(instance)?.[1];
    if (other === undefined) {
      const form = 'arn:<partition>:connect:<region>:<account>:instance/<id>';
      mistakes.add('InstanceArn', `\`${excerpt(instance)}\` is not an instance's ARN: ${form}`);
    } else if (account !== undefined && account !== other) {
      const rule = `is in account ${other}, and the calls are made in ${account}, the account of RoleArn or else of the provider`;
      mistakes.add('InstanceArn', rule);
    }
  }
  const text = textOf(name, 'SecurityProfileName', [1, 127], mistakes);
  if (text !== undefined && !/^[ a-zA-Z0-9_@-]+$/u.test(text)) {
    const rule = `\`${excerpt(text)}\` may hold only letters, digits, spaces, \`_\`, \`@\` and \`-\``;
    mistakes.add('SecurityProfileName', rule);
  }
}

/** The form that STS asks for. The id is not quoted. */
function checkExternalId(id: unknown, mistakes: Mistakes): void {
  if (isKnown(id) && id !== '' && !/^[a-zA-Z0-9_+=,.@:/-]{2,1224}$/u.test(id)) {
    mistakes.add('ExternalId', 'must have 2 to 1224 characters: letters, digits and `_+=,.@:/-`');
  }
}

/**
 * Dynamic references that CloudFormation delivers to a custom resource as they are written, in the words of the provider.
 *
 * @param properties the properties with their tokens resolved, as the template will have them
 */
export function referencesIn(properties: Record<string, unknown>): string[] {
  const { ServiceToken: _token, ServiceTimeout: _timeout, ...read } = properties;
  return textsOf(read, '').flatMap(({ path, text }) => {
    const service = /\{\{resolve:(secretsmanager|ssm-secure)(?![a-zA-Z0-9-])/u.exec(text)?.[1];
    if (service === undefined) {
      return [];
    }
    const never = 'which CloudFormation does not resolve in custom resources';
    const instead = `use a parameter with \`NoEcho\`, or \`${REFERENCE}ssm:…}}\` for a value that is not secret`;
    return [`${path} holds the dynamic reference \`${REFERENCE}${service}:…}}\`, ${never}; ${instead}`];
  });
}

/** Every text with its path; those that a function is given have the path of the function. */
function textsOf(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === 'string') {
    return [{ path, text: value }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => textsOf(item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref' || key.startsWith('Fn::')) {
      return textsOf(item, '').map(({ text }) => ({ path, text }));
    }
    return textsOf(item, path === '' ? key : `${path}.${key}`);
  });
}

function checkMembers(properties: Record<string, unknown>, mistakes: Mistakes): void {
  textOf(properties.Description, 'Description', [0, 250], mistakes);
  checkPermissions(properties, mistakes);
  const tags = checkAccessControlTags(properties.AllowedAccessControlTags, mistakes);
  const restricted = checkNames(properties.TagRestrictedResources, 'TagRestrictedResources', 10, mistakes);
  const hierarchy = checkNames(properties.HierarchyRestrictedResources, 'HierarchyRestrictedResources', 10, mistakes);
  const group = textOf(
    properties.AllowedAccessControlHierarchyGroupId,
    'AllowedAccessControlHierarchyGroupId',
    [0, 127],
    mistakes,
  );
  checkApplications(properties.Applications, mistakes);
  checkWithKinds(properties.AllowedFlowModules, 'AllowedFlowModules', 'FlowModuleId', NAME, 10, mistakes);
  checkWithKinds(properties.AllowedAIAgents, 'AllowedAIAgents', 'Arn', ARN, 100, mistakes);
  checkGranular(properties.GranularAccessControlConfiguration, mistakes);

  if (tags === 'some' && restricted === 'none' && !mistakes.areIn('TagRestrictedResources')) {
    mistakes.add('AllowedAccessControlTags', 'needs TagRestrictedResources beside it');
  }
  if (restricted === 'some' && tags === 'none' && !mistakes.areIn('AllowedAccessControlTags')) {
    mistakes.add('TagRestrictedResources', 'needs AllowedAccessControlTags beside it');
  }
  if (group && hierarchy === 'none' && !mistakes.areIn('HierarchyRestrictedResources')) {
    mistakes.add('AllowedAccessControlHierarchyGroupId', 'needs HierarchyRestrictedResources beside it');
  }
}

function checkPermissions(properties: Record<string, unknown>, mistakes: Mistakes): void {
  const list = properties.Permissions;
  checkNames(list, 'Permissions', MOST_PERMISSIONS, mistakes);
  if (properties.ExpandPermissions === true && isList(list)) {
    const stated = new Set(list.filter(isKnown));
    const all = expand(stated);
    if (stated.size <= MOST_PERMISSIONS && all.size > MOST_PERMISSIONS) {
      const rule = `has ${all.size} names with those that ExpandPermissions adds; at most 500 are allowed`;
      mistakes.add('Permissions', rule);
    }
  }
}

/** Whether a list has members that are as they should be; `unknown` if only the deployment can tell. */
type Filled = 'none' | 'some' | 'unknown';

function filled(list: unknown, good: number): Filled {
  if (good > 0) {
    return 'some';
  }
  const isUnsure = Token.isUnresolved(list) || (isList(list) && list.some(hasToken));
  return isUnsure ? 'unknown' : 'none';
}

function hasToken(item: unknown): boolean {
  return Token.isUnresolved(item) || (typeof item === 'object' && Object.values(item ?? {}).some(Token.isUnresolved));
}

function checkNames(list: unknown, path: string, most: number, mistakes: Mistakes): Filled {
  if (!isList(list)) {
    return filled(list, 0);
  }
  const names = list.map((item, index) => textOf(item, `${path}[${index}]`, NAME, mistakes));
  const good = new Set(names.filter(isKnown)).size;
  atMost(most, good, path, mistakes);
  return filled(list, good);
}

function checkAccessControlTags(list: unknown, mistakes: Mistakes): Filled {
  const keys = new Set<string>();
  for (const { path, item } of items(list, 'AllowedAccessControlTags')) {
    const key = textOf(item.Key, `${path}.Key`, NAME, mistakes);
    const value = textOf(item.Value, `${path}.Value`, TAG_VALUE, mistakes);
    if (key !== undefined && value !== undefined) {
      keys.add(key);
    }
  }
  atMost(4, keys.size, 'AllowedAccessControlTags', mistakes);
  return filled(list, keys.size);
}

function checkApplications(list: unknown, mistakes: Mistakes): void {
  const seen = new Map<string, string>();
  for (const { path, item } of items(list, 'Applications')) {
    const namespace = textOf(item.Namespace, `${path}.Namespace`, NAME, mistakes);
    const permissions = item.ApplicationPermissions;
    checkNames(permissions, `${path}.ApplicationPermissions`, 50, mistakes);
    if (isList(permissions) && permissions.length === 0) {
      mistakes.add(`${path}.ApplicationPermissions`, 'must not be empty');
    }
    const members = isList(permissions) ? [...new Set(permissions)].sort() : permissions;
    insertOnce(seen, namespace, [members, item.Type ?? null], path, mistakes);
  }
  atMost(10, seen.size, 'Applications', mistakes);
}

function checkWithKinds(
  list: unknown,
  name: string,
  key: string,
  lengths: Lengths,
  most: number,
  mistakes: Mistakes,
): void {
  const seen = new Map<string, string>();
  for (const { path, item } of items(list, name)) {
    const id = textOf(item[key], `${path}.${key}`, lengths, mistakes);
    insertOnce(seen, id, item.Type ?? null, path, mistakes);
  }
  atMost(most, seen.size, name, mistakes);
}

function checkGranular(configuration: unknown, mistakes: Mistakes): void {
  let inner: any = configuration;
  let path = 'GranularAccessControlConfiguration';
  const levels = [
    'DataTableAccessControlConfiguration',
    'PrimaryAttributeAccessControlConfiguration',
    'PrimaryAttributeValues',
  ];
  for (const level of levels) {
    inner = isStated(inner) && !Token.isUnresolved(inner) ? inner[level] : undefined;
    path += `.${level}`;
  }
  const seen = new Map<string, string>();
  for (const { path: place, item } of items(inner, path)) {
    const name = textOf(item.AttributeName, `${place}.AttributeName`, [1, 127], mistakes);
    if (name !== undefined && /^(aws|connect):/u.test(name)) {
      mistakes.add(`${place}.AttributeName`, 'must not begin with `aws:` or `connect:`');
    } else if (name !== undefined && !isLatin(name)) {
      mistakes.add(`${place}.AttributeName`, 'may hold only printable Latin-1 characters');
    }
    const values = checkAttributeValues(item.Values, `${place}.Values`, mistakes);
    insertOnce(seen, name, values, place, mistakes);
  }
  atMost(5, seen.size, path, mistakes);
}

function checkAttributeValues(list: unknown, path: string, mistakes: Mistakes): unknown {
  if (!isList(list)) {
    return list;
  }
  const values = new Set<string>();
  for (const [index, item] of list.entries()) {
    const value = textOf(item, `${path}[${index}]`, [1, 1000], mistakes);
    if (value === undefined) {
      continue;
    }
    if (!isLatin(value)) {
      mistakes.add(`${path}[${index}]`, 'may hold only printable Latin-1 characters');
    }
    values.add(value);
  }
  if (list.length === 0) {
    mistakes.add(path, 'must not be empty');
  }
  atMost(2, values.size, path, mistakes);
  return [...values].sort();
}

function checkTags(list: unknown, mistakes: Mistakes): void {
  const seen = new Set<string>();
  for (const { path, item } of items(list, 'Tags')) {
    const key = textOf(item.Key, `${path}.Key`, NAME, mistakes);
    textOf(item.Value, `${path}.Value`, TAG_VALUE, mistakes);
    if (key === undefined) {
      continue;
    }
    if (key.startsWith('aws:')) {
      mistakes.add(`${path}.Key`, "must not begin with `aws:`, which is AWS's own");
    } else if (key === OWNER_TAG) {
      mistakes.add(`${path}.Key`, `\`${OWNER_TAG}\` is this provider's own: ${WITHOUT_OWNER_TAG}`);
    } else if (key.trim().toUpperCase().toLowerCase() === OWNER_TAG) {
      const rule = `is \`${OWNER_TAG}\` in another spelling, which is this provider's own: ${WITHOUT_OWNER_TAG}`;
      mistakes.add(`${path}.Key`, rule);
    } else if (![...key].every(isTagCharacter)) {
      mistakes.add(`${path}.Key`, 'may hold only letters, digits, spaces and `_.:/=+-@`');
    } else if (seen.has(key)) {
      mistakes.add(`${path}.Key`, 'is given twice');
    }
    seen.add(key);
  }
  atMost(49, seen.size, 'Tags', mistakes);
}

function isTagCharacter(character: string): boolean {
  const isControl = /\p{Cc}/u.test(character);
  return !isControl && /[\p{Alphabetic}\p{N}\p{White_Space}_.:/=+\-@]/u.test(character);
}

/** The API's `[\t\n\r\x20-\x7E\xA1-\xFF]`. */
function isLatin(text: string): boolean {
  return /^[\t\n\r\x20-\x7e\xa1-\xff]*$/u.test(text);
}

/** The text, unless it is absent, too long or too short, or not known before the deployment. */
function textOf(value: unknown, path: string, [shortest, longest]: Lengths, mistakes: Mistakes): string | undefined {
  if (!isKnown(value)) {
    return undefined;
  }
  const length = [...value].length;
  if (length < shortest) {
    mistakes.add(path, 'must not be empty');
  } else if (length > longest) {
    mistakes.add(path, `has ${length} characters; at most ${longest} are allowed`);
  } else {
    return value;
  }
  return undefined;
}

/** Equal duplicates collapse; unequal ones contradict each other. */
function insertOnce(
  seen: Map<string, string>,
  key: string | undefined,
  value: unknown,
  path: string,
  mistakes: Mistakes,
): void {
  if (key === undefined) {
    return;
  }
  const text = JSON.stringify(value);
  const other = seen.get(key);
  const isSure = !Token.isUnresolved(text) && !Token.isUnresolved(other);
  if (other !== undefined && other !== text && isSure) {
    mistakes.add(path, 'contradicts an earlier item of the same name');
  } else {
    seen.set(key, text);
  }
}

function atMost(most: number, count: number, path: string, mistakes: Mistakes): void {
  if (count > most) {
    mistakes.add(path, `has ${count} different items; at most ${most} are allowed`);
  }
}

/** The objects of a list, each with its path. */
function items(list: unknown, path: string): { path: string; item: Record<string, unknown> }[] {
  const all = isList(list) ? list : [];
  return all
    .map((item, index) => ({ path: `${path}[${index}]`, item: item as Record<string, unknown> }))
    .filter(({ item }) => isStated(item) && !Token.isUnresolved(item));
}

function isStated(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether the function will get this very text: neither a token nor a dynamic reference. */
function isKnown(value: unknown): value is string {
  return typeof value === 'string' && !Token.isUnresolved(value) && !value.includes(REFERENCE);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && !Token.isUnresolved(value);
}

/** The beginning of a text that is quoted in a message. */
function excerpt(text: string): string {
  const letters = [...text];
  return letters.length > 60 ? `${letters.slice(0, 60).join('')}…` : text;
}
