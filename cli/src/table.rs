//! Tables, which keep to the width of the terminal.

use anstyle::AnsiColor;
use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use crate::{Terminal, text};

/// A table.
#[derive(Debug)]
pub(crate) struct Rows {
    table: Table,
}

/// What stands in a field of a table.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Field {
    Text(String),
    Number(String),
    /// How a thing stands, as a word with a color.
    State(String),
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text::printable(text))
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Field {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl Rows {
    /// A table with these columns, which has to fit into the terminal.
    pub(crate) fn new(terminal: &Terminal<'_>, columns: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).enforce_styling();
        if let Some(width) = terminal.width {
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        let columns = columns.iter();
        table.set_header(columns.map(Cell::new));
        Self { table }
    }

    /// Adds a row.
    pub(crate) fn add<const N: usize>(&mut self, fields: [Field; N]) {
        self.table.add_row(fields.map(|field| match field {
            Field::Text(text) => Cell::new(text),
            Field::Number(text) => Cell::new(text).set_alignment(CellAlignment::Right),
            Field::State(word) => match text::color(&word) {
                Some(color) => Cell::new(word).fg(painted(color)),
                None => Cell::new(word),
            },
        }));
    }

    /// The table as it is written.
    pub(crate) fn told(mut self) -> String {
        for column in self.table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        self.table.trim_fmt()
    }
}

fn painted(color: AnsiColor) -> Color {
    match color {
        AnsiColor::Green => Color::DarkGreen,
        AnsiColor::Red => Color::DarkRed,
        AnsiColor::Yellow => Color::DarkYellow,
        _ => Color::DarkCyan,
    }
}
