//! Requests to providers: one connection each, encrypted, to public addresses, within a time and up to a size.
//!
//! An admin types the address of a provider, and the provider names the others. So none of them may lead into the network
//! that the server stands in: the address that a name stands for is looked at before it is connected to, and nothing
//! that leads elsewhere is followed. Where the server itself is on this machine or in a private network, so may its
//! providers be.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HOST, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::peer::{Answering, Ask};
use crate::trouble::Trouble;

/// How long one request may take, from its first step to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one address may take to be connected to.
const CONNECTING: Duration = Duration::from_secs(4);
/// The longest answer.
const MOST_BYTES: usize = 256 * 1024;

/// The network, as far as providers may be in it.
pub struct Network {
    near: bool,
    patience: Duration,
    tls: TlsConnector,
}

impl Network {
    /// For a server with this public URL.
    pub fn around(public_url: &str) -> Self {
        let host = public_url.parse().ok().and_then(|uri| host_of(&uri));
        let near = host.is_some_and(|host| match host.parse::<IpAddr>() {
            Ok(address) => !is_public(address),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        });
        Self::reaching(near)
    }

    /// For addresses that anybody names, wherever the server itself is.
    pub fn public() -> Self {
        Self::reaching(false)
    }

    /// For a command of the operator, who may ask whatever this machine can reach.
    pub fn anywhere() -> Self {
        Self::reaching(true)
    }

    fn reaching(near: bool) -> Self {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            near,
            patience: PATIENCE,
            tls: TlsConnector::from(Arc::new(config)),
        }
    }

    async fn talk(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Trouble> {
        let host = host_of(request.uri()).ok_or_else(|| unreachable("its address names no host"))?;
        let is_encrypted = request.uri().scheme() == Some(&Scheme::HTTPS);
        let usual = if is_encrypted { 443 } else { 80 };
        let port = request.uri().port_u16().unwrap_or(usual);
        let stream = self.connect(&host, port, is_encrypted).await?;
        if is_encrypted {
            let name = ServerName::try_from(host).map_err(|_| unreachable("its host has no name"))?;
            let stream = self.tls.connect(name, stream).await.map_err(failed)?;
            exchange(stream, request).await
        } else {
            exchange(stream, request).await
        }
    }

    async fn connect(&self, host: &str, port: u16, is_encrypted: bool) -> Result<TcpStream, Trouble> {
        let found = lookup_host((host, port)).await.map_err(failed)?;
        let addresses: Vec<SocketAddr> = found
            .filter(|address| self.may_reach(address.ip(), is_encrypted))
            .collect();
        let mut trouble = unreachable(
            "its address is not public, or not encrypted; others are reached by https in the public network alone",
        );
        for address in addresses {
            match timeout(CONNECTING, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => trouble = failed(error),
                Err(_) => trouble = unreachable("it did not answer in time"),
            }
        }
        Err(trouble)
    }

    fn may_reach(&self, address: IpAddr, is_encrypted: bool) -> bool {
        let is_here = address.to_canonical().is_loopback();
        (self.near || is_public(address)) && (is_encrypted || is_here)
    }
}

impl Ask for Network {
    fn ask(&self, request: Request<Vec<u8>>) -> Answering<'_> {
        Box::pin(async move {
            timeout(self.patience, self.talk(request))
                .await
                .unwrap_or_else(|_| Err(unreachable("it did not answer in time")))
        })
    }
}

async fn exchange<S>(stream: S, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Trouble>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // It ends with its sender. What went wrong in between, the sender is told.
    let connection = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(written(request)?).await.map_err(failed)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MOST_BYTES)
            .collect()
            .await
            .map_err(|error| Trouble::Unreachable(error.to_string()))?;
        Ok(Response::from_parts(head, body.to_bytes().to_vec()))
    }
    .await;
    connection.abort();
    answer
}

/// The request as it stands on the line: the path alone in its first line, the host in its head.
fn written(request: Request<Vec<u8>>) -> Result<Request<Full<Bytes>>, Trouble> {
    let (mut head, body) = request.into_parts();
    let host = head
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned());
    let host = host.and_then(|host| HeaderValue::try_from(host).ok());
    head.headers.insert(
        HOST,
        host.ok_or_else(|| unreachable("its address names no host"))?,
    );
    head.headers
        .insert(USER_AGENT, HeaderValue::from_static("Tokenwright"));
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path
        .parse::<Uri>()
        .map_err(|_| unreachable("its address cannot be read"))?;
    Ok(Request::from_parts(head, Full::new(Bytes::from(body))))
}

/// The host, without the brackets of an IPv6 address; none with a user in front of it.
fn host_of(uri: &Uri) -> Option<String> {
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))?;
    let host = authority.host();
    Some(host.trim_matches(['[', ']']).to_ascii_lowercase())
}

fn unreachable(why: &str) -> Trouble {
    Trouble::Unreachable(why.into())
}

fn failed(error: impl std::fmt::Display) -> Trouble {
    Trouble::Unreachable(error.to_string())
}

/// Whether everybody reaches the same machine by it.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(address) => {
            // What is handed out to everybody begins with 2 or 3. In it are tunnels, which lead to IPv4 addresses, and
            // what stands in documents.
            let [a, b, ..] = address.segments();
            (0x2000..0x4000).contains(&a) && a != 0x2002 && !(a == 0x2001 && (b == 0 || b == 0xdb8))
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn only_what_everybody_reaches_is_public() {
        for text in ["8.8.8.8", "2a00:1450:4001::1", "172.32.0.1", "::ffff:8.8.8.8"] {
            assert!(is_public(text.parse().expect(text)), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_public(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn a_public_server_reaches_public_providers_by_https_alone() {
        let (here, public) = (
            "127.0.0.1".parse().expect("an address"),
            "8.8.8.8".parse().expect("an address"),
        );
        let network = Network::around("https://tokens.example.org");
        assert!(network.may_reach(public, true) && !network.may_reach(public, false));
        assert!(!network.may_reach(here, true) && !network.may_reach(here, false));
        let network = Network::public();
        assert!(
            network.may_reach(public, true)
                && !network.may_reach(here, true)
                && !network.may_reach(public, false)
        );
        for url in [
            "http://127.0.0.1:3000",
            "http://localhost:3000",
            "http://[::1]:3000",
            "https://10.0.0.7",
        ] {
            let network = Network::around(url);
            assert!(network.may_reach(here, false), "{url}");
            assert!(
                !network.may_reach(public, false),
                "{url}: in plain to nobody else"
            );
        }
    }

    /// A server that answers each request with these bytes; its address.
    async fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = [0; 1024];
                    drop(stream.read(&mut request).await);
                    drop(stream.write_all(&answer).await);
                });
            }
        });
        format!("http://{address}/there?x=1")
    }

    async fn ask(public_url: &str, address: &str) -> Result<Response<Vec<u8>>, Trouble> {
        let request = Request::get(address).body(Vec::new()).expect("a request");
        Network::around(public_url).ask(request).await
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_a_size_and_led_nowhere_else() {
        let here = "http://127.0.0.1:3000";
        let small = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
        assert_eq!(ask(here, &small).await.expect("an answer").body(), b"hi");
        let refused = ask("https://tokens.example.org", &small).await;
        assert!(matches!(refused, Err(Trouble::Unreachable(_))), "{refused:?}");

        let moved = format!("HTTP/1.1 302 Found\r\nlocation: {small}\r\ncontent-length: 0\r\n\r\n");
        let moved = server(moved.into_bytes()).await;
        assert_eq!(ask(here, &moved).await.expect("an answer").status(), 302);

        let mut large = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        large.resize(MOST_BYTES + 1024, b'x');
        let large = server(large).await;
        let refused = ask(here, &large).await;
        assert!(matches!(refused, Err(Trouble::Unreachable(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn a_provider_that_does_not_answer_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let network = Network {
            patience: Duration::from_millis(200),
            ..Network::around("http://127.0.0.1:3000")
        };
        let request = Request::get(address).body(Vec::new()).expect("a request");
        assert_eq!(
            network.ask(request).await.expect_err("nobody answers"),
            unreachable("it did not answer in time")
        );
    }
}
