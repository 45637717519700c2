//! What a query is limited to, so that no more is read: `region = '…'` and the like.
//!
//! Regions are as in StackQL: those that the query names, anywhere, are the ones that are looked at. All else is used only
//! where it surely limits the rows: in a query with one SELECT from one table, as a condition that all rows must meet.

use std::collections::BTreeSet;

use super::names::Named;
use super::tables::other_name;
use super::tokens::{Kind, Token};

/// The values that columns are limited to; none for no limit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Narrowing {
    /// `region`, as it is named anywhere.
    pub regions: Option<BTreeSet<String>>,
    /// `instance_arn`
    pub instance_arns: Option<BTreeSet<String>>,
    /// `instance_id`
    pub instance_ids: Option<BTreeSet<String>>,
    /// `arn`, `security_profile_arn`, `data__Identifier`
    pub arns: Option<BTreeSet<String>>,
    /// `id`
    pub ids: Option<BTreeSet<String>>,
    /// `security_profile_name`
    pub names: Option<BTreeSet<String>>,
}

/// Reads the limits.
#[must_use]
pub fn narrowing(tokens: &[Token], named: &[Named]) -> Narrowing {
    let mut narrowing = Narrowing { regions: regions(tokens), ..Narrowing::default() };
    let Some(conditions) = conditions(tokens, named) else { return narrowing };
    for (column, values) in conditions.iter().filter_map(|condition| equality(condition)) {
        let column = column.to_lowercase();
        let column = other_name(&column).map_or(column.as_str(), |(canonical, _)| canonical);
        let limit = match column {
            "instance_arn" => &mut narrowing.instance_arns,
            "instance_id" => &mut narrowing.instance_ids,
            "arn" | "security_profile_arn" => &mut narrowing.arns,
            "id" => &mut narrowing.ids,
            "security_profile_name" => &mut narrowing.names,
            _ => continue,
        };
        *limit = Some(match limit.take() {
            Some(others) => others.intersection(&values).cloned().collect(),
            None => values,
        });
    }
    narrowing
}

/// StackQL's parameters of paging stand in its queries as conditions. All pages are read always, so they hold always: the
/// places of such conditions.
#[must_use]
pub fn paging(tokens: &[Token]) -> Vec<(usize, usize)> {
    let is_paging = |token: &Token| {
        token
            .name()
            .is_some_and(|it| it.eq_ignore_ascii_case("nextToken") || it.eq_ignore_ascii_case("maxResults"))
    };
    let windows = tokens.windows(3);
    let of = |window: &[Token]| match window {
        [name, sign, value]
            if is_paging(name) && sign.is_sign('=') && matches!(value.kind, Kind::Text(_) | Kind::Other) =>
        {
            Some((name.start, value.end))
        }
        _ => None,
    };
    windows.filter_map(of).collect()
}

fn regions(tokens: &[Token]) -> Option<BTreeSet<String>> {
    let mut regions = None;
    for index in 0..tokens.len() {
        let is_qualified = index >= 2 && tokens[index - 1].is_sign('.');
        let begin = if is_qualified { index - 2 } else { index };
        let is_denied = begin > 0 && tokens[begin - 1].is("not");
        if !tokens[index].name().is_some_and(|name| name.eq_ignore_ascii_case("region")) || is_denied {
            continue;
        }
        for length in 3..=tokens.len() - index {
            if let Some((_, values)) = equality(&tokens[index..index + length]) {
                regions.get_or_insert_with(BTreeSet::new).extend(values);
                break;
            }
        }
    }
    regions
}

/// The conditions that every row must meet, if the query is of the plain form in which that can be told.
fn conditions<'a>(tokens: &'a [Token], named: &[Named]) -> Option<Vec<&'a [Token]>> {
    let count = |keyword: &str| tokens.iter().filter(|token| token.is(keyword)).count();
    let [table] = named.iter().filter(|named| !named.is_qualifier).collect::<Vec<_>>()[..] else {
        return None;
    };
    if count("select") != 1 || count("from") != 1 || count("where") != 1 {
        return None;
    }
    let (from, whence) = (position(tokens, "from")?, position(tokens, "where")?);
    // FROM table [[AS] alias] WHERE
    let after = table.first + table.count;
    if table.first != from + 1 || whence < after || whence - after > 2 {
        return None;
    }
    if !tokens[after..whence].iter().all(|token| token.name().is_some()) {
        return None;
    }
    let mut depth = 0_i32;
    let (mut conditions, mut start, mut end) = (Vec::new(), whence + 1, tokens.len());
    for (index, token) in tokens.iter().enumerate().skip(whence + 1) {
        match token.kind {
            Kind::Sign('(') => depth += 1,
            Kind::Sign(')') => depth -= 1,
            _ => {}
        }
        let is_any = |keywords: &[&str]| depth == 0 && keywords.iter().any(|keyword| token.is(keyword));
        if is_any(&["or", "between", "case"]) {
            return None;
        }
        if is_any(&["and"]) {
            conditions.push(&tokens[start..index]);
            start = index + 1;
        }
        if is_any(&["group", "order", "limit", "having", "window"]) || token.is_sign(';') {
            end = index;
            break;
        }
    }
    conditions.push(tokens.get(start..end)?);
    Some(conditions)
}

fn position(tokens: &[Token], keyword: &str) -> Option<usize> {
    tokens.iter().position(|token| token.is(keyword))
}

/// `column = 'text'`, `'text' = column` or `column IN ('text', …)`, and nothing beside it.
fn equality(tokens: &[Token]) -> Option<(&str, BTreeSet<String>)> {
    if let [Token { kind: Kind::Text(text), .. }, sign @ .., column] = tokens {
        let is_equal = !sign.is_empty() && sign.iter().all(|sign| sign.is_sign('=')) && sign.len() <= 2;
        return is_equal.then(|| Some((column.name()?, BTreeSet::from([text.clone()]))))?;
    }
    let tokens = match tokens {
        [qualifier, dot, rest @ ..] if qualifier.name().is_some() && dot.is_sign('.') => rest,
        tokens => tokens,
    };
    let (column, rest) = tokens.split_first()?;
    match rest {
        [signs @ .., Token { kind: Kind::Text(text), .. }]
            if (1..=2).contains(&signs.len()) && signs.iter().all(|sign| sign.is_sign('=')) =>
        {
            Some((column.name()?, BTreeSet::from([text.clone()])))
        }
        [keyword, open, items @ .., close] if keyword.is("in") && open.is_sign('(') && close.is_sign(')') => {
            let mut values = BTreeSet::new();
            for (index, item) in items.iter().enumerate() {
                match (index % 2, &item.kind) {
                    (0, Kind::Text(text)) => {
                        values.insert(text.clone());
                    }
                    (1, Kind::Sign(',')) => {}
                    _ => return None,
                }
            }
            Some((column.name()?, values))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::with_own_names;
    use super::super::tokens::tokens;
    use super::*;

    fn of(text: &str) -> Narrowing {
        let tokens = tokens(text);
        narrowing(&tokens, &with_own_names(text, &tokens).1)
    }

    #[expect(clippy::unnecessary_wraps, reason = "limits are compared with it")]
    fn set(values: &[&str]) -> Option<BTreeSet<String>> {
        Some(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn a_plain_query_is_limited_by_its_conditions() {
        let narrowing = of(
            "SELECT region FROM aws.connect.security_profiles AS p WHERE p.region = 'us-east-1' -- required\n\
             AND data__Identifier = 'a' AND instance_id IN ('i', 'j') AND 'n' = Name AND length(id) > 3 ORDER BY 1;",
        );
        assert_eq!(narrowing.regions, set(&["us-east-1"]));
        assert_eq!(narrowing.arns, set(&["a"]));
        assert_eq!(narrowing.instance_ids, set(&["i", "j"]));
        assert_eq!(narrowing.names, set(&["n"]));
        assert_eq!(narrowing.ids, None);
    }

    #[test]
    fn what_might_not_limit_every_row_is_no_limit() {
        for condition in [
            "id = 'a' OR 1",
            "NOT id = 'a'",
            "1 BETWEEN 0 AND id = 'a'",
            "CASE WHEN 1 AND id = 'a' THEN 1 END",
            "id = 'a' COLLATE NOCASE",
            "(id = 'a')",
            "id = 'a' || 'b'",
            "id <> 'a'",
            "id NOT IN ('a')",
            "id IN (SELECT 'a')",
        ] {
            let text = format!("SELECT * FROM security_profiles WHERE {condition}");
            assert_eq!(of(&text).ids, None, "{text}");
        }
        for text in [
            "SELECT * FROM security_profiles p JOIN instances i WHERE i.instance_id = 'a'",
            "SELECT * FROM security_profiles p, security_profile_tags t WHERE instance_id = 'a'",
            "SELECT * FROM security_profiles WHERE instance_id = 'a' UNION SELECT * FROM security_profiles",
            "WITH x AS (SELECT 1) SELECT * FROM security_profiles WHERE instance_id = 'a'",
        ] {
            assert_eq!(of(text).instance_ids, None, "{text}");
        }
    }

    #[test]
    fn regions_are_named_anywhere_but_not_denied() {
        let named = of(
            "SELECT * FROM security_profiles a, instances b WHERE a.region = 'x' OR b.region IN ('y', 'z')",
        );
        assert_eq!(named.regions, set(&["x", "y", "z"]));
        assert_eq!(of("SELECT * FROM security_profiles WHERE region <> 'x'").regions, None);
        assert_eq!(of("SELECT * FROM security_profiles WHERE NOT region = 'x'").regions, None);
        assert_eq!(of("SELECT 'region = ''x'''").regions, None);
    }

    #[test]
    fn the_parameters_of_paging_are_found() {
        let text = "WHERE nextToken = 'a' AND maxResults = 5 AND name = 'nextToken = 1'";
        assert_eq!(paging(&tokens(text)), [(6, 21), (26, 40)]);
    }
}
