//! The doubts about the live service that a caller may want decided the other way.
//!
//! The doubts that only have one sensible answer are not here: `ASSUMPTIONS.md` lists both kinds.

use crate::ProfileType;

/// What the emulator does where neither the API model nor AWS's documentation says it. None of the values was
/// checked against live AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent doubt, not a state")]
pub struct Choices {
    /// `UpdateSecurityProfile` with `Description: ""` clears the description; else it changes nothing.
    /// Default: true.
    pub empty_description_clears: bool,
    /// `UpdateSecurityProfile` with `AllowedAccessControlHierarchyGroupId: ""` clears it; else it changes
    /// nothing. Default: true.
    pub empty_hierarchy_group_clears: bool,
    /// `UpdateSecurityProfile` with `AllowedAccessControlTags: {}` clears them; else it changes nothing.
    /// Default: true.
    pub empty_access_control_tags_clear: bool,
    /// `UpdateSecurityProfile` with a `GranularAccessControlConfiguration` that holds no attribute value clears
    /// it; else it changes nothing. Default: true.
    pub empty_granular_configuration_clears: bool,
    /// A profile with access-control tags but no tag-restricted resources, or the reverse, is refused with
    /// `InvalidParameterException`. Default: false, because AWS states the rule for the console only.
    pub tag_pair_enforced: bool,
    /// A hierarchy group without hierarchy-restricted resources is refused with `InvalidParameterException`.
    /// Default: false.
    pub hierarchy_pair_enforced: bool,
    /// A profile that users hold cannot be deleted. Default: true.
    pub in_use_counts_users: bool,
    /// `DescribeSecurityProfile` shows empty strings, lists and maps of the access control and an empty
    /// description; else it leaves them out. Default: false.
    pub describe_shows_empty_members: bool,
    /// Reading a profile that is not visible yet gives `InvalidRequestException` instead of
    /// `ResourceNotFoundException`: AWS documents both. Default: false.
    pub unseen_is_invalid_request: bool,
    /// The error document's member is `message` instead of the model's `Message`. Default: false.
    pub lower_case_message: bool,
    /// The header `x-amzn-ErrorType` carries a suffix (`ThrottlingException:http://…`), as some AWS services
    /// send it. Default: false.
    pub error_type_has_suffix: bool,
    /// The type of the four profiles that a new instance has. Default: customer managed.
    pub default_profiles_type: ProfileType,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            empty_description_clears: true,
            empty_hierarchy_group_clears: true,
            empty_access_control_tags_clear: true,
            empty_granular_configuration_clears: true,
            tag_pair_enforced: false,
            hierarchy_pair_enforced: false,
            in_use_counts_users: true,
            describe_shows_empty_members: false,
            unseen_is_invalid_request: false,
            lower_case_message: false,
            error_type_has_suffix: false,
            default_profiles_type: ProfileType::CustomerManaged,
        }
    }
}
