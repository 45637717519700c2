//! The document that CloudFormation is answered with: one of two, never with a null, never more than 4,096 bytes.
//!
//! The type is this crate's own. That of `aws_lambda_events` writes `"Reason":null` for a success, and CloudFormation
//! was reported to discard a document with a null in it.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::envelope::Ids;
use crate::physical_id::PhysicalId;
use crate::provider::Success;
use crate::text::{escaped_length, presentable, printable, shorten};

/// The most bytes that CloudFormation takes; one more and it reports `Response object is too long`.
pub(crate) const MAX_BYTES: usize = 4096;

/// What became of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    Success(Success),
    Failed { physical_id: PhysicalId, reason: String },
}

/// How a request ended. CloudFormation knows these two words.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Success,
    Failed,
}

/// An answer as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) status: Status,
    pub(crate) body: String,
    /// The reason as it is sent; empty for a success.
    pub(crate) reason: String,
}

/// Writes the answer. An empty reason is replaced by one that names the log stream; one that is too long loses its
/// middle; attributes that do not fit make a `FAILED` with the same physical id, so that the resource is not lost.
pub(crate) fn render(ids: &Ids, answer: &Answer, log_stream: &str) -> Document {
    match answer {
        Answer::Success(success) => {
            let data: BTreeMap<String, String> =
                success.data.iter().map(|(key, value)| (printable(key), printable(value))).collect();
            let body = Fields {
                no_echo: success.no_echo,
                data: &data,
                ..Fields::new(ids, Status::Success, &success.physical_id, None)
            }
            .write();
            if body.len() <= MAX_BYTES {
                return Document { status: Status::Success, body, reason: String::new() };
            }
            failed(ids, &success.physical_id, &too_long(body.len(), &data))
        }
        Answer::Failed { physical_id, reason } => {
            let reason = presentable(reason);
            if reason.trim().is_empty() {
                let reason = format!("the operation failed and did not say why; {}", see(log_stream));
                failed(ids, physical_id, &printable(&reason))
            } else {
                failed(ids, physical_id, &reason)
            }
        }
    }
}

/// Where to read on.
pub(crate) fn see(log_stream: &str) -> String {
    if log_stream.is_empty() {
        "see the provider's log".to_owned()
    } else {
        format!("see the log stream `{log_stream}`")
    }
}

fn failed(ids: &Ids, physical_id: &PhysicalId, reason: &str) -> Document {
    let fields = |reason| Fields::new(ids, Status::Failed, physical_id, Some(reason)).write();
    let room = MAX_BYTES.saturating_sub(fields("").len());
    let reason = shorten(reason, room);
    Document { status: Status::Failed, body: fields(&reason), reason }
}

fn too_long(length: usize, data: &BTreeMap<String, String>) -> String {
    let mut sizes: Vec<(usize, &String)> =
        data.iter().map(|(key, value)| (escaped_length(key) + escaped_length(value), key)).collect();
    sizes.sort_by(|one, other| other.cmp(one));
    let largest: Vec<String> =
        sizes.iter().take(3).map(|(size, key)| format!("`{}` ({size} bytes)", shorten(key, 300))).collect();
    format!(
        "the operation succeeded, but its answer has {length} bytes and CloudFormation takes {MAX_BYTES}; the \
         largest attributes are {}",
        largest.join(", ")
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fields<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_echo: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: &'a BTreeMap<String, String>,
}

static NO_DATA: BTreeMap<String, String> = BTreeMap::new();

impl<'a> Fields<'a> {
    fn new(ids: &'a Ids, status: Status, physical_id: &'a PhysicalId, reason: Option<&'a str>) -> Self {
        Self {
            status,
            reason,
            physical_resource_id: physical_id.as_str(),
            stack_id: &ids.stack_id,
            request_id: &ids.request_id,
            logical_resource_id: &ids.logical_id,
            no_echo: false,
            data: &NO_DATA,
        }
    }

    fn write(&self) -> String {
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Ascii(CompactFormatter));
        self.serialize(&mut serializer).expect("strings and a boolean can be written to memory");
        String::from_utf8(bytes).expect("JSON that is ASCII is UTF-8")
    }
}

/// JSON of printable ASCII alone, so that a count of characters anywhere on the way is a count of bytes, and an id that is
/// echoed carries no control character with it.
struct Ascii(CompactFormatter);

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(start) = rest.find(|character: char| !character.is_ascii() || character == '\u{7f}') {
            self.0.write_string_fragment(writer, &rest[..start])?;
            let mut characters = rest[start..].chars();
            if let Some(character) = characters.next() {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn ids() -> Ids {
        Ids {
            stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/u".to_owned(),
            request_id: "7d4b5a4e".to_owned(),
            logical_id: "Thing".to_owned(),
        }
    }

    fn id() -> PhysicalId {
        PhysicalId::parse("thing-1").unwrap()
    }

    fn success(data: &[(&str, String)]) -> Answer {
        let data = data.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Answer::Success(Success { physical_id: id(), data, no_echo: false })
    }

    fn failure(reason: impl Into<String>) -> Answer {
        Answer::Failed { physical_id: id(), reason: reason.into() }
    }

    fn parse(document: &Document) -> Value {
        serde_json::from_str(&document.body).unwrap()
    }

    #[test]
    fn b2_a_success_has_no_reason_no_null_and_no_empty_member() {
        insta::assert_snapshot!(
            render(&ids(), &success(&[]), "stream").body,
            @r#"{"Status":"SUCCESS","PhysicalResourceId":"thing-1","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/s/u","RequestId":"7d4b5a4e","LogicalResourceId":"Thing"}"#
        );
    }

    #[test]
    fn b8_no_echo_is_a_boolean_and_only_there_when_true() {
        let Answer::Success(success) = success(&[("Secret", "s".to_owned())]) else { unreachable!() };
        let body = parse(&render(&ids(), &Answer::Success(Success { no_echo: true, ..success }), ""));
        assert_eq!(body["NoEcho"], true);
        assert_eq!(body["Data"]["Secret"], "s");
    }

    #[test]
    fn b3_an_empty_reason_names_the_log_stream() {
        for reason in ["", " \n", "\u{1b}[0m"] {
            let body = parse(&render(&ids(), &failure(reason), "2026/01/01/[$LATEST]abc"));
            assert_eq!(
                body["Reason"],
                "the operation failed and did not say why; see the log stream `2026/01/01/[$LATEST]abc`"
            );
        }
    }

    #[test]
    fn b4_data_up_to_4096_bytes_succeeds_and_one_more_fails() {
        let overhead = render(&ids(), &success(&[("K", String::new())]), "").body.len();
        for (length, status) in [(4095, Status::Success), (4096, Status::Success), (4097, Status::Failed)] {
            let document = render(&ids(), &success(&[("K", "x".repeat(length - overhead))]), "");
            assert_eq!(document.status, status, "{length}");
            assert!(document.body.len() <= MAX_BYTES);
        }
    }

    #[test]
    fn b5_data_that_does_not_fit_fails_with_the_real_id_and_names_the_largest() {
        let data = [("Small", "s".to_owned()), ("Big", "b".repeat(3000)), ("Bigger", "é".repeat(600))];
        let body = parse(&render(&ids(), &success(&data), ""));
        assert_eq!(body["Status"], "FAILED");
        assert_eq!(body["PhysicalResourceId"], "thing-1");
        insta::assert_snapshot!(
            body["Reason"].as_str().unwrap(),
            @"the operation succeeded, but its answer has 6812 bytes and CloudFormation takes 4096; the largest attributes are `Bigger` (3606 bytes), `Big` (3003 bytes), `Small` (6 bytes)"
        );
    }

    #[test]
    fn b12_non_ascii_is_escaped_and_means_the_same() {
        let text = "請交月報 🚀 é \"\\ \u{200d}";
        let document = render(&ids(), &success(&[("Value", text.to_owned())]), "");
        assert!(document.body.is_ascii());
        assert_eq!(parse(&document)["Data"]["Value"], text);
    }

    #[test]
    fn b7_an_id_with_a_control_character_is_echoed_and_sent_escaped() {
        let ids = Ids { logical_id: "Thing\u{7f}\u{1b}".to_owned(), ..ids() };
        let document = render(&ids, &failure("no"), "");
        assert!(document.body.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{}", document.body);
        assert_eq!(parse(&document)["LogicalResourceId"], ids.logical_id);
    }

    #[test]
    fn b6_the_longest_id_of_the_costliest_characters_leaves_room_for_a_reason() {
        let answer = Answer::Failed {
            physical_id: PhysicalId::parse("é".repeat(512)).unwrap(),
            reason: "r".repeat(5000),
        };
        let ids = Ids { stack_id: "s".repeat(732), ..ids() };
        let document = render(&ids, &answer, "");
        assert!(document.body.len() <= MAX_BYTES);
        assert!(parse(&document)["Reason"].as_str().unwrap().len() > 50);
    }

    proptest! {
        #[test]
        fn b4_any_reason_renders_to_valid_json_within_the_limit(
            text in prop_oneof![".{0,300}", "[\\x00-\\x20\"\\\\é🚀]{0,3000}", "(long ){0,3000}"]
        ) {
            let document = render(&ids(), &failure(text), "stream");
            let body = parse(&document);
            prop_assert!(document.body.len() <= MAX_BYTES && document.body.is_ascii());
            prop_assert_eq!(&body["Status"], "FAILED");
            prop_assert_eq!(&body["PhysicalResourceId"], "thing-1");
            prop_assert_eq!(&body["StackId"], &ids().stack_id);
            let reason = body["Reason"].as_str().unwrap();
            prop_assert!(!reason.is_empty());
            prop_assert!(reason.chars().all(|character| character == '\n' || !character.is_control()));
        }

        #[test]
        fn b5_any_data_renders_to_valid_json_within_the_limit(
            data in proptest::collection::btree_map(".{0,50}", "[\\x00-\\x20\"\\\\éa🚀]{0,900}", 0..8)
        ) {
            let answer = Answer::Success(Success { physical_id: id(), data, no_echo: true });
            let document = render(&ids(), &answer, "stream");
            let body = parse(&document);
            prop_assert!(document.body.len() <= MAX_BYTES && document.body.is_ascii());
            prop_assert_eq!(&body["PhysicalResourceId"], "thing-1");
            prop_assert_eq!(&body["RequestId"], "7d4b5a4e");
            prop_assert_eq!(body["Status"] == "SUCCESS", body.get("Reason").is_none());
        }

        #[test]
        fn the_measured_length_of_a_text_is_the_written_one(text in "[\\x00-\\x7f]{0,40}.{0,40}") {
            let mut fields = Fields::new(&Ids { stack_id: String::new(), ..ids() }, Status::Failed, &id(), Some(""))
                .write()
                .len();
            fields += escaped_length(&text);
            let written =
                Fields::new(&Ids { stack_id: String::new(), ..ids() }, Status::Failed, &id(), Some(&text)).write();
            prop_assert_eq!(written.len(), fields);
        }
    }
}
