//! Experiments on a sandbox instance: what Connect does where neither its model nor its documentation says it.
//!
//! Each is a few raw calls on profiles that it makes itself, told by a random prefix; what it sees is compared with what the
//! embedded Connect assumes. Profiles that were there before are listed and never written to.

mod experiments;
mod lab;
mod raw;

use serde::Serialize;

pub use experiments::{EXPERIMENTS, run};
pub use lab::Lab;
pub use raw::{Answer, Raw};

/// A question to the service, and what the embedded Connect takes for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Experiment {
    /// A word for it, stable for scripts.
    pub key: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// What is assumed.
    pub assumed: &'static str,
}

/// What came of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The experiment.
    #[serde(flatten)]
    pub experiment: Experiment,
    /// What was seen, or why nothing was.
    pub seen: String,
    /// How the two compare.
    pub verdict: Verdict,
}

/// How what was seen compares with what is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As assumed.
    Same,
    /// Not as assumed.
    Other,
    /// It could not be told.
    Unknown,
}

/// What an experiment saw; `Err` is why it could not be told.
pub type Seen = Result<String, String>;

impl Finding {
    fn of(experiment: Experiment, seen: Seen) -> Self {
        match seen {
            Ok(seen) => {
                let verdict = if seen == experiment.assumed { Verdict::Same } else { Verdict::Other };
                Self { experiment, seen, verdict }
            }
            Err(why) => Self { experiment, seen: why, verdict: Verdict::Unknown },
        }
    }
}
