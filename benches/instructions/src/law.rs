//! How work may grow: as the number of permissions, or as that times its logarithm, and not as its square.

/// The numbers of permissions that are counted with.
pub(crate) const SIZES: [usize; 3] = [10, 100, 500];

/// How much more one further permission may cost between 100 and 500 than between 10 and 100. Work that grows as n log n comes
/// to 1.36, and such that grows as the square to 5.45.
pub(crate) const MOST: f64 = 1.5;

/// What one further permission costs, from 10 to 100, and from 100 to 500.
pub(crate) fn further(counts: [u64; 3]) -> [f64; 2] {
    let [few, some, many] = counts.map(|count| {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let count = count as f64;
        count
    });
    [(some - few) / 90.0, (many - some) / 400.0]
}

/// Whether the work grows in proportion.
pub(crate) fn holds(counts: [u64; 3]) -> bool {
    let [before, after] = further(counts);
    // Work that hardly depends on the number at all is as it should be, whatever its two slopes are.
    after <= before * MOST || after < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(work: impl Fn(u64) -> u64) -> [u64; 3] {
        [10, 100, 500].map(work)
    }

    #[test]
    fn work_that_grows_as_the_number_or_as_n_log_n_is_in_proportion() {
        assert!(holds(counts(|n| 50_000 + 700 * n)));
        assert!(holds(counts(|n| 50_000 + 70 * n * u64::from(n.ilog2()))));
        assert!(holds(counts(|_| 50_000)));
        assert!(holds(counts(|n| 50_000 + 700 * n.min(50))), "what stops at some number is in proportion");
    }

    #[test]
    fn work_that_grows_as_the_square_is_not() {
        assert!(!holds(counts(|n| 3 * n * n)));
        assert!(!holds(counts(|n| 50_000 + 700 * n + 3 * n * n)), "nor if most of it is proportional");
        assert!(!holds(counts(|n| 5_000_000 + n * n)), "nor if most of it is always there");
    }
}
