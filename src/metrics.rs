//! What CloudWatch is told of each event, in its embedded metric format: lines of JSON in the log from which it makes metrics.
//!
//! The form is that of the "embedded metric format specification" of CloudWatch. It knows no ids of stacks or profiles:
//! dimensions are billed by the combination, and logs have the ids. Not checked against live AWS: that Lambda's JSON log
//! format passes these lines on as they are.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::operation::Operation;
use crate::tally::Count;

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
    /// The class of its failure, if it failed.
    pub failure: Option<&'a str>,
    /// Its calls to Connect.
    pub calls: &'a BTreeMap<Operation, Count>,
}

/// A metric's name, unit and value.
type Metric = (&'static str, &'static str, u64);

impl Report<'_> {
    /// The lines: one for the function as a whole, one for the class of the failure, one for each operation.
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
        let mut lines = vec![self.line(None, &whole)];
        lines
            .extend(self.failure.map(|class| self.line(Some(("Class", class)), &[("Failures", "Count", 1)])));
        lines.extend(self.calls.iter().map(|(operation, count)| {
            let metrics = [("Calls", "Count", count.calls), ("Throttles", "Count", count.throttles)];
            self.line(Some(("Operation", operation.name())), &metrics)
        }));
        lines
    }

    fn line(&self, dimension: Option<(&str, &str)>, metrics: &[Metric]) -> String {
        let since_epoch = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut dimensions = vec!["FunctionName"];
        dimensions.extend(dimension.map(|(name, _)| name));
        let described: Vec<Value> =
            metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": milliseconds(since_epoch), "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": described}]}),
        );
        line.insert("FunctionName".to_owned(), json!(self.function));
        line.extend(dimension.map(|(name, value)| (name.to_owned(), json!(value))));
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
            failure: Some("Denied"),
            calls: &calls,
        };
        let lines = report.lines();
        insta::assert_snapshot!(lines.join("\n"));
        for line in lines {
            let line: Value = serde_json::from_str(&line).unwrap();
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{line}");
            }
            for dimension in directive["Dimensions"][0].as_array().unwrap() {
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
        };
        assert_eq!(report.lines().len(), 1);
    }
}
