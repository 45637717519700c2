//! What stands around a function: the same for each rival, and new for each of its runs.

use std::str::FromStr;

use connect_emulator::{Configuration, Emulator, Server, serve};
use lambda_harness::{Bucket, RuntimeApi};
use tokio::net::TcpListener;

use lambda_harness::{Authority, HOST, Terminator};

/// How Connect is spoken to. The response bucket is always behind TLS: the peers know nothing else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Transport {
    /// As on AWS.
    Tls,
    /// What is then left is the functions' own.
    Plain,
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "tls" => Ok(Self::Tls),
            "http" => Ok(Self::Plain),
            _ => Err(format!("`{text}` is not `tls` or `http`")),
        }
    }
}

/// What ends TLS before the servers of each world, and who signed its certificate.
pub(crate) struct Entrance {
    pub(crate) authority: Authority,
    bucket: Terminator,
    connect: Terminator,
}

impl Entrance {
    /// # Panics
    /// Where port 443 cannot be had: the CDK's handler reads no port from the response URL.
    pub(crate) async fn open(authority: Authority) -> Self {
        let bucket = Terminator::start(&authority, 443).await.unwrap_or_else(|error| {
            panic!(
                "port 443 of the loopback interface is needed, as the CDK's handler answers to no other: {error}; end \
                 what has it, such as another run; and be root, or allow the port with \
                 `sysctl net.ipv4.ip_unprivileged_port_start=443`"
            )
        });
        let connect = Terminator::start(&authority, 0).await.expect("a loopback port is free");
        // Only now is it known that no other run goes on.
        authority.write().expect("the authority can be written");
        Self { authority, bucket, connect }
    }
}

pub(crate) struct World {
    pub(crate) connect: Emulator,
    pub(crate) bucket: Bucket,
    pub(crate) runtime_api: RuntimeApi,
    /// Where Connect is.
    pub(crate) endpoint: String,
    _server: Server,
}

impl World {
    pub(crate) async fn start(entrance: &Entrance, transport: Transport) -> Self {
        let connect = Emulator::new(Configuration::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let server = serve(connect.clone(), listener).await;
        entrance.connect.lead_to(server.address());
        let endpoint = match transport {
            Transport::Plain => format!("http://{HOST}:{}", server.address().port()),
            Transport::Tls => format!("https://{HOST}:{}", entrance.connect.port),
        };
        let bucket = Bucket::start().await;
        entrance.bucket.lead_to(bucket.origin().trim_start_matches("http://").parse().expect("its address"));
        Self {
            connect,
            bucket: bucket.behind(&format!("https://{HOST}")),
            runtime_api: RuntimeApi::start().await,
            endpoint,
            _server: server,
        }
    }
}
