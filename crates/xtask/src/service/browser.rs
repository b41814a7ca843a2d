//! The WebDriver server of the browser.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::tail;
use crate::process::{Background, Signals, free_port};
use crate::provide::BrowserPrograms;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running chromedriver; dropping it ends it and the browsers it started.
pub(crate) struct Driver {
    _process: Background,
    port: u16,
}

impl Driver {
    /// Starts chromedriver and waits until it answers. Its log is `chromedriver.log` in `logs`.
    pub(crate) fn start(
        signals: &Signals,
        programs: &BrowserPrograms,
        logs: &Path,
    ) -> Result<Self> {
        let port = free_port()?;
        let log = logs.join("chromedriver.log");
        let output =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(&programs.chromedriver);
        command.arg(format!("--port={port}")).stdout(output.try_clone()?).stderr(output);
        let mut process = Background::start("chromedriver", &mut command)?;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            signals.check()?;
            if let Some(status) = process.ended()? {
                bail!("chromedriver ended at its start ({status}):\n{}", tail(&log));
            }
            if is_ready(port) {
                return Ok(Self { _process: process, port });
            }
            if Instant::now() > deadline {
                bail!("chromedriver is not ready after {START_LIMIT:?}:\n{}", tail(&log));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The address that tests send their commands to.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Whether `GET /status` is answered.
fn is_ready(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET /status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0_u8; 15];
        stream.read_exact(&mut start)?;
        Ok(String::from_utf8_lossy(&start).into_owned())
    };
    ask().is_ok_and(|start| start.starts_with("HTTP/1.1 200"))
}
