//! Line charts of what was measured, as SVG files that are checked in.
//!
//! The same values give the same bytes, so that a picture changes only with its numbers. A picture has a background of
//! its own, so it is readable in a dark page, too; title and description are there for screen readers. Lines are told
//! apart by a text at their ends, and by dashes, so that nobody has to rely on colours.

use std::fmt::Display;

use plotters::prelude::{
    ChartBuilder, Circle, Color as _, DashedLineSeries, EmptyElement, IntoDrawingArea as _, IntoFont as _,
    LineSeries, RGBColor, SVGBackend, ShapeStyle, Text, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::thousands;

/// Width and height, in pixels.
const SIZE: (u32, u32) = (840, 480);
/// Room at the right for the names of the lines.
const NAMES: u32 = 210;
/// Characters in a line of the small print.
const SMALL_PRINT: usize = 125;
/// Height of a name.
const LINE_HEIGHT: i32 = 18;
/// The fonts that each system has. A reader's program chooses one of them.
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(0x24, 0x29, 0x2f);
const SOFT: RGBColor = RGBColor(0x57, 0x60, 0x6a);
const GRID: RGBColor = RGBColor(0xe4, 0xe7, 0xeb);
/// Colours that people who are colour-blind can tell apart (Okabe and Ito), dark enough on white.
const COLORS: [RGBColor; 4] =
    [RGBColor(0, 0x5f, 0xa3), RGBColor(0xb8, 0x4d, 0), RGBColor(0, 0x7a, 0x5a), RGBColor(0x8f, 0x4a, 0x80)];

/// A line chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) title: String,
    /// Description of the picture, for people who cannot see it.
    pub(super) description: String,
    /// Label of the horizontal axis.
    pub(super) across: String,
    /// Label of the vertical axis, with its unit.
    pub(super) upwards: String,
    /// Where, when and how, in small print.
    pub(super) source: String,
    pub(super) lines: Vec<Line>,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) name: String,
    /// What ours is compared with.
    pub(super) dashed: bool,
    /// From left to right; both values at least 0.
    pub(super) points: Vec<(f64, f64)>,
}

/// Why there is no picture.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PictureError {
    #[error("the picture {0:?} has no lines")]
    NoLines(String),
    #[error("the line {line:?} of the picture {picture:?} has fewer than two points")]
    TooFewPoints { picture: String, line: String },
    #[error("the line {line:?} of the picture {picture:?} has the point ({x}, {y}), which cannot be drawn")]
    NoPlace { picture: String, line: String, x: String, y: String },
    #[error("cannot draw the picture {picture:?}: {why}")]
    Plotters { picture: String, why: String },
}

impl Picture {
    /// The picture as an SVG document.
    ///
    /// # Errors
    /// No line, a line with fewer than two points, or a value that is negative or not finite.
    pub(super) fn svg(&self) -> Result<String, PictureError> {
        self.check()?;
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| PictureError::Plotters {
            picture: self.title.clone(),
            why: error.to_string(),
        })?;
        // Plotters has no element for these two.
        let words = format!(
            " role=\"img\" aria-labelledby=\"title description\">\n<title id=\"title\">{}</title>\n\
             <desc id=\"description\">{} {}</desc>",
            escaped(&self.title),
            escaped(&self.description),
            escaped(&self.source),
        );
        Ok(svg.replacen('>', &words, 1))
    }

    fn check(&self) -> Result<(), PictureError> {
        let picture = || self.title.clone();
        if self.lines.is_empty() {
            return Err(PictureError::NoLines(picture()));
        }
        for Line { name, points, .. } in &self.lines {
            let line = name.clone();
            if points.len() < 2 {
                return Err(PictureError::TooFewPoints { picture: picture(), line });
            }
            let has_place = |value: f64| value.is_finite() && value >= 0.0;
            if let Some((x, y)) = points.iter().find(|(x, y)| !has_place(*x) || !has_place(*y)) {
                let (x, y) = (x.to_string(), y.to_string());
                return Err(PictureError::NoPlace { picture: picture(), line, x, y });
            }
        }
        Ok(())
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let text = |size: u32, color: RGBColor| (FONT, size).into_font().color(&color);
        area.draw(&Text::new(self.title.clone(), (20, 16), text(22, INK)))?;
        for (n, line) in (0..).zip(wrapped(&self.source, SMALL_PRINT)) {
            area.draw(&Text::new(line, (20, 440 + n * 16), text(14, SOFT)))?;
        }

        let points = || self.lines.iter().flat_map(|line| line.points.iter());
        let (right, top) =
            points().fold((1.0, 0.0), |(right, top): (f64, f64), (x, y)| (right.max(*x), top.max(*y)));
        let top = if top > 0.0 { top * 1.08 } else { 1.0 };
        let mut chart = ChartBuilder::on(&area)
            .margin_top(50)
            .margin_left(12)
            .margin_right(NAMES)
            .margin_bottom(50)
            .x_label_area_size(48)
            .y_label_area_size(66)
            .build_cartesian_2d(0.0..right, 0.0..top)?;
        chart
            .configure_mesh()
            .max_light_lines(1)
            .bold_line_style(GRID)
            .axis_style(SOFT)
            .label_style(text(16, SOFT))
            .axis_desc_style(text(17, INK))
            .x_desc(self.across.clone())
            .y_desc(self.upwards.clone())
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|value| number(*value))
            .draw()?;

        let mut names = Vec::new();
        for (line, color) in self.lines.iter().zip(COLORS.iter().cycle()) {
            let style = ShapeStyle::from(color).stroke_width(2);
            let points = || line.points.iter().copied();
            if line.dashed {
                chart.draw_series(DashedLineSeries::new(points(), 6, 5, style))?;
            } else {
                chart.draw_series(LineSeries::new(points(), style))?;
            }
            chart.draw_series(
                points().map(|at| EmptyElement::at(at) + Circle::new((0, 0), 3, color.filled())),
            )?;
            if let Some(last) = line.points.last() {
                let (x, y) = chart.backend_coord(last);
                names.push((y, x, format!("{}: {}", line.name, number(last.1)), *color));
            }
        }
        names.sort_by_key(|(y, ..)| -*y);
        let mut free = i32::MAX;
        for (y, x, name, color) in names {
            let y = y.min(free); // above the name below, if the lines end close to each other
            free = y - LINE_HEIGHT;
            let style = text(16, color).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name, (x + 10, y), style))?;
        }
        area.present()?;
        Ok(())
    }
}

/// A value at an axis: `1,000`, or `2.5` if it is small.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are at least 0 and far from 2^53"
)]
fn number(value: f64) -> String {
    let tenth = (value * 10.0).round() / 10.0;
    if tenth.fract() == 0.0 || tenth >= 100.0 {
        thousands(tenth.round() as usize)
    } else {
        format!("{tenth:.1}")
    }
}

/// Lines of whole words, with at most so many characters unless a word is longer.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= most) {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// As text of an XML document.
fn escaped(text: impl Display) -> String {
    text.to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use xml::reader::{EventReader, XmlEvent};

    use super::*;

    fn picture() -> Picture {
        let line = |name: &str, dashed, slope: f64| Line {
            name: name.to_owned(),
            dashed,
            points: [0.0, 500.0, 1000.0].map(|x| (x, x * slope)).into(),
        };
        Picture {
            title: "Requests & <answers>".to_owned(),
            description: "One \"line\" is steep.".to_owned(),
            across: "objects".to_owned(),
            upwards: "requests".to_owned(),
            source: "Measured <somewhere>.".to_owned(),
            lines: vec![line("ours", false, 0.01), line("one & each", true, 1.0)],
        }
    }

    /// Names of the elements of a document and the text of each, or why it is none.
    fn elements(svg: &str) -> Result<Vec<(String, String)>, xml::reader::Error> {
        let mut elements: Vec<(String, String)> = Vec::new();
        for event in EventReader::from_str(svg) {
            match event? {
                XmlEvent::StartElement { name, .. } => elements.push((name.local_name, String::new())),
                XmlEvent::Characters(text) => {
                    if let Some((_, all)) = elements.last_mut() {
                        all.push_str(text.trim());
                    }
                }
                _ => {}
            }
        }
        Ok(elements)
    }

    #[test]
    fn a_picture_is_an_svg_document_with_title_description_background_and_names() {
        let svg = picture().svg().unwrap();
        let elements = elements(&svg).unwrap();
        let texts = |wanted: &str| {
            let of_name = elements.iter().filter(|(name, _)| name == wanted);
            of_name.map(|(_, text)| text.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(elements[0].0, "svg");
        assert!(svg.contains("role=\"img\" aria-labelledby=\"title description\""), "{svg}");
        assert_eq!(texts("title"), ["Requests & <answers>"]);
        assert_eq!(texts("desc"), ["One \"line\" is steep. Measured <somewhere>."]);
        let background = svg.find("fill=\"#FFFFFF\"").unwrap();
        assert!(background < svg.find("<text").unwrap(), "the background is first");
        for text in [
            "Requests & <answers>",
            "objects",
            "requests",
            "ours: 10",
            "one & each: 1,000",
            "600",
            "Measured <somewhere>.",
        ] {
            assert!(texts("text").contains(&text), "{text} is not in {:?}", texts("text"));
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        let fonts: Vec<&str> =
            svg.split("font-family=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(fonts.iter().all(|font| *font == "sans-serif"), "{fonts:?}");
    }

    #[test]
    fn the_same_values_give_the_same_bytes() {
        assert_eq!(picture().svg(), picture().svg());
        let mut other = picture();
        other.lines[0].points[1].1 += 100.0;
        assert_ne!(picture().svg(), other.svg());
    }

    #[test]
    fn names_of_lines_that_end_close_to_each_other_do_not_overlap() {
        let mut close = picture();
        close.lines = (0..4)
            .map(|n| Line {
                name: format!("line{n}"),
                dashed: false,
                points: vec![(0.0, 0.0), (10.0, 100.0 + f64::from(n))],
            })
            .collect();
        let svg = close.svg().unwrap();
        let mut heights: Vec<i32> = svg
            .split("<text ")
            .filter(|text| text.contains("\nline"))
            .map(|text| text.split(" y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        heights.sort_unstable();
        assert_eq!(heights.len(), 4);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= LINE_HEIGHT), "{heights:?}");
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error_that_names_it() {
        let with = |change: &dyn Fn(&mut Picture)| {
            let mut picture = picture();
            change(&mut picture);
            picture.svg().unwrap_err().to_string()
        };
        let of = |line: &str, what: &str| {
            format!("the line {line:?} of the picture \"Requests & <answers>\" has {what}")
        };
        assert_eq!(with(&|it| it.lines.clear()), "the picture \"Requests & <answers>\" has no lines");
        assert_eq!(with(&|it| it.lines[1].points.clear()), of("one & each", "fewer than two points"));
        assert_eq!(with(&|it| it.lines[0].points.truncate(1)), of("ours", "fewer than two points"));
        let nan = with(&|it| it.lines[0].points[2].1 = f64::NAN);
        assert_eq!(nan, of("ours", "the point (1000, NaN), which cannot be drawn"));
        let negative = with(&|it| it.lines[0].points[0].0 = -1.0);
        assert_eq!(negative, of("ours", "the point (-1, 0), which cannot be drawn"));
    }

    #[test]
    fn small_print_is_wrapped_between_words() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("extraordinary one", 5), ["extraordinary", "one"]);
        assert_eq!(wrapped("", 5), [""; 0]);
    }

    #[test]
    fn lines_without_height_can_be_drawn() {
        let mut flat = picture();
        flat.lines.truncate(1);
        flat.lines[0].points = vec![(0.0, 0.0), (0.0, 0.0)];
        assert!(elements(&flat.svg().unwrap()).is_ok());
    }
}
