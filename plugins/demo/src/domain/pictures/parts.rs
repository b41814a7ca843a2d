//! What several pictures share: backdrops, turned bodies, leaves, flames, labels.

use super::Rgb;
use super::canvas::{Canvas, GROUND, TABLE, n, shade, shine, veil};

/// A wall and a table, for things that stand.
pub(super) fn stand(c: &mut Canvas) {
    let p = c.palette;
    let wall =
        c.linear((0.0, 0.0), (0.3, 1.0), &[(0.0, p.wall.light(0.5).into()), (1.0, p.wall.into())]);
    c.rect(0.0, 0.0, 600.0, 600.0, 0.0, wall);
    wall_shape(c, false);
    let table = c.linear(
        (0.0, 0.0),
        (0.0, 1.0),
        &[(0.0, p.table.light(0.22).into()), (1.0, p.table.dark(0.04).into())],
    );
    c.rect(0.0, TABLE, 600.0, 180.0, 0.0, table);
    c.rect(0.0, TABLE, 600.0, 2.0, 0.0, shine(0.5));
}

/// A surface seen from above, for things that lie.
pub(super) fn lie(c: &mut Canvas) {
    let p = c.palette;
    let top = c.linear(
        (0.0, 0.0),
        (1.0, 1.0),
        &[(0.0, p.wall.light(0.4).into()), (1.0, p.table.light(0.15).into())],
    );
    c.rect(0.0, 0.0, 600.0, 600.0, 0.0, top);
    c.circle(300.0, 300.0, 236.0, veil(p.shape, 0.8));
    let bar = shine(0.22);
    let shift = (c.seed % 5) as f32 * 34.0 - 60.0;
    c.soft(8.0, |c| {
        for x in [40.0, 190.0] {
            let x = x + shift;
            c.path(&format!("M{} -20h90l260 640h-90z", n(x)), bar);
        }
    });
}

/// A wall only, for things that hang.
pub(super) fn hang(c: &mut Canvas) {
    let p = c.palette;
    let wall = c.linear(
        (0.0, 0.0),
        (1.0, 1.0),
        &[(0.0, p.wall.light(0.55).into()), (1.0, p.wall.dark(0.03).into())],
    );
    c.rect(0.0, 0.0, 600.0, 600.0, 0.0, wall);
    wall_shape(c, true);
}

fn wall_shape(c: &mut Canvas, whole: bool) {
    let shape = c.palette.shape;
    match c.seed % 3 {
        0 => c.circle(300.0, if whole { 300.0 } else { 268.0 }, 214.0, shape),
        1 => c.path("M112 620V262a188 188 0 0 1 376 0V620z", shape),
        _ => {
            c.circle(318.0, 262.0, 206.0, shape);
            c.ring(282.0, 286.0, 206.0, 206.0, shine(0.7), 2.5);
        }
    }
    let shift = (c.seed / 3 % 4) as f32 * 40.0;
    c.soft(7.0, |c| {
        for x in [0.0, 120.0] {
            c.path(&format!("M{} -20h70l-190 460h-70z", n(250.0 + shift + x)), shine(0.2));
        }
    });
}

/// The shadow of a thing that stands at `y`, `rx` wide to each side; it falls to the right.
pub(super) fn ground_shadow(c: &mut Canvas, cx: f32, y: f32, rx: f32) {
    c.soft(11.0, |c| {
        c.ellipse(cx + rx * 0.26, y + 2.0, rx * 1.16, (rx * 0.15).max(9.0), shade(0.2));
    });
    c.soft(4.0, |c| c.ellipse(cx + 3.0, y, rx * 0.98, (rx * 0.1).max(6.0), shade(0.3)));
}

/// The shadow under a thing that lies or hangs close to its background.
pub(super) fn drop_shadow(c: &mut Canvas, d: &str) {
    c.soft(10.0, |c| c.group("translate(9 15)", |c| c.path(d, shade(0.26))));
}

/// How flat circles look: the height of an ellipse for its width.
pub(super) const TILT: f32 = 0.17;

/// The outline of a body turned on a lathe, from (height, radius) pairs, top to bottom. Its foot is round.
pub(super) fn turned(cx: f32, profile: &[(f32, f32)]) -> String {
    let left: Vec<(f32, f32)> = profile.iter().map(|&(y, r)| (cx - r, y)).collect();
    let right: Vec<(f32, f32)> = profile.iter().rev().map(|&(y, r)| (cx + r, y)).collect();
    let foot = profile.last().map_or(0.0, |p| p.1);
    let top = profile.first().map_or(0.0, |p| p.1);
    let (mut d, start) = (spline(&left, true), left[0]);
    let end = right[0];
    d.push_str(&arc(foot, foot * TILT, false, end));
    d.push_str(&spline(&right, false));
    d.push_str(&arc(top, top * TILT, false, start));
    d.push('z');
    d
}

fn arc(rx: f32, ry: f32, sweep: bool, to: (f32, f32)) -> String {
    format!("A{} {} 0 0 {} {} {}", n(rx), n(ry), u8::from(sweep), to.0.round(), to.1.round())
}

/// A smooth curve (Catmull-Rom, written as cubic Bezier segments) through points.
fn spline(points: &[(f32, f32)], begin: bool) -> String {
    let r = |value: f32| value.round() as i32;
    let mut d = String::new();
    if begin {
        d.push_str(&format!("M{} {}", r(points[0].0), r(points[0].1)));
    }
    let at = |i: usize| points[i.clamp(1, points.len()) - 1];
    for i in 1..points.len() {
        let (a, b, e, f) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        d.push_str(&format!(
            "C{} {} {} {} {} {}",
            r(b.0 + (e.0 - a.0) / 6.0),
            r(b.1 + (e.1 - a.1) / 6.0),
            r(e.0 - (f.0 - b.0) / 6.0),
            r(e.1 - (f.1 - b.1) / 6.0),
            r(e.0),
            r(e.1)
        ));
    }
    d
}

/// A turned body in one color with its gloss; gives back the outline.
pub(super) fn vessel(
    c: &mut Canvas,
    cx: f32,
    profile: &[(f32, f32)],
    color: Rgb,
    gloss: f32,
) -> String {
    let d = turned(cx, profile);
    let fill = c.volume(color);
    c.path(&d, fill);
    polish(c, cx, profile, gloss);
    d
}

/// The streak of light on the left of a turned body, and a faint one on the right.
pub(super) fn polish(c: &mut Canvas, cx: f32, profile: &[(f32, f32)], gloss: f32) {
    if gloss <= 0.0 || profile.len() < 2 {
        return;
    }
    let (top, bottom) = (profile[0].0, profile[profile.len() - 1].0);
    let radius = |y: f32| {
        let mut r = profile[0].1;
        for pair in profile.windows(2) {
            let ((y0, r0), (y1, r1)) = (pair[0], pair[1]);
            if y >= y0 && y1 > y0 {
                r = r0 + (r1 - r0) * ((y - y0) / (y1 - y0)).min(1.0);
            }
        }
        r
    };
    let streak = |from: f32, to: f32, outer: f32, inner: f32| {
        let heights: Vec<f32> =
            (0..4).map(|i| top + (bottom - top) * (from + (to - from) * i as f32 / 3.0)).collect();
        let mut points: Vec<(f32, f32)> =
            heights.iter().map(|&y| (cx - radius(y) * outer, y)).collect();
        points.extend(heights.iter().rev().map(|&y| (cx - radius(y) * inner, y)));
        format!("{}z", spline(&points, true))
    };
    c.path(&streak(0.12, 0.66, 0.74, 0.62), shine(gloss));
    if bottom - top > 90.0 {
        c.path(&streak(0.25, 0.85, -0.9, -0.94), shine(gloss * 0.35));
    }
}

/// An open mouth: the rim and the inside of a vessel.
pub(super) fn mouth(c: &mut Canvas, cx: f32, y: f32, r: f32, color: Rgb) {
    c.ellipse(cx, y, r, r * TILT, color.light(0.3));
    let inside = c.linear(
        (0.0, 0.0),
        (1.0, 0.0),
        &[(0.0, color.dark(0.42).into()), (1.0, color.dark(0.12).into())],
    );
    c.ellipse(cx, y + 1.0, r * 0.93, r * TILT * 0.86, inside);
}

/// What fills an open mouth.
pub(super) fn liquid(c: &mut Canvas, cx: f32, y: f32, r: f32, color: Rgb) {
    let fill = c.linear(
        (0.0, 0.0),
        (1.0, 0.3),
        &[(0.0, color.dark(0.16).into()), (1.0, color.light(0.2).into())],
    );
    c.ellipse(cx, y + r * 0.035, r * 0.86, r * TILT * 0.7, fill);
    c.ellipse(cx - r * 0.3, y, r * 0.24, r * TILT * 0.16, shine(0.4));
}

/// Steam over something hot.
pub(super) fn steam(c: &mut Canvas, x: f32, y: f32) {
    let wisp = "c-22 -22 22 -40 0 -64s12 -34 2 -46";
    let d: String = [(-26.0, 8.0), (4.0, -14.0), (32.0, 6.0)]
        .into_iter()
        .map(|(dx, dy)| format!("M{} {}{wisp}", n(x + dx), n(y + dy)))
        .collect();
    c.soft(4.0, |c| c.line(&d, shine(0.62), 9.0));
}

/// A leaf that starts at (x, y) and points to `angle` degrees (0 is right, -90 up).
pub(super) fn leaf(c: &mut Canvas, x: f32, y: f32, length: f32, angle: f32, color: Rgb) {
    c.stamp((x, y), angle, length, |c| {
        c.path("M0 0C25 -34 72 -25 100 0C72 25 25 34 0 0z", color);
        c.path("M0 0C25 -34 72 -25 100 0z", shine(0.16));
        c.line("M0 0H86", shine(0.4), 2.5);
    });
}

/// A stem with pairs of leaves, growing from (x, y) towards `angle`.
pub(super) fn sprig(c: &mut Canvas, (x, y): (f32, f32), length: f32, angle: f32, color: Rgb) {
    c.group(&format!("translate({} {}) rotate({})", n(x), n(y), n(angle)), |c| {
        c.line(
            &format!("M0 0Q{} {} {} 0", n(length * 0.5), n(-length * 0.06), n(length)),
            color.dark(0.2),
            3.0,
        );
        for i in 0..4 {
            let at = length * (0.25 + 0.2 * i as f32);
            let size = length * (0.34 - 0.03 * i as f32);
            leaf(c, at, -3.0, size, -46.0, color);
            leaf(c, at + length * 0.06, 2.0, size, 42.0, color.dark(0.1));
        }
        leaf(c, length, 0.0, length * 0.26, 0.0, color.light(0.1));
    });
}

/// A round flower with `petals` petals.
pub(super) fn flower(c: &mut Canvas, x: f32, y: f32, r: f32, petals: u32, color: Rgb, heart: Rgb) {
    c.stamp((x, y), 0.0, r, |c| {
        let petal = |i: u32| {
            // A petal is a leaf-shaped loop from the heart and back.
            let at = |turn: f32, far: f32| {
                let (sin, cos) =
                    (std::f32::consts::TAU * (i as f32 + turn) / petals as f32).sin_cos();
                format!("{} {}", (far * cos).round(), (far * sin).round())
            };
            format!(
                "M0 0C{} {} {}S{} 0 0z",
                at(-0.55, 80.0),
                at(-0.36, 112.0),
                at(0.0, 104.0),
                at(0.55, 80.0)
            )
        };
        let (even, odd) = ((0..petals).step_by(2), (1..petals).step_by(2));
        c.path(&even.map(petal).collect::<String>(), color);
        c.path(&odd.map(petal).collect::<String>(), color.dark(0.07));
        c.circle(0.0, 0.0, 25.0, heart);
    });
}

/// The `i`-th of evenly scattered places in a box: the additive recurrence of the plastic number, known as
/// R2 (Martin Roberts, 2018), which leaves no lines and no clumps.
pub(super) fn scatter(i: u32, (x, y, w, h): (f32, f32, f32, f32)) -> (f32, f32) {
    let (a, b) = (0.5 + 0.754_877_7 * i as f32, 0.5 + 0.569_840_3 * i as f32);
    (x + w * a.fract(), y + h * b.fract())
}

/// The places of `count` scattered ones that lie in the ellipse that fills the box: a small heap.
pub(super) fn heap(
    count: u32,
    (x, y, w, h): (f32, f32, f32, f32),
) -> impl Iterator<Item = (f32, f32)> {
    scattered(count, (x, y, w, h)).filter(move |&(px, py)| {
        let (dx, dy) = ((px - x) / w * 2.0 - 1.0, (py - y) / h * 2.0 - 1.0);
        dx * dx + dy * dy < 1.0
    })
}

/// `count` scattered places.
pub(super) fn scattered(
    count: u32,
    area: (f32, f32, f32, f32),
) -> impl Iterator<Item = (f32, f32)> {
    (0..count).map(move |i| scatter(i, area))
}

/// A wick, a flame and its glow; (x, y) is where the wick leaves the wax.
pub(super) fn flame(c: &mut Canvas, x: f32, y: f32, size: f32) {
    let gold = Rgb(255, 196, 84);
    let glow = c.radial(&[(0.0, veil(gold, 0.6)), (0.4, veil(gold, 0.2)), (1.0, veil(gold, 0.0))]);
    let fire = c.linear(
        (0.0, 1.0),
        (0.0, 0.0),
        &[
            (0.0, Rgb(246, 146, 52).into()),
            (0.6, Rgb(255, 205, 92).into()),
            (1.0, Rgb(255, 238, 176).into()),
        ],
    );
    c.stamp((x, y), 0.0, size, |c| {
        c.circle(0.0, -70.0, 260.0, glow);
        c.line("M0 0v-26", Rgb::DARK, 6.0);
        c.path("M0 -10C-42 -10 -30 -70 4 -135C36 -70 42 -10 0 -10z", fire);
        c.path("M0 -10C-23 -10 -17 -38 2 -74C20 -38 23 -10 0 -10z", Rgb(255, 246, 214));
    });
}

/// A paper label with a leaf, two lines of "writing" and a red seal.
pub(super) fn label(c: &mut Canvas, (x, y, w, h): (f32, f32, f32, f32), paper: Rgb, ink: Rgb) {
    c.rect(x, y, w, h, 4.0, paper);
    c.rect(x, y, w * 0.2, h, 4.0, shine(0.35));
    c.rect(x + w * 0.86, y, w * 0.14, h, 4.0, shade(0.08));
    let (cx, ly) = (x + w / 2.0, y + h * 0.62);
    c.line(&format!("M{} {}h{}", n(cx - w * 0.26), n(ly), n(w * 0.52)), ink, 4.0);
    c.line(
        &format!("M{} {}h{}", n(cx - w * 0.17), n(ly + 13.0), n(w * 0.34)),
        veil(ink, 0.55),
        3.0,
    );
    c.rect(cx - 6.0, y + h - 24.0, 12.0, 12.0, 2.0, Rgb(176, 58, 46));
}

/// Lines of wood grain inside the outline `d`; the box tells where.
pub(super) fn grain(c: &mut Canvas, d: &str, (x, y, w, h): (f32, f32, f32, f32), color: Rgb) {
    let ink = veil(color.dark(0.5), 0.28);
    let lines: String = (0..6)
        .map(|i| {
            let at = y + h * (0.08 + 0.165 * i as f32);
            let bend = if i % 2 == 0 { h * 0.05 } else { -h * 0.045 };
            format!(
                "M{} {}q{} {} {} 0t{} {}",
                n(x),
                n(at),
                n(w / 4.0),
                n(bend),
                n(w / 2.0),
                n(w / 2.0),
                n(bend * 0.3)
            )
        })
        .collect();
    c.within(d, |c| c.line(&lines, ink, 2.0));
}

/// The standard shadow for a body that stands on the table.
pub(super) fn standing(c: &mut Canvas, cx: f32, rx: f32) {
    stand(c);
    ground_shadow(c, cx, GROUND, rx);
}
