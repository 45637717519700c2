//! TLS before servers that speak none: a certificate authority of this process, and what ends TLS on a port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// The name that the certificate is for.
pub const HOST: &str = "localhost";

/// Where most systems keep the authorities that they trust.
const SYSTEM: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Who signed the servers' certificate, as the servers and the clients need it.
pub struct Authority {
    server: Arc<ServerConfig>,
    /// For a client that trusts the authority.
    pub client: Arc<ClientConfig>,
    text: String,
    /// The authority alone.
    pub alone: PathBuf,
    /// All that the system trusts, and the authority: to read it costs what it costs on AWS.
    pub with_the_systems: PathBuf,
}

impl Authority {
    /// A new authority, whose certificates are to be in the folder.
    ///
    /// # Panics
    /// When a certificate cannot be made.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "An authority for tests");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority = parameters.self_signed(&key).expect("a certificate of the authority");
        let issuer = Issuer::new(parameters, key);

        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new([HOST.to_owned()]).expect("a name");
        parameters.use_authority_key_identifier_extension = true;
        parameters.distinguished_name.push(DnType::CommonName, HOST);
        let certificate = parameters.signed_by(&key, &issuer).expect("a certificate of the servers");

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("the provider has the protocols")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .expect("the key is the certificate's");
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).expect("the authority is one");
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the protocols")
            .with_root_certificates(roots)
            .with_no_client_auth();

        Self {
            server: Arc::new(server),
            client: Arc::new(client),
            text: authority.pem(),
            alone: folder.join("authority.pem"),
            with_the_systems: folder.join("bundle.pem"),
        }
    }

    /// Writes the files. Another process that goes on needs those that it wrote.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self) -> std::io::Result<()> {
        let system = SYSTEM.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        std::fs::create_dir_all(self.alone.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(&self.alone, &self.text)?;
        std::fs::write(&self.with_the_systems, system + &self.text)
    }
}

/// A port whose connections go on, without TLS, to another.
pub struct Terminator {
    /// Where TLS is spoken.
    pub port: u16,
    to: Arc<Mutex<SocketAddr>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Terminator {
    /// Ends TLS on the port, or on a free one if that is 0.
    ///
    /// # Errors
    /// The port cannot be had.
    pub async fn start(authority: &Authority, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let mut listeners = vec![listener];
        // Whoever looks `localhost` up may try this first.
        listeners.extend(TcpListener::bind(("::1", address.port())).await);
        let to = Arc::new(Mutex::new(address));
        let accept = |listener| {
            tokio::spawn(accept(listener, TlsAcceptor::from(Arc::clone(&authority.server)), Arc::clone(&to)))
        };
        let tasks = listeners.into_iter().map(accept).collect();
        Ok(Self { port: address.port(), to, tasks })
    }

    /// Where the connections from now on go. Before it is said they go nowhere.
    ///
    /// # Panics
    /// When another thread panicked in it.
    pub fn lead_to(&self, address: SocketAddr) {
        *self.to.lock().expect("nobody panics with it") = address;
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, to: Arc<Mutex<SocketAddr>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (acceptor, to) = (acceptor.clone(), *to.lock().expect("nobody panics with it"));
        // An error is a client that went away.
        connections.spawn(async move { forward(stream, acceptor, to).await.unwrap_or_default() });
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(stream: TcpStream, acceptor: TlsAcceptor, to: SocketAddr) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut server = TcpStream::connect(to).await?;
    server.set_nodelay(true)?;
    let mut client = acceptor.accept(stream).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
