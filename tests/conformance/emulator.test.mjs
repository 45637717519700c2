// Drives the built emulator with the AWS SDK for JavaScript.
//
// The binary is named by the environment variable CONNECT_EMULATOR; it is started on a free port.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import {
  ConnectClient,
  CreateSecurityProfileCommand,
  DeleteSecurityProfileCommand,
  DescribeInstanceCommand,
  DescribeSecurityProfileCommand,
  ListInstancesCommand,
  ListSecurityProfileAIAgentsCommand,
  ListSecurityProfileApplicationsCommand,
  ListSecurityProfileFlowModulesCommand,
  ListTagsForResourceCommand,
  SearchSecurityProfilesCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecurityProfileCommand,
  UpdateUserSecurityProfilesCommand,
  paginateListSecurityProfilePermissions,
  paginateListSecurityProfiles,
} from "@aws-sdk/client-connect";

const InstanceId = "11111111-2222-3333-4444-555555555555";
const Permissions = Array.from({ length: 40 }, (_, number) => `P${String(number).padStart(3, "0")}`);

let child;
let endpoint;
let connect;

function client(secretAccessKey = "test", sessionToken = undefined) {
  const credentials = { accessKeyId: "test", secretAccessKey, sessionToken };
  return new ConnectClient({ region: "us-east-1", endpoint, credentials, maxAttempts: 1 });
}

async function control(method, path, body) {
  const response = await fetch(`${endpoint}/_emulator/${path}`, { method, body: body && JSON.stringify(body) });
  assert.ok(response.ok, await response.clone().text());
  return response.text();
}

async function create(SecurityProfileName, members = {}) {
  return connect.send(new CreateSecurityProfileCommand({ InstanceId, SecurityProfileName, ...members }));
}

async function described(SecurityProfileId) {
  const answer = await connect.send(new DescribeSecurityProfileCommand({ InstanceId, SecurityProfileId }));
  return answer.SecurityProfile;
}

function refusal(name, status) {
  return (error) => error.name === name && error.$metadata.httpStatusCode === status;
}

before(async () => {
  child = spawn(process.env.CONNECT_EMULATOR, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await new Promise((resolve) => {
    createInterface({ input: child.stdout }).once("line", (first) => resolve([first]));
  });
  endpoint = line.replace("listening on ", "");
  connect = client();
});

after(() => child.kill());

test("what is created is what is read", async () => {
  const lists = {
    Applications: [{ Namespace: "n", ApplicationPermissions: ["orders___get_order"], Type: "MCP" }],
    AllowedFlowModules: [{ Type: "MCP", FlowModuleId: "m" }],
    AllowedAIAgents: [{ Arn: "arn:aws:app-integrations:us-east-1:000000000000:application/a", Type: "THIRD_PARTY" }],
  };
  const members = {
    Description: "Dispatches é",
    AllowedAccessControlTags: { team: "red" },
    TagRestrictedResources: ["User"],
  };
  const { SecurityProfileId, SecurityProfileArn } = await create("Created", { ...members, ...lists, Tags: { a: "b" } });
  const profile = await described(SecurityProfileArn);
  assert.equal(profile.Id, SecurityProfileId);
  // `Type` is not looked at: the model of this SDK version does not have it.
  assert.deepEqual(profile.Tags, { a: "b" });
  assert.ok(profile.LastModifiedTime instanceof Date);
  for (const [member, value] of Object.entries(members)) {
    assert.deepEqual(profile[member], value);
  }
  const target = { InstanceId, SecurityProfileId };
  for (const [command, member] of [
    [ListSecurityProfileApplicationsCommand, "Applications"],
    [ListSecurityProfileFlowModulesCommand, "AllowedFlowModules"],
    [ListSecurityProfileAIAgentsCommand, "AllowedAIAgents"],
  ]) {
    assert.deepEqual((await connect.send(new command(target)))[member], lists[member]);
  }
});

test("an update changes only what it carries", async () => {
  const { SecurityProfileId } = await create("Updated", { Description: "kept", Permissions });
  await connect.send(new UpdateSecurityProfileCommand({ InstanceId, SecurityProfileId, Permissions: ["X"] }));
  assert.equal((await described(SecurityProfileId)).Description, "kept");
  await connect.send(new UpdateSecurityProfileCommand({ InstanceId, SecurityProfileId, Description: "" }));
  assert.equal((await described(SecurityProfileId)).Description, undefined);
});

test("tags are added, listed and removed", async () => {
  const { SecurityProfileArn: resourceArn } = await create("Tagged");
  await connect.send(new TagResourceCommand({ resourceArn, tags: { "a b/c+é@": "1", plain: "" } }));
  await connect.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a b/c+é@", "absent"] }));
  const { tags } = await connect.send(new ListTagsForResourceCommand({ resourceArn }));
  assert.deepEqual(tags, { plain: "" });
});

test("paginators walk every page", async () => {
  const { SecurityProfileId } = await create("Paged", { Permissions });
  const config = { client: connect, pageSize: 7 };
  const permissions = [];
  for await (const page of paginateListSecurityProfilePermissions(config, { InstanceId, SecurityProfileId })) {
    permissions.push(...page.Permissions);
  }
  assert.deepEqual(permissions, Permissions);
  const names = new Set();
  for await (const page of paginateListSecurityProfiles({ client: connect, pageSize: 2 }, { InstanceId })) {
    page.SecurityProfileSummaryList.forEach((summary) => names.add(summary.Name));
  }
  for (const name of ["Admin", "Agent", "CallCenterManager", "QualityAnalyst", "Paged"]) {
    assert.ok(names.has(name), name);
  }
});

test("a search is by name", async () => {
  const StringCondition = { FieldName: "name", Value: "admin", ComparisonType: "EXACT" };
  const command = new SearchSecurityProfilesCommand({ InstanceId, SearchCriteria: { StringCondition } });
  const { SecurityProfiles, ApproximateTotalCount } = await connect.send(command);
  assert.deepEqual([ApproximateTotalCount, SecurityProfiles[0].SecurityProfileName], [1, "Admin"]);
});

test("errors have their names and statuses", async () => {
  await assert.rejects(create("Admin"), refusal("DuplicateResourceException", 409));
  await assert.rejects(create("a.b"), refusal("InvalidParameterException", 400));
  await assert.rejects(described("unknown"), refusal("ResourceNotFoundException", 404));
});

test("a profile that a user holds is in use until it does not", async () => {
  const { SecurityProfileId } = await create("Held");
  const { SecurityProfileId: other } = await create("Other");
  const assign = (id) =>
    connect.send(new UpdateUserSecurityProfilesCommand({ InstanceId, UserId: "u", SecurityProfileIds: [id] }));
  const remove = () => connect.send(new DeleteSecurityProfileCommand({ InstanceId, SecurityProfileId }));
  await assign(SecurityProfileId);
  await assert.rejects(remove(), (error) => {
    return refusal("ResourceInUseException", 409)(error) && error.ResourceType === "USER";
  });
  await assign(other);
  await remove();
});

test("signatures are verified", async () => {
  const wrong = client("wrong").send(new ListInstancesCommand({}));
  await assert.rejects(wrong, refusal("InvalidSignatureException", 403));
  const { InstanceSummaryList } = await client("test", "a/session+token==").send(new ListInstancesCommand({}));
  assert.equal(InstanceSummaryList[0].Id, InstanceId);
  const { Instance } = await connect.send(new DescribeInstanceCommand({ InstanceId }));
  assert.equal(Instance.InstanceStatus, "ACTIVE");
});

test("faults are scripted over the control path", async () => {
  const error = { status: 429, code: "ThrottlingException" };
  await control("POST", "faults", { operation: "CreateSecurityProfile", action: { error } });
  await assert.rejects(create("Throttled"), refusal("ThrottlingException", 429));
  await control("POST", "faults", { operation: "CreateSecurityProfile", action: "lose_after" });
  await assert.rejects(create("Lost"));
  const profiles = JSON.parse(await control("GET", "profiles"))[InstanceId];
  const names = profiles.map((profile) => profile.SecurityProfileName);
  assert.ok(names.includes("Lost") && !names.includes("Throttled"));
  await control("POST", "faults", {
    operation: "DescribeSecurityProfile",
    action: { raw: { status: 200, content_type: "application/json", body: '{"SecurityProfile":' } },
  });
  await assert.rejects(described("unknown"), SyntaxError);
});
