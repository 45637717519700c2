//! How the whole process connects: trusted roots that are read once, when the first connection needs them, and one connector
//! for the answers and for whatever a provider calls. Knows nothing of requests.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

/// Makes connections for a `hyper` client, over TLS where the URL says `https`. Clones share the roots, which are read when
/// the first of them is needed, and the sessions that servers let be resumed.
///
/// HTTP/1.1 alone is offered, and no proxy is used. A connection, with its handshake, that is not there after three seconds is
/// an error of the kind [`io::ErrorKind::TimedOut`].
#[derive(Clone, Default)]
pub struct Https {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    bundle: Option<PathBuf>,
    config: OnceLock<Arc<ClientConfig>>,
}

/// TLS cannot be used, most often because the system has no trusted root certificates.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be used: {0}")]
pub struct ClientError(String);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

impl Https {
    /// With the roots of this file of PEM certificates. Where it holds none, and by default, they are those of the system:
    /// `SSL_CERT_FILE`, `SSL_CERT_DIR`, or every file in the usual places, which takes longer than one file.
    #[must_use]
    pub fn with_bundle(bundle: PathBuf) -> Self {
        Self { shared: Arc::new(Shared { bundle: Some(bundle), ..Shared::default() }) }
    }

    /// Reads the roots, unless they have been.
    ///
    /// # Errors
    /// There are none.
    pub fn prepare(&self) -> Result<(), ClientError> {
        self.config().map(drop)
    }

    fn config(&self) -> Result<Arc<ClientConfig>, ClientError> {
        if let Some(config) = self.shared.config.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| ClientError(error.to_string()))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        Ok(Arc::clone(self.shared.config.get_or_init(|| Arc::new(config))))
    }

    fn roots(&self) -> Result<RootCertStore, ClientError> {
        let mut roots = RootCertStore::empty();
        if let Some(bundle) = &self.shared.bundle {
            roots.add_parsable_certificates(load_certs_from_paths(Some(bundle), None).certs);
        }
        if roots.is_empty() {
            let found = load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                let problems: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
                let problems =
                    if problems.is_empty() { String::new() } else { format!(": {}", problems.join("; ")) };
                return Err(ClientError(format!("no trusted root certificate was found{problems}")));
            }
        }
        Ok(roots)
    }

    async fn connect(self, uri: Uri) -> Result<Stream, BoxError> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        if uri.scheme() == Some(&Scheme::HTTPS) {
            HttpsConnector::from((tcp, self.config()?)).call(uri).await
        } else {
            Ok(MaybeHttpsStream::Http(tcp.call(uri).await?))
        }
    }
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type BoxError = Box<dyn Error + Send + Sync>;

impl Service<Uri> for Https {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = timeout(CONNECT_TIMEOUT, self.clone().connect(uri));
        Box::pin(async move {
            connecting.await.unwrap_or_else(|_| {
                let problem = format!("no connection within {CONNECT_TIMEOUT:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, problem).into())
            })
        })
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Https").field("bundle", &self.shared.bundle).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    /// As `openssl req -x509 -newkey ed25519 -nodes -subj /CN=test -days 36500` made it.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBNDCB56ADAgECAhRW/JjD5eY5MgJf5ZoFfl4bZP3NzTAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAgFw0yNjExMjExOTUzMTBaGA8yMTI2MTAyODE5NTMxMFowDzEN
MAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhACDemfPZWwZw/TBaou6ryROwi4RtDKpr
XJUK5NWSUeEFo1MwUTAdBgNVHQ4EFgQUbqmynSfpztLUMgplvlUNVyayDDQwHwYD
VR0jBBgwFoAUbqmynSfpztLUMgplvlUNVyayDDQwDwYDVR0TAQH/BAUwAwEB/zAF
BgMrZXADQQCurw5XTMPU6ywLxae+IJ/LLzbWqZnlBFN3VyCPq3Tx9fn7riyjDj5G
x+6X4JtzGRAzWRf1foH0yDH1V2h52H4F
-----END CERTIFICATE-----
";

    #[test]
    fn the_roots_are_those_of_the_bundle_and_are_read_once() {
        let path = bundle("one-root", CERTIFICATE);
        let https = Https::with_bundle(path.clone());
        assert_eq!(https.roots().unwrap().len(), 1);
        let first = https.config().unwrap();
        std::fs::remove_file(path).unwrap();
        assert!(Arc::ptr_eq(&first, &https.clone().config().unwrap()), "by clones, too");
    }

    #[test]
    fn a_bundle_without_a_certificate_is_as_good_as_none() {
        let system = Https::default().roots().map(|roots| roots.len());
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let path = bundle("no-root", text);
            let found = Https::with_bundle(path.clone()).roots().map(|roots| roots.len());
            std::fs::remove_file(path).unwrap();
            assert_eq!(found.ok(), system.as_ref().ok().copied(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_connection_without_tls_needs_no_roots() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut https = Https::default();
        let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        assert!(matches!(https.call(uri).await, Ok(MaybeHttpsStream::Http(_))));
        assert!(https.shared.config.get().is_none(), "nothing was read");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_stalls_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let path = bundle("stalled", CERTIFICATE);
        let mut https = Https::with_bundle(path.clone());
        let uri = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let error = https.call(uri).await.unwrap_err();
        std::fs::remove_file(path).unwrap();
        assert_eq!(error.to_string(), "no connection within 3s");
    }
}
