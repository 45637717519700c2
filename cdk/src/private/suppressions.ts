import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { metadataOf } from './template';

/** What `rules_to_suppress` in a resource's metadata `cdk_nag` holds. */
interface Suppression {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: { readonly regex: string }[];
}

/**
 * Writes into a resource's metadata which findings of scanners are intended, and why: for checkov what template.yaml says of
 * the resource, for cdk-nag the same and what follows: version 2 reads the metadata `cdk_nag`, version 3 what is acknowledged
 * to the CDK itself. None has to be installed. A finding that a setting of the
 * provider removes is not suppressed: that decision is the user's.
 */
export function suppress(logicalId: string, resource: CfnResource): void {
  const { checkov } = metadataOf(logicalId);
  const skipped: Skip[] = checkov?.skip ?? [];
  if (skipped.length > 0) {
    resource.addMetadata('checkov', { skip: skipped });
  }
  const suppressions = [...skipped.flatMap(forNag), ...(SUPPRESSIONS[logicalId] ?? [])];
  if (suppressions.length > 0) {
    resource.addMetadata('cdk_nag', { rules_to_suppress: suppressions });
    acknowledge(resource, suppressions);
  }
}

function acknowledge(resource: CfnResource, suppressions: Suppression[]): void {
  const validations = Validations.of(resource);
  suppressions
    .filter(({ applies_to: parts }) => parts === undefined)
    .forEach(({ id, reason }) => validations.acknowledge({ id, reason }));
  if (!CfnRole.isCfnRole(resource)) {
    return;
  }
  // Version 3 wants each wildcard named as it is, which only the synthesis knows.
  const validate = () => {
    for (const part of wildcardsOf(resource)) {
      for (const { id, reason, applies_to: parts = [] } of suppressions) {
        if (parts.some(({ regex }) => new RegExp(regex.slice(1, -1)).test(part))) {
          validations.acknowledge({ id: `${id}[${part}]`, reason });
        }
      }
    }
    return [];
  };
  resource.node.addValidation({ validate });
}

/** The resources with a wildcard that a role's own policies allow something on, as cdk-nag names them. */
function wildcardsOf(role: CfnRole): string[] {
  const policies: any[] = Stack.of(role).resolve(role.policies) ?? [];
  const statements = policies.flatMap(({ policyDocument }) => policyDocument.Statement);
  const resources = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Resource }) => Resource);
  return resources
    .map(flat)
    .filter((resource) => resource.includes('*'))
    .map((resource) => `Resource::${resource}`);
}

function flat(value: any): string {
  if (typeof value === 'string') {
    return value;
  }
  if ('Fn::Join' in value) {
    const [separator, items] = value['Fn::Join'];
    return items.map(flat).join(separator);
  }
  if ('Fn::GetAtt' in value) {
    return `<${value['Fn::GetAtt'].join('.')}>`;
  }
  if ('Fn::ImportValue' in value) {
    return flat(value['Fn::ImportValue']);
  }
  return 'Ref' in value ? `<${value.Ref}>` : JSON.stringify(value);
}

interface Skip {
  readonly id: string;
  readonly comment: string;
}

const NIST = ['NIST.800.53.R4', 'NIST.800.53.R5'];

/** The rules of cdk-nag that look for the same as a check of checkov. */
const SAME_AS: Record<string, string[]> = {
  CKV_AWS_115: rules('LambdaConcurrency', 'HIPAA.Security', 'NIST.800.53.R5'),
  CKV_AWS_116: rules('LambdaDLQ', 'HIPAA.Security', 'NIST.800.53.R5', 'Serverless'),
  CKV_AWS_117: rules('LambdaInsideVPC', 'HIPAA.Security', ...NIST, 'PCI.DSS.321'),
};

function rules(name: string, ...packs: string[]): string[] {
  return packs.map((pack) => `${pack}-${name}`);
}

function forNag({ id, comment }: Skip): Suppression[] {
  return SAME_AS[id].map((rule) => ({ id: rule, reason: comment }));
}

const INLINE: Suppression[] = rules('IAMNoInlinePolicy', 'HIPAA.Security', ...NIST, 'PCI.DSS.321').map((id) => ({
  id,
  reason:
    'The policies belong to this one role and are deleted with it and not before it, so that the function can respond to the last request',
}));

const TRACING: Suppression = {
  id: 'Serverless-LambdaTracing',
  reason:
    'Metrics and logs name each call and its duration. X-Ray would need another permission and would hold data about requests',
};

/** By the logical ids of template.yaml. */
const SUPPRESSIONS: Record<string, Suppression[]> = {
  ProviderRole: [
    ...INLINE,
    {
      id: 'AwsSolutions-IAM5',
      reason:
        'The provider creates profiles whose ids Connect chooses. The wildcard stands for what belongs to the instances that the operator states, and for nothing else',
      applies_to: [{ regex: '/^Resource::.+\\/(agent-group|flow-module|security-profile)\\/\\*["\\]}]*$/' }],
    },
    {
      id: 'AwsSolutions-IAM5',
      reason:
        'A profile may name applications of the account, whose ids AppIntegrations chooses. The provider only names them and does not change them',
      applies_to: [{ regex: '/^Resource::.+:app-integrations:.+:application\\/\\*["\\]}]*$/' }],
    },
    {
      id: 'AwsSolutions-IAM5',
      reason: 'The operator states these instances with a wildcard',
      applies_to: [{ regex: '/^Resource::arn:[^:]+:connect:[^:]+:[^:]+:instance\\/[^\\/]*\\*$/' }],
    },
    {
      id: 'AwsSolutions-IAM5',
      reason: 'The operator states these roles with a wildcard in the name',
      applies_to: [{ regex: '/^Resource::arn:[^:]+:iam::[^:]+:role\\/.*\\*.*$/' }],
    },
    {
      id: 'AwsSolutions-IAM5',
      reason:
        'Lambda needs network interfaces for a function in a VPC. EC2 chooses their ids and knows no resource for the Describe actions; a Deny statement keeps all of them from the function itself',
      applies_to: [{ regex: '/^Resource::(arn:.+:ec2:.+:\\*:\\*\\/)?\\*$/' }],
    },
    {
      id: 'Serverless-LambdaStarPermissions',
      reason:
        'EC2 knows no resource for the Describe actions that Lambda needs for a function in a VPC; a Deny statement keeps them from the function itself',
    },
  ],
  ProviderFunction: [TRACING],
  LastResortRole: INLINE,
  LastResortFunction: [
    TRACING,
    ...['AwsSolutions-L1', 'Serverless-LambdaLatestVersion'].map((id) => ({
      id,
      reason: 'The newest runtime is not in every region. Lambda retires this one in June 2029',
    })),
  ],
  LastResortFunctionEventInvokeConfig: [
    {
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason:
        'The function is the failure destination of the provider. Another one would keep the response URL, which is a credential; an alarm reports its errors',
    },
  ],
};
