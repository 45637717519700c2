//! The properties of `Custom::ConnectSecurityProfile`, in the order in which templates state them.

use super::super::limits;
use super::forms::{NAME, OPTIONAL, list, object, text};
use super::items::{ACCESS_CONTROL_TAG, AI_AGENT, APPLICATION, ATTRIBUTE_ACCESS, FLOW_MODULE, TAG};
use super::lookup::{
    EXTERNAL_ID, INSTANCE_ARN, REVISION, ROLE_ARN, SECURITY_PROFILE_NAME, SERVICE_TIMEOUT, SERVICE_TOKEN,
};
use super::{Form, Needs, Property};

/// The names for `TagRestrictedResources` that are known: four that AWS documents, and three that were only seen in a public
/// configuration (⚠). No list of them is complete, so any other name is passed on, too.
pub const TAG_RESTRICTED_RESOURCES: [&str; 7] = [
    "User",
    "SecurityProfile",
    "Queue",
    "RoutingProfile",
    "OperatingHours",
    "TransferDestination",
    "EmailAddress",
];

/// The properties of `Custom::ConnectSecurityProfile`.
pub const PROFILE: [Property; 21] = [
    SERVICE_TOKEN,
    SERVICE_TIMEOUT,
    INSTANCE_ARN,
    SECURITY_PROFILE_NAME,
    Property {
        example: r#""Takes and makes calls""#,
        ..OPTIONAL.named("Description", text(limits::DESCRIPTION), "What the profile is for, as the console shows it.")
    },
    Property {
        example: r#"["BasicAgentAccess", "OutboundCallAccess"]"#,
        ..OPTIONAL.named(
            "Permissions",
            list(&NAME, 0, limits::PERMISSIONS),
            "All permissions of the profile, by the names of the API. An unknown name is passed on, with a warning in the log.",
        )
    },
    Property {
        example: r#"[{"Key": "team", "Value": "support"}]"#,
        ..OPTIONAL.named(
            "Tags",
            list(&object("Tag", &TAG), 0, limits::TAGS),
            "The profile's tags, by key. Tags with other keys are left alone, and the stack's own tags do not get here.",
        )
    },
    Property {
        needs: Needs::Beside("TagRestrictedResources"),
        example: r#"[{"Key": "team", "Value": "support"}]"#,
        ..OPTIONAL.named(
            "AllowedAccessControlTags",
            list(&object("AccessControlTag", &ACCESS_CONTROL_TAG), 0, limits::ACCESS_CONTROL_TAGS),
            "The tags that a resource has to carry for people with this profile to see it.",
        )
    },
    Property {
        needs: Needs::Beside("AllowedAccessControlTags"),
        example: r#"["User", "Queue"]"#,
        ..OPTIONAL.named(
            "TagRestrictedResources",
            list(&NAME, 0, limits::RESTRICTED_RESOURCES),
            "The types of resources that `AllowedAccessControlTags` restricts. `User`, `SecurityProfile`, `Queue` and \
             `RoutingProfile` are documented; `OperatingHours`, `TransferDestination` and `EmailAddress` were seen in a \
             public configuration (⚠). Any other name is passed on, too.",
        )
    },
    Property {
        example: r#"["User"]"#,
        ..OPTIONAL.named(
            "HierarchyRestrictedResources",
            list(&NAME, 0, limits::RESTRICTED_RESOURCES),
            "The types of resources that are restricted to a hierarchy group.",
        )
    },
    Property {
        needs: Needs::Beside("HierarchyRestrictedResources"),
        example: r#""66666666-7777-8888-9999-000000000000""#,
        ..OPTIONAL.named(
            "AllowedAccessControlHierarchyGroupId",
            text(limits::HIERARCHY_GROUP_ID),
            "The id of that hierarchy group, if it is not the user's own.",
        )
    },
    Property {
        example: r#"[{"Namespace": "shop.orders", "ApplicationPermissions": ["ACCESS"], "Type": "THIRD_PARTY_APPLICATION"}, {"Namespace": "orders-gateway-a1b2c3d4e5", "ApplicationPermissions": ["orders___get_order"], "Type": "MCP"}]"#,
        ..OPTIONAL.named(
            "Applications",
            list(&object("Application", &APPLICATION), 0, limits::APPLICATIONS),
            "The third-party applications and the tools of MCP servers that may be used, by `Namespace`. Let the resource \
             depend on the association of the application with the instance.",
        )
    },
    Property {
        example: r#"[{"FlowModuleId": "22222222-3333-4444-5555-666666666666", "Type": "MCP"}]"#,
        ..OPTIONAL.named(
            "AllowedFlowModules",
            list(&object("FlowModule", &FLOW_MODULE), 0, limits::FLOW_MODULES),
            "The flow modules that may be used as tools, by `FlowModuleId`. Connect refuses one that is unknown or not released.",
        )
    },
    Property {
        example: r#"[{"Arn": "arn:aws:app-integrations:eu-west-2:123456789012:application/33333333-4444-5555-6666-777777777777", "Type": "THIRD_PARTY"}]"#,
        ..OPTIONAL.named(
            "AllowedAIAgents",
            list(&object("AIAgent", &AI_AGENT), 0, limits::AI_AGENTS),
            "The external AI agents that the AI agent holding the profile may call, by `Arn`. Let the resource depend on \
             the association of the application with the instance.",
        )
    },
    Property {
        example: r#"{"DataTableAccessControlConfiguration": {"PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [{"AccessType": "ALLOW", "AttributeName": "region", "Values": ["north"]}]}}}"#,
        ..OPTIONAL.named(
            "GranularAccessControlConfiguration",
            object("GranularAccessControlConfiguration", &[Property {
                example: r#"{"PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": []}}"#,
                ..OPTIONAL.named(
                    "DataTableAccessControlConfiguration",
                    object("DataTableAccessControlConfiguration", &[Property {
                        example: r#"{"PrimaryAttributeValues": []}"#,
                        ..OPTIONAL.named(
                            "PrimaryAttributeAccessControlConfiguration",
                            object("PrimaryAttributeAccessControlConfiguration", &[Property {
                                example: "[]",
                                ..OPTIONAL.named(
                                    "PrimaryAttributeValues",
                                    list(&object("PrimaryAttributeValue", &ATTRIBUTE_ACCESS), 0, limits::ATTRIBUTES),
                                    "The attributes, by `AttributeName`.",
                                )
                            }]),
                            "Access by primary attributes.",
                        )
                    }]),
                    "Access to data tables.",
                )
            }]),
            "The rows of data tables that may be seen, by the values of primary attributes.",
        )
    },
    Property {
        default: Some("false"),
        example: "true",
        ..OPTIONAL.named(
            "Adopt",
            Form::Flag,
            "Take over the profile of that name, if there is one and no stack owns it. An adopted profile is never deleted.",
        )
    },
    Property {
        default: Some("Delete"),
        example: r#""Retain""#,
        ..OPTIONAL.named(
            "OnDelete",
            Form::Word { words: &limits::ON_DELETE, or_empty: true },
            "What becomes of a profile that the stack created when the resource goes, also of the old one after a rename: \
             it is deleted, or it stays and the owner tag is taken off.",
        )
    },
    Property {
        default: Some("false"),
        example: "true",
        ..OPTIONAL.named(
            "ExpandPermissions",
            Form::Flag,
            "Add to `Permissions` what the console is documented to add when a permission is ticked.",
        )
    },
    ROLE_ARN,
    EXTERNAL_ID,
    REVISION,
];
