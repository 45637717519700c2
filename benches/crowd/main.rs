//! How crowds get through Connect's quota.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![recursion_limit = "256"]

mod events;
mod processes;
mod simulation;

use std::time::Duration;
use connect_emulator::Quota;
use events::{Crowd, Kind};

const QUOTA: Quota = Quota { rate: 2.0, burst: 5 };

#[expect(clippy::print_stdout, reason = "a benchmark's own figures")]
fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    for kind in [Kind::Create, Kind::Update] {
        if what == "s" {
            let crowd = Crowd { kind, events: 1000, stacks: 10, quota: QUOTA };
            for time in [595, 295] {
            let begun = std::time::Instant::now();
            let s = simulation::simulate(&crowd, Duration::from_secs(time));
            let e = |e: &simulation::Ended| format!("ok {} failed {} last {} {:?} {:?}", e.succeeded.len(), e.failed.len(), e.last(), e.tries, e.reason);
            println!("{kind:?} {time} {} | {:?} left {} cpu {:?}", e(&s.events), s.rollback.as_ref().map(e), s.left, begun.elapsed());
            }
            continue;
        }
        let crowd = Crowd { kind, events: 100, stacks: 4, quota: QUOTA };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let m = runtime.block_on(processes::measure(&crowd, 25, env!("CARGO_BIN_EXE_bootstrap")));
        println!("{kind:?} floor {} last {:.2} ratio {:.3} median {:.2} {:?} achieved {} failures {:?}", crowd.floor(), m.answered[99], m.answered[99]/crowd.floor(), m.answered[50], m.calls, m.achieved, m.failures);
        let tail: Vec<String> = m.answered[90..].iter().map(|t| format!("{t:.1}")).collect();
        println!("  tail {}", tail.join(" "));
    }
}
