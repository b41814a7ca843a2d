//! The checkout form: what was typed, whether it will do, and where errors stand.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::payment::{PaymentMethod, TenderRequest};
use hatchery_sdk::prelude::*;
use serde_json::Value;

/// Field name to what was typed there.
pub(crate) type Typed = BTreeMap<String, String>;
/// Field name to the message key, or the text, of what is wrong there. `form` is the form as a whole.
pub(crate) type Problems = BTreeMap<String, String>;

/// What the store's components ask of a checkout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs<'a> {
    /// Countries an address can be in.
    pub(crate) countries: Vec<&'a str>,
    /// Codes of the shipping methods and of their delivery windows; absent without shipping.
    pub(crate) shipping: Option<Vec<(String, Vec<String>)>>,
    /// Ways to pay; absent without payment.
    pub(crate) payment: Option<Vec<PaymentMethod>>,
}

/// A checkout that will do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filled {
    pub(crate) email: String,
    pub(crate) shipping_address: PostalAddress,
    pub(crate) billing_address: Option<PostalAddress>,
    pub(crate) shipping_method: Option<String>,
    pub(crate) delivery_window: Option<String>,
    pub(crate) tenders: Vec<TenderRequest>,
}

const REQUIRED: &str = "storefront-error-required";
const LONGEST: usize = 200;

/// Reads the form.
///
/// # Errors
/// Everything that is wrong, all at once.
pub(crate) fn read(typed: &Typed, needs: &Needs<'_>) -> Result<Filled, Problems> {
    let mut form = Reader { typed, problems: Problems::new() };
    let email = form.email("email");
    let shipping_address = form.address("shipping_address", &needs.countries);
    let same = typed.get("billing_same").is_some_and(|value| value == "1");
    let billing_address = (!same).then(|| form.address("billing_address", &needs.countries));
    let (shipping_method, delivery_window) = form.shipping(needs);
    let tenders = form.payment(needs);
    if !form.problems.is_empty() {
        return Err(form.problems);
    }
    Ok(Filled {
        email,
        shipping_address,
        billing_address,
        shipping_method,
        delivery_window,
        tenders,
    })
}

/// How the chosen method of a payment form is paid, for an order that exists.
///
/// # Errors
/// What is wrong.
pub(crate) fn read_payment(
    typed: &Typed,
    methods: Vec<PaymentMethod>,
) -> Result<Vec<TenderRequest>, Problems> {
    let mut form = Reader { typed, problems: Problems::new() };
    let needs = Needs { payment: Some(methods), ..Needs::default() };
    let tenders = form.payment(&needs);
    if form.problems.is_empty() { Ok(tenders) } else { Err(form.problems) }
}

/// The address as far as it is typed, for prices that depend on it; absent without a country.
pub(crate) fn address_so_far(typed: &Typed) -> Option<PostalAddress> {
    let part = |name: &str| {
        typed.get(&format!("shipping_address.{name}")).map(|text| text.trim()).unwrap_or_default()
    };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let country = some(part("country"))?;
    Some(PostalAddress {
        name: part("name").to_owned(),
        line1: part("line1").to_owned(),
        line2: some(part("line2")),
        city: part("city").to_owned(),
        region: some(part("region")),
        postal_code: part("postal_code").to_owned(),
        country,
        phone: some(part("phone")),
    })
}

/// Where the errors of another component stand in this form, and what people are told of the rest.
pub(crate) fn problems_of(error: &Error) -> Problems {
    let mut problems: Problems = error
        .fields()
        .iter()
        .map(|field| {
            let name = field.field.trim_start_matches('/').replace('/', ".");
            let required = field.code == "required";
            (name, if required { REQUIRED.to_owned() } else { field.message.clone() })
        })
        .collect();
    let form = match error.code() {
        "inventory.insufficient" => "storefront-error-not-enough-stock".to_owned(),
        "payment.declined" => "storefront-error-payment-declined".to_owned(),
        "order.cart_changed" | "cart.closed" => "storefront-error-cart-changed".to_owned(),
        _ if error.kind() == Kind::RateLimited => "storefront-error-too-many-attempts".to_owned(),
        _ => error.message().to_owned(),
    };
    problems.insert("form".into(), form);
    problems
}

struct Reader<'a> {
    typed: &'a Typed,
    problems: Problems,
}

impl Reader<'_> {
    fn optional(&mut self, name: &str) -> Option<String> {
        let text = self.typed.get(name)?.trim();
        if text.chars().count() > LONGEST {
            self.wrong(name, "storefront-error-too-long");
        }
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        let text = self.optional(name);
        if text.is_none() {
            self.wrong(name, REQUIRED);
        }
        text.unwrap_or_default()
    }

    fn email(&mut self, name: &str) -> String {
        let email = self.required(name);
        if !email.is_empty() && !looks_like_email(&email) {
            self.wrong(name, "storefront-error-email");
        }
        email
    }

    fn address(&mut self, prefix: &str, countries: &[&str]) -> PostalAddress {
        let name = |part: &str| format!("{prefix}.{part}");
        let country = self.required(&name("country"));
        if !country.is_empty() && !countries.contains(&country.as_str()) {
            self.wrong(&name("country"), "storefront-error-country");
        }
        PostalAddress {
            name: self.required(&name("name")),
            line1: self.required(&name("line1")),
            line2: self.optional(&name("line2")),
            city: self.required(&name("city")),
            region: self.optional(&name("region")),
            postal_code: self.required(&name("postal_code")),
            country,
            phone: self.optional(&name("phone")),
        }
    }

    fn shipping(&mut self, needs: &Needs<'_>) -> (Option<String>, Option<String>) {
        let Some(options) = &needs.shipping else { return (None, None) };
        let chosen = self.optional("shipping_method");
        let option = options.iter().find(|(code, _)| Some(code) == chosen.as_ref());
        let Some((code, windows)) = option else {
            self.wrong("shipping_method", "storefront-error-shipping-method");
            return (None, None);
        };
        if windows.is_empty() {
            return (Some(code.clone()), None);
        }
        let name = format!("delivery_window.{code}");
        let window = self.optional(&name).filter(|window| windows.contains(window));
        if window.is_none() {
            self.wrong(&name, REQUIRED);
        }
        (Some(code.clone()), window)
    }

    fn payment(&mut self, needs: &Needs<'_>) -> Vec<TenderRequest> {
        let Some(methods) = &needs.payment else { return Vec::new() };
        let chosen = self.optional("payment.method");
        let method = methods.iter().find(|method| Some(&method.code) == chosen.as_ref());
        let Some(method) = method else {
            self.wrong("payment.method", "storefront-error-payment-method");
            return Vec::new();
        };
        let mut data = BTreeMap::new();
        for field in &method.fields {
            let name = format!("payment.{}", field.name);
            let value = match field.required {
                true => Some(self.required(&name)),
                false => self.optional(&name),
            };
            data.extend(value.map(|value| (field.name.clone(), Value::String(value))));
        }
        vec![TenderRequest { method: method.code.clone(), amount: None, data }]
    }

    fn wrong(&mut self, name: &str, key: &str) {
        self.problems.insert(name.to_owned(), key.to_owned());
    }
}

/// One `@` with something before it and a dotted name after it. Whether it exists, mail will tell.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |text: &str| !text.chars().any(|c| c.is_whitespace() || c == '@' || c == ',');
    let dotted = domain.contains('.') && domain.split('.').all(|part| !part.is_empty());
    !local.is_empty() && plain(local) && plain(domain) && dotted
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::payment::PaymentField;

    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn complete() -> Typed {
        typed(&[
            ("email", " ada@example.org "),
            ("shipping_address.name", "Ada Lovelace"),
            ("shipping_address.line1", "12 St James's Square"),
            ("shipping_address.city", "London"),
            ("shipping_address.postal_code", "SW1Y 4JH"),
            ("shipping_address.country", "GB"),
            ("billing_same", "1"),
            ("shipping_method", "standard"),
            ("delivery_window.standard", "monday"),
            ("payment.method", "card"),
            ("payment.card_token", "tok_visa"),
        ])
    }

    fn needs() -> Needs<'static> {
        let field = PaymentField {
            name: "card_token".into(),
            label: Localized::en("Card"),
            required: true,
        };
        let card = PaymentMethod {
            code: "card".into(),
            kind: "card".into(),
            name: Localized::en("Card"),
            description: Localized::default(),
            fields: vec![field],
            provider: "payment-card-sandbox".into(),
        };
        Needs {
            countries: vec!["GB", "CN"],
            shipping: Some(vec![
                ("standard".into(), vec!["monday".into()]),
                ("pickup".into(), Vec::new()),
            ]),
            payment: Some(vec![card]),
        }
    }

    #[test]
    fn a_complete_form_is_read() {
        let filled = read(&complete(), &needs()).unwrap();
        assert_eq!(filled.email, "ada@example.org");
        assert_eq!(filled.shipping_address.line2, None);
        assert_eq!(filled.billing_address, None);
        assert_eq!(filled.delivery_window.as_deref(), Some("monday"));
        assert_eq!(filled.tenders[0].data["card_token"], "tok_visa");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let problems = read(&typed(&[("email", "ada@example")]), &needs()).unwrap_err();
        assert_eq!(problems["email"], "storefront-error-email");
        assert_eq!(problems["shipping_address.name"], REQUIRED);
        assert_eq!(problems["billing_address.city"], REQUIRED);
        assert_eq!(problems["shipping_method"], "storefront-error-shipping-method");
        assert_eq!(problems["payment.method"], "storefront-error-payment-method");
    }

    #[test]
    fn one_wrong_field_is_named() {
        let check = |name: &str, value: &str, place: &str, expect: &str| {
            let mut form = complete();
            form.insert(name.into(), value.into());
            let problems = read(&form, &needs()).unwrap_err();
            assert_eq!(problems, typed(&[(place, expect)]), "{name}");
        };
        let country = "shipping_address.country";
        check(country, "XX", country, "storefront-error-country");
        check("delivery_window.standard", "sunday", "delivery_window.standard", REQUIRED);
        check("payment.card_token", " ", "payment.card_token", REQUIRED);
        let long = "a".repeat(LONGEST + 1);
        let name = "shipping_address.name";
        check(name, &long, name, "storefront-error-too-long");
    }

    #[test]
    fn what_a_store_does_not_have_is_not_asked() {
        let without = Needs { countries: vec!["GB"], ..Needs::default() };
        let filled = read(&complete(), &without).unwrap();
        assert_eq!(filled.shipping_method, None);
        assert!(filled.tenders.is_empty());
    }

    #[test]
    fn addresses_of_mail_are_told_from_other_text() {
        for good in ["a@b.de", "first.last+tag@mail.example.org", "用户@例子.公司"] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.de", "a@b.", "a b@c.de", "a@b@c.de", "a@.de"] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }

    #[test]
    fn errors_of_other_components_find_their_fields() {
        let error = Error::invalid("order.address", "The address is not complete.").with_field(
            "/shipping_address/postal_code",
            "address.postal_code_unknown",
            "Unknown there.",
        );
        let error = error.with_field("/shipping_address/city", "required", "Needed there.");
        let problems = problems_of(&error);
        assert_eq!(problems["shipping_address.postal_code"], "Unknown there.");
        assert_eq!(problems["shipping_address.city"], REQUIRED);
        assert_eq!(problems["form"], "The address is not complete.");
        let sold_out = Error::conflict("inventory.insufficient", "1 of X is left");
        assert_eq!(problems_of(&sold_out)["form"], "storefront-error-not-enough-stock");
    }
}
