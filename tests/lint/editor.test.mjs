// The schema for editors, by the language server that VS Code's YAML extension and others are made of.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = (path) => readdirSync(here(path)).filter((name) => name.endsWith('.yaml')).map((name) => here(path + name));

// Short forms of functions are tags, and an editor is told of them.
const functions = ['Base64', 'FindInMap sequence', 'GetAtt', 'If sequence', 'ImportValue', 'Join sequence', 'Ref',
  'Select sequence', 'Split sequence', 'Sub', 'Sub sequence', 'Equals sequence', 'Not sequence'].map((name) => `!${name}`);
const settings = {
  completion: true,
  customTags: functions,
  hover: true,
  schemas: { [new URL('../../schema/template.json', import.meta.url)]: ['*.yaml'] },
  schemaStore: { enable: false },
  validate: true,
};

const resource = (type, properties) => `Resources:
  Agents:
    Type: ${type}
    Properties:
      ServiceToken: x
      InstanceArn: !Ref InstanceArn
      SecurityProfileName: Agents
${properties}`;
const profile = (properties) => resource('Custom::ConnectSecurityProfile', properties);

let server;
let received = Buffer.alloc(0);
let count = 0;
const answers = new Map();
const marks = new Map();

function send(message) {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function ask(method, params) {
  count += 1;
  send({ id: count, method, params });
  return new Promise((resolve) => answers.set(count, resolve));
}

function handle(message) {
  if (message.method === 'workspace/configuration') {
    const result = message.params.items.map(({ section }) => (section === 'yaml' ? settings : null));
    send({ id: message.id, result });
  } else if (message.method && message.id !== undefined) {
    send({ id: message.id, result: null });
  } else if (message.method === 'textDocument/publishDiagnostics') {
    marks.get(message.params.uri)?.(message.params.diagnostics.map((mark) => mark.message));
  } else {
    answers.get(message.id)?.(message.result);
  }
}

function receive(data) {
  received = Buffer.concat([received, data]);
  for (;;) {
    const end = received.indexOf('\r\n\r\n');
    const length = end < 0 ? NaN : Number(/Content-Length: (\d+)/.exec(received.subarray(0, end))[1]);
    if (!(received.length >= end + 4 + length)) return;
    const body = received.subarray(end + 4, end + 4 + length);
    received = received.subarray(end + 4 + length);
    handle(JSON.parse(body));
  }
}

/** Opens a template, and gives its URI and what the editor marks in it. */
async function open(text) {
  count += 1;
  const uri = `file:///template-${count}.yaml`;
  const marked = new Promise((resolve) => marks.set(uri, resolve));
  send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
  return { uri, marked: await marked };
}

/** What the editor offers at the end of a template. */
async function offered(text) {
  const { uri } = await open(text);
  const lines = text.split('\n');
  const position = { line: lines.length - 1, character: lines.at(-1).length };
  const result = await ask('textDocument/completion', { textDocument: { uri }, position });
  return new Map(result.items.map((item) => [item.label, item.documentation]));
}

before(async () => {
  const program = here('node_modules/yaml-language-server/bin/yaml-language-server');
  server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  server.stdout.on('data', receive);
  await ask('initialize', { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true } } });
  send({ method: 'initialized', params: {} });
  send({ method: 'workspace/didChangeConfiguration', params: { settings: { yaml: settings } } });
});

after(() => server.kill());

test('types, names with what they mean, words and permissions are completed', async () => {
  const types = await offered('Resources:\n  Agents:\n    Type: Cus');
  assert(types.has('Custom::ConnectSecurityProfile') && types.has('Custom::ConnectSecurityProfileLookup'));

  const names = await offered(profile('      '));
  assert.match(names.get('Adopt'), /Take over the profile/);
  assert(names.has('Permissions') && !names.has('InstanceArn'), 'what is stated is not offered again');
  const ofLookup = await offered(resource('Custom::ConnectSecurityProfileLookup', '      '));
  assert(ofLookup.has('Revision') && !ofLookup.has('Permissions'));

  for (const [properties, words] of [
    ['      OnDelete: ', ['Delete', 'Retain']],
    ['      Adopt: ', ['true', 'false']],
    ['      Permissions:\n        - Basic', ['BasicAgentAccess', 'Users.View']],
    ['      TagRestrictedResources:\n        - ', ['User', 'RoutingProfile', 'OperatingHours', 'EmailAddress']],
    ['      Tags:\n        - ', ['Key', 'Value']],
  ]) {
    const labels = await offered(profile(properties));
    for (const word of words) assert(labels.has(word), `${word} after ${properties}`);
  }
});

test('nothing is marked in good templates', async () => {
  const templates = [...folder('good/'), ...folder('../../examples/')];
  assert(templates.length >= 4);
  for (const template of templates) {
    assert.deepEqual((await open(readFileSync(template, 'utf8'))).marked, [], template);
  }
});

test('names that are unknown or missing are marked', async () => {
  for (const [name, mark] of [
    ['unknown-property', 'Property Permisions is not allowed.'],
    ['attribute-stated', 'Property Origin is not allowed.'],
    ['lookup-that-writes', 'Property Permissions is not allowed.'],
    ['missing-name', 'Missing property "SecurityProfileName".'],
    ['no-properties', 'Missing property "Properties".'],
  ]) {
    assert.deepEqual((await open(readFileSync(here(`bad/${name}.yaml`), 'utf8'))).marked, [mark]);
  }
});
