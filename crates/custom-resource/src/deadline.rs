//! How much time an event leaves: to act, and to deliver the answer.
//!
//! Three clocks run: Lambda's time-out ends the process, CloudFormation stops listening after `ServiceTimeout`, and
//! S3 stops taking the URL. Acting stops at the earliest of them less a margin; delivering goes on until no answer
//! can arrive any more. Pure but for [`Deadlines::of`].

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

/// The dates that bound an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// When Lambda ends the process.
    pub(crate) lambda: SystemTime,
    /// When CloudFormation sent the event; now, where the URL does not tell.
    pub(crate) sent: SystemTime,
    /// How long CloudFormation waits from then on.
    pub(crate) service_timeout: Duration,
    /// When S3 stops taking the URL, where it tells.
    pub(crate) expires: Option<SystemTime>,
}

/// The same on the clock that timers use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// When the operation must have returned; `None` when it is too late to begin.
    pub(crate) operation: Option<Instant>,
    /// When the last try at delivering must have ended.
    pub(crate) delivery: Instant,
}

impl Deadlines {
    pub(crate) fn of(bounds: &Bounds, now: SystemTime) -> Self {
        let instant = Instant::now();
        Self {
            operation: time_to_act(bounds, now).map(|left| instant + left),
            delivery: instant + time_to_deliver(bounds, now),
        }
    }
}

/// CloudFormation's `ServiceTimeout`: whole seconds from 1 to 3,600, as a string or a number. Anything else is not
/// what CloudFormation took, so its default of an hour holds.
pub(crate) fn service_timeout(value: Option<&Value>) -> Duration {
    let seconds = match value {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    Duration::from_secs(seconds.filter(|seconds| (1..=3600).contains(seconds)).unwrap_or(3600))
}

/// Time to report a failed delivery to Lambda before it ends the process.
const TO_REPORT: Duration = Duration::from_millis(200);

fn time_to_act(bounds: &Bounds, now: SystemTime) -> Option<Duration> {
    let heard_until = bounds.sent.checked_add(bounds.service_timeout);
    let end = [Some(bounds.lambda), heard_until, bounds.expires].into_iter().flatten().min()?;
    let left = end.duration_since(now).unwrap_or_default();
    left.checked_sub(margin(left)).filter(|left| !left.is_zero())
}

/// What is kept back of the time left for the answer itself: a fifth, at least one second and at most five.
fn margin(left: Duration) -> Duration {
    (left / 5).clamp(Duration::from_secs(1), Duration::from_secs(5))
}

fn time_to_deliver(bounds: &Bounds, now: SystemTime) -> Duration {
    let left = |end: SystemTime| end.duration_since(now).unwrap_or_default();
    let lambda = left(bounds.lambda).saturating_sub(TO_REPORT);
    bounds.expires.map_or(lambda, |expires| lambda.min(left(expires)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Seconds from an arbitrary now: Lambda's end, sent, `ServiceTimeout`, the URL's end; what is left to act.
    fn check(lambda: i64, sent: i64, service_timeout: u64, expires: Option<i64>, expected: Option<f64>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let at = |seconds: i64| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 { now - distance } else { now + distance }
        };
        let bounds = Bounds {
            lambda: at(lambda),
            sent: at(sent),
            service_timeout: Duration::from_secs(service_timeout),
            expires: expires.map(at),
        };
        assert_eq!(time_to_act(&bounds, now).map(|left| left.as_secs_f64()), expected, "{bounds:?}");
    }

    #[test]
    fn d4_the_earliest_of_the_three_counts() {
        check(900, 0, 3600, Some(7200), Some(895.0));
        check(900, -20, 30, Some(7180), Some(8.0));
        check(900, -7190, 3600, Some(10), None);
        check(900, 0, 3600, Some(10), Some(8.0));
        check(900, -3590, 3600, None, Some(8.0));
    }

    #[test]
    fn d4_the_margin_is_a_fifth_but_1_to_5_seconds() {
        check(3, 0, 3600, None, Some(2.0));
        check(20, 0, 3600, None, Some(16.0));
        check(60, 0, 3600, None, Some(55.0));
        check(1, 0, 3600, None, None);
        check(0, 0, 3600, None, None);
        check(-1, 0, 3600, None, None);
    }

    #[test]
    fn d4_a_service_timeout_is_1_to_3600_seconds_or_an_hour() {
        for (value, expected) in [
            (json!("30"), 30),
            (json!(30), 30),
            (json!("1"), 1),
            (json!("3600"), 3600),
            (json!("0"), 3600),
            (json!(3601), 3600),
            (json!("abc"), 3600),
            (json!("-1"), 3600),
            (json!(1.5), 3600),
            (json!(["30"]), 3600),
            (json!(null), 3600),
        ] {
            assert_eq!(service_timeout(Some(&value)), Duration::from_secs(expected), "{value}");
        }
        assert_eq!(service_timeout(None), Duration::from_hours(1));
    }
}
