//! The Lambda beside other ways to the same resource, in one run on one machine: `make bench` measures, prints, and writes
//! `docs/performance.svg` and the figures of `docs/performance.md`. It fails where a target is missed.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may fail"))]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark's own figures")]

mod bare;
mod chart;
mod machine;
mod measure;
mod options;
#[path = "../../page/mod.rs"]
mod page;
mod process;
mod report;
mod rivals;
mod statistics;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;

use lambda_harness::Authority;
use options::{Options, root};
use report::{Measured, Sizes};
use world::{Entrance, Transport, World};

#[tokio::main]
async fn main() -> ExitCode {
    match Options::read() {
        Ok(options) => bench(&options).await,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn bench(options: &Options) -> ExitCode {
    let entrance = Entrance::open(Authority::new(&root().join("target/peers"))).await;
    let measured = measured(options, &entrance).await;
    let sizes: Sizes = options
        .rivals
        .iter()
        .map(|rival| (*rival, machine::zipped(&rival.program(options, &entrance.authority).package)))
        .collect();

    let headline = measured.get(&Transport::Tls).or(measured.values().next()).cloned().unwrap_or_default();
    let targets = report::targets(&headline, &sizes);
    let text = text(options, &measured, &sizes, &targets);
    println!("\n{text}");
    if options.are_for_the_documents() {
        let docs = root().join("docs");
        let written = page::insert(&docs.join("performance.md"), report::MARKS, &text).and_then(|()| {
            std::fs::write(docs.join("performance.svg"), chart::chart(&headline))
                .map_err(|error| error.to_string())
        });
        if let Err(error) = written {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    } else {
        println!(
            "docs/performance.md is as it was: it takes all peers, both transports, 9 runs and 100 events."
        );
    }
    let missed = targets.iter().any(|target| target.held == Some(false));
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Each run has every rival in it, each time another first and every other time the other way round, so that none always comes
/// after the same one.
async fn measured(options: &Options, entrance: &Entrance) -> BTreeMap<Transport, Measured> {
    let mut measured: BTreeMap<Transport, Measured> = BTreeMap::new();
    for transport in &options.transports {
        for rival in &options.rivals {
            let figures = measured.entry(*transport).or_default().entry(*rival).or_default();
            let world = World::start(entrance, *transport).await;
            measure::life(
                figures,
                *rival,
                &rival.program(options, &entrance.authority),
                &world,
                &entrance.authority,
            )
            .await;
        }
    }
    for run in 0..options.runs {
        eprint!("\rrun {} of {} ...", run + 1, options.runs);
        for (transport, measured) in &mut measured {
            for place in 0..options.rivals.len() {
                let number = options.rivals.len();
                let place = if run % 2 == 0 { place } else { number - 1 - place };
                let rival = options.rivals[(place + run / 2) % number];
                let warm = (run < options.warm_runs).then_some(options.events);
                let world = World::start(entrance, *transport).await;
                let figures = measured.entry(rival).or_default();
                measure::run(figures, rival, &rival.program(options, &entrance.authority), &world, warm)
                    .await;
            }
        }
    }
    eprintln!();
    measured
}

fn text(
    options: &Options,
    measured: &BTreeMap<Transport, Measured>,
    sizes: &Sizes,
    targets: &[report::Target],
) -> String {
    let mut parts = vec![format!(
        "{}\n{} cold starts of each, {} of which went on for {} updates.",
        machine::described(&options.peers),
        options.runs,
        options.warm_runs,
        options.events
    )];
    for (transport, measured) in measured {
        let title = match transport {
            Transport::Tls => "Connect over TLS, as on AWS:",
            Transport::Plain => "Connect over plain HTTP:",
        };
        parts.push(format!("{title}\n\n{}", report::figures(measured).trim_end()));
    }
    if let Some(measured) = measured.values().next() {
        parts.push(report::calls(measured));
    }
    parts.push(report::sizes(sizes));
    parts.push(format!("Asked of it, with Connect over TLS:\n\n{}", report::listed(targets)));
    parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n"
}
