//! A client that does nothing but make given calls and put an answer: what is left of an event's time without the function.
//! Its requests are signed, and its connections made, before the time begins.

use std::time::{Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use connect_emulator::Call;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use lambda_harness::Answer;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::measure::milliseconds;
use crate::statistics::quantile;
use crate::world::World;
use lambda_harness::{Authority, HOST};

const TIMES: usize = 200;

/// The median of the times for all calls and the answer, in milliseconds.
pub(crate) async fn time(world: &World, authority: &Authority, calls: &[Call], answer: &Answer) -> f64 {
    let mut connect = open(authority, &world.endpoint).await;
    let mut bucket = open(authority, &world.bucket.origin()).await;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let requests: Vec<_> = calls.iter().map(|call| signed(&world.endpoint, call)).collect();
        let put = put(answer);
        let begun = Instant::now();
        for request in requests {
            send(&mut connect, request).await;
        }
        send(&mut bucket, put).await;
        times.push(milliseconds(begun.elapsed()));
    }
    quantile(&times, 0.5).expect("there are times")
}

async fn send(connection: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) {
    connection.ready().await.expect("the connection stays open");
    let response = connection.send_request(request).await.expect("the server answers");
    let status = response.status();
    let body = response.into_body().collect().await.expect("the answer can be read").to_bytes();
    assert!(status.is_success(), "{status}: {body:?}");
}

async fn open(authority: &Authority, origin: &str) -> SendRequest<Full<Bytes>> {
    let (scheme, address) = origin.split_once("://").expect("an origin has a scheme");
    let port = address.split_once(':').map_or(443, |(_, port)| port.parse().expect("a port"));
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket has the option");
    if scheme == "http" {
        return speak(stream).await;
    }
    let name = ServerName::try_from(HOST).expect("a name");
    let connector = TlsConnector::from(std::sync::Arc::clone(&authority.client));
    speak(connector.connect(name, stream).await.expect("the server's certificate is good")).await
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> SendRequest<Full<Bytes>> {
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("the server speaks HTTP");
    tokio::spawn(connection);
    sender
}

fn signed(endpoint: &str, call: &Call) -> Request<Full<Bytes>> {
    let host = endpoint.split_once("://").expect("an endpoint has a scheme").1;
    let url = format!("{endpoint}{}", call.uri);
    let body =
        if call.request_body == Value::Null { Vec::new() } else { call.request_body.to_string().into() };
    let mut request = Request::builder().method(call.method.as_str()).uri(&url).header("host", host);
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let mut request = request.body(Full::new(Bytes::from(body.clone()))).expect("the call was a request");
    let identity = Credentials::new("test", "test", None, None, "bare").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("connect")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("every parameter is given")
        .into();
    let headers = [("host", host)].into_iter();
    let signable = SignableRequest::new(&call.method, &url, headers, SignableBody::Bytes(&body))
        .expect("the call can be signed");
    let (instructions, _) = sign(signable, &parameters).expect("the call can be signed").into_parts();
    instructions.apply_to_request_http1x(&mut request);
    *request.uri_mut() = call.uri.parse().expect("the path of the call");
    request
}

fn put(answer: &Answer) -> Request<Full<Bytes>> {
    Request::put(&answer.target)
        .header("host", HOST)
        .header("content-type", "")
        .body(Full::new(answer.body.clone()))
        .expect("the answer was a request")
}
