//! The garden, and presents.

use super::canvas::{Canvas, n, shade, shine, veil};
use super::parts::{
    TILT, drop_shadow, flame, flower, grain, ground_shadow, hang, heap, leaf, lie, mouth, scatter,
    scattered, sprig, stand, standing, turned, vessel,
};
use super::{Picture, Rgb};

/// A terracotta pot with a plant.
pub(super) fn plant_pot(c: &mut Canvas, p: &Picture) {
    standing(c, 294.0, 122.0);
    let green = p.accent;
    for (x, a, l) in [
        (292.0, -92.0, 190.0),
        (280.0, -118.0, 176.0),
        (306.0, -64.0, 172.0),
        (270.0, -146.0, 150.0),
        (316.0, -36.0, 150.0),
        (286.0, -104.0, 140.0),
        (300.0, -78.0, 132.0),
    ] {
        let tone = if (a as i32) % 4 == 0 { green } else { green.dark(0.16) };
        leaf(c, x, 300.0, l, a, tone);
    }
    c.ellipse(290.0, 484.0, 128.0, 128.0 * TILT, p.color.dark(0.28));
    c.ellipse(290.0, 478.0, 128.0, 128.0 * TILT, p.color.light(0.05));
    c.ellipse(290.0, 478.0, 110.0, 110.0 * TILT * 0.9, p.color.dark(0.2));
    let body = [(336.0, 108.0), (400.0, 96.0), (466.0, 82.0)];
    let d = vessel(c, 290.0, &body, p.color, 0.16);
    c.within(&d, |c| {
        c.path("M160 336Q290 366 420 336V352Q290 382 160 352z", shade(0.2));
        c.dots(scattered(30, (194.0, 368.0, 196.0, 112.0)), 1.9, shine(0.25));
        c.path("M190 440Q230 424 270 446T350 444V500H190z", shine(0.13));
    });
    vessel(c, 290.0, &[(294.0, 122.0), (304.0, 124.0), (338.0, 120.0)], p.color.light(0.04), 0.2);
    mouth(c, 290.0, 293.0, 122.0, p.color);
    c.ellipse(290.0, 298.0, 106.0, 14.0, Rgb(86, 64, 52));
    for (a, l) in [(-70.0, 120.0), (-112.0, 116.0), (-40.0, 96.0), (-142.0, 96.0)] {
        leaf(c, 290.0, 298.0, l, a, green.light(0.14));
    }
}

/// A can with a long spout.
pub(super) fn watering_can(c: &mut Canvas, p: &Picture) {
    standing(c, 330.0, 112.0);
    let handle = "M420 276C540 250 540 430 420 440";
    c.line(handle, p.color.dark(0.35), 17.0);
    c.line(handle, p.color.light(0.25), 8.0);
    let bow = "M262 262C270 150 400 150 408 262";
    c.line(bow, p.color.dark(0.35), 15.0);
    c.line(bow, p.color.light(0.25), 7.0);
    let spout = "M250 400C190 390 150 300 118 226L142 216C176 280 210 340 252 350z";
    let tube = c.linear(
        (0.0, 0.0),
        (0.8, 0.6),
        &[
            (0.0, p.color.dark(0.2).into()),
            (0.4, p.color.light(0.4).into()),
            (1.0, p.color.dark(0.3).into()),
        ],
    );
    c.path(spout, tube);
    c.line("M182 298L272 286", p.color.dark(0.3), 7.0);
    c.group("rotate(-26 126 216)", |c| {
        c.path("M112 226L88 192H164L142 226z", p.color);
        c.ellipse(126.0, 192.0, 40.0, 13.0, Rgb(214, 174, 96));
        let holes = [
            (106.0, 190.0),
            (118.0, 186.0),
            (134.0, 186.0),
            (146.0, 191.0),
            (126.0, 193.0),
            (112.0, 197.0),
            (138.0, 198.0),
        ];
        c.dots(holes, 2.2, shade(0.6));
    });
    for (i, (x, y)) in
        [(72, 196), (60, 226), (88, 222), (46, 262), (78, 258), (100, 246), (58, 300), (90, 296)]
            .into_iter()
            .enumerate()
    {
        let (x, y) = (x as f32, y as f32);
        c.path(
            &format!("M{} {}q-6 10 0 14q7 -3 0 -14z", n(x), n(y)),
            veil(Rgb(122, 170, 196), if i % 2 == 0 { 0.9 } else { 0.6 }),
        );
    }
    let copper = c.metal(p.color);
    let body = [(268.0, 84.0), (290.0, 94.0), (400.0, 106.0), (474.0, 108.0)];
    let d = turned(336.0, &body);
    c.path(&d, copper);
    c.within(&d, |c| {
        for y in [296.0, 452.0] {
            c.path(
                &format!("M200 {y}Q336 {} 470 {y}v6Q336 {} 200 {}z", y + 32.0, y + 38.0, y + 6.0),
                shade(0.26),
            );
        }
    });
    mouth(c, 336.0, 267.0, 84.0, p.color);
    c.path("M256 264A84 14 0 0 1 416 264L400 250Q336 238 272 250z", veil(p.color.dark(0.1), 0.9));
    // Seedlings under the rose.
    for (x, h) in [(58.0, 46.0), (92.0, 58.0), (126.0, 42.0)] {
        c.line(&format!("M{x} 512V{}", 512.0 - h), p.accent.dark(0.2), 4.0);
        leaf(c, x, 512.0 - h, 32.0, -40.0, p.accent);
        leaf(c, x, 512.0 - h, 32.0, -140.0, p.accent.dark(0.1));
    }
    c.ellipse(92.0, 516.0, 64.0, 10.0, Rgb(104, 82, 64));
}

/// A paper packet of seeds with flowers.
pub(super) fn seed_packet(c: &mut Canvas, p: &Picture) {
    lie(c);
    c.group("rotate(-7 300 300)", |c| {
        let d = "M168 84h264v420h-264z";
        drop_shadow(c, d);
        let paper = c.sheet(p.color);
        c.path(d, paper);
        c.path("M168 84h264v52h-264z", p.accent);
        c.line("M168 140h264", shade(0.14), 3.0);
        c.dashes("M168 112h264", shine(0.7), 2.5, "9 7");
        let meadow = "M186 156h228v238h-228z";
        c.path(meadow, p.accent.light(0.72));
        c.within(meadow, |c| {
            c.circle(366.0, 200.0, 26.0, Rgb(246, 208, 120));
            c.path("M180 320Q250 282 320 312T420 300V400H180z", Rgb(172, 192, 136));
            c.path("M180 352Q260 322 330 350T420 340V400H180z", Rgb(142, 168, 110));
            let tones = [
                p.accent,
                Rgb(206, 84, 70),
                Rgb(250, 246, 236),
                Rgb(232, 176, 74),
                Rgb(178, 122, 168),
            ];
            for i in 0..13u32 {
                let (x, top) = scatter(i, (200.0, 236.0, 200.0, 100.0));
                let (x, top) = (x.round(), top.round());
                c.line(
                    &format!("M{x} 396Q{} {} {x} {top}", n(x + 8.0), n(top + 70.0)),
                    Rgb(106, 136, 84),
                    3.0,
                );
                flower(c, x, top, 17.0, 6 + i % 3, tones[i as usize % 5], Rgb(236, 196, 92));
            }
        });
        c.line("M226 424h148", p.accent.dark(0.3), 8.0);
        c.line("M248 446h104M262 464h76", shade(0.4), 4.0);
        c.path("M168 84h20v420h-20z", shine(0.25));
    });
    for (i, place) in heap(26, (456.0, 432.0, 112.0, 116.0)).enumerate() {
        c.stamp(place, (i * 43 % 180) as f32, 100.0, |c| {
            c.ellipse(2.0, 3.0, 6.0, 3.0, shade(0.2));
            c.ellipse(
                0.0,
                0.0,
                6.0,
                3.0,
                if i % 2 == 0 { Rgb(92, 68, 52) } else { Rgb(156, 122, 84) },
            );
        });
    }
}

/// A lantern with a candle in it.
pub(super) fn lantern(c: &mut Canvas, p: &Picture) {
    standing(c, 300.0, 112.0);
    let metal = p.color;
    c.ring(300.0, 106.0, 34.0, 38.0, metal, 8.0);
    c.path("M284 138h32v22h-32z", metal.dark(0.2));
    let roof = c.volume(metal);
    c.path("M268 158H332L400 222Q300 238 200 222z", roof);
    c.rect(196.0, 220.0, 208.0, 14.0, 4.0, metal.dark(0.15));
    let glass = c.linear(
        (0.0, 0.0),
        (0.0, 1.0),
        &[(0.0, veil(Rgb(255, 238, 196), 0.55)), (1.0, veil(Rgb(255, 222, 150), 0.85))],
    );
    c.rect(206.0, 232.0, 188.0, 232.0, 0.0, glass);
    let wax = c.volume(Rgb(246, 236, 212));
    c.path(&turned(300.0, &[(352.0, 42.0), (452.0, 42.0)]), wax);
    c.ellipse(300.0, 352.0, 42.0, 7.0, Rgb(255, 246, 220));
    flame(c, 300.0, 352.0, 46.0);
    c.path("M214 240h40l-30 216h-10z", shine(0.4));
    c.path("M350 240h16l-20 216h-14z", shine(0.25));
    for x in [202.0, 294.0, 386.0] {
        let w = if x > 250.0 && x < 350.0 { 7.0 } else { 13.0 };
        c.rect(x, 230.0, w, 236.0, 0.0, metal);
        c.rect(x, 230.0, 3.0, 236.0, 0.0, shine(0.2));
    }
    c.circle(310.0, 348.0, 7.0, p.accent);
    let foot = c.volume(metal);
    c.path("M192 460H408L418 486Q300 502 182 486z", foot);
    c.soft(12.0, |c| c.ellipse(300.0, 520.0, 150.0, 18.0, veil(p.accent, 0.5)));
}

/// A nest box with a visitor.
pub(super) fn bird_house(c: &mut Canvas, p: &Picture) {
    hang(c);
    c.line("M300 40V150", Rgb(140, 112, 84), 6.0);
    sprig(c, (620.0, 92.0), 190.0, 172.0, Rgb(128, 154, 108));
    sprig(c, (-14.0, 150.0), 150.0, 8.0, Rgb(140, 164, 118));
    let wall = "M196 238L300 146L404 238V468H196z";
    drop_shadow(c, "M196 238L300 146L440 230V468H196z");
    let front = c.sheet(p.color);
    c.path("M404 238L440 222V448L404 468z", p.color.dark(0.34));
    c.path(wall, front);
    c.within(wall, |c| {
        for (k, bend) in [14, -12, 16, -10, 12].into_iter().enumerate() {
            c.line(
                &format!("M{} 140q{bend} 90 0 170t0 170", 216 + k * 42),
                veil(p.color.dark(0.5), 0.3),
                2.5,
            );
        }
        c.path("M190 232L300 136L410 232V262L300 168L190 262z", shade(0.2));
    });
    c.path("M300 118L338 104L482 230L446 246z", p.accent.dark(0.28));
    c.path("M300 118L446 246L428 262L300 150L172 262L154 246z", p.accent);
    c.path("M300 118L446 246L440 251L300 129L160 251L154 246z", shine(0.3));
    c.circle(300.0, 302.0, 44.0, p.color.light(0.2));
    c.circle(300.0, 302.0, 37.0, Rgb(62, 46, 40));
    c.line("M300 386v0M300 378v34", p.color.dark(0.4), 11.0);
    c.circle(300.0, 382.0, 9.0, p.color.light(0.1));
    // A tit looks out.
    c.circle(300.0, 312.0, 26.0, Rgb(236, 206, 106));
    c.path("M274 308A26 26 0 0 1 326 308Q300 296 274 308z", Rgb(88, 122, 152));
    c.path("M278 312Q300 302 322 312L318 320Q300 312 282 320z", Rgb(60, 60, 74));
    c.ellipse(288.0, 322.0, 9.0, 6.0, Rgb(250, 248, 240));
    c.ellipse(312.0, 322.0, 9.0, 6.0, Rgb(250, 248, 240));
    c.circle(290.0, 312.0, 3.0, Rgb(250, 250, 246));
    c.circle(310.0, 312.0, 3.0, Rgb(250, 250, 246));
    c.path("M294 320L300 334L306 320z", Rgb(70, 62, 60));
    c.rect(190.0, 462.0, 220.0, 16.0, 4.0, p.color.dark(0.25));
}

/// A trowel and a fork.
pub(super) fn trowels(c: &mut Canvas, p: &Picture) {
    lie(c);
    for (x, turn, fork) in [(226.0, -10.0, false), (378.0, 9.0, true)] {
        c.group(&format!("translate({} 0) rotate({} 0 300)", n(x), n(turn)), |c| {
            let head = if fork {
                "M-46 316L-40 500Q-37 512 -33 500L-25 350H-10L-5 510Q0 524 5 510L10 350H25L33 500Q37 512 40 500L46 316Q40 292 14 290V270H-14V290Q-40 292 -46 316z"
            } else {
                "M-14 270H14V290Q50 294 50 330V436Q44 488 0 524Q-44 488 -50 436V330Q-50 294 -14 290z"
            };
            drop_shadow(c, head);
            let steel = c.linear((0.0, 0.0), (1.0, 0.3), &[(0.0, p.color.light(0.35).into()), (0.48, p.color.into()), (0.54, p.color.dark(0.25).into()), (1.0, p.color.light(0.2).into())]);
            c.path(head, steel);
            if !fork {
                c.line("M0 300V500", shine(0.45), 5.0);
                c.line("M-46 350h14M-46 374h14M-46 398h14M-46 422h14M-44 446h12", shade(0.45), 2.5);
            }
            let grip = "M-16 90Q0 76 16 90Q24 140 19 180Q14 220 15 262H-15Q-14 220 -19 180Q-24 140 -16 90z";
            drop_shadow(c, grip);
            let wood = c.volume(p.accent);
            c.path(grip, wood);
            grain(c, grip, (-24.0, 80.0, 48.0, 190.0), p.accent);
            c.line("M-8 100Q-13 150 -9 240", shine(0.4), 5.0);
            c.rect(-17.0, 250.0, 34.0, 26.0, 4.0, Rgb(120, 120, 120));
            c.rect(-15.0, 251.0, 9.0, 24.0, 3.0, shine(0.5));
            c.line("M0 98C-34 60 34 60 0 98", Rgb(112, 74, 48), 5.0);
        });
    }
    leaf(c, 300.0, 470.0, 56.0, -70.0, Rgb(122, 152, 100));
    leaf(c, 300.0, 470.0, 48.0, -120.0, Rgb(104, 136, 86));
}

/// A juniper in a tray of its own.
pub(super) fn bonsai(c: &mut Canvas, p: &Picture) {
    standing(c, 300.0, 136.0);
    let bark = Rgb(118, 86, 64);
    let trunk = "M268 424C296 384 244 350 282 304C312 266 296 236 330 188L346 196C332 240 346 280 322 318C300 354 344 384 332 424z";
    let wood = c.volume(bark);
    c.path(trunk, wood);
    c.line("M292 410C308 370 272 350 300 310C322 276 318 250 334 210", shine(0.25), 4.0);
    c.line("M288 330C240 318 214 322 190 306", bark, 13.0);
    c.line("M322 286C370 280 386 270 412 268", bark, 11.0);
    c.line("M312 250C284 232 270 226 256 210", bark, 9.0);
    for (x, y, rx, ry) in [
        (180.0, 296.0, 78.0, 30.0),
        (424.0, 258.0, 82.0, 31.0),
        (252.0, 204.0, 70.0, 28.0),
        (344.0, 164.0, 92.0, 38.0),
    ] {
        c.ellipse(x, y + 9.0, rx, ry * 0.8, p.accent.dark(0.42));
        for k in 0..7 {
            let t = k as f32 / 6.0 * 2.0 - 1.0;
            c.circle(
                x + t * rx * 0.78,
                y + 3.0 + t * t * 8.0 - (k % 2) as f32 * 6.0,
                ry * (0.82 - 0.28 * t * t),
                p.accent.dark(0.14),
            );
        }
        for k in 0..6 {
            let t = k as f32 / 5.0 * 2.0 - 1.0;
            c.circle(
                x - 5.0 + t * rx * 0.66,
                y - 7.0 + t * t * 9.0,
                ry * (0.56 - 0.2 * t * t),
                p.accent.light(0.12),
            );
        }
        c.ellipse(x - rx * 0.25, y - ry * 0.55, rx * 0.4, ry * 0.22, shine(0.18));
    }
    c.ellipse(300.0, 424.0, 132.0, 14.0, p.accent.dark(0.3));
    c.ellipse(270.0, 420.0, 76.0, 11.0, p.accent);
    c.ellipse(362.0, 421.0, 40.0, 9.0, Rgb(150, 146, 136));
    let pot = c.volume(p.color);
    c.path("M152 424Q300 444 448 424L436 474Q434 482 424 482H176Q166 482 164 474z", pot);
    c.path("M148 418Q300 440 452 418V434Q300 456 148 434z", p.color.light(0.22));
    c.line("M182 450L188 470", shine(0.5), 7.0);
    for x in [186.0, 386.0] {
        c.rect(x, 480.0, 30.0, 12.0, 3.0, p.color.dark(0.4));
    }
}

/// Bamboo tubes in the wind.
pub(super) fn wind_chime(c: &mut Canvas, p: &Picture) {
    hang(c);
    c.line("M300 -10V84M300 84L212 132M300 84L388 132M300 84V140", Rgb(96, 74, 56), 3.5);
    sprig(c, (612.0, 120.0), 170.0, 186.0, Rgb(136, 160, 116));
    let tubes = [196, 240, 280, 312, 268, 226, 184]
        .into_iter()
        .enumerate()
        .map(|(i, length)| (206 + i * 31, length));
    let outline =
        |(x, length): (usize, usize)| format!("M{} 172h22v{}l-22 16z", x - 11, length - 16);
    c.line(
        &tubes.clone().map(|(x, _)| format!("M{x} 140v36")).collect::<String>(),
        Rgb(96, 74, 56),
        2.5,
    );
    drop_shadow(c, &tubes.clone().map(outline).collect::<String>());
    let cane = c.volume(p.color);
    let mut knots = String::new();
    for (x, length) in tubes.clone() {
        c.path(&outline((x, length)), cane);
        knots.push_str(&format!(
            "M{} {}h20m-20 {}h20",
            x - 10,
            172 + length * 36 / 100,
            length * 34 / 100
        ));
    }
    c.line(&knots, p.color.dark(0.34), 5.0);
    c.group("translate(0 -3)", |c| c.line(&knots, shine(0.35), 2.0));
    c.line(
        &tubes.map(|(x, _)| format!("M{} 173h16", x - 8)).collect::<String>(),
        p.color.dark(0.45),
        6.0,
    );
    let disk = c.volume(p.accent);
    c.path("M188 128Q300 108 412 128V146Q300 168 188 146z", disk);
    c.path("M188 128Q300 108 412 128Q300 148 188 128z", p.accent.light(0.24));
    c.line("M300 150V528", Rgb(96, 74, 56), 2.5);
    c.circle(300.0, 410.0, 20.0, p.accent);
    c.circle(294.0, 404.0, 6.0, shine(0.35));
    leaf(c, 300.0, 500.0, 74.0, 84.0, p.color);
}

/// A gift box with tea, honey and a ribbon.
pub(super) fn gift_box(c: &mut Canvas, p: &Picture) {
    stand(c);
    ground_shadow(c, 300.0, 490.0, 178.0);
    // What looks out of the box.
    vessel(c, 214.0, &[(196.0, 46.0), (212.0, 48.0), (330.0, 48.0)], Rgb(156, 76, 54), 0.3);
    c.ellipse(214.0, 195.0, 46.0, 46.0 * TILT, Rgb(186, 112, 86));
    c.rect(186.0, 236.0, 56.0, 56.0, 3.0, p.accent);
    leaf(c, 212.0, 284.0, 36.0, -66.0, Rgb(122, 140, 92));
    vessel(c, 330.0, &[(228.0, 42.0), (250.0, 54.0), (340.0, 54.0)], Rgb(222, 150, 50), 0.5);
    vessel(c, 330.0, &[(204.0, 44.0), (230.0, 44.0)], Rgb(240, 226, 196), 0.3);
    c.ellipse(330.0, 203.0, 44.0, 44.0 * TILT, Rgb(250, 240, 216));
    c.path("M388 330V248Q414 236 440 248V330z", Rgb(246, 240, 228));
    c.line("M402 268h24M402 280h24M402 292h16", shade(0.4), 3.0);
    sprig(c, (270.0, 320.0), 116.0, -84.0, Rgb(128, 148, 104));
    let wool: String =
        (0..18).map(|i| format!("M{} 326q10 -26 22 -8t20 -4", 138 + i * 19)).collect();
    c.line(&wool, Rgb(232, 208, 160), 4.0);
    let front = c.sheet(p.color);
    c.path("M116 318H484V476Q484 490 470 490H130Q116 490 116 476z", front);
    c.path("M116 318H484V330H116z", shade(0.22));
    c.within("M116 318H484V490H116z", |c| {
        let weave: String = (0..12).map(|i| format!("M116 {}h370", 334 + i * 14)).collect();
        c.line(&weave, shine(0.05), 2.0);
    });
    c.rect(274.0, 318.0, 48.0, 172.0, 0.0, p.accent);
    c.rect(274.0, 318.0, 10.0, 172.0, 0.0, shine(0.4));
    c.rect(312.0, 318.0, 10.0, 172.0, 0.0, shade(0.1));
    // The bow.
    let ribbon = c.sheet(p.accent);
    c.soft(5.0, |c| c.ellipse(300.0, 372.0, 92.0, 26.0, shade(0.26)));
    c.path("M296 362C250 306 190 318 198 356S256 384 296 366z", ribbon);
    c.path("M304 362C350 306 410 318 402 356S344 384 304 366z", ribbon);
    c.path("M296 362C262 330 216 332 222 354S262 370 296 364zM304 362C338 330 384 332 378 354S338 370 304 364z", p.accent.dark(0.28));
    c.path(
        "M294 368L244 442L274 436L286 458L306 376zM306 368L352 446L326 438L312 460L296 376z",
        p.accent,
    );
    c.rect(282.0, 348.0, 36.0, 32.0, 10.0, p.accent.light(0.3));
}
