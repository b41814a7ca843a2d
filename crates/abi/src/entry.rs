//! The one symbol of a library, and what a host gives to the code behind it.
#![expect(unsafe_code, reason = "the first step across is a pointer from a library")]

use std::ffi::c_void;
use std::mem::{MaybeUninit, offset_of};
use std::sync::Arc;

use crate::service::{Dispatch, Reply, Service, Status};
use crate::{MAGIC, MAJOR, MINOR, contained};

/// What the symbol [`SYMBOL`](crate::SYMBOL) points to.
#[repr(C)]
pub struct Entry {
    magic: u64,
    major: u16,
    minor: u16,
    size: u32,
    open: OpenFn,
}

/// Opens the component: fills in its service when the reply is ok, else the body says why not.
type OpenFn = unsafe extern "C" fn(*const HostApi, *mut MaybeUninit<Service>) -> Reply;

/// How many bytes [`Entry::check_head`] looks at.
pub const HEAD_LENGTH: usize = 16;

/// Why the head of an entry is not one that can be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// It is something else.
    NoComponent,
    /// It speaks this major version of the boundary.
    OtherBoundary(u16),
    /// It is shorter than an entry is.
    CutOff,
}

impl std::fmt::Display for HeadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoComponent => f.write_str("its entry is not one of a Hatchery component"),
            Self::OtherBoundary(major) => {
                write!(f, "it speaks version {major} of the boundary, this host version {MAJOR}")
            }
            Self::CutOff => f.write_str("its entry is cut off"),
        }
    }
}
impl std::error::Error for HeadError {}

impl Entry {
    /// Checks the head of an entry, as it stands in the file of a library or in memory.
    ///
    /// # Errors
    /// It is not one of this version.
    pub fn check_head(head: [u8; HEAD_LENGTH]) -> Result<(), HeadError> {
        let [m0, m1, m2, m3, m4, m5, m6, m7, j0, j1, _, _, s0, s1, s2, s3] = head;
        if u64::from_ne_bytes([m0, m1, m2, m3, m4, m5, m6, m7]) != MAGIC {
            return Err(HeadError::NoComponent);
        }
        let major = u16::from_ne_bytes([j0, j1]);
        if major != MAJOR {
            return Err(HeadError::OtherBoundary(major));
        }
        let size = u32::from_ne_bytes([s0, s1, s2, s3]);
        if (size as usize) < ENTRY_1_0 {
            return Err(HeadError::CutOff);
        }
        Ok(())
    }

    /// The entry of a library that is compiled now. For [`export!`](crate::export).
    #[doc(hidden)]
    pub const fn new(open: OpenFn) -> Self {
        Self { magic: MAGIC, major: MAJOR, minor: MINOR, size: size_of::<Self>() as u32, open }
    }

    /// Opens the component of a library.
    ///
    /// # Errors
    /// No entry stands there, it is of another version, or the component's own code failed; the text says
    /// what.
    ///
    /// # Safety
    /// `entry` is the address of the symbol in a library that stays loaded for ever.
    pub unsafe fn open(entry: *const Self, host: &'static HostApi) -> Result<Service, String> {
        if entry.is_null() || !entry.is_aligned() {
            return Err("its entry is damaged".into());
        }
        // SAFETY: by the contract something stands there; every version begins with a head.
        let head = unsafe { entry.cast::<[u8; HEAD_LENGTH]>().read() };
        Self::check_head(head).map_err(|error| error.to_string())?;
        let mut service = MaybeUninit::uninit();
        // SAFETY: the version is ours, so `open` is what we think; both pointers are good for the call.
        let reply = unsafe { ((*entry).open)(host, &mut service) };
        match reply.status() {
            // SAFETY: the component filled it in.
            Some(Status::Ok) => Ok(unsafe { service.assume_init() }),
            Some(Status::Panic) => {
                Err(format!("it panicked when it was opened: {}", reply.body.text()))
            }
            _ => Err(format!("it could not be opened: {}", reply.body.text())),
        }
    }
}

/// What a library is given when it is opened. Lives as long as the process.
#[repr(C)]
pub struct HostApi {
    size: usize,
    major: u16,
    minor: u16,
    max_level: u32,
    this: *const c_void,
    log: unsafe extern "C" fn(*const c_void, u32, *const u8, usize, *const u8, usize),
    // Since 1.1.
    record: unsafe extern "C" fn(*const c_void, *const u8, usize),
    span: unsafe extern "C" fn(*const c_void, *const u8, usize) -> u64,
    span_act: unsafe extern "C" fn(*const c_void, u64, u32),
}

/// Length of the table in version 1.0; every host has as much.
const HOST_1_0: usize = offset_of!(HostApi, record);
/// Length of the table in version 1.1.
const HOST_1_1: usize = HOST_1_0 + 3 * size_of::<usize>();
/// Length of an entry in version 1.0; every library has as much.
const ENTRY_1_0: usize = offset_of!(Entry, open) + size_of::<usize>();

// SAFETY: `this` is a `&'static` of something that is `Sync`.
unsafe impl Send for HostApi {}
// SAFETY: as above.
unsafe impl Sync for HostApi {}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Something is broken.
    Error = 1,
    /// Something may become so.
    Warn = 2,
    /// Something happened.
    Info = 3,
    /// For who looks for a defect.
    Debug = 4,
    /// For who looks very closely.
    Trace = 5,
}

impl Level {
    /// The level of a number; one that this version does not know is the nearest.
    pub fn from_number(number: u32) -> Self {
        match number {
            0 | 1 => Self::Error,
            2 => Self::Warn,
            3 => Self::Info,
            4 => Self::Debug,
            _ => Self::Trace,
        }
    }
}

/// Takes the messages of libraries.
pub trait Log: Send + Sync + 'static {
    /// Takes a message; `target` says where in the code it is from.
    fn log(&self, level: Level, target: &str, message: &str);

    /// Takes a message with its parts, in the codec of the boundary. Since 1.1.
    fn record(&self, record: &[u8]);

    /// Takes a new span, in the codec of the boundary, and gives its number, which is not 0; it is held once.
    /// Since 1.1.
    fn span(&self, span: &[u8]) -> u64;

    /// Does something with a span. Since 1.1.
    fn span_act(&self, span: u64, act: SpanAct);
}

/// What happens to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SpanAct {
    /// The thread goes into it.
    Enter = 1,
    /// The thread goes out of it.
    Exit = 2,
    /// It is held once more.
    Retain = 3,
    /// It is held once less.
    Release = 4,
}

impl HostApi {
    /// What the host gives to libraries; made once per process.
    pub const fn new<L: Log>(log: &'static L, max_level: Level) -> Self {
        Self {
            size: size_of::<Self>(),
            major: MAJOR,
            minor: MINOR,
            max_level: max_level as u32,
            this: std::ptr::from_ref(log).cast(),
            log: forward::<L>,
            record: forward_record::<L>,
            span: forward_span::<L>,
            span_act: forward_span_act::<L>,
        }
    }
}

unsafe extern "C" fn forward<L: Log>(
    this: *const c_void,
    level: u32,
    target: *const u8,
    target_length: usize,
    message: *const u8,
    message_length: usize,
) {
    // SAFETY: `this` is the `&'static L` of `HostApi::new`; the texts are good for the call.
    let (log, target, message) = unsafe {
        (
            &*this.cast::<L>(),
            std::slice::from_raw_parts(target, target_length),
            std::slice::from_raw_parts(message, message_length),
        )
    };
    let (target, message) = (String::from_utf8_lossy(target), String::from_utf8_lossy(message));
    let _ = contained(|| log.log(Level::from_number(level), &target, &message));
}

unsafe extern "C" fn forward_record<L: Log>(this: *const c_void, record: *const u8, length: usize) {
    // SAFETY: `this` is the `&'static L` of `HostApi::new`; the bytes are good for the call.
    let (log, record) = unsafe { (&*this.cast::<L>(), std::slice::from_raw_parts(record, length)) };
    let _ = contained(|| log.record(record));
}

unsafe extern "C" fn forward_span<L: Log>(
    this: *const c_void,
    span: *const u8,
    length: usize,
) -> u64 {
    // SAFETY: `this` is the `&'static L` of `HostApi::new`; the bytes are good for the call.
    let (log, span) = unsafe { (&*this.cast::<L>(), std::slice::from_raw_parts(span, length)) };
    contained(|| log.span(span)).unwrap_or(u64::MAX)
}

unsafe extern "C" fn forward_span_act<L: Log>(this: *const c_void, span: u64, act: u32) {
    const KNOWN: [SpanAct; 4] = [SpanAct::Enter, SpanAct::Exit, SpanAct::Retain, SpanAct::Release];
    // SAFETY: `this` is the `&'static L` of `HostApi::new`.
    let log = unsafe { &*this.cast::<L>() };
    if let Some(act) = KNOWN.into_iter().find(|known| *known as u32 == act) {
        let _ = contained(|| log.span_act(span, act));
    }
}

/// The host as a library sees it. Its table may be shorter than this version's, so it is never referred to as
/// a whole.
#[derive(Clone, Copy)]
pub struct Host(*const HostApi);

// SAFETY: the table is never changed, and what it points to is `Sync`.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    /// The most detailed level that the host keeps.
    pub fn max_level(&self) -> Level {
        // SAFETY: every version of the table has it.
        Level::from_number(unsafe { (*self.0).max_level })
    }

    /// Gives the host a message with its parts, in the codec of the boundary; false when the host is older
    /// than that and takes only [`log`](Self::log).
    pub fn record(&self, record: &[u8]) -> bool {
        if !self.has_spans() {
            return false;
        }
        // SAFETY: the table has it; `this` belongs to it; the bytes are good for the call.
        unsafe { ((*self.0).record)((*self.0).this, record.as_ptr(), record.len()) };
        true
    }

    /// Opens a span on the host, in the codec of the boundary, and gives its number; `None` when the host is
    /// older than that.
    pub fn span(&self, span: &[u8]) -> Option<u64> {
        // SAFETY: the table has it; `this` belongs to it; the bytes are good for the call.
        let open = || unsafe { ((*self.0).span)((*self.0).this, span.as_ptr(), span.len()) };
        self.has_spans().then(open)
    }

    /// Does something with a span that the host opened.
    pub fn span_act(&self, span: u64, act: SpanAct) {
        if self.has_spans() {
            // SAFETY: the table has it; `this` belongs to it.
            unsafe { ((*self.0).span_act)((*self.0).this, span, act as u32) };
        }
    }

    fn has_spans(&self) -> bool {
        // SAFETY: every version of the table begins with its size.
        unsafe { (*self.0).size >= HOST_1_1 }
    }

    /// Gives the host a message.
    pub fn log(&self, level: Level, target: &str, message: &str) {
        let (target, message) = (target.as_bytes(), message.as_bytes());
        // SAFETY: every version of the table has it; `this` belongs to it; the texts are good for the call.
        unsafe {
            ((*self.0).log)(
                (*self.0).this,
                level as u32,
                target.as_ptr(),
                target.len(),
                message.as_ptr(),
                message.len(),
            );
        }
    }
}

/// The body of an `open` function. For [`export!`](crate::export).
///
/// # Safety
/// `host` and `service` are those that a host gave.
#[doc(hidden)]
pub unsafe fn open<D: Dispatch>(
    host: *const HostApi,
    service: *mut MaybeUninit<Service>,
    make: fn(Host) -> Arc<D>,
) -> Reply {
    // SAFETY: by the contract; the host keeps it for ever. Every version begins with these fields.
    let (size, major) = unsafe { ((*host).size, (*host).major) };
    if major != MAJOR || size < HOST_1_0 {
        let text = format!("the host speaks version {major} of the boundary, not {MAJOR}");
        return Reply::text(Status::Error, &text);
    }
    match contained(|| make(Host(host))) {
        Ok(component) => {
            // SAFETY: by the contract it is a place for one service.
            unsafe { (*service).write(Service::export(component)) };
            Reply::ok(Vec::new())
        }
        Err(panic) => Reply::text(Status::Panic, &panic),
    }
}

/// Makes a library a component: its manifest section and its entry.
///
/// `manifest` is the text of `component.toml`, a constant; `open` a `fn(Host) -> Arc<impl Dispatch>`.
#[macro_export]
macro_rules! export {
    (manifest: $manifest:expr, open: $open:expr $(,)?) => {
        const _: () = {
            const HEAD: &str = $crate::head(cfg!(panic = "unwind"));
            const MANIFEST: &str = $manifest;

            #[used]
            #[allow(unsafe_code)]
            #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__hatchery"))]
            #[cfg_attr(windows, unsafe(link_section = ".hatchry"))]
            #[cfg_attr(not(any(target_os = "macos", windows)), unsafe(link_section = ".hatchery"))]
            static SECTION: [u8; HEAD.len() + MANIFEST.len()] = $crate::join(HEAD, MANIFEST);

            #[allow(unsafe_code)]
            unsafe extern "C" fn open(
                host: *const $crate::HostApi,
                service: *mut ::core::mem::MaybeUninit<$crate::Service>,
            ) -> $crate::Reply {
                // SAFETY: called by a host with what it must give.
                unsafe { $crate::open(host, service, $open) }
            }

            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            static HATCHERY_COMPONENT: $crate::Entry = $crate::Entry::new(open);
        };
    };
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::future::{ReplyFuture, now};
    use crate::service::Request;

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl Log for Lines {
        fn log(&self, level: Level, target: &str, message: &str) {
            self.0.lock().unwrap().push(format!("{level:?} {target}: {message}"));
        }

        fn record(&self, record: &[u8]) {
            self.0.lock().unwrap().push(format!("{record:?}"));
        }

        fn span(&self, span: &[u8]) -> u64 {
            self.0.lock().unwrap().push(format!("span {span:?}"));
            7
        }

        fn span_act(&self, span: u64, act: SpanAct) {
            self.0.lock().unwrap().push(format!("{act:?} {span}"));
        }
    }

    struct Greeter;

    impl Dispatch for Greeter {
        fn call(self: Arc<Self>, _: Request) -> ReplyFuture {
            ReplyFuture::ready(Reply::ok(b"hello".to_vec()))
        }
    }

    unsafe extern "C" fn good(host: *const HostApi, out: *mut MaybeUninit<Service>) -> Reply {
        // SAFETY: called by `Entry::open` below.
        unsafe {
            open(host, out, |host| {
                host.log(Level::Warn, "greeter", "up");
                if !host.record(&[1, 2]) {
                    host.log(Level::Info, "greeter", "an old host");
                }
                if let Some(span) = host.span(&[3]) {
                    host.span_act(span, SpanAct::Enter);
                    host.span_act(span, SpanAct::Release);
                }
                Arc::new(Greeter)
            })
        }
    }

    unsafe extern "C" fn bad(host: *const HostApi, out: *mut MaybeUninit<Service>) -> Reply {
        // SAFETY: as above.
        unsafe { open::<Greeter>(host, out, |_| panic!("no way")) }
    }

    fn error(entry: &Entry, host: &'static HostApi) -> String {
        // SAFETY: the entry lives for the call, and its code for ever.
        unsafe { Entry::open(entry, host) }.err().unwrap_or_default()
    }

    #[test]
    fn a_component_opens_or_says_why_not() {
        let lines: &'static Lines = Box::leak(Box::default());
        let host = Box::leak(Box::new(HostApi::new(lines, Level::Info)));
        // SAFETY: as above.
        let service = unsafe { Entry::open(&Entry::new(good), host) }.unwrap();
        let reply = now(service.call(Request::new(1, Vec::new(), Vec::new()))).unwrap();
        assert_eq!(reply.body.text(), "hello");
        let lines_of_now = ["Warn greeter: up", "[1, 2]", "span [3]", "Enter 7", "Release 7"];
        assert_eq!(*lines.0.lock().unwrap(), lines_of_now);
        assert_eq!(error(&Entry::new(bad), host), "it panicked when it was opened: no way");
        let check =
            |entry: Entry, says: &str| assert!(error(&entry, host).contains(says), "{says}");
        check(Entry { magic: 7, ..Entry::new(good) }, "not one of a Hatchery component");
        check(Entry { major: 9, ..Entry::new(good) }, "version 9");
        check(Entry { size: 8, ..Entry::new(good) }, "cut off");
        let other = Box::leak(Box::new(HostApi { major: 3, ..HostApi::new(lines, Level::Info) }));
        assert!(error(&Entry::new(good), other).contains("the host speaks version 3"));
    }

    #[test]
    fn a_component_opens_on_a_host_of_the_first_version() {
        let lines: &'static Lines = Box::leak(Box::default());
        let table = HostApi { size: HOST_1_0, minor: 0, ..HostApi::new(lines, Level::Info) };
        assert_eq!(error(&Entry::new(good), Box::leak(Box::new(table))), "");
        assert_eq!(*lines.0.lock().unwrap(), ["Warn greeter: up", "Info greeter: an old host"]);
    }

    #[test]
    fn an_entry_that_is_not_aligned_is_refused() {
        let lines: &'static Lines = Box::leak(Box::default());
        let host = Box::leak(Box::new(HostApi::new(lines, Level::Info)));
        let place = [0_u64; 4];
        let odd = place.as_ptr().cast::<u8>().wrapping_add(1).cast::<Entry>();
        for entry in [odd, std::ptr::null()] {
            // SAFETY: it is refused before it is read.
            let refused = unsafe { Entry::open(entry, host) }.err();
            assert_eq!(refused.as_deref(), Some("its entry is damaged"));
        }
    }

    #[test]
    fn the_tables_of_the_first_version_are_as_long_as_ever() {
        // Appending is allowed, and nothing else; see the crate's documentation.
        #[cfg(target_pointer_width = "64")]
        assert_eq!((ENTRY_1_0, HOST_1_0, HOST_1_1), (24, 32, 56));
        assert_eq!(HOST_1_1, size_of::<HostApi>());
    }
}
