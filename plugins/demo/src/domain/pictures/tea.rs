//! Tea and what it is kept in.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{
    TILT, drop_shadow, flower, grain, label, leaf, lie, mouth, polish, scattered, sprig, stand,
    standing, steam, turned, vessel,
};
use super::parts::{ground_shadow, liquid};
use super::{Picture, Rgb, Style};

/// A round caddy with an inner lid and a label.
pub(super) fn tin(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 118.0);
    let body = [(218.0, 104.0), (300.0, 104.0), (470.0, 104.0)];
    let outline = vessel(c, 286.0, &body, p.color, 0.28);
    c.within(&outline, |c| match p.style {
        Style::Wave => {
            for i in 0..5 {
                let y = 440.0 + 14.0 * i as f32;
                c.line(
                    &format!("M170 {}q19 -16 38 0t38 0t38 0t38 0t38 0t38 0", n(y)),
                    veil(p.accent, 0.55),
                    3.0,
                );
            }
        }
        Style::Band => {
            for y in [440.0, 458.0] {
                c.line(&format!("M182 {}q104 36 208 0", n(y)), veil(p.accent, 0.7), 5.0);
            }
        }
        _ => {
            sprig(c, (196.0, 486.0), 92.0, -38.0, p.color.light(0.3));
            sprig(c, (376.0, 486.0), 84.0, -140.0, p.color.dark(0.16));
        }
    });
    label(c, (226.0, 296.0, 112.0, 122.0), p.accent, p.color.dark(0.25));
    leaf(c, 282.0, 358.0, 44.0, -62.0, p.color);
    leaf(c, 282.0, 358.0, 34.0, -128.0, p.color.dark(0.15));
    // The lid overlaps the body by a finger.
    let lid = [(176.0, 108.0), (188.0, 109.0), (226.0, 109.0)];
    vessel(c, 286.0, &lid, p.color.dark(0.14), 0.3);
    c.ellipse(286.0, 176.0, 108.0, 108.0 * TILT, p.color.light(0.2));
    c.ring(286.0, 176.0, 86.0, 86.0 * TILT, shade(0.16), 2.0);
    // A few leaves of the tea itself lie on the table.
    for (x, y, a) in
        [(418.0, 500.0, -18.0), (446.0, 492.0, 24.0), (432.0, 516.0, 8.0), (470.0, 510.0, -36.0)]
    {
        leaf(c, x, y, 32.0, a, p.color.dark(0.25));
    }
}

/// A standing paper pouch with a window.
pub(super) fn pouch(c: &mut Canvas, p: &Picture) {
    standing(c, 296.0, 122.0);
    let bag = "M196 172Q190 320 178 474Q300 502 414 474Q402 320 396 172Q296 164 196 172z";
    let fill = c.volume(p.color);
    c.path(bag, fill);
    c.within(bag, |c| {
        c.path("M178 474Q236 440 296 448T414 474V520H178z", shade(0.08));
        c.line("M212 196C206 300 204 380 196 470", shine(0.35), 9.0);
        c.line("M384 190C390 300 388 400 398 470", shade(0.1), 12.0);
        c.rect(180.0, 160.0, 240.0, 46.0, 0.0, p.accent);
        c.rect(180.0, 206.0, 240.0, 4.0, 0.0, shade(0.14));
    });
    c.dashes("M200 190Q296 183 392 190", shine(0.6), 2.5, "9 7");
    // The window shows what is inside.
    let window = "M296 268c48 0 68 34 68 74s-24 78-68 78s-68-38-68-78s20-74 68-74z";
    c.path(window, Rgb(248, 244, 230));
    let flower_tea = p.style == Style::Flower;
    c.within(window, |c| {
        for (i, (x, y)) in scattered(26, (230.0, 350.0, 132.0, 72.0)).enumerate() {
            let tone = p.accent.mix(p.color, (i % 4) as f32 * 0.16);
            if flower_tea {
                c.circle(x, y, 10.0, tone);
                c.circle(x - 3.0, y - 3.0, 3.5, shine(0.4));
            } else {
                leaf(c, x - 14.0, y, 32.0, (i * 47 % 160) as f32 - 80.0, tone);
            }
        }
    });
    c.ring(296.0, 344.0, 67.0, 75.0, p.accent, 3.0);
    if flower_tea {
        flower(c, 296.0, 310.0, 30.0, 6, Rgb::WHITE, Rgb(236, 200, 96));
        flower(c, 448.0, 500.0, 24.0, 6, Rgb::WHITE, Rgb(236, 200, 96));
        flower(c, 486.0, 486.0, 16.0, 6, Rgb::WHITE, Rgb(236, 200, 96));
    } else {
        leaf(c, 296.0, 336.0, 46.0, -70.0, p.accent);
        leaf(c, 296.0, 336.0, 38.0, -120.0, p.accent.light(0.15));
        sprig(c, (440.0, 508.0), 84.0, -20.0, p.accent);
    }
}

/// A pressed cake, half out of its paper wrapper, seen from above.
pub(super) fn cake(c: &mut Canvas, p: &Picture) {
    lie(c);
    let paper = "M300 96C424 92 512 176 508 300S424 512 300 508S88 420 92 300S176 100 300 96z";
    drop_shadow(c, paper);
    let fill = c.sheet(p.accent);
    c.path(paper, fill);
    for (from, to) in [
        ("300 96", "286 190"),
        ("452 160", "380 214"),
        ("508 312", "414 302"),
        ("440 456", "376 388"),
        ("288 508", "296 414"),
        ("150 446", "222 384"),
        ("92 288", "188 300"),
        ("160 150", "222 220"),
    ] {
        c.line(&format!("M{from}L{to}"), shade(0.1), 3.0);
    }
    let tea = c.radial(&[
        (0.0, p.color.light(0.16).into()),
        (0.75, p.color.into()),
        (1.0, p.color.dark(0.4).into()),
    ]);
    c.circle(302.0, 302.0, 156.0, shade(0.16));
    c.circle(300.0, 298.0, 152.0, tea);
    for shade in 0..3u32 {
        let mut leaves = String::new();
        for i in (0..54u32).filter(|i| i % 3 == shade) {
            let turn = (i * 137 % 360) as f32;
            let far = 34.0 + (i * 61 % 106) as f32;
            let (sin, cos) = turn.to_radians().sin_cos();
            let (dx, dy) =
                ((turn + 70.0).to_radians().cos() * 24.0, (turn + 70.0).to_radians().sin() * 24.0);
            leaves.push_str(&format!(
                "M{} {}q{} {} {} {}",
                n(300.0 + far * cos),
                n(298.0 + far * sin),
                n(dx / 2.0 - dy * 0.16),
                n(dy / 2.0 + dx * 0.16),
                n(dx),
                n(dy)
            ));
        }
        let tone =
            p.color.mix(if shade == 0 { p.accent } else { Rgb::DARK }, 0.16 + shade as f32 * 0.08);
        c.line(&leaves, tone, 4.0);
    }
    c.circle(300.0, 298.0, 30.0, shade(0.22));
    c.circle(302.0, 302.0, 25.0, p.color.dark(0.3));
    c.rect(404.0, 392.0, 62.0, 62.0, 6.0, Rgb(176, 58, 46));
    c.line("M420 410h30M420 423h30M420 436h30M435 406v36", shine(0.8), 3.5);
}

/// A carton with a pyramid bag in front.
pub(super) fn tea_box(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 290.0, 484.0, 140.0);
    let front = c.sheet(p.color);
    c.path("M170 216L364 232V492L170 470z", front);
    c.path("M364 232L428 208V456L364 492z", p.color.dark(0.24));
    c.path("M170 216L236 196L428 208L364 232z", p.color.light(0.24));
    c.path("M170 268L364 286V306L170 287z", p.accent);
    c.path("M364 286L428 258V277L364 306z", p.accent.dark(0.2));
    c.group("translate(266 386) skewY(5)", |c| {
        c.circle(0.0, 0.0, 52.0, shine(0.94));
        let orange = p.accent;
        c.circle(0.0, 0.0, 41.0, orange);
        c.circle(0.0, 0.0, 35.0, orange.light(0.55));
        for i in 0..8 {
            c.stamp((0.0, 0.0), i as f32 * 45.0, 100.0, |c| {
                c.path("M0 -4L11 -31A33 33 0 0 0 -11 -31z", orange.light(0.12));
            });
        }
        c.circle(0.0, 0.0, 4.0, shine(0.9));
    });
    // The bag with its string and tag.
    c.soft(5.0, |c| c.ellipse(462.0, 518.0, 56.0, 9.0, shade(0.3)));
    c.path("M452 408L404 510Q460 532 514 506z", veil(Rgb(250, 246, 232), 0.94));
    c.path("M452 408L514 506L478 516z", shade(0.09));
    c.path(
        "M430 458L410 506Q460 526 508 503L478 452Q452 470 430 458z",
        veil(Rgb(94, 58, 40), 0.85),
    );
    c.line("M452 408C440 360 500 380 516 420", Rgb(236, 228, 210), 2.5);
    c.group("rotate(14 516 420)", |c| {
        c.rect(500.0, 418.0, 36.0, 40.0, 4.0, p.accent);
        c.line("M508 436h20M508 445h12", shine(0.8), 3.0);
    });
}

/// A low tin of powder, open, with a bowl-shaped heap.
pub(super) fn matcha_tin(c: &mut Canvas, p: &Picture) {
    standing(c, 276.0, 124.0);
    let body = [(308.0, 112.0), (380.0, 113.0), (470.0, 112.0)];
    let outline = vessel(c, 270.0, &body, p.accent, 0.2);
    c.within(&outline, |c| {
        c.path("M150 366Q270 404 390 366V436Q270 474 150 436z", Rgb(240, 236, 218));
        c.path("M150 366Q270 404 390 366V374Q270 412 150 374z", p.color);
        c.rect(158.0, 360.0, 40.0, 120.0, 0.0, shade(0.1));
        c.rect(340.0, 360.0, 50.0, 120.0, 0.0, shade(0.12));
    });
    leaf(c, 268.0, 438.0, 48.0, -52.0, p.color);
    leaf(c, 268.0, 438.0, 40.0, -130.0, p.color.dark(0.15));
    mouth(c, 270.0, 306.0, 112.0, p.accent.light(0.3));
    let heap = c.linear(
        (0.0, 0.0),
        (0.6, 1.0),
        &[(0.0, p.color.light(0.3).into()), (1.0, p.color.dark(0.1).into())],
    );
    c.path(
        "M168 306C200 286 232 262 268 258C306 262 342 288 372 306Q352 322 270 322Q190 322 168 306z",
        heap,
    );
    c.path("M240 270Q268 250 296 274Q268 266 240 270z", shine(0.28));
    // The lid leans, a bamboo scoop lies in front.
    c.soft(5.0, |c| c.ellipse(462.0, 492.0, 62.0, 9.0, shade(0.3)));
    let lid = c.sheet(p.accent);
    c.group("rotate(-16 450 420)", |c| {
        c.ellipse(458.0, 420.0, 50.0, 74.0, p.accent.dark(0.35));
        c.ellipse(448.0, 420.0, 50.0, 74.0, lid);
        c.ring(448.0, 420.0, 38.0, 58.0, shine(0.18), 3.0);
    });
    c.line("M190 530L404 508", shade(0.18), 10.0);
    c.line("M188 522L404 500", Rgb(205, 166, 104), 10.0);
    c.line("M190 519L398 498", shine(0.35), 3.0);
    c.ellipse(186.0, 521.0, 24.0, 9.0, Rgb(194, 152, 90));
    c.ellipse(184.0, 517.0, 18.0, 7.0, p.color);
}

/// A straight glass jar with a cork: flowers and berries, or grain.
pub(super) fn glass_jar(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 122.0);
    let body = [(196.0, 96.0), (214.0, 106.0), (260.0, 110.0), (472.0, 108.0)];
    let outline = turned(288.0, &body);
    c.path(&outline, veil(Rgb(232, 242, 240), 0.75));
    c.within(&outline, |c| {
        if p.style == Style::Flower {
            c.rect(170.0, 280.0, 240.0, 240.0, 0.0, veil(p.color, 0.5));
            for (i, (x, y)) in scattered(24, (190.0, 286.0, 196.0, 196.0)).enumerate() {
                flower(
                    c,
                    x,
                    y,
                    25.0,
                    7,
                    Rgb(252, 247, 230).mix(p.color, (i % 3) as f32 * 0.16),
                    Rgb(226, 178, 62),
                );
            }
            let berries: Vec<(f32, f32)> = scattered(9, (190.0, 300.0, 196.0, 170.0)).collect();
            c.dots(berries.iter().copied(), 7.5, p.accent);
            c.dots(berries.iter().map(|(x, y)| (x - 3.0, y - 3.0)), 2.2, shine(0.6));
        } else {
            let fill = c.volume(p.color);
            c.path("M170 272Q288 296 406 272V520H170z", fill);
            c.ellipse(288.0, 272.0, 108.0, 15.0, p.color.light(0.3));
            for (half, tone) in [p.color.light(0.34), p.color.dark(0.2)].into_iter().enumerate() {
                let flakes: String = scattered(76, (182.0, 288.0, 210.0, 200.0))
                    .skip(half)
                    .step_by(2)
                    .map(|(x, y)| format!("M{} {}h7", n(x.round()), n(y.round())))
                    .collect();
                c.line(&flakes, veil(tone, 0.75), 6.5);
            }
        }
        c.rect(390.0, 190.0, 16.0, 320.0, 0.0, shade(0.1));
    });
    polish(c, 288.0, &body, 0.55);
    c.ring(288.0, 196.0, 96.0, 96.0 * TILT, shine(0.85), 4.0);
    let cork = [(150.0, 92.0), (170.0, 90.0), (204.0, 86.0)];
    let (tone, fill) = (Rgb(205, 164, 112), c.volume(Rgb(205, 164, 112)));
    let plug = turned(288.0, &cork);
    c.path(&plug, fill);
    grain(c, &plug, (190.0, 150.0, 200.0, 60.0), tone);
    c.ellipse(288.0, 150.0, 92.0, 92.0 * TILT, tone.light(0.25));
    if p.style == Style::Flower {
        flower(c, 446.0, 506.0, 28.0, 8, Rgb(252, 247, 230), Rgb(226, 178, 62));
        for (x, y) in [(414.0, 528.0), (486.0, 520.0), (502.0, 500.0)] {
            c.ellipse(x, y, 11.0, 8.0, p.accent);
            c.circle(x - 3.0, y - 3.0, 2.5, shine(0.6));
        }
    } else {
        c.line("M196 238Q288 258 380 238", p.accent, 4.0);
        c.rect(256.0, 250.0, 64.0, 40.0, 5.0, Rgb(246, 239, 222));
        c.line("M268 266h40M268 277h24", shade(0.5), 3.0);
    }
}

/// A cup of tea in front of something, for company.
pub(super) fn small_cup(c: &mut Canvas, x: f32, y: f32, color: Rgb, tea: Rgb) {
    c.soft(4.0, |c| c.ellipse(x + 8.0, y + 2.0, 44.0, 8.0, shade(0.3)));
    vessel(
        c,
        x,
        &[(y - 56.0, 46.0), (y - 40.0, 44.0), (y - 16.0, 34.0), (y - 4.0, 22.0)],
        color,
        0.4,
    );
    mouth(c, x, y - 57.0, 46.0, color);
    liquid(c, x, y - 56.0, 46.0, tea);
    steam(c, x - 4.0, y - 76.0);
}
