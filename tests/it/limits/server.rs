//! An HTTP server that sends bytes as it is told, whether or not they are a response.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::world::{INSTANCE, PROFILE_ID};

/// Bytes to send, and what is sent after them until the client goes away.
#[derive(Clone)]
pub(crate) struct Response {
    bytes: Arc<Vec<u8>>,
    then: Option<(Arc<Vec<u8>>, Duration)>,
}

impl Response {
    fn written(text: String) -> Self {
        Self { bytes: Arc::new(text.into_bytes()), then: None }
    }

    pub(crate) fn json(body: &str) -> Self {
        Self::error(200, body)
    }

    pub(crate) fn error(status: u16, body: &str) -> Self {
        Self::written(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    pub(crate) fn of_length(length: usize) -> Self {
        Self::written(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n "))
    }

    pub(crate) fn in_chunks() -> Self {
        Self::written("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned())
    }

    pub(crate) fn until_closed() -> Self {
        Self::written("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned())
    }

    pub(crate) fn refusal() -> Self {
        Self::written("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n".to_owned())
    }

    pub(crate) fn with_header(value: &str) -> Self {
        Self::written(format!("HTTP/1.1 200 OK\r\nx: {value}\r\ncontent-length: 2\r\n\r\n{{}}"))
    }

    pub(crate) fn with_headers(count: usize) -> Self {
        Self::written(format!("HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}", "x: y\r\n".repeat(count)))
    }

    pub(crate) fn cut_head() -> Self {
        Self::written("HTTP/1.1 200 OK\r\n".to_owned())
    }

    pub(crate) fn compressed(body: Vec<u8>) -> Self {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
        Self { bytes: Arc::new([head.into_bytes(), body].concat()), then: None }
    }

    pub(crate) fn then_forever(self, bytes: Vec<u8>) -> Self {
        self.then_slowly(bytes, Duration::ZERO)
    }

    pub(crate) fn then_slowly(self, bytes: Vec<u8>, pause: Duration) -> Self {
        Self { then: Some((Arc::new(bytes), pause)), ..self }
    }
}

/// One chunk of a body that is sent in chunks.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

pub(crate) struct HostileServer {
    origin: String,
    requests: Arc<Mutex<BTreeMap<String, usize>>>,
    describes: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

impl HostileServer {
    /// Sends what `respond` gives for a path that was asked for so many times before.
    pub(crate) async fn start(respond: impl Fn(&str, usize) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (requests, describes) = (Arc::<Mutex<BTreeMap<_, _>>>::default(), Arc::<AtomicBool>::default());
        let (counted, truthful, respond) = (Arc::clone(&requests), Arc::clone(&describes), Arc::new(respond));
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (counted, truthful, respond) =
                    (Arc::clone(&counted), Arc::clone(&truthful), Arc::clone(&respond));
                tokio::spawn(async move {
                    // An error is a client that has had enough.
                    let _ = serve(stream, |path| {
                        let mut counted = counted.lock().unwrap();
                        let times: &mut usize = counted.entry(path.to_owned()).or_default();
                        *times += 1;
                        let is_describe = path.starts_with("/security-profiles/");
                        if truthful.load(Ordering::Relaxed) && is_describe {
                            profile()
                        } else {
                            respond(path, *times - 1)
                        }
                    })
                    .await;
                });
            }
        });
        Self { origin, requests, describes, accepting }
    }

    pub(crate) fn origin(&self) -> String {
        self.origin.clone()
    }

    /// How often each path was asked for.
    pub(crate) fn requests(&self) -> BTreeMap<String, usize> {
        self.requests.lock().unwrap().clone()
    }

    /// From now on tells of the profile what is true.
    pub(crate) fn describes(&self) {
        self.describes.store(true, Ordering::Relaxed);
    }
}

impl Drop for HostileServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn profile() -> Response {
    let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    let profile = json!({"SecurityProfile": {"Id": PROFILE_ID, "Arn": arn, "SecurityProfileName": "Agents"}});
    Response::json(&profile.to_string())
}

async fn serve(mut stream: TcpStream, respond: impl Fn(&str) -> Response) -> std::io::Result<()> {
    let mut received = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(&received[..head]).to_lowercase();
        let length =
            text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let end = head + length.unwrap_or(0);
        while received.len() < end {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        let target = text.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        received.drain(..end);
        let Response { bytes, then } = respond(&path);
        stream.write_all(&bytes).await?;
        if let Some((bytes, pause)) = then {
            loop {
                stream.write_all(&bytes).await?;
                tokio::time::sleep(pause).await;
            }
        }
    }
}
