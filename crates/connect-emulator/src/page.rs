//! Pages: a slice of a sorted list, and an opaque token that says where the next one starts.
//!
//! A token holds the key of the last item shown and what it was given for, so that pages stay right while the
//! list changes and a token for another list is refused.

use crate::error::ServiceError;

/// A slice of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: Option<String>,
}

/// What of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) size: usize,
    pub(crate) token: Option<String>,
}

impl PageRequest {
    /// From the query parameters `maxResults` (within `limits`, by default `default_size`) and `nextToken`.
    pub(crate) fn from_query(
        query: &[(String, String)],
        limits: (usize, usize),
        default_size: usize,
    ) -> Result<Self, ServiceError> {
        let parameter =
            |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let size = match parameter("maxResults") {
            None => default_size,
            Some(value) => {
                value.parse().ok().filter(|size| (limits.0..=limits.1).contains(size)).ok_or_else(|| {
                    let (least, most) = limits;
                    ServiceError::InvalidParameter(format!(
                        "maxResults: `{value}` is not an integer from {least} to {most}"
                    ))
                })?
            }
        };
        Ok(Self { size, token: parameter("nextToken").map(str::to_owned) })
    }
}

/// Cuts one page out of a list that is sorted by its keys, which are unique. `list` tells lists apart.
pub(crate) fn page<T>(
    items: Vec<(String, T)>,
    list: &str,
    request: &PageRequest,
) -> Result<Page<T>, ServiceError> {
    let after =
        match &request.token {
            None => None,
            Some(token) => Some(read_token(token, list).ok_or_else(|| {
                ServiceError::InvalidParameter("nextToken: the token is not valid".to_owned())
            })?),
        };
    let mut rest =
        items.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after)).peekable();
    let mut shown = Vec::new();
    let mut last_key = String::new();
    while shown.len() < request.size
        && let Some((key, item)) = rest.next()
    {
        shown.push(item);
        last_key = key;
    }
    let next_token = rest.peek().map(|_| token(list, &last_key));
    Ok(Page { items: shown, next_token })
}

fn token(list: &str, last_key: &str) -> String {
    format!("{list}\n{last_key}").bytes().fold(String::new(), |token, byte| format!("{token}{byte:02x}"))
}

fn read_token(token: &str, list: &str) -> Option<String> {
    if !token.len().is_multiple_of(2) {
        return None;
    }
    let bytes = (0..token.len()).step_by(2).map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok());
    let text = String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()?;
    Some(text.strip_prefix(list)?.strip_prefix('\n')?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn keyed(items: &BTreeSet<String>) -> Vec<(String, String)> {
        items.iter().map(|item| (item.clone(), item.clone())).collect()
    }

    proptest! {
        #[test]
        fn pages_joined_are_the_whole_for_any_size(
            items in prop::collection::btree_set(".{0,4}", 0..40),
            size in 1_usize..50,
        ) {
            let (mut joined, mut token) = (Vec::new(), None);
            loop {
                let page = page(keyed(&items), "list", &PageRequest { size, token }).unwrap();
                prop_assert!(page.items.len() <= size);
                prop_assert!(page.next_token.is_none() || page.items.len() == size);
                joined.extend(page.items);
                token = page.next_token;
                if token.is_none() {
                    break;
                }
            }
            prop_assert_eq!(joined, items.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn a_made_up_token_is_refused(token in ".*") {
            let request = PageRequest { size: 1, token: Some(token) };
            prop_assert!(page(vec![("a".to_owned(), ())], "list", &request).is_err());
        }
    }

    #[test]
    fn a_page_goes_on_where_the_last_ended_when_the_shown_items_are_gone() {
        let items: BTreeSet<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        let first = page(keyed(&items), "list", &PageRequest { size: 2, token: None }).unwrap();
        let rest: BTreeSet<String> = ["c", "d"].map(str::to_owned).into();
        let second = page(keyed(&rest), "list", &PageRequest { size: 2, token: first.next_token }).unwrap();
        assert_eq!(second.items, ["c", "d"]);
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let items = || vec![("a".to_owned(), ()), ("b".to_owned(), ())];
        let first = page(items(), "list", &PageRequest { size: 1, token: None }).unwrap();
        assert!(page(items(), "lost", &PageRequest { size: 1, token: first.next_token }).is_err());
    }

    #[test]
    fn a_page_size_is_an_integer_within_the_limits() {
        let query = |value: &str| vec![("maxResults".to_owned(), value.to_owned())];
        for (value, size) in [("1", Some(1)), ("1000", Some(1000)), ("0", None), ("1001", None), ("x", None)]
        {
            let request = PageRequest::from_query(&query(value), (1, 1000), 100);
            assert_eq!(request.ok().map(|request| request.size), size, "{value}");
        }
        assert_eq!(PageRequest::from_query(&[], (1, 1000), 100).unwrap().size, 100);
    }
}
