import { existsSync } from 'fs';
import { join } from 'path';
import { Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, Dependable, IConstruct } from 'constructs';
import { Guards } from './private/guards';
import { Parts } from './private/parts';
import { countedCharacters, ROLE_QUOTA } from './private/role-size';
import { Parameters, propertiesOf, ruleOf } from './private/template';

/** What makes and keeps security profiles: a deployed provider, wherever it is. */
export interface ISecurityProfileProvider extends IConstruct {
  /** The `ServiceToken` of the custom resources: the ARN of the provider's function, or of a topic in front of it. */
  readonly serviceToken: string;
}

/** The settings of a provider that have defaults. */
export interface SecurityProfileProviderOptions {
  /**
   * Accounts whose stacks are served.
   *
   * @default - the function's own
   */
  readonly allowedStackAccounts?: string[];

  /**
   * Roles that `SecurityProfileProps.role` may name, for profiles in other accounts, as ARNs whose names may hold a `*`.
   *
   * @default - none
   */
  readonly allowedRoleArns?: string[];

  /**
   * Permissions that no profile may be given, as names or globs such as `SecurityProfiles.*`, in any case.
   *
   * @default - none
   */
  readonly deniedPermissions?: string[];

  /**
   * Names of profiles, or globs, in any case, that are never made, adopted or changed. An empty list protects none.
   *
   * @default ['Admin']
   */
  readonly protectedProfileNames?: string[];

  /**
   * Profiles, such as `Admin`, that IAM denies the role to update, delete, tag and untag, as at most ten ARNs.
   *
   * @default - none
   */
  readonly protectedProfileArns?: string[];

  /**
   * Whether IAM denies the role to update and delete a profile without the ownership tag. The role can still set that tag on
   * any profile of the instances; use `protectedProfileArns` for profiles that it must never change. It was not checked
   * against live AWS that Connect gives IAM the tags of a profile for these calls.
   *
   * @default false
   */
  readonly onlyOwnedProfiles?: boolean;

  /**
   * Where the alarms are sent.
   *
   * @default - they only show in CloudWatch
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Whether there is a dashboard in CloudWatch, which AWS charges for.
   *
   * @default true
   */
  readonly createDashboard?: boolean;

  /**
   * The function's binary: a zip, or a folder, with `bootstrap` in it.
   *
   * @default - the zip for the architecture that is shipped in this package
   */
  readonly code?: lambda.Code;

  /**
   * What the function's binary was built for.
   *
   * @default lambda.Architecture.X86_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * A VPC for the function, which needs a way out of it to Connect and, in the stacks' region, to S3. The last resort stays
   * outside.
   *
   * @default - in no VPC, which is simplest
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC.
   *
   * @default - the private ones, as for every function of the CDK
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups in the VPC.
   *
   * @default - one of its own, which lets the function call out and nobody in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The function's name. A fixed one keeps the `ServiceToken` when the construct is moved: CloudFormation refuses to change
   * it on a resource that exists.
   *
   * @default - CloudFormation makes one up
   */
  readonly functionName?: string;

  /**
   * How much is logged. Descriptions, tag values and credentials never are.
   *
   * @default lambda.ApplicationLogLevel.INFO
   */
  readonly logLevel?: lambda.ApplicationLogLevel;

  /**
   * How long logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Whether the functions log to log groups that remain when the stack is deleted. Their names are CloudFormation's, so that
   * a retained group does not stand in the way of the next stack of the same name.
   *
   * @default false
   */
  readonly retainLogs?: boolean;

  /**
   * The KMS key for logs and environment variables. CloudWatch Logs is allowed to use a key of this app; the policy of an
   * imported key must allow it.
   *
   * @default - AWS's own keys
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Another endpoint for Connect, such as an interface endpoint or an embedded Connect.
   *
   * @default - Connect's own in the instance's region
   */
  readonly connectEndpointUrl?: string;

  /**
   * Origins besides CloudFormation's own buckets that answers may go to, for local runs.
   *
   * @default - none
   */
  readonly responseUrlAllowedOrigins?: string[];
}

/** The settings of a provider. */
export interface SecurityProfileProviderProps extends SecurityProfileProviderOptions {
  /**
   * The Connect instances whose security profiles may be changed, as ARNs in which the id alone may hold a `*`. The
   * function's role is given rights on these and on nothing else.
   */
  readonly instanceArns: string[];
}

/**
 * The function behind `Custom::ConnectSecurityProfile`, with all that template.yaml has: its role, its guards, its logs, the
 * last resort that answers where it cannot, alarms and a dashboard.
 *
 * Whoever may invoke the function can have it do what its role and its guards allow: run one provider for each group of
 * people who trust each other.
 */
export class SecurityProfileProvider extends Construct implements ISecurityProfileProvider {
  /**
   * A provider that is deployed already, such as that of the SAM application:
   * `Fn.importValue('connect-profiles-ServiceToken')`, or the value of an SSM parameter that holds it.
   */
  public static fromServiceToken(scope: Construct, id: string, serviceToken: string): ISecurityProfileProvider {
    class Import extends Construct implements ISecurityProfileProvider {
      public readonly serviceToken = serviceToken;
    }
    return new Import(scope, id);
  }

  /**
   * The one provider of the stack that the scope is in, which profiles without a `provider` use. It is made by the first
   * call, with the options given then, and may change the profiles of the instances that the profiles of the stack name,
   * as the roles that they name.
   *
   * @param options a later call must leave them out, or give the same
   */
  public static singleton(scope: Construct, options: SecurityProfileProviderOptions = {}): SecurityProfileProvider {
    const stack = Stack.of(scope);
    const existing = stack.node.tryFindChild(SINGLETON_ID);
    if (existing === undefined) {
      const made = new SecurityProfileProvider(stack, SINGLETON_ID, { ...options, instanceArns: [] });
      made.isSingleton = true;
      return made;
    }
    const provider = existing as SecurityProfileProvider;
    const first = provider.options as Record<string, unknown>;
    const other = Object.entries(options).find(([name, value]) => value !== undefined && !isSame(value, first[name]));
    if (other !== undefined) {
      const advice = 'state its options in the first call, before the first profile without a provider';
      throw new Error(`${provider.node.path} exists already, with another ${other[0]}: ${advice}`);
    }
    return provider;
  }

  public readonly serviceToken: string;

  /** The function. */
  public readonly handler: lambda.Function;

  /** The function's role. A policy that is added to it is one of its own, beside the role. */
  public readonly role: iam.IRole;

  /** Where the function logs. */
  public readonly logGroup: logs.ILogGroup;

  /** The function that answers FAILED for a request which the provider left without an answer. */
  public readonly lastResort: lambda.Function;

  /** What is watched: actions may be added. */
  public readonly alarms: cloudwatch.Alarm[];

  private isSingleton = false;
  private readonly options: SecurityProfileProviderOptions;
  private readonly instanceArns: string[];
  private readonly allowedRoleArns: string[];

  constructor(scope: Construct, id: string, props: SecurityProfileProviderProps) {
    super(scope, id);
    this.options = { ...props };
    this.instanceArns = props.instanceArns;
    // A copy, as the singleton's grows; only a list that the deployment alone knows cannot be copied.
    const roles = props.allowedRoleArns ?? [];
    this.allowedRoleArns = Token.isUnresolved(roles) ? roles : [...roles];
    const architecture = props.architecture ?? lambda.Architecture.X86_64;

    const parts = new Parts(this, () => this.parameters(props));
    const { functionName: name, logRetention: retention } = props;
    const { encryptionKey } = props;
    allowLogs(encryptionKey);
    const logsOf = (logicalId: string, id: string, retainedId: string, logGroupName?: string) => {
      const group = parts.logGroup(logicalId, id, { logGroupName, retention, encryptionKey });
      return parts.isMade(retainedId) ? parts.logGroup(retainedId, retainedId, { retention, encryptionKey }) : group;
    };
    this.logGroup = logsOf('ProviderLogGroup', 'LogGroup', 'RetainedProviderLogGroup', name && `/aws/lambda/${name}`);
    const lastResortLogs = name && `/aws/lambda/${name}-last-resort`;
    const lastResort = propertiesOf('LastResortFunction');
    const lastResortLogGroup = logsOf(
      'LastResortLogGroup',
      'LastResortLogGroup',
      'RetainedFallbackLogGroup',
      lastResortLogs,
    );
    this.lastResort = parts.lambda('LastResortFunction', 'LastResort', parts.role('LastResortRole', 'LastResortRole'), {
      code: lambda.Code.fromInline(lastResort.Code.ZipFile),
      runtime: new lambda.Runtime(lastResort.Runtime, lambda.RuntimeFamily.PYTHON, { supportsInlineCode: true }),
      environmentEncryption: encryptionKey,
      logGroup: lastResortLogGroup,
      loggingFormat: lambda.LoggingFormat.TEXT,
    });
    const roleArn = parts.role('ProviderRole', 'Role');
    this.handler = parts.lambda('ProviderFunction', 'Function', roleArn, {
      functionName: name,
      code: props.code ?? shippedCode(architecture),
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture,
      environmentEncryption: encryptionKey,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.logLevel ?? lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      // The role may call it already, as the template states.
      onFailure: { bind: () => ({ destination: this.lastResort.functionArn }) },
    });
    this.alarms = parts.alarms();
    if (props.alarmTopic !== undefined) {
      const action = new SnsAction(props.alarmTopic);
      this.alarms.forEach((alarm) => alarm.addAlarmAction(action));
    }
    if (parts.isMade('Dashboard')) {
      parts.dashboard();
    }

    this.serviceToken = this.handler.functionArn;
    this.role = iam.Role.fromRoleArn(this, 'ExtensibleRole', roleArn);
    // A profile waits for the function and its failure destination, and not for alarms and dashboard.
    Dependable.implement(this, { dependencyRoots: [this.handler] });
    this.node.addValidation({ validate: () => [...this.mistakes(props), ...this.oversize(parts)] });
  }

  /** Lets somebody invoke the function, and so have it do all that its role and its guards allow. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }

  /**
   * Lets the stack's singleton change the profiles of an instance, as a role.
   *
   * @internal
   */
  public _serve(instanceArn: string, roleArn?: string): void {
    if (!this.isSingleton) {
      return;
    }
    addOnce(this.instanceArns, instanceArn);
    if (roleArn !== undefined) {
      addOnce(this.allowedRoleArns, roleArn);
    }
  }

  /**
   * What may be done, by what the props state.
   *
   * @internal
   */
  public get _guards(): Guards {
    const { deniedPermissions = [], protectedProfileNames = ['Admin'] } = this.options;
    // The function does not count white space around an entry either.
    const trimmed = (list: string[]) => (Token.isUnresolved(list) ? list : list.map((item) => item.trim()));
    return {
      instanceArns: this.instanceArns,
      deniedPermissions: trimmed(deniedPermissions),
      protectedProfileNames: trimmed(protectedProfileNames),
    };
  }

  /** The values of the template's parameters. */
  private parameters(props: SecurityProfileProviderProps): Parameters {
    return {
      InstanceArns: this.instanceArns,
      AllowedStackAccounts: props.allowedStackAccounts,
      AllowedRoleArns: this.allowedRoleArns,
      DeniedPermissions: props.deniedPermissions,
      ProtectedProfileNames: props.protectedProfileNames,
      ProtectedProfileArns: props.protectedProfileArns,
      OnlyOwnedProfiles: textOf(props.onlyOwnedProfiles),
      CreateDashboard: textOf(props.createDashboard),
      RetainLogs: textOf(props.retainLogs),
      KmsKeyArn: props.encryptionKey?.keyArn,
      // Which they are, the function itself is told; the role only that there are some.
      SubnetIds: props.vpc && 'subnets',
      SecurityGroupIds: props.vpc && 'security groups',
      ConnectEndpointUrl: props.connectEndpointUrl,
      ResponseUrlAllowedOrigins: props.responseUrlAllowedOrigins,
    };
  }

  private mistakes(props: SecurityProfileProviderProps): string[] {
    const mistakes: string[] = [];
    const check = (name: string, parameter: string, list: string[] | undefined) => {
      if (list === undefined || Token.isUnresolved(list)) {
        return;
      }
      const { pattern, constraint, isOfEach } = ruleOf(parameter);
      const known = list.filter((item) => !Token.isUnresolved(item));
      // The pattern of a list allows none, and several between commas.
      const isOne = (item: string) => pattern.test(item) && item.trim() !== '' && !item.includes(',');
      const wrong = known.filter((item) => !isOne(item));
      wrong.forEach((item) => mistakes.push(`${name}: \`${item}\` ${constraint}`));
      if (wrong.length === 0 && !isOfEach && !pattern.test(known.join(','))) {
        mistakes.push(`${name}: ${constraint}`);
      }
    };
    check('instanceArns', 'InstanceArns', this.instanceArns);
    check('allowedStackAccounts', 'AllowedStackAccounts', props.allowedStackAccounts);
    check('allowedRoleArns', 'AllowedRoleArns', this.allowedRoleArns);
    check('deniedPermissions', 'DeniedPermissions', props.deniedPermissions);
    check('protectedProfileNames', 'ProtectedProfileNames', props.protectedProfileNames);
    check('protectedProfileArns', 'ProtectedProfileArns', props.protectedProfileArns);
    check('responseUrlAllowedOrigins', 'ResponseUrlAllowedOrigins', props.responseUrlAllowedOrigins);
    if (!Token.isUnresolved(this.instanceArns) && this.instanceArns.length === 0) {
      mistakes.push('instanceArns: there must be an instance whose profiles the provider may change');
    }
    return mistakes;
  }

  private oversize(parts: Parts): string[] {
    const characters = countedCharacters(this, parts.policyDocuments('ProviderRole'));
    if (characters <= ROLE_QUOTA) {
      return [];
    }
    const quota = `IAM allows ${ROLE_QUOTA} for all inline policies of a role together`;
    const advice = 'name the instances of an account and region by one ARN with `*`, or make several providers';
    return [`instanceArns: the policies of the role have at least ${characters} characters, and ${quota}: ${advice}`];
  }
}

const SINGLETON_ID = 'ConnectSecurityProfileProvider';

function shippedCode(architecture: lambda.Architecture): lambda.Code {
  const name = `provider-${architecture.name}.zip`;
  const path = join(__dirname, '..', 'lambda', name);
  if (!existsSync(path)) {
    throw new Error(
      `this package does not hold lambda/${name}, the function's binary: make it with \`npm run lambda\` in the folder cdk ` +
        'of the source, or state `code`, a zip or a folder with `bootstrap` in it',
    );
  }
  return lambda.Code.fromAsset(path);
}

function textOf(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : String(flag);
}

/** Lets CloudWatch Logs use the key for log groups of its account and region. */
function allowLogs(key: kms.IKey | undefined): void {
  if (key === undefined) {
    return;
  }
  const { account, partition, region } = Stack.of(key);
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
}

function addOnce(list: string[], item: string): void {
  if (!Token.isUnresolved(list) && !list.includes(item)) {
    list.push(item);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  const isList = Array.isArray(one) && Array.isArray(other);
  return isList ? one.length === other.length && one.every((item, index) => item === other[index]) : one === other;
}
