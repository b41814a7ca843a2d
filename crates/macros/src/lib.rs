//! `#[component]` registers a component; `#[interface]` makes a role trait an interface.

mod component;
mod interface;

use proc_macro::TokenStream;

/// Registers a unit struct that implements `Component`, with the `component.toml` beside Cargo.toml.
///
/// ```ignore
/// #[component]
/// pub struct CatalogComponent;
/// ```
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes an object-safe async trait an interface:
/// `#[interface(id = "catalog", version = "1.0.0")]`, with `collective` when all implementations are used
/// and `external` when a call may leave the process.
///
/// Every method must be `async`, take `&self` and `ctx: &Ctx` first, and speak only owned, serializable
/// types, so that it can cross a byte boundary.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interface::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// The path of the crate that holds the component face, as the calling crate names it.
fn face() -> proc_macro2::TokenStream {
    use proc_macro_crate::{FoundCrate, crate_name};
    let name = |crate_name: &FoundCrate, own: &str| {
        let name = match crate_name {
            FoundCrate::Itself => own.to_owned(),
            FoundCrate::Name(name) => name.clone(),
        };
        syn::Ident::new(&name, proc_macro2::Span::call_site())
    };
    if let Ok(found) = crate_name("hatchery-component") {
        let name = name(&found, "hatchery_component");
        return quote::quote!(::#name);
    }
    if let Ok(found) = crate_name("hatchery-sdk") {
        let name = name(&found, "hatchery_sdk");
        return quote::quote!(::#name::component);
    }
    quote::quote!(::hatchery_component)
}
