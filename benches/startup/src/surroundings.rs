//! What stands around the function: the Runtime API, Connect and S3, as little of each as an event needs.
//!
//! Plain threads and blocking sockets, in the measuring process: what is measured is the other one. Connect and S3 are behind
//! TLS, with certificates of a CA that is made for the run and added to a bundle of the system's roots.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::gauge::clock;

pub(crate) const INSTANCE: &str =
    "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
pub(crate) const PROFILE: &str = "99999999-2222-3333-4444-555555555555";
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/s/99999999-2222-3333-4444-555555555555";

/// What reached one of the three, and when, in milliseconds since the epoch.
pub(crate) type Arrival = (f64, &'static str);

/// Connect and S3, for the life of the process, and what makes a Runtime API for each function.
pub(crate) struct Surroundings {
    pub(crate) connect: String,
    pub(crate) bucket: String,
    /// The system's roots and the one that signed for Connect and S3.
    pub(crate) bundle: PathBuf,
    sender: Sender<Arrival>,
    arrivals: Receiver<Arrival>,
}

/// The Runtime API of one function. It hands out an event each time it is told to.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) go: Sender<()>,
}

struct Request {
    method: String,
}

type Answer = (u16, Vec<(&'static str, String)>, String);

impl Surroundings {
    /// `system` is the bundle of the system's roots.
    pub(crate) fn start(system: &Path, folder: &Path) -> Self {
        let tls = tls(system, &folder.join("bundle.pem"));
        let (sender, arrivals) = channel();
        let connect = listen(Some(Arc::clone(&tls)), sender.clone(), "connect", connect);
        let bucket = listen(Some(tls), sender.clone(), "answer", |_| (200, Vec::new(), String::new()));
        Self {
            connect: format!("https://localhost:{}", connect.port()),
            bucket: format!("https://localhost:{}", bucket.port()),
            bundle: folder.join("bundle.pem"),
            sender,
            arrivals,
        }
    }

    /// For the next function; what came for the one before is forgotten.
    pub(crate) fn runtime_api(&self) -> RuntimeApi {
        self.arrivals.try_iter().for_each(drop);
        let (go, gone) = channel();
        let (gone, bucket) = (Arc::new(Mutex::new(gone)), self.bucket.clone());
        let answer = move |request: &Request| runtime_api(request, &gone, &bucket);
        RuntimeApi { address: listen(None, self.sender.clone(), "poll", answer), go }
    }

    /// Lambda's environment, and no other.
    pub(crate) fn environment(&self, runtime_api: &RuntimeApi) -> BTreeMap<&'static str, String> {
        let mut variables: BTreeMap<&str, String> = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_NAME", "function"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_SECRET_ACCESS_KEY", "example"),
            ("AWS_SESSION_TOKEN", "example"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        variables.insert("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string());
        variables.insert("AWS_ENDPOINT_URL_CONNECT", self.connect.clone());
        variables.insert("RESPONSE_URL_ALLOWED_ORIGINS", self.bucket.clone());
        variables.insert("SSL_CERT_FILE", self.bundle.display().to_string());
        variables
    }

    /// Waits for the first arrival of this name; those of others are passed over.
    pub(crate) fn wait(&self, name: &str) -> f64 {
        loop {
            let (at, what) = self
                .arrivals
                .recv_timeout(std::time::Duration::from_secs(20))
                .unwrap_or_else(|_| panic!("nothing came that is `{name}`: does the function log why?"));
            if what == name {
                return at;
            }
        }
    }
}

/// A Create of a profile with three permissions.
pub(crate) fn event(bucket: &str) -> String {
    let expires = clock() / 1000.0 + 7200.0;
    let url = format!(
        "{bucket}/cloudformation-custom-resource-response-useast1/key?AWSAccessKeyId=key&Expires={expires:.0}&Signature=0"
    );
    json!({
        "RequestType": "Create", "RequestId": "request", "ResponseURL": url, "StackId": STACK,
        "LogicalResourceId": "Agents", "ResourceType": "Custom::ConnectSecurityProfile",
        "ResourceProperties": {
            "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:function",
            "InstanceArn": INSTANCE, "SecurityProfileName": "Agents", "Description": "For agents",
            "Permissions": ["BasicAgentAccess", "OutboundCallAccess", "ContactSearch.View"],
            "Tags": [{"Key": "team", "Value": "care"}],
        },
    })
    .to_string()
}

fn connect(request: &Request) -> Answer {
    let arn = format!("{INSTANCE}/security-profile/{PROFILE}");
    let body = match request.method.as_str() {
        "GET" => json!({"SecurityProfile": {
            "Id": PROFILE, "Arn": arn, "SecurityProfileName": "Agents", "OrganizationResourceId": "organization",
            "Description": "For agents", "LastModifiedTime": 1_767_225_600, "LastModifiedRegion": "us-east-1",
            "Tags": {"team": "care"},
        }}),
        _ => json!({"SecurityProfileId": PROFILE, "SecurityProfileArn": arn}),
    };
    (200, vec![("content-type", "application/json".to_owned())], body.to_string())
}

fn runtime_api(request: &Request, gone: &Mutex<Receiver<()>>, bucket: &str) -> Answer {
    if request.method == "POST" {
        return (202, Vec::new(), Value::Null.to_string());
    }
    // An error is the end of the run, and of the function that waits.
    let _ = gone.lock().unwrap().recv();
    let deadline = clock() + 60_000.0;
    let headers = vec![
        ("lambda-runtime-aws-request-id", "request".to_owned()),
        ("lambda-runtime-deadline-ms", format!("{deadline:.0}")),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:function".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (200, headers, event(bucket))
}

/// A CA, a certificate for this machine, and the bundle that trusts it.
fn tls(system: &Path, bundle: &Path) -> Arc<ServerConfig> {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &rcgen::Issuer::from_params(&ca, &ca_key))
        .unwrap();
    let roots = fs::read_to_string(system).expect("the system has a bundle of roots");
    fs::write(bundle, format!("{roots}\n{}", ca_certificate.pem())).unwrap();

    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Every run begins where no other left off.
    config.send_tls13_tickets = 0;
    Arc::new(config)
}

fn listen(
    tls: Option<Arc<ServerConfig>>,
    arrivals: Sender<Arrival>,
    name: &'static str,
    answer: impl Fn(&Request) -> Answer + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (tls, arrivals, answer) = (tls.clone(), arrivals.clone(), answer.clone());
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                match tls {
                    None => serve(stream, &arrivals, name, answer),
                    Some(tls) => {
                        let session = ServerConnection::new(tls).unwrap();
                        serve(StreamOwned::new(session, stream), &arrivals, name, answer);
                    }
                }
            });
        }
    });
    address
}

/// Answers the requests of one connection until it breaks, as it does when its process is ended.
fn serve(
    stream: impl Read + Write,
    arrivals: &Sender<Arrival>,
    name: &'static str,
    answer: impl Fn(&Request) -> Answer,
) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream) {
        let name = if request.method == "POST" && name == "poll" { "posted" } else { name };
        if arrivals.send((clock(), name)).is_err() {
            return;
        }
        let (status, headers, body) = answer(&request);
        let mut text = format!("HTTP/1.1 {status} OK\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&body);
        let written = stream.get_mut().write_all(text.as_bytes()).and_then(|()| stream.get_mut().flush());
        if written.is_err() {
            return;
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let request = Request { method: line.split_whitespace().next()?.to_owned() };
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok().filter(|length| *length > 0)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(request)
}
