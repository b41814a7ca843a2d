//! Pages of the component `storefront`.
