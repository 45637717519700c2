//! What the environment says of the run: how often, of whom, and where the programs are.

use std::path::{Path, PathBuf};

use crate::rivals::Rival;
use crate::world::Transport;

/// - `RUNS`: cold starts of each rival over each transport (31)
/// - `EVENTS`: updates of a warm run, after a tenth as many that are not counted (300)
/// - `WARM`: how many of the runs go on to be warm (5)
/// - `ONLY`: `ours`, `cdk`, `crhelper`, `empty`, or some of them with commas between (all)
/// - `CONNECT`: `tls`, `http`, or both with a comma between (both)
/// - `BOOTSTRAP`: the Lambda (`target/release/bootstrap`)
/// - `EMPTY`: a function of `lambda_runtime` that does nothing (`target/release/empty`; left out when it is not there)
/// - `PEERS`: where the peers are installed (`.tools/bench`)
pub(crate) struct Options {
    pub(crate) runs: usize,
    pub(crate) warm_runs: usize,
    pub(crate) events: usize,
    pub(crate) rivals: Vec<Rival>,
    pub(crate) transports: Vec<Transport>,
    pub(crate) bootstrap: PathBuf,
    pub(crate) empty: PathBuf,
    pub(crate) peers: PathBuf,
}

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in benches")
}

impl Options {
    pub(crate) fn read() -> Result<Self, String> {
        let text = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
        let number = |name: &str, default: usize| match text(name) {
            None => Ok(default),
            Some(it) => {
                it.parse().ok().filter(|it| *it > 0).ok_or(format!("{name}: `{it}` is not a number from 1"))
            }
        };
        let path = |name: &str, default: &str| text(name).map_or_else(|| root().join(default), PathBuf::from);
        let list = |name: &str, all: &str| text(name).unwrap_or_else(|| all.to_owned());
        let runs = number("RUNS", 31)?;
        let empty = path("EMPTY", "target/release/empty");
        let rivals: Result<Vec<Rival>, String> =
            list("ONLY", "ours,cdk,crhelper,empty").split(',').map(str::parse).collect();
        let transports: Result<Vec<Transport>, String> =
            list("CONNECT", "tls,http").split(',').map(str::parse).collect();
        let mut rivals = rivals?;
        rivals.retain(|rival| *rival != Rival::Empty || empty.is_file());
        Ok(Self {
            runs,
            warm_runs: number("WARM", runs.min(5))?.min(runs),
            events: number("EVENTS", 300)?,
            rivals,
            transports: transports?,
            bootstrap: path("BOOTSTRAP", "target/release/bootstrap"),
            empty,
            peers: path("PEERS", ".tools/bench"),
        })
    }

    /// Whether the documents may show what is measured.
    pub(crate) fn are_for_the_documents(&self) -> bool {
        self.runs >= 9 && self.events >= 100 && self.rivals.len() >= 3 && self.transports.len() == 2
    }
}
