//! Pages of the component `admin`.
