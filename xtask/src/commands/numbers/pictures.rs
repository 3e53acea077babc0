//! The pictures of docs/images, made of the raw values of the parts, and written together with the tables.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::picture::{Line, Picture};
use super::{Part, median};

/// The folder of the pictures, below the workspace.
const FOLDER: &str = "docs/images";

/// A picture as it is written to a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    file: &'static str,
    description: String,
    svg: String,
}

/// Draws the picture of a part, if it has one. `raw` are the part's values; `source` says in small print where and when
/// they were measured.
///
/// # Errors
/// The values lack a series, or it cannot be drawn.
pub(super) fn draw(part: Part, raw: &Value, source: &str) -> Result<Option<Drawn>, Box<dyn Error>> {
    let (file, picture) = match part {
        Part::Requests => ("refresh-requests.svg", requests(raw, source)?),
        Part::Growth => ("people-time.svg", growth(raw, source)?),
        Part::Memory => ("tenant-memory.svg", memory(raw, source)?),
        _ => return Ok(None),
    };
    Ok(Some(Drawn { file, svg: picture.svg()?, description: picture.description }))
}

impl Drawn {
    /// The picture in a page of docs/guides.
    pub(super) fn markdown(&self) -> String {
        format!("![{}](../images/{})", self.description, self.file)
    }

    /// Writes the picture, and returns its path below the workspace.
    pub(super) fn write(&self, workspace: &Path) -> Result<PathBuf, String> {
        let path = Path::new(FOLDER).join(self.file);
        let named = |error| format!("cannot write {}: {error}", path.display());
        fs::create_dir_all(workspace.join(FOLDER)).map_err(named)?;
        fs::write(workspace.join(&path), &self.svg).map_err(named)?;
        Ok(path)
    }
}

fn requests(raw: &Value, source: &str) -> Result<Picture, Box<dyn Error>> {
    let refreshes = list(raw, "refreshes")?;
    let ours = line("this provider", refreshes, |at| {
        Some((at["people"].as_f64()? + at["groups"].as_f64()?, at["requests"]["total"].as_f64()?))
    })?;
    let single = ours.points.iter().map(|(objects, _)| (*objects, *objects)).collect();
    let single = Line { name: "one request each".to_owned(), dashed: true, points: single };
    Ok(Picture {
        title: "Requests of a plan without changes".to_owned(),
        description: format!(
            "For {}, this provider sends {} requests. The dashed line is computed: one request for each object.",
            count(last(&ours).0, "object"),
            last(&ours).1,
        ),
        across: "people and groups in the configuration (ten people for each group)".to_owned(),
        upwards: "requests".to_owned(),
        source: format!("{source} Dashed: computed."),
        lines: vec![ours, single],
    })
}

fn growth(raw: &Value, source: &str) -> Result<Picture, Box<dyn Error>> {
    let counts = list(raw, "people")?;
    let seconds = |step: &'static str, whose: &'static str| {
        move |at: &Value| {
            let runs = at[step][whose].as_array()?;
            Some((at["count"].as_f64()?, median(runs.iter().filter_map(Value::as_f64))))
        }
    };
    let mut lines = Vec::new();
    for (name, step, whose) in [
        ("apply", "apply", "ours"),
        ("apply, terraform_data", "apply", "terraform_data"),
        ("plan", "refresh", "ours"),
        ("plan, terraform_data", "refresh", "terraform_data"),
    ] {
        lines.push(Line { dashed: whose != "ours", ..line(name, counts, seconds(step, whose))? });
    }
    let latency = raw["latency_ms"].as_u64().ok_or("the values of growth lack latency_ms")?;
    let ends: Vec<String> = lines.iter().map(|line| format!("{} {:.1} s", line.name, last(line).1)).collect();
    Ok(Picture {
        title: format!("Time by number of people, {latency} ms a request, default settings"),
        description: format!(
            "For {}: {}. terraform_data is built into Terraform and sends no requests.",
            count(last(&lines[0]).0, "person"),
            ends.join("; "),
        ),
        across: "people".to_owned(),
        upwards: "seconds".to_owned(),
        source: source.to_owned(),
        lines,
    })
}

fn memory(raw: &Value, source: &str) -> Result<Picture, Box<dyn Error>> {
    let samples = raw.as_array().ok_or("the values of memory are no list")?;
    let mut lines = Vec::new();
    for mode in ["snapshot", "auto"] {
        let of_mode: Vec<&Value> = samples.iter().filter(|at| at["read_mode"] == mode).collect();
        lines.push(line(&format!("read_mode {mode}"), of_mode, |at| {
            let people = at["others"].as_f64()? + at["managed"].as_f64()?;
            Some((people, at["peak_kib"].as_f64()? * 1024.0 / 1e6))
        })?);
    }
    let managed = samples.first().and_then(|at| at["managed"].as_f64()).unwrap_or_default();
    Ok(Picture {
        title: format!("Peak memory of a plan of {}, by size of the tenant", count(managed, "person")),
        description: format!(
            "In a tenant of {}, the provider's process takes {:.0} MB at most if it reads everybody, and {:.0} MB by default.",
            count(last(&lines[0]).0, "person"),
            last(&lines[0]).1,
            last(&lines[1]).1,
        ),
        across: "people in the tenant".to_owned(),
        upwards: "resident memory, MB".to_owned(),
        source: source.to_owned(),
        lines,
    })
}

fn list<'a>(raw: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    raw[name].as_array().ok_or_else(|| format!("the values lack the series {name:?}"))
}

/// A line through a point for each sample.
fn line<'a>(
    name: &str,
    samples: impl IntoIterator<Item = &'a Value>,
    point: impl Fn(&Value) -> Option<(f64, f64)>,
) -> Result<Line, String> {
    let points: Option<Vec<_>> = samples.into_iter().map(point).collect();
    let points = points.ok_or_else(|| format!("a value of the series {name:?} is missing"))?;
    Ok(Line { name: name.to_owned(), dashed: false, points })
}

/// The last point; the origin if there is none, which the picture refuses.
fn last(line: &Line) -> (f64, f64) {
    line.points.last().copied().unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and small")]
fn count(of: f64, what: &str) -> String {
    let many = if what == "person" { "people".to_owned() } else { format!("{what}s") };
    format!("{} {many}", super::thousands(of as usize))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refreshes() -> Value {
        let at = |people: u32, total: u32| json!({ "people": people, "groups": people / 10, "requests": { "total": total } });
        json!({ "refreshes": [at(10, 2), at(100, 2), at(1000, 12)] })
    }

    fn growths() -> Value {
        let step = |ours: f64, theirs: f64| json!({ "ours": [ours, ours + 9.0, ours + 0.5], "terraform_data": [theirs] });
        let at = |count: u32, apply: f64| json!({ "count": count, "apply": step(apply, 1.0), "refresh": step(1.0, 0.5) });
        json!({ "latency_ms": 50, "people": [at(100, 2.0), at(1000, 20.0)] })
    }

    fn memories() -> Value {
        let at = |others: u32, mode: &str, kib: u32| json!({ "managed": 1000, "others": others, "read_mode": mode, "peak_kib": kib });
        json!([
            at(0, "auto", 9000),
            at(0, "snapshot", 9000),
            at(50_000, "auto", 9500),
            at(50_000, "snapshot", 21_000)
        ])
    }

    fn svg(part: Part, raw: &Value) -> String {
        draw(part, raw, "Measured today.").unwrap().unwrap().svg
    }

    #[test]
    fn each_picture_names_its_lines_and_says_what_there_is_to_see() {
        let requests = svg(Part::Requests, &refreshes());
        for text in [
            "this provider: 12",
            "one request each: 1,100",
            "For 1,100 objects, this provider sends 12 requests.",
        ] {
            assert!(requests.contains(text), "{text}");
        }
        let growth = svg(Part::Growth, &growths());
        for text in
            ["apply: 20.5", "plan, terraform_data: 0.5", "For 1,000 people: apply 20.5 s;", "50 ms a request"]
        {
            assert!(growth.contains(text), "{text}: the median counts");
        }
        let memory = svg(Part::Memory, &memories());
        for text in ["read_mode snapshot: 21.5", "In a tenant of 51,000 people", "22 MB at most"] {
            assert!(memory.contains(text), "{text}");
        }
        for picture in [requests, growth, memory] {
            assert!(picture.contains("Measured today."));
        }
    }

    #[test]
    fn other_parts_have_no_picture() {
        assert_eq!(draw(Part::Size, &Value::Null, "").unwrap(), None);
    }

    #[test]
    fn an_empty_or_incomplete_series_is_an_error() {
        let why = |part, raw: Value| draw(part, &raw, "").unwrap_err().to_string();
        assert_eq!(why(Part::Requests, json!({})), "the values lack the series \"refreshes\"");
        assert_eq!(
            why(Part::Requests, json!({ "refreshes": [] })),
            "the line \"this provider\" of the picture \"Requests of a plan without changes\" has fewer than two points"
        );
        let mut lacks = memories();
        lacks[3]["peak_kib"] = Value::Null; // as on systems that do not tell
        assert_eq!(why(Part::Memory, lacks), "a value of the series \"read_mode snapshot\" is missing");
        let mut lacks = growths();
        lacks["people"][1]["apply"]["ours"] = json!([]);
        assert!(why(Part::Growth, lacks).ends_with("has the point (1000, NaN), which cannot be drawn"));
    }

    #[test]
    fn a_picture_is_written_under_its_name() {
        let workspace = std::env::temp_dir().join(format!("xtask-pictures-{}", std::process::id()));
        let drawn = draw(Part::Requests, &refreshes(), "").unwrap().unwrap();
        let expected = "![For 1,100 objects, this provider sends 12 requests. The dashed line is computed: one request for \
             each object.](../images/refresh-requests.svg)";
        assert_eq!(drawn.markdown(), expected);
        let path = drawn.write(&workspace).unwrap();
        assert_eq!(path, Path::new("docs/images/refresh-requests.svg"));
        assert_eq!(fs::read_to_string(workspace.join(path)).unwrap(), drawn.svg);
        fs::remove_dir_all(workspace.join(FOLDER)).unwrap();
        fs::write(workspace.join(FOLDER), "").unwrap(); // a file where the folder should be
        assert!(
            drawn
                .write(&workspace)
                .unwrap_err()
                .starts_with("cannot write docs/images/refresh-requests.svg: ")
        );
        fs::remove_dir_all(workspace).unwrap();
    }
}
