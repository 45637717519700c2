import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  PrimaryAttributeAccess,
  SecurityProfileAiAgent,
  SecurityProfileApplication,
  SecurityProfileFlowModule,
} from './members';
import { Permission } from './permission';
import { RestrictedResource } from './restricted-resource';
import { ISecurityProfileProvider } from './security-profile-provider';

/** Who reads or keeps a profile, and as whom. */
export interface SecurityProfileCommonProps {
  /** The ARN of the Connect instance. Connect is called in its region. */
  readonly instanceArn: string;

  /** The profile's name: 1 to 127 letters, digits, spaces, `_`, `@` and `-`. */
  readonly securityProfileName: string;

  /**
   * What makes and keeps the profile.
   *
   * @default - the one provider of the stack, `SecurityProfileProvider.singleton`
   */
  readonly provider?: ISecurityProfileProvider;

  /**
   * Connect is called as this role, in its account. The provider must allow it.
   *
   * @default - the provider's own role
   */
  readonly role?: iam.IRole;

  /**
   * What the role's trust policy asks for.
   *
   * @default - nothing
   */
  readonly externalId?: string;

  /**
   * Any text. Change it to have the profile read again, and put right.
   *
   * @default - none
   */
  readonly revision?: string;

  /**
   * How long CloudFormation waits for the provider, 1 second to 1 hour; give it at least ten seconds.
   *
   * @default Duration.hours(1)
   */
  readonly serviceTimeout?: Duration;
}

/** What names a profile that exists. */
export interface SecurityProfileLookupProps extends SecurityProfileCommonProps {}

/** What a profile is to be. What is stated becomes live; what never was is left alone. */
export interface SecurityProfileProps extends SecurityProfileCommonProps {
  /**
   * What the profile is for; up to 250 characters.
   *
   * @default - nothing is said
   */
  readonly description?: string;

  /**
   * What its holders may do; up to 500.
   *
   * @default - nothing is said
   */
  readonly permissions?: Permission[];

  /**
   * Adds what the console is documented to add when a permission is ticked.
   *
   * @default false
   */
  readonly expandPermissions?: boolean;

  /**
   * Its holders see only resources with these tags; up to 4. Needs `tagRestrictedResources`.
   *
   * @default - nothing is said
   */
  readonly allowedAccessControlTags?: { [key: string]: string };

  /**
   * The kinds of resources that the tags restrict; up to 10. Needs `allowedAccessControlTags`.
   *
   * @default - nothing is said
   */
  readonly tagRestrictedResources?: RestrictedResource[];

  /**
   * The kinds of resources that the agent hierarchy restricts; up to 10.
   *
   * @default - nothing is said
   */
  readonly hierarchyRestrictedResources?: RestrictedResource[];

  /**
   * The hierarchy group to which its holders are restricted. Needs `hierarchyRestrictedResources`.
   *
   * @default - nothing is said
   */
  readonly allowedAccessControlHierarchyGroupId?: string;

  /**
   * The third-party applications and the tools of MCP servers that its holders may use; up to 10. Add a dependency on the
   * associations of the applications with the instance.
   *
   * @default - nothing is said
   */
  readonly applications?: SecurityProfileApplication[];

  /**
   * The flow modules that its holders may use as tools; up to 10. Connect refuses one that is not released.
   *
   * @default - nothing is said
   */
  readonly allowedFlowModules?: SecurityProfileFlowModule[];

  /**
   * The external AI agents that the AI agent holding the profile may call; up to 100. Add a dependency on the associations of
   * their applications with the instance.
   *
   * @default - nothing is said
   */
  readonly allowedAiAgents?: SecurityProfileAiAgent[];

  /**
   * The rows of data tables that its holders see, by primary attributes; up to 5. The native type's
   * `GranularAccessControlConfiguration`.
   *
   * @default - nothing is said
   */
  readonly dataTableAccess?: PrimaryAttributeAccess[];

  /**
   * Takes over the profile of that name if no stack owns it. An adopted profile is never deleted.
   *
   * @default false
   */
  readonly adopt?: boolean;

  /**
   * What becomes of a profile that the stack created when the resource is removed or replaced. RETAIN leaves it, free for
   * another stack. It is the property `OnDelete`, not a DeletionPolicy, which would leave a tag that says that this stack
   * owns it. Only DESTROY and RETAIN are known.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}
