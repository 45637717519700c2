//! What is read from a line of text and printed again: ARNs, physical ids, names, owner tags, the patterns of the guards, and
//! what is taken out of messages. The input's lines are the texts; every law holds for each of them, or for each pair.

#![no_main]

use connect_security_profile::arn::{InstanceArn, RoleArn, SecurityProfileArn};
use connect_security_profile::guards::Pattern;
use connect_security_profile::names::ProfileName;
use connect_security_profile::owner::{OWNER_TAG, Origin, Owner, Ownership};
use connect_security_profile::physical_id::PhysicalId;
use connect_security_profile::undisclosed::{Undisclosed, redact};
use custom_resource::{Resource, StackArn};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines: Vec<&str> = text.split('\n').take(6).collect();
    for line in &lines {
        is_printed_as_it_was(line);
        let _ = connect_security_profile::catalogue::nearest(line, lines.iter().copied());
    }
    for pair in lines.windows(2) {
        let [one, other] = pair else { continue };
        owners_are_told_apart(one, other);
        matches_as_the_pattern_says(one, other);
        what_is_undisclosed_is_taken_out(one, other);
    }
});

fn is_printed_as_it_was(text: &str) {
    if let Ok(arn) = text.parse::<InstanceArn>() {
        assert_eq!(arn.to_string(), text);
        assert!(arn.account().len() == 12 && !arn.region().is_empty() && arn.id().len() <= 100);
    }
    if let Ok(arn) = text.parse::<SecurityProfileArn>() {
        assert_eq!(arn.to_string(), text);
        assert_eq!(arn.instance().profile(arn.id()).as_ref(), Some(&arn));
        // Otherwise it could not be answered.
        assert!(text.parse::<custom_resource::PhysicalId>().is_ok(), "{text}");
    }
    if let Ok(arn) = text.parse::<RoleArn>() {
        assert_eq!(arn.to_string(), text);
        assert!(arn.account().bytes().all(|byte| byte.is_ascii_digit()));
    }
    if let Ok(name) = text.parse::<ProfileName>() {
        assert_eq!(name.as_str(), text);
        assert!(text.is_ascii());
    }
    let id = PhysicalId::read(text);
    assert_eq!(id.to_string(), text);
    assert_eq!(PhysicalId::read(&id.to_string()), id);
}

/// The first text is a stack's ARN or a tag's value, the second a logical id.
fn owners_are_told_apart(one: &str, other: &str) {
    let resource = |stack: &str, logical_id: &str| Resource {
        request_id: String::new(),
        stack: stack.parse::<StackArn>().expect("a stack"),
        logical_id: logical_id.to_owned(),
        resource_type: String::new(),
    };
    let us = Owner::of(&resource("arn:aws:cloudformation:us-east-1:123456789012:stack/s/5b6a1e10", "Us"));
    if let Ownership::Ours(_) = us.reads(Some(one)) {
        assert!(one.contains("/5b6a1e10/Us/"), "{one}");
    }
    if one.parse::<StackArn>().is_err() || other.is_empty() || other.contains('/') {
        return;
    }
    let owner = Owner::of(&resource(one, other));
    for origin in [Origin::Created, Origin::Adopted] {
        let (key, value) = owner.tag(origin);
        assert_eq!(key.as_str(), OWNER_TAG);
        assert!(value.reveal().chars().count() <= 256);
        // Where the whole does not fit, the ids that matter must.
        if one.len() + other.len() < 200 {
            assert_eq!(owner.reads(Some(value.reveal())), Ownership::Ours(origin), "{value:?}");
        }
        if one != "arn:aws:cloudformation:us-east-1:123456789012:stack/s/5b6a1e10"
            && !one.ends_with("/5b6a1e10")
        {
            assert!(matches!(us.reads(Some(value.reveal())), Ownership::Another(_)));
        }
    }
}

fn matches_as_the_pattern_says(pattern: &str, text: &str) {
    if pattern.len() > 64 || text.len() > 64 {
        // Long ones must only come to an end.
        let _ = (Pattern::any_case(pattern).matches(text), Pattern::exact_case(pattern).matches(text));
        return;
    }
    let exact = Pattern::exact_case(pattern);
    assert_eq!(exact.to_string(), pattern);
    let (pattern_, text_): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    assert_eq!(
        exact.matches(text),
        reference(&pattern_, &text_, |one, other| one == other),
        "{pattern:?} {text:?}"
    );
    if pattern.is_ascii() && text.is_ascii() {
        let is_same = |one: char, other: char| one.eq_ignore_ascii_case(&other);
        assert_eq!(
            Pattern::any_case(pattern).matches(text),
            reference(&pattern_, &text_, is_same),
            "{pattern:?} {text:?}"
        );
    }
    // Whoever is caught by the exact pattern is caught by the one that forgives case.
    assert!(!exact.matches(text) || Pattern::any_case(pattern).matches(text), "{pattern:?} {text:?}");
}

fn reference(pattern: &[char], text: &[char], is_same: impl Fn(char, char) -> bool) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for &wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for index in 0..=text.len() {
            next[index] = if wanted == '*' {
                reached[index] || (index > 0 && next[index - 1])
            } else {
                index > 0 && reached[index - 1] && (wanted == '?' || is_same(wanted, text[index - 1]))
            };
        }
        reached = next;
    }
    reached[text.len()]
}

fn what_is_undisclosed_is_taken_out(secret: &str, message: &str) {
    let redacted = redact(message, [&Undisclosed::from(secret)]);
    if secret.len() > 2 && !secret.contains('…') && !"…".contains(secret) {
        assert!(!redacted.contains(secret), "{secret:?} in {redacted:?}");
    }
    if !message.contains(secret) && secret.is_empty() {
        assert_eq!(redacted, message);
    }
}
