import { mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SecurityProfileProvider } from '../src';

export const ACCOUNT = '123456789012';
export const INSTANCE = `arn:aws:connect:eu-west-2:${ACCOUNT}:instance/11111111-2222-3333-4444-555555555555`;
export const TOKEN = `arn:aws:lambda:eu-west-2:${ACCOUNT}:function:provider`;
export const PROFILE = 'Custom::ConnectSecurityProfile';

const folder = mkdtempSync(join(tmpdir(), 'provider-'));
writeFileSync(join(folder, 'bootstrap'), '');

/** A stand-in for the function's binary. */
export const code = () => lambda.Code.fromAsset(folder);

export function stack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: 'eu-west-2' } });
}

export function imported(scope: Stack) {
  return SecurityProfileProvider.fromServiceToken(scope, 'Provider', TOKEN);
}

/** The properties of the only resource of a type. */
export function properties(of: Stack, type: string = PROFILE): any {
  const resources = Object.values(Template.fromStack(of).findResources(type));
  if (resources.length !== 1) throw new Error(`${resources.length} resources of type ${type}`);
  return resources[0].Properties;
}

/** What synthesis says is wrong, a line each. */
export function mistakes(of: Stack): string[] {
  try {
    Template.fromStack(of);
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith('Validation failed')) throw error;
    return message
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('['));
  }
  return [];
}
