/**
 * A kind of resource that a security profile restricts by tags or by the agent hierarchy. Each constant says whether AWS's
 * documentation has named it; `RestrictedResource.of` names any other.
 */
export class RestrictedResource {
  /** Users. Documented, and the only kind that is documented for the hierarchy. */
  public static readonly USER = new RestrictedResource('User');

  /** Security profiles. Documented. */
  public static readonly SECURITY_PROFILE = new RestrictedResource('SecurityProfile');

  /** Queues. Documented. */
  public static readonly QUEUE = new RestrictedResource('Queue');

  /** Routing profiles. Documented. */
  public static readonly ROUTING_PROFILE = new RestrictedResource('RoutingProfile');

  /** Hours of operation. Not documented: seen in a public configuration. */
  public static readonly OPERATING_HOURS = new RestrictedResource('OperatingHours');

  /** Quick connects. Not documented: seen in a public configuration. */
  public static readonly TRANSFER_DESTINATION = new RestrictedResource('TransferDestination');

  /** Email addresses. Not documented: seen in a public configuration. */
  public static readonly EMAIL_ADDRESS = new RestrictedResource('EmailAddress');

  /** The kind of that name, which is passed on as it is. */
  public static of(name: string): RestrictedResource {
    return new RestrictedResource(name);
  }

  /** The name that Connect's API has for it. */
  public readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
