//! The machine and the versions that figures are of.

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const NODE: &str = include_str!("../node/package.json");
const PYTHON: &str = include_str!("../python/requirements.txt");

/// One sentence each: the machine, and who ran on it.
pub(crate) fn described(peers: &Path) -> String {
    let field = |file: &str, name: &str| {
        let text = read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim_start_matches([':', ' ', '\t']).to_owned()
    };
    let memory: f64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let package: Value = serde_json::from_str(NODE).expect("package.json is JSON");
    let npm = |name: &str| package["dependencies"][name].as_str().unwrap_or_default().to_owned();
    let pip = |name: &str| {
        let pinned = PYTHON.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=="));
        pinned.unwrap_or_default()
    };
    format!(
        "Machine: {} with {} processors and {:.0} GiB, Linux {}.\n\
         Node {} with aws-lambda-ric {}, aws-cdk-lib {}, @aws-sdk/client-connect {}; {} with awslambdaric {}, crhelper {}, \
         boto3 {}.",
        field("/proc/cpuinfo", "model name"),
        std::thread::available_parallelism().map_or(0, usize::from),
        memory / 1024.0 / 1024.0,
        read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        npm("node"),
        npm("aws-lambda-ric"),
        npm("aws-cdk-lib"),
        npm("@aws-sdk/client-connect"),
        python(&peers.join("python/bin/python")),
        pip("awslambdaric"),
        pip("crhelper"),
        pip("boto3"),
    )
}

fn python(path: &Path) -> String {
    let output = Command::new(path).arg("--version").output();
    output.map_or_else(|_| "Python".to_owned(), |it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
}

/// The size of what is deployed, packed as closely as zip can, in millions of bytes.
pub(crate) fn zipped(package: &Path) -> f64 {
    let (folder, name) = if package.is_dir() {
        (package, ".")
    } else {
        let name = package.file_name().and_then(|name| name.to_str()).expect("a file has a name");
        (package.parent().expect("a file is in a folder"), name)
    };
    let packed = std::env::temp_dir().join(format!("peers-{}.zip", std::process::id()));
    let zip = Command::new("zip")
        .current_dir(folder)
        .args(["-q9r"])
        .arg(&packed)
        .args([name, "-x", "*__pycache__*"])
        .status();
    assert!(zip.expect("zip is installed").success(), "{} cannot be zipped", package.display());
    let length = std::fs::metadata(&packed).expect("zip has written it").len();
    std::fs::remove_file(&packed).expect("it can be removed");
    #[expect(clippy::cast_precision_loss, reason = "some millions of bytes")]
    let length = length as f64;
    length / 1e6
}
