//! The painter: every product picture is drawn by code, none is a photograph.
//!
//! A picture is a *kind* (teapot, candle, scarf, ..) with two colors and a style, painted on the
//! backdrop of its category. The same input always gives the same bytes. A picture is plain static
//! SVG: no script, no text, no reference to anything outside itself.

mod canvas;
mod garden;
mod kitchen;
mod parts;
mod scent;
mod stationery;
mod table;
mod tea;
mod teaware;
mod textile;

use std::fmt;
use std::str::FromStr;

use canvas::Canvas;
use serde::{Deserialize, Deserializer};

/// What is to be painted: the parameters of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Picture {
    /// The thing.
    pub(crate) kind: Kind,
    /// Its main color; variants with a color of their own replace it.
    pub(crate) color: Rgb,
    /// Its second color: rim, label, handle, contents.
    pub(crate) accent: Rgb,
    /// The decoration or form, where a kind has several.
    #[serde(default)]
    pub(crate) style: Style,
}

/// The colors behind the things of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Palette {
    /// The wall.
    pub(crate) wall: Rgb,
    /// The table or floor.
    pub(crate) table: Rgb,
    /// The soft shape on the wall.
    pub(crate) shape: Rgb,
}

/// The things the painter knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Tin,
    Pouch,
    TeaCake,
    TeaBox,
    MatchaTin,
    GlassJar,
    Teapot,
    Cups,
    Gaiwan,
    Pitcher,
    SlatTray,
    WhiskBowl,
    Kettle,
    Flask,
    Plate,
    Bowl,
    Mug,
    Carafe,
    Vase,
    Tray,
    PaperLamp,
    Chopsticks,
    Clock,
    Notebook,
    Pen,
    Tapes,
    Letters,
    Bookmark,
    Brushes,
    Planner,
    InkBottle,
    PencilCup,
    Throw,
    Scarf,
    TeaTowel,
    Apron,
    Cushion,
    Runner,
    TowelStack,
    Socks,
    Tote,
    Candle,
    Pillars,
    Tapers,
    Diffuser,
    Incense,
    Spray,
    Candlestick,
    Soap,
    Board,
    Spoons,
    Pan,
    Mill,
    Mortar,
    Knife,
    Steamer,
    Honey,
    PlantPot,
    WateringCan,
    SeedPacket,
    Lantern,
    BirdHouse,
    Trowels,
    Bonsai,
    WindChime,
    GiftBox,
}

/// Decoration or form, for the kinds that come in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Style {
    #[default]
    Plain,
    Leaf,
    Wave,
    Band,
    Flower,
    Grain,
    Round,
    Flat,
}

/// A color, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// A text that is not `#rrggbb`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a color of the form #rrggbb")]
pub(crate) struct ColorError(String);

/// Paints a picture as an SVG document of 600 by 600 units. `seed` moves the light a little, so that two
/// products of one kind do not share a backdrop.
pub(crate) fn paint(picture: &Picture, palette: &Palette, seed: &str) -> String {
    let mut canvas = Canvas::new(*palette, hash(seed));
    draw(&mut canvas, picture);
    canvas.finish()
}

fn draw(c: &mut Canvas, picture: &Picture) {
    let p = picture;
    match p.kind {
        Kind::Tin => tea::tin(c, p),
        Kind::Pouch => tea::pouch(c, p),
        Kind::TeaCake => tea::cake(c, p),
        Kind::TeaBox => tea::tea_box(c, p),
        Kind::MatchaTin => tea::matcha_tin(c, p),
        Kind::GlassJar => tea::glass_jar(c, p),
        Kind::Teapot => teaware::teapot(c, p),
        Kind::Cups => teaware::cups(c, p),
        Kind::Gaiwan => teaware::gaiwan(c, p),
        Kind::Pitcher => teaware::pitcher(c, p),
        Kind::SlatTray => teaware::slat_tray(c, p),
        Kind::WhiskBowl => teaware::whisk_bowl(c, p),
        Kind::Kettle => teaware::kettle(c, p),
        Kind::Flask => teaware::flask(c, p),
        Kind::Plate => table::plate(c, p),
        Kind::Bowl => table::bowl(c, p),
        Kind::Mug => table::mug(c, p),
        Kind::Carafe => table::carafe(c, p),
        Kind::Vase => table::vase(c, p),
        Kind::Tray => table::tray(c, p),
        Kind::PaperLamp => table::paper_lamp(c, p),
        Kind::Chopsticks => table::chopsticks(c, p),
        Kind::Clock => table::clock(c, p),
        Kind::Notebook => stationery::notebook(c, p),
        Kind::Pen => stationery::pen(c, p),
        Kind::Tapes => stationery::tapes(c, p),
        Kind::Letters => stationery::letters(c, p),
        Kind::Bookmark => stationery::bookmark(c, p),
        Kind::Brushes => stationery::brushes(c, p),
        Kind::Planner => stationery::planner(c, p),
        Kind::InkBottle => stationery::ink_bottle(c, p),
        Kind::PencilCup => stationery::pencil_cup(c, p),
        Kind::Throw => textile::throw(c, p),
        Kind::Scarf => textile::scarf(c, p),
        Kind::TeaTowel => textile::tea_towel(c, p),
        Kind::Apron => textile::apron(c, p),
        Kind::Cushion => textile::cushion(c, p),
        Kind::Runner => textile::runner(c, p),
        Kind::TowelStack => textile::towel_stack(c, p),
        Kind::Socks => textile::socks(c, p),
        Kind::Tote => textile::tote(c, p),
        Kind::Candle => scent::candle(c, p),
        Kind::Pillars => scent::pillars(c, p),
        Kind::Tapers => scent::tapers(c, p),
        Kind::Diffuser => scent::diffuser(c, p),
        Kind::Incense => scent::incense(c, p),
        Kind::Spray => scent::spray(c, p),
        Kind::Candlestick => scent::candlestick(c, p),
        Kind::Soap => scent::soap(c, p),
        Kind::Board => kitchen::board(c, p),
        Kind::Spoons => kitchen::spoons(c, p),
        Kind::Pan => kitchen::pan(c, p),
        Kind::Mill => kitchen::mill(c, p),
        Kind::Mortar => kitchen::mortar(c, p),
        Kind::Knife => kitchen::knife(c, p),
        Kind::Steamer => kitchen::steamer(c, p),
        Kind::Honey => kitchen::honey(c, p),
        Kind::PlantPot => garden::plant_pot(c, p),
        Kind::WateringCan => garden::watering_can(c, p),
        Kind::SeedPacket => garden::seed_packet(c, p),
        Kind::Lantern => garden::lantern(c, p),
        Kind::BirdHouse => garden::bird_house(c, p),
        Kind::Trowels => garden::trowels(c, p),
        Kind::Bonsai => garden::bonsai(c, p),
        Kind::WindChime => garden::wind_chime(c, p),
        Kind::GiftBox => garden::gift_box(c, p),
    }
}

/// FNV-1a, only used to vary backdrops.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Rgb {
    /// Paper white, the light in every picture.
    pub(crate) const WHITE: Self = Self(255, 253, 248);
    /// The darkest tone: a warm near-black, kinder than `#000`.
    pub(crate) const DARK: Self = Self(38, 30, 36);

    /// The color `share` (0 to 1) of the way to `other`.
    pub(crate) fn mix(self, other: Self, share: f32) -> Self {
        let blend =
            |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    pub(crate) fn light(self, share: f32) -> Self {
        self.mix(Self::WHITE, share)
    }

    pub(crate) fn dark(self, share: f32) -> Self {
        self.mix(Self::DARK, share)
    }

    /// Perceived brightness, 0 to 255.
    pub(crate) fn brightness(self) -> f32 {
        0.3 * f32::from(self.0) + 0.59 * f32::from(self.1) + 0.11 * f32::from(self.2)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl FromStr for Rgb {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let error = || ColorError(text.to_owned());
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6).ok_or_else(error)?;
        let number = u32::from_str_radix(digits, 16).map_err(|_| error())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self(red, green, blue))
    }
}

impl<'de> Deserialize<'de> for Rgb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
