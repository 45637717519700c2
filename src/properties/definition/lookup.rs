//! The properties of `Custom::ConnectSecurityProfileLookup`, all of which a profile has, too.

use super::super::limits;
use super::forms::{ANY_TEXT, OPTIONAL, REQUIRED};
use super::{Form, Needs, Pattern, Property, Text};

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

pub(super) const SERVICE_TOKEN: Property = Property {
    example: r#""arn:aws:lambda:eu-west-2:123456789012:function:connect-profiles-provider""#,
    ..REQUIRED.named(
        "ServiceToken",
        ANY_TEXT,
        "CloudFormation's own: the function that provides the type, which its stack exports.",
    )
};

pub(super) const SERVICE_TIMEOUT: Property = Property {
    default: Some("3600"),
    example: "300",
    ..OPTIONAL.named(
        "ServiceTimeout",
        Form::Number { least: 1, most: 3600 },
        "CloudFormation's own: how many seconds it waits for an answer. Give the provider at least ten.",
    )
};

pub(super) const INSTANCE_ARN: Property = Property {
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

pub(super) const SECURITY_PROFILE_NAME: Property = Property {
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

pub(super) const ROLE_ARN: Property = Property {
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

pub(super) const EXTERNAL_ID: Property = Property {
    needs: Needs::Heeded("RoleArn"),
    example: r#""connect-profiles""#,
    ..OPTIONAL.named(
        "ExternalId",
        Form::Text(Text {
            shortest: 0,
            longest: Some(limits::EXTERNAL_ID.1),
            pattern: Some(Pattern {
                expression: r"^([a-zA-Z0-9_+=,.@:\/-]{2,1224})?$",
                rule: "2 to 1224 letters, digits and `_+=,.@:/-`, or empty for none",
                accepted: &["", "ab", "a_+=,.@:/-9"],
                refused: &["a", "a b", "é-id", "a*b"],
            }),
        }),
        "What the role's trust policy asks for.",
    )
};

pub(super) const REVISION: Property = Property {
    example: r#""2""#,
    ..OPTIONAL.named(
        "Revision",
        ANY_TEXT,
        "Change it to have the live profile compared and repaired, all but its name, which the API cannot change.",
    )
};
