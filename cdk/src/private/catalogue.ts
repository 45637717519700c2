import { CATALOGUE } from './catalogue.generated';

/** Whether the permission is known. */
export function isKnown(permission: string): boolean {
  return CATALOGUE.has(permission);
}

/** The permissions with everything that the console would add to them. */
export function expand(permissions: Iterable<string>): Set<string> {
  const expanded = new Set(permissions);
  // A set that grows while it is walked is walked to its new end.
  for (const permission of expanded) {
    for (const implied of CATALOGUE.get(permission) ?? []) {
      expanded.add(implied);
    }
  }
  return expanded;
}

/** The known permission most like the text, if any is alike enough for "did you mean" to help. */
export function nearestPermission(text: string): string | undefined {
  let best: { likeness: number; name: string } | undefined;
  for (const name of CATALOGUE.keys()) {
    const isNear = text.length <= 2 * name.length && name.length <= 2 * text.length;
    const likeness = isNear ? jaroWinkler(text.toLowerCase(), name.toLowerCase()) : 0;
    if (likeness > 0.8 && likeness >= (best?.likeness ?? 0)) {
      best = { likeness, name };
    }
  }
  return best?.name;
}

function jaroWinkler(one: string, other: string): number {
  const likeness = jaro(one, other);
  let prefix = 0;
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) {
    prefix += 1;
  }
  return likeness > 0.7 ? likeness + 0.1 * prefix * (1 - likeness) : likeness;
}

function jaro(one: string, other: string): number {
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1);
  const taken = new Array<boolean>(other.length).fill(false);
  const matches: string[] = [];
  for (const [index, letter] of [...one].entries()) {
    const end = Math.min(other.length, index + reach + 1);
    for (let place = Math.max(0, index - reach); place < end; place += 1) {
      if (!taken[place] && other[place] === letter) {
        taken[place] = true;
        matches.push(letter);
        break;
      }
    }
  }
  if (matches.length === 0) {
    return 0;
  }
  const others = [...other].filter((_, index) => taken[index]);
  const moved = Math.floor(matches.filter((letter, index) => letter !== others[index]).length / 2);
  const count = matches.length;
  return (count / one.length + count / other.length + (count - moved) / count) / 3;
}
