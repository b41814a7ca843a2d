//! Services, requests and replies.
#![expect(unsafe_code, reason = "services of another binary are called through their tables")]

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;

use crate::buffer::Buf;
use crate::contained;
use crate::future::ReplyFuture;

/// Something that answers calls. The other side holds it as a [`Service`].
pub trait Dispatch: Send + Sync + 'static {
    /// Answers a call. A method it does not know is [`Status::Unknown`].
    fn call(self: Arc<Self>, request: Request) -> ReplyFuture;
}

/// A call.
#[repr(C)]
pub struct Request {
    size: usize,
    /// [`method_id`](crate::method_id) of its name.
    pub method: u32,
    reserved: u32,
    /// On whose behalf, and what for.
    pub header: Buf,
    /// The arguments.
    pub args: Buf,
    context: CService,
}

impl Request {
    /// A call that gives the other side nothing to call back.
    pub fn new(method: u32, header: Vec<u8>, args: Vec<u8>) -> Self {
        let (header, args) = (header.into(), args.into());
        Self { size: size_of::<Self>(), method, reserved: 0, header, args, context: CService::NONE }
    }

    /// The same call with a service for the other side.
    #[must_use]
    pub fn with(mut self, context: Service) -> Self {
        self.context = ManuallyDrop::new(context).0;
        self
    }

    /// Takes the service out that came with the call.
    pub fn context(&mut self) -> Option<Service> {
        let taken = std::mem::replace(&mut self.context, CService::NONE);
        (!taken.table.is_null()).then(|| Service(taken))
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        drop(self.context());
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// The body is the result.
    Ok = 0,
    /// The body is the error of the callee.
    Error = 1,
    /// The callee panicked; the body is the panic's text.
    Panic = 2,
    /// The callee has no such method; the body says what was asked.
    Unknown = 3,
    /// The callee cannot read the arguments; the body says why.
    BadArguments = 4,
}

/// The end of a call.
#[repr(C)]
pub struct Reply {
    /// A [`Status`], or a number that this version does not know.
    pub status: u32,
    reserved: u32,
    /// What it says.
    pub body: Buf,
}

impl Reply {
    /// A result.
    pub fn ok(body: Vec<u8>) -> Self {
        Self::new(Status::Ok, body)
    }

    /// An end with bytes.
    pub fn new(status: Status, body: Vec<u8>) -> Self {
        Self { status: status as u32, reserved: 0, body: body.into() }
    }

    /// An end with a text.
    pub fn text(status: Status, text: &str) -> Self {
        Self::new(status, text.as_bytes().to_vec())
    }

    /// The status, if this version knows it.
    pub fn status(&self) -> Option<Status> {
        const KNOWN: [Status; 5] =
            [Status::Ok, Status::Error, Status::Panic, Status::Unknown, Status::BadArguments];
        KNOWN.into_iter().find(|status| *status as u32 == self.status)
    }
}

/// A counted reference to something that answers calls, here or in another binary.
#[repr(transparent)]
pub struct Service(CService);

#[repr(C)]
#[derive(Clone, Copy)]
struct CService {
    this: *const c_void,
    table: *const ServiceTable,
}

impl CService {
    const NONE: Self = Self { this: ptr::null(), table: ptr::null() };
}

#[repr(C)]
struct ServiceTable {
    size: usize,
    call: unsafe extern "C" fn(*const c_void, *mut Request) -> ReplyFuture,
    retain: unsafe extern "C" fn(*const c_void),
    release: unsafe extern "C" fn(*const c_void),
}

// SAFETY: only made from values that are `Send` and `Sync`, counted atomically.
unsafe impl Send for Service {}
// SAFETY: as above.
unsafe impl Sync for Service {}
// SAFETY: a request owns its parts, all of which are `Send`.
unsafe impl Send for Request {}

impl Service {
    /// Makes something of this binary callable by the other side.
    pub fn export<D: Dispatch>(dispatch: Arc<D>) -> Self {
        const fn table<D: Dispatch>() -> &'static ServiceTable {
            &ServiceTable {
                size: size_of::<ServiceTable>(),
                call: call::<D>,
                retain: retain::<D>,
                release: release::<D>,
            }
        }
        Self(CService { this: Arc::into_raw(dispatch).cast(), table: table::<D>() })
    }

    /// Calls it.
    pub fn call(&self, request: Request) -> ReplyFuture {
        let mut request = ManuallyDrop::new(request);
        // SAFETY: `this` belongs to the table and is alive while `self` is; the callee takes the request.
        unsafe { ((*self.0.table).call)(self.0.this, &mut *request) }
    }
}

impl Clone for Service {
    fn clone(&self) -> Self {
        // SAFETY: `this` belongs to the table and is alive.
        unsafe { ((*self.0.table).retain)(self.0.this) };
        Self(self.0)
    }
}
impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: `this` belongs to the table; each counted reference is released once.
        unsafe { ((*self.0.table).release)(self.0.this) }
    }
}

unsafe extern "C" fn call<D: Dispatch>(this: *const c_void, request: *mut Request) -> ReplyFuture {
    // SAFETY: every version of a request begins with its size.
    if unsafe { (*request).size } < size_of::<Request>() {
        let reply = Reply::text(Status::BadArguments, "the request is cut off");
        return ReplyFuture::ready(reply);
    }
    // SAFETY: `this` is an `Arc<D>` that the caller keeps alive for the call; the request is ours now.
    let (dispatch, request) = unsafe {
        Arc::increment_strong_count(this.cast::<D>());
        (Arc::from_raw(this.cast::<D>()), ptr::read(request))
    };
    contained(|| dispatch.call(request))
        .unwrap_or_else(|panic| ReplyFuture::ready(Reply::text(Status::Panic, &panic)))
}

unsafe extern "C" fn retain<D>(this: *const c_void) {
    // SAFETY: `this` is an `Arc<D>` that is alive.
    unsafe { Arc::increment_strong_count(this.cast::<D>()) }
}

unsafe extern "C" fn release<D>(this: *const c_void) {
    // SAFETY: `this` is an `Arc<D>` with one count that is given back now.
    let dispatch = unsafe { Arc::from_raw(this.cast::<D>()) };
    let _ = contained(|| drop(dispatch));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::now;

    struct Echo;

    impl Dispatch for Echo {
        fn call(self: Arc<Self>, mut request: Request) -> ReplyFuture {
            match request.method {
                1 => ReplyFuture::new(async move { Reply::ok(request.args.as_slice().to_vec()) }),
                2 => {
                    let Some(context) = request.context() else {
                        return ReplyFuture::ready(Reply::text(Status::Error, "no context"));
                    };
                    context.call(Request::new(1, Vec::new(), request.args.as_slice().to_vec()))
                }
                3 => panic!("boom"),
                other => {
                    ReplyFuture::ready(Reply::text(Status::Unknown, &format!("method {other}")))
                }
            }
        }
    }

    fn check(service: &Service, request: Request, status: Status, body: &str) {
        let reply = now(service.call(request)).unwrap();
        assert_eq!((reply.status(), reply.body.text().as_str()), (Some(status), body));
    }

    #[test]
    fn calls_go_through_and_nothing_leaks() {
        let echo = Arc::new(Echo);
        let service = Service::export(echo.clone());
        let request = |method| Request::new(method, Vec::new(), b"tea".to_vec());
        check(&service, request(1), Status::Ok, "tea");
        check(&service.clone(), request(2), Status::Error, "no context");
        check(&service, request(2).with(service.clone()), Status::Ok, "tea");
        check(&service, request(3), Status::Panic, "boom");
        check(&service, request(9).with(service.clone()), Status::Unknown, "method 9");
        drop(request(1).with(service.clone()));
        drop(service.call(request(1)));
        drop(service);
        assert_eq!(Arc::strong_count(&echo), 1);
    }

    #[test]
    fn a_status_of_a_newer_version_is_not_guessed() {
        let reply = Reply { status: 77, reserved: 0, body: Buf::default() };
        assert_eq!(reply.status(), None);
    }
}
