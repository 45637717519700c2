import { existsSync } from 'fs';
import { join } from 'path';
import { Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, Dependable, IConstruct } from 'constructs';
import { Guards } from './private/guards';
import { evaluate, propertiesOf, References, resourcesOf, ruleOf } from './private/template';

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
   * Whether IAM, too, lets the role change and delete only profiles that carry the owner tag. It was not checked against
   * live AWS that Connect gives IAM the tags of a profile for each of these calls.
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
      return new SecurityProfileProvider(stack, SINGLETON_ID, { ...options, instanceArns: [] });
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

  /** The function's role. */
  public readonly role: iam.IRole;

  /** Where the function logs. */
  public readonly logGroup: logs.ILogGroup;

  /** The function that answers FAILED for a request which the provider left without an answer. */
  public readonly lastResort: lambda.Function;

  /** What is watched: actions may be added. */
  public readonly alarms: cloudwatch.Alarm[];

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

    const made: Record<string, Record<string, string>> = {};
    const references: References = {
      parameters: () => this.parameters(props),
      resource: (logicalId, attribute) => made[logicalId][attribute ?? 'Ref'],
    };
    const text = (value: unknown) => Lazy.string({ produce: () => evaluate(value, references) });
    const texts = (values: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));

    const retention = props.logRetention ?? logs.RetentionDays.THREE_MONTHS;
    const named = (suffix: string) => (props.functionName === undefined ? undefined : `/aws/lambda/${props.functionName}${suffix}`);
    const logGroup = (logId: string, name?: string) =>
      new logs.LogGroup(this, logId, { logGroupName: name, retention, removalPolicy: RemovalPolicy.DESTROY });
    const providerLogs = logGroup('LogGroup', named(''));
    const lastResortLogs = logGroup('LastResortLogGroup', named('-last-resort'));
    made.ProviderLogGroup = { Ref: providerLogs.logGroupName, Arn: providerLogs.logGroupArn };
    made.LastResortLogGroup = { Ref: lastResortLogs.logGroupName, Arn: lastResortLogs.logGroupArn };

    // The roles are the template's to the letter, so nothing that the CDK would add to them gets in.
    const role = (roleId: string, logicalId: string) => {
      const { AssumeRolePolicyDocument, Policies } = propertiesOf(logicalId);
      const resource = new iam.CfnRole(this, roleId, {
        assumeRolePolicyDocument: AssumeRolePolicyDocument,
        policies: Policies.map((policy: any) => ({
          policyName: policy.PolicyName,
          policyDocument: Lazy.any({ produce: () => evaluate(policy.PolicyDocument, references) }),
        })),
      });
      made[logicalId] = { Ref: resource.ref, Arn: resource.attrArn };
      return resource.attrArn;
    };
    const lastResortRole = role('LastResortRole', 'LastResortRole');
    const providerRole = role('Role', 'ProviderRole');
    const fixed = (roleId: string, arn: string) => iam.Role.fromRoleArn(this, roleId, arn, { mutable: false });

    const lastResort = propertiesOf('LastResortFunction');
    this.lastResort = new lambda.Function(this, 'LastResort', {
      description: lastResort.Description,
      runtime: new lambda.Runtime(lastResort.Runtime, lambda.RuntimeFamily.PYTHON, { supportsInlineCode: true }),
      handler: lastResort.Handler,
      code: lambda.Code.fromInline(lastResort.InlineCode),
      memorySize: lastResort.MemorySize,
      timeout: Duration.seconds(lastResort.Timeout),
      role: fixed('LastResortFixedRole', lastResortRole),
      environment: texts(lastResort.Environment.Variables),
      loggingFormat: lambda.LoggingFormat.TEXT,
      logGroup: lastResortLogs,
      retryAttempts: lastResort.EventInvokeConfig.MaximumRetryAttempts,
      maxEventAge: Duration.seconds(lastResort.EventInvokeConfig.MaximumEventAgeInSeconds),
    });
    made.LastResortFunction = { Ref: this.lastResort.functionName, Arn: this.lastResort.functionArn };

    const provider = propertiesOf('ProviderFunction');
    this.handler = new lambda.Function(this, 'Function', {
      functionName: props.functionName,
      description: provider.Description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture,
      handler: provider.Handler,
      code: props.code ?? shippedCode(architecture),
      memorySize: provider.MemorySize,
      timeout: Duration.seconds(provider.Timeout),
      role: fixed('FixedRole', providerRole),
      environment: texts(provider.Environment.Variables),
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.logLevel ?? lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
      logGroup: providerLogs,
      retryAttempts: provider.EventInvokeConfig.MaximumRetryAttempts,
      maxEventAge: Duration.seconds(provider.EventInvokeConfig.MaximumEventAgeInSeconds),
      // The role has the right to call it already, as the template states.
      onFailure: { bind: () => ({ destination: this.lastResort.functionArn }) },
    });
    made.ProviderFunction = { Ref: this.handler.functionName, Arn: this.handler.functionArn };

    this.alarms = resourcesOf('AWS::CloudWatch::Alarm').map((logicalId) => {
      const { Dimensions: [dimension], ...alarm } = propertiesOf(logicalId);
      return new cloudwatch.Alarm(this, logicalId, {
        alarmDescription: alarm.AlarmDescription,
        metric: new cloudwatch.Metric({
          namespace: alarm.Namespace,
          metricName: alarm.MetricName,
          dimensionsMap: { [dimension.Name]: evaluate(dimension.Value, references) },
          statistic: alarm.Statistic,
          period: Duration.seconds(alarm.Period),
        }),
        evaluationPeriods: alarm.EvaluationPeriods,
        threshold: alarm.Threshold,
        comparisonOperator: COMPARISONS[alarm.ComparisonOperator],
        treatMissingData: alarm.TreatMissingData,
      });
    });
    if (props.alarmTopic !== undefined) {
      const action = new SnsAction(props.alarmTopic);
      this.alarms.forEach((alarm) => alarm.addAlarmAction(action));
    }
    new cloudwatch.CfnDashboard(this, 'Dashboard', { dashboardBody: text(propertiesOf('Dashboard').DashboardBody) });

    this.serviceToken = this.handler.functionArn;
    this.role = iam.Role.fromRoleArn(this, 'ExtensibleRole', providerRole);
    this.logGroup = providerLogs;
    // A profile waits for the function and its failure destination, and not for alarms and dashboard.
    Dependable.implement(this, { dependencyRoots: [this.handler] });
    this.node.addValidation({ validate: () => this.mistakes(props) });
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
    if (this.node.id !== SINGLETON_ID) {
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
    return { instanceArns: this.instanceArns, deniedPermissions, protectedProfileNames };
  }

  /** The values of the template's parameters. */
  private parameters(props: SecurityProfileProviderProps): Record<string, string | string[] | undefined> {
    return {
      InstanceArns: this.instanceArns,
      AllowedStackAccounts: props.allowedStackAccounts,
      AllowedRoleArns: this.allowedRoleArns,
      DeniedPermissions: props.deniedPermissions,
      ProtectedProfileNames: props.protectedProfileNames,
      OnlyOwnedProfiles: props.onlyOwnedProfiles === undefined ? undefined : String(props.onlyOwnedProfiles),
      ConnectEndpointUrl: props.connectEndpointUrl,
      ResponseUrlAllowedOrigins: props.responseUrlAllowedOrigins,
    };
  }

  private mistakes(props: SecurityProfileProviderProps): string[] {
    const mistakes: string[] = [];
    const check = (name: string, parameter: string, list: string[] | undefined) => {
      const { pattern, constraint } = ruleOf(parameter);
      const isWrong = (item: string) => !Token.isUnresolved(item) && !pattern?.test(item);
      if (list === undefined || Token.isUnresolved(list)) {
        return;
      }
      list.filter(isWrong).forEach((item) => mistakes.push(`${name}: \`${item}\` ${constraint ?? 'is not what it must be'}`));
    };
    check('instanceArns', 'InstanceArns', this.instanceArns);
    check('allowedStackAccounts', 'AllowedStackAccounts', props.allowedStackAccounts);
    check('allowedRoleArns', 'AllowedRoleArns', this.allowedRoleArns);
    if (!Token.isUnresolved(this.instanceArns) && this.instanceArns.length === 0) {
      mistakes.push('instanceArns: there must be an instance whose profiles the provider may change');
    }
    return mistakes;
  }
}

const SINGLETON_ID = 'ConnectSecurityProfileProvider';

const COMPARISONS: Record<string, cloudwatch.ComparisonOperator> = {
  GreaterThanOrEqualToThreshold: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
};

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

function addOnce(list: string[], item: string): void {
  if (!Token.isUnresolved(list) && !list.includes(item)) {
    list.push(item);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  const isList = Array.isArray(one) && Array.isArray(other);
  return isList ? one.length === other.length && one.every((item, index) => item === other[index]) : one === other;
}
