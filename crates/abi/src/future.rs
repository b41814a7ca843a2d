//! Futures and wakers that cross.
#![expect(
    unsafe_code,
    reason = "futures and wakers of another binary are called through its tables"
)]

use std::ffi::c_void;
use std::future::Future;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::contained;
use crate::service::{Reply, Status};

/// The answer of a call, some time later. Dropping it cancels the call.
#[repr(C)]
#[must_use = "futures do nothing unless polled"]
pub struct ReplyFuture {
    data: *mut c_void,
    table: *const FutureTable,
}

#[repr(C)]
struct FutureTable {
    size: usize,
    /// Whether it is ready; then the reply stands in the third argument. Not called again after that.
    poll: unsafe extern "C" fn(*mut c_void, *const CWaker, *mut MaybeUninit<Reply>) -> bool,
    drop: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: only made from futures that are `Send`.
unsafe impl Send for ReplyFuture {}

impl ReplyFuture {
    /// A future of this binary. A panic in it, or in its drop, stays in it.
    pub fn new<F: Future<Output = Reply> + Send + 'static>(future: F) -> Self {
        const fn table<F: Future<Output = Reply> + Send + 'static>() -> &'static FutureTable {
            &FutureTable { size: size_of::<FutureTable>(), poll: poll::<F>, drop: dispose::<F> }
        }
        let data = Box::into_raw(Box::new(Some(future))).cast();
        Self { data, table: table::<F>() }
    }

    /// An answer that is there already.
    pub fn ready(reply: Reply) -> Self {
        Self::new(std::future::ready(reply))
    }
}

impl Future for ReplyFuture {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let waker = CWaker::lend(context.waker());
        let mut reply = MaybeUninit::uninit();
        // SAFETY: `data` belongs to the table; the waker and the place outlive the call; the maker of the
        // future keeps its box pinned.
        let is_ready = unsafe { ((*self.table).poll)(self.data, &waker, &mut reply) };
        // SAFETY: the maker filled the place before it said so.
        if is_ready { Poll::Ready(unsafe { reply.assume_init() }) } else { Poll::Pending }
    }
}
impl Drop for ReplyFuture {
    fn drop(&mut self) {
        // SAFETY: `data` belongs to the table, and this is the only drop.
        unsafe { ((*self.table).drop)(self.data) }
    }
}

/// The value of a future that needs no waiting; `None` when it does, and then it is cancelled.
pub fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

unsafe extern "C" fn poll<F: Future<Output = Reply>>(
    data: *mut c_void,
    waker: *const CWaker,
    reply: *mut MaybeUninit<Reply>,
) -> bool {
    // SAFETY: `data` is the box that `ReplyFuture::new` made of an `F`; nobody else polls or drops it now.
    let slot = unsafe { &mut *data.cast::<Option<F>>() };
    let polled = contained(|| {
        let waker = ManuallyDrop::new(CWaker::borrow(waker));
        let Some(future) = slot.as_mut() else {
            return Poll::Ready(Reply::text(Status::Panic, "a call was polled after its end"));
        };
        // SAFETY: the future stays in its box until it is dropped.
        unsafe { Pin::new_unchecked(future) }.poll(&mut Context::from_waker(&waker))
    });
    let answer = match polled {
        Ok(Poll::Pending) => return false,
        Ok(Poll::Ready(answer)) => answer,
        Err(panic) => Reply::text(Status::Panic, &panic),
    };
    // A panic in a destructor must not hide the answer.
    let _ = contained(|| *slot = None);
    // SAFETY: the caller gave a place for one reply.
    unsafe { (*reply).write(answer) };
    true
}

unsafe extern "C" fn dispose<F>(data: *mut c_void) {
    // SAFETY: `data` is the box that `ReplyFuture::new` made of an `F`, dropped once.
    let future = unsafe { Box::from_raw(data.cast::<Option<F>>()) };
    let _ = contained(|| drop(future));
}

/// A waker as it crosses.
#[repr(C)]
struct CWaker {
    data: *const c_void,
    table: *const WakerTable,
}

#[repr(C)]
struct WakerTable {
    size: usize,
    clone: unsafe extern "C" fn(*const c_void) -> CWaker,
    wake: unsafe extern "C" fn(*const c_void),
    drop: unsafe extern "C" fn(*const c_void),
}

impl CWaker {
    /// This binary's waker, lent to the other side for a poll. It is not dropped there.
    fn lend(waker: &Waker) -> Self {
        Self { data: ptr::from_ref(waker).cast(), table: &OWN }
    }

    /// The other side's waker, for a poll. It must not be dropped.
    fn borrow(waker: *const Self) -> Waker {
        // SAFETY: the functions of `LENT` heed the rules of a waker, given that the pointer outlives the
        // poll and that the result is not dropped.
        unsafe { Waker::new(waker.cast(), &LENT) }
    }
}

/// Functions on this binary's wakers, called by the other side.
static OWN: WakerTable =
    WakerTable { size: size_of::<WakerTable>(), clone: own_clone, wake: own_wake, drop: own_drop };

unsafe extern "C" fn own_clone(data: *const c_void) -> CWaker {
    // SAFETY: `data` points to a waker of this binary, lent or boxed.
    let waker = unsafe { &*data.cast::<Waker>() };
    CWaker { data: Box::into_raw(Box::new(waker.clone())).cast_const().cast(), table: &OWN }
}

unsafe extern "C" fn own_wake(data: *const c_void) {
    // SAFETY: as above.
    let waker = unsafe { &*data.cast::<Waker>() };
    let _ = contained(|| waker.wake_by_ref());
}

unsafe extern "C" fn own_drop(data: *const c_void) {
    // SAFETY: only clones are dropped, and those are boxed.
    let waker = unsafe { Box::from_raw(data.cast_mut().cast::<Waker>()) };
    let _ = contained(|| drop(waker));
}

/// The other side's waker as lent for a poll: the data is a pointer to its `CWaker`.
static LENT: RawWakerVTable =
    RawWakerVTable::new(foreign_clone, foreign_wake, foreign_wake, |_| {});
/// A clone of it: the data is a box of a `CWaker`.
static CLONED: RawWakerVTable =
    RawWakerVTable::new(foreign_clone, foreign_wake_and_drop, foreign_wake, foreign_drop);

unsafe fn foreign_clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` is a `CWaker` that lives now; its table belongs to its data.
    let clone = unsafe {
        let waker = &*data.cast::<CWaker>();
        ((*waker.table).clone)(waker.data)
    };
    RawWaker::new(Box::into_raw(Box::new(clone)).cast_const().cast(), &CLONED)
}

unsafe fn foreign_wake(data: *const ()) {
    // SAFETY: as above.
    unsafe {
        let waker = &*data.cast::<CWaker>();
        ((*waker.table).wake)(waker.data);
    }
}

unsafe fn foreign_wake_and_drop(data: *const ()) {
    // SAFETY: as above; the waker is consumed.
    unsafe {
        foreign_wake(data);
        foreign_drop(data);
    }
}

unsafe fn foreign_drop(data: *const ()) {
    // SAFETY: `data` is the box of a clone, dropped once.
    unsafe {
        let waker = Box::from_raw(data.cast_mut().cast::<CWaker>());
        ((*waker.table).drop)(waker.data);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn text(reply: Reply) -> (u32, String) {
        (reply.status, reply.body.text())
    }

    #[test]
    fn an_answer_arrives() {
        let future = ReplyFuture::new(async { Reply::ok(b"tea".to_vec()) });
        assert_eq!(now(future).map(text), Some((0, "tea".into())));
        assert!(now(ReplyFuture::new(std::future::pending())).is_none());
    }

    #[test]
    fn a_waker_crosses_and_is_counted_back() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut kept = None;
        let mut future = Box::pin(ReplyFuture::new(std::future::poll_fn(move |context| {
            context.waker().wake_by_ref();
            let seen = kept.replace(context.waker().clone());
            match seen {
                None => Poll::Pending,
                Some(first) => {
                    let second = first.clone();
                    first.wake();
                    drop(second);
                    kept = None;
                    Poll::Ready(Reply::ok(Vec::new()))
                }
            }
        })));
        let mut context = Context::from_waker(&waker);
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_ready());
        drop(future);
        assert_eq!(count.0.load(Ordering::SeqCst), 3);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1, "no clone of the waker is left");
    }

    #[test]
    fn a_panic_is_an_answer_and_one_in_drop_is_nothing() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in drop");
            }
        }
        let future = ReplyFuture::new(async { panic!("boom") });
        assert_eq!(now(future).map(text), Some((Status::Panic as u32, "boom".into())));
        let bomb = Bomb;
        drop(ReplyFuture::new(async move {
            let _bomb = bomb;
            std::future::pending().await
        }));
        let bomb = Bomb;
        let after = ReplyFuture::new(async move {
            let bomb = bomb;
            let reply = Reply::ok(b"kept".to_vec());
            std::mem::forget(bomb);
            reply
        });
        assert_eq!(now(after).map(text), Some((0, "kept".into())));
    }
}
