//! The one symbol of a library, and what a host gives to the code behind it.
#![expect(unsafe_code, reason = "the first step across is a pointer from a library")]

use std::ffi::c_void;
use std::mem::MaybeUninit;
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

impl Entry {
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
        // SAFETY: by the contract something stands there; the first sixteen bytes of every version are these.
        let (magic, major, size) = unsafe { ((*entry).magic, (*entry).major, (*entry).size) };
        if magic != MAGIC {
            return Err("its entry is not one of a Hatchery component".into());
        }
        if major != MAJOR || (size as usize) < size_of::<Self>() {
            return Err(format!(
                "it speaks version {major} of the boundary, this host version {MAJOR}"
            ));
        }
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
}

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
    fn from_number(number: u32) -> Self {
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

/// The host as a library sees it.
#[derive(Clone, Copy)]
pub struct Host(&'static HostApi);

impl Host {
    /// The most detailed level that the host keeps.
    pub fn max_level(&self) -> Level {
        Level::from_number(self.0.max_level)
    }

    /// Gives the host a message.
    pub fn log(&self, level: Level, target: &str, message: &str) {
        let api = self.0;
        let (target, message) = (target.as_bytes(), message.as_bytes());
        // SAFETY: `this` belongs to `log`; the texts are good for the call.
        unsafe {
            (api.log)(
                api.this,
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
    let host = unsafe { &*host };
    if host.major != MAJOR || host.size < size_of::<HostApi>() {
        let text = format!("the host speaks version {} of the boundary, not {MAJOR}", host.major);
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
        assert_eq!(*lines.0.lock().unwrap(), ["Warn greeter: up"]);
        assert_eq!(error(&Entry::new(bad), host), "it panicked when it was opened: no way");
        let check =
            |entry: Entry, says: &str| assert!(error(&entry, host).contains(says), "{says}");
        check(Entry { magic: 7, ..Entry::new(good) }, "not one of a Hatchery component");
        check(Entry { major: 9, ..Entry::new(good) }, "version 9");
        check(Entry { size: 8, ..Entry::new(good) }, "version 1");
        let other = Box::leak(Box::new(HostApi { major: 3, ..HostApi::new(lines, Level::Info) }));
        assert!(error(&Entry::new(good), other).contains("the host speaks version 3"));
    }
}
