//! The C boundary between a host and the components it loads from shared libraries.
//!
//! Nothing of Rust's own ABI crosses: only the `repr(C)` structs of this crate, and bytes in MessagePack
//! with field names ([`codec`]). Both sides may be built by different compilers and with different
//! versions of every other crate.
//!
//! - A [`Service`] is something that answers calls: a counted pointer with a table of functions. The host
//!   holds one per loaded component; with each call it hands over another one, through which the component
//!   reaches the host on behalf of that call.
//! - A call is a [`Request`] and gives a [`ReplyFuture`], which the caller polls with its own waker.
//! - A library has one exported symbol, an [`Entry`], and a section with its [`Manifest`], which is read
//!   before any of its code runs. Both are made by [`export!`](crate::export).
//!
//! # What may change
//! A change of [`MAJOR`] breaks every component. With a [`MINOR`] tables get longer at their end: each begins
//! with its size, and a field behind the size is not read. Memory is freed by the side that made it. Nothing
//! unwinds across: a panic becomes a [`Status::Panic`]. All `unsafe` of the boundary is in this crate, below
//! safe functions.

mod buffer;
pub mod codec;
mod entry;
mod future;
mod manifest;
mod service;

pub use buffer::Buf;
pub use entry::{Entry, HEAD_LENGTH, HeadError, Host, HostApi, Level, Log, SpanAct};
pub use future::{ReplyFuture, now};
pub use manifest::{Manifest, ManifestError, SECTION_NAMES};
pub use service::{Dispatch, Reply, Request, Service, Status};

#[doc(hidden)]
pub use entry::open;
#[doc(hidden)]
pub use manifest::{head, join};

/// First eight bytes of an [`Entry`].
pub const MAGIC: u64 = u64::from_le_bytes(*b"HATCHCMP");
/// Version of the boundary; another one cannot be spoken to.
pub const MAJOR: u16 = 1;
/// What was added since that version; components of older and newer minors work.
pub const MINOR: u16 = 1;
/// Name of the exported [`Entry`].
pub const SYMBOL: &str = "HATCHERY_COMPONENT";

/// The number of a method: FNV-1a of its name.
pub const fn method_id(name: &str) -> u32 {
    let (bytes, mut hash, mut index) = (name.as_bytes(), 0x811c_9dc5_u32, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash
}

/// Runs code that may panic and gives the panic's text.
pub(crate) fn contained<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => "a panic without a text".to_owned(),
        };
        // The payload is somebody's value; its drop may panic as well.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_ids_are_fnv1a() {
        assert_eq!(method_id(""), 0x811c_9dc5);
        assert_eq!(method_id("a"), 0xe40c_292c);
        assert_eq!(method_id("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn the_text_of_a_panic_is_kept() {
        assert_eq!(contained(|| 1), Ok(1));
        assert_eq!(contained(|| panic!("boom")), Err::<(), _>("boom".to_owned()));
        assert_eq!(contained(|| panic!("boom {}", 2)), Err::<(), _>("boom 2".to_owned()));
    }
}
