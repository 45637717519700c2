//! Which profiles a search is for: by name and by tags.

use serde::Deserialize;

use crate::Profile;
use crate::error::ServiceError;
use crate::page::PageRequest;

/// The body of `SearchSecurityProfiles`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Search {
    pub(crate) instance_id: String,
    next_token: Option<String>,
    max_results: Option<usize>,
    #[serde(rename = "SearchCriteria")]
    criteria: Option<Criteria>,
    #[serde(rename = "SearchFilter")]
    filter: Option<Filter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criteria {
    or_conditions: Option<Vec<Self>>,
    and_conditions: Option<Vec<Self>>,
    string_condition: Option<StringCondition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StringCondition {
    field_name: Option<String>,
    value: Option<String>,
    comparison_type: Option<Comparison>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Comparison {
    StartsWith,
    Contains,
    Exact,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    tag_filter: Option<TagFilter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagFilter {
    or_conditions: Option<Vec<Vec<TagCondition>>>,
    and_conditions: Option<Vec<TagCondition>>,
    tag_condition: Option<TagCondition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagCondition {
    tag_key: Option<String>,
    tag_value: Option<String>,
}

impl Search {
    /// By default a page is as large as it may be.
    pub(crate) fn page_request(&self) -> PageRequest {
        PageRequest { size: self.max_results.unwrap_or(100), token: self.next_token.clone() }
    }
}

/// Whether a profile is searched for. What is stated side by side must all hold; nothing stated matches all.
pub(crate) fn matches(search: &Search, profile: &Profile) -> Result<bool, ServiceError> {
    let by_name = search.criteria.as_ref().map_or(Ok(true), |criteria| criteria.matches(&profile.name))?;
    let filter = search.filter.as_ref().and_then(|filter| filter.tag_filter.as_ref());
    Ok(by_name && filter.is_none_or(|filter| filter.matches(profile)))
}

impl Criteria {
    // Every condition is looked at, so that a mistake is told whatever the name is.
    fn matches(&self, name: &str) -> Result<bool, ServiceError> {
        let verdicts = |conditions: &Option<Vec<Self>>| {
            let conditions = conditions.iter().flatten();
            conditions.map(|condition| condition.matches(name)).collect::<Result<Vec<bool>, ServiceError>>()
        };
        let any = verdicts(&self.or_conditions)?;
        let all = verdicts(&self.and_conditions)?;
        let own = self.string_condition.as_ref().map_or(Ok(true), |condition| condition.matches(name))?;
        Ok(own && (any.is_empty() || any.contains(&true)) && !all.contains(&false))
    }
}

impl StringCondition {
    fn matches(&self, name: &str) -> Result<bool, ServiceError> {
        let refused =
            |message: &str| Err(ServiceError::InvalidParameter(format!("SearchCriteria: {message}")));
        if self.field_name.as_deref() != Some("name") {
            return refused("the only FieldName is `name`");
        }
        let value = self.value.as_deref().unwrap_or_default().to_lowercase();
        let name = name.to_lowercase();
        match self.comparison_type {
            None => refused("ComparisonType is required"),
            Some(Comparison::Contains) if !(2..=25).contains(&value.chars().count()) => {
                refused("CONTAINS needs a value of 2 to 25 characters")
            }
            Some(Comparison::Contains) => Ok(name.contains(&value)),
            Some(Comparison::StartsWith) => Ok(name.starts_with(&value)),
            Some(Comparison::Exact) => Ok(name == value),
        }
    }
}

impl TagFilter {
    fn matches(&self, profile: &Profile) -> bool {
        let all = |conditions: &[TagCondition]| conditions.iter().all(|condition| condition.matches(profile));
        self.or_conditions
            .as_ref()
            .is_none_or(|any| any.is_empty() || any.iter().any(|conditions| all(conditions)))
            && self.and_conditions.as_deref().is_none_or(all)
            && self.tag_condition.as_ref().is_none_or(|condition| condition.matches(profile))
    }
}

impl TagCondition {
    fn matches(&self, profile: &Profile) -> bool {
        profile.tags.iter().any(|(key, value)| {
            self.tag_key.as_ref().is_none_or(|wanted| wanted == key)
                && self.tag_value.as_ref().is_none_or(|wanted| wanted == value)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(criteria: &Value, filter: &Value) -> Result<Vec<&'static str>, ServiceError> {
        let search: Search = serde_json::from_value(json!({
            "InstanceId": "i", "SearchCriteria": criteria, "SearchFilter": { "TagFilter": filter },
        }))
        .unwrap();
        let mut found = Vec::new();
        for (name, team) in [("Agent", "red"), ("Agent Lead", "blue"), ("agent", "blue"), ("Admin", "red")] {
            if matches(&search, &Profile::named(name).tagged("team", team))? {
                found.push(name);
            }
        }
        Ok(found)
    }

    fn condition(comparison: &str, value: &str) -> Value {
        json!({ "StringCondition": { "FieldName": "name", "Value": value, "ComparisonType": comparison } })
    }

    #[test]
    fn names_are_compared_without_case() {
        assert_eq!(found(&condition("EXACT", "AGENT"), &json!({})).unwrap(), ["Agent", "agent"]);
        assert_eq!(
            found(&condition("STARTS_WITH", "agent"), &json!({})).unwrap(),
            ["Agent", "Agent Lead", "agent"]
        );
        assert_eq!(found(&condition("CONTAINS", "lea"), &json!({})).unwrap(), ["Agent Lead"]);
        assert_eq!(found(&json!({}), &json!({})).unwrap().len(), 4);
    }

    #[test]
    fn conditions_combine() {
        let either = json!({ "OrConditions": [condition("EXACT", "admin"), condition("CONTAINS", "lead")] });
        assert_eq!(found(&either, &json!({})).unwrap(), ["Agent Lead", "Admin"]);
        let both = json!({ "AndConditions": [condition("STARTS_WITH", "a"), condition("CONTAINS", "lead")] });
        assert_eq!(found(&both, &json!({})).unwrap(), ["Agent Lead"]);
    }

    #[test]
    fn tags_filter() {
        let blue = json!({ "TagKey": "team", "TagValue": "blue" });
        assert_eq!(found(&json!({}), &json!({ "TagCondition": blue })).unwrap(), ["Agent Lead", "agent"]);
        assert_eq!(
            found(&condition("EXACT", "agent"), &json!({ "AndConditions": [blue] })).unwrap(),
            ["agent"]
        );
        let any_team = json!({ "OrConditions": [[blue], [{ "TagKey": "team" }]] });
        assert_eq!(found(&json!({}), &any_team).unwrap().len(), 4);
        assert!(found(&json!({}), &json!({ "TagCondition": { "TagKey": "other" } })).unwrap().is_empty());
    }

    #[test]
    fn a_search_that_the_service_cannot_run_is_refused() {
        for criteria in [
            condition("CONTAINS", "a"),
            condition("CONTAINS", &"a".repeat(26)),
            json!({ "StringCondition": { "FieldName": "description", "Value": "a", "ComparisonType": "EXACT" } }),
            json!({ "StringCondition": { "FieldName": "name", "Value": "a" } }),
        ] {
            let error = found(&criteria, &json!({})).unwrap_err();
            assert_eq!(error.code(), "InvalidParameterException", "{criteria}");
        }
    }
}
