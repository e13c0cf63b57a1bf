//! Takes connections: one request each, bounded in number, size and time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::site::Site;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once; beyond that the oldest is ended, which is a slow one, as each has one request.
    pub connections: usize,
    /// Octets of a request up to its body.
    pub head_bytes: usize,
    /// The longest wait for these.
    pub head: Duration,
    /// The longest life of a connection.
    pub whole: Duration,
    /// How long what is in flight may take at the end.
    pub last: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 16 << 10,
            head: Duration::from_secs(10),
            whole: Duration::from_secs(30),
            last: Duration::from_secs(5),
        }
    }
}

/// Serves the pages.
pub struct PageServer {
    listener: TcpListener,
    pages: Pages,
    bounds: Bounds,
}

/// The pages, and what their addresses begin with.
#[derive(Clone)]
struct Pages {
    router: Router,
    prefix: String,
}

impl PageServer {
    /// Listens at `address`.
    pub async fn bind(address: SocketAddr, site: &Site, bounds: Bounds) -> std::io::Result<Self> {
        let pages = Pages { router: site.router(), prefix: site.prefix().to_owned() };
        Ok(Self { listener: TcpListener::bind(address).await?, pages, bounds })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stopping` says so; what is in flight then is finished.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut open = Open::default();
        while !*stopping.borrow() {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = open.tasks.join_next(), if !open.tasks.is_empty() => continue,
                changed = stopping.changed() => if changed.is_ok() { continue } else { break },
            };
            match accepted {
                Ok((stream, _)) => {
                    open.make_room(self.bounds.connections);
                    open.admit(serve(stream, self.pages.clone(), self.bounds));
                }
                Err(error) => {
                    tracing::warn!(%error, "the pages cannot take a connection; trying again");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        // Whoever takes longer is cut off when the tasks are dropped.
        let _ = tokio::time::timeout(self.bounds.last, async { while open.tasks.join_next().await.is_some() {} }).await;
    }
}

/// The open connections.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    /// The oldest first.
    ages: VecDeque<AbortHandle>,
}

impl Open {
    fn admit(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        self.ages.push_back(self.tasks.spawn(connection));
    }

    /// Ends the oldest where there are as many as there may be.
    fn make_room(&mut self, most: usize) {
        self.ages.retain(|connection| !connection.is_finished());
        while self.ages.len() >= most.max(1) {
            if let Some(oldest) = self.ages.pop_front() {
                oldest.abort();
            }
        }
    }
}

/// Answers the one request of a connection.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, pages: Pages, bounds: Bounds) {
    let service = service_fn(move |request: Request<Incoming>| {
        TowerToHyperService::new(pages.router.clone()).call(without_prefix(request, &pages.prefix))
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(bounds.head_bytes)
        // A kept connection would be one that a proxy may write to as we close it.
        .keep_alive(false);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // Clients go away in the middle, or send what is no HTTP: they were told, and it is none of our trouble.
    let _ = tokio::time::timeout(bounds.whole, connection).await;
}

/// The request as it is where the pages stand at the root: a proxy may leave the prefix or take it off.
fn without_prefix(mut request: Request<Incoming>, prefix: &str) -> Request<Incoming> {
    let path = request.uri().path();
    let rest = path.strip_prefix(prefix).filter(|rest| !prefix.is_empty() && rest.starts_with('/'));
    if let Some(inner) = rest.and_then(|rest| rest.parse::<Uri>().ok()) {
        // The authority, where one stands there, is what the host is judged by.
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = inner.into_parts().path_and_query;
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
