//! Which lines are let through: ours, and those of libraries that somebody has looked at.
//!
//! What a library writes may hold anything that it is given, at any level: `aws-config` shows the whole refusal of STS at WARN,
//! and with it the `ExternalId` that STS repeats. So a target that is not named here is off. Before you add one, read every
//! line that the version in `Cargo.lock` writes under it at that level; a test notices when the version changes.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// Our own targets, which follow the level of the log.
const OURS: [&str; 3] = ["bootstrap", "connect_security_profile", "custom_resource"];

/// A target of a library that was looked at.
struct Reviewed {
    target: &'static str,
    /// The highest level that was looked at.
    level: LevelFilter,
    /// The package, and the version whose lines were read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the test that holds the version"))]
    version: (&'static str, &'static str),
}

/// What these say of the Runtime API: statuses and errors of connections, without a body or a header.
const REVIEWED: [Reviewed; 2] = [
    Reviewed {
        target: "lambda_runtime::layers::api_client",
        level: LevelFilter::WARN,
        version: ("lambda_runtime", "1.5.0"),
    },
    Reviewed {
        target: "lambda_runtime::runtime",
        level: LevelFilter::WARN,
        version: ("lambda_runtime", "1.5.0"),
    },
];

/// The filter for a level of the log.
pub(super) fn targets(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(LevelFilter::OFF)
        .with_targets(OURS.map(|target| (target, level)))
        .with_targets(REVIEWED.map(|reviewed| (reviewed.target, level.min(reviewed.level))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use tracing::Level;

    use super::*;

    /// Every package that may be linked, by the name that its targets begin with, and its version.
    fn packages() -> Vec<(String, String)> {
        let lock = include_str!("../../Cargo.lock");
        let value = |package: &str, key: &str| {
            let (_, rest) = package.split_once(&format!("\n{key} = \"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let packages = lock.split("[[package]]").skip(1);
        packages.map(|package| (value(package, "name"), value(package, "version"))).collect()
    }

    #[test]
    fn no_library_writes_a_line_under_a_target_that_was_not_looked_at() {
        let packages = packages();
        assert!(packages.len() > 100);
        for level in [LevelFilter::TRACE, LevelFilter::INFO, LevelFilter::ERROR] {
            let targets = targets(level);
            for (name, _) in &packages {
                let name = name.replace('-', "_");
                if OURS.contains(&name.as_str()) {
                    continue;
                }
                for target in
                    [name.clone(), format!("{name}::anything"), format!("{name}::layers::api_response")]
                {
                    assert!(!targets.would_enable(&target, &Level::ERROR), "{target} at {level}");
                }
            }
            for odd in ["", "log", "anything", "tracing::span", "bootstra"] {
                assert!(!targets.would_enable(odd, &Level::ERROR), "{odd}");
            }
        }
    }

    #[test]
    fn ours_follow_the_level_and_what_was_looked_at_goes_no_further() {
        for target in OURS {
            assert!(targets(LevelFilter::TRACE).would_enable(target, &Level::TRACE));
            assert!(!targets(LevelFilter::WARN).would_enable(target, &Level::INFO));
        }
        for Reviewed { target, .. } in REVIEWED {
            assert!(targets(LevelFilter::TRACE).would_enable(target, &Level::WARN));
            assert!(!targets(LevelFilter::TRACE).would_enable(target, &Level::INFO));
            assert!(!targets(LevelFilter::ERROR).would_enable(target, &Level::WARN));
        }
    }

    #[test]
    fn the_versions_in_the_lock_file_are_those_that_were_looked_at() {
        for Reviewed { target, version: (name, version), .. } in REVIEWED {
            let locked: Vec<String> =
                packages().into_iter().filter(|(it, _)| it == name).map(|(_, version)| version).collect();
            assert_eq!(locked, [version], "read the lines of {target} again");
        }
    }
}
