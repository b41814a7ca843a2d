//! How a command reaches the running host that has the data folder: one JSON line asks, lines with progress
//! follow, one line with the result ends it. Without a running host a command acts in its own process.
//!
//! [`socket`] is the place where they meet, a Unix socket in the data folder. Elsewhere there is none yet, and
//! a command is refused while a host runs.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use hatchery_component::Error;
use hatchery_kernel::Kernel;
use hatchery_kernel::kernel::SOCKET;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use crate::act::{Act, Step, perform};
use crate::cli::Cli;
use crate::present::Watcher;

/// A line from the host to the command.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// How far it is.
    Step(Step),
    /// The end.
    Done(Value),
    /// The end, and why.
    Failed(Error),
}

/// Does an act where the data are in use, and shows how far it is.
pub(crate) async fn act(cli: &Cli, act: Act) -> Result<Value> {
    let mut watcher = Watcher::new();
    let result = match socket::connect(&cli.data().join(SOCKET)).await {
        Ok(Some(stream)) => ask(stream, &act, &mut watcher).await?,
        Ok(None) => {
            let kernel = Kernel::open(cli.kernel_options("hatchery")?).await?;
            let result = perform(&kernel, act, |step| watcher.show(&step)).await;
            kernel.shutdown().await;
            result
        }
        Err(error) => return Err(anyhow!(error).context("the running host cannot be reached")),
    };
    watcher.end();
    result.map_err(describe)
}

/// Answers commands until the host ends.
pub(crate) fn listen(kernel: &Arc<Kernel>, data: &Path) -> Result<Listener> {
    let path = data.join(SOCKET);
    let mut socket = socket::Socket::bind(&path)?;
    let kernel = kernel.clone();
    let answering = tokio::spawn(async move {
        while let Some(stream) = socket.accept().await {
            let kernel = kernel.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(&kernel, stream).await {
                    tracing::warn!("a command was not answered: {error:#}");
                }
            });
        }
    });
    Ok(Listener { answering, path })
}

/// The place in the data folder where a command and a host meet.
#[cfg(unix)]
mod socket {
    use std::fs::Permissions;
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use anyhow::{Context, Result, anyhow};
    use tokio::net::{UnixListener, UnixStream};

    pub(super) struct Socket(UnixListener);

    /// The running host, if there is one.
    pub(super) async fn connect(path: &Path) -> io::Result<Option<UnixStream>> {
        match UnixStream::connect(path).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::ConnectionRefused => Ok(None),
                _ => Err(error),
            },
        }
    }

    impl Socket {
        pub(super) fn bind(path: &Path) -> Result<Self> {
            // The lock on the folder is ours, so a socket that is there was left by a process that is gone.
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    let message = format!("{} cannot be replaced", path.display());
                    return Err(anyhow!(error).context(message));
                }
                _ => {}
            }
            let socket = UnixListener::bind(path)
                .with_context(|| format!("no socket {}", path.display()))?;
            std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
            Ok(Self(socket))
        }

        /// The next command; `None` when there will be no more.
        pub(super) async fn accept(&mut self) -> Option<UnixStream> {
            self.0.accept().await.ok().map(|(stream, _)| stream)
        }
    }
}

/// There is no such place on this system yet. While a host runs, a command finds the data folder in use and
/// says by whom.
#[cfg(not(unix))]
mod socket {
    use std::io;
    use std::path::Path;

    use anyhow::Result;
    use tokio::io::DuplexStream;

    pub(super) struct Socket;

    pub(super) async fn connect(_: &Path) -> io::Result<Option<DuplexStream>> {
        Ok(None)
    }

    impl Socket {
        pub(super) fn bind(_: &Path) -> Result<Self> {
            tracing::info!(
                "commands cannot reach a running host on this system; stop it first, or use the back office"
            );
            Ok(Self)
        }

        pub(super) async fn accept(&mut self) -> Option<DuplexStream> {
            None
        }
    }
}

/// Ends with the host and takes the socket away.
pub(crate) struct Listener {
    answering: tokio::task::JoinHandle<()>,
    path: std::path::PathBuf,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.answering.abort();
        // A socket that stays is replaced by the next host.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite,
    act: &Act,
    watcher: &mut Watcher,
) -> Result<hatchery_component::Result<Value>> {
    let (reading, mut writing) = tokio::io::split(stream);
    writing.write_all(&line(act)?).await?;
    let mut lines = BufReader::new(reading).lines();
    while let Some(text) = lines.next_line().await? {
        match serde_json::from_str(&text).context("the host answered something unknown")? {
            Line::Step(step) => watcher.show(&step),
            Line::Done(result) => return Ok(Ok(result)),
            Line::Failed(error) => return Ok(Err(error)),
        }
    }
    bail!("the host ended before the command did; what was done stays done")
}

/// Does the act to its end even when the command that asked for it is gone.
async fn answer(kernel: &Arc<Kernel>, stream: impl AsyncRead + AsyncWrite) -> Result<()> {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut text = String::new();
    BufReader::new(reading).read_line(&mut text).await?;
    let act: Act = serde_json::from_str(&text).context("the command asked something unknown")?;
    let (told, mut steps) = mpsc::unbounded_channel();
    let performing = {
        let kernel = kernel.clone();
        // Nobody listens any more when the command is gone.
        tokio::spawn(async move { perform(&kernel, act, |step| drop(told.send(step))).await })
    };
    while let Some(step) = steps.recv().await {
        if writing.write_all(&line(&Line::Step(step))?).await.is_err() {
            break;
        }
    }
    let end = match performing.await? {
        Ok(result) => Line::Done(result),
        Err(error) => Line::Failed(error),
    };
    writing.write_all(&line(&end)?).await?;
    Ok(())
}

fn line(message: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(message)?;
    text.push(b'\n');
    Ok(text)
}

/// The error as one text; a defect with its private source, because whoever runs commands may see it.
fn describe(error: Error) -> anyhow::Error {
    match error.kind() {
        hatchery_component::Kind::Internal => anyhow!(error.chain()),
        _ => anyhow!(error.message().to_owned()),
    }
}
