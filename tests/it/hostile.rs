//! Events, and answers of the service, that somebody wrote to do harm: to have a secret shown, a log line forged, an answer
//! sent elsewhere, a guard passed, the function kept busy. Through the real process, which logs at TRACE.

mod look_alikes;
mod secrets;
mod size;
mod text;

use lambda_harness::Outcome;
use serde_json::Value;

use crate::world::World;

/// A piece of every kind that a line of a log, a terminal or a console makes something of.
const NASTY: &str = "a\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{0}\u{8}\u{1b}[31mred\u{1b}]0;title\u{7}\u{7f}\u{85}\u{9b}1m\
                     \u{2028}\u{2029}\u{202e}rtl\u{2066}\u{2069}\u{feff}\u{200b}\u{fff9}\u{10ffff}\"}\\";

/// Everything that left the process: its log, the answers' bodies, and what Lambda was told.
async fn shown(world: &World, outcomes: &[Outcome]) -> String {
    // What was written last may still be in the pipe.
    world.function.kill().await;
    let bodies: Vec<String> = world
        .bucket
        .answers()
        .iter()
        .map(|answer| String::from_utf8_lossy(&answer.body).into_owned())
        .collect();
    format!("{}\n{}\n{outcomes:?}", world.function.logs(), bodies.join("\n"))
}

/// Each line of the log is one JSON object, and of those that are ours.
#[track_caller]
fn is_a_log(text: &str) {
    assert!(text.ends_with('\n'), "the last line is whole");
    for line in text.split_terminator('\n') {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        // Metrics are lines of another form, which hold no text of an event.
        let is_metrics = object.contains_key("_aws");
        assert!(is_metrics || (object.contains_key("timestamp") && object["message"] != "forged"), "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// What CloudFormation would take, and what its console would show as it is.
#[track_caller]
fn is_a_clean_answer(body: &[u8]) {
    assert!(body.len() <= 4096, "{} bytes", body.len());
    assert!(body.iter().all(|byte| matches!(byte, b' '..=b'~')), "{}", String::from_utf8_lossy(body));
    let answer: Value = serde_json::from_slice(body).unwrap();
    let data = answer["Data"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(key, value)| [key, value.as_str().unwrap()]);
    let own = ["Reason", "PhysicalResourceId"].map(|name| answer[name].as_str().unwrap_or_default());
    for text in data.chain(own) {
        let bad = text.chars().find(|&it| {
            it != '\n' && (it.is_control() || "\u{2028}\u{2029}\u{202e}\u{2066}\u{2069}".contains(it))
        });
        assert_eq!(bad, None, "{text:?}");
    }
}
