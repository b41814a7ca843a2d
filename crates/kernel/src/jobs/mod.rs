//! Jobs: work done later or again and again, at least once, outside any unit of work.
//!
//! [`enqueue`] puts a run into `kernel_job` with the change it belongs to. The [`Runner`] of a store takes
//! what is due, two at a time, and holds a lease on it meanwhile; a run that fails is queued again with
//! growing pauses, and after [`MAX_ATTEMPTS`] it is dead, which staff can see and retry. Runs of a process
//! that died are queued again when the next one starts. A job whose component is switched off stays queued.
//!
//! One run per job and key is queued at a time; asking again for an earlier time moves it there.
//!
//! Jobs with a schedule are queued by it under the key `schedule`: `Every` for the first time one interval
//! after the store first saw it, `Daily` by the wall clock of the store's time zone. A time that was missed is
//! made up for once.

mod queue;
pub(crate) mod resource;
mod runner;
mod schedule;

#[cfg(test)]
mod tests;

pub(crate) use queue::next_wake;
pub use queue::{MAX_ATTEMPTS, discard, enqueue, retry};
pub use runner::Runner;
