//! The mapping `shopify-csv`: Shopify's product export. Lines of one handle are one product: its first line
//! describes it, every line with a price is a variant, lines with nothing but a picture add pictures.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Image, OptionType, OptionValue, ProductDraft, ProductStatus, Variant,
};
use hatchery_sdk::interfaces::inventory::StockCount;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::slug::slugify;
use crate::error::ImportError;

/// A product with everything a file says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductRecord {
    pub(crate) draft: ProductDraft,
    /// Name of its category, if it has one.
    pub(crate) category: Option<String>,
    pub(crate) prices: Vec<PriceDraft>,
    pub(crate) stock: Vec<StockCount>,
    /// Values of fields that staff added.
    pub(crate) custom: BTreeMap<String, Value>,
    /// Its lines in the file and what they are.
    pub(crate) rows: Vec<(u64, &'static str)>,
}

/// Products of a file in its order, and the lines that are none.
pub(crate) type Products = (Vec<ProductRecord>, Vec<(u64, &'static str)>);

/// Where the columns of an export are; Shopify leaves some out.
pub(crate) struct Columns(BTreeMap<String, usize>);

impl Columns {
    /// Finds the columns in a header.
    pub(crate) fn find(header: &StringRecord) -> Result<Self, ImportError> {
        let columns: BTreeMap<String, usize> = header
            .iter()
            .enumerate()
            .map(|(index, name)| (name.trim().to_owned(), index))
            .collect();
        match ["Handle", "Title", "Variant Price"]
            .into_iter()
            .find(|name| !columns.contains_key(*name))
        {
            Some(column) => Err(ImportError::MissingColumn {
                column: column.to_owned(),
                known: header.iter().collect::<Vec<_>>().join(", "),
            }),
            None => Ok(Self(columns)),
        }
    }

    fn get<'r>(&self, record: &'r StringRecord, name: &str) -> Option<&'r str> {
        let field = record.get(*self.0.get(name)?)?.trim();
        (!field.is_empty()).then_some(field)
    }
}

/// Groups the lines of an export into products.
pub(crate) fn products(
    records: &[(u64, StringRecord)],
    columns: &Columns,
    currency: Currency,
) -> Products {
    let (mut found, mut rejected): Products = (Vec::new(), Vec::new());
    let mut by_handle: BTreeMap<String, usize> = BTreeMap::new();
    let mut skus: BTreeSet<Sku> = BTreeSet::new();
    for (row, record) in records {
        let get = |name: &str| columns.get(record, name);
        let Some(handle) = get("Handle") else {
            rejected.push((*row, "handle missing"));
            continue;
        };
        let index = match by_handle.get(handle) {
            Some(index) => *index,
            None => {
                let Some(title) = get("Title") else {
                    rejected.push((*row, "first line of a product without a title"));
                    continue;
                };
                by_handle.insert(handle.to_owned(), found.len());
                found.push(begin(handle, title, &get));
                found.len() - 1
            }
        };
        let is_first = found[index].rows.is_empty();
        match line(&mut found[index], (handle, is_first), &get, currency, &mut skus) {
            Ok(kind) => found[index].rows.push((*row, kind)),
            Err(reason) => rejected.push((*row, reason)),
        }
    }
    let (kept, empty): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|product| !product.draft.variants.is_empty());
    let lost = empty.into_iter().flat_map(|product| product.rows);
    rejected.extend(lost.map(|(row, _)| (row, "product without a variant that can be sold")));
    rejected.sort();
    (kept, rejected)
}

fn begin<'r>(handle: &str, title: &str, get: &impl Fn(&str) -> Option<&'r str>) -> ProductRecord {
    let is_hidden = get("Published").is_some_and(|text| text.eq_ignore_ascii_case("false"))
        || get("Status").is_some_and(|text| !text.eq_ignore_ascii_case("active"));
    let category = get("Type").map(str::to_owned);
    let tags = get("Tags").unwrap_or_default().split(',').map(str::trim);
    let draft = ProductDraft {
        slug: slugify(handle, "product"),
        status: if is_hidden { ProductStatus::Draft } else { ProductStatus::Active },
        name: Localized::en(title),
        description: get("Body (HTML)").map(|html| Localized::en(text(html))).unwrap_or_default(),
        brand: get("Vendor").map(str::to_owned),
        category: category.as_deref().map(|name| slugify(name, "other")),
        tags: tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        ..Default::default()
    };
    ProductRecord {
        draft,
        category,
        prices: vec![],
        stock: vec![],
        custom: BTreeMap::new(),
        rows: vec![],
    }
}

fn line<'r>(
    product: &mut ProductRecord,
    (handle, is_first): (&str, bool),
    get: &impl Fn(&str) -> Option<&'r str>,
    currency: Currency,
    skus: &mut BTreeSet<Sku>,
) -> Result<&'static str, &'static str> {
    let Some(price) = get("Variant Price") else {
        return match get("Image Src") {
            Some(url) => {
                picture(product, url, get("Image Alt Text"));
                Ok(if is_first { "product" } else { "image" })
            }
            None if is_first => Ok("product"),
            None => Err("neither a variant nor a picture"),
        };
    };
    let price = UnitPrice::parse(price, currency).map_err(|_| "price is no amount")?;
    if price.micros < 0 {
        return Err("price is no amount");
    }
    let list_price = get("Variant Compare At Price")
        .and_then(|text| UnitPrice::parse(text, currency).ok())
        .filter(|list_price| list_price.micros > price.micros);
    let given = get("Variant SKU").map(|text| text.trim_start_matches('\''));
    let made = format!("{handle}-{}", product.draft.variants.len() + 1);
    let made: String = made.chars().take(Sku::MAX_LENGTH).collect();
    let sku = Sku::new(given.filter(|text| !text.is_empty()).unwrap_or(&made))
        .map_err(|_| "SKU too long")?;
    let options = options(product, get);
    let is_known = |variant: &Variant| variant.sku == sku && variant.options == options;
    if product.draft.variants.iter().any(is_known) {
        return Err("variant stands twice in the file");
    }
    let unique = unique(&sku, skus);
    let is_shared = unique != sku;
    let sku = unique;
    skus.insert(sku.clone());
    for url in get("Image Src").into_iter().chain(get("Variant Image")) {
        picture(product, url, get("Image Alt Text"));
    }
    let image = get("Variant Image")
        .and_then(|url| product.draft.images.iter().position(|image| image.url == url));
    let name: Vec<&str> = [1, 2, 3]
        .iter()
        .filter_map(|number| get(&format!("Option{number} Value")))
        .filter(|value| *value != "Default Title")
        .collect();
    let name = if name.is_empty() { Localized::default() } else { Localized::en(name.join(" / ")) };
    product.draft.variants.push(Variant {
        sku: sku.clone(),
        name,
        options,
        weight_grams: get("Variant Grams")
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|grams| *grams > 0.0)
            .map(|grams| grams.round() as i64),
        barcode: get("Variant Barcode").map(|text| text.trim_start_matches('\'').to_owned()),
        image: image.and_then(|image| u32::try_from(image).ok()),
    });
    product.prices.push(PriceDraft { sku: sku.clone(), price, list_price });
    let is_tracked = get("Variant Inventory Tracker").is_some();
    let on_hand = get("Variant Inventory Qty").and_then(|text| text.parse::<i64>().ok());
    if let Some(on_hand) = on_hand.filter(|_| is_tracked) {
        let on_hand = on_hand.max(0);
        product.stock.push(StockCount { sku, location: None, on_hand, reason: "imported".into() });
    }
    Ok(match (is_first, is_shared) {
        (true, false) => "product",
        (false, false) => "variant",
        (true, true) => "product, SKU made unique",
        (false, true) => "variant, SKU made unique",
    })
}

/// The SKU, with a number behind it when another variant has it: shops give one to several of them.
fn unique(sku: &Sku, skus: &BTreeSet<Sku>) -> Sku {
    let numbered = |number: u32| {
        let end = format!("-{number}");
        let begin: String = sku.as_str().chars().take(Sku::MAX_LENGTH - end.len()).collect();
        Sku::new(&format!("{begin}{end}")).ok()
    };
    let mut candidates = std::iter::once(sku.clone()).chain((2..).filter_map(numbered));
    candidates.find(|candidate| !skus.contains(candidate)).unwrap_or_else(|| sku.clone())
}

/// The options of a variant; what its product does not list yet is added there. The names of options
/// stand in the product's first line only.
fn options<'r>(
    product: &mut ProductRecord,
    get: &impl Fn(&str) -> Option<&'r str>,
) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    for number in 0..3 {
        let Some(value) = get(&format!("Option{} Value", number + 1)) else { continue };
        if value == "Default Title" {
            continue;
        }
        if let Some(name) = get(&format!("Option{} Name", number + 1))
            && product.draft.options.len() == number
        {
            let key = format!("{}-{}", number + 1, slugify(name, "option"));
            product.draft.options.push(OptionType {
                key,
                name: Localized::en(name),
                values: vec![],
            });
        }
        let Some(option) = product.draft.options.get_mut(number) else { continue };
        let key = slugify(value, "value");
        if !option.values.iter().any(|known| known.key == key) {
            option.values.push(OptionValue { key: key.clone(), name: Localized::en(value) });
        }
        options.insert(option.key.clone(), key);
    }
    options
}

/// Adds a picture on the web that the product does not have yet.
pub(crate) fn picture(product: &mut ProductRecord, url: &str, alt: Option<&str>) {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web && !product.draft.images.iter().any(|image| image.url == url) {
        let alt = alt.map(Localized::en).unwrap_or_default();
        product.draft.images.push(Image { url: url.to_owned(), alt });
    }
}

/// The words of an HTML text: tags become spaces, the usual entities their signs.
fn text(html: &str) -> String {
    let (mut text, mut in_tag) = (String::with_capacity(html.len()), false);
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&rsquo;", "’"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    let text = entities.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Variant Inventory Tracker,Variant Inventory Qty,Image Src";

    fn read(lines: &str) -> Products {
        let mut reader = csv::Reader::from_reader(lines.as_bytes());
        let columns = Columns::find(reader.headers().unwrap()).unwrap();
        let records: Vec<(u64, StringRecord)> =
            reader.records().map(|record| record.unwrap()).zip(2..).map(|(r, n)| (n, r)).collect();
        products(&records, &columns, Currency::USD)
    }

    #[test]
    fn lines_of_one_handle_are_one_product() {
        let (products, rejected) = read(&format!(
            "{HEADER}\n\
             top,Varsity Top,<p>Nice &amp; warm</p>,Size,Small,,60,75,shopify,3,https://x/1.jpg\n\
             top,,,,Large,TOP-L,60,,,,\n\
             top,,,,,,,,,,https://x/2.jpg\n\
             top,,,,,,,,,,\n\
             ,Nobody,,,,,,,,,\n\
             cup,Cup,,Title,Default Title,TOP-L,free,,,,\n"
        ));
        assert_eq!(products.len(), 1);
        let product = &products[0];
        assert_eq!(product.draft.description.get(&Locale::en()), "Nice & warm");
        let skus: Vec<&str> =
            product.draft.variants.iter().map(|variant| variant.sku.as_str()).collect();
        assert_eq!(skus, ["top-1", "TOP-L"]);
        assert_eq!(product.draft.options[0].values.len(), 2);
        assert_eq!(product.draft.variants[1].options["1-size"], "large");
        assert_eq!(product.prices[0].list_price.map(|price| price.micros), Some(75_000_000));
        assert_eq!(product.stock.len(), 1);
        assert_eq!(product.draft.images.len(), 2);
        assert_eq!(product.rows, [(2, "product"), (3, "variant"), (4, "image")]);
        assert_eq!(
            rejected,
            [
                (5, "neither a variant nor a picture"),
                (6, "handle missing"),
                (7, "price is no amount"),
            ]
        );
    }

    #[test]
    fn a_sku_of_several_variants_is_made_unique_and_a_variant_stands_once() {
        let long = "x".repeat(64);
        let (products, rejected) = read(&format!(
            "{HEADER}\n\
             top,Top,,Size,S,M-1,60,,,,\n\
             top,,,,M,M-1,60,,,,\n\
             top,,,,S,M-1,60,,,,\n\
             cup,Cup,,,,M-1,5,,,,\n\
             {long},Hat,,Size,S,,5,,,,\n\
             {long},,,,M,,5,,,,\n"
        ));
        let skus: Vec<&str> = products
            .iter()
            .flat_map(|product| &product.draft.variants)
            .map(|variant| variant.sku.as_str())
            .collect();
        assert_eq!(skus, ["M-1", "M-1-2", "M-1-3", &long, &format!("{}-2", &long[..62])]);
        assert_eq!(rejected, [(4, "variant stands twice in the file")]);
        assert_eq!(products[1].rows, [(5, "product, SKU made unique")]);
    }

    #[test]
    fn an_export_needs_its_columns() {
        let header = StringRecord::from(vec!["Handle", "Name"]);
        assert!(matches!(Columns::find(&header), Err(ImportError::MissingColumn { .. })));
    }
}
