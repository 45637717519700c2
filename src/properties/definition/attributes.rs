//! What `Fn::GetAtt` gives, for both types, by name.

use super::Attribute;

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
