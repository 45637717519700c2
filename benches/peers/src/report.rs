//! The figures as tables, for people and for `docs/performance.md`, and what is asked of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::measure::{Figures, Measure};
use crate::rivals::Rival;
use crate::statistics::{Spread, quantile, ratios, spread};

/// Where the figures stand on the page.
pub(crate) const MARKS: [&str; 2] = [
    "<!-- figures of `make bench` -->
",
    "<!-- end of the figures of `make bench` -->
",
];

/// What was measured over one transport.
pub(crate) type Measured = BTreeMap<Rival, Figures>;

/// The zipped deployment packages, in millions of bytes.
pub(crate) type Sizes = BTreeMap<Rival, f64>;

/// A row of the tables: a figure for each run.
struct Row {
    name: &'static str,
    unit: &'static str,
    of: Measure,
}

const ROWS: [Row; 9] = [
    Row { name: "start to first request for an event", unit: "ms", of: |it| it.polled.clone() },
    Row { name: "start to first answer at S3", unit: "ms", of: |it| it.answered.clone() },
    Row { name: "start to first event back at Lambda", unit: "ms", of: |it| it.returned.clone() },
    Row { name: "processor, start and first event", unit: "ms", of: |it| it.first_processor.clone() },
    Row { name: "peak memory, first event", unit: "MiB", of: |it| it.first_memory.clone() },
    Row { name: "warm update, median", unit: "ms", of: |it| it.of_warm_runs(0.5) },
    Row { name: "warm update, 99th percentile", unit: "ms", of: |it| it.of_warm_runs(0.99) },
    Row { name: "processor, warm update", unit: "ms", of: |it| it.processor.clone() },
    Row { name: "peak memory, warm", unit: "MiB", of: |it| it.memory.clone() },
];

/// Medians with their quartiles, and how many times ours each rival needs.
pub(crate) fn figures(measured: &Measured) -> String {
    let rivals: Vec<Rival> = measured.keys().copied().collect();
    let peers: Vec<Rival> =
        rivals.iter().copied().filter(|it| matches!(it, Rival::Cdk | Rival::Crhelper)).collect();
    let ours = measured.get(&Rival::Ours);
    let peers = if ours.is_some() { peers } else { Vec::new() };
    let mut text = String::from("| median (quartiles) |");
    for rival in &rivals {
        let _ = write!(text, " {} |", rival.name());
    }
    for peer in &peers {
        let _ = write!(text, " {} / ours |", short(*peer));
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(rivals.len() + peers.len()));
    for Row { name, unit, of } in &ROWS {
        let _ = write!(text, "| {name} |");
        for rival in &rivals {
            let cell = spread(&of(&measured[rival])).map(|it| format!("{} {unit}", shown(it)));
            let _ = write!(text, " {} |", cell.unwrap_or_default());
        }
        for peer in &peers {
            let ratio = ours.and_then(|ours| ratios(&of(&measured[peer]), &of(ours)));
            let _ = write!(text, " {} |", ratio.map_or_else(String::new, shown));
        }
        text.push('\n');
    }
    let _ = write!(text, "| of a warm update, the servers' |");
    for rival in &rivals {
        let _ = write!(text, " {} |", servers(&measured[rival]).unwrap_or_default());
    }
    let _ = writeln!(text, "{}", " |".repeat(peers.len()));
    text
}

/// What a bare client needs for the same calls, and its share of the time.
fn servers(figures: &Figures) -> Option<String> {
    let (bare, whole) = (figures.bare?, quantile(&figures.of_warm_runs(0.5), 0.5)?);
    Some(format!("{} ms, {:.0} %", digits(bare), bare / whole * 100.0))
}

/// The calls of each kind of event.
pub(crate) fn calls(measured: &Measured) -> String {
    let mut text = String::from(
        "| calls of Connect | create | update | update without a change | delete |\n|---|---|---|---|---|\n",
    );
    for (rival, figures) in measured.iter().filter(|(rival, _)| rival.answers()) {
        let _ = write!(text, "| {} |", rival.name());
        for calls in &figures.calls {
            let names: Vec<&str> =
                calls.iter().map(|call| call.trim_end_matches("SecurityProfile")).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let _ = write!(text, " {names} |");
        }
        text.push('\n');
    }
    text
}

pub(crate) fn sizes(sizes: &Sizes) -> String {
    let mut text = String::from("| deployment package, zipped | MB |\n|---|---|\n");
    for (rival, size) in sizes {
        let _ = writeln!(text, "| {} | {size:.2} |", rival.name());
    }
    text
}

/// What is asked of the figures.
pub(crate) struct Target {
    pub(crate) text: String,
    /// `None` where it was not measured.
    pub(crate) held: Option<bool>,
}

/// The targets, by the median of the ratios of runs side by side.
pub(crate) fn targets(measured: &Measured, sizes: &Sizes) -> Vec<Target> {
    let ratio = |rival: Rival, of: Measure| {
        ratios(&of(measured.get(&rival)?), &of(measured.get(&Rival::Ours)?)).map(|it| it.middle)
    };
    let at_least = |text: &str, least: f64, ratio: Option<f64>| Target {
        text: format!(
            "{text}: {}",
            ratio.map_or_else(|| "not measured".to_owned(), |it| format!("{it:.1} times"))
        ),
        held: ratio.map(|it| it >= least),
    };
    let answered: Measure = |it| it.answered.clone();
    let processor: Measure = |it| it.processor.clone();
    let memory: Measure = |it| it.memory.clone();
    let warm: Measure = |it| it.of_warm_runs(0.5);
    let smaller = |of| match (ratio(Rival::Cdk, of), ratio(Rival::Crhelper, of)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => None,
    };
    let polled = ratio(Rival::Empty, |it| it.polled.clone()).map(f64::recip);
    let size = sizes.get(&Rival::Ours).copied();
    vec![
        at_least(
            "the CDK's handler needs at least 5 times as long to its first answer",
            5.0,
            ratio(Rival::Cdk, answered),
        ),
        at_least(
            "crhelper needs at least 8 times as long to its first answer",
            8.0,
            ratio(Rival::Crhelper, answered),
        ),
        at_least("the smaller of the two needs at least 5 times the memory", 5.0, smaller(memory)),
        at_least(
            "crhelper needs at least 10 times the processor time for a warm update",
            10.0,
            ratio(Rival::Crhelper, processor),
        ),
        at_least(
            "the CDK's handler needs at least 4 times the processor time for a warm update",
            4.0,
            ratio(Rival::Cdk, processor),
        ),
        at_least("both need longer for a warm update", 1.0, smaller(warm)),
        Target {
            text: format!(
                "the zipped Lambda has at most 4 MB: {}",
                size.map_or_else(|| "not measured".to_owned(), |it| format!("{it:.2} MB"))
            ),
            held: size.map(|it| it <= 4.0),
        },
        Target {
            text: format!(
                "it asks for its first event within 1.5 times what an empty function needs: {}",
                polled.map_or_else(|| "not measured".to_owned(), |it| format!("{it:.2} times"))
            ),
            held: polled.map(|it| it <= 1.5),
        },
    ]
}

pub(crate) fn listed(targets: &[Target]) -> String {
    let line = |target: &Target| {
        let held = match target.held {
            Some(true) => "held",
            Some(false) => "**missed**",
            None => "open",
        };
        format!("- {held}: {}\n", target.text)
    };
    targets.iter().map(line).collect()
}

fn short(rival: Rival) -> &'static str {
    match rival {
        Rival::Ours => "ours",
        Rival::Cdk => "CDK",
        Rival::Crhelper => "crhelper",
        Rival::Empty => "empty",
    }
}

fn shown(Spread { low, middle, high }: Spread) -> String {
    format!("{} ({} to {})", digits(middle), digits(low), digits(high))
}

/// Three digits, as no figure here is better than that.
fn digits(figure: f64) -> String {
    let decimals = match figure {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{figure:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    fn given(factor: f64) -> Figures {
        let times = |figures: [f64; 3]| figures.map(|it| it * factor).to_vec();
        let calls =
            ["Create", "Update", "Update", "Delete"].map(|call| vec![format!("{call}SecurityProfile")]);
        Figures {
            polled: times([4.0, 5.0, 6.0]),
            answered: times([10.0, 20.0, 30.0]),
            returned: times([11.0, 21.0, 31.0]),
            first_processor: times([7.0, 8.0, 9.0]),
            first_memory: times([12.0, 12.0, 12.5]),
            warm: vec![times([1.0, 2.0, 3.0]), times([2.0, 3.0, 4.0])],
            processor: times([0.5, 0.5, 0.5]),
            memory: times([13.0, 13.0, 13.0]),
            calls,
            bare: Some(0.5),
        }
    }

    fn all() -> (Measured, Sizes) {
        let mut ours = given(1.0);
        ours.calls[1].insert(0, "DescribeSecurityProfile".to_owned());
        ours.calls[2] = Vec::new();
        let mut crhelper = given(7.5);
        crhelper.answered.reverse();
        let empty =
            Figures { polled: vec![4.0, 4.0, 4.0], returned: vec![5.0, 5.0, 5.0], ..Figures::default() };
        let measured = Measured::from([
            (Rival::Ours, ours),
            (Rival::Cdk, given(6.0)),
            (Rival::Crhelper, crhelper),
            (Rival::Empty, empty),
        ]);
        (measured, Sizes::from([(Rival::Ours, 3.333), (Rival::Cdk, 0.012)]))
    }

    #[test]
    fn the_tables_show_medians_quartiles_and_the_ratios_of_runs_side_by_side() {
        let (measured, sizes_of) = all();
        insta::assert_snapshot!([figures(&measured), calls(&measured), sizes(&sizes_of)].join("\n"), @r"
        | median (quartiles) | this provider | CDK `AwsCustomResource` | crhelper, boto3 | empty function | CDK / ours | crhelper / ours |
        |---|---|---|---|---|---|---|
        | start to first request for an event | 5.00 (4.50 to 5.50) ms | 30.0 (27.0 to 33.0) ms | 37.5 (33.8 to 41.2) ms | 4.00 (4.00 to 4.00) ms | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | start to first answer at S3 | 20.0 (15.0 to 25.0) ms | 120 (90.0 to 150) ms | 150 (112 to 188) ms |  | 6.00 (6.00 to 6.00) | 7.50 (5.00 to 15.0) |
        | start to first event back at Lambda | 21.0 (16.0 to 26.0) ms | 126 (96.0 to 156) ms | 158 (120 to 195) ms | 5.00 (5.00 to 5.00) ms | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | processor, start and first event | 8.00 (7.50 to 8.50) ms | 48.0 (45.0 to 51.0) ms | 60.0 (56.2 to 63.8) ms |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | peak memory, first event | 12.0 (12.0 to 12.2) MiB | 72.0 (72.0 to 73.5) MiB | 90.0 (90.0 to 91.9) MiB |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | warm update, median | 2.50 (2.25 to 2.75) ms | 15.0 (13.5 to 16.5) ms | 18.8 (16.9 to 20.6) ms |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | warm update, 99th percentile | 3.48 (3.23 to 3.73) ms | 20.9 (19.4 to 22.4) ms | 26.1 (24.2 to 28.0) ms |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | processor, warm update | 0.50 (0.50 to 0.50) ms | 3.00 (3.00 to 3.00) ms | 3.75 (3.75 to 3.75) ms |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | peak memory, warm | 13.0 (13.0 to 13.0) MiB | 78.0 (78.0 to 78.0) MiB | 97.5 (97.5 to 97.5) MiB |  | 6.00 (6.00 to 6.00) | 7.50 (7.50 to 7.50) |
        | of a warm update, the servers' | 0.50 ms, 20 % | 0.50 ms, 3 % | 0.50 ms, 3 % |  | | |

        | calls of Connect | create | update | update without a change | delete |
        |---|---|---|---|---|
        | this provider | Create | Describe, Update | none | Delete |
        | CDK `AwsCustomResource` | Create | Update | Update | Delete |
        | crhelper, boto3 | Create | Update | Update | Delete |

        | deployment package, zipped | MB |
        |---|---|
        | this provider | 3.33 |
        | CDK `AwsCustomResource` | 0.01 |
        ");
    }

    #[test]
    fn each_target_is_held_or_missed_or_was_not_measured() {
        let (measured, sizes) = all();
        insta::assert_snapshot!(listed(&targets(&measured, &sizes)), @r"
        - held: the CDK's handler needs at least 5 times as long to its first answer: 6.0 times
        - **missed**: crhelper needs at least 8 times as long to its first answer: 7.5 times
        - held: the smaller of the two needs at least 5 times the memory: 6.0 times
        - **missed**: crhelper needs at least 10 times the processor time for a warm update: 7.5 times
        - held: the CDK's handler needs at least 4 times the processor time for a warm update: 6.0 times
        - held: both need longer for a warm update: 6.0 times
        - held: the zipped Lambda has at most 4 MB: 3.33 MB
        - held: it asks for its first event within 1.5 times what an empty function needs: 1.25 times
        ");
        let open = targets(&Measured::default(), &Sizes::default());
        assert!(open.iter().all(|target| target.held.is_none()));
    }

    #[test]
    fn the_figures_go_between_their_marks_and_nothing_else_changes() {
        let document = std::env::temp_dir().join(format!("performance-{}.md", std::process::id()));
        let [begin, end] = MARKS;
        std::fs::write(&document, format!("before\n{begin}old\n{end}after\n")).unwrap();
        page::insert(&document, MARKS, "new").unwrap();
        let text = std::fs::read_to_string(&document).unwrap();
        std::fs::write(&document, "no marks").unwrap();
        let refused = page::insert(&document, MARKS, "new").is_err();
        std::fs::remove_file(&document).unwrap();
        assert_eq!(text, format!("before\n{begin}\nnew\n{end}after\n"));
        assert!(refused, "a document without the marks is refused");
    }
}
