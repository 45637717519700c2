//! The figures as tables, for people and for `docs/performance.md`.

use std::fmt::Write as _;

use crate::gauge::Gauge;
use crate::parts::{median, median_of};
use crate::whole::Whole;
use crate::{Measured, SEQUENCES};

/// Where the figures stand on the page.
pub(crate) const MARKS: [&str; 2] = [
    "<!-- startup -->
",
    "<!-- /startup -->
",
];

pub(crate) fn figures(measured: &Measured) -> String {
    let mut text = format!("Medians of {} processes each, started in turn.\n\n", measured.runs);
    wholes(&mut text, measured);
    let titles =
        ["a start, part by part, in one process", "within a call, in another", "a connection, in a third"];
    for ((_, parts), title) in SEQUENCES.iter().zip(&measured.sequences).zip(titles) {
        let _ = writeln!(
            text,
            "\n| {title} | ms | ms of processor | page faults | KB read | peak MB | threads |\n\
             |---|---|---|---|---|---|---|"
        );
        for (name, it) in parts {
            let _ = writeln!(
                text,
                "| {name} | {:.2} | {:.2} | {:.0} | {:.0} | {:.1} | {:.0} |",
                it.at,
                it.processor,
                it.faults,
                it.read,
                it.peak / 1024.0,
                it.threads
            );
        }
    }
    text
}

fn wholes(text: &mut String, measured: &Measured) {
    let of = |wholes: &[Whole], figure: fn(&Whole) -> f64| median(wholes.iter().map(figure).collect());
    let gauge =
        |wholes: &[Whole], at: fn(&Whole) -> Gauge| median_of(&wholes.iter().map(at).collect::<Vec<_>>());
    let memory =
        |at: &Gauge| format!("{:.1} | {:.1} | {:.0}", at.peak / 1024.0, at.anonymous / 1024.0, at.threads);
    text.push_str(
        "| whole processes | ms | ms of processor so far | page faults so far | peak MB | of it not of files | threads |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let mut row = |name: &str, time: f64, at: &Gauge| {
        let _ = writeln!(
            text,
            "| {name} | {time:.2} | {:.2} | {:.0} | {} |",
            at.processor,
            at.faults,
            memory(at)
        );
    };
    if !measured.empty.is_empty() {
        let polled = gauge(&measured.empty, |it| it.at_poll);
        row("an empty function: start to first poll", of(&measured.empty, |it| it.poll), &polled);
    }
    let (polled, answered) =
        (gauge(&measured.bootstrap, |it| it.at_poll), gauge(&measured.bootstrap, |it| it.at_answer));
    row("the provider: start to first poll", of(&measured.bootstrap, |it| it.poll), &polled);
    row("first event to its answer at S3", of(&measured.bootstrap, |it| it.answer), &answered);
    let bare = |name: &str, time: f64| format!("| {name} | {time:.2} | | | | | |\n");
    text.push_str(&bare("of it, to Connect's first request", of(&measured.bootstrap, |it| it.call)));
    text.push_str(&bare("second event to its answer", of(&measured.bootstrap, |it| it.again)));
    if let Some((total, relocation)) = measured.loader {
        text.push_str(&bare("in the dynamic loader", total));
        text.push_str(&bare("of it, on relocations", relocation));
    }
}
