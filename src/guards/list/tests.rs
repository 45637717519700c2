//! Which lists guard what they say, and which are errors.

use proptest::prelude::*;

use super::*;

const KINDS: [Kind; 5] =
    [Kind::Account, Kind::RoleArn, Kind::InstanceArn, Kind::Permission, Kind::ProfileName];

fn errors(text: &str, kind: Kind) -> Vec<String> {
    List::read(text, kind).errors.iter().map(ToString::to_string).collect()
}

#[test]
fn white_space_around_a_comma_and_a_comma_too_many_do_not_count() {
    for text in ["A.B,C.*", " A.B ,\n C.*\t", "A.B,,C.*,", ",A.B\r\n,C.*"] {
        let list = List::read(text, Kind::Permission);
        assert_eq!(list.entries, ["A.B", "C.*"], "{text:?}");
        assert_eq!(list.errors, [], "{text:?}");
    }
    assert_eq!(List::read("", Kind::Permission), List::default());
}

#[test]
fn a_profile_name_may_hold_spaces_and_a_permission_may_not() {
    assert_eq!(List::read("Contact Centre*, Admin", Kind::ProfileName).entries, ["Contact Centre*", "Admin"]);
    assert_eq!(errors("Users.View Users.Edit", Kind::Permission).len(), 1);
}

#[test]
fn every_entry_that_is_none_is_named_at_once_with_what_was_expected() {
    let text = "Users.*; Queues.*, \"Admin\", Users.View\nUsers.Edit,Good.One,[A]";
    insta::assert_snapshot!(errors(text, Kind::Permission).join("\n"), @r#"
    `Users.*; Queues.*` is not the name of a permission (letters, digits, `.`, `_` and `-`) or a pattern of such names with `*` and `?`; separate the entries with commas
    `\"Admin\"` is not the name of a permission (letters, digits, `.`, `_` and `-`) or a pattern of such names with `*` and `?`; separate the entries with commas
    `Users.View\nUsers.Edit` is not the name of a permission (letters, digits, `.`, `_` and `-`) or a pattern of such names with `*` and `?`; separate the entries with commas
    `[A]` is not the name of a permission (letters, digits, `.`, `_` and `-`) or a pattern of such names with `*` and `?`; separate the entries with commas
    "#);
    assert_eq!(List::read(text, Kind::Permission).entries, ["Good.One"]);
    for nothing in [" , ,", ",", " ", "\n", "\t", "\u{a0}", "\u{3000}"] {
        assert_eq!(errors(nothing, Kind::Permission), ["there is no entry in it"], "{nothing:?}");
    }
    assert_eq!(errors("", Kind::Permission), [""; 0]);
    assert!(errors(&";".repeat(5000), Kind::Permission)[0].len() < 500);
}

#[test]
fn a_glob_is_of_a_kind_if_it_matches_anything_of_it() {
    for (kind, text, is_of_it) in [
        (Kind::Account, "123456789012", true),
        (Kind::Account, "12345678901", false),
        (Kind::Account, "1234567890123", false),
        (Kind::Account, "*", false),
        (Kind::RoleArn, "*", true),
        (Kind::RoleArn, "arn:aws:iam::123456789012:role/team/Deploy-*", true),
        (Kind::RoleArn, "arn:aws:iam::*:role/Deploy", true),
        (Kind::RoleArn, "arn:aws:iam::123456789012:*", true),
        (Kind::RoleArn, "arn:aws:iam::123456789012:user/Deploy", false),
        (Kind::RoleArn, "arn:aws:iam::12345678901:role/Deploy", false),
        (Kind::RoleArn, "arn:aws:iam::????????????:role/Deploy", true),
        (Kind::RoleArn, "arn:aws:iam::???????????:role/Deploy", false),
        (Kind::RoleArn, "arn:aws:iam::123456789012:role/Deploy/", false),
        (Kind::RoleArn, "x", false),
        (Kind::InstanceArn, "*", true),
        (Kind::InstanceArn, "arn:*", true),
        (Kind::InstanceArn, "*/11111111-2222-3333-4444-555555555555", true),
        (Kind::InstanceArn, "arn:aws*:connect:*:123456789012:instance/*", true),
        (Kind::InstanceArn, "arn:aws:connect:us-east-1:123456789012:instance/i", true),
        (Kind::InstanceArn, "arn:aws:connect:us-east-1:123456789012:instance/i/*", false),
        (Kind::InstanceArn, "arn:aws:connect:us-east-1:123456789012:instances/i", false),
        (Kind::InstanceArn, "arn:aws:connect:us-east-1:123456789012:instance/i;*", false),
        (Kind::InstanceArn, "arn:aws:Connect:*", false),
        (Kind::InstanceArn, "11111111-2222-3333-4444-555555555555", false),
        (Kind::InstanceArn, "i", false),
        (Kind::Permission, "SecurityProfiles.*", true),
        (Kind::Permission, "?sers.*", true),
        (Kind::Permission, "New-One_2", true),
        (Kind::Permission, "Users.View|Users.Edit", false),
        (Kind::Permission, "Users/*", false),
        (Kind::ProfileName, "Ops @ Night_2-*", true),
        (Kind::ProfileName, "Admin;Owner", false),
        (Kind::ProfileName, "Admin\tOwner", false),
        (Kind::ProfileName, "Chargé*", false),
        (Kind::ProfileName, "'Admin'", false),
    ] {
        assert_eq!(kind.has(text), is_of_it, "{kind:?} {text}");
    }
}

#[test]
fn an_entry_that_matches_nothing_in_the_catalogue_is_found() {
    let patterns =
        ["users.*", "Userz.*", "*", "NoSuch.Permission", "BASICAGENTACCESS"].map(Pattern::any_case);
    let unmatched: Vec<String> = unmatched_permissions(&patterns).map(ToString::to_string).collect();
    assert_eq!(unmatched, ["Userz.*", "NoSuch.Permission"]);
}

/// A name of each kind.
fn some_name() -> impl Strategy<Value = (Kind, String)> {
    prop_oneof![
        "[0-9]{12}".prop_map(|text| (Kind::Account, text)),
        "arn:aws(-cn|-us-gov|):iam::[0-9]{12}:role/[a-zA-Z0-9+=.@_-]{1,20}"
            .prop_map(|text| (Kind::RoleArn, text)),
        "arn:aws(-cn|):connect:[a-z]{2}-[a-z]{4,6}-[1-9]:[0-9]{12}:instance/[a-zA-Z0-9-]{1,36}"
            .prop_map(|text| (Kind::InstanceArn, text)),
        "[A-Za-z0-9._-]{1,20}".prop_map(|text| (Kind::Permission, text)),
        "[A-Za-z0-9_@-]([A-Za-z0-9 _@-]{0,20}[A-Za-z0-9_@-])?".prop_map(|text| (Kind::ProfileName, text)),
    ]
}

proptest! {
    /// Whatever stands between two entries guards both, or is an error: no spelling of a list disarms a guard.
    #[test]
    fn no_separator_disarms_a_list(
        (kind, first) in some_name(), second in "[A-Za-z][A-Za-z0-9]{0,9}",
        separator in r"[\PC\s]{1,3}",
    ) {
        let second = if kind == Kind::ProfileName || kind == Kind::Permission { second } else { first.clone() };
        let text = format!("{first}{separator}{second}");
        let List { entries, errors } = List::read(&text, kind);
        let are_both_guarded = [&first, &second].iter().all(|name| {
            entries.iter().any(|entry| Pattern::exact_case(entry).matches(name))
        });
        // A text that is a name, or a glob of names, as it stands, is one.
        let is_one = kind.has(text.trim());
        prop_assert!(are_both_guarded || !errors.is_empty() || is_one, "{text:?}: {entries:?}");
        if separator.contains([';', '\n', '|', '\t']) && !separator.contains([',', '*']) {
            let is_around = separator.trim().is_empty() && separator.contains(',');
            prop_assert!(!errors.is_empty() || is_around, "{text:?}: {entries:?}");
        }
    }

    /// A name is of its kind, and stays so with stars for any part of it.
    #[test]
    fn a_name_with_stars_in_it_is_a_glob_of_its_kind((kind, name) in some_name(), from in 0..80_usize, length in 0..80_usize) {
        prop_assert!(kind.has(&name), "{name}");
        let (from, to) = (from.min(name.len()), (from + length).min(name.len()));
        let glob = format!("{}*{}", &name[..from], &name[to..]);
        if kind != Kind::Account {
            prop_assert!(kind.has(&glob), "{glob}");
        }
        let marks: String = name.char_indices().map(|(at, one)| if (from..to).contains(&at) { '?' } else { one }).collect();
        if kind != Kind::Account {
            prop_assert!(kind.has(&marks), "{marks}");
        }
    }

    /// What a glob of a kind is said to match, there is: no glob passes that can never match.
    #[test]
    fn a_glob_that_matches_a_name_is_of_its_kind((kind, name) in some_name(), glob in r"[a-z:*?;/ ]{0,8}") {
        if kind != Kind::Account && Pattern::exact_case(&glob).matches(&name) {
            prop_assert!(kind.has(&glob), "{glob:?} matches {name}");
        }
    }

    #[test]
    fn reading_takes_any_text(text in ".{0,200}") {
        for kind in KINDS {
            let List { entries, errors } = List::read(&text, kind);
            prop_assert!(errors.iter().all(|error| !error.to_string().contains('\n')));
            prop_assert!(entries.iter().all(|entry| kind.has(entry)));
        }
    }
}
