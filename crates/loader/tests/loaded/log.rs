//! What the host's log shows.

use std::io::{self, Write};
use std::sync::{Mutex, Once};

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what this process logs. Before libraries are opened: each is told once what is kept.
pub(crate) fn capture() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let log = tracing_subscriber::fmt().with_writer(|| Lines).with_ansi(false);
        log.with_max_level(tracing::Level::DEBUG).init();
    });
}

/// The lines with a text in them.
pub(crate) fn lines(part: &str) -> Vec<String> {
    let text = TEXT.lock().unwrap().clone();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
}
