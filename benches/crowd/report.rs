//! The figures as tables, for people and for `docs/crowds.md`.

use std::fmt::Write as _;

use crate::events::Kind;
use crate::processes::Measured;
use crate::simulation::Ended;
use crate::{Large, Small};

/// Where the figures stand on the page.
pub(crate) const MARKS: [&str; 2] = [
    "<!-- figures of `make bench-crowd` -->
",
    "<!-- end of the figures -->
",
];

pub(crate) fn figures(small: &[Small], large: &[Large]) -> String {
    let mut text = String::from(
        "| crowd, over processes | floor | last answer | of the floor | median answer | succeeded | on the clock that jumps |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for Small { crowd, runs, plays } in small {
        let (events, floor) = (crowd.events, crowd.floor());
        let each =
            |figure: &dyn Fn(&Measured) -> String| runs.iter().map(figure).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "| {events} {} | {floor:.1} s | {} s | {} | {} s | {} | {:.1} to {:.1} s, median {:.1} s |",
            kind(crowd.kind),
            each(&|run| format!("{:.1}", run.last())),
            each(&|run| format!("{:.2}", run.last() / floor)),
            each(&|run| format!("{:.1}", run.answered[run.answered.len() / 2])),
            each(&|run| format!("{}", run.achieved)),
            plays[0],
            plays[plays.len() - 1],
            plays[plays.len() / 2],
        );
    }
    text.push_str("\n| calls of a run | operation | made | throttled |\n|---|---|---|---|\n");
    for Small { crowd, runs, .. } in small {
        for (operation, (made, throttled)) in &runs[runs.len() / 2].calls {
            let (events, kind) = (crowd.events, kind(crowd.kind));
            let _ = writeln!(text, "| {events} {kind} | {operation} | {made} | {throttled} |");
        }
    }
    text.push_str(
        "\n| played | time for each | floor | succeeded | last answer | failed | tries | tries a second, at most of one operation |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for Large { crowd, time, simulated } in large {
        let name = format!("{} {}", crowd.events, kind(crowd.kind));
        let floor = crowd.floor();
        ended(&mut text, &name, time.as_secs(), &format!("{floor:.1} s"), &simulated.events);
        if let Some(rollback) = &simulated.rollback {
            ended(&mut text, "the Deletes of the rollbacks", time.as_secs(), "", rollback);
        }
    }
    for Large { simulated, time, .. } in large {
        if let Some(reason) = &simulated.events.reason {
            let _ = writeln!(text, "\nA reason of those that failed within {} s: {reason}", time.as_secs());
        }
        if simulated.rollback.is_some() {
            let _ = writeln!(text, "\nProfiles left after the rollbacks: {}.", simulated.left);
        }
    }
    text
}

fn ended(text: &mut String, name: &str, time: u64, floor: &str, ended: &Ended) {
    let tries: Vec<String> =
        ended.tries.iter().map(|(operation, tries)| format!("{operation} {tries}")).collect();
    let _ = writeln!(
        text,
        "| {name} | {time} s | {floor} | {} | {:.1} s | {} | {} | {} |",
        ended.succeeded.len(),
        ended.last(),
        ended.failed.len(),
        tries.join(", "),
        ended.busiest,
    );
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Create => "creates",
        Kind::Update => "updates",
    }
}
