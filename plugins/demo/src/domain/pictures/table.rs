//! Things for the table and the room.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{
    TILT, drop_shadow, grain, ground_shadow, hang, leaf, lie, liquid, mouth, polish, scattered,
    sprig, stand, standing, steam, turned, vessel,
};
use super::{Picture, Rgb};

/// A speckled plate from above.
pub(super) fn plate(c: &mut Canvas, p: &Picture) {
    lie(c);
    let d = "M300 84a216 216 0 1 1 0 432a216 216 0 1 1 0-432z";
    drop_shadow(c, d);
    let rim = c.sheet(p.color);
    c.path(d, rim);
    c.ring(300.0, 300.0, 211.0, 211.0, veil(p.accent.dark(0.1), 0.75), 6.0);
    let well = c.linear(
        (0.0, 0.0),
        (1.0, 1.0),
        &[
            (0.0, p.color.dark(0.16).into()),
            (0.5, p.color.light(0.06).into()),
            (1.0, p.color.light(0.28).into()),
        ],
    );
    c.circle(300.0, 300.0, 152.0, well);
    c.circle(300.0, 302.0, 143.0, p.color.light(0.1));
    let inside = |(x, y): &(f32, f32)| (x - 300.0).hypot(y - 300.0) < 204.0;
    let speckles: Vec<(f32, f32)> =
        scattered(110, (96.0, 96.0, 408.0, 408.0)).filter(inside).collect();
    c.dots(speckles.iter().copied().step_by(2), 1.4, veil(p.accent.dark(0.3), 0.5));
    c.dots(speckles.iter().copied().skip(1).step_by(4), 2.3, veil(p.accent.dark(0.3), 0.5));
    c.line("M152 190A186 186 0 0 1 262 118", shine(0.55), 12.0);
    sprig(c, (250.0, 352.0), 132.0, -42.0, Rgb(122, 142, 100));
}

/// A deep bowl with brushed waves and chopsticks.
pub(super) fn bowl(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 138.0);
    let wood = Rgb(122, 76, 48);
    let body = [
        (290.0, 170.0),
        (330.0, 164.0),
        (390.0, 138.0),
        (432.0, 98.0),
        (452.0, 66.0),
        (476.0, 64.0),
    ];
    let outline = vessel(c, 288.0, &body, p.color, 0.3);
    c.within(&outline, |c| {
        let mut waves = String::new();
        for row in 0..4 {
            let y = 352 + row * 26;
            for i in 0..9 {
                let x = 112 + i * 46 + (row % 2) * 23;
                waves.push_str(&format!(
                    "M{} {y}a21 21 0 0 1 42 0m-8 0a13 13 0 0 0 -26 0m8 0a5 5 0 0 1 10 0",
                    x - 21
                ));
            }
        }
        c.line(&waves, veil(p.accent, 0.55), 2.5);
    });
    mouth(c, 288.0, 288.0, 170.0, p.accent);
    liquid(c, 288.0, 292.0, 168.0, Rgb(206, 142, 70));
    // Noodles, an egg, greens.
    for i in 0..5 {
        let y = 286.0 + i as f32 * 4.5;
        c.line(
            &format!("M{} {}q40 -14 84 0t70 -2", n(178.0 + i as f32 * 7.0), n(y)),
            Rgb(243, 219, 160),
            4.0,
        );
    }
    c.ellipse(336.0, 282.0, 34.0, 14.0, Rgb(252, 247, 236));
    c.ellipse(338.0, 282.0, 17.0, 8.0, Rgb(238, 164, 58));
    for (x, a) in [(392.0, -160.0), (400.0, 170.0), (224.0, -14.0)] {
        leaf(c, x, 284.0, 44.0, a, Rgb(104, 142, 84));
    }
    c.line("M352 270L536 196", shade(0.16), 9.0);
    c.line("M348 262L534 186M364 270L546 206", wood, 8.0);
    c.line("M350 260L532 186", shine(0.35), 2.0);
    steam(c, 262.0, 252.0);
}

/// A mug with a glaze that breaks at the rim.
pub(super) fn mug(c: &mut Canvas, p: &Picture) {
    standing(c, 276.0, 118.0);
    let handle = "M366 288C478 270 478 440 364 424";
    c.line(handle, p.color.dark(0.34), 33.0);
    c.line(handle, p.color, 24.0);
    c.line("M372 284C462 276 466 392 398 416", shine(0.3), 6.0);
    let body = [(236.0, 112.0), (300.0, 111.0), (430.0, 108.0), (462.0, 100.0), (476.0, 92.0)];
    let outline = vessel(c, 270.0, &body, p.color, 0.38);
    c.within(&outline, |c| {
        c.path(
            "M150 230H390V292C374 286 366 318 348 306S322 282 304 300S272 326 250 308S214 286 196 304S168 300 150 292z",
            veil(p.accent, 0.5),
        );
        c.path("M150 444Q270 480 390 444V520H150z", veil(Rgb(120, 78, 50), 0.34));
        c.dots(scattered(34, (162.0, 322.0, 216.0, 130.0)), 1.7, veil(Rgb(92, 60, 40), 0.35));
    });
    mouth(c, 270.0, 235.0, 112.0, p.color.mix(Rgb(140, 90, 56), 0.35));
    liquid(c, 270.0, 237.0, 112.0, Rgb(142, 84, 44));
    steam(c, 262.0, 208.0);
}

/// A carafe with its glass as a lid.
pub(super) fn carafe(c: &mut Canvas, p: &Picture) {
    standing(c, 296.0, 114.0);
    let body = [
        (208.0, 52.0),
        (250.0, 52.0),
        (288.0, 66.0),
        (330.0, 98.0),
        (390.0, 112.0),
        (450.0, 106.0),
        (474.0, 92.0),
    ];
    let outline = turned(292.0, &body);
    c.path(&outline, veil(p.color, 0.5));
    c.within(&outline, |c| {
        let water = c.linear(
            (0.0, 0.0),
            (1.0, 0.2),
            &[
                (0.0, veil(p.color.light(0.4), 0.9)),
                (0.6, veil(p.accent, 0.75)),
                (1.0, veil(p.accent.dark(0.2), 0.8)),
            ],
        );
        c.path("M160 332Q292 364 424 332V520H160z", water);
        c.ellipse(292.0, 332.0, 98.0, 15.0, shine(0.55));
        for (x, y, r) in
            [(250.0, 420.0, 5.0), (262.0, 396.0, 3.5), (336.0, 432.0, 4.0), (322.0, 380.0, 3.0)]
        {
            c.ring(x, y, r, r, shine(0.7), 1.6);
        }
        c.path("M190 456Q292 488 394 456V520H190z", shade(0.1));
    });
    polish(c, 292.0, &body, 0.6);
    let glass = [(128.0, 56.0), (140.0, 64.0), (236.0, 68.0)];
    c.path(&turned(292.0, &glass), veil(p.color.light(0.3), 0.6));
    polish(c, 292.0, &glass, 0.6);
    c.ring(292.0, 236.0, 68.0, 68.0 * TILT, veil(p.accent.dark(0.15), 0.7), 3.0);
    c.ellipse(292.0, 129.0, 56.0, 56.0 * TILT, shine(0.6));
    // Light through water falls on the table.
    c.soft(6.0, |c| c.ellipse(398.0, 506.0, 70.0, 12.0, veil(p.color.light(0.5), 0.75)));
}

/// A narrow vase with one flowering branch.
pub(super) fn vase(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 88.0);
    let branch = "M290 284C286 220 300 170 352 96M300 200C270 170 240 158 216 112M318 152C346 150 372 158 398 146";
    c.line(branch, Rgb(108, 82, 62), 6.0);
    for (x, y, a) in [
        (352.0, 100.0, -60.0),
        (240.0, 152.0, -150.0),
        (222.0, 122.0, -100.0),
        (372.0, 154.0, 20.0),
        (312.0, 176.0, -10.0),
        (336.0, 126.0, -140.0),
        (290.0, 236.0, 200.0),
    ] {
        leaf(c, x, y, 46.0, a, p.accent);
    }
    for (x, y, r) in
        [(352.0, 96.0, 20.0), (216.0, 112.0, 17.0), (398.0, 146.0, 15.0), (270.0, 172.0, 14.0)]
    {
        super::parts::flower(c, x, y, r, 5, Rgb(250, 238, 232), Rgb(222, 150, 130));
    }
    let body = [
        (272.0, 24.0),
        (286.0, 20.0),
        (320.0, 25.0),
        (356.0, 66.0),
        (400.0, 88.0),
        (444.0, 80.0),
        (474.0, 56.0),
    ];
    let outline = vessel(c, 290.0, &body, p.color, 0.2);
    c.within(&outline, |c| {
        for y in [372.0, 384.0, 396.0] {
            c.line(&format!("M190 {y}Q290 {} 390 {y}", y + 30.0), shade(0.08), 3.0);
        }
    });
    mouth(c, 290.0, 271.0, 24.0, p.color);
    c.ellipse(444.0, 512.0, 14.0, 6.0, Rgb(250, 238, 232));
    c.ellipse(474.0, 500.0, 10.0, 5.0, Rgb(250, 238, 232));
}

/// A bent-wood tray with breakfast, from above.
pub(super) fn tray(c: &mut Canvas, p: &Picture) {
    lie(c);
    let d = "M116 150h368a36 36 0 0 1 36 36v228a36 36 0 0 1 -36 36h-368a36 36 0 0 1 -36 -36v-228a36 36 0 0 1 36 -36z";
    drop_shadow(c, d);
    c.path(d, p.color.dark(0.25));
    let inner = "M120 164h360a26 26 0 0 1 26 26v220a26 26 0 0 1 -26 26h-360a26 26 0 0 1 -26 -26v-220a26 26 0 0 1 26 -26z";
    let wood = c.sheet(p.accent.mix(p.color, 0.55));
    c.path(inner, wood);
    grain(c, inner, (90.0, 164.0, 420.0, 272.0), p.color);
    for x in [86.0, 502.0] {
        c.rect(x, 256.0, 12.0, 88.0, 6.0, shade(0.5));
    }
    c.line("M112 157H488", shine(0.35), 3.0);
    // A plate with toast, a cup, a sprig.
    c.soft(6.0, |c| c.circle(228.0, 310.0, 88.0, shade(0.35)));
    c.circle(222.0, 300.0, 88.0, Rgb(240, 234, 222));
    c.circle(222.0, 300.0, 64.0, Rgb(248, 244, 234));
    c.rect(184.0, 268.0, 74.0, 66.0, 14.0, Rgb(190, 126, 68));
    c.rect(190.0, 274.0, 62.0, 54.0, 10.0, Rgb(238, 204, 146));
    c.rect(208.0, 288.0, 24.0, 20.0, 4.0, Rgb(250, 226, 130));
    c.soft(5.0, |c| c.circle(406.0, 258.0, 54.0, shade(0.35)));
    c.line("M440 232L476 206", Rgb(120, 148, 160), 14.0);
    c.circle(402.0, 252.0, 54.0, Rgb(128, 156, 168));
    c.circle(402.0, 252.0, 44.0, Rgb(96, 58, 36));
    c.line("M374 240A32 32 0 0 1 398 221", shine(0.4), 5.0);
    sprig(c, (350.0, 404.0), 104.0, -12.0, Rgb(126, 146, 104));
}

/// A paper globe on three legs, lit.
pub(super) fn paper_lamp(c: &mut Canvas, p: &Picture) {
    stand(c);
    let glow = c.radial(&[
        (0.0, veil(p.color.light(0.2), 0.95)),
        (0.55, veil(p.color, 0.4)),
        (1.0, veil(p.color, 0.0)),
    ]);
    c.circle(300.0, 270.0, 290.0, glow);
    ground_shadow(c, 300.0, 490.0, 104.0);
    for d in ["M270 370L222 492", "M330 370L378 492", "M300 374V500"] {
        c.line(d, p.accent.dark(0.2), 12.0);
        c.line(d, p.accent.light(0.15), 5.0);
    }
    let shade_ =
        "M236 124Q300 112 364 124C446 160 462 322 366 382Q300 394 234 382C138 322 154 160 236 124z";
    let paper = c.radial(&[
        (0.0, Rgb(255, 250, 228).into()),
        (0.6, p.color.into()),
        (1.0, p.color.dark(0.16).into()),
    ]);
    c.path(shade_, paper);
    c.within(shade_, |c| {
        let ribs: String = (0..12)
            .map(|i| 134 + i * 21)
            .map(|y| format!("M140 {y}Q300 {} 460 {y}", y + 20))
            .collect();
        c.line(&ribs, veil(p.accent, 0.38), 2.0);
    });
    c.ellipse(300.0, 122.0, 64.0, 9.0, p.accent);
    c.ellipse(300.0, 121.0, 54.0, 6.0, Rgb(255, 248, 222));
    c.line("M356 496C420 514 470 486 610 520", Rgb(94, 76, 60), 4.0);
}

/// Five pairs of chopsticks on stone rests, from above.
pub(super) fn chopsticks(c: &mut Canvas, p: &Picture) {
    lie(c);
    let woods = [p.color, Rgb(205, 160, 104), Rgb(148, 84, 60), Rgb(176, 106, 62), Rgb(66, 50, 46)];
    for (i, wood) in woods.into_iter().enumerate() {
        let x = 132.0 + i as f32 * 84.0;
        let rest = format!("M{} 404q-40 -4 -38 20t44 24t44 -24t-50 -20z", n(x + 4.0));
        c.soft(5.0, |c| c.group("translate(5 9)", |c| c.path(&rest, shade(0.24))));
        let stone = c.sheet(p.accent.light(0.5).dark(i as f32 * 0.05));
        c.path(&rest, stone);
        for dx in [-11.0, 9.0] {
            let d = format!("M{} 92h16l-4 404q-4 6 -8 0z", n(x + dx - 4.0));
            c.soft(4.0, |c| c.group("translate(9 8)", |c| c.path(&d, shade(0.28))));
            let fill = c.linear(
                (0.0, 0.0),
                (1.0, 0.0),
                &[(0.0, wood.light(0.3).into()), (0.5, wood.into()), (1.0, wood.dark(0.3).into())],
            );
            c.path(&d, fill);
            c.rect(x + dx - 4.0, 112.0, 15.8, 5.0, 0.0, Rgb(214, 176, 98));
            c.rect(x + dx - 3.8, 124.0, 15.6, 5.0, 0.0, Rgb(214, 176, 98));
        }
    }
}

/// A clock without numbers, at ten past ten.
pub(super) fn clock(c: &mut Canvas, p: &Picture) {
    hang(c);
    let d = "M300 100a200 200 0 1 1 0 400a200 200 0 1 1 0-400z";
    drop_shadow(c, d);
    let oak = c.sheet(p.color);
    c.path(d, oak);
    grain(c, d, (100.0, 100.0, 400.0, 400.0), p.color);
    c.ring(300.0, 300.0, 197.0, 197.0, shine(0.25), 4.0);
    c.circle(300.0, 300.0, 166.0, p.color.dark(0.3));
    let face = c.linear(
        (0.0, 0.0),
        (1.0, 1.0),
        &[(0.0, Rgb(240, 234, 222).into()), (1.0, Rgb(254, 250, 242).into())],
    );
    c.circle(302.0, 303.0, 162.0, face);
    for i in 0..12 {
        let long = if i % 3 == 0 { 24 } else { 11 };
        c.group(&format!("rotate({} 300 300)", i * 30), |c| {
            c.line(&format!("M300 154v{long}"), p.accent, if i % 3 == 0 { 6.0 } else { 3.5 });
        });
    }
    for (angle, length, width, tone) in
        [(-54, 92, 11.0, p.accent), (60, 130, 7.0, p.accent), (198, 116, 3.0, Rgb(190, 84, 58))]
    {
        c.group(&format!("rotate({angle} 300 300)"), |c| {
            c.line(&format!("M306 328V{}", 308 - length), shade(0.14), width);
            c.line(&format!("M300 324V{}", 300 - length), tone, width);
        });
    }
    c.circle(300.0, 300.0, 11.0, p.accent);
    c.circle(300.0, 300.0, 4.0, p.color.light(0.3));
}
