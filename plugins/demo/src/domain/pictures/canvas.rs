//! Strokes and fills: a thin layer over SVG text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Palette, Rgb};

/// Where the table begins, and where things stand on it.
pub(super) const TABLE: f32 = 420.0;
pub(super) const GROUND: f32 = 488.0;

/// A fill or stroke.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    Solid(Rgb),
    /// A color with an opacity between 0 and 1.
    Veil(Rgb, f32),
    Gradient(usize),
}

/// A picture in the making. Positions are in units of the 600 by 600 view box.
pub(super) struct Canvas {
    pub(super) palette: Palette,
    pub(super) seed: u32,
    definitions: Vec<String>,
    body: String,
}

pub(super) fn veil(color: Rgb, opacity: f32) -> Paint {
    Paint::Veil(color, opacity)
}

/// White light of the given opacity.
pub(super) fn shine(opacity: f32) -> Paint {
    Paint::Veil(Rgb::WHITE, opacity)
}

/// Shadow of the given opacity.
pub(super) fn shade(opacity: f32) -> Paint {
    Paint::Veil(Rgb::DARK, opacity)
}

/// A number with at most one decimal, as short as possible.
pub(super) fn n(value: f32) -> String {
    let tenths = (value * 10.0).round() as i32;
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{:.1}", tenths as f32 / 10.0)
    }
}

impl Canvas {
    pub(super) fn new(palette: Palette, seed: u32) -> Self {
        Self { palette, seed, definitions: Vec::new(), body: String::with_capacity(4096) }
    }

    pub(super) fn finish(mut self) -> String {
        self.share_outlines();
        let mut svg = String::with_capacity(self.body.len() + 1024);
        svg.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 600\"><defs>");
        for definition in &self.definitions {
            svg.push_str(definition);
        }
        svg.push_str("</defs><g fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\">");
        svg.push_str(&self.body);
        svg.push_str("</g></svg>");
        svg
    }

    /// Writes an outline that is used several times (filled, clipped to, as a shadow) only once.
    fn share_outlines(&mut self) {
        let mut used: BTreeMap<String, u32> = BTreeMap::new();
        for text in self.definitions.iter().chain([&self.body]) {
            for part in text.split("<path d=\"").skip(1) {
                let outline = part.split('"').next().unwrap_or_default();
                *used.entry(outline.to_owned()).or_default() += 1;
            }
        }
        for (outline, _) in used.into_iter().filter(|(d, times)| *times > 1 && d.len() > 40) {
            let id = self.definitions.len();
            let (long, short) = (format!("<path d=\"{outline}\""), format!("<use href=\"#d{id}\""));
            for text in self.definitions.iter_mut().chain([&mut self.body]) {
                *text = text.replace(&long, &short);
            }
            self.definitions.push(format!("<path id=\"d{id}\" d=\"{outline}\"/>"));
        }
    }

    /// A definition's number; equal definitions are written once.
    fn define(&mut self, make: impl Fn(usize) -> String) -> usize {
        let known = (0..self.definitions.len()).find(|&id| self.definitions[id] == make(id));
        known.unwrap_or_else(|| {
            let id = self.definitions.len();
            self.definitions.push(make(id));
            id
        })
    }

    /// A linear gradient between two points of the filled shape's box (0 to 1).
    pub(super) fn linear(
        &mut self,
        from: (f32, f32),
        to: (f32, f32),
        stops: &[(f32, Paint)],
    ) -> Paint {
        let stops = stops_text(stops);
        Paint::Gradient(self.define(|id| {
            format!(
                "<linearGradient id=\"d{id}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\">{stops}</linearGradient>",
                n(from.0),
                n(from.1),
                n(to.0),
                n(to.1),
            )
        }))
    }

    /// A radial gradient from the middle of the filled shape to its edge.
    pub(super) fn radial(&mut self, stops: &[(f32, Paint)]) -> Paint {
        let stops = stops_text(stops);
        Paint::Gradient(
            self.define(|id| format!("<radialGradient id=\"d{id}\">{stops}</radialGradient>")),
        )
    }

    /// The gradient that makes a turned body look round: light from the left.
    pub(super) fn volume(&mut self, color: Rgb) -> Paint {
        self.linear(
            (0.0, 0.0),
            (1.0, 0.1),
            &[
                (0.0, color.dark(0.1).into()),
                (0.2, color.light(0.26).into()),
                (0.5, color.into()),
                (0.88, color.dark(0.3).into()),
                (1.0, color.dark(0.22).into()),
            ],
        )
    }

    /// A gentle fall of light over a flat thing, from upper left to lower right.
    pub(super) fn sheet(&mut self, color: Rgb) -> Paint {
        self.linear(
            (0.0, 0.0),
            (1.0, 1.0),
            &[(0.0, color.light(0.14).into()), (0.5, color.into()), (1.0, color.dark(0.1).into())],
        )
    }

    /// Polished metal: several bands of light.
    pub(super) fn metal(&mut self, color: Rgb) -> Paint {
        self.linear(
            (0.0, 0.0),
            (1.0, 0.0),
            &[
                (0.0, color.dark(0.3).into()),
                (0.22, color.light(0.55).into()),
                (0.42, color.into()),
                (0.72, color.dark(0.32).into()),
                (0.9, color.light(0.18).into()),
                (1.0, color.dark(0.2).into()),
            ],
        )
    }

    pub(super) fn path(&mut self, d: &str, fill: impl Into<Paint>) {
        let fill = attribute("fill", fill.into());
        let _ = write!(self.body, "<path d=\"{d}\"{fill}/>");
    }

    /// A stroked line with round ends.
    pub(super) fn line(&mut self, d: &str, stroke: impl Into<Paint>, width: f32) {
        let stroke = attribute("stroke", stroke.into());
        let _ = write!(self.body, "<path d=\"{d}\"{stroke} stroke-width=\"{}\"/>", n(width));
    }

    /// Round dots of one size at many places.
    pub(super) fn dots(
        &mut self,
        places: impl IntoIterator<Item = (f32, f32)>,
        r: f32,
        fill: impl Into<Paint>,
    ) {
        let mut d = String::new();
        for (x, y) in places {
            let _ = write!(d, "M{} {}h0", x.round(), y.round());
        }
        self.line(&d, fill, r * 2.0);
    }

    /// Draws a thing of unit size 100 once and stamps it wherever it is wanted.
    pub(super) fn stamp(
        &mut self,
        (x, y): (f32, f32),
        turn: f32,
        size: f32,
        draw: impl FnOnce(&mut Self),
    ) {
        let before = std::mem::take(&mut self.body);
        draw(self);
        let thing = std::mem::replace(&mut self.body, before);
        let id = self.define(|id| format!("<g id=\"d{id}\">{thing}</g>"));
        let rotate = if turn == 0.0 { String::new() } else { format!("rotate({})", n(turn)) };
        let scale = fraction(size / 100.0);
        let (x, y) = (n(x), n(y));
        let _ = write!(
            self.body,
            "<use href=\"#d{id}\" transform=\"translate({x} {y}){rotate}scale({scale})\"/>"
        );
    }

    /// A dashed line: stitches, marks.
    pub(super) fn dashes(&mut self, d: &str, stroke: impl Into<Paint>, width: f32, dash: &str) {
        let stroke = attribute("stroke", stroke.into());
        let _ = write!(
            self.body,
            "<path d=\"{d}\"{stroke} stroke-width=\"{}\" stroke-linecap=\"butt\" stroke-dasharray=\"{dash}\"/>",
            n(width)
        );
    }

    pub(super) fn ellipse(&mut self, cx: f32, cy: f32, rx: f32, ry: f32, fill: impl Into<Paint>) {
        let fill = attribute("fill", fill.into());
        let _ = if (rx - ry).abs() < 0.05 {
            write!(self.body, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{fill}/>", n(cx), n(cy), n(rx))
        } else {
            let (cx, cy, rx, ry) = (n(cx), n(cy), n(rx), n(ry));
            write!(self.body, "<ellipse cx=\"{cx}\" cy=\"{cy}\" rx=\"{rx}\" ry=\"{ry}\"{fill}/>")
        };
    }

    pub(super) fn circle(&mut self, cx: f32, cy: f32, r: f32, fill: impl Into<Paint>) {
        self.ellipse(cx, cy, r, r, fill);
    }

    /// An ellipse's outline.
    pub(super) fn ring(
        &mut self,
        cx: f32,
        cy: f32,
        rx: f32,
        ry: f32,
        stroke: impl Into<Paint>,
        width: f32,
    ) {
        let stroke = attribute("stroke", stroke.into());
        let _ = write!(
            self.body,
            "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\"{stroke} stroke-width=\"{}\"/>",
            n(cx),
            n(cy),
            n(rx),
            n(ry),
            n(width)
        );
    }

    /// A rectangle with corners of radius `round`.
    pub(super) fn rect(
        &mut self,
        x: f32,
        y: f32,
        w: f32,
        h: f32,
        round: f32,
        fill: impl Into<Paint>,
    ) {
        let fill = attribute("fill", fill.into());
        let corner = if round > 0.0 { format!(" rx=\"{}\"", n(round)) } else { String::new() };
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{corner}{fill}/>",
            n(x),
            n(y),
            n(w),
            n(h)
        );
    }

    /// Draws with a transform.
    pub(super) fn group(&mut self, transform: &str, draw: impl FnOnce(&mut Self)) {
        let _ = write!(self.body, "<g transform=\"{transform}\">");
        draw(self);
        self.body.push_str("</g>");
    }

    /// Draws only inside the outline `d`.
    pub(super) fn within(&mut self, d: &str, draw: impl FnOnce(&mut Self)) {
        let id = self.define(|id| format!("<clipPath id=\"d{id}\"><path d=\"{d}\"/></clipPath>"));
        let _ = write!(self.body, "<g clip-path=\"url(#d{id})\">");
        draw(self);
        self.body.push_str("</g>");
    }

    /// Draws out of focus: shadows, steam, glow.
    pub(super) fn soft(&mut self, blur: f32, draw: impl FnOnce(&mut Self)) {
        // Few strengths, so that few filters are defined.
        let blur = [4.0, 6.0, 10.0].into_iter().find(|step| blur <= *step).unwrap_or(12.0);
        let id = self.define(|id| {
            format!(
                "<filter id=\"d{id}\" x=\"-.4\" y=\"-.4\" width=\"1.8\" height=\"1.8\"><feGaussianBlur stdDeviation=\"{blur}\"/></filter>"
            )
        });
        let _ = write!(self.body, "<g filter=\"url(#d{id})\">");
        draw(self);
        self.body.push_str("</g>");
    }
}

impl From<Rgb> for Paint {
    fn from(color: Rgb) -> Self {
        Self::Solid(color)
    }
}

fn attribute(name: &str, paint: Paint) -> String {
    match paint {
        Paint::Solid(_) | Paint::Veil(..) => format!(" {name}=\"{}\"", color_text(paint)),
        Paint::Gradient(id) => format!(" {name}=\"url(#d{id})\""),
    }
}

fn stops_text(stops: &[(f32, Paint)]) -> String {
    let mut text = String::new();
    for (offset, paint) in stops {
        let color = color_text(*paint);
        let _ = match *offset {
            0.0 => write!(text, "<stop stop-color=\"{color}\"/>"),
            offset => {
                write!(text, "<stop offset=\"{}\" stop-color=\"{color}\"/>", fraction(offset))
            }
        };
    }
    text
}

/// `#rrggbb`, with two digits of opacity more where it shines through (CSS Color 4, known to all browsers).
fn color_text(paint: Paint) -> String {
    match paint {
        Paint::Solid(color) => color.to_string(),
        Paint::Veil(color, opacity) => format!("{color}{:02x}", (opacity * 255.0).round() as u8),
        Paint::Gradient(_) => "none".to_owned(),
    }
}

/// A small number with two decimals and no leading zero.
fn fraction(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.strip_prefix('0') {
        Some("") | None => text.to_owned(),
        Some(rest) => rest.to_owned(),
    }
}
