//! The one list of linked components. A listed dependency that no code names is dropped by rustc and
//! registers nothing; `tests/arch` compares this list with `plugins/`.

#[cfg(feature = "linked")]
mod linked {
    use hatchery_catalog as _;
}
