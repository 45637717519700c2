/** What an application is. */
export enum ApplicationType {
  /** An MCP server. */
  MCP = 'MCP',
  /** A third-party application. */
  THIRD_PARTY_APPLICATION = 'THIRD_PARTY_APPLICATION',
}

/** What a flow module is. */
export enum FlowModuleType {
  /** An MCP tool. */
  MCP = 'MCP',
}

/** What an AI agent is. */
export enum AiAgentType {
  /** Of a third party. */
  THIRD_PARTY = 'THIRD_PARTY',
}

/** An application that the holders of a profile may use. */
export interface SecurityProfileApplication {
  /** The application's namespace; 1 to 128 characters. */
  readonly namespace: string;

  /** What may be done with it, such as `ACCESS`; 1 to 50. */
  readonly applicationPermissions: string[];

  /**
   * What it is.
   *
   * @default - whatever is live
   */
  readonly type?: ApplicationType;
}

/** A flow module that the holders of a profile may use. */
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

/** An AI agent that the holders of a profile may use. */
export interface SecurityProfileAiAgent {
  /** The agent's ARN. */
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
