//! What CloudWatch is told of each event, in its embedded metric format: lines of JSON in the log from which it makes metrics.
//!
//! The form is that of the "embedded metric format specification" of CloudWatch. It knows no ids of stacks or profiles:
//! dimensions are billed by the combination, and logs have the ids.
//!
//! Lambda takes a line without `level` or `timestamp` for one of INFO, and drops it where the log level is higher. The level
//! of these lines is the one that is configured, so that it always passes and no line of metrics looks like an error where
//! errors are looked for; for ERROR and FATAL, which the function cannot tell apart, it is FATAL. Not checked against live
//! AWS (⚠): that Lambda's JSON log format passes these lines on as they are.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};
use tracing::level_filters::LevelFilter;

use crate::operation::Operation;
use crate::tally::Count;
use crate::timestamp::rfc3339;

/// Where the metrics are found.
pub const NAMESPACE: &str = "ConnectSecurityProfiles";

/// One event and what came of it.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The function's name.
    pub function: &'a str,
    /// When it ended.
    pub at: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// What was left of the time for it.
    pub time_left: Duration,
    /// What its failure is counted as, if it failed.
    pub failure: Option<Failed>,
    /// Its calls to Connect.
    pub calls: &'a BTreeMap<Operation, Count>,
    /// The level of the log.
    pub log_level: LevelFilter,
}

/// What a failure is counted as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed {
    /// The kind of failure that it is.
    pub class: &'static str,
    /// Its code.
    pub code: custom_resource::Code,
}

/// The word of Lambda's for a level that passes where `configured` is the level of the log.
#[must_use]
pub fn passing_level(configured: LevelFilter) -> &'static str {
    match configured {
        LevelFilter::TRACE => "TRACE",
        LevelFilter::DEBUG => "DEBUG",
        LevelFilter::INFO => "INFO",
        LevelFilter::WARN => "WARN",
        LevelFilter::ERROR | LevelFilter::OFF => "FATAL",
    }
}

/// A metric's name, unit and value.
type Metric = (&'static str, &'static str, u64);

impl Report<'_> {
    /// The lines: one for the function as a whole, one for the failure by its class and by its code, one for each operation.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let calls = self.calls.values().map(|count| count.calls).sum();
        let throttles = self.calls.values().map(|count| count.throttles).sum();
        let whole = [
            ("Requests", "Count", 1),
            ("Failures", "Count", u64::from(self.failure.is_some())),
            ("Calls", "Count", calls),
            ("Throttles", "Count", throttles),
            ("Duration", "Milliseconds", milliseconds(self.duration)),
            ("TimeLeft", "Milliseconds", milliseconds(self.time_left)),
        ];
        let mut lines = vec![self.line(&[], &whole)];
        lines.extend(self.failure_alone());
        lines.extend(self.calls.iter().map(|(operation, count)| {
            let metrics = [("Calls", "Count", count.calls), ("Throttles", "Count", count.throttles)];
            self.line(&[("Operation", operation.name())], &metrics)
        }));
        lines
    }

    /// The line for the failure, if it is one.
    #[must_use]
    pub fn failure_alone(&self) -> Option<String> {
        let Failed { class, code } = self.failure?;
        Some(self.line(&[("Class", class), ("Code", code.as_str())], &[("Failures", "Count", 1)]))
    }

    /// A line with these metrics by the function and each one of the further dimensions, or by the function alone.
    fn line(&self, further: &[(&str, &str)], metrics: &[Metric]) -> String {
        let since_epoch = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let dimensions: Vec<Vec<&str>> = match further {
            [] => vec![vec!["FunctionName"]],
            further => further.iter().map(|(name, _)| vec!["FunctionName", *name]).collect(),
        };
        let described: Vec<Value> =
            metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": milliseconds(since_epoch), "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": described}]}),
        );
        line.insert("FunctionName".to_owned(), json!(self.function));
        line.insert("level".to_owned(), json!(passing_level(self.log_level)));
        line.insert("timestamp".to_owned(), json!(rfc3339(self.at)));
        line.extend(further.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        line.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
        Value::Object(line).to_string()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    #[test]
    fn each_line_declares_its_metrics_and_holds_their_values() {
        let calls = BTreeMap::from([
            (Operation::CreateSecurityProfile, Count { calls: 3, throttles: 2, successes: 1 }),
            (Operation::DescribeSecurityProfile, Count { calls: 1, throttles: 0, successes: 1 }),
        ]);
        let report = Report {
            function: "connect-profiles-provider",
            at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            duration: Duration::from_millis(250),
            time_left: Duration::from_secs(299),
            failure: Some(Failed { class: "Denied", code: Code::PermissionDenied.into() }),
            calls: &calls,
            log_level: LevelFilter::INFO,
        };
        let lines = report.lines();
        insta::assert_snapshot!(lines.join("\n"));
        for line in lines {
            let line: Value = serde_json::from_str(&line).unwrap();
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{line}");
            }
            let sets = directive["Dimensions"].as_array().unwrap();
            for dimension in sets.iter().flat_map(|set| set.as_array().unwrap()) {
                assert!(line[dimension.as_str().unwrap()].is_string(), "{line}");
            }
        }
    }

    #[test]
    fn a_success_without_a_call_is_one_line() {
        let calls = BTreeMap::new();
        let time = Duration::ZERO;
        let report = Report {
            function: "f",
            at: SystemTime::UNIX_EPOCH,
            duration: time,
            time_left: time,
            failure: None,
            calls: &calls,
            log_level: LevelFilter::OFF,
        };
        assert_eq!(report.lines().len(), 1);
    }
}
