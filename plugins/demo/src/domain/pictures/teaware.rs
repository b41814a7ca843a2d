//! Pots, cups and the tools around them.

use super::canvas::{Canvas, GROUND, n, shade, shine, veil};
use super::parts::{
    TILT, flower, grain, ground_shadow, leaf, liquid, mouth, polish, stand, standing, steam,
    turned, vessel,
};
use super::tea::small_cup;
use super::{Picture, Rgb, Style};

const TEA: Rgb = Rgb(196, 128, 48);

/// A teapot: round-bellied and glazed, or flat and of clay.
pub(super) fn teapot(c: &mut Canvas, p: &Picture) {
    let flat = p.style == Style::Flat;
    standing(c, 280.0, if flat { 140.0 } else { 132.0 });
    let dark = p.color.dark(0.2);
    let (top, belly) = if flat { (318.0, 146.0) } else { (268.0, 138.0) };
    let x = 282.0;
    // The handle, behind the body: a dark core and a lit edge.
    let loop_ =
        if flat { "M168 352C70 300 60 440 176 432" } else { "M172 306C58 262 52 432 168 420" };
    c.line(loop_, dark, 25.0);
    c.line(loop_, p.color, 17.0);
    c.line(loop_, shine(0.3), 5.0);
    // The spout.
    let spout = if flat {
        "M392 400C446 392 452 348 480 318L508 328C492 372 484 440 396 450z"
    } else {
        "M386 350C446 346 450 292 478 250L508 262C494 310 494 414 392 432z"
    };
    let fill = c.linear(
        (0.0, 0.0),
        (0.7, 1.0),
        &[(0.0, p.color.light(0.22).into()), (1.0, p.color.dark(0.3).into())],
    );
    c.path(spout, fill);
    let (sx, sy) = if flat { (494.0, 323.0) } else { (493.0, 256.0) };
    c.group(&format!("rotate(20 {} {})", n(sx), n(sy)), |c| {
        c.ellipse(sx, sy, 15.0, 6.5, p.color.dark(0.5))
    });
    let body: Vec<(f32, f32)> = if flat {
        vec![
            (top, 84.0),
            (336.0, 122.0),
            (372.0, belly),
            (412.0, 143.0),
            (448.0, 118.0),
            (474.0, 92.0),
        ]
    } else {
        vec![
            (top, 68.0),
            (284.0, 98.0),
            (322.0, 128.0),
            (366.0, belly),
            (412.0, 126.0),
            (452.0, 92.0),
            (474.0, 74.0),
        ]
    };
    let gloss = if flat { 0.13 } else { 0.34 };
    let outline = vessel(c, x, &body, p.color, gloss);
    c.within(&outline, |c| {
        if flat {
            c.line("M120 372Q282 402 444 372", veil(p.accent, 0.5), 3.0);
            c.line("M120 384Q282 414 444 384", veil(p.accent, 0.3), 2.0);
        } else {
            c.path("M130 440Q282 486 434 440V500H130z", veil(p.accent, 0.22));
            leaf(c, 286.0, 408.0, 66.0, -64.0, p.color.dark(0.2));
            leaf(c, 286.0, 408.0, 54.0, -116.0, p.color.dark(0.28));
            leaf(c, 286.0, 408.0, 48.0, -18.0, p.color.dark(0.14));
        }
    });
    // Lid and knob.
    let r = body[0].1;
    c.ellipse(x, top + 3.0, r + 5.0, (r + 5.0) * TILT, p.color.dark(0.36));
    let lid = [(top - 34.0, 22.0), (top - 26.0, r * 0.68), (top - 4.0, r)];
    vessel(c, x, &lid, p.color.light(0.05), gloss);
    let knob = if flat { p.color } else { p.accent };
    vessel(
        c,
        x,
        &[(top - 62.0, 10.0), (top - 52.0, 18.0), (top - 40.0, 13.0), (top - 32.0, 11.0)],
        knob,
        gloss,
    );
    if flat {
        small_cup(c, 470.0, 520.0, p.accent, TEA);
    } else {
        steam(c, 500.0, 226.0);
    }
}

/// Four tasting cups, full.
pub(super) fn cups(c: &mut Canvas, p: &Picture) {
    stand(c);
    for (x, y, size) in
        [(224.0, 432.0, 90.0), (384.0, 430.0, 90.0), (160.0, 506.0, 100.0), (320.0, 508.0, 100.0)]
    {
        c.stamp((x, y), 0.0, size, |c| {
            c.soft(6.0, |c| c.ellipse(18.0, 2.0, 74.0, 13.0, shade(0.28)));
            let body = [
                (-118.0, 80.0),
                (-108.0, 73.0),
                (-66.0, 64.0),
                (-30.0, 48.0),
                (-14.0, 32.0),
                (-4.0, 32.0),
            ];
            vessel(c, 0.0, &body, p.color, 0.6);
            c.line("M-64 -72Q0 -46 64 -72", veil(p.accent, 0.75), 3.0);
            leaf(c, -6.0, -30.0, 30.0, -62.0, p.accent);
            leaf(c, -6.0, -30.0, 24.0, -130.0, p.accent.dark(0.15));
            mouth(c, 0.0, -118.0, 80.0, p.color);
            c.ring(0.0, -118.0, 79.0, 79.0 * TILT, p.accent, 4.0);
            liquid(c, 0.0, -117.0, 80.0, TEA);
        });
    }
    steam(c, 318.0, 366.0);
}

/// Lid, bowl and saucer.
pub(super) fn gaiwan(c: &mut Canvas, p: &Picture) {
    standing(c, 296.0, 158.0);
    c.ellipse(292.0, 482.0, 158.0, 158.0 * TILT, p.color.dark(0.26));
    let plate = c.volume(p.color);
    c.ellipse(292.0, 474.0, 158.0, 158.0 * TILT, plate);
    c.ellipse(292.0, 474.0, 112.0, 112.0 * TILT, shade(0.14));
    c.ring(292.0, 474.0, 152.0, 152.0 * TILT, p.accent, 3.0);
    let bowl = [
        (304.0, 138.0),
        (316.0, 128.0),
        (366.0, 112.0),
        (414.0, 86.0),
        (442.0, 54.0),
        (464.0, 52.0),
    ];
    let outline = vessel(c, 292.0, &bowl, p.color, 0.5);
    c.within(&outline, |c| {
        // Lotus petals, each with a blush at the tip.
        for (i, x) in [182.0, 236.0, 292.0, 348.0, 402.0].iter().enumerate() {
            let lean = (i as f32 - 2.0) * -13.0;
            c.group(
                &format!(
                    "translate({} 452) rotate({})",
                    n(*x + (292.0 - *x) * 0.5),
                    n(lean * -1.5)
                ),
                |c| {
                    c.path("M0 0C-36 -30 -38 -84 0 -118C38 -84 36 -30 0 0z", veil(p.accent, 0.24));
                    c.path(
                        "M0 -118C-14 -104 -22 -92 -25 -76Q0 -92 25 -76C22 -92 14 -104 0 -118z",
                        veil(p.accent, 0.6),
                    );
                    c.line(
                        "M0 -8V-96M-10 -14Q-20 -52 -12 -84M10 -14Q20 -52 12 -84",
                        veil(p.accent, 0.45),
                        1.5,
                    );
                },
            );
        }
    });
    mouth(c, 292.0, 303.0, 138.0, p.color);
    liquid(c, 292.0, 303.0, 138.0, Rgb(206, 172, 84));
    // The lid sits aslant and lets the steam out.
    c.group("rotate(-9 292 280)", |c| {
        c.ellipse(300.0, 296.0, 118.0, 15.0, shade(0.22));
        vessel(c, 300.0, &[(250.0, 46.0), (262.0, 84.0), (290.0, 116.0)], p.color, 0.5);
        c.ring(300.0, 252.0, 46.0, 9.0, veil(p.accent, 0.6), 3.0);
        vessel(c, 300.0, &[(224.0, 32.0), (232.0, 26.0), (250.0, 22.0)], p.color, 0.3);
        c.ellipse(300.0, 224.0, 32.0, 6.5, p.color.dark(0.12));
        c.ring(300.0, 224.0, 31.0, 6.0, p.accent, 3.0);
    });
    steam(c, 176.0, 262.0);
    flower(c, 478.0, 506.0, 30.0, 8, p.accent.light(0.4), Rgb(232, 190, 92));
}

/// A glass pitcher with tea in it.
pub(super) fn pitcher(c: &mut Canvas, p: &Picture) {
    standing(c, 282.0, 122.0);
    let glass = p.color;
    let handle = "M378 270C486 258 486 432 372 424";
    c.line(handle, veil(glass.dark(0.35), 0.55), 19.0);
    c.line(handle, veil(glass.light(0.5), 0.9), 11.0);
    let body = [
        (204.0, 92.0),
        (222.0, 88.0),
        (300.0, 104.0),
        (400.0, 116.0),
        (456.0, 108.0),
        (472.0, 92.0),
    ];
    let outline = turned(280.0, &body);
    c.path(&outline, veil(glass.light(0.5), 0.65));
    c.within(&outline, |c| {
        let tea = c.linear(
            (0.0, 0.0),
            (1.0, 0.4),
            &[
                (0.0, p.accent.light(0.35).into()),
                (0.5, p.accent.into()),
                (1.0, p.accent.dark(0.25).into()),
            ],
        );
        c.path("M150 316Q280 350 410 316V520H150z", tea);
        c.ellipse(280.0, 316.0, 108.0, 17.0, p.accent.light(0.45));
        c.ellipse(250.0, 313.0, 40.0, 5.0, shine(0.5));
        c.path("M150 452Q280 490 410 452V520H150z", shine(0.2));
    });
    polish(c, 280.0, &body, 0.62);
    // The pulled lip.
    c.path(
        "M196 202C180 190 166 188 154 180C176 214 196 226 204 236z",
        veil(glass.light(0.4), 0.95),
    );
    c.line(
        "M196 202C180 190 166 188 154 180C176 214 190 222 200 232",
        veil(glass.dark(0.25), 0.6),
        3.0,
    );
    c.ring(280.0, 204.0, 92.0, 92.0 * TILT, veil(glass.dark(0.2), 0.7), 5.0);
    c.ring(280.0, 203.0, 92.0, 92.0 * TILT, shine(0.9), 2.5);
    small_cup(c, 466.0, 522.0, Rgb(243, 240, 232), p.accent);
}

/// A slatted tray with a small pot and cups.
pub(super) fn slat_tray(c: &mut Canvas, p: &Picture) {
    stand(c);
    c.soft(10.0, |c| c.path("M90 470H540L500 520H110z", shade(0.3)));
    let top = "M128 342L486 342L546 450L66 450z";
    let wood = c.sheet(p.color);
    c.path("M66 450H546V486Q546 496 536 496H76Q66 496 66 486z", p.accent);
    c.path("M66 450H546V458H66z", shine(0.16));
    c.path("M250 478h112v-8h-112z", shade(0.34));
    c.path(top, wood);
    c.within(top, |c| {
        let slits: String = (0..9)
            .map(|i| format!("M{} {}H{}", 158 - i * 7, 356 + i * 8 + i * i / 2, 456 + i * 7))
            .collect();
        c.line(&slits, shade(0.5), 4.0);
    });
    c.path("M128 342H486L490 350H124z", shine(0.3));
    // Pot and cups on it.
    let clay = Rgb(146, 86, 62);
    c.soft(4.0, |c| c.ellipse(262.0, 410.0, 88.0, 12.0, shade(0.45)));
    c.line("M196 332C140 312 138 384 198 376", clay.dark(0.15), 14.0);
    c.path("M318 350C352 346 354 318 370 300L386 306C378 334 372 376 318 384z", clay.dark(0.1));
    vessel(
        c,
        258.0,
        &[(300.0, 46.0), (318.0, 66.0), (348.0, 76.0), (382.0, 64.0), (402.0, 46.0)],
        clay,
        0.18,
    );
    vessel(c, 258.0, &[(276.0, 12.0), (284.0, 34.0), (300.0, 46.0)], clay, 0.2);
    vessel(c, 258.0, &[(258.0, 8.0), (266.0, 12.0), (278.0, 8.0)], clay, 0.2);
    for (x, y) in [(402.0, 400.0), (466.0, 424.0), (362.0, 438.0)] {
        c.stamp((x, y), 0.0, 100.0, |c| {
            c.soft(3.0, |c| c.ellipse(5.0, 0.0, 28.0, 6.0, shade(0.45)));
            vessel(c, 0.0, &[(-34.0, 29.0), (-18.0, 25.0), (-4.0, 15.0)], Rgb(244, 240, 230), 0.5);
            mouth(c, 0.0, -34.0, 29.0, Rgb(244, 240, 230));
            liquid(c, 0.0, -33.0, 29.0, TEA);
        });
    }
    steam(c, 386.0, 282.0);
}

/// A wide bowl of matcha and the whisk.
pub(super) fn whisk_bowl(c: &mut Canvas, p: &Picture) {
    standing(c, 246.0, 132.0);
    let bowl = [
        (320.0, 142.0),
        (352.0, 140.0),
        (400.0, 126.0),
        (440.0, 96.0),
        (462.0, 60.0),
        (476.0, 58.0),
    ];
    let outline = vessel(c, 238.0, &bowl, p.color, 0.26);
    c.within(&outline, |c| {
        c.path(
            "M90 316H390V372C372 362 360 398 340 384S316 366 300 392S262 372 240 380S206 402 190 384S150 366 132 386S100 372 90 366z",
            veil(Rgb::WHITE, 0.16),
        );
    });
    mouth(c, 238.0, 319.0, 142.0, p.color);
    liquid(c, 238.0, 321.0, 142.0, p.accent);
    for (x, y, r) in [
        (190.0, 326.0, 8.0),
        (214.0, 331.0, 5.0),
        (286.0, 322.0, 7.0),
        (262.0, 331.0, 4.0),
        (170.0, 321.0, 4.0),
    ] {
        c.ellipse(x, y, r, r * 0.5, shine(0.45));
    }
    steam(c, 232.0, 292.0);
    // The whisk stands on its tines.
    let bamboo = Rgb(216, 180, 116);
    c.soft(5.0, |c| c.ellipse(462.0, 492.0, 56.0, 10.0, shade(0.32)));
    let handle = c.volume(bamboo);
    c.rect(432.0, 282.0, 44.0, 104.0, 7.0, handle);
    c.ellipse(454.0, 284.0, 22.0, 6.0, bamboo.light(0.3));
    c.rect(430.0, 330.0, 48.0, 6.0, 3.0, bamboo.dark(0.3));
    let tines = "M432 384C408 420 396 452 402 484Q454 500 506 484C512 452 500 420 476 384z";
    c.path(tines, bamboo);
    for (half, tone) in [bamboo.dark(0.4), bamboo.light(0.4)].into_iter().enumerate() {
        let tines: String = (half..15)
            .step_by(2)
            .map(|i| {
                let t = i as f32 / 14.0;
                let (top, foot) = ((433.0 + 42.0 * t).round(), (404.0 + 100.0 * t).round());
                let low = (484.0 + 7.0 * (1.0 - (t * 2.0 - 1.0).powi(2))).round();
                format!("M{top} 386Q{foot} 432 {foot} {low}")
            })
            .collect();
        c.line(&tines, tone, 2.0);
    }
    c.line("M428 398Q454 408 480 398", Rgb(64, 52, 44), 7.0);
}

/// An iron kettle with a folding handle.
pub(super) fn kettle(c: &mut Canvas, p: &Picture) {
    standing(c, 284.0, 144.0);
    let iron = p.color;
    let bow = "M158 300C128 90 446 90 414 300";
    c.line(bow, iron.dark(0.4), 17.0);
    c.line(bow, iron.light(0.12), 8.0);
    c.path("M396 352C452 342 452 300 482 276L512 296C498 330 486 406 402 424z", iron.dark(0.15));
    c.path("M482 276L512 296L504 304L474 286z", iron.dark(0.5));
    let body = [
        (292.0, 74.0),
        (304.0, 112.0),
        (336.0, 142.0),
        (386.0, 152.0),
        (434.0, 142.0),
        (462.0, 112.0),
        (476.0, 96.0),
    ];
    let outline = vessel(c, 286.0, &body, iron, 0.13);
    c.within(&outline, |c| {
        let knobs: Vec<(f32, f32)> = (0..55)
            .map(|i| {
                let (row, column) = ((i / 11) as f32, (i % 11) as f32);
                let x = 142.0 + column * 29.0 + (row % 2.0) * 14.0;
                let bend = 8.0 * (1.0 - ((x - 286.0) / 150.0).powi(2));
                (x, 334.0 + row * 24.0 + bend)
            })
            .collect();
        c.dots(knobs.iter().copied(), 7.0, veil(iron.dark(0.5), 0.7));
        c.dots(knobs.iter().map(|(x, y)| (x - 2.0, y - 2.0)), 4.0, veil(iron.light(0.5), 0.55));
    });
    for x in [160.0, 412.0] {
        c.circle(x, 306.0, 13.0, iron.dark(0.3));
        c.circle(x - 2.0, 303.0, 5.0, shine(0.25));
    }
    vessel(c, 286.0, &[(266.0, 34.0), (274.0, 60.0), (292.0, 76.0)], iron.light(0.05), 0.2);
    let brass = c.metal(p.accent);
    c.path(&turned(286.0, &[(232.0, 12.0), (242.0, 22.0), (256.0, 15.0), (266.0, 10.0)]), brass);
    steam(c, 508.0, 250.0);
}

/// A flask with a wooden lid and a loop.
pub(super) fn flask(c: &mut Canvas, p: &Picture) {
    standing(c, 300.0, 86.0);
    let body = [(224.0, 64.0), (240.0, 74.0), (270.0, 78.0), (460.0, 78.0), (476.0, 70.0)];
    let outline = vessel(c, 296.0, &body, p.color, 0.34);
    c.within(&outline, |c| {
        c.path("M210 404Q296 424 382 404V412Q296 432 210 412z", shade(0.16));
        c.rect(210.0, 464.0, 180.0, 40.0, 0.0, shade(0.2));
    });
    leaf(c, 294.0, 366.0, 50.0, -62.0, p.color.light(0.5));
    leaf(c, 294.0, 366.0, 40.0, -126.0, p.color.light(0.34));
    let steel = c.metal(Rgb(196, 200, 200));
    c.path(&turned(296.0, &[(208.0, 60.0), (228.0, 62.0)]), steel);
    let lid = [(132.0, 58.0), (142.0, 64.0), (206.0, 64.0)];
    let d = vessel(c, 296.0, &lid, p.accent, 0.26);
    grain(c, &d, (230.0, 136.0, 140.0, 84.0), p.accent);
    c.ellipse(296.0, 133.0, 58.0, 58.0 * TILT, p.accent.light(0.3));
    c.line("M354 164C424 160 420 262 372 262", p.accent.dark(0.45), 8.0);
    c.ellipse(296.0, GROUND - 9.0, 66.0, 5.0, shade(0.12));
    small_cup(c, 454.0, 516.0, p.color.light(0.5), TEA);
    ground_shadow(c, 296.0, 492.0, 4.0);
}
