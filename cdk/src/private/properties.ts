import { SecurityProfileProps } from '../security-profile-props';

/** What only a profile states, and a lookup does not, as a template has it. */
export function memberProperties(props: SecurityProfileProps): Record<string, unknown> {
  const names = (list?: { readonly name: string }[]) => list?.map(({ name }) => name);
  const tags = props.allowedAccessControlTags;
  return {
    Description: props.description,
    Permissions: names(props.permissions),
    ExpandPermissions: props.expandPermissions,
    AllowedAccessControlTags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    TagRestrictedResources: names(props.tagRestrictedResources),
    HierarchyRestrictedResources: names(props.hierarchyRestrictedResources),
    AllowedAccessControlHierarchyGroupId: props.allowedAccessControlHierarchyGroupId,
    Applications: props.applications?.map((it) => ({
      Namespace: it.namespace,
      ApplicationPermissions: it.applicationPermissions,
      Type: it.type,
    })),
    AllowedFlowModules: props.allowedFlowModules?.map((it) => ({ FlowModuleId: it.flowModuleId, Type: it.type })),
    AllowedAIAgents: props.allowedAiAgents?.map((it) => ({ Arn: it.arn, Type: it.type })),
    GranularAccessControlConfiguration: props.dataTableAccess && {
      DataTableAccessControlConfiguration: {
        PrimaryAttributeAccessControlConfiguration: {
          PrimaryAttributeValues: props.dataTableAccess.map((it) => ({
            AccessType: 'ALLOW',
            AttributeName: it.attributeName,
            Values: it.values,
          })),
        },
      },
    },
    Adopt: props.adopt,
    Revision: props.revision,
  };
}
