//! Medians, quartiles, and ratios of what was measured side by side.

/// The middle of some figures, and the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) middle: f64,
    pub(crate) high: f64,
}

/// `None` where nothing was measured.
pub(crate) fn spread(figures: &[f64]) -> Option<Spread> {
    let quartile = |share| quantile(figures, share);
    Some(Spread { low: quartile(0.25)?, middle: quartile(0.5)?, high: quartile(0.75)? })
}

/// The figure that this share of all does not exceed, between neighbours in proportion.
pub(crate) fn quantile(figures: &[f64], share: f64) -> Option<f64> {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    let last = figures.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "there are some thousands of figures")]
    let place = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the figures")]
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    Some(figures[below] + (figures[above] - figures[below]) * place.fract())
}

/// How many times the second the first is, run by run: what slows the machine down slows both runs.
pub(crate) fn ratios(first: &[f64], second: &[f64]) -> Option<Spread> {
    let ratios: Vec<f64> = first.iter().zip(second).map(|(first, second)| first / second).collect();
    spread(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_between_its_neighbours_in_proportion() {
        let figures = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&figures, 0.0), Some(1.0));
        assert_eq!(quantile(&figures, 0.5), Some(2.5));
        assert_eq!(quantile(&figures, 0.75), Some(3.25));
        assert_eq!(quantile(&figures, 1.0), Some(4.0));
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_spread_is_the_median_between_the_quartiles() {
        let figures: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(spread(&figures), Some(Spread { low: 25.0, middle: 50.0, high: 75.0 }));
    }

    #[test]
    fn a_machine_that_is_slow_for_a_while_does_not_change_the_ratio() {
        let (ours, theirs) = ([10.0, 40.0, 10.0, 20.0], [50.0, 200.0, 50.0, 100.0]);
        assert_eq!(ratios(&theirs, &ours), Some(Spread { low: 5.0, middle: 5.0, high: 5.0 }));
    }

    #[test]
    fn a_run_that_has_no_other_beside_it_does_not_count() {
        assert_eq!(ratios(&[6.0, 100.0], &[3.0]), Some(Spread { low: 2.0, middle: 2.0, high: 2.0 }));
        assert_eq!(ratios(&[6.0], &[]), None);
    }
}
