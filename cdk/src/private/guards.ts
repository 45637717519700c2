import { Token } from 'aws-cdk-lib';

/** The guards of a provider, as far as they judge what a resource states. */
export interface Guards {
  readonly instanceArns: string[];
  readonly deniedPermissions: string[];
  readonly protectedProfileNames: string[];
}

/** Why the provider would not touch the instance at all, in its words; nothing if it would, or if that is not known yet. */
export function forbiddenInstance(guards: Guards, instanceArn: string): string[] {
  const { instanceArns } = guards;
  const isKnown = [instanceArn, instanceArns, ...instanceArns].every((it) => !Token.isUnresolved(it));
  if (!isKnown || instanceArns.some((pattern) => matches(pattern, instanceArn, 'u'))) {
    return [];
  }
  const allowed = instanceArns.map((arn) => `\`${arn}\``).join(', ');
  return [`ALLOWED_INSTANCE_ARNS forbids the instance \`${instanceArn}\`: it allows ${allowed}`];
}

/** What the provider would not write, in its words. What is live already passes, which is not known here. */
export function forbiddenWrites(guards: Guards, name: string, permissions: string[]): string[] {
  const by = (patterns: string[], text: string) =>
    Token.isUnresolved(patterns) || Token.isUnresolved(text)
      ? undefined
      : patterns.find((pattern) => !Token.isUnresolved(pattern) && matches(pattern, text, 'iu'));
  const forbidden: string[] = [];
  const nameBy =
    by(guards.protectedProfileNames, name) ?? by(guards.protectedProfileNames, name.trim().replace(/\s+/gu, ' '));
  if (nameBy !== undefined) {
    forbidden.push(`PROTECTED_PROFILE_NAMES forbids profiles called \`${name}\` (by \`${nameBy}\`)`);
  }
  const denied = permissions.flatMap((permission) => {
    const pattern = by(guards.deniedPermissions, permission);
    return pattern === undefined ? [] : [`\`${permission}\` (by \`${pattern}\`)`];
  });
  if (denied.length > 0) {
    forbidden.push(`DENIED_PERMISSIONS forbids the permissions ${denied.join(', ')}`);
  }
  return forbidden;
}

/** Whether the whole text is as a pattern says, in which `*` stands for any text and `?` for one character. */
function matches(pattern: string, text: string, flags: string): boolean {
  const literal = (letter: string) => letter.replace(/[\\^$.|+()[\]{}/]/gu, '\\$&');
  const source = [...pattern].map((letter) => ({ '*': '.*', '?': '.' })[letter] ?? literal(letter)).join('');
  return new RegExp(`^${source}$`, `s${flags}`).test(text);
}
