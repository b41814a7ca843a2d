//! Candles and scent.

use super::canvas::{Canvas, GROUND, n, shade, shine, veil};
use super::parts::{
    TILT, drop_shadow, flame, flower, ground_shadow, label, leaf, lie, polish, scattered, sprig,
    stand, standing, turned, vessel,
};
use super::{Picture, Rgb};

/// A candle in a glass with a label.
pub(super) fn candle(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 112.0);
    let dark = p.color.brightness() < 120.0;
    let wax = if dark { Rgb(236, 222, 196) } else { p.accent };
    let body = [(262.0, 110.0), (280.0, 110.0), (458.0, 108.0), (474.0, 100.0)];
    let outline = turned(286.0, &body);
    let glass = c.volume(if dark { p.color } else { p.color.light(0.3) });
    c.path(&outline, glass);
    c.ellipse(
        286.0,
        262.0,
        110.0,
        110.0 * TILT,
        if dark { p.color.light(0.2) } else { p.color.light(0.6) },
    );
    c.ellipse(
        286.0,
        266.0,
        103.0,
        103.0 * TILT,
        if dark { p.color.dark(0.4) } else { p.color.dark(0.08) },
    );
    let pool = c.radial(&[
        (0.0, Rgb(255, 240, 196).into()),
        (0.5, wax.into()),
        (1.0, wax.dark(0.16).into()),
    ]);
    c.ellipse(286.0, 272.0, 96.0, 96.0 * TILT * 0.86, pool);
    polish(c, 286.0, &body, 0.42);
    let paper = if dark { p.accent } else { Rgb(252, 247, 236) };
    label(c, (226.0, 324.0, 120.0, 116.0), paper, Rgb(92, 70, 58));
    if dark {
        sprig(c, (286.0, 388.0), 50.0, -90.0, Rgb(96, 104, 78));
    } else {
        for (x, y) in [(276.0, 358.0), (300.0, 350.0), (290.0, 376.0)] {
            flower(c, x, y, 13.0, 4, p.color, Rgb(206, 120, 40));
        }
    }
    flame(c, 286.0, 268.0, 42.0);
    let bits: [(f32, f32); 4] = [(432.0, 510.0), (462.0, 498.0), (480.0, 516.0), (448.0, 526.0)];
    for (i, (x, y)) in bits.into_iter().enumerate() {
        if dark {
            leaf(c, x, y, 36.0, -30.0 + i as f32 * 28.0, Rgb(106, 112, 84));
        } else {
            flower(c, x, y, 12.0, 4, p.color, Rgb(206, 120, 40));
        }
    }
}

/// Three beeswax pillars on a plate.
pub(super) fn pillars(c: &mut Canvas, p: &Picture) {
    standing(c, 298.0, 170.0);
    c.ellipse(296.0, 486.0, 186.0, 27.0, Rgb(150, 122, 96));
    c.ellipse(296.0, 479.0, 186.0, 27.0, Rgb(214, 190, 160));
    c.ellipse(296.0, 479.0, 160.0, 20.0, Rgb(196, 168, 136));
    for (x, top, y) in [(300.0, 176.0, 466.0), (212.0, 262.0, 476.0), (386.0, 316.0, 480.0)] {
        c.soft(5.0, |c| c.ellipse(x + 16.0, y + 4.0, 56.0, 11.0, shade(0.32)));
        let d = vessel(c, x, &[(top, 50.0), (top + 20.0, 51.0), (y - 4.0, 51.0)], p.color, 0.3);
        c.within(&d, |c| {
            let glow = c.linear(
                (0.0, 0.0),
                (0.0, 1.0),
                &[(0.0, veil(p.accent, 0.75)), (0.5, veil(p.accent, 0.0))],
            );
            c.rect(x - 60.0, top - 10.0, 120.0, 150.0, 0.0, glow);
            c.stamp((x, top + 34.0), 0.0, 100.0, |c| {
                let cells = "l10 -6l10 6v11m0 -11".repeat(6);
                let comb: String = (0..15)
                    .map(|row| format!("M{} {}{cells}", row % 2 * 10 - 56, row * 18))
                    .collect();
                c.line(&comb, veil(p.color.dark(0.5), 0.22), 2.0);
            });
        });
        c.ellipse(x, top, 50.0, 50.0 * TILT, p.color.light(0.34));
        c.ellipse(x, top + 2.0, 36.0, 36.0 * TILT, p.accent);
        flame(c, x, top + 1.0, 34.0);
    }
}

/// A pair of tapers, joined at the wick, and four more.
pub(super) fn tapers(c: &mut Canvas, p: &Picture) {
    lie(c);
    let tones = [
        p.color.dark(0.14),
        p.color,
        p.color.light(0.16),
        p.color.dark(0.06),
        p.color.light(0.08),
        p.color.dark(0.1),
    ];
    for pair in 0..3 {
        let (x0, x1) = (140.0 + pair as f32 * 128.0, 196.0 + pair as f32 * 128.0);
        let lift = [6.0, -14.0, 10.0][pair];
        c.line(
            &format!(
                "M{} {}C{} {} {} {} {} {}",
                n(x0),
                n(130.0 + lift),
                n(x0),
                n(72.0 + lift),
                n(x1),
                n(72.0 + lift),
                n(x1),
                n(130.0 + lift)
            ),
            Rgb(240, 232, 214),
            4.0,
        );
        for (k, x) in [x0, x1].into_iter().enumerate() {
            let tone = tones[pair * 2 + k];
            c.stamp((x, 118.0 + lift), 0.0, 100.0, |c| {
                let d = "M0 0C-9 4 -14 24 -15 58L-22 376Q0 390 22 376L15 58C14 24 9 4 0 0z";
                drop_shadow(c, d);
                let wax = c.volume(tone);
                c.path(d, wax);
                c.line("M-7 62L-11 356", shine(0.4), 5.0);
            });
        }
    }
    c.group("rotate(-3 300 400)", |c| {
        c.rect(106.0, 372.0, 388.0, 54.0, 0.0, p.accent);
        c.rect(106.0, 372.0, 388.0, 5.0, 0.0, shine(0.4));
        c.rect(106.0, 421.0, 388.0, 5.0, 0.0, shade(0.1));
        c.line("M254 394h92M276 408h48", veil(p.color.dark(0.4), 0.7), 4.0);
    });
}

/// A bottle with rattan reeds.
pub(super) fn diffuser(c: &mut Canvas, p: &Picture) {
    standing(c, 288.0, 104.0);
    for (x, lean) in
        [(268.0, -21.0), (276.0, -12.0), (284.0, -4.0), (290.0, 5.0), (296.0, 13.0), (304.0, 22.0)]
    {
        c.group(&format!("rotate({} 286 330)", n(lean)), |c| {
            c.line(&format!("M{} 330V78", n(x + (286.0 - x) * 0.6)), p.accent, 7.0);
            c.line(
                &format!("M{} 330V80", n(x + (286.0 - x) * 0.6 - 1.5)),
                p.accent.light(0.4),
                2.0,
            );
        });
    }
    let body = [
        (300.0, 34.0),
        (324.0, 36.0),
        (346.0, 86.0),
        (380.0, 102.0),
        (452.0, 102.0),
        (474.0, 92.0),
    ];
    let outline = turned(286.0, &body);
    c.path(&outline, veil(p.color.light(0.7), 0.72));
    c.within(&outline, |c| {
        let oil = c.linear(
            (0.0, 0.0),
            (1.0, 0.3),
            &[
                (0.0, p.color.light(0.3).into()),
                (0.6, p.color.into()),
                (1.0, p.color.dark(0.24).into()),
            ],
        );
        c.path("M170 372Q286 398 402 372V510H170z", oil);
        c.ellipse(286.0, 372.0, 98.0, 14.0, p.color.light(0.5));
        for (from, to) in [(272, 236), (286, 286), (300, 338)] {
            c.line(&format!("M{from} 310L{to} 470"), veil(p.accent, 0.5), 6.0);
        }
    });
    polish(c, 286.0, &body, 0.6);
    label(c, (242.0, 402.0, 88.0, 66.0), Rgb(251, 247, 237), p.color.dark(0.4));
    vessel(c, 286.0, &[(284.0, 37.0), (308.0, 39.0)], p.accent, 0.3);
    c.ellipse(286.0, 283.0, 37.0, 37.0 * TILT, p.accent.dark(0.3));
    sprig(c, (424.0, 520.0), 92.0, -16.0, p.color.mix(Rgb(110, 130, 90), 0.6));
}

/// A stick of incense in a brass holder, smoking.
pub(super) fn incense(c: &mut Canvas, p: &Picture) {
    standing(c, 246.0, 92.0);
    c.soft(5.0, |c| {
        c.line("M350 160C310 116 392 92 356 46C340 22 366 4 362 -10", shine(0.7), 12.0);
        c.line("M350 158C372 122 326 100 346 62", shine(0.5), 8.0);
    });
    c.line("M250 424L350 164", p.color, 7.0);
    c.circle(350.0, 164.0, 5.5, Rgb(236, 110, 50));
    let ember =
        c.radial(&[(0.0, veil(Rgb(255, 150, 70), 0.7)), (1.0, veil(Rgb(255, 150, 70), 0.0))]);
    c.circle(350.0, 164.0, 26.0, ember);
    let brass = c.metal(p.accent);
    let body = [(412.0, 40.0), (424.0, 70.0), (448.0, 86.0), (468.0, 82.0), (478.0, 74.0)];
    let d = turned(246.0, &body);
    c.path(&d, brass);
    c.ellipse(246.0, 411.0, 40.0, 40.0 * TILT, p.accent.light(0.4));
    c.ellipse(248.0, 411.0, 9.0, 4.0, p.accent.dark(0.6));
    // The box with the other sticks.
    c.soft(7.0, |c| c.path("M336 500L556 470L566 500L350 532z", shade(0.3)));
    c.path("M332 474L540 442L558 484L350 518z", p.color.light(0.1));
    c.path("M350 518L558 484V498L350 532z", p.color.dark(0.3));
    c.path("M332 474L350 518V532L332 488z", p.color.dark(0.15));
    c.path("M346 478L536 449L548 478L356 509z", p.color.dark(0.5));
    for i in 0..6 {
        let y = 481.0 + i as f32 * 5.0;
        c.line(
            &format!(
                "M{} {}L{} {}",
                n(352.0 + i as f32 * 1.8),
                n(y),
                n(534.0 + i as f32 * 2.0),
                n(y - 28.0)
            ),
            p.color.light(0.3),
            3.0,
        );
    }
}

/// A spray bottle.
pub(super) fn spray(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 88.0);
    let body =
        [(262.0, 26.0), (278.0, 30.0), (300.0, 68.0), (324.0, 84.0), (456.0, 84.0), (474.0, 76.0)];
    let outline = turned(286.0, &body);
    c.path(&outline, veil(p.color.light(0.6), 0.8));
    c.within(&outline, |c| {
        let fill = c.volume(p.color);
        c.path("M190 338Q286 360 382 338V510H190z", fill);
        c.ellipse(286.0, 338.0, 82.0, 12.0, p.color.light(0.5));
        c.line("M288 270V460", veil(Rgb::WHITE, 0.45), 5.0);
    });
    polish(c, 286.0, &body, 0.55);
    label(c, (234.0, 368.0, 104.0, 86.0), p.accent, p.color.dark(0.35));
    let head = Rgb(58, 54, 66);
    c.rect(262.0, 226.0, 48.0, 40.0, 5.0, head);
    c.rect(262.0, 226.0, 14.0, 40.0, 5.0, shine(0.16));
    c.path("M274 228V186Q272 168 254 168H196V148Q196 138 208 138H310Q350 138 356 176L330 182Q326 166 310 166L304 228z", head);
    c.path("M196 148Q196 138 208 138H310Q334 138 346 152Q330 146 310 146H196z", shine(0.28));
    c.path("M236 168C236 196 224 214 208 228L196 222C212 206 218 190 218 168z", head.light(0.2));
    c.rect(182.0, 146.0, 18.0, 18.0, 4.0, p.color.light(0.3));
    c.soft(2.0, |c| {
        let drops = scattered(30, (14.0, -1.0, 112.0, 2.0))
            .map(|(far, spread)| (176.0 - far, 155.0 + spread * far * 0.4));
        c.dots(drops, 2.6, shine(0.9));
    });
    for (x, h) in [(430.0, 96.0), (452.0, 116.0), (474.0, 88.0)] {
        c.group(&format!("translate({x} 516) rotate({})", n((x - 452.0) * 0.5)), |c| {
            c.line(&format!("M0 0V-{h}"), Rgb(122, 140, 104), 4.0);
            for k in 0..5 {
                let y = -h + k as f32 * 12.0;
                c.ellipse(-6.0, y, 6.0, 8.0, p.color);
                c.ellipse(6.0, y + 4.0, 6.0, 8.0, p.color.dark(0.12));
            }
        });
    }
}

/// A turned candlestick with a burning taper.
pub(super) fn candlestick(c: &mut Canvas, p: &Picture) {
    standing(c, 300.0, 92.0);
    let wax = c.volume(p.accent);
    c.path("M281 300L284 130Q298 124 312 130L315 300z", wax);
    c.line("M290 140L288 290", shine(0.6), 5.0);
    flame(c, 298.0, 130.0, 44.0);
    let profile = [
        (288.0, 26.0),
        (296.0, 34.0),
        (306.0, 28.0),
        (318.0, 14.0),
        (346.0, 11.0),
        (360.0, 22.0),
        (374.0, 12.0),
        (420.0, 16.0),
        (440.0, 40.0),
        (456.0, 82.0),
        (468.0, 88.0),
        (478.0, 86.0),
    ];
    let d = turned(298.0, &profile);
    let brass = c.metal(p.color);
    c.path(&d, brass);
    c.within(&d, |c| {
        for y in [300.0, 366.0, 450.0, 466.0] {
            c.line(
                &format!("M200 {y}Q298 {} 396 {y}", y + 14.0),
                veil(p.color.dark(0.6), 0.4),
                2.5,
            );
        }
    });
    c.ellipse(298.0, 289.0, 26.0, 26.0 * TILT, p.color.light(0.4));
    c.path("M281 262Q298 268 315 262L315 290Q298 296 281 290z", p.accent.dark(0.06));
    c.ellipse(298.0, GROUND + 4.0, 60.0, 3.0, veil(p.color.light(0.6), 0.5));
}

/// A wrapped bar and an unwrapped one.
pub(super) fn soap(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 300.0, 486.0, 180.0);
    // The unwrapped bar stands behind.
    let bar = c.sheet(p.color);
    c.rect(178.0, 206.0, 244.0, 180.0, 30.0, p.color.dark(0.25));
    c.rect(172.0, 198.0, 244.0, 180.0, 30.0, bar);
    c.rect(190.0, 214.0, 208.0, 148.0, 20.0, veil(p.color.light(0.25), 0.7));
    c.line("M196 228Q202 212 222 210H330", shine(0.6), 7.0);
    leaf(c, 290.0, 334.0, 92.0, -62.0, p.color.dark(0.22));
    leaf(c, 290.0, 334.0, 76.0, -124.0, p.color.dark(0.28));
    c.dots(scattered(24, (194.0, 220.0, 200.0, 140.0)), 2.0, veil(p.color.dark(0.5), 0.4));
    // The wrapped one lies in front, tied with string.
    c.soft(8.0, |c| c.path("M110 480H500V506H130z", shade(0.36)));
    c.path(
        "M118 376L470 376L500 420V486Q500 494 492 494H112Q104 494 104 486V420z",
        p.accent.dark(0.1),
    );
    let paper = c.sheet(p.accent);
    c.path("M118 376H470L500 420H104z", p.accent.light(0.5));
    c.rect(104.0, 420.0, 396.0, 74.0, 6.0, paper);
    c.path("M104 420H160V494H112Q104 494 104 486z", shine(0.25));
    c.path("M258 376H352L366 420V494H242V420z", p.color.light(0.1));
    c.path("M242 420H366V494H242z", shade(0.08));
    c.line("M284 444h40M270 462h68", shine(0.85), 4.0);
    c.line("M184 376L176 420V494M420 376L434 420V494", Rgb(150, 116, 78), 4.0);
    for (cx, cy) in [(224.0, 176.0), (438.0, 262.0), (462.0, 220.0), (152.0, 326.0)] {
        c.ring(cx, cy, 15.0, 15.0, shine(0.9), 2.0);
        c.circle(cx - 5.0, cy - 5.0, 3.5, shine(0.9));
    }
}
