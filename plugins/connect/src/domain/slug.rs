//! Names in addresses, made from other systems' names.

const MAX_LENGTH: usize = 100;

/// Lowercase letters and digits of any script joined by single dashes; `fallback` when nothing is left.
pub(crate) fn slugify(text: &str, fallback: &str) -> String {
    let slug = dashed(text);
    if slug.is_empty() { dashed(fallback) } else { slug }
}

fn dashed(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() && !c.is_uppercase() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') && c != '\'' {
            slug.push('-');
        }
        if slug.chars().count() >= MAX_LENGTH {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_words_joined_by_dashes() {
        let check = |text: &str, expected: &str| assert_eq!(slugify(text, "P-1"), expected);
        check("WHITE HANGING HEART T-LIGHT HOLDER", "white-hanging-heart-t-light-holder");
        check("  Gumball Monster  (Coat  Rack)!", "gumball-monster-coat-rack");
        check("KID'S TOY", "kids-toy");
        check("茶壶", "茶壶");
        check("???", "p-1");
        assert!(slugify(&"long ".repeat(60), "x").len() <= MAX_LENGTH);
    }
}
