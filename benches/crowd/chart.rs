//! Each answer against the floor, as SVG.

use std::fmt::Write as _;

use crate::events::{Crowd, Kind};
use crate::{Large, MOST, Small};

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 260.0;

/// Two panels: the crowds over processes, and those that were played.
pub(crate) fn chart(small: &[Small], large: &[Large]) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 350\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"900\" height=\"350\" fill=\"#fff\"/>\n",
    );
    let measured = small.iter().map(|it| (it.crowd.kind, it.runs[it.runs.len() / 2].answered.as_slice()));
    panel(&mut svg, 50.0, "over 25 processes, measured", &small[0].crowd, 60.0, measured);
    let whole = large.iter().filter(|it| it.simulated.events.failed.is_empty());
    let played = whole.map(|it| (it.crowd.kind, it.simulated.events.succeeded.as_slice()));
    panel(&mut svg, 495.0, "each in a process of its own, played", &large[0].crowd, 600.0, played);
    svg.push_str("</svg>\n");
    svg
}

fn panel<'a>(
    svg: &mut String,
    left: f64,
    title: &str,
    crowd: &Crowd,
    seconds: f64,
    answers: impl Iterator<Item = (Kind, &'a [f64])>,
) {
    let (top, bottom) = (40.0, 40.0 + HEIGHT);
    let events = f64::from(crowd.events);
    let x = |time: f64| left + time / seconds * WIDTH;
    let y = |count: f64| bottom - count / events * HEIGHT;
    let (right, middle) = (left + WIDTH, left + WIDTH / 2.0);
    let _ = writeln!(
        svg,
        "<text x=\"{middle:.0}\" y=\"22\" text-anchor=\"middle\">{events:.0} events, {title}</text>\n\
         <path d=\"M{left:.0},{top:.0}V{bottom:.0}H{right:.0}\" fill=\"none\" stroke=\"#333\"/>"
    );
    for part in 0..=4 {
        let (time, count) = (seconds * f64::from(part) / 4.0, events * f64::from(part) / 4.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{time:.0} s</text>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{count:.0}</text>",
            x(time),
            bottom + 18.0,
            left - 6.0,
            y(count) + 4.0
        );
    }
    let (burst, floor) = (f64::from(crowd.quota.burst), crowd.floor());
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1},{:.1}V{:.1}L{:.1},{:.1}\" fill=\"none\" stroke=\"#000\"/>\n\
         <path d=\"M{:.1},{top:.0}V{bottom:.0}\" stroke=\"#c00\" stroke-dasharray=\"4 3\"/>",
        x(0.0),
        y(0.0),
        y(burst),
        x(floor),
        y(events),
        x((floor * MOST).min(seconds)),
    );
    for (kind, answers) in answers {
        let colour = if kind == Kind::Create { "#1f77b4" } else { "#e6851e" };
        let mut path = String::new();
        for (count, time) in (1_u32..).zip(answers) {
            let _ = write!(
                path,
                "{}{:.1},{:.1}",
                if count == 1 { "M" } else { "L" },
                x(*time),
                y(f64::from(count))
            );
        }
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>");
    }
    let key = [
        ("#000", "the quota's floor"),
        ("#1f77b4", "creates"),
        ("#e6851e", "updates"),
        ("#c00", "1.15 x the floor"),
    ];
    for (row, (colour, text)) in (0_u32..).zip(key) {
        let height = top + 14.0 + 16.0 * f64::from(row);
        let _ = writeln!(
            svg,
            "<path d=\"M{:.0},{:.0}h18\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{:.0}\" y=\"{height:.0}\">{text}</text>",
            left + 12.0,
            height - 4.0,
            left + 36.0
        );
    }
}
