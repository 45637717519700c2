/**
 * A kind of resource that a security profile restricts by tags or by the agent hierarchy. The constants are those that the
 * API's documentation has named; `RestrictedResource.of` names any other.
 */
export class RestrictedResource {
  /** Users. The one kind that is documented for the hierarchy. */
  public static readonly USER = new RestrictedResource('User');

  /** Security profiles. */
  public static readonly SECURITY_PROFILE = new RestrictedResource('SecurityProfile');

  /** Queues. */
  public static readonly QUEUE = new RestrictedResource('Queue');

  /** Routing profiles. */
  public static readonly ROUTING_PROFILE = new RestrictedResource('RoutingProfile');

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
