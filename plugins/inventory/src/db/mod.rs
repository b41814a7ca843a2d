//! What is stored.

pub(crate) mod level;
pub(crate) mod migrations;
pub(crate) mod movement;
pub(crate) mod reservation;
