//! `#[component]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemStruct, Result};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "#[component] takes no arguments; facts stand in component.toml",
        ));
    }
    let item: ItemStruct = syn::parse2(item)?;
    if !item.fields.is_empty() || !item.generics.params.is_empty() {
        let message = "a component is a unit struct; what a store needs is made in `start`";
        return Err(Error::new_spanned(&item, message));
    }
    let (name, face) = (&item.ident, crate::face());
    Ok(quote! {
        #item

        #face::export_component! {
            #name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/component.toml"))
        }
    })
}
