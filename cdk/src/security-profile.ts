import {
  Annotations,
  CfnResource,
  Fn,
  IResource,
  ITaggableV2,
  Resource,
  Stack,
  TagManager,
  TagType,
  Token,
} from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Permission } from './permission';
import { isKnown, nearestPermission } from './private/catalogue';
import { forbiddenInstance, forbiddenWrites } from './private/guards';
import { memberProperties } from './private/properties';
import { CfnSecurityProfile } from './private/resource';
import { INSTANCE_ARN, mistakesIn, referencesIn } from './private/rules';
import { SecurityProfileCommonProps, SecurityProfileLookupProps, SecurityProfileProps } from './security-profile-props';
import { ISecurityProfileProvider, SecurityProfileProvider } from './security-profile-provider';

/** A security profile of Amazon Connect, wherever it is managed. */
export interface ISecurityProfile extends IResource {
  /**
   * The profile's ARN, which the `securityProfileArns` of a user want.
   *
   * @attribute
   */
  readonly securityProfileArn: string;

  /**
   * The profile's id.
   *
   * @attribute
   */
  readonly securityProfileId: string;

  /**
   * The ARN of the instance that it is in.
   *
   * @attribute
   */
  readonly instanceArn: string;

  /** Allows actions on the profile. */
  grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant;

  /** Allows to read the profile and all that it holds. */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /** Allows to change which users of the instance hold the profile. */
  grantAssign(grantee: iam.IGrantable): iam.Grant;
}

abstract class SecurityProfileBase extends Resource implements ISecurityProfile {
  public abstract readonly securityProfileArn: string;
  public abstract readonly securityProfileId: string;
  public abstract readonly instanceArn: string;

  /**
   * Allows actions on the profile.
   */
  public grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.securityProfileArn] });
  }

  /**
   * Allows to read the profile and all that it holds. For its flow modules AWS asks for the instance, too. Not checked against
   * live AWS.
   */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const actions = [
      'connect:DescribeSecurityProfile',
      'connect:ListSecurityProfileAIAgents',
      'connect:ListSecurityProfileApplications',
      'connect:ListSecurityProfileFlowModules',
      'connect:ListSecurityProfilePermissions',
    ];
    const ofInstance = ['connect:ListSecurityProfileFlowModules'];
    return this.grant(grantee, ...actions).combine(
      iam.Grant.addToPrincipal({ grantee, actions: ofInstance, resourceArns: [this.instanceArn] }),
    );
  }

  /**
   * Allows to change which users of the instance hold the profile. Not checked against live AWS.
   */
  public grantAssign(grantee: iam.IGrantable): iam.Grant {
    const actions = ['connect:UpdateUserSecurityProfiles'];
    return iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [this.securityProfileArn, `${this.instanceArn}/agent/*`],
    });
  }
}

/**
 * A security profile of Amazon Connect, by `Custom::ConnectSecurityProfile`. `Tags.of` reaches it, as does that of anything
 * around it.
 *
 * @resource Custom::ConnectSecurityProfile
 */
export class SecurityProfile extends SecurityProfileBase implements ITaggableV2 {
  /** A profile of which the ARN is known. Nothing is deployed for it. */
  public static fromSecurityProfileArn(scope: Construct, id: string, securityProfileArn: string): ISecurityProfile {
    const [instance, profileId] = arnParts(securityProfileArn);
    class Import extends SecurityProfileBase {
      public readonly securityProfileArn = securityProfileArn;
      public readonly securityProfileId = profileId;
      public readonly instanceArn = instance;
    }
    return new Import(scope, id, { environmentFromArn: securityProfileArn });
  }

  /**
   * A profile that exists, by its exact name: the provider finds it in the deployment, which fails where there is none. It is
   * never written.
   */
  public static fromSecurityProfileName(
    scope: Construct,
    id: string,
    lookup: SecurityProfileLookupProps,
  ): ISecurityProfile {
    class Import extends SecurityProfileBase {
      public readonly securityProfileArn: string;
      public readonly securityProfileId: string;
      public readonly instanceArn = lookup.instanceArn;

      constructor() {
        super(scope, id);
        const properties = { ...commonProperties(this, lookup), Revision: lookup.revision };
        const type = 'Custom::ConnectSecurityProfileLookup';
        const resource = new CfnResource(this, 'Resource', { type, properties });
        this.securityProfileArn = resource.ref;
        this.securityProfileId = resource.getAtt('SecurityProfileId').toString();
        watch(this, resource, lookup, () => properties);
      }
    }
    return new Import();
  }

  public readonly securityProfileArn: string;
  public readonly securityProfileId: string;
  public readonly instanceArn: string;

  /**
   * The profile's name.
   *
   * @attribute
   */
  public readonly securityProfileName: string;

  /**
   * The instance's id.
   *
   * @attribute
   */
  public readonly instanceId: string;

  /**
   * `created` or `adopted`.
   *
   * @attribute
   */
  public readonly origin: string;

  /**
   * When the profile was last changed, in whole seconds since 1970.
   *
   * @attribute
   */
  public readonly lastModifiedTime: string;

  /**
   * The region in which the profile was last changed.
   *
   * @attribute
   */
  public readonly lastModifiedRegion: string;

  public readonly cdkTagManager: TagManager;

  constructor(scope: Construct, id: string, props: SecurityProfileProps) {
    super(scope, id);
    this.cdkTagManager = new TagManager(TagType.KEY_VALUE, 'Custom::ConnectSecurityProfile', undefined, {
      tagPropertyName: 'Tags',
    });
    const stated = { ...commonProperties(this, props), ...memberProperties(props) };
    const properties = { ...stated, Tags: this.cdkTagManager.renderedTags };
    const resource = new CfnSecurityProfile(this, 'Resource', properties);
    if (props.removalPolicy !== undefined) {
      resource.applyRemovalPolicy(props.removalPolicy);
    }

    const attribute = (name: string) => resource.getAtt(name).toString();
    this.securityProfileArn = resource.ref;
    this.securityProfileId = attribute('SecurityProfileId');
    this.securityProfileName = attribute('SecurityProfileName');
    this.instanceArn = props.instanceArn;
    this.instanceId = attribute('InstanceId');
    this.origin = attribute('Origin');
    this.lastModifiedTime = attribute('LastModifiedTime');
    this.lastModifiedRegion = attribute('LastModifiedRegion');

    watch(this, resource, props, () => ({ ...stated, Tags: this.cdkTagManager.renderTags() }));
    warnOfUnknownPermissions(this, props.permissions ?? []);
    warnOfGuards(this, props);
  }
}

/** What a profile and a lookup of one both state. */
function commonProperties(scope: Construct, props: SecurityProfileCommonProps): Record<string, unknown> {
  const { instanceArn, serviceTimeout, role } = props;
  const seconds = serviceTimeout?.toSeconds();
  if (seconds !== undefined && !Token.isUnresolved(seconds) && (seconds < 1 || seconds > 3600)) {
    throw new Error(`${scope.node.path}: serviceTimeout must be 1 second to 1 hour, not ${seconds} seconds`);
  }
  return {
    ServiceToken: providerOf(scope, props).serviceToken,
    ServiceTimeout: seconds,
    InstanceArn: instanceArn,
    SecurityProfileName: props.securityProfileName,
    RoleArn: role?.roleArn,
    ExternalId: props.externalId,
  };
}

/** The provider stated; else the stack's own, which is told whom it serves. */
function providerOf(scope: Construct, props: SecurityProfileCommonProps): ISecurityProfileProvider {
  const provider = props.provider ?? SecurityProfileProvider.singleton(scope);
  if (provider instanceof SecurityProfileProvider) {
    provider._serve(props.instanceArn, props.role?.roleArn);
  }
  return provider;
}

/** Has the resource wait for its provider, and its properties checked when the app is synthesized. */
function watch(
  scope: Construct,
  resource: CfnResource,
  props: SecurityProfileCommonProps,
  properties: () => Record<string, unknown>,
): void {
  const provider = props.provider ?? SecurityProfileProvider.singleton(scope);
  resource.node.addDependency(provider);
  const forbidden = () =>
    provider instanceof SecurityProfileProvider ? forbiddenInstance(provider._guards, props.instanceArn) : [];
  // A secret is a token until it is resolved.
  const references = () => referencesIn(Stack.of(scope).resolve(properties()));
  scope.node.addValidation({
    validate: () => [...mistakesIn(properties(), accountOf(provider)), ...references(), ...forbidden()],
  });
}

/** The account that the provider's function is in, if it is known. */
function accountOf(provider: ISecurityProfileProvider): string | undefined {
  const isMade = provider instanceof SecurityProfileProvider;
  const account = isMade
    ? Stack.of(provider).account
    : /^arn:[^:]*:lambda:[^:]*:(\d{12}):/u.exec(provider.serviceToken)?.[1];
  return Token.isUnresolved(account) ? undefined : account;
}

function warnOfUnknownPermissions(scope: Construct, permissions: Permission[]): void {
  for (const { name } of permissions) {
    if (!Token.isUnresolved(name) && !isKnown(name)) {
      const nearest = nearestPermission(name);
      const meant = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
      const text = `the permission \`${name}\` is not in the catalogue; it is passed on as it is${meant}`;
      Annotations.of(scope).addWarningV2(`connect-security-profile:unknown-permission:${name}`, text);
    }
  }
}

/** A guard is no mistake of the properties: what is live already passes. */
function warnOfGuards(scope: Construct, props: SecurityProfileProps): void {
  if (props.provider !== undefined && !(props.provider instanceof SecurityProfileProvider)) {
    return;
  }
  const provider = props.provider ?? SecurityProfileProvider.singleton(scope);
  const permissions = (props.permissions ?? []).map(({ name }) => name);
  for (const text of forbiddenWrites(provider._guards, props.securityProfileName, permissions)) {
    Annotations.of(scope).addWarningV2(`connect-security-profile:guard:${text.split(' ')[0]}`, text);
  }
}

/** The instance's ARN and the profile's id in a profile's ARN. */
function arnParts(arn: string): [string, string] {
  const separator = '/security-profile/';
  if (Token.isUnresolved(arn)) {
    const parts = Fn.split(separator, arn);
    return [Fn.select(0, parts), Fn.select(1, parts)];
  }
  const [instance, id, ...others] = arn.split(separator);
  if (!INSTANCE_ARN.test(instance) || !/^[a-zA-Z0-9-]{1,100}$/u.test(id ?? '') || others.length > 0) {
    throw new Error(`\`${arn}\` is not a security profile ARN (\`<instance ARN>${separator}<id>\`)`);
  }
  return [instance, id];
}
