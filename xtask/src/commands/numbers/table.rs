//! Tables that are Markdown and also readable on a terminal, and the place in a page where they are inserted.

use std::fmt;

use serde_json::Value;

use crate::commands::generated::between_markers;

/// What a part found out.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) table: Table,
    /// How to read the table, a paragraph each.
    pub(super) notes: Vec<String>,
    pub(super) raw: Value,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}", self.title, self.table)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "\n{note}"))
    }
}

impl Section {
    /// The page with this section in place of the one of its title, or behind all others, and with its own `measured`
    /// paragraph, as the one at the top is about the others; `None` without both markers.
    pub(super) fn put_into(&self, page: &str, measured: &str) -> Option<String> {
        let (_, rest) = page.split_once(BEGIN)?;
        let (old, _) = rest.split_once(END)?;
        let head = format!("### {}\n", self.title);
        let ours = self.to_string().replacen(&head, &format!("{head}\n{measured}"), 1);
        let new = match old.split_once(&head) {
            Some((before, rest)) => {
                let after = rest.split_once("\n### ").map(|(_, after)| format!("\n### {after}"));
                format!("{before}{ours}{}", after.unwrap_or_default())
            }
            None => format!("{}\n\n{ours}", old.trim_end()),
        };
        replace_between_markers(page, &new)
    }
}

/// Rows of text. Every row has as many cells as the head.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A head that starts with `>` means a column of numbers.
    pub(super) fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<Column<'_>> =
            self.head.iter().enumerate().map(|(n, head)| self.column(n, head)).collect();
        line(f, columns.iter().map(|column| column.pad(column.name)))?;
        writeln!(f)?;
        line(f, columns.iter().map(Column::rule))?;
        for row in &self.rows {
            writeln!(f)?;
            line(f, columns.iter().zip(row).map(|(column, cell)| column.pad(cell)))?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, mut cells: impl Iterator<Item = String>) -> fmt::Result {
    f.write_str("|")?;
    cells.try_for_each(|cell| write!(f, " {cell} |"))
}

impl Table {
    fn column<'a>(&self, n: usize, head: &'a str) -> Column<'a> {
        let name = head.trim_start_matches('>');
        let cells = self.rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count());
        Column {
            name,
            numbers: head.starts_with('>'),
            width: cells.chain([name.chars().count(), 3]).max().unwrap_or(3),
        }
    }
}

struct Column<'a> {
    name: &'a str,
    numbers: bool,
    width: usize,
}

impl Column<'_> {
    fn pad(&self, cell: &str) -> String {
        let width = self.width;
        if self.numbers { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }

    /// What stands below the name: a colon on the right aligns numbers.
    fn rule(&self) -> String {
        if self.numbers { format!("{}:", "-".repeat(self.width - 1)) } else { "-".repeat(self.width) }
    }
}

/// A limit, and whether `measured` keeps it. With no limit that holds here, `None`, the limit is all there is to say.
pub(super) fn target(limit: &str, met: Option<bool>) -> String {
    match met {
        Some(true) => format!("≤ {limit}, met"),
        Some(false) => format!("≤ {limit}, NOT MET"),
        None => format!("≤ {limit}"),
    }
}

/// For a cell about which there is nothing to say.
pub(super) fn nothing() -> String {
    "-".to_owned()
}

pub(super) fn seconds(seconds: f64) -> String {
    // Not a negative zero, which is rounding and no finding.
    let rounded = (seconds * 100.0).round() / 100.0;
    format!("{:.2} s", if rounded == 0.0 { 0.0 } else { rounded })
}

pub(super) fn milliseconds(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1000.0)
}

const BEGIN: &str = "<!-- numbers: begin -->";
const END: &str = "<!-- numbers: end -->";

/// The page with `text` in place of what is between its markers; `None` without both.
pub(super) fn replace_between_markers(page: &str, text: &str) -> Option<String> {
    between_markers(page, [BEGIN, END], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown_with_columns_of_even_width() {
        let mut table = Table::new(&["what", ">median", "target"]);
        table.row(["start".into(), "1.6 ms".into(), target("5 ms", Some(true))]);
        table.row(["size".into(), "5.123 MB".into(), target("4 MB", Some(false))]);
        let expected = "\
| what  |   median | target          |
| ----- | -------: | --------------- |
| start |   1.6 ms | ≤ 5 ms, met     |
| size  | 5.123 MB | ≤ 4 MB, NOT MET |";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_section_measured_alone_takes_its_place_in_the_page_and_tells_its_date() {
        let mut table = Table::new(&["what"]);
        table.row(["new".into()]);
        let section = |title: &str| Section {
            title: title.to_owned(),
            table: Table { head: table.head.clone(), rows: table.rows.clone() },
            notes: vec!["Note.".to_owned()],
            raw: Value::Null,
        };
        let page = format!("a\n{BEGIN}\n\nMonday.\n\n### A\n\nold\n\n### B\n\nold\n\n{END}\nz\n");
        let ours = "\n\nTuesday.\n\n| what |\n| ---- |\n| new  |\n\nNote.\n";
        assert_eq!(
            section("A").put_into(&page, "Tuesday.\n").expect("it has markers"),
            format!("a\n{BEGIN}\n\nMonday.\n\n### A{ours}\n### B\n\nold\n\n{END}\nz\n")
        );
        assert_eq!(
            section("C").put_into(&page, "Tuesday.\n").expect("it has markers"),
            format!("a\n{BEGIN}\n\nMonday.\n\n### A\n\nold\n\n### B\n\nold\n\n### C{ours}\n{END}\nz\n")
        );
        assert_eq!(section("A").put_into("no markers", ""), None);
    }

    #[test]
    fn seconds_have_no_negative_zero() {
        assert_eq!(seconds(-0.001), "0.00 s");
        assert_eq!(seconds(-0.31), "-0.31 s");
        assert_eq!(seconds(12.345), "12.35 s");
    }

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nz\n");
        let new = replace_between_markers(&page, "new\n").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\n\nnew\n\n{END}\nz\n"));
        assert_eq!(replace_between_markers(&new, "new").unwrap(), new);
        assert_eq!(replace_between_markers("no markers", "new"), None);
    }
}
