//! A store's own color and corners: a small style sheet that sets the custom properties of `site.css`.
//!
//! Contrast is what WCAG 2.2 calls it (1.4.3): at least 4.5 to 1 for text. Whatever color a store picks
//! stays on its buttons; the text on it is black or white, whichever reads better, and where the color is
//! itself text it is moved toward the ink until it can be read.

use std::fmt::{self, Display, Write};

use sha2::{Digest, Sha256};

/// The least contrast of text, WCAG 2.2 AA.
const READABLE: f64 = 4.5;
/// How far a color is moved at once when it cannot be read yet.
const STEP: f64 = 0.05;
/// How much of the accent is in the ground of selected things.
const SOFT: f64 = 0.12;
/// How much of black or white a button gets below the pointer.
const HOVER: f64 = 0.2;

const BLACK: Color = Color([0, 0, 0]);
const WHITE: Color = Color([255, 255, 255]);

/// A color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color([u8; 3]);

/// The grounds of `site.css` in one color scheme on which text stands that is colored.
struct Scheme {
    paper: Color,
    /// The ground that is farthest from the paper.
    tint: Color,
    /// What colored text is moved toward.
    ink: Color,
}

const LIGHT: Scheme = Scheme { paper: WHITE, tint: Color([0xe7, 0xeb, 0xe4]), ink: BLACK };
const DARK: Scheme =
    Scheme { paper: Color([0x13, 0x17, 0x15]), tint: Color([0x26, 0x2e, 0x2a]), ink: WHITE };

/// What a store wants to look like. Texts that are no color count as none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes<'a> {
    pub(crate) accent: &'a str,
    pub(crate) accent_dark: &'a str,
    /// In pixels.
    pub(crate) corner: Option<u32>,
}

/// The style sheet of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Its text.
    pub(crate) css: String,
    /// The first 16 hexadecimal digits of its SHA-256, which is part of its address.
    pub(crate) hash: String,
}

impl Look {
    /// The style sheet of wishes; none when there are none.
    pub(crate) fn of(wishes: Wishes<'_>) -> Option<Self> {
        let accent = Color::parse(wishes.accent);
        let dark = Color::parse(wishes.accent_dark);
        let dark = dark.or_else(|| accent.map(|accent| DARK.readable(accent, DARK.tint)));
        if accent.is_none() && dark.is_none() && wishes.corner.is_none() {
            return None;
        }
        let mut light = accent.map(|accent| LIGHT.properties(accent)).unwrap_or_default();
        if let Some(corner) = wishes.corner {
            let small = (corner * 3).div_ceil(5);
            light.push_str(&format!("--radius:{corner}px;--radius-small:{small}px;"));
        }
        let mut css = String::new();
        if !light.is_empty() {
            css.push_str(&format!(":root{{{light}}}\n"));
        }
        if let Some(dark) = dark {
            let dark = DARK.properties(dark);
            css.push_str(&format!("@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"));
        }
        let digest = Sha256::digest(css.as_bytes());
        let hash = digest.iter().take(8).fold(String::new(), |mut hash, byte| {
            // Writing to a text does not fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        Some(Self { css, hash })
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("/look/{}.css", self.hash)
    }
}

impl Scheme {
    /// The custom properties that an accent sets.
    fn properties(&self, accent: Color) -> String {
        let on_accent =
            if accent.contrast(WHITE) >= accent.contrast(BLACK) { WHITE } else { BLACK };
        // Away from the text on it, so that it reads better still.
        let hover = accent.mixed(if on_accent == WHITE { BLACK } else { WHITE }, HOVER);
        let soft = self.paper.mixed(accent, SOFT);
        let text = self.readable(self.readable(accent, self.tint), soft);
        format!(
            "--accent:{accent};--accent-text:{text};--accent-hover:{hover};--on-accent:{on_accent};--accent-soft:{soft};"
        )
    }

    /// A color moved toward the ink until it can be read on a ground.
    fn readable(&self, color: Color, ground: Color) -> Color {
        let steps = (0..=20).map(|step| color.mixed(self.ink, f64::from(step) * STEP));
        let mut readable = steps.filter(|color| color.contrast(ground) >= READABLE);
        readable.next().unwrap_or(self.ink)
    }
}

impl Color {
    /// The color of a text like `#2f6f3e`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The contrast to another color, 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The color with a share of another in it.
    fn mixed(self, other: Self, share: f64) -> Self {
        let part = |at: usize| {
            let (from, to) = (f64::from(self.0[at]), f64::from(other.0[at]));
            let value = (from + (to - from) * share).round().clamp(0.0, 255.0);
            // Between 0 and 255 after the line above.
            value as u8
        };
        Self([part(0), part(1), part(2)])
    }

    /// The relative luminance of WCAG 2.2.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    fn look(accent: &str, accent_dark: &str, corner: Option<u32>) -> Option<Look> {
        Look::of(Wishes { accent, accent_dark, corner })
    }

    /// The properties of the `number`th rule.
    fn properties(css: &str, number: usize) -> BTreeMap<String, Color> {
        let rule = css.lines().nth(number).unwrap();
        let (_, body) = rule.rsplit_once(":root{").unwrap();
        let pairs = body.trim_end_matches('}').split(';').filter_map(|pair| pair.split_once(':'));
        pairs.filter_map(|(name, value)| Some((name.to_owned(), Color::parse(value)?))).collect()
    }

    #[test]
    fn colors_and_contrast_are_those_of_the_standard() {
        assert_eq!(Color::parse("#2F6f3e").map(|color| color.to_string()), Some("#2f6f3e".into()));
        for wrong in ["", "2f6f3e", "#2f6f3", "#2f6f3e0", "#+f6f3e", "green", "#äöü"] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        // The grey that is just readable on white, and the one that just is not.
        assert!(color("#767676").contrast(WHITE) >= READABLE);
        assert!(color("#777777").contrast(WHITE) < READABLE);
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let css = include_str!("../../assets/site.css");
        let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
        for (scheme, text) in [(LIGHT, light), (DARK, dark)] {
            for (name, color) in [("--paper", scheme.paper), ("--tint-strong", scheme.tint)] {
                let line = format!("{name}: {color};");
                assert!(text.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn nothing_asked_for_is_nothing() {
        assert_eq!(look("", "", None), None);
        let corners = look("", "", Some(0)).unwrap();
        assert_eq!(corners.css, ":root{--radius:0px;--radius-small:0px;}\n");
        let dark = look("", "#ffcc00", None).unwrap();
        assert!(dark.css.starts_with("@media"), "{}", dark.css);
    }

    #[test]
    fn all_text_can_be_read_whatever_the_color() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let accent = Color([red, green, blue]);
                    check(&look(&accent.to_string(), "", Some(8)).unwrap().css, accent, None);
                    let both = look(&accent.to_string(), &accent.to_string(), None).unwrap();
                    check(&both.css, accent, Some(accent));
                }
            }
        }
        #[track_caller]
        fn check(css: &str, accent: Color, dark: Option<Color>) {
            for (number, scheme) in [LIGHT, DARK].into_iter().enumerate() {
                let found = properties(css, number);
                let of = |name: &str| found[name];
                let own = if number == 0 { Some(accent) } else { dark };
                assert!(own.is_none_or(|own| of("--accent") == own), "{css}");
                for ground in ["--accent", "--accent-hover"] {
                    assert!(of("--on-accent").contrast(of(ground)) >= READABLE, "{ground}: {css}");
                }
                for ground in [scheme.paper, scheme.tint, of("--accent-soft")] {
                    assert!(of("--accent-text").contrast(ground) >= READABLE, "{ground}: {css}");
                }
            }
        }
    }

    #[test]
    fn another_content_has_another_address() {
        let (green, red) = (look("#2f6f3e", "", None), look("#a02020", "", None));
        assert_ne!(green.as_ref().unwrap().address(), red.unwrap().address());
        assert_eq!(green, look("#2f6f3e", "", None));
    }
}
