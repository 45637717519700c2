//! The parts of a start, one after the other in a fresh process, by the same calls as the provider's own `main` makes.
//!
//! What is done for the first time is what is measured: pages are touched, tables are made, files are read.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_connect::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use connect_security_profile::arn::SecurityProfileArn;
use connect_security_profile::connect::{Access, Connect, configuration};
use connect_security_profile::environment::Environment;
use connect_security_profile::properties::Desired;
use connect_security_profile::provider::SecurityProfiles;
use connect_security_profile::tally::Tally;
use custom_resource::Handler;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::RootCertStore;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::gauge::Gauge;
use crate::logging;
use crate::surroundings::{INSTANCE, PROFILE};

/// What each part used, in the order in which they came.
pub(crate) struct Parts {
    /// What it costs to look, which each part would otherwise be charged with.
    looking: Gauge,
    parts: Vec<(&'static str, Gauge)>,
}

impl Parts {
    /// `begun` is when the process was started, in milliseconds since the epoch.
    fn new(begun: f64) -> Self {
        let main = Gauge::read("self");
        let parts = vec![(EXEC, Gauge { at: main.at - begun, ..main })];
        let _ = Gauge::read("self");
        let (one, other) = (Gauge::read("self"), Gauge::read("self"));
        Self { looking: difference(&other, &one), parts }
    }

    fn run<T>(&mut self, name: &'static str, part: impl FnOnce() -> T) -> T {
        let before = Gauge::read("self");
        let result = part();
        let used = difference(&Gauge::read("self"), &before);
        self.parts.push((name, less(&used, &self.looking)));
        result
    }

    /// As JSON, for the process that measures.
    fn print(&self) -> String {
        let part = |(name, it): &(&str, Gauge)| {
            serde_json::json!([
                name,
                [it.at, it.processor, it.faults, it.read, it.peak, it.anonymous, it.threads]
            ])
        };
        Value::Array(self.parts.iter().map(part).collect()).to_string()
    }
}

pub(crate) const EXEC: &str = "the process, until `main`";

/// Used between two moments; memory and threads are those of the later one.
fn difference(later: &Gauge, earlier: &Gauge) -> Gauge {
    Gauge {
        at: later.at - earlier.at,
        processor: later.processor - earlier.processor,
        faults: later.faults - earlier.faults,
        read: later.read - earlier.read,
        ..*later
    }
}

fn less(used: &Gauge, looking: &Gauge) -> Gauge {
    Gauge {
        at: (used.at - looking.at).max(0.0),
        processor: (used.processor - looking.processor).max(0.0),
        faults: (used.faults - looking.faults).max(0.0),
        read: (used.read - looking.read).max(0.0),
        ..*used
    }
}

/// What the measuring process tells: where the services are, and when this one was started.
pub(crate) struct Told {
    pub(crate) begun: f64,
    pub(crate) bucket: String,
    pub(crate) event: String,
}

/// The names of the sequences, each for a process of its own.
pub(crate) const SEQUENCES: [&str; 3] = ["start", "pieces", "handshake"];

/// Runs a sequence and gives what its parts used.
pub(crate) fn run(sequence: &str, told: &Told) -> String {
    let mut parts = Parts::new(told.begun);
    match sequence {
        "start" => start(&mut parts, told),
        "pieces" => pieces(&mut parts),
        _ => handshake(&mut parts, told),
    }
    parts.print()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// As `main` and the first event do it.
fn start(parts: &mut Parts, told: &Told) {
    let main = parts.run("tokio's runtime", runtime);
    let environment = parts.run("environment and logging", || {
        let environment = Environment::read(variable);
        logging::start(environment.log_level);
        environment
    });
    let https = environment.settings.https.clone();
    let config = parts.run("the SDK's configuration", || {
        configuration(https.clone(), environment.region.clone(), variable)
    });
    let handler = parts.run("provider and handler", || {
        let connect = Connect::new(config.clone());
        let provider = SecurityProfiles::new(connect, environment.guards, None, |_| {});
        Handler::new(provider, environment.settings)
    });
    let arn: SecurityProfileArn = format!("{INSTANCE}/security-profile/{PROFILE}").parse().unwrap();
    let desired = parts.run("the event: JSON and properties", || {
        let event: Value = serde_json::from_str(&told.event).unwrap();
        Desired::read(event["ResourceProperties"].as_object().unwrap(), "123456789012").unwrap()
    });
    parts.run("the roots, for all connections", || https.prepare().unwrap());
    let bucket = Client::builder(TokioExecutor::new()).build::<_, Full<Bytes>>(https);
    let (operations, _thread) = parts.run("the operations' thread, with its runtime", operations);
    let connect = Connect::new(config);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let access = Access { region: desired.instance.region().to_owned(), role: None };
    let session = parts.run("the SDK's client", || {
        main.block_on(connect.session(access, deadline, std::iter::empty(), Tally::default()))
    });
    for name in ["the first call of Connect", "the second call of Connect"] {
        let (session, arn) = (session.clone(), arn.clone());
        parts.run(name, || {
            let call = operations.spawn(async move { session.look(&arn).await });
            main.block_on(call).unwrap().unwrap().unwrap()
        });
    }
    for name in ["the first answer to S3", "the second answer to S3"] {
        let body = Full::from(told.event.clone());
        let request = Request::put(format!("{}/key", told.bucket)).body(body).unwrap();
        parts.run(name, || assert!(main.block_on(bucket.request(request)).unwrap().status().is_success()));
    }
    drop(handler);
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A thread with a runtime that ends with the process.
fn operations() -> (tokio::runtime::Handle, std::thread::JoinHandle<()>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        let runtime = runtime();
        let _ = sender.send(runtime.handle().clone());
        runtime.block_on(std::future::pending::<()>());
    });
    (receiver.recv().unwrap(), thread.unwrap())
}

/// What the SDK does within a call, each by itself.
fn pieces(parts: &mut Parts) {
    let runtime = runtime();
    let credentials = parts.run("credentials from the environment", || {
        runtime.block_on(EnvironmentVariableCredentialsProvider::new().provide_credentials()).unwrap()
    });
    let resolver = parts.run("the partitions and their regions", DefaultResolver::new);
    let resolve = || {
        let params =
            Params::builder().region("us-east-1").use_fips(false).use_dual_stack(false).build().unwrap();
        runtime.block_on(resolver.resolve_endpoint(&params)).unwrap()
    };
    parts.run("the endpoint, the first time", resolve);
    parts.run("the endpoint, the second time", resolve);
    let identity: Identity = credentials.into();
    let url =
        "https://connect.us-east-1.amazonaws.com/security-profiles/11111111-2222-3333-4444-555555555555";
    let sign = || {
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("connect")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let headers = [("content-type", "application/json"), ("host", "connect.us-east-1.amazonaws.com")];
        let request =
            SignableRequest::new("PUT", url, headers.into_iter(), SignableBody::Bytes(&[b'a'; 500])).unwrap();
        sign(request, &params.into()).unwrap()
    };
    parts.run("a signature, the first time", sign);
    parts.run("a signature, the second time", sign);
}

/// What makes a connection, each by itself.
fn handshake(parts: &mut Parts, told: &Told) {
    let certificates =
        parts.run("roots: read and decoded", || rustls_native_certs::load_native_certs().certs);
    let roots = parts.run("roots: parsed", || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        roots
    });
    let config = parts.run("TLS's configuration", || {
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    });
    let config = Arc::new(config);
    let host = told.bucket.trim_start_matches("https://").to_owned();
    let addresses: Vec<_> =
        parts.run("the name looked up in `/etc/hosts`", || host.to_socket_addrs().unwrap().collect());
    for (connected, greeted) in
        [("TCP, the first time", "TLS, the first time"), ("TCP, the second time", "TLS, the second time")]
    {
        let mut stream = parts.run(connected, || TcpStream::connect(&addresses[..]).unwrap());
        let _ = stream.set_nodelay(true);
        parts.run(greeted, || {
            let name = "localhost".try_into().unwrap();
            let mut session = rustls::ClientConnection::new(Arc::clone(&config), name).unwrap();
            while session.is_handshaking() {
                session.complete_io(&mut stream).unwrap();
            }
        });
    }
}

/// What no part was told of: that each was there, in the same order in each run.
pub(crate) fn read(text: &str) -> Vec<(String, Gauge)> {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let part = |part: &Value| {
        let figure = |index: usize| part[1][index].as_f64().unwrap_or_default();
        let gauge = Gauge {
            at: figure(0),
            processor: figure(1),
            faults: figure(2),
            read: figure(3),
            peak: figure(4),
            anonymous: figure(5),
            threads: figure(6),
        };
        (part[0].as_str().unwrap_or_default().to_owned(), gauge)
    };
    let parts: Vec<_> = value.as_array().into_iter().flatten().map(part).collect();
    let names: BTreeSet<_> = parts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), parts.len(), "each part has a name of its own");
    parts
}

/// The parts' medians over processes, in the order of the first.
pub(crate) fn medians(runs: &[Vec<(String, Gauge)>]) -> Vec<(String, Gauge)> {
    let mut of_part: BTreeMap<&str, Vec<Gauge>> = BTreeMap::new();
    for (name, gauge) in runs.iter().flatten() {
        of_part.entry(name).or_default().push(*gauge);
    }
    let names = runs.first().into_iter().flatten().map(|(name, _)| name);
    names.map(|name| (name.clone(), median_of(&of_part[name.as_str()]))).collect()
}

/// Each figure's own median.
pub(crate) fn median_of(gauges: &[Gauge]) -> Gauge {
    let figure = |figure: fn(&Gauge) -> f64| median(gauges.iter().map(figure).collect());
    Gauge {
        at: figure(|it| it.at),
        processor: figure(|it| it.processor),
        faults: figure(|it| it.faults),
        read: figure(|it| it.read),
        peak: figure(|it| it.peak),
        anonymous: figure(|it| it.anonymous),
        threads: figure(|it| it.threads),
    }
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_of_a_part_is_its_own_median_and_the_parts_stay_in_order() {
        let part = |name: &str, at, faults| (name.to_owned(), Gauge { at, faults, ..Gauge::default() });
        let runs = [(1.0, 9.0), (2.0, 7.0), (90.0, 8.0)]
            .map(|(at, faults)| vec![part("b", at, faults), part("a", at + 1.0, faults)]);
        let medians: Vec<_> = medians(&runs).into_iter().map(|(name, it)| (name, it.at, it.faults)).collect();
        assert_eq!(medians, [("b".to_owned(), 2.0, 8.0), ("a".to_owned(), 3.0, 8.0)]);
        assert_eq!((median(vec![4.0, 1.0]), median(vec![3.0, 1.0, 2.0])), (2.5, 2.0));
    }

    #[test]
    fn what_a_process_prints_is_what_is_read() {
        let gauge = Gauge {
            at: 1.0,
            processor: 2.0,
            faults: 3.0,
            read: 4.0,
            peak: 5.0,
            anonymous: 6.0,
            threads: 7.0,
        };
        let parts = Parts { looking: Gauge::default(), parts: vec![(EXEC, gauge)] };
        let read = read(&parts.print());
        assert_eq!(format!("{:?}", read[0]), format!("{:?}", (EXEC, gauge)));
    }

    #[test]
    fn looking_is_charged_to_nobody() {
        let [earlier, later] = [10.0, 13.0].map(|at| Gauge { at, faults: at, peak: at, ..Gauge::default() });
        let looking = Gauge { at: 1.0, faults: 5.0, ..Gauge::default() };
        let used = less(&difference(&later, &earlier), &looking);
        assert_eq!((used.at, used.faults, used.peak), (2.0, 0.0, 13.0));
    }
}
