import { CfnResource, Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { suppress } from './suppressions';
import { deletionPolicyOf, evaluate, isDeclared, Parameters, propertiesOf, References, resourcesOf } from './template';

/** Makes the resources of template.yaml in a construct, each by its logical id there, and knows those that are made. */
export class Parts {
  private readonly references: References;
  private readonly made: Record<string, Record<string, string>> = {};

  /** @param parameters asked at synthesis, when they may hold more than now */
  public constructor(
    private readonly scope: Construct,
    parameters: () => Parameters,
  ) {
    const resource = (logicalId: string, attribute = 'Ref') => this.made[logicalId][attribute];
    this.references = { parameters, resource };
  }

  /** Whether the parameters ask for a resource, by its condition in template.yaml. */
  public isMade(logicalId: string): boolean {
    return isDeclared(logicalId, this.references);
  }

  public logGroup(logicalId: string, id: string, props: LogGroupProps): logs.ILogGroup {
    const group = new logs.LogGroup(this.scope, id, {
      ...props,
      retention: props.retention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: REMOVALS[deletionPolicyOf(logicalId)],
    });
    this.made[logicalId] = { Ref: group.logGroupName, Arn: group.logGroupArn };
    return group;
  }

  /** The role is the template's to the letter, so that nothing that the CDK would add to it gets in: its ARN. */
  public role(logicalId: string, id: string): string {
    const { AssumeRolePolicyDocument, Policies } = propertiesOf(logicalId);
    const role = new iam.CfnRole(this.scope, id, {
      assumeRolePolicyDocument: AssumeRolePolicyDocument,
      policies: Lazy.any({
        produce: () =>
          evaluate(Policies, this.references).map((policy: any) => ({
            policyName: policy.PolicyName,
            policyDocument: policy.PolicyDocument,
          })),
      }),
    });
    suppress(logicalId, role);
    this.made[logicalId] = { Ref: role.ref, Arn: role.attrArn };
    return role.attrArn;
  }

  /** What the inline policies of a role that was made allow and deny. */
  public policyDocuments(logicalId: string): unknown[] {
    const { Policies } = propertiesOf(logicalId);
    return evaluate(Policies, this.references).map((policy: any) => policy.PolicyDocument);
  }

  /** A function, with what only the CDK knows of it in `props`. */
  public lambda(logicalId: string, id: string, roleArn: string, props: FunctionProps): lambda.Function {
    const { Description, Environment, Handler, MemorySize, Timeout } = propertiesOf(logicalId);
    // A part of the function where that is of SAM's type, else a resource.
    const invoked = propertiesOf(logicalId).EventInvokeConfig ?? propertiesOf(`${logicalId}EventInvokeConfig`);
    const variables = Object.entries(Environment.Variables).map(([name, value]) => [name, this.text(value)]);
    const made = new lambda.Function(this.scope, id, {
      description: Description,
      handler: Handler,
      memorySize: MemorySize,
      timeout: Duration.seconds(Timeout),
      environment: Object.fromEntries(variables),
      role: iam.Role.fromRoleArn(this.scope, `${id}FixedRole`, roleArn, { mutable: false }),
      retryAttempts: invoked.MaximumRetryAttempts,
      maxEventAge: Duration.seconds(invoked.MaximumEventAgeInSeconds),
      ...props,
    });
    suppress(logicalId, resourceOf(made));
    suppress(`${logicalId}EventInvokeConfig`, resourceOf(made.node.findChild('EventInvokeConfig')));
    this.made[logicalId] = { Ref: made.functionName, Arn: made.functionArn };
    return made;
  }

  public alarms(): cloudwatch.Alarm[] {
    const made = resourcesOf('AWS::CloudWatch::Alarm').filter((logicalId) => this.isMade(logicalId));
    return made.map((logicalId) => {
      const alarm = propertiesOf(logicalId);
      const dimensions = alarm.Dimensions.map((it: any) => [it.Name, evaluate(it.Value, this.references)]);
      return new cloudwatch.Alarm(this.scope, logicalId, {
        alarmDescription: alarm.AlarmDescription,
        metric: new cloudwatch.Metric({
          namespace: alarm.Namespace,
          metricName: alarm.MetricName,
          dimensionsMap: Object.fromEntries(dimensions),
          statistic: alarm.Statistic,
          period: Duration.seconds(alarm.Period),
        }),
        evaluationPeriods: alarm.EvaluationPeriods,
        threshold: alarm.Threshold,
        comparisonOperator: COMPARISONS[alarm.ComparisonOperator],
        treatMissingData: alarm.TreatMissingData,
      });
    });
  }

  public dashboard(): void {
    const { DashboardBody } = propertiesOf('Dashboard');
    new cloudwatch.CfnDashboard(this.scope, 'Dashboard', { dashboardBody: this.text(DashboardBody) });
  }

  private text(value: unknown): string {
    return Lazy.string({ produce: () => evaluate(value, this.references) });
  }
}

function resourceOf(construct: IConstruct): CfnResource {
  return construct.node.defaultChild as CfnResource;
}

/** What a log group of the CDK is told beside what template.yaml says of it. */
interface LogGroupProps {
  readonly logGroupName?: string;
  readonly retention?: logs.RetentionDays;
  readonly encryptionKey?: kms.IKey;
}

/** What template.yaml and the CDK state each in their own way. */
interface FunctionProps {
  readonly code: lambda.Code;
  readonly runtime: lambda.Runtime;
  readonly environmentEncryption?: kms.IKey;
  readonly logGroup: logs.ILogGroup;
  readonly loggingFormat: lambda.LoggingFormat;
  readonly architecture?: lambda.Architecture;
  readonly functionName?: string;
  readonly applicationLogLevelV2?: lambda.ApplicationLogLevel;
  readonly systemLogLevelV2?: lambda.SystemLogLevel;
  readonly onFailure?: lambda.IDestination;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

const REMOVALS: Record<string, RemovalPolicy> = {
  Delete: RemovalPolicy.DESTROY,
  RetainExceptOnCreate: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};

const COMPARISONS: Record<string, cloudwatch.ComparisonOperator> = {
  GreaterThanOrEqualToThreshold: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
};
