//! Names of tables as StackQL, Datadog and Steampipe write them → the tables here.
//!
//! A name is replaced where a name stands, by one that is followed by spaces up to the old length: whatever SQLite says of a
//! place holds for the text as it was written.

use super::tables::Table;
use super::tokens::{Kind, Token};

/// The query with every table by its own name, and the tables that it names, one for each time.
#[must_use]
pub fn with_own_names(text: &str, tokens: &[Token]) -> (String, Vec<Named>) {
    let mut rewritten = text.to_owned();
    let mut named = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let Some((table, count)) = table_at(&tokens[index..], index.checked_sub(1).map(|it| &tokens[it]))
        else {
            index += 1;
            continue;
        };
        let (start, end) = (tokens[index].start, tokens[index + count - 1].end);
        let width = end - start;
        rewritten.replace_range(start..end, &format!("{:width$}", table.name()));
        let is_qualifier = tokens.get(index + count).is_some_and(|next| next.is_sign('.'));
        named.push(Named { table, first: index, count, is_qualifier });
        index += count;
    }
    (rewritten, named)
}

/// A table's name in a query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// The table.
    pub table: Table,
    /// The place of its first token.
    pub first: usize,
    /// How many tokens it takes.
    pub count: usize,
    /// Whether a column follows it.
    pub is_qualifier: bool,
}

/// The table whose name begins here, and of how many tokens the name is.
fn table_at(tokens: &[Token], before: Option<&Token>) -> Option<(Table, usize)> {
    if before.is_some_and(|before| before.is_sign('.')) {
        return None;
    }
    let first = tokens.first()?.name()?;
    let is_foreign = ["aws", "awscc", "connect"].iter().any(|prefix| first.eq_ignore_ascii_case(prefix));
    let most = if is_foreign { 3 } else { 1 };
    (1..=most).rev().find_map(|parts| {
        let count = 2 * parts - 1;
        let name = joined(tokens.get(..count)?)?;
        let table = by_any_name(&name)?;
        let (start, end) = (tokens[0].start, tokens[count - 1].end);
        // No longer name fits into the place of a shorter one.
        (end - start >= table.name().len()).then_some((table, count))
    })
}

/// Names with dots between them, joined by underscores.
fn joined(tokens: &[Token]) -> Option<String> {
    let mut name = String::new();
    for (index, token) in tokens.iter().enumerate() {
        match (index % 2, &token.kind) {
            (0, _) => name.push_str(token.name()?),
            (_, Kind::Sign('.')) => name.push('_'),
            _ => return None,
        }
    }
    Some(name.to_lowercase())
}

fn by_any_name(name: &str) -> Option<Table> {
    if let Some(table) = Table::named(name) {
        return Some(table);
    }
    if let Some(table) = name.strip_prefix("security_").and_then(Table::named) {
        return Some(table);
    }
    let without_provider = name.strip_prefix("awscc_").or_else(|| name.strip_prefix("aws_")).unwrap_or(name);
    let bare = without_provider.strip_prefix("connect_")?;
    let bare = bare.strip_suffix("_list_only").unwrap_or(bare);
    let short = bare.strip_prefix("security_").unwrap_or(bare);
    Table::named(bare).or_else(|| Table::named(&format!("{bare}s"))).or_else(|| Table::named(short))
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn own(text: &str) -> String {
        let rewritten = with_own_names(text, &tokens(text)).0;
        assert_eq!(rewritten.len(), text.len());
        rewritten.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_of_naming_a_table_is_understood() {
        for name in [
            "aws.connect.security_profiles",
            "AWS.Connect.Security_Profiles",
            "\"aws\".\"connect\".\"security_profiles\"",
            "`aws`.[connect] . security_profiles",
            "aws.connect /* here */ .security_profile",
            "aws.connect_security_profile",
            "aws_connect_security_profile",
            "aws_connect_security_profiles",
            "awscc.connect.security_profiles",
            "aws.connect.security_profiles_list_only",
            "connect.security_profiles",
            "security_profiles",
        ] {
            assert_eq!(
                own(&format!("SELECT * FROM {name} p")),
                "SELECT * FROM security_profiles p",
                "{name}"
            );
        }
        assert_eq!(
            own(
                "SELECT aws.connect.security_profiles.region FROM aws.connect.security_profile_tags, security_profile_permissions"
            ),
            "SELECT security_profiles .region FROM profile_tags , profile_permissions"
        );
    }

    #[test]
    fn texts_comments_and_other_names_stay_as_they_are() {
        for text in [
            "SELECT 'aws.connect.security_profiles' -- aws.connect.security_profiles",
            "SELECT aws.connect.other FROM aws.connect",
            "SELECT x.aws.connect.security_profiles",
            "SELECT p.permissions, security_profile.permissions",
        ] {
            assert_eq!(own(text), text);
        }
    }
}
