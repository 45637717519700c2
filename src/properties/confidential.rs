//! What properties hold that no log and no reason may show, read before and whatever else is read of them.
//!
//! As leniently as can be: a Delete and a service that writes back know no mistakes.

use serde_json::{Map, Value};

use super::reader::scalar;
use crate::undisclosed::Undisclosed;

/// The properties, and the members in them that may be shown.
const CONFIDENTIAL: [(&str, &[&str]); 6] = [
    ("Description", &[]),
    ("ExternalId", &[]),
    ("Revision", &[]),
    ("Tags", &["Key"]),
    ("AllowedAccessControlTags", &["Key"]),
    ("GranularAccessControlConfiguration", &["AttributeName", "AccessType"]),
];

/// The texts in the properties that no log and no reason may show, wherever in their property they stand.
#[must_use]
pub fn confidential(properties: &Map<String, Value>) -> Vec<Undisclosed> {
    let mut texts = Vec::new();
    for (name, shown) in CONFIDENTIAL {
        let mut rest: Vec<&Value> = properties.get(name).into_iter().collect();
        while let Some(value) = rest.pop() {
            match value {
                Value::Array(items) => rest.extend(items),
                // A list or an object is no name, wherever it stands.
                Value::Object(members) => rest.extend(members.iter().filter_map(|(member, value)| {
                    let is_name = shown.contains(&member.as_str()) && !value.is_array() && !value.is_object();
                    (!is_name).then_some(value)
                })),
                other => texts.extend(scalar(other).map(Undisclosed::from)),
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_is_found_however_the_properties_are_made() {
        let read = |properties: Value| {
            let mut texts: Vec<String> = confidential(properties.as_object().unwrap())
                .iter()
                .map(|text| text.reveal().to_owned())
                .collect();
            texts.sort();
            texts.join(" ")
        };
        let good = json!({
            "SecurityProfileName": "n", "Description": "d", "ExternalId": "e", "Revision": 7, "Permissions": ["p"],
            "Tags": [{"Key": "k", "Value": "t"}], "AllowedAccessControlTags": [{"Key": "k", "Value": "a"}],
            "GranularAccessControlConfiguration": {"DataTableAccessControlConfiguration": {
                "PrimaryAttributeAccessControlConfiguration": {"PrimaryAttributeValues": [
                    {"AccessType": "ALLOW", "AttributeName": "x", "Values": ["g", "h"]}]}}}});
        assert_eq!(read(good), "7 a d e g h t");
        let odd = json!({
            "Description": {"Fn": ["d"]}, "ExternalId": ["e"], "Revision": null,
            "Tags": {"k": "t", "l": ["u"]}, "AllowedAccessControlTags": "a",
            "GranularAccessControlConfiguration": {"Values": {"AttributeName": ["g"]}}});
        assert_eq!(read(odd), "a d e g t u");
    }
}
