//! The keys of the objects in lists.

use super::super::limits;
use super::forms::{NAME, OPTIONAL, REQUIRED, list, text};
use super::{Form, Pattern, Property, Text};

/// The keys of an item of `Tags`.
pub(super) const TAG: [Property; 2] = [
    Property {
        example: r#""team""#,
        ..REQUIRED.named(
            "Key",
            Form::Text(Text {
                shortest: limits::NAME.0,
                longest: Some(limits::NAME.1),
                pattern: Some(Pattern {
                    // The owner tag's key in any case; where an expression can switch cases off, JavaScript and Python differ.
                    expression: r"^(?!aws:)(?!\p{Z}*[cC][uU][sSſ][tT][oO][mM]-[cC][oO][nN][nN][eE][cC][tT]-[sSſ][eE][cC][uU][rR][iI][tT][yY]-[pP][rR][oO][fF][iI][lL][eE]:[oO][wW][nN][eE][rR]\p{Z}*$)[\p{Alphabetic}\p{N}\p{Z}_.:\/=+\-@]*$",
                    rule: "letters, digits, spaces and `_.:/=+-@`; not `aws:` at the beginning, nor the owner tag's key in any case",
                    accepted: &["team", "Coût Center@x", "a_.:/=+-@9", "Aws:x"],
                    refused: &[
                        "a,b",
                        "a\tb",
                        "aws:x",
                        "custom-connect-security-profile:owner",
                        "Custom-Connect-Security-Profile:OWNER",
                        " custom-connect-security-profile:owner\u{a0}",
                    ],
                }),
            }),
            "The tag's key, each once.",
        )
    },
    TAG_VALUE,
];

pub(super) const ACCESS_CONTROL_TAG: [Property; 2] = [
    Property { example: r#""team""#, ..REQUIRED.named("Key", text(limits::NAME), "The tag's key.") },
    TAG_VALUE,
];

pub(super) const APPLICATION: [Property; 3] = [
    Property {
        example: r#""shop.orders""#,
        ..REQUIRED.named(
            "Namespace",
            text(limits::NAME),
            "The application's namespace; for `MCP` the id of the gateway to the MCP server.",
        )
    },
    Property {
        example: r#"["ACCESS"]"#,
        ..REQUIRED.named(
            "ApplicationPermissions",
            list(&NAME, 1, limits::APPLICATION_PERMISSIONS),
            "What may be done in it: `ACCESS` for a third-party application; for `MCP` the ids of tools, in practice \
             `<target>___<tool>`.",
        )
    },
    kind(&limits::APPLICATION_TYPES, r#""THIRD_PARTY_APPLICATION""#),
];

pub(super) const FLOW_MODULE: [Property; 2] = [
    Property {
        example: r#""22222222-3333-4444-5555-666666666666""#,
        ..REQUIRED.named(
            "FlowModuleId",
            text(limits::NAME),
            "The id of the flow module, which must be released.",
        )
    },
    kind(&limits::FLOW_MODULE_TYPES, r#""MCP""#),
];

pub(super) const AI_AGENT: [Property; 2] = [
    Property {
        example: r#""arn:aws:app-integrations:eu-west-2:123456789012:application/33333333-4444-5555-6666-777777777777""#,
        ..REQUIRED.named(
            "Arn",
            text(limits::AI_AGENT_ARN),
            "The ARN of the AppIntegrations application of the external agent, not of the agent itself: \
             `arn:<partition>:app-integrations:<region>:<account>:application/<id>`. The application's type is \
             `A2A_SERVER`, and it must be associated with the instance. Only the length is checked.",
        )
    },
    kind(&limits::AI_AGENT_TYPES, r#""THIRD_PARTY""#),
];

pub(super) const ATTRIBUTE_ACCESS: [Property; 3] = [
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

const TAG_VALUE: Property = Property {
    example: r#""support""#,
    ..REQUIRED.named("Value", text(limits::TAG_VALUE), "The tag's value.")
};

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
