//! Tools of the kitchen.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{
    TILT, drop_shadow, grain, heap, label, leaf, lie, mouth, polish, scattered, standing, steam,
    turned, vessel,
};
use super::{Picture, Rgb};

/// A board with cheese, figs and a sprig.
pub(super) fn board(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(-14 300 300)", |c| {
        let d = "M196 104H404Q434 104 434 134V410Q434 442 402 442H338V512Q338 538 300 538T262 512V442H198Q166 442 166 410V134Q166 104 196 104z";
        drop_shadow(c, d);
        c.group("translate(4 8)", |c| c.path(d, p.accent));
        let wood = c.sheet(p.color);
        c.path(d, wood);
        c.within(d, |c| {
            for (i, bend) in [30, -24, 44, -38, 26, -30, 36].into_iter().enumerate() {
                let x = 186 + i * 38;
                c.line(&format!("M{x} 96q{bend} 110 0 220t{} 240", bend / 3), veil(p.accent, 0.5), 3.0);
                c.line(&format!("M{} 96q{bend} 120 -6 220t{} 240", x + 13, bend / 2), veil(p.accent, 0.24), 2.0);
            }
            c.ring(350.0, 352.0, 26.0, 15.0, veil(p.accent, 0.6), 3.0);
            c.ring(350.0, 352.0, 14.0, 7.0, veil(p.accent, 0.6), 3.0);
        });
        c.circle(300.0, 502.0, 15.0, p.accent.dark(0.3));
        c.line("M180 124Q184 112 204 111H390", shine(0.4), 5.0);
    });
    // Cheese and figs.
    c.soft(5.0, |c| c.path("M196 250L322 190L344 276z", shade(0.4)));
    c.path("M186 236L312 178L334 244L208 286z", Rgb(248, 226, 160));
    c.path("M186 236L208 286V304L188 256zM208 286L334 244V262L208 304z", Rgb(226, 186, 104));
    for (x, y, r) in
        [(250.0, 230.0, 9.0), (288.0, 218.0, 6.0), (224.0, 254.0, 6.0), (296.0, 238.0, 7.0)]
    {
        c.ellipse(x, y, r, r * 0.7, Rgb(222, 184, 108));
    }
    for (x, y) in [(330.0, 330.0), (386.0, 288.0)] {
        c.soft(4.0, |c| c.circle(x + 5.0, y + 8.0, 30.0, shade(0.4)));
        c.circle(x, y, 31.0, Rgb(92, 62, 96));
        c.circle(x, y, 25.0, Rgb(238, 214, 190));
        c.circle(x, y, 19.0, Rgb(196, 84, 96));
        let seeds = (0..7)
            .map(|k| (k as f32 * 0.9).sin_cos())
            .map(|(sin, cos)| (x + 11.0 * cos, y + 11.0 * sin));
        c.dots(seeds, 2.2, Rgb(246, 216, 150));
    }
    for a in [-20.0, 16.0, 50.0] {
        leaf(c, 236.0, 352.0, 64.0, a, Rgb(122, 146, 92));
    }
}

/// Two spoons and a spatula.
pub(super) fn spoons(c: &mut Canvas, p: &Picture) {
    lie(c);
    for (i, (x, turn)) in [(196.0, -9.0), (304.0, 1.0), (408.0, 10.0)].into_iter().enumerate() {
        c.group(&format!("translate({} 0) rotate({} 0 320)", n(x), n(turn)), |c| {
            let d = match i {
                0 => "M0 92C40 92 54 132 50 168C46 204 22 220 13 236L15 508Q0 524 -15 508L-13 236C-22 220 -46 204 -50 168C-54 132 -40 92 0 92z",
                1 => "M0 78C34 78 42 112 40 148C38 184 20 202 12 220L14 524Q0 540 -14 524L-12 220C-20 202 -38 184 -40 148C-42 112 -34 78 0 78z",
                _ => "M-46 104L46 88Q54 160 42 196C36 214 18 222 13 240L15 508Q0 524 -15 508L-13 240C-18 222 -38 214 -42 196Q-52 150 -46 104z",
            };
            drop_shadow(c, d);
            let tone = [p.color, p.color.light(0.16), p.color.dark(0.1)][i];
            let wood = c.linear((0.0, 0.0), (1.0, 0.2), &[(0.0, tone.light(0.24).into()), (0.5, tone.into()), (1.0, tone.dark(0.24).into())]);
            c.path(d, wood);
            c.within(d, |c| {
                for (k, bend) in [6, -5, 8, -6].into_iter().enumerate() {
                    c.line(&format!("M{} 70q{bend} 120 0 240t0 240", k as i32 * 12 - 18), veil(p.accent, 0.4), 1.8);
                }
            });
            let bowl = c.linear((0.0, 0.0), (0.6, 1.0), &[(0.0, tone.dark(0.42).into()), (1.0, tone.light(0.14).into())]);
            match i {
                0 => c.ellipse(0.0, 154.0, 37.0, 48.0, bowl),
                1 => c.ellipse(0.0, 140.0, 28.0, 48.0, bowl),
                _ => c.line("M-38 122L40 108", shine(0.35), 4.0),
            }
            c.line("M-6 260V480", shine(0.3), 4.0);
            c.circle(0.0, 494.0, 4.5, shade(0.55));
        });
    }
    for (x, y, a) in [(470.0, 470.0, -30.0), (484.0, 482.0, 20.0), (128.0, 128.0, 200.0)] {
        leaf(c, x, y, 50.0, a, Rgb(132, 150, 98));
    }
}

/// An enamel pan with milk.
pub(super) fn pan(c: &mut Canvas, p: &Picture) {
    standing(c, 252.0, 132.0);
    // The handle.
    c.line("M374 336L520 272", shade(0.14), 30.0);
    c.line("M366 328L420 304", p.color.dark(0.2), 18.0);
    c.line("M412 308L534 254", Rgb(150, 100, 60), 27.0);
    c.line("M414 304L532 250", Rgb(196, 146, 96), 17.0);
    c.circle(528.0, 255.0, 5.0, Rgb(90, 60, 38));
    let body = [(302.0, 132.0), (360.0, 130.0), (440.0, 126.0), (464.0, 114.0), (474.0, 104.0)];
    let d = vessel(c, 248.0, &body, p.color, 0.45);
    c.within(&d, |c| c.path("M100 452Q248 492 396 452V520H100z", shade(0.14)));
    // Two lips in the rim.
    c.path("M118 304C102 296 96 290 88 290C96 312 112 322 120 330z", p.color.light(0.1));
    c.ellipse(248.0, 301.0, 134.0, 134.0 * TILT, Rgb(54, 58, 66));
    c.ellipse(248.0, 302.0, 128.0, 128.0 * TILT * 0.94, p.accent);
    let inside = c.linear(
        (0.0, 0.0),
        (1.0, 0.0),
        &[(0.0, p.accent.dark(0.24).into()), (1.0, p.accent.into())],
    );
    c.ellipse(248.0, 304.0, 124.0, 124.0 * TILT * 0.86, inside);
    c.ellipse(248.0, 311.0, 110.0, 110.0 * TILT * 0.68, Rgb(255, 252, 244));
    c.ellipse(220.0, 309.0, 30.0, 4.0, shade(0.05));
    steam(c, 240.0, 272.0);
    c.ellipse(456.0, 516.0, 26.0, 11.0, Rgb(122, 78, 50));
    c.ellipse(492.0, 504.0, 22.0, 9.0, Rgb(104, 66, 44));
}

/// A turned pepper mill with pepper around it.
pub(super) fn mill(c: &mut Canvas, p: &Picture) {
    standing(c, 294.0, 84.0);
    let profile = [
        (206.0, 40.0),
        (222.0, 36.0),
        (244.0, 44.0),
        (290.0, 54.0),
        (320.0, 44.0),
        (350.0, 40.0),
        (400.0, 60.0),
        (440.0, 74.0),
        (462.0, 76.0),
        (476.0, 74.0),
    ];
    let d = vessel(c, 292.0, &profile, p.color, 0.24);
    c.within(&d, |c| {
        for (k, bend) in [10, -8, 12, -10, 8].into_iter().enumerate() {
            c.line(
                &format!("M{} 190q{bend} 80 0 150t0 150", 240 + k * 26),
                veil(p.color.dark(0.6), 0.35),
                2.5,
            );
        }
        c.path("M190 448Q292 476 394 448V456Q292 484 190 456z", p.accent);
    });
    let head = [(116.0, 22.0), (126.0, 40.0), (152.0, 54.0), (180.0, 46.0), (200.0, 38.0)];
    vessel(c, 292.0, &head, p.color.light(0.08), 0.34);
    let brass = c.metal(p.accent);
    c.path(&turned(292.0, &[(196.0, 42.0), (206.0, 42.0)]), brass);
    c.path(&turned(292.0, &[(92.0, 8.0), (100.0, 15.0), (110.0, 11.0), (116.0, 9.0)]), brass);
    let corns: Vec<(f32, f32)> = heap(26, (384.0, 482.0, 140.0, 60.0)).collect();
    c.dots(corns.iter().map(|(x, y)| (x + 3.0, y + 3.0)), 6.0, shade(0.2));
    c.dots(corns.iter().copied().step_by(2), 6.0, Rgb(64, 52, 48));
    c.dots(corns.iter().copied().skip(1).step_by(2), 6.0, Rgb(104, 78, 62));
    c.dots(corns.iter().map(|(x, y)| (x - 2.0, y - 2.0)), 1.8, shine(0.4));
}

/// A stone mortar with herbs and its pestle.
pub(super) fn mortar(c: &mut Canvas, p: &Picture) {
    standing(c, 290.0, 142.0);
    let body = [
        (308.0, 152.0),
        (322.0, 154.0),
        (370.0, 142.0),
        (424.0, 112.0),
        (448.0, 96.0),
        (476.0, 108.0),
    ];
    let d = vessel(c, 286.0, &body, p.color, 0.16);
    c.within(&d, |c| {
        c.dots(scattered(150, (132.0, 316.0, 308.0, 176.0)).step_by(2), 1.9, shade(0.28));
        c.dots(scattered(150, (132.0, 316.0, 308.0, 176.0)).skip(1).step_by(2), 2.2, shine(0.32));
    });
    c.ellipse(286.0, 307.0, 152.0, 152.0 * TILT, p.color.light(0.34));
    let hollow = c.linear(
        (0.0, 0.0),
        (1.0, 0.0),
        &[(0.0, p.color.dark(0.5).into()), (1.0, p.color.dark(0.14).into())],
    );
    c.ellipse(286.0, 309.0, 124.0, 124.0 * TILT * 0.9, hollow);
    c.ellipse(280.0, 318.0, 96.0, 9.5, p.accent.dark(0.2));
    for (x, y, a) in [
        (210.0, 308.0, -30.0),
        (244.0, 312.0, -120.0),
        (190.0, 310.0, -80.0),
        (226.0, 304.0, -60.0),
        (262.0, 314.0, -160.0),
    ] {
        leaf(c, x, y, 58.0, a, p.accent);
    }
    // The pestle leans out to the right.
    c.group("rotate(34 330 300)", |c| {
        let stone = c.volume(p.color.light(0.06));
        c.path("M310 100Q334 84 356 100L362 300Q366 330 334 332Q302 330 306 300z", stone);
        c.line("M322 120L318 290", shine(0.3), 6.0);
        c.dots(scattered(30, (314.0, 106.0, 42.0, 206.0)), 1.8, shade(0.26));
    });
    c.ellipse(470.0, 508.0, 25.0, 21.0, Rgb(244, 238, 226));
    c.path("M470 488Q466 472 474 462L480 464Q474 474 476 488z", Rgb(228, 214, 188));
    c.line("M462 494Q456 508 464 524M476 492Q486 508 478 526", veil(Rgb(170, 130, 150), 0.5), 2.0);
}

/// A santoku with scallions.
pub(super) fn knife(c: &mut Canvas, p: &Picture) {
    lie(c);
    let board = "M70 330h460a22 22 0 0 1 22 22v158a22 22 0 0 1 -22 22h-460a22 22 0 0 1 -22 -22v-158a22 22 0 0 1 22 -22z";
    drop_shadow(c, board);
    let wood = c.sheet(Rgb(214, 174, 124));
    c.path(board, wood);
    grain(c, board, (48.0, 330.0, 504.0, 202.0), Rgb(180, 134, 86));
    for i in 0..3 {
        let y = 420.0 + i as f32 * 30.0;
        c.line(
            &format!("M96 {}Q250 {} 400 {}", n(y), n(y - 16.0), n(y - 4.0)),
            Rgb(112, 152, 86),
            15.0,
        );
        c.line(
            &format!("M96 {}Q150 {} 200 {}", n(y), n(y - 6.0), n(y - 8.0)),
            Rgb(232, 236, 206),
            15.0,
        );
        c.line(
            &format!("M100 {}Q250 {} 396 {}", n(y - 4.0), n(y - 20.0), n(y - 8.0)),
            shine(0.35),
            3.0,
        );
    }
    for (x, y) in scattered(9, (430.0, 404.0, 88.0, 96.0)) {
        c.ring(x, y, 8.0, 7.0, Rgb(126, 164, 98), 4.0);
    }
    c.group("rotate(-15 300 240)", |c| {
        let blade = "M74 214H366V300Q270 312 170 302Q92 292 74 214z";
        c.soft(9.0, |c| {
            c.group("translate(6 18)", |c| {
                c.path(
                    "M74 214H366L372 222H548V262H366V300Q270 312 170 302Q92 292 74 214z",
                    shade(0.3),
                )
            })
        });
        let steel = c.linear(
            (0.0, 0.0),
            (0.3, 1.0),
            &[
                (0.0, p.color.dark(0.12).into()),
                (0.45, p.color.light(0.5).into()),
                (0.62, p.color.into()),
                (1.0, p.color.light(0.75).into()),
            ],
        );
        c.path(blade, steel);
        c.line("M108 276Q150 262 200 272T300 266T366 270", shine(0.85), 2.5);
        c.path("M170 302Q270 312 366 300V290Q270 300 150 288z", shine(0.5));
        let ferrule = c.linear(
            (0.0, 0.0),
            (0.0, 1.0),
            &[
                (0.0, Rgb(96, 88, 88).into()),
                (0.4, Rgb(150, 142, 140).into()),
                (1.0, Rgb(56, 50, 52).into()),
            ],
        );
        c.rect(366.0, 218.0, 32.0, 44.0, 4.0, ferrule);
        let handle = c.linear(
            (0.0, 0.0),
            (0.0, 1.0),
            &[
                (0.0, p.accent.light(0.2).into()),
                (0.3, p.accent.light(0.34).into()),
                (0.34, p.accent.into()),
                (1.0, p.accent.dark(0.4).into()),
            ],
        );
        c.path("M398 219H540Q552 219 552 230V251Q552 262 540 262H398z", handle);
    });
}

/// Two tiers of bamboo with dumplings.
pub(super) fn steamer(c: &mut Canvas, p: &Picture) {
    standing(c, 276.0, 168.0);
    let tier = |c: &mut Canvas, top: f32| {
        let d = vessel(
            c,
            272.0,
            &[(top, 164.0), (top + 30.0, 165.0), (top + 74.0, 164.0)],
            p.color,
            0.22,
        );
        c.within(&d, |c| {
            for y in [top + 22.0, top + 78.0] {
                c.path(
                    &format!(
                        "M100 {}Q272 {} 444 {}v14Q272 {} 100 {}z",
                        n(y),
                        n(y + 50.0),
                        n(y),
                        n(y + 64.0),
                        n(y + 14.0)
                    ),
                    veil(p.accent, 0.45),
                );
            }
            for k in 0..4 {
                let x = 142.0 + k as f32 * 86.0;
                c.line(
                    &format!("M{} {}v18M{} {}v18", n(x), n(top + 50.0), n(x + 7.0), n(top + 52.0)),
                    p.accent.dark(0.3),
                    3.0,
                );
            }
        });
    };
    tier(c, 390.0);
    c.ellipse(272.0, 389.0, 164.0, 164.0 * TILT, p.accent.dark(0.2));
    tier(c, 306.0);
    mouth(c, 272.0, 305.0, 164.0, p.color);
    let floor = Rgb(226, 196, 140);
    c.ellipse(272.0, 310.0, 146.0, 20.0, floor);
    for (x, y) in [(186.0, 302.0), (262.0, 294.0), (340.0, 300.0), (222.0, 318.0), (306.0, 320.0)] {
        c.ellipse(x + 3.0, y + 7.0, 36.0, 9.0, shade(0.2));
        let dough = c.radial(&[(0.0, Rgb(255, 252, 242).into()), (1.0, Rgb(228, 216, 194).into())]);
        c.path(
            &format!("M{} {}q4 -38 36 -40q32 2 36 40q-36 14 -72 0z", n(x - 36.0), n(y + 6.0)),
            dough,
        );
        c.line(
            &format!(
                "M{} {}q0 12 -12 20M{} {}v22M{} {}q0 12 12 20",
                n(x),
                n(y - 32.0),
                n(x),
                n(y - 32.0),
                n(x),
                n(y - 32.0)
            ),
            shade(0.14),
            2.0,
        );
    }
    c.path("M108 306Q272 364 436 306V318Q272 376 108 318z", p.color.light(0.12));
    steam(c, 262.0, 254.0);
    // The lid leans against it.
    c.soft(6.0, |c| c.ellipse(486.0, 500.0, 52.0, 10.0, shade(0.34)));
    c.group("rotate(14 486 400)", |c| {
        let weave = c.sheet(p.color.light(0.1));
        c.ellipse(486.0, 400.0, 58.0, 104.0, p.accent);
        c.ellipse(478.0, 400.0, 56.0, 101.0, weave);
        let cane: String = (0..10)
            .map(|i| format!("M418 {}l120 -136M418 {}l120 136", 356 + i * 28, 228 + i * 28))
            .collect();
        c.within("M478 300a56 100 0 0 1 0 200a56 100 0 0 1 0 -200z", |c| {
            c.line(&cane, veil(p.accent, 0.32), 3.0)
        });
        c.ring(478.0, 400.0, 55.0, 100.0, p.color.dark(0.2), 5.0);
    });
}

/// A jar of honey and the dipper.
pub(super) fn honey(c: &mut Canvas, p: &Picture) {
    standing(c, 272.0, 116.0);
    let body = [
        (238.0, 78.0),
        (254.0, 82.0),
        (280.0, 108.0),
        (330.0, 116.0),
        (430.0, 114.0),
        (462.0, 104.0),
        (474.0, 94.0),
    ];
    let d = turned(268.0, &body);
    let gold = c.linear(
        (0.0, 0.0),
        (1.0, 0.3),
        &[
            (0.0, p.color.dark(0.14).into()),
            (0.28, p.color.light(0.45).into()),
            (0.6, p.color.into()),
            (1.0, p.color.dark(0.34).into()),
        ],
    );
    c.path(&d, gold);
    c.within(&d, |c| {
        c.soft(12.0, |c| c.ellipse(330.0, 420.0, 60.0, 60.0, veil(Rgb(255, 222, 130), 0.6)));
        c.rect(140.0, 236.0, 260.0, 22.0, 0.0, shine(0.4));
    });
    polish(c, 268.0, &body, 0.6);
    label(c, (214.0, 316.0, 110.0, 112.0), p.accent, p.color.dark(0.4));
    for (x, y) in [(256.0, 346.0), (282.0, 346.0), (269.0, 369.0)] {
        c.path(&format!("M{} {}l13 -7l13 7v15l-13 7l-13 -7z", n(x - 13.0), n(y - 7.0)), p.color);
        c.path(&format!("M{} {}l13 -7l13 7v4l-13 -7l-13 7z", n(x - 13.0), n(y - 7.0)), shine(0.4));
    }
    // A cloth cap, tied.
    let cloth = c.volume(Rgb(226, 206, 174));
    c.path("M176 252C184 214 190 176 206 168Q268 152 330 168C346 176 352 214 360 252Q338 244 322 254T286 252T250 254T212 252T176 252z", cloth);
    c.ellipse(268.0, 170.0, 62.0, 10.0, Rgb(240, 224, 196));
    let stripes: String = (0..9).map(|i| format!("M{} 182q-4 20 -6 40", 214 + i * 14)).collect();
    c.line(&stripes, veil(Rgb(176, 92, 66), 0.22), 5.0);
    c.line("M188 222Q268 246 348 222", Rgb(150, 108, 66), 6.0);
    c.line("M268 236l-20 30M268 236l22 28", Rgb(150, 108, 66), 5.0);
    // The dipper drips.
    let beech = Rgb(206, 160, 104);
    c.group("rotate(24 470 330)", |c| {
        c.line("M470 150V350", beech.dark(0.2), 14.0);
        c.line("M467 152V348", beech.light(0.3), 5.0);
        for (i, r) in [20.0, 28.0, 32.0, 32.0, 28.0, 20.0].into_iter().enumerate() {
            let y = 352.0 + i as f32 * 15.0;
            c.rect(470.0 - r, y, r * 2.0, 10.0, 5.0, beech);
            c.rect(470.0 - r, y, r * 0.8, 10.0, 5.0, shine(0.3));
            c.rect(470.0 - r * 0.7, y + 9.0, r * 1.4, 6.0, 0.0, p.color);
        }
    });
    c.path(
        "M414 434C404 470 428 474 418 510C414 530 438 532 436 512C434 480 440 460 442 438z",
        p.color,
    );
    c.ellipse(430.0, 522.0, 58.0, 12.0, p.color);
    c.ellipse(414.0, 518.0, 22.0, 3.5, shine(0.55));
}
