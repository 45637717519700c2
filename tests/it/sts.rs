//! STS as far as it assumes roles: hands out one pair of keys, or refuses as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

type Answer = Arc<Mutex<(u16, String)>>;

pub(crate) struct Sts {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Answer,
}

impl Sts {
    pub(crate) async fn start(answer: (u16, String)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(answer));
        let (log, told) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, told) = (Arc::clone(&log), Arc::clone(&told));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (log, (status, body)) = (Arc::clone(&log), told.lock().unwrap().clone());
                    async move {
                        let signature = request.headers()["authorization"].to_str().unwrap().to_owned();
                        let asked = request.into_body().collect().await?.to_bytes();
                        log.lock().unwrap().push(format!("{signature}\n{}", String::from_utf8_lossy(&asked)));
                        let response = Response::builder().status(status).header("content-type", "text/xml");
                        Ok::<_, hyper::Error>(response.body(Full::new(Bytes::from(body))).unwrap())
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Self { endpoint, asked, answer }
    }

    /// One that never answers.
    pub(crate) fn silent(listener: &TcpListener) -> Self {
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        Self { endpoint, asked: Arc::default(), answer: Answer::default() }
    }

    pub(crate) async fn willing() -> Self {
        Self::start((200, credentials("of-the-role", "CANARY-SESSION"))).await
    }

    /// What it answers from now on.
    pub(crate) fn answers(&self, status: u16, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The answer that hands out keys.
pub(crate) fn credentials(secret_key: &str, token: &str) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::111111111111:assumed-role/r/s</Arn>\
         </AssumedRoleUser><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    )
}

/// An error of STS, with a code and a message that are XML already.
pub(crate) fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
}
