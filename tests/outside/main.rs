//! Components outside of this workspace: what a newcomer does, by the guide and with the example.
//!
//! They are built by cargo itself, into one folder, because most of the time goes into what they depend on.

mod example;
mod guide;
mod page;
mod shell;
mod workshop;
