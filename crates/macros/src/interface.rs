//! `#[interface]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Error, FnArg, ItemTrait, LitStr, Result, TraitItem, Type};

#[derive(Default)]
struct Arguments {
    id: Option<LitStr>,
    version: Option<LitStr>,
    collective: bool,
    external: bool,
}

impl Arguments {
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("id") {
            self.id = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("version") {
            self.version = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("collective") {
            self.collective = true;
        } else if meta.path.is_ident("external") {
            self.external = true;
        } else {
            return Err(meta.error("expected id = \"..\", version = \"..\", collective or external"));
        }
        Ok(())
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut read = Arguments::default();
    syn::meta::parser(|meta| read.read(&meta)).parse2(arguments)?;
    let item: ItemTrait = syn::parse2(item)?;
    let missing = |what| Error::new_spanned(&item.ident, format!("#[interface] needs {what} = \"..\""));
    let id = read.id.as_ref().ok_or_else(|| missing("id"))?;
    let version = read.version.as_ref().ok_or_else(|| missing("version"))?;
    for member in &item.items {
        check_method(member)?;
    }
    let (collective, external) = (read.collective, read.external);
    let (name, face) = (&item.ident, crate::face());
    Ok(quote! {
        #item

        impl #face::interface::Interface for dyn #name {
            const ID: &'static str = #id;
            const VERSION: &'static str = #version;
            const COLLECTIVE: bool = #collective;
            const EXTERNAL: bool = #external;
        }
    })
}

/// What cannot cross a byte boundary is refused at compile time.
fn check_method(member: &TraitItem) -> Result<()> {
    let TraitItem::Fn(method) = member else {
        return Err(Error::new_spanned(member, "an interface has methods only"));
    };
    let signature = &method.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(signature, "an interface method is async: it may be far away"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "an interface method has no generics"));
    }
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.mutability.is_none() => {}
        _ => return Err(Error::new_spanned(signature, "an interface method takes &self")),
    }
    match inputs.next() {
        Some(FnArg::Typed(argument)) if is_ctx(&argument.ty) => {}
        _ => return Err(Error::new_spanned(signature, "an interface method takes ctx: &Ctx first")),
    }
    for input in inputs {
        let FnArg::Typed(argument) = input else { continue };
        if matches!(*argument.ty, Type::Reference(_)) {
            let message = "arguments are owned: they cross a byte boundary";
            return Err(Error::new_spanned(argument, message));
        }
    }
    Ok(())
}

fn is_ctx(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "Ctx")
}
