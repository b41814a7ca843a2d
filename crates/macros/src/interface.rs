//! `#[interface]`

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Error, FnArg, ItemTrait, LitStr, Pat, Result, Signature, TraitItem, Type};

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
            return Err(
                meta.error("expected id = \"..\", version = \"..\", collective or external")
            );
        }
        Ok(())
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut read = Arguments::default();
    syn::meta::parser(|meta| read.read(&meta)).parse2(arguments)?;
    let item: ItemTrait = syn::parse2(item)?;
    let missing =
        |what| Error::new_spanned(&item.ident, format!("#[interface] needs {what} = \"..\""));
    let id = read.id.as_ref().ok_or_else(|| missing("id"))?;
    let version = read.version.as_ref().ok_or_else(|| missing("version"))?;
    let methods = item.items.iter().map(Method::read).collect::<Result<Vec<_>>>()?;
    refuse_equal_numbers(&methods)?;
    let (collective, external) = (read.collective, read.external);
    let (name, face) = (&item.ident, crate::face());
    let calls = methods.iter().map(|method| method.call(&face));
    let answers = methods.iter().map(|method| method.answer(&face));
    let watches = methods.iter().map(Method::watch);
    Ok(quote! {
        #item

        const _: () = {
            impl #face::interface::Interface for dyn #name {
                const ID: &'static str = #id;
                const VERSION: &'static str = #version;
                const COLLECTIVE: bool = #collective;
                const EXTERNAL: bool = #external;

                fn watched(
                    implementation: ::std::sync::Arc<Self>,
                    watched: #face::watch::Watched,
                ) -> ::std::sync::Arc<Self> {
                    ::std::sync::Arc::new(__Watched(implementation, watched))
                }

                fn remote(
                    elsewhere: ::std::sync::Arc<dyn #face::interface::Dispatch>,
                ) -> ::std::sync::Arc<Self> {
                    ::std::sync::Arc::new(__Elsewhere(elsewhere))
                }

                fn dispatcher(
                    here: ::std::sync::Arc<Self>,
                ) -> ::std::sync::Arc<dyn #face::interface::Dispatch> {
                    ::std::sync::Arc::new(__Here(here))
                }
            }

            struct __Watched(::std::sync::Arc<dyn #name>, #face::watch::Watched);

            #[#face::async_trait::async_trait]
            impl #name for __Watched {
                #(#watches)*
            }

            struct __Elsewhere(::std::sync::Arc<dyn #face::interface::Dispatch>);

            #[#face::async_trait::async_trait]
            impl #name for __Elsewhere {
                #(#calls)*
            }

            struct __Here(::std::sync::Arc<dyn #name>);

            #[#face::async_trait::async_trait]
            impl #face::interface::Dispatch for __Here {
                async fn dispatch(
                    &self,
                    __ctx: &#face::Ctx,
                    __method: u32,
                    __args: ::std::vec::Vec<u8>,
                ) -> #face::Result<::std::vec::Vec<u8>> {
                    match __method {
                        #(#answers)*
                        other => ::std::result::Result::Err(#face::interface::no_method(#id, other)),
                    }
                }
            }
        };
    })
}

/// A method of an interface, as far as it crosses.
struct Method {
    signature: Signature,
    number: u32,
    ctx: Ident,
    arguments: Vec<Ident>,
}

impl Method {
    fn read(member: &TraitItem) -> Result<Self> {
        let signature = check_method(member)?.clone();
        let number = number(&signature.ident.to_string());
        let mut names = Vec::new();
        for input in &signature.inputs {
            let FnArg::Typed(argument) = input else { continue };
            let Pat::Ident(name) = &*argument.pat else {
                return Err(Error::new_spanned(argument, "an argument has a plain name"));
            };
            names.push(name.ident.clone());
        }
        let ctx = names.remove(0);
        Ok(Self { signature, number, ctx, arguments: names })
    }

    /// Its implementation that sends the arguments elsewhere.
    fn call(&self, face: &TokenStream) -> TokenStream {
        let Self { signature, number, ctx, arguments } = self;
        quote! {
            #signature {
                let __args = #face::interface::pack(&(#(&#arguments,)*));
                #face::interface::call(&*self.0, #ctx, #number, __args).await
            }
        }
    }

    /// Its implementation that lets another one work under watch.
    fn watch(&self) -> TokenStream {
        let Self { signature, ctx, arguments, .. } = self;
        let name = &signature.ident;
        quote! {
            #signature {
                self.1.call(#ctx, self.0.#name(#ctx, #(#arguments),*)).await
            }
        }
    }

    /// The arm that takes the arguments from elsewhere.
    fn answer(&self, face: &TokenStream) -> TokenStream {
        let (name, number, arguments) = (&self.signature.ident, self.number, &self.arguments);
        let values: Vec<_> = (0..arguments.len()).map(|index| format_ident!("__{index}")).collect();
        quote! {
            #number => {
                let (#(#values,)*) = #face::interface::unpack(&__args)?;
                #face::interface::pack(&self.0.#name(__ctx, #(#values),*).await?)
            }
        }
    }
}

/// FNV-1a of a name, as in `hatchery_abi::method_id`.
fn number(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn refuse_equal_numbers(methods: &[Method]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for method in methods {
        let name = &method.signature.ident;
        if let Some(other) = seen.insert(method.number, name) {
            let message =
                format!("'{name}' and '{other}' have the same number; rename one of them");
            return Err(Error::new_spanned(name, message));
        }
    }
    Ok(())
}

/// What cannot cross a byte boundary is refused at compile time.
fn check_method(member: &TraitItem) -> Result<&Signature> {
    let TraitItem::Fn(method) = member else {
        return Err(Error::new_spanned(member, "an interface has methods only"));
    };
    let signature = &method.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(
            signature,
            "an interface method is async: it may be far away",
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "an interface method has no generics"));
    }
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some() && receiver.mutability.is_none() => {}
        _ => return Err(Error::new_spanned(signature, "an interface method takes &self")),
    }
    match inputs.next() {
        Some(FnArg::Typed(argument)) if is_ctx(&argument.ty) => {}
        _ => {
            return Err(Error::new_spanned(signature, "an interface method takes ctx: &Ctx first"));
        }
    }
    for input in inputs {
        let FnArg::Typed(argument) = input else { continue };
        if matches!(*argument.ty, Type::Reference(_)) {
            let message = "arguments are owned: they cross a byte boundary";
            return Err(Error::new_spanned(argument, message));
        }
    }
    Ok(signature)
}

fn is_ctx(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "Ctx")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(item: TokenStream) -> String {
        let arguments = quote!(id = "tea", version = "1.0.0");
        expand(arguments, item).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn numbers_are_those_of_the_boundary() {
        assert_eq!(number("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn methods_of_one_number_are_refused() {
        // Two names with the same FNV-1a hash.
        assert_eq!(number("costarring"), number("liquid"));
        let message = refusal(quote! {
            trait Tea {
                async fn costarring(&self, ctx: &Ctx) -> Result<()>;
                async fn liquid(&self, ctx: &Ctx) -> Result<()>;
            }
        });
        assert_eq!(message, "'liquid' and 'costarring' have the same number; rename one of them");
    }

    #[test]
    fn what_cannot_cross_is_refused() {
        let check = |item: TokenStream, says: &str| assert!(refusal(item).contains(says), "{says}");
        check(
            quote!(
                trait Tea {
                    fn brew(&self, ctx: &Ctx) -> Result<()>;
                }
            ),
            "is async",
        );
        check(
            quote!(
                trait Tea {
                    async fn brew(&self) -> Result<()>;
                }
            ),
            "ctx: &Ctx first",
        );
        check(
            quote!(
                trait Tea {
                    async fn brew(&self, ctx: &Ctx, cup: &str) -> Result<()>;
                }
            ),
            "owned",
        );
        check(
            quote!(
                trait Tea {
                    async fn brew<T>(&self, ctx: &Ctx) -> Result<T>;
                }
            ),
            "no generics",
        );
        check(
            quote!(
                trait Tea {
                    const HOT: bool;
                }
            ),
            "methods only",
        );
        let typed = quote!(
            trait Tea {
                async fn brew(&self, ctx: &Ctx, (a, b): (u8, u8)) -> Result<()>;
            }
        );
        check(typed, "plain name");
    }
}
