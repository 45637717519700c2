//! The permission names that are known, and what the console adds when one is ticked.
//!
//! The API has no enumeration: AWS's published list is incomplete and grows, so an unknown name is a warning and never a
//! mistake. Only the additions that AWS documents are here, not those that merely look likely.

mod table;

use std::collections::BTreeSet;

use crate::names::Permission;
use table::PERMISSIONS;

/// For how many unknown names the nearest one is looked for: each is compared with all that are known, and nobody reads more.
pub const MOST_NEAREST: usize = 50;

/// All names that are known.
pub fn known_permissions() -> impl Iterator<Item = &'static str> {
    PERMISSIONS.iter().map(|(name, _)| *name)
}

/// Whether the name is in the catalogue.
#[must_use]
pub fn is_known(permission: &Permission) -> bool {
    find(permission.as_str()).is_some()
}

/// The known name most like an unknown one, if any is much alike.
#[must_use]
pub fn nearest_permission(permission: &Permission) -> Option<&'static str> {
    nearest(permission.as_str(), known_permissions())
}

/// The set with everything that the console would add to it.
#[must_use]
pub fn expand(permissions: &BTreeSet<Permission>) -> BTreeSet<Permission> {
    let mut expanded = permissions.clone();
    let mut pending: Vec<&'static str> = permissions.iter().flat_map(implied).copied().collect();
    while let Some(name) = pending.pop() {
        let permission = Permission::from(name);
        let further = implied(&permission);
        if expanded.insert(permission) {
            pending.extend(further);
        }
    }
    expanded
}

/// The candidate most like `text`, if any is alike enough for "did you mean" to help.
pub fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // What is twice as long is not alike, and comparing takes time by the lengths of both.
    let is_near = |candidate: &&str| text.len() <= 2 * candidate.len() && candidate.len() <= 2 * text.len();
    let lower = text.chars().take(256).collect::<String>().to_lowercase();
    candidates
        .filter(is_near)
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

fn implied(permission: &Permission) -> &'static [&'static str] {
    find(permission.as_str()).map_or(&[], |(_, implied)| implied)
}

fn find(name: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    PERMISSIONS.binary_search_by_key(&name, |(known, _)| known).ok().map(|index| &PERMISSIONS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_data_file() {
        let rows: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../data/permissions.json")).unwrap();
        assert_eq!(rows.len(), PERMISSIONS.len(), "run `make generate`");
        for row in rows {
            let (_, implied) = find(row["api_name"].as_str().unwrap()).expect("run `make generate`");
            let mut expected: Vec<_> =
                row["implies"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            expected.sort_unstable();
            assert_eq!(*implied, expected, "run `make generate`");
        }
    }

    /// They stand in public code, and Connect has no such permissions.
    #[test]
    fn a_name_that_is_known_to_be_wrong_is_neither_known_nor_suggested() {
        let notes: serde_json::Value =
            serde_json::from_str(include_str!("../data/permission-notes.json")).unwrap();
        let wrong = notes["not_permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let wrong: Vec<&str> = wrong.collect();
        assert_eq!(wrong.len(), 6);
        for name in &wrong {
            assert!(!is_known(&(*name).into()), "{name}");
            // Not even to somebody who writes it a little differently.
            for similar in
                [(*name).to_owned(), name.to_lowercase(), format!("{name}s"), format!("{name}.View")]
            {
                let nearest = nearest_permission(&similar.as_str().into());
                assert!(nearest.is_none_or(|nearest| !wrong.contains(&nearest)), "{similar}: {nearest:?}");
            }
        }
    }

    #[test]
    fn expansion_adds_what_the_console_documents_and_nothing_else() {
        let stated = BTreeSet::from(["Users.Edit".into(), "Some.New.Permission".into()]);
        let expanded = expand(&stated);
        let added: Vec<_> = expanded.difference(&stated).map(Permission::as_str).collect();
        assert_eq!(added, ["Users.View"]);
        assert_eq!(expand(&expanded), expanded);
    }

    #[test]
    fn a_slip_of_the_pen_has_a_nearest_name_and_nonsense_has_none() {
        assert_eq!(nearest_permission(&"BasicAgentAcess".into()), Some("BasicAgentAccess"));
        assert_eq!(nearest_permission(&"users.view".into()), Some("Users.View"));
        assert_eq!(nearest_permission(&"connect:StartChatContact".into()), None);
        assert_eq!(nearest_permission(&"xyzzy".into()), None);
    }
}
