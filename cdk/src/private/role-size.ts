import { IConstruct } from 'constructs';
import { Stack } from 'aws-cdk-lib';

/** The most characters that IAM allows for all inline policies of a role together. */
export const ROLE_QUOTA = 10_240;

/**
 * How many characters IAM counts of inline policies, which is all but white space. What only the deployment knows counts as
 * its shortest value, so a role has at least as many.
 */
export function countedCharacters(scope: IConstruct, documents: unknown[]): number {
  const texts = documents.map((document) => JSON.stringify(shortest(Stack.of(scope).resolve(document))));
  return texts.reduce((sum, text) => sum + text.replace(/\s/gu, '').length, 0);
}

/** A resolved value in which each text that the deployment makes is as short as it can be. */
function shortest(value: any): any {
  if (Array.isArray(value)) {
    return value.map(shortest);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const [name, ...others] = Object.keys(value);
  if (others.length > 0 || !(name === 'Ref' || name.startsWith('Fn::'))) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shortest(member)]));
  }
  const argument = value[name];
  if (name === 'Fn::Join' && Array.isArray(argument[1])) {
    return shortest(argument[1]).join(argument[0]);
  }
  return SHORTEST[name === 'Fn::GetAtt' ? argument[1] : argument] ?? '';
}

const SHORTEST: Record<string, string> = {
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:x',
};
