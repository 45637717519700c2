//! What ARCHITECTURE.md and README.md claim, held to the sources.

use std::fs;
use std::path::{Path, PathBuf};

use connect_security_profile::attributes::ATTRIBUTES;
use connect_security_profile::properties::PROPERTIES;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// A Rust file, or those below a folder, by their path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut pending = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension() == Some("rs".as_ref()) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    assert!(!files.is_empty(), "{folder}");
    files
}

#[track_caller]
fn only(where_allowed: &[&str], folder: &str, words: &[&str]) {
    for (name, text) in sources(folder) {
        let allowed = where_allowed.iter().any(|allowed| name.starts_with(allowed));
        for word in words.iter().filter(|_| !allowed) {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert_eq!(code.filter(|line| line.contains(word)).count(), 0, "`{word}` in {name}");
        }
    }
}

#[test]
fn only_one_module_names_the_sdk_one_file_tls_and_only_main_the_environment() {
    only(&["src/connect.rs", "src/connect/"], "src", &["aws_sdk_connect"]);
    only(
        &["crates/custom-resource/src/https.rs"],
        "crates/custom-resource/src",
        &["rustls", "HttpConnector"],
    );
    only(&[], "src", &["rustls", "aws_smithy_http_client"]);
    only(&["src/main.rs"], "src", &["env::var"]);
    only(
        &[],
        "crates/custom-resource/src",
        &["env::var", "aws_sdk", "connect_security_profile", "connect_emulator"],
    );
}

#[test]
fn the_pure_core_does_no_io_and_knows_no_clock() {
    for pure in [
        "src/plan.rs",
        "src/plan",
        "src/properties.rs",
        "src/properties",
        "src/settings.rs",
        "src/owner.rs",
        "src/ownership.rs",
        "src/guards.rs",
        "src/guards",
        "src/previous.rs",
    ] {
        let effects =
            ["tokio", "async ", "aws_sdk", "aws_config", "SystemTime::now", "Instant", "fs::", "net::"];
        for (name, text) in sources(pure).into_iter().filter(|(name, _)| !name.ends_with("tests.rs")) {
            for effect in effects {
                assert!(!text.contains(effect), "`{effect}` in {name}");
            }
        }
    }
}

#[test]
fn the_emulator_and_the_provider_know_each_other_only_in_tests() {
    let emulator = read("crates/connect-emulator/Cargo.toml");
    assert!(!emulator.contains("connect-security-profile") && !emulator.contains("custom-resource"));
    let manifest = read("Cargo.toml");
    let (_, dependencies) = manifest.split_once("\n[dependencies]").unwrap();
    let (shipped, _) = dependencies.split_once("\n[").unwrap();
    assert!(!shipped.contains("connect-emulator") && !shipped.contains("lambda-harness"));
}

#[test]
fn the_readme_names_every_property_and_attribute() {
    let readme = read("README.md");
    let of_the_protocol = ["ServiceTimeout", "ExternalId"];
    for name in PROPERTIES.iter().filter(|name| !of_the_protocol.contains(name)).chain(&ATTRIBUTES) {
        assert!(readme.contains(name), "{name}");
    }
}

#[test]
fn every_make_target_and_file_named_in_a_document_exists() {
    let makefile = read("Makefile");
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(document);
        for (_, rest) in text.match_indices("make ").map(|(at, word)| text.split_at(at + word.len())) {
            let target: String = rest
                .chars()
                .take_while(|character| character.is_ascii_lowercase() || *character == '-')
                .collect();
            let is_command = text[..text.len() - rest.len()].ends_with("`make ")
                || text[..text.len() - rest.len()].ends_with("\nmake ");
            if is_command {
                assert!(makefile.contains(&format!("\n{target}:")), "`make {target}` in {document}");
            }
        }
        for (_, rest) in text.match_indices("](").map(|(at, mark)| text.split_at(at + mark.len())) {
            let link = rest.split([')', '#']).next().unwrap();
            if !link.starts_with("http") {
                assert!(root().join(PathBuf::from(link)).exists(), "{link} in {document}");
            }
        }
    }
}

#[test]
fn each_file_says_what_it_owns_and_keeps_to_one_concept() {
    for folder in
        ["src", "crates/custom-resource/src", "crates/connect-emulator/src", "crates/lambda-harness/src"]
    {
        for (name, text) in sources(folder) {
            assert!(text.starts_with("//!") || text.starts_with("#!"), "{name} says what it owns");
            assert!(text.lines().count() <= 450, "{name}: {} lines", text.lines().count());
        }
    }
}
