//! Cloth: folded, hung, laid out.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{drop_shadow, flower, grain, ground_shadow, hang, leaf, lie, sprig, stand};
use super::{Picture, Rgb};

/// A herringbone throw, folded, with its fringe.
pub(super) fn throw(c: &mut Canvas, p: &Picture) {
    lie(c);
    let cloth = "M130 132Q124 116 142 114H458Q476 116 470 132V430Q300 440 130 430z";
    drop_shadow(c, "M130 114H470V500H130z");
    for (half, tone) in [p.color.light(0.24), p.color.dark(0.08)].into_iter().enumerate() {
        let threads: String = (half..29)
            .step_by(2)
            .map(|i| (134 + i * 12, (i * 7 % 5) as i32 - 2))
            .map(|(x, sway)| format!("M{x} 426q{} 34 {sway} 66", sway * 2))
            .collect();
        c.line(&threads, tone, 5.0);
    }
    let fill = c.sheet(p.color);
    c.path(cloth, fill);
    c.within(cloth, |c| {
        let mut light = String::new();
        let mut dark = String::new();
        // A zigzag over the whole width, two rows in each tone by turns.
        for row in 0..24 {
            let target = if row % 2 == 0 { &mut light } else { &mut dark };
            target.push_str(&format!("M128 {}", 104 + row * 14));
            target.push_str(&"l29 13l29 -13".repeat(6));
        }
        c.line(&light, veil(p.accent, 0.4), 3.0);
        c.line(&dark, veil(p.accent, 0.24), 3.0);
        c.rect(120.0, 252.0, 360.0, 26.0, 0.0, veil(p.accent, 0.55));
        c.rect(120.0, 290.0, 360.0, 8.0, 0.0, veil(p.accent, 0.55));
    });
    // The fold on the left.
    c.path("M130 132Q124 116 142 114H176Q160 116 164 132V432Q148 432 130 430z", shine(0.2));
    c.line("M166 122V430", shade(0.2), 4.0);
    c.rect(388.0, 376.0, 56.0, 34.0, 3.0, Rgb(246, 240, 226));
    c.line("M398 390h36M398 399h22", shade(0.45), 3.0);
}

/// A silk square with rolled hem and a print of wind over a field.
pub(super) fn scarf(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(9 300 300)", |c| {
        let d = "M112 120Q206 104 300 116T488 112Q500 206 486 300T492 486Q398 498 300 486T110 490Q100 396 114 300T112 120z";
        drop_shadow(c, d);
        let silk = c.linear(
            (0.0, 0.0),
            (1.0, 1.0),
            &[
                (0.0, p.color.light(0.3).into()),
                (0.3, p.color.into()),
                (0.5, p.color.light(0.22).into()),
                (0.75, p.color.dark(0.1).into()),
                (1.0, p.color.light(0.1).into()),
            ],
        );
        c.path(d, silk);
        c.within(d, |c| {
            c.ring(300.0, 560.0, 300.0, 300.0, veil(p.accent, 0.5), 20.0);
            c.ring(300.0, 560.0, 244.0, 244.0, veil(p.accent, 0.4), 14.0);
            c.ring(300.0, 560.0, 196.0, 196.0, veil(p.accent, 0.5), 20.0);
            c.ring(300.0, 560.0, 140.0, 140.0, veil(p.accent, 0.4), 12.0);
            c.circle(392.0, 206.0, 52.0, p.accent);
            let wind: String =
                (0..6).map(|i| format!("M{} {}q44 -22 84 0t84 -4", 134 + i * 17 % 40, 164 + i * 26)).collect();
            c.line(&wind, shine(0.5), 3.5);
            // Folds that catch the light.
            c.soft(10.0, |c| {
                c.path("M90 200Q280 240 520 90V140Q300 290 90 250z", shine(0.24));
                c.path("M90 420Q330 400 520 260V300Q340 450 90 460z", shade(0.12));
            });
        });
        let hem = "M126 134Q210 120 300 130T474 128Q484 214 472 300T478 472Q392 482 300 472T124 476Q116 390 128 300T126 134z";
        c.line(hem, p.accent, 5.0);
        c.line(d, p.color.dark(0.2), 4.0);
    });
}

/// Two towels on pegs, one striped and one checked.
pub(super) fn tea_towel(c: &mut Canvas, p: &Picture) {
    hang(c);
    c.rect(90.0, 116.0, 420.0, 16.0, 8.0, Rgb(176, 132, 88));
    c.rect(90.0, 116.0, 420.0, 5.0, 3.0, shine(0.3));
    for (x, checked) in [(126.0, false), (322.0, true)] {
        let d = format!(
            "M{} 146Q{} 132 {} 144Q{} 300 {} 486Q{} 474 {} 488Q{} 476 {} 486Q{} 300 {} 146z",
            n(x),
            n(x + 76.0),
            n(x + 152.0),
            n(x + 146.0),
            n(x + 158.0),
            n(x + 118.0),
            n(x + 78.0),
            n(x + 38.0),
            n(x - 6.0),
            n(x + 8.0),
            n(x)
        );
        drop_shadow(c, &d);
        let cloth = c.linear(
            (0.0, 0.0),
            (1.0, 0.0),
            &[
                (0.0, p.color.into()),
                (0.25, p.color.light(0.5).into()),
                (0.45, p.color.dark(0.06).into()),
                (0.7, p.color.light(0.4).into()),
                (1.0, p.color.dark(0.1).into()),
            ],
        );
        c.path(&d, cloth);
        c.within(&d, |c| {
            if checked {
                let down: String =
                    (0..6).map(|i| format!("M{} 130v370", x as i32 + 13 + i * 26)).collect();
                let across: String =
                    (0..14).map(|i| format!("M{} {}h190", x as i32 - 14, 153 + i * 26)).collect();
                c.line(&down, veil(p.accent, 0.32), 10.0);
                c.line(&across, veil(p.accent, 0.32), 10.0);
            } else {
                for (y, h) in [(372.0, 26.0), (406.0, 8.0), (422.0, 8.0), (438.0, 26.0)] {
                    c.path(
                        &format!("M{} {}q80 12 180 0v{h}q-100 12 -180 0z", n(x - 10.0), n(y)),
                        veil(p.accent, 0.85),
                    );
                }
                c.rect(x + 14.0, 130.0, 5.0, 370.0, 0.0, veil(p.accent, 0.6));
            }
            c.soft(7.0, |c| {
                c.rect(x + 52.0, 140.0, 16.0, 360.0, 8.0, shade(0.1));
                c.rect(x + 118.0, 140.0, 14.0, 360.0, 8.0, shade(0.12));
            });
        });
        c.line(&format!("M{} 140q0 -18 -8 -22", n(x + 80.0)), p.accent, 5.0);
        c.circle(x + 72.0, 122.0, 11.0, Rgb(142, 100, 62));
        c.circle(x + 69.0, 119.0, 4.0, shine(0.4));
    }
}

/// An apron on a hook.
pub(super) fn apron(c: &mut Canvas, p: &Picture) {
    hang(c);
    c.circle(300.0, 86.0, 15.0, Rgb(150, 110, 72));
    c.line("M240 196C250 130 286 92 300 88C314 92 350 130 360 196", p.color.dark(0.28), 15.0);
    c.line("M240 196C250 130 286 92 300 88C314 92 350 130 360 196", p.color, 11.0);
    let d = "M224 186Q300 204 376 186Q372 268 432 302C436 380 438 450 444 532Q300 548 156 532C162 450 164 380 168 302Q228 268 224 186z";
    drop_shadow(c, d);
    let cloth = c.linear(
        (0.0, 0.0),
        (1.0, 0.0),
        &[
            (0.0, p.color.dark(0.12).into()),
            (0.22, p.color.light(0.12).into()),
            (0.5, p.color.into()),
            (0.78, p.color.light(0.1).into()),
            (1.0, p.color.dark(0.18).into()),
        ],
    );
    c.path(d, cloth);
    c.within(d, |c| {
        c.soft(9.0, |c| {
            c.path("M236 310Q220 430 204 540h24Q246 430 248 310z", shade(0.18));
            c.path("M376 310Q390 430 400 540h20Q404 420 390 310z", shade(0.18));
            c.path("M296 220Q290 380 296 540h20Q312 380 312 220z", shine(0.12));
        });
    });
    c.dashes("M232 196Q300 212 368 196", veil(p.accent, 0.7), 2.5, "8 6");
    for x in [196.0, 312.0] {
        let pocket = format!("M{} 374h92v86q-46 12 -92 0z", n(x));
        c.path(&pocket, veil(p.color.light(0.12), 0.9));
        c.dashes(
            &format!("M{} 382h84v72q-42 10 -84 0z", n(x + 4.0)),
            veil(p.accent, 0.7),
            2.5,
            "8 6",
        );
        c.line(&format!("M{} 374h92", n(x)), shade(0.2), 3.0);
    }
    // A towel in one pocket, a spoon in the other.
    c.path("M336 376V330Q362 320 386 330V376z", p.accent);
    c.rect(344.0, 328.0, 6.0, 47.0, 0.0, veil(Rgb(176, 92, 76), 0.7));
    c.rect(370.0, 327.0, 6.0, 48.0, 0.0, veil(Rgb(176, 92, 76), 0.7));
    c.line("M246 374V328", Rgb(186, 134, 82), 9.0);
    c.ellipse(246.0, 312.0, 14.0, 21.0, Rgb(196, 144, 92));
    c.rect(284.0, 232.0, 32.0, 20.0, 3.0, Rgb(190, 142, 92));
}

/// A cushion with a block print.
pub(super) fn cushion(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 300.0, 494.0, 186.0);
    let d = "M112 148C170 172 430 172 488 148C470 220 470 420 490 494C430 474 170 474 110 494C130 420 130 220 112 148z";
    let cloth = c.radial(&[
        (0.0, p.color.light(0.2).into()),
        (0.7, p.color.into()),
        (1.0, p.color.dark(0.22).into()),
    ]);
    c.path(d, cloth);
    c.within(d, |c| {
        for row in 0..4 {
            for column in 0..4 {
                let (x, y) = (168.0 + column as f32 * 88.0, 208.0 + row as f32 * 76.0);
                if (row + column) % 2 == 0 {
                    flower(c, x, y, 29.0, 8, p.accent, p.color.dark(0.25));
                } else {
                    leaf(c, x, y + 22.0, 46.0, -90.0, p.accent);
                    leaf(c, x, y + 18.0, 30.0, -30.0, p.accent);
                    leaf(c, x, y + 18.0, 30.0, -150.0, p.accent);
                }
            }
        }
        c.soft(14.0, |c| {
            c.path("M110 494C200 420 400 420 490 494V520H110z", shade(0.3));
            c.path("M112 148C150 240 150 400 110 494L90 300z", shine(0.22));
            c.path("M488 148C450 240 450 400 490 494L520 300z", shade(0.26));
            c.ellipse(250.0, 236.0, 90.0, 46.0, shine(0.18));
        });
    });
    c.line(d, p.color.dark(0.2), 5.0);
}

/// A runner down a table, with a plate and a sprig, from above.
pub(super) fn runner(c: &mut Canvas, p: &Picture) {
    lie(c);
    let wood = c.sheet(Rgb(198, 158, 116));
    c.rect(0.0, 0.0, 600.0, 600.0, 0.0, wood);
    c.line("M0 84H600M0 192H600M0 408H600M0 516H600", shade(0.14), 2.5);
    grain(c, "M0 0H600V600H0z", (0.0, 20.0, 600.0, 560.0), Rgb(198, 158, 116));
    c.group("rotate(-4 300 300)", |c| {
        let d = "M-30 206Q150 198 300 208T630 204V398Q450 406 300 396T-30 400z";
        drop_shadow(c, d);
        let cloth = c.linear(
            (0.0, 0.0),
            (0.0, 1.0),
            &[
                (0.0, p.color.light(0.3).into()),
                (0.5, p.color.into()),
                (1.0, p.color.dark(0.1).into()),
            ],
        );
        c.path(d, cloth);
        c.within(d, |c| {
            c.soft(8.0, |c| {
                for (x, w) in [(60.0, 20.0), (210.0, 28.0), (400.0, 18.0), (540.0, 26.0)] {
                    c.path(&format!("M{x} 190q{w} 110 0 220h{w}q24 -110 0 -220z"), shine(0.3));
                    c.path(
                        &format!("M{} 190q{w} 110 0 220h14q24 -110 0 -220z", x + 34.0),
                        shade(0.1),
                    );
                }
            });
        });
        c.dashes(
            "M-30 220Q150 212 300 222T630 218M-30 386Q150 392 300 382T630 386",
            veil(p.accent, 0.9),
            2.5,
            "10 6",
        );
    });
    c.soft(7.0, |c| c.circle(310.0, 316.0, 104.0, shade(0.34)));
    c.circle(300.0, 302.0, 104.0, Rgb(238, 232, 220));
    c.circle(300.0, 302.0, 74.0, Rgb(247, 243, 234));
    c.line("M216 262A94 94 0 0 1 266 214", shine(0.9), 7.0);
    sprig(c, (256.0, 346.0), 112.0, -44.0, Rgb(124, 142, 102));
    for (x, y) in [(96.0, 316.0), (500.0, 280.0)] {
        c.soft(5.0, |c| c.circle(x + 5.0, y + 8.0, 32.0, shade(0.34)));
        c.circle(x, y, 32.0, Rgb(228, 214, 186));
        c.circle(x, y, 25.0, Rgb(246, 232, 196));
        c.circle(x, y, 5.0, Rgb(90, 70, 52));
    }
}

/// A stack of folded waffle towels.
pub(super) fn towel_stack(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 300.0, 490.0, 172.0);
    let tones = [p.color.dark(0.1), p.accent, p.color, p.color.light(0.4)];
    for (i, tone) in tones.into_iter().enumerate() {
        let y = 430.0 - i as f32 * 62.0;
        let inset = [0.0, 8.0, 4.0, 12.0][i];
        let (x0, x1) = (128.0 + inset, 468.0 - inset);
        let d = format!(
            "M{} {}H{}Q{} {} {} {}H{}Q{} {} {} {}z",
            n(x0 + 26.0),
            n(y),
            n(x1 - 4.0),
            n(x1 + 8.0),
            n(y + 31.0),
            n(x1 - 4.0),
            n(y + 61.0),
            n(x0 + 26.0),
            n(x0 - 14.0),
            n(y + 31.0),
            n(x0 + 26.0),
            n(y)
        );
        let fill = c.linear(
            (0.0, 0.0),
            (0.0, 1.0),
            &[(0.0, tone.light(0.24).into()), (0.5, tone.into()), (1.0, tone.dark(0.16).into())],
        );
        c.path(&d, fill);
        c.within(&d, |c| {
            let mut lines = String::new();
            for k in 0..24 {
                lines.push_str(&format!("M{} {}v62", n(x0 + k as f32 * 15.0), n(y)));
            }
            for k in 1..4 {
                lines.push_str(&format!(
                    "M{} {}H{}",
                    n(x0 - 10.0),
                    n(y + k as f32 * 15.0),
                    n(x1 + 10.0)
                ));
            }
            c.line(&lines, veil(tone.dark(0.5), 0.18), 2.5);
        });
        c.line(&format!("M{} {}H{}", n(x0 + 24.0), n(y + 31.0), n(x1 - 2.0)), shade(0.14), 3.0);
        c.line(&format!("M{} {}H{}", n(x0 + 26.0), n(y + 61.0), n(x1 - 4.0)), shade(0.2), 3.0);
    }
    let top = 244.0;
    c.path(&format!("M166 {top}L206 {}H428L456 {top}z", top - 26.0), p.color.light(0.55));
    sprig(c, (250.0, 236.0), 130.0, -12.0, Rgb(136, 150, 118));
}

/// A pair of socks.
pub(super) fn socks(c: &mut Canvas, p: &Picture) {
    lie(c);
    for (dx, dy, turn) in [(52.0, -6.0, 9.0), (-46.0, 12.0, -6.0)] {
        c.group(&format!("translate({dx} {dy}) rotate({turn} 300 300)"), |c| {
            let d = "M214 92H330V296C332 330 360 346 398 364C450 388 452 446 404 462C350 474 282 452 244 424C214 402 212 372 214 340z";
            drop_shadow(c, d);
            let wool = c.sheet(p.color);
            c.path(d, wool);
            c.within(d, |c| {
                c.rect(200.0, 86.0, 150.0, 74.0, 0.0, p.accent);
                let mut ribs = String::new();
                for i in 0..13 {
                    ribs.push_str(&format!("M{} 86V330", 218 + i * 9));
                }
                c.line(&ribs, shade(0.13), 2.5);
                c.rect(200.0, 178.0, 150.0, 10.0, 0.0, veil(p.accent, 0.85));
                c.rect(200.0, 198.0, 150.0, 10.0, 0.0, veil(p.accent, 0.85));
                c.circle(222.0, 400.0, 54.0, p.accent);
                c.circle(438.0, 424.0, 58.0, p.accent);
                c.soft(9.0, |c| c.path("M330 92V296C336 340 380 350 420 380V330H350V92z", shade(0.2)));
                c.line("M226 160V330", shine(0.28), 8.0);
            });
        });
    }
}

/// A canvas bag with vegetables and bread.
pub(super) fn tote(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 300.0, 492.0, 152.0);
    let handle = "M226 264C222 96 378 96 374 264";
    c.line(handle, p.accent.dark(0.3), 17.0);
    for (x, a) in [(246.0, -112.0), (262.0, -84.0), (234.0, -134.0)] {
        leaf(c, x, 266.0, 108.0, a, Rgb(112, 144, 88));
    }
    c.group("rotate(16 356 230)", |c| {
        let crust = c.volume(Rgb(206, 148, 84));
        c.rect(330.0, 118.0, 54.0, 190.0, 27.0, crust);
        for y in [150, 184, 218] {
            c.line(&format!("M342 {}l28 -12", y), Rgb(238, 204, 148), 6.0);
        }
    });
    c.circle(308.0, 258.0, 28.0, Rgb(196, 84, 62));
    c.circle(300.0, 248.0, 7.0, shine(0.4));
    let d =
        "M152 262Q300 276 448 262C452 340 458 420 466 484Q300 504 134 484C142 420 148 340 152 262z";
    let cloth = c.linear(
        (0.0, 0.0),
        (1.0, 0.2),
        &[
            (0.0, p.color.dark(0.04).into()),
            (0.3, p.color.light(0.4).into()),
            (0.65, p.color.into()),
            (1.0, p.color.dark(0.18).into()),
        ],
    );
    c.path(d, cloth);
    c.within(d, |c| {
        c.soft(10.0, |c| {
            c.path("M190 280Q176 400 166 500h26Q204 400 206 280z", shade(0.1));
            c.path("M412 276Q420 400 438 500h20Q438 400 430 276z", shade(0.14));
        });
        c.path("M130 464Q300 486 470 464V510H130z", p.accent);
    });
    c.dashes("M158 276Q300 290 442 276", veil(p.accent, 0.8), 2.5, "9 6");
    let strap = "M222 290C224 190 252 150 300 150S376 190 378 290";
    c.line(strap, p.accent, 15.0);
    c.line(strap, shine(0.2), 4.0);
    for x in [214.0, 370.0] {
        c.rect(x, 278.0, 17.0, 40.0, 2.0, p.accent);
        c.line(&format!("M{} 284l9 26m0 -26l-9 26", n(x + 4.0)), shine(0.5), 2.0);
    }
    sprig(c, (270.0, 430.0), 92.0, -62.0, p.accent);
}
