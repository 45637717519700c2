//! Plans and drift as text: one line a resource, its profiles below, value by value, in colour on a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::difference::{Change, Entry, PropertyChange};
use crate::outcome::{Action, Outcome, ProfileChange};

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();

/// Lists of more values than this are wrapped at the width instead of taking a line each.
const WIDTH: usize = 100;

/// An outcome, with the calls if they are wanted.
#[must_use]
pub fn outcome(outcome: &Outcome, with_calls: bool) -> String {
    let mut text = String::new();
    let (mark, style) = mark(outcome.action);
    let _ = writeln!(text, "{style}{mark} {}{style:#}  {}", outcome.logical_id, headline(outcome));
    for profile in &outcome.profiles {
        let is_said = outcome.profiles.len() == 1 && profile.action == outcome.action;
        if !is_said {
            let (mark, style) = self::mark(profile.action);
            let _ = writeln!(text, "    {style}{mark}{style:#} {}", named(profile));
        }
        profile.changes.iter().for_each(|it| property(&mut text, it));
    }
    if let Some(reason) = &outcome.reason {
        wrapped(&mut text, "", RED, reason);
    }
    for property in &outcome.unknown {
        let _ = writeln!(text, "    {DIM}{property}: (known after deploy){DIM:#}");
    }
    for note in &outcome.notes {
        wrapped(&mut text, "note: ", YELLOW, note);
    }
    for call in outcome.calls.iter().filter(|_| with_calls) {
        let _ = writeln!(text, "    {DIM}{} {} {}{DIM:#}", call.operation, call.method, call.uri);
        if !call.input.is_null() {
            let _ = writeln!(text, "      {DIM}{}{DIM:#}", call.input);
        }
    }
    text
}

/// A property that differs.
pub fn property(text: &mut String, PropertyChange { property, change }: &PropertyChange) {
    match change {
        Change::Text { before, after } => {
            let _ = write!(text, "    {property}: ");
            if !before.is_empty() {
                let _ = write!(text, "{RED}{}{RED:#} → ", quoted(before));
            }
            let _ = writeln!(text, "{GREEN}{}{GREEN:#}", quoted(after));
        }
        Change::List { added, removed, changed } => {
            let _ = writeln!(text, "    {property}:");
            let rows = added.iter().map(|it| ('+', GREEN, entry(it)));
            let rows = rows.chain(removed.iter().map(|it| ('-', RED, entry(it))));
            let rows = rows.chain(changed.iter().map(|it| {
                ('~', YELLOW, format!("{}: {} → {}", it.name, quoted(&it.before), quoted(&it.after)))
            }));
            for (mark, style, row) in rows {
                let _ = writeln!(text, "      {style}{mark} {}{style:#}", visible(&row));
            }
        }
    }
}

/// How many of each there are.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> String {
    let count = |action| outcomes.iter().filter(|outcome| outcome.action == action).count();
    let counted = [
        (Action::Create, "to create"),
        (Action::Change, "to change"),
        (Action::Replace, "to replace"),
        (Action::Adopt, "to adopt"),
        (Action::Delete, "to delete"),
        (Action::Release, "to release"),
        (Action::Refuse, "refused"),
        (Action::Unknown, "known after deploy"),
        (Action::None, "without change"),
    ];
    let parts = counted.into_iter().filter(|(action, _)| count(*action) > 0);
    let parts: Vec<String> = parts.map(|(action, word)| format!("{} {word}", count(action))).collect();
    if parts.is_empty() { "Plan: nothing to do".to_owned() } else { format!("Plan: {}", parts.join(", ")) }
}

/// A text in lines that fit, indented.
pub fn wrapped(text: &mut String, label: &str, style: Style, words: &str) {
    let mut line = format!("    {style}{label}{style:#}");
    let mut width = 4 + label.len();
    let rest = if label.is_empty() { style } else { PLAIN };
    let _ = write!(line, "{rest}");
    for (index, word) in visible(words).split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && width + 1 + length > WIDTH {
            let _ = write!(line, "{rest:#}\n      {rest}");
            width = 6;
        } else if index > 0 {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
    }
    let _ = writeln!(text, "{line}{rest:#}");
}

/// Without what would command a terminal: a live value may be anything.
#[must_use]
pub fn visible(text: &str) -> String {
    let is_hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|it| if is_hidden(it) { '\u{fffd}' } else { it }).collect()
}

fn headline(outcome: &Outcome) -> String {
    let action = match outcome.action {
        Action::None => return format!("{DIM}no change{DIM:#}"),
        action => action,
    };
    match &outcome.profiles[..] {
        [profile] if profile.action == action => named(profile),
        _ => action.to_string(),
    }
}

fn named(profile: &ProfileChange) -> String {
    let name = visible(&profile.name);
    match &profile.arn {
        Some(arn) => format!("{} `{name}` {DIM}{arn}{DIM:#}", profile.action),
        None => format!("{} `{name}`", profile.action),
    }
}

/// The mark in front, and its colour.
#[must_use]
pub const fn mark(action: Action) -> (&'static str, Style) {
    match action {
        Action::None => (" ", PLAIN),
        Action::Create => ("+", GREEN),
        Action::Change => ("~", YELLOW),
        Action::Replace => ("±", YELLOW),
        Action::Adopt => ("*", GREEN),
        Action::Delete => ("-", RED),
        Action::Release => ("o", YELLOW),
        Action::Refuse => ("!", RED),
        Action::Unknown => ("?", YELLOW),
    }
}

fn entry(Entry { name, value }: &Entry) -> String {
    match value {
        Some(value) => format!("{name}: {}", quoted(value)),
        None => name.clone(),
    }
}

fn quoted(text: &str) -> String {
    if text == crate::difference::HIDDEN { text.to_owned() } else { format!("{:?}", visible(text)) }
}
