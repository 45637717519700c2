//! The rivals' medians as bars, as SVG.

use std::fmt::Write as _;

use crate::measure::Measure;
use crate::report::Measured;
use crate::rivals::Rival;
use crate::statistics::spread;

const WIDTH: f64 = 230.0;
const BAR: f64 = 22.0;

/// A panel for each measure that matters to whoever waits or pays.
pub(crate) fn chart(measured: &Measured) -> String {
    let panels: [(&str, &str, Measure); 4] = [
        ("start to first answer", "ms", |it| it.answered.clone()),
        ("warm update", "ms", |it| it.of_warm_runs(0.5)),
        ("processor, warm update", "ms", |it| it.processor.clone()),
        ("peak memory", "MiB", |it| it.memory.clone()),
    ];
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 260\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"900\" height=\"260\" fill=\"#fff\"/>\n",
    );
    for (number, (title, unit, of)) in (0_u32..).zip(panels) {
        let (left, top) = (150.0 + 440.0 * f64::from(number % 2), 30.0 + 125.0 * f64::from(number / 2));
        let _ = writeln!(svg, "<text x=\"{left:.0}\" y=\"{:.0}\">{title}, {unit}</text>", top - 8.0);
        let bars: Vec<_> = measured
            .iter()
            .filter(|(rival, _)| rival.answers())
            .filter_map(|(rival, figures)| Some((*rival, spread(&of(figures))?)))
            .collect();
        let most = bars.iter().map(|(_, spread)| spread.high).fold(f64::MIN_POSITIVE, f64::max);
        for (row, (rival, spread)) in (0_u32..).zip(bars) {
            let y = top + f64::from(row) * (BAR + 6.0);
            let x = |figure: f64| left + figure / most * WIDTH;
            let (colour, name) = look(rival);
            let (text, middle) = (y + 15.0, y + BAR / 2.0);
            let _ = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{text:.0}\" text-anchor=\"end\">{name}</text>\
                 <rect x=\"{left:.0}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{BAR:.0}\" fill=\"{colour}\"/>\
                 <path d=\"M{:.1},{middle:.0}H{:.1}\" stroke=\"#333\"/>\
                 <text x=\"{:.1}\" y=\"{text:.0}\">{}</text>",
                left - 8.0,
                x(spread.middle) - left,
                x(spread.low),
                x(spread.high),
                x(spread.high) + 6.0,
                shown(spread.middle),
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn look(rival: Rival) -> (&'static str, &'static str) {
    match rival {
        Rival::Ours => ("#1f77b4", "this provider"),
        Rival::Cdk => ("#e6851e", "AwsCustomResource"),
        Rival::Crhelper => ("#c00", "crhelper, boto3"),
        Rival::Empty => ("#999", "empty function"),
    }
}

fn shown(figure: f64) -> String {
    if figure < 10.0 { format!("{figure:.1}") } else { format!("{figure:.0}") }
}
