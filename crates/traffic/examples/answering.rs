//! A server that costs next to nothing, for `cargo xtask bench --load`: whatever is asked, the answer lies ready.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

const CATEGORIES: &[u8] = br#"{"items":[{"category":"books","products":1}]}"#;
const PRODUCTS: &[u8] = br#"{"items":[{"id":"p-001","name":"Illustrated Atlas","description":"An atlas.","category":"books","price":{"amount":1999,"currency":"EUR"},"available":5}]}"#;

fn main() -> anyhow::Result<()> {
    // One thread: the client is measured, and needs the other core.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    #[expect(clippy::print_stdout, reason = "whoever starts it reads where it listens")]
    {
        println!("http://{}", listener.local_addr()?);
    }
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.uri().path().ends_with("/products") { PRODUCTS } else { CATEGORIES };
    let mut response = Response::new(Full::from(Bytes::from_static(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}
