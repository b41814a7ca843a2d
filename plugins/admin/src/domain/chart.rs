//! Bars in a space of fixed size; `dashboard.html` draws them as SVG.

use serde::Serialize;

/// A bar chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) bars: Vec<Bar>,
    pub(crate) lines: Vec<Line>,
    pub(crate) labels: Vec<Label>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bar {
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) title: String,
}

/// A line across, with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) y: i64,
    pub(crate) label: String,
}

/// A text below the bars.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Label {
    pub(crate) x: i64,
    pub(crate) text: String,
}

/// A value with what it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) label: String,
    pub(crate) value: i64,
    pub(crate) title: String,
}

const WIDTH: i64 = 1000;
const HEIGHT: i64 = 220;
const LEFT: i64 = 64;
const TOP: i64 = 24;
const BOTTOM: i64 = 190;

/// Draws the points; `scale` writes the value of a line.
pub(crate) fn bars(
    title: String,
    summary: String,
    points: &[Point],
    scale: impl Fn(i64) -> String,
) -> Chart {
    let top = nice(points.iter().map(|point| point.value).max().unwrap_or(0));
    let height = |value: i64| (BOTTOM - TOP) * value.clamp(0, top) / top;
    let count = i64::try_from(points.len()).unwrap_or(1).max(1);
    let step = (WIDTH - LEFT) / count;
    let place = |index: usize| LEFT + step * i64::try_from(index).unwrap_or(0);
    let bars = points.iter().enumerate().map(|(index, point)| Bar {
        x: place(index) + step / 6,
        y: BOTTOM - height(point.value),
        width: (step * 2 / 3).max(1),
        height: height(point.value),
        title: point.title.clone(),
    });
    let shown = [0, points.len() / 2, points.len().saturating_sub(1)];
    let labels = points.iter().enumerate().filter(|(index, _)| shown.contains(index));
    Chart {
        title,
        summary,
        width: WIDTH,
        height: HEIGHT,
        bars: bars.collect(),
        lines: [top, top / 2, 0]
            .into_iter()
            .map(|value| Line { y: BOTTOM - height(value), label: scale(value) })
            .collect(),
        labels: labels
            .map(|(index, point)| Label { x: place(index) + step / 2, text: point.label.clone() })
            .collect(),
    }
}

/// The next round number: 1, 2 or 5 with zeros; at least 2, so that it can be halved.
fn nice(value: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for step in [2, 5, 10] {
            let Some(round) = power.checked_mul(step) else { return i64::MAX };
            if round >= value {
                return round;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        let check = |value: i64, expect: i64| assert_eq!(nice(value), expect, "{value}");
        check(0, 2);
        check(2, 2);
        check(3, 5);
        check(51, 100);
        check(120_000, 200_000);
    }

    #[test]
    fn the_highest_bar_fits() {
        let point = |value| Point { label: "a".into(), value, title: String::new() };
        let chart =
            bars(String::new(), String::new(), &[point(0), point(100)], |value| value.to_string());
        assert_eq!((chart.bars[0].height, chart.bars[1].height), (0, BOTTOM - TOP));
        assert_eq!(chart.bars[1].y, TOP);
        assert_eq!(chart.lines[0].label, "100");
    }
}
