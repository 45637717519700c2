import { CfnDeletionPolicy, CfnResource, RemovalPolicy, RemovalPolicyOptions } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * The resource in the template. A removal policy, also one that an aspect applies, becomes the property `OnDelete`: a
 * DeletionPolicy would leave the profile without the provider being asked, with a tag that says that the stack owns it.
 */
export class CfnSecurityProfile extends CfnResource {
  constructor(scope: Construct, id: string, properties: Record<string, unknown>) {
    super(scope, id, { type: 'Custom::ConnectSecurityProfile', properties });
  }

  public applyRemovalPolicy(policy: RemovalPolicy | undefined, options: RemovalPolicyOptions = {}): void {
    const known = { [RemovalPolicy.DESTROY]: 'Delete', [RemovalPolicy.RETAIN]: 'Retain' } as Record<string, string>;
    const wanted = policy ?? options.default ?? RemovalPolicy.RETAIN;
    if (known[wanted] === undefined) {
      const rule = 'a security profile knows the removal policies DESTROY and RETAIN';
      throw new Error(`${this.node.path}: ${rule}, not ${wanted}; leave Custom::ConnectSecurityProfile out of it`);
    }
    this.addPropertyOverride('OnDelete', known[wanted]);
    // As CloudFormation does anyway. Stated, so that an aspect for missing removal policies sees that there is one.
    this.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    this.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
  }
}
