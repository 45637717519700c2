//! An emulator on a port: HTTP/1.1, the API and the control paths.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::{Emulator, Lost, control};

/// An emulator that is being served. Stops, with all its connections, when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// The address that is served.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as an endpoint URL for an SDK.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the task is stopped from outside.
    pub async fn finished(mut self) {
        // It only ends by being aborted, and then there is nothing to report.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves an emulator on a listener, with the control paths under `/_emulator/`, which are not signed: bind it
/// to the loopback interface.
///
/// A lost answer closes its connection.
///
/// # Panics
///
/// If the listener has no address.
pub async fn serve(emulator: Emulator, listener: TcpListener) -> Server {
    let address = listener.local_addr().expect("a bound listener has an address");
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(connection(emulator.clone(), stream));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Server { address, task }
}

async fn connection(emulator: Emulator, stream: TcpStream) {
    let service = service_fn(|request| answer(&emulator, request));
    // An error is a client that went away or an answer that was lost on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(emulator: &Emulator, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
    let request = Request::from_parts(parts, body);
    let response = match control::answer(emulator, &request) {
        Some(response) => response,
        None => emulator.handle(request).await?,
    };
    Ok(response.map(Full::new))
}
