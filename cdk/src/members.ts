/** The type of an application. */
export enum ApplicationType {
  /** An MCP server, whose permissions are tools. */
  MCP = 'MCP',
  /** A third-party application in the agent workspace. */
  THIRD_PARTY_APPLICATION = 'THIRD_PARTY_APPLICATION',
}

/** The type of a flow module. */
export enum FlowModuleType {
  /** An MCP tool. */
  MCP = 'MCP',
}

/** The type of an external AI agent. */
export enum AiAgentType {
  /** Of a third party. */
  THIRD_PARTY = 'THIRD_PARTY',
}

/**
 * An application that the holders of a profile may use. Let the profile depend on the association of the application with the
 * instance: `profile.node.addDependency(association)`.
 */
export interface SecurityProfileApplication {
  /** The application's namespace, for `MCP` the id of the gateway to the MCP server; 1 to 128 characters. */
  readonly namespace: string;

  /**
   * What may be done with it: `ACCESS` for a third-party application; for `MCP` the ids of tools, in practice
   * `<target>___<tool>`; 1 to 50.
   */
  readonly applicationPermissions: string[];

  /**
   * What it is.
   *
   * @default - whatever is live
   */
  readonly type?: ApplicationType;
}

/** A released flow module that the holders of a profile may use as a tool. */
export interface SecurityProfileFlowModule {
  /** The module's id. */
  readonly flowModuleId: string;

  /**
   * What it is.
   *
   * @default - whatever is live
   */
  readonly type?: FlowModuleType;
}

/**
 * An external AI agent that the AI agent holding the profile may call. Let the profile depend on the association of the agent's
 * application with the instance.
 */
export interface SecurityProfileAiAgent {
  /**
   * The ARN of the AppIntegrations application of the agent, of the type `A2A_SERVER`:
   * `arn:<partition>:app-integrations:<region>:<account>:application/<id>`. Only its length is checked.
   */
  readonly arn: string;

  /**
   * What it is.
   *
   * @default - whatever is live
   */
  readonly type?: AiAgentType;
}

/** Access to the rows of data tables in which a primary attribute has one of a few values. */
export interface PrimaryAttributeAccess {
  /** The attribute's name; 1 to 127 characters. */
  readonly attributeName: string;

  /** The values that give access; 1 or 2. */
  readonly values: string[];
}
