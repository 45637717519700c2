//! One request of CloudFormation's as far as its JSON can be read.
//!
//! Lambda delivers what is JSON by its grammar. That allows more than a reader takes: any depth, escapes that stand for no
//! character, numbers of any size. Such an event is read member by member, so that it can be responded to.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::{Map, Value};

use crate::fragments::Fragments;

/// An event, and which of its members are not what was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Event {
    /// An object, unless the event is something else. Members that cannot be read are not in it; of the properties, each one
    /// that cannot be read is [`UNREADABLE`].
    pub(crate) members: Value,
    damage: Vec<Damage>,
}

/// What stands in place of a property that cannot be read: no property takes it, and it is not absent.
const UNREADABLE: &str = "\u{fffd}";

/// The members that a Delete can do without. An Update can do without the second.
const PROPERTIES: &[&str] = &["ResourceProperties", "OldResourceProperties"];

#[derive(Clone, Debug, Eq, PartialEq)]
struct Damage {
    /// The member; none where the whole is concerned.
    member: Option<String>,
    problem: String,
}

impl From<Value> for Event {
    fn from(members: Value) -> Self {
        Self { members, damage: Vec::new() }
    }
}

impl Event {
    /// Reads each member by itself.
    pub(crate) fn in_parts(text: &[u8]) -> Self {
        let fragments = Fragments::of_object(text);
        let mut event = Self::from(Value::Object(Map::new()));
        if !fragments.is_whole {
            event.damage.push(Damage { member: None, problem: "it is not one JSON object".to_owned() });
        }
        for (name, value) in fragments.members {
            let name = match serde_json::from_slice::<String>(name) {
                Ok(name) => name,
                Err(error) => {
                    event
                        .damage
                        .push(Damage { member: None, problem: format!("a name in it {}", told(&error)) });
                    continue;
                }
            };
            event.set(&name, value);
        }
        event
    }

    /// As everywhere, the last of several members of one name counts.
    fn set(&mut self, name: &str, text: &[u8]) {
        let Value::Object(members) = &mut self.members else { return };
        members.remove(name);
        self.damage.retain(|damage| damage.member.as_deref() != Some(name));
        match serde_json::from_slice(text) {
            Ok(value) => {
                members.insert(name.to_owned(), value);
            }
            Err(error) => {
                self.damage.push(Damage { member: Some(name.to_owned()), problem: told(&error) });
                if PROPERTIES.contains(&name) {
                    members.insert(name.to_owned(), properties(text));
                }
            }
        }
    }

    /// Why the event cannot be acted on: an operation would have to guess what was sent. A Delete reads no more of the
    /// properties than it finds, and an old property that is not understood counts as declared; without that, no stack
    /// with such a template could roll back.
    pub(crate) fn obstacle(&self) -> Option<String> {
        let can_do_without: &[&str] = match self.members.get("RequestType").and_then(Value::as_str) {
            Some("Delete") => PROPERTIES,
            Some("Update") => &PROPERTIES[1..],
            _ => &[],
        };
        let is_in_the_way = |damage: &&Damage| {
            damage.member.as_deref().is_none_or(|member| !can_do_without.contains(&member))
        };
        let Damage { member, problem } = self.damage.iter().find(is_in_the_way)?;
        Some(match member {
            Some(member) => format!("`{}` {problem}", member.chars().take(64).collect::<String>()),
            None => problem.clone(),
        })
    }
}

/// The properties, each by itself.
fn properties(text: &[u8]) -> Value {
    let mut properties = Map::new();
    for (name, value) in Fragments::of_object(text).members {
        if let Ok(name) = serde_json::from_slice::<String>(name) {
            let value = serde_json::from_slice(value);
            properties.insert(name, value.unwrap_or_else(|_| Value::from(UNREADABLE)));
        }
    }
    Value::Object(properties)
}

/// What is wrong, in words that do not quote the text.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.contains("recursion limit") {
        "is nested more than 127 levels deep".to_owned()
    } else if text.contains("surrogate") || text.contains("hex escape") {
        r"holds an escape such as `\ud800` that stands for no character".to_owned()
    } else if text.contains("unicode") {
        "holds bytes that are not UTF-8".to_owned()
    } else if text.contains("out of range") {
        "holds a number that is out of range".to_owned()
    } else {
        "is not valid JSON".to_owned()
    }
}

/// A JSON string as bytes, which may hold what is no character.
pub(crate) struct Text(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(bytes.to_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    impl Event {
        fn read(text: &[u8]) -> Self {
            match crate::records::read(text) {
                crate::records::Arrival::Alone(event) => event,
                batch @ crate::records::Arrival::Batch(_) => panic!("{batch:?}"),
            }
        }
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn what_is_read_whole_has_no_damage() {
        let text = br#"{"RequestType": "Create", "a": "\u0000", "a": 2}"#;
        let event = Event::read(text);
        assert_eq!(event, Event::from(json!({"RequestType": "Create", "a": 2})));
        assert_eq!(event.obstacle(), None);
        let marked: Vec<u8> = [b"\xef\xbb\xbf", &text[..]].concat();
        assert_eq!(Event::read(&marked), event, "a byte order mark");
    }

    #[test]
    fn each_kind_of_damage_is_named_with_its_member() {
        for (value, expected) in [
            (nested(128).into_bytes(), "`X` is nested more than 127 levels deep"),
            (nested(100_000).into_bytes(), "`X` is nested more than 127 levels deep"),
            (br#""\ud800""#.to_vec(), r"`X` holds an escape such as `\ud800` that stands for no character"),
            (br#""\udfff x""#.to_vec(), r"`X` holds an escape such as `\ud800` that stands for no character"),
            (
                br#""\ud800\u0041""#.to_vec(),
                r"`X` holds an escape such as `\ud800` that stands for no character",
            ),
            (b"\"\xff\"".to_vec(), "`X` holds bytes that are not UTF-8"),
            (b"1e999".to_vec(), "`X` holds a number that is out of range"),
            (b"nothing".to_vec(), "`X` is not valid JSON"),
            (b"\"\t\"".to_vec(), "`X` is not valid JSON"),
        ] {
            let text = [br#"{"X": "#, &value[..], br#", "RequestType": "Create"}"#].concat();
            let event = Event::read(&text);
            assert_eq!(event.members, json!({"RequestType": "Create"}));
            assert_eq!(event.obstacle().as_deref(), Some(expected));
        }
        assert_eq!(Event::read(nested(1).as_bytes()).members, json!([]));
    }

    #[test]
    fn what_ends_early_or_goes_on_after_its_end_is_read_as_far_as_it_is_an_object() {
        for text in
            [r#"{"a": 1, "b": {"c"#, r#"{"a": 1} x"#, r#"{"a": 1,"#, r#"{"a": 1, b}"#, r#"{"a": 1}{"a": 2}"#]
        {
            let event = Event::read(text.as_bytes());
            assert_eq!(event.members, json!({"a": 1}), "{text}");
            assert_eq!(event.obstacle().as_deref(), Some("it is not one JSON object"), "{text}");
        }
        assert_eq!(Event::read(b"").members, json!({}));
    }

    #[test]
    fn of_damaged_properties_the_others_are_kept() {
        let text = br#"{"RequestType": "Delete", "ResourceProperties": {"Description": "\ud800", "OnDelete": "Retain"}}"#;
        let event = Event::read(text);
        assert_eq!(
            event.members["ResourceProperties"],
            json!({"Description": "\u{fffd}", "OnDelete": "Retain"})
        );
    }

    #[test]
    fn a_delete_can_do_without_properties_and_an_update_without_the_old_ones() {
        let with = |kind: &str, member: &str| {
            let text = format!(r#"{{"{member}": {{"a": "\ud800"}}, "RequestType": "{kind}"}}"#);
            Event::read(text.as_bytes()).obstacle().is_none()
        };
        for (kind, new, old, id) in
            [("Create", false, false, false), ("Update", false, true, false), ("Delete", true, true, false)]
        {
            let can_act = ["ResourceProperties", "OldResourceProperties", "PhysicalResourceId"];
            assert_eq!(can_act.map(|member| with(kind, member)), [new, old, id], "{kind}");
        }
    }

    #[test]
    fn a_later_member_of_the_same_name_counts() {
        let event = Event::read(br#"{"a": "\ud800", "a": 1, "b": 1, "b": 1e999}"#);
        assert_eq!(event.members, json!({"a": 1}));
        assert_eq!(event.obstacle().as_deref(), Some("`b` holds a number that is out of range"));
    }

    #[test]
    fn a_text_may_hold_what_is_no_character() {
        let Text(bytes) = serde_json::from_slice(br#""a\ud800\n""#).unwrap();
        assert_eq!(bytes, b"a\xed\xa0\x80\n");
    }
}
