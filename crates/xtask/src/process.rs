//! Child processes that never outlive the command that started them.
//!
//! Every child gets a process group of its own, so that a Ctrl-C reaches only this program, which
//! then ends its children in order: first the tests, last the database.

use std::fmt;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a child is looked at.
const POLL: Duration = Duration::from_millis(20);
/// How long a child may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);

/// Remembers whether somebody wants this program to end.
#[derive(Clone)]
pub(crate) struct Signals {
    raised: Arc<AtomicBool>,
}

/// How long something may take: until a moment, or until somebody wants this program to end.
#[derive(Clone)]
pub(crate) struct Bound {
    signals: Signals,
    deadline: Instant,
    limit: Duration,
}

/// The error of a command that was ended by Ctrl-C or a signal.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// A process group in the background; it is ended when this value is dropped.
pub(crate) struct Background {
    name: &'static str,
    child: Child,
}

impl Signals {
    /// Catches Ctrl-C, SIGTERM and SIGHUP from here on.
    pub(crate) fn catch() -> Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&raised))
                .context("cannot catch signals")?;
        }
        Ok(Self { raised })
    }

    /// An error once somebody asked this program to end.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        if self.raised.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }
}

impl Bound {
    /// From now on for at most `limit`.
    pub(crate) fn new(signals: &Signals, limit: Duration) -> Self {
        Self { signals: signals.clone(), deadline: Instant::now() + limit, limit }
    }

    /// An error once it has to end.
    pub(crate) fn check(&self) -> Result<()> {
        self.signals.check()?;
        if Instant::now() > self.deadline {
            bail!("it does not end within {:?}", self.limit);
        }
        Ok(())
    }

    /// Waits a little before something is looked at again.
    pub(crate) fn pause(&self) -> Result<()> {
        thread::sleep(POLL);
        self.check()
    }

    /// Who is asked whether this program is to end.
    pub(crate) fn signals(&self) -> &Signals {
        &self.signals
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

impl Background {
    /// Starts `command` without input in a process group of its own.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", shown(command)))?;
        Ok(Self { name, child })
    }

    /// The id of the first process of the group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, if the process has ended by itself.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Sends `signal` (such as `INT`) to the first process of the group only.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &self.child.id().to_string());
    }

    /// Waits until the process has ended, at most `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }

    fn signal_group(&self, signal: &str) {
        send(signal, &format!("-{}", self.child.id()));
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let ended = matches!(self.ended(), Ok(Some(_)));
        self.signal_group("TERM");
        if !ended && !matches!(self.wait(GRACE), Ok(Some(_))) {
            eprintln!("xtask: {} does not end, killing it", self.name);
        }
        // What the first process left behind in its group, and the first process if it hangs.
        self.signal_group("KILL");
        if let Err(error) = self.child.wait() {
            eprintln!("xtask: cannot wait for {}: {error}", self.name);
        }
    }
}

/// Runs `command` to its end with its output shown; tells whether it succeeded.
pub(crate) fn run(signals: &Signals, command: &mut Command) -> Result<bool> {
    println!("$ {}", shown(command));
    let mut child = Background::start("the command", command)?;
    loop {
        signals.check()?;
        if let Some(status) = child.ended()? {
            signals.check()?;
            return Ok(status.success());
        }
        thread::sleep(POLL);
    }
}

/// Runs `command` and fails unless it succeeds.
pub(crate) fn require(signals: &Signals, command: &mut Command) -> Result<()> {
    if !run(signals, command)? {
        bail!("`{}` failed", shown(command));
    }
    Ok(())
}

/// Runs `command` and gives what it wrote to standard output; its errors are shown.
pub(crate) fn capture(signals: &Signals, command: &mut Command) -> Result<String> {
    let mut child = Background::start("the command", command.stdout(Stdio::piped()))?;
    let mut pipe = child.child.stdout.take().context("standard output is piped")?;
    let reader = thread::spawn(move || {
        let mut output = String::new();
        pipe.read_to_string(&mut output).map(|_| output)
    });
    let status = loop {
        signals.check()?;
        if let Some(status) = child.ended()? {
            break status;
        }
        thread::sleep(POLL);
    };
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    match reader.join() {
        Ok(output) => Ok(output?),
        Err(_) => bail!("cannot read what `{}` wrote", shown(command)),
    }
}

/// A port of 127.0.0.1 that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// The command line of `command` as a person would type it, without its environment.
pub(crate) fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default();
    std::iter::once(program.to_owned())
        .chain(command.get_args().map(|argument| argument.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Sends a signal with `kill`; that the receiver is already gone is no error.
fn send(signal: &str, receiver: &str) {
    let sent = Command::new("kill")
        .args(["-s", signal, "--", receiver])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(error) = sent {
        eprintln!("xtask: cannot send {signal} to {receiver}: {error}");
    }
}
