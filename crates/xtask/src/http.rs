//! Just enough of HTTP/1.1 to ask a host on 127.0.0.1 over a connection that stays open.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::Bound;

/// How often a read that waits asks whether it has to end.
const TICK: Duration = Duration::from_millis(250);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Longer answers are not for this client.
const LONGEST: usize = 64 << 20;

/// A connection that stays open from one request to the next.
pub(crate) struct Connection {
    reader: BufReader<Patient>,
}

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The Host header, which chooses the store.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    /// The Cookie header.
    pub(crate) cookie: Option<&'a str>,
    /// Sent as JSON.
    pub(crate) body: Option<&'a Value>,
}

/// The answer to a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Name and value of the first cookie that it sets.
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A stream whose reads wait until something comes or the bound is reached.
struct Patient {
    stream: TcpStream,
    bound: Bound,
}

impl Connection {
    /// Connects to a port of 127.0.0.1.
    pub(crate) fn open(port: u16, bound: &Bound) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect_timeout(&address, CONNECT_LIMIT)
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(CONNECT_LIMIT))?;
        Ok(Self { reader: BufReader::new(Patient { stream, bound: bound.clone() }) })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn ask(&mut self, request: &Request<'_>) -> Result<Answer> {
        let Patient { stream, bound } = self.reader.get_mut();
        let bound = bound.clone();
        bound.check()?;
        let answer = stream
            .write_all(&written(request))
            .map_err(anyhow::Error::from)
            .and_then(|()| read_answer(&mut self.reader));
        if answer.is_err() {
            // That it was interrupted is what matters then.
            bound.check()?;
        }
        answer.with_context(|| format!("{} {} of {}", request.method, request.path, request.host))
    }
}

impl<'a> Request<'a> {
    /// A visitor's request.
    pub(crate) fn get(host: &'a str, path: &'a str) -> Self {
        Self { method: "GET", host, path, cookie: None, body: None }
    }
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("the answer is not JSON")
    }

    /// The beginning of the body, for an error message.
    pub(crate) fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        format!("{} {}", self.status, text.chars().take(400).collect::<String>())
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    self.bound.check().map_err(io::Error::other)?;
                }
                done => return done,
            }
        }
    }
}

/// The bytes of a request.
fn written(request: &Request<'_>) -> Vec<u8> {
    let Request { method, host, path, cookie, body } = request;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(cookie) = cookie {
        text.push_str(&format!("Cookie: {cookie}\r\n"));
    }
    let body = body.map(Value::to_string);
    if let Some(body) = &body {
        let length = body.len();
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(&body.unwrap_or_default());
    text.into_bytes()
}

fn read_answer(reader: &mut impl BufRead) -> Result<Answer> {
    let first = read_line(reader)?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.with_context(|| format!("no status in '{first}'"))?;
    let (mut length, mut cookie) = (None, None);
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { bail!("no header: '{line}'") };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.parse().with_context(|| format!("no length: '{value}'"))?);
        } else if name.eq_ignore_ascii_case("set-cookie") && cookie.is_none() {
            cookie = value.split(';').next().map(str::to_owned);
        }
    }
    let length: usize = match (status, length) {
        (204 | 304, _) => 0,
        (_, Some(length)) if length <= LONGEST => length,
        (_, Some(length)) => bail!("an answer of {length} bytes"),
        (_, None) => bail!("an answer without Content-Length"),
    };
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Answer { status, cookie, body })
}

fn read_line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if reader.take(1 << 16).read_line(&mut line)? == 0 {
        bail!("the connection was closed");
    }
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_one_after_the_other() {
        let mut bytes: &[u8] =
            b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b; Path=/\r\nset-cookie: c=d\r\n\r\n\
            HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n";
        let answer = |status, cookie: Option<&str>, body: &[u8]| Answer {
            status,
            cookie: cookie.map(str::to_owned),
            body: body.to_vec(),
        };
        assert_eq!(read_answer(&mut bytes).expect("the first"), answer(204, Some("a=b"), b""));
        assert_eq!(read_answer(&mut bytes).expect("the second"), answer(200, None, b"{}"));
        let error = read_answer(&mut bytes).expect_err("its length is not known");
        assert_eq!(error.to_string(), "an answer without Content-Length");
        let error = read_answer(&mut bytes).expect_err("there is no more");
        assert_eq!(error.to_string(), "the connection was closed");
    }

    #[test]
    fn a_request_carries_host_cookie_and_body() {
        let body = serde_json::json!({ "a": 1 });
        let request = Request {
            method: "POST",
            host: "localhost",
            path: "/x",
            cookie: Some("a=b"),
            body: Some(&body),
        };
        let expected = "POST /x HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\
            Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        assert_eq!(String::from_utf8(written(&request)).expect("text"), expected);
    }
}
