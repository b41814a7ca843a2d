//! Paper, ink and writing tools.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{TILT, drop_shadow, flower, leaf, lie, sprig, standing, turned, vessel};
use super::{Picture, Rgb};

const PAPER: Rgb = Rgb(250, 246, 236);

/// A cloth-bound notebook with an elastic band and a ribbon.
pub(super) fn notebook(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(-8 300 300)", |c| {
        let cover = "M168 92h262a16 16 0 0 1 16 16v384a16 16 0 0 1 -16 16h-262z";
        drop_shadow(c, cover);
        c.path("M176 100h266a12 12 0 0 1 12 12v384a12 12 0 0 1 -12 12h-266z", PAPER.dark(0.12));
        c.line("M180 504H438M180 500H440", shade(0.1), 1.5);
        c.path("M222 500v52l11 -12l11 12v-52z", p.accent);
        let cloth = c.sheet(p.color);
        c.path(cover, cloth);
        c.within(cover, |c| {
            let weft: String = (0..27).map(|i| format!("M168 {}h280", 96 + i * 16)).collect();
            let warp: String = (0..18).map(|i| format!("M{} 92v416", 172 + i * 16)).collect();
            c.line(&weft, shine(0.06), 2.0);
            c.line(&warp, shade(0.06), 2.0);
            c.rect(168.0, 92.0, 34.0, 416.0, 0.0, shade(0.2));
            c.rect(202.0, 92.0, 3.0, 416.0, 0.0, shine(0.2));
        });
        c.rect(252.0, 176.0, 138.0, 78.0, 4.0, PAPER);
        c.line("M272 204h98M272 226h62", veil(p.color.dark(0.3), 0.65), 4.0);
        c.rect(414.0, 92.0, 10.0, 416.0, 0.0, p.accent);
        c.rect(414.0, 92.0, 3.0, 416.0, 0.0, shine(0.35));
    });
}

/// A brass pen, uncapped, with a line it has just drawn.
pub(super) fn pen(c: &mut Canvas, p: &Picture) {
    lie(c);
    let sheet = "M96 150L430 96L504 452L168 510z";
    drop_shadow(c, sheet);
    c.path(sheet, PAPER);
    let rules: String =
        (0..7).map(|i| format!("M{} {}l300 -49", 134 + i * 9, 190 + i * 44)).collect();
    c.line(&rules, veil(Rgb(120, 140, 170), 0.25), 2.0);
    c.line("M150 240q14 -34 26 -6t26 -8t24 -8t30 -6t26 -10t38 -2", Rgb(52, 62, 104), 4.5);
    c.line("M160 284q16 -28 26 -8t28 -6t22 -8t24 -2", Rgb(52, 62, 104), 4.5);
    let metal = c.linear(
        (0.0, 0.0),
        (0.0, 1.0),
        &[
            (0.0, p.color.dark(0.2).into()),
            (0.25, p.color.light(0.65).into()),
            (0.5, p.color.into()),
            (0.85, p.color.dark(0.4).into()),
            (1.0, p.color.dark(0.1).into()),
        ],
    );
    let nib = c.linear(
        (0.0, 0.0),
        (0.0, 1.0),
        &[(0.0, Rgb(230, 230, 226).into()), (1.0, Rgb(140, 142, 146).into())],
    );
    c.group("translate(238 322) rotate(38)", |c| {
        let barrel = "M58 -17H300Q312 -17 312 0Q312 17 300 17H58z";
        c.soft(7.0, |c| {
            c.group("translate(6 14)", |c| c.path("M0 0L62 -14H306V16H62z", shade(0.34)))
        });
        c.path("M0 0Q30 -13 66 -13V13Q30 13 0 0z", nib);
        c.line("M4 0H44", Rgb(60, 60, 66), 1.8);
        c.circle(46.0, 0.0, 3.0, Rgb(60, 60, 66));
        c.path("M62 -15H112V15H62z", p.accent);
        c.path("M62 -11H112V-6H62z", shine(0.3));
        c.path(barrel.replace("M58", "M112").replace("H58", "H112").as_str(), metal);
        c.rect(118.0, -17.0, 3.0, 34.0, 0.0, shade(0.3));
        c.rect(286.0, -17.0, 3.0, 34.0, 0.0, shade(0.3));
    });
    c.group("translate(96 468) rotate(-14)", |c| {
        c.soft(6.0, |c| c.rect(4.0, 8.0, 140.0, 38.0, 14.0, shade(0.34)));
        c.rect(0.0, 0.0, 140.0, 38.0, 14.0, metal);
        c.rect(18.0, -6.0, 96.0, 9.0, 4.0, p.color.dark(0.2));
        c.rect(18.0, -6.0, 96.0, 4.0, 2.0, p.color.light(0.5));
    });
}

/// Six rolls of tape, one of them pulled out.
pub(super) fn tapes(c: &mut Canvas, p: &Picture) {
    lie(c);
    let strip = "M214 452L520 500L514 542L208 494z";
    drop_shadow(c, strip);
    c.path(strip, p.color.light(0.3));
    let spots = (0..9).map(|i| (240.0 + i as f32 * 32.0, 480.0 + i as f32 * 4.8));
    c.dots(spots, 7.0, veil(p.color.dark(0.2), 0.6));
    let tones = [
        p.color,
        p.accent,
        Rgb(222, 178, 92),
        Rgb(112, 128, 166),
        Rgb(150, 166, 112),
        Rgb(206, 130, 96),
    ];
    for (i, tone) in tones.into_iter().enumerate() {
        let (x, y) = (
            152.0 + (i % 3) as f32 * 148.0,
            190.0 + (i / 3) as f32 * 150.0 + (i % 2) as f32 * 16.0,
        );
        c.soft(7.0, |c| c.circle(x + 8.0, y + 14.0, 66.0, shade(0.3)));
        c.circle(x, y, 66.0, tone.dark(0.14));
        let face = c.sheet(tone.light(0.18));
        c.circle(x, y, 61.0, face);
        c.ring(x, y, 52.0, 52.0, veil(tone.dark(0.3), 0.4), 1.5);
        c.ring(x, y, 45.0, 45.0, veil(tone.dark(0.3), 0.3), 1.5);
        c.circle(x, y, 40.0, Rgb(222, 196, 160));
        c.circle(x, y, 34.0, c.palette.wall.dark(0.2));
        c.circle(x + 3.0, y + 5.0, 31.0, c.palette.wall.dark(0.05));
        c.group(&format!("rotate({} {} {})", i * 40, n(x), n(y)), |c| {
            c.line(
                &format!("M{} {}a55 55 0 0 1 34 -28", n(x - 48.0), n(y - 26.0)),
                shine(0.5),
                5.0,
            );
        });
    }
}

/// Sheets, a lined envelope and a wax seal.
pub(super) fn letters(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(7 300 240)", |c| {
        drop_shadow(c, "M170 70h260v330h-260z");
        let paper = c.sheet(p.color.light(0.4));
        c.rect(170.0, 70.0, 260.0, 330.0, 3.0, paper);
        for i in 0..6 {
            let wide = [196, 184, 200, 176, 192, 120][i];
            c.line(&format!("M202 {}h{wide}", 122 + i * 32), veil(Rgb(70, 74, 104), 0.45), 3.0);
        }
    });
    c.group("rotate(-6 300 400)", |c| {
        let d = "M116 268h368v232h-368z";
        drop_shadow(c, d);
        let paper = c.sheet(p.color);
        c.path(d, paper);
        c.path("M116 500L270 372h60L484 500z", p.color.light(0.35));
        c.path("M116 268L116 500L276 384zM484 268L484 500L324 384z", p.color.dark(0.03));
        c.line("M116 500L274 380M484 500L326 380", shade(0.12), 2.0);
        c.soft(4.0, |c| c.path("M116 272L300 414L484 272z", shade(0.25)));
        let flap = c.linear(
            (0.0, 0.0),
            (0.0, 1.0),
            &[(0.0, p.color.into()), (1.0, p.color.light(0.4).into())],
        );
        c.path("M116 268H484L314 396Q300 406 286 396z", flap);
        c.soft(3.0, |c| c.circle(303.0, 397.0, 37.0, shade(0.35)));
        let wax = c.sheet(p.accent);
        c.path("M300 354q16 0 24 8t15 22t-4 26t-17 22t-26 4t-24-14t-6-28t12-28t26-12z", wax);
        c.ring(299.0, 394.0, 24.0, 24.0, shade(0.24), 4.0);
        leaf(c, 290.0, 408.0, 30.0, -56.0, p.accent.light(0.25));
    });
    sprig(c, (470.0, 250.0), 110.0, -70.0, Rgb(132, 142, 112));
}

/// An etched ginkgo leaf on an open book.
pub(super) fn bookmark(c: &mut Canvas, p: &Picture) {
    lie(c);
    let book = "M60 132Q180 96 300 136Q420 96 540 132V494Q420 458 300 498Q180 458 60 494z";
    drop_shadow(c, book);
    c.path("M52 140Q180 104 300 140Q420 104 548 140V508Q420 472 300 508Q180 472 52 508z", p.accent);
    let page = c.linear(
        (0.0, 0.0),
        (1.0, 0.0),
        &[
            (0.0, PAPER.into()),
            (0.42, PAPER.into()),
            (0.5, PAPER.dark(0.22).into()),
            (0.56, PAPER.into()),
            (1.0, PAPER.dark(0.05).into()),
        ],
    );
    c.path(book, page);
    let print: String = (0..10)
        .map(|i| {
            let (y, short) = (176 + i * 29, if i % 4 == 3 { 60 } else { 0 });
            format!("M94 {y}q94 -28 {} -2M334 {y}q90 -26 {} -8", 176 - short, 176 - short / 2)
        })
        .collect();
    c.line(&print, veil(Rgb(80, 72, 70), 0.24), 3.5);
    let brass = c.linear(
        (0.0, 0.0),
        (1.0, 1.0),
        &[
            (0.0, p.color.light(0.6).into()),
            (0.45, p.color.into()),
            (0.7, p.color.light(0.3).into()),
            (1.0, p.color.dark(0.3).into()),
        ],
    );
    let ginkgo = "M300 392C300 340 280 300 214 276C196 228 236 176 288 176Q298 196 300 222Q304 196 314 176C366 178 404 230 386 278C320 302 308 342 308 392z";
    drop_shadow(c, ginkgo);
    c.path(ginkgo, brass);
    let tips = [
        (222, 262),
        (236, 222),
        (262, 194),
        (284, 190),
        (318, 190),
        (342, 196),
        (366, 224),
        (378, 264),
    ];
    let veins: String =
        tips.into_iter().map(|(x, y)| format!("M303 372Q{} 300 {x} {y}", (303 + x) / 2)).collect();
    c.line(&veins, veil(p.color.dark(0.5), 0.45), 1.8);
    c.line("M304 384C304 420 300 446 288 474", p.color.dark(0.25), 8.0);
    c.line("M302 384C302 420 298 446 286 474", p.color.light(0.4), 3.0);
}

/// Three brushes on a mat, with a stroke of ink.
pub(super) fn brushes(c: &mut Canvas, p: &Picture) {
    lie(c);
    let sheet = "M90 96h420v408h-420z";
    drop_shadow(c, sheet);
    c.path(sheet, PAPER);
    let ink = p.accent;
    c.line("M352 190C396 176 436 172 462 178", veil(ink, 0.9), 26.0);
    c.line("M406 156C410 220 404 300 372 362", veil(ink, 0.85), 20.0);
    c.line("M414 236C434 282 452 306 478 326", veil(ink, 0.85), 16.0);
    c.line("M440 174l30 3", PAPER, 3.0);
    c.rect(430.0, 420.0, 40.0, 40.0, 4.0, Rgb(180, 60, 48));
    c.line("M441 432h18M441 441h18M441 450h18M450 428v26", shine(0.85), 3.0);
    for (i, (x, size)) in [(132.0, 1.0), (196.0, 0.82), (252.0, 0.66)].into_iter().enumerate() {
        c.group(&format!("translate({} {}) rotate({})", n(x), 74 + i * 14, 4 + i * 3), |c| {
            let w = 13.0 * size;
            c.soft(5.0, |c| c.rect(-w + 10.0, 8.0, w * 2.0, 400.0, 6.0, shade(0.26)));
            let wood = c.volume(p.color);
            c.rect(-w, 0.0, w * 2.0, 300.0, 4.0, wood);
            for y in [96.0, 188.0] {
                c.rect(-w, y, w * 2.0, 3.0, 0.0, shade(0.28));
            }
            c.rect(-w - 3.0, 280.0, w * 2.0 + 6.0, 34.0, 4.0, ink.light(0.12));
            c.rect(-w + 2.0, 282.0, 4.0, 30.0, 2.0, shine(0.3));
            let tip = 104.0 * size;
            let d = format!(
                "M{} 314C{} {} {} {} 0 {}C{} {} {} {} {} 314z",
                n(-w),
                n(-w * 2.1),
                n(314.0 + tip * 0.4),
                n(-w * 0.7),
                n(314.0 + tip * 0.7),
                n(314.0 + tip),
                n(w * 0.7),
                n(314.0 + tip * 0.7),
                n(w * 2.1),
                n(314.0 + tip * 0.4),
                n(w)
            );
            let hair = c.linear(
                (0.0, 0.0),
                (0.0, 1.0),
                &[
                    (0.0, Rgb(232, 220, 198).into()),
                    (0.5, Rgb(190, 168, 140).into()),
                    (0.75, ink.into()),
                    (1.0, ink.into()),
                ],
            );
            c.path(&d, hair);
            c.line("M0 40V60", shade(0.4), 3.0);
        });
    }
}

/// A ring-bound week.
pub(super) fn planner(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(5 300 300)", |c| {
        let d = "M124 92h364a14 14 0 0 1 14 14v392a14 14 0 0 1 -14 14h-364z";
        drop_shadow(c, d);
        let cover = c.sheet(p.color);
        c.path(d, cover);
        c.path("M136 102h352v400h-352z", PAPER.dark(0.08));
        c.path("M136 100h346v398h-346z", PAPER);
        c.rect(136.0, 100.0, 346.0, 58.0, 0.0, p.color);
        c.line("M176 130h108", shine(0.9), 7.0);
        c.line("M400 130h50", shine(0.6), 5.0);
        let days = |from: i32, d: &str| {
            (0..6).map(|i| format!("M172 {}{d}", from + i * 55)).collect::<String>()
        };
        c.line(&days(212, "h290"), veil(p.accent, 0.26), 2.0);
        c.line(&days(178, "h18"), veil(p.accent, 0.8), 4.0);
        let ink = Rgb(72, 84, 126);
        let notes = [(182, 120), (202, 76), (236, 158), (292, 92), (348, 134), (402, 60)];
        let writing: String =
            notes.into_iter().map(|(y, w)| format!("M206 {y}q8 -8 16 0t16 0h{}", w - 32)).collect();
        c.line(&writing, veil(ink, 0.55), 3.0);
        for (y, done) in [(238, true), (294, true), (350, false)] {
            c.rect(424.0, y as f32 - 16.0, 22.0, 22.0, 4.0, veil(p.color, 0.45));
            if done {
                c.line(&format!("M429 {}l6 7l11 -16", y - 6), ink, 3.5);
            }
        }
        flower(c, 436.0, 456.0, 20.0, 6, p.color, Rgb(226, 178, 84));
        c.dots((0..14).map(|i| (148.0, 116.0 + i as f32 * 28.0)), 5.0, shade(0.4));
        let ring = |from: &str| {
            (0..14).map(|i| format!("M{} {}{from}", 148, 116 + i * 28)).collect::<String>()
        };
        c.line(&ring("c-28 -14 -42 4 -30 8"), p.accent, 4.5);
        c.line(&ring("m-6 -3c-18 -6 -28 3 -26 7"), shine(0.5), 1.5);
    });
}

/// A square bottle of ink with a dip of color.
pub(super) fn ink_bottle(c: &mut Canvas, p: &Picture) {
    standing(c, 284.0, 130.0);
    let glass = "M180 322Q180 296 206 292L246 282V262H330V282L370 292Q396 296 396 322V462Q396 486 372 486H204Q180 486 180 462z";
    c.path(glass, veil(Rgb(226, 234, 240), 0.85));
    let ink = c.linear(
        (0.0, 0.0),
        (1.0, 0.5),
        &[
            (0.0, p.color.light(0.22).into()),
            (0.5, p.color.into()),
            (1.0, p.color.dark(0.4).into()),
        ],
    );
    c.within(glass, |c| {
        c.path("M192 336Q288 350 384 336V452Q384 472 366 472H210Q192 472 192 452z", ink);
        c.ellipse(288.0, 336.0, 96.0, 11.0, p.color.light(0.34));
        c.rect(198.0, 306.0, 13.0, 150.0, 6.0, shine(0.55));
        c.rect(366.0, 320.0, 8.0, 130.0, 4.0, shine(0.2));
    });
    c.line(
        "M180 322V462Q180 486 204 486H372Q396 486 396 462V322",
        veil(Rgb(150, 166, 180), 0.4),
        3.0,
    );
    c.rect(230.0, 370.0, 116.0, 72.0, 4.0, p.accent);
    c.line("M254 392h68M266 408h44", veil(p.color.dark(0.2), 0.85), 4.0);
    c.circle(288.0, 426.0, 6.0, p.color);
    let cap = Rgb(46, 44, 52);
    vessel(c, 288.0, &[(196.0, 58.0), (206.0, 62.0), (262.0, 62.0)], cap, 0.24);
    let ridges: String = (0..9).map(|i| format!("M{} 214v48", 238 + i * 13)).collect();
    c.line(&ridges, shine(0.07), 3.0);
    c.ellipse(288.0, 197.0, 58.0, 58.0 * TILT, cap.light(0.16));
    // A written swash in the same ink.
    c.line("M408 516q24 -26 46 -4t44 -8t40 -4", p.color, 7.0);
    c.line("M420 534q50 8 92 -8", veil(p.color, 0.5), 4.0);
}

/// A dozen pencils in a cup.
pub(super) fn pencil_cup(c: &mut Canvas, p: &Picture) {
    standing(c, 288.0, 100.0);
    let tones = [
        p.accent,
        Rgb(92, 122, 140),
        Rgb(206, 176, 100),
        Rgb(150, 92, 84),
        Rgb(112, 136, 104),
        Rgb(70, 74, 96),
    ];
    for i in 0..10usize {
        let lean = -20.0 + i as f32 * 4.4;
        let x = 216.0 + i as f32 * 15.0;
        let top = 96.0 + (i * 37 % 60) as f32;
        let tone = tones[i % tones.len()];
        c.group(&format!("rotate({} {} 330)", n(lean), n(x)), |c| {
            c.stamp((x, top), 0.0, 100.0, |c| {
                c.path("M-9 38h18v200h-18z", tone);
                c.path("M-9 38h6v200h-6z", shine(0.28));
                c.path("M4 38h5v200h-5z", shade(0.2));
                c.path("M-9 38L0 0L9 38z", Rgb(228, 190, 138));
                c.path("M-3 13L0 0L3 13z", tone.dark(0.5));
            });
        });
    }
    let body = [(300.0, 92.0), (380.0, 94.0), (462.0, 88.0), (474.0, 80.0)];
    c.path("M196 300H380V312Q288 330 196 312z", p.color.dark(0.3));
    let front = turned(288.0, &body);
    // The back of the rim stays open for the pencils.
    let fill = c.volume(p.color);
    c.path(&front, fill);
    c.within(&front, |c| {
        c.path("M180 284H400V300Q288 326 180 300z", p.color.light(0.32));
        c.path("M180 420Q288 452 396 420V500H180z", shine(0.2));
    });
    super::parts::polish(c, 288.0, &body, 0.3);
    c.group("translate(420 518) rotate(-8)", |c| {
        c.soft(4.0, |c| c.rect(0.0, 4.0, 110.0, 14.0, 4.0, shade(0.3)));
        c.rect(0.0, -8.0, 96.0, 16.0, 0.0, p.accent);
        c.rect(0.0, -8.0, 96.0, 5.0, 0.0, shine(0.3));
        c.path("M96 -8L124 0L96 8z", Rgb(228, 190, 138));
        c.path("M114 -3L124 0L114 3z", Rgb::DARK);
    });
}
