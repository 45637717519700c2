//! What the kernel says of a process.

use nix::unistd::Pid;

use crate::measure::milliseconds;

/// The processor time of all its threads, those that have ended too, since it was started, in milliseconds.
pub(crate) fn processor_time(id: u32) -> f64 {
    let id = Pid::from_raw(i32::try_from(id).expect("the id of a process"));
    let clock = nix::time::clock_getcpuclockid(id).expect("the process is running");
    milliseconds(nix::time::clock_gettime(clock).expect("the process is running").into())
}

/// The most memory that it has had at once, in MiB.
///
/// # Panics
/// If it has children: their memory would be missing.
pub(crate) fn peak_memory(id: u32) -> f64 {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{id}/{file}"));
    let children = read(&format!("task/{id}/children")).unwrap_or_default();
    assert!(children.is_empty(), "the process has children: {children}");
    let status = read("status").expect("the process is running");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: f64 =
        peak.and_then(|it| it.trim_end_matches("kB").trim().parse().ok()).expect("the kernel tells the peak");
    peak / 1024.0
}
