//! The tables themselves, in the order in which templates state the properties.

use super::super::limits::{self, Lengths};
use super::{Attribute, Form, Needs, Pattern, Property, Text};

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
            "The types of resources that `AllowedAccessControlTags` restricts.",
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
        example: r#"[{"Namespace": "example", "ApplicationPermissions": ["ACCESS"], "Type": "MCP"}]"#,
        ..OPTIONAL.named(
            "Applications",
            list(&object("Application", &APPLICATION), 0, limits::APPLICATIONS),
            "The applications that may be used, by `Namespace`.",
        )
    },
    Property {
        example: r#"[{"FlowModuleId": "example", "Type": "MCP"}]"#,
        ..OPTIONAL.named(
            "AllowedFlowModules",
            list(&object("FlowModule", &FLOW_MODULE), 0, limits::FLOW_MODULES),
            "The flow modules that may be used as tools, by `FlowModuleId`.",
        )
    },
    Property {
        example: r#"[{"Arn": "arn:aws:wisdom:eu-west-2:123456789012:ai-agent/example", "Type": "THIRD_PARTY"}]"#,
        ..OPTIONAL.named(
            "AllowedAIAgents",
            list(&object("AIAgent", &AI_AGENT), 0, limits::AI_AGENTS),
            "The AI agents that may be used, by `Arn`.",
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

/// The properties of `Custom::ConnectSecurityProfileLookup`.
pub const LOOKUP: [Property; 7] = [
    SERVICE_TOKEN,
    SERVICE_TIMEOUT,
    INSTANCE_ARN,
    SECURITY_PROFILE_NAME,
    ROLE_ARN,
    EXTERNAL_ID,
    Property { about: "Change it to have the profile looked up again.", ..REVISION },
];

/// What `Fn::GetAtt` gives, for both types.
pub const ATTRIBUTES: [Attribute; 8] = [
    Attribute {
        name: "InstanceArn",
        about: "The ARN of the instance that the profile is in.",
        example: "arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555",
    },
    Attribute {
        name: "InstanceId",
        about: "The id in that ARN.",
        example: "11111111-2222-3333-4444-555555555555",
    },
    Attribute {
        name: "LastModifiedRegion",
        about: "The region in which the profile was changed last; the instance's, where Connect does not say.",
        example: "eu-west-2",
    },
    Attribute {
        name: "LastModifiedTime",
        about: "When that was, in whole seconds since 1970 UTC.",
        example: "1767225600",
    },
    Attribute {
        name: "Origin",
        about: "How the resource came by the profile: `created` or `adopted`; of a lookup always `found`.",
        example: "created",
    },
    Attribute {
        name: "SecurityProfileArn",
        about: "The profile's ARN, the same as `Ref`.",
        example: "arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555/security-profile/66666666-7777-8888-9999-000000000000",
    },
    Attribute {
        name: "SecurityProfileId",
        about: "The id in that ARN.",
        example: "66666666-7777-8888-9999-000000000000",
    },
    Attribute {
        name: "SecurityProfileName",
        about: "The profile's name as it is at Connect.",
        example: "Agents",
    },
];

/// The keys of an item of `Tags`.
const TAG: [Property; 2] = [
    Property {
        example: r#""team""#,
        ..REQUIRED.named(
            "Key",
            Form::Text(Text {
                shortest: limits::NAME.0,
                longest: Some(limits::NAME.1),
                pattern: Some(Pattern {
                    expression: r"^(?!aws:)(?!custom-connect-security-profile:owner$)[\p{Alphabetic}\p{N}\p{Z}_.:\/=+\-@]*$",
                    rule: "letters, digits, spaces and `_.:/=+-@`; not `aws:` at the beginning, nor the owner tag's key",
                    accepted: &["team", "Coût Center@x", "a_.:/=+-@9", "Aws:x"],
                    refused: &["a,b", "a\tb", "aws:x", "custom-connect-security-profile:owner"],
                }),
            }),
            "The tag's key, each once.",
        )
    },
    TAG_VALUE,
];

const ACCESS_CONTROL_TAG: [Property; 2] = [
    Property { example: r#""team""#, ..REQUIRED.named("Key", text(limits::NAME), "The tag's key.") },
    TAG_VALUE,
];

const APPLICATION: [Property; 3] = [
    Property {
        example: r#""example""#,
        ..REQUIRED.named("Namespace", text(limits::NAME), "The application's namespace.")
    },
    Property {
        example: r#"["ACCESS"]"#,
        ..REQUIRED.named(
            "ApplicationPermissions",
            list(&NAME, 1, limits::APPLICATION_PERMISSIONS),
            "What may be done in it.",
        )
    },
    kind(&limits::APPLICATION_TYPES, r#""MCP""#),
];

const FLOW_MODULE: [Property; 2] = [
    Property {
        example: r#""example""#,
        ..REQUIRED.named("FlowModuleId", text(limits::NAME), "The module's id.")
    },
    kind(&limits::FLOW_MODULE_TYPES, r#""MCP""#),
];

const AI_AGENT: [Property; 2] = [
    Property {
        example: r#""arn:aws:wisdom:eu-west-2:123456789012:ai-agent/example""#,
        ..REQUIRED.named("Arn", text(limits::AI_AGENT_ARN), "The agent's ARN.")
    },
    kind(&limits::AI_AGENT_TYPES, r#""THIRD_PARTY""#),
];

const ATTRIBUTE_ACCESS: [Property; 3] = [
    Property {
        example: r#""region""#,
        ..REQUIRED.named(
            "AttributeName",
            Form::Text(Text {
                shortest: limits::ATTRIBUTE_NAME.0,
                longest: Some(limits::ATTRIBUTE_NAME.1),
                pattern: Some(Pattern {
                    expression: r"^(?!aws:)(?!connect:)[\t\n\r\x20-\x7E\xA1-\xFF]*$",
                    rule: "printable Latin-1 characters; neither `aws:` nor `connect:` at the beginning",
                    accepted: &["region", "Größe 1"],
                    refused: &["aws:x", "connect:x", "地域"],
                }),
            }),
            "The primary attribute.",
        )
    },
    Property {
        example: r#"["north"]"#,
        ..REQUIRED.named(
            "Values",
            list(
                &Form::Text(Text {
                    shortest: limits::ATTRIBUTE_VALUE.0,
                    longest: Some(limits::ATTRIBUTE_VALUE.1),
                    pattern: Some(Pattern {
                        expression: r"^[\t\n\r\x20-\x7E\xA1-\xFF]*$",
                        rule: "printable Latin-1 characters",
                        accepted: &["north", "Süd"],
                        refused: &["北"],
                    }),
                }),
                1,
                limits::ATTRIBUTE_VALUES,
            ),
            "The values of it that may be seen.",
        )
    },
    Property {
        example: r#""ALLOW""#,
        ..OPTIONAL.named(
            "AccessType",
            Form::Word { words: &limits::ACCESS_TYPES, or_empty: false },
            "There is only this one.",
        )
    },
];

const SERVICE_TOKEN: Property = Property {
    example: r#""arn:aws:lambda:eu-west-2:123456789012:function:connect-profiles-provider""#,
    ..REQUIRED.named(
        "ServiceToken",
        ANY_TEXT,
        "CloudFormation's own: the function that provides the type, which its stack exports.",
    )
};

const SERVICE_TIMEOUT: Property = Property {
    default: Some("3600"),
    example: "300",
    ..OPTIONAL.named(
        "ServiceTimeout",
        Form::Number { least: 1, most: 3600 },
        "CloudFormation's own: how many seconds it waits for an answer. Give the provider at least ten.",
    )
};

const INSTANCE_ARN: Property = Property {
    replaces: true,
    example: r#""arn:aws:connect:eu-west-2:123456789012:instance/11111111-2222-3333-4444-555555555555""#,
    ..REQUIRED.named(
        "InstanceArn",
        Form::Text(Text {
            shortest: 0,
            longest: None,
            pattern: Some(Pattern {
                expression: r"^arn:aws[a-z0-9-]{0,60}:connect:[a-z0-9-]{1,63}:[0-9]{12}:instance\/[a-zA-Z0-9-]{1,100}$",
                rule: "`arn:<partition>:connect:<region>:<account>:instance/<id>`",
                accepted: &["arn:aws:connect:eu-west-2:123456789012:instance/i"],
                refused: &[
                    "",
                    "11111111-2222-3333-4444-555555555555",
                    "arn:aws:connect:eu-west-2:12345678901:instance/i",
                    "arn:aws:connect::123456789012:instance/i",
                    "arn:aws:connect:eu-west-2:123456789012:instance/i/queue/q",
                    "arn:evil:connect:eu-west-2:123456789012:instance/i",
                ],
            }),
        }),
        "The Connect instance. Connect is called in its region; its account is that of `RoleArn`, else the function's.",
    )
};

const SECURITY_PROFILE_NAME: Property = Property {
    replaces: true,
    example: r#""Agents""#,
    ..REQUIRED.named(
        "SecurityProfileName",
        Form::Text(Text {
            shortest: limits::PROFILE_NAME.0,
            longest: Some(limits::PROFILE_NAME.1),
            pattern: Some(Pattern {
                expression: "^[ a-zA-Z0-9_@-]+$",
                rule: "letters, digits, spaces, `_`, `@` and `-`",
                accepted: &["A b_c@d-1"],
                refused: &["A.b", "Chargé"],
            }),
        }),
        "The profile's name, exact and unique in its instance.",
    )
};

const ROLE_ARN: Property = Property {
    example: r#""arn:aws:iam::123456789012:role/connect-profiles""#,
    ..OPTIONAL.named(
        "RoleArn",
        Form::Text(Text {
            shortest: 0,
            longest: None,
            pattern: Some(Pattern {
                expression: r"^(arn:aws[a-z0-9-]{0,60}:iam::[0-9]{12}:role\/[a-zA-Z0-9+=,.@_\/-]{0,511}[a-zA-Z0-9+=,.@_-])?$",
                rule: "`arn:<partition>:iam::<account>:role/<name>`, or empty for none",
                accepted: &["", "arn:aws:iam::123456789012:role/teams/cc/Deploy-1"],
                refused: &["Deploy", "arn:aws:iam::123456789012:role/x/", "arn:aws:iam::123456789012:user/x"],
            }),
        }),
        "Call Connect as this role, in its account. The operator has to allow it.",
    )
};

const EXTERNAL_ID: Property = Property {
    needs: Needs::Heeded("RoleArn"),
    example: r#""connect-profiles""#,
    ..OPTIONAL.named("ExternalId", ANY_TEXT, "What the role's trust policy asks for.")
};

const REVISION: Property = Property {
    example: r#""2""#,
    ..OPTIONAL.named(
        "Revision",
        ANY_TEXT,
        "Change it to have the live profile compared and repaired, all but its name, which the API cannot change.",
    )
};

const TAG_VALUE: Property = Property {
    example: r#""support""#,
    ..REQUIRED.named("Value", text(limits::TAG_VALUE), "The tag's value.")
};

const NAME: Form = text(limits::NAME);

const ANY_TEXT: Form = Form::Text(Text { shortest: 0, longest: None, pattern: None });

const OPTIONAL: Property = Property {
    name: "",
    form: ANY_TEXT,
    required: false,
    replaces: false,
    default: None,
    needs: Needs::Nothing,
    about: "",
    example: "",
};

const REQUIRED: Property = Property { required: true, ..OPTIONAL };

impl Property {
    const fn named(self, name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, about, ..self }
    }
}

const fn text(lengths: Lengths) -> Form {
    Form::Text(Text { shortest: lengths.0, longest: Some(lengths.1), pattern: None })
}

const fn object(name: &'static str, keys: &'static [Property]) -> Form {
    Form::Object { name, keys }
}

const fn list(item: &'static Form, least: usize, most: usize) -> Form {
    Form::List { item, least, most }
}

const fn kind(words: &'static [&'static str], example: &'static str) -> Property {
    Property {
        example,
        ..OPTIONAL.named(
            "Type",
            Form::Word { words, or_empty: true },
            "Its kind. Without one, whatever kind is live stays.",
        )
    }
}
