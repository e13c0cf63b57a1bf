//! Tables for people: columns aligned by how wide their text is on a terminal.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest that a cell may be, in columns of a terminal; the last one of a row has no bound.
const WIDEST: usize = 44;

/// A table, row by row; the first row names the columns.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&column| column.to_owned()).collect()] }
    }

    /// Adds a row, with a cell for each column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let last = N.saturating_sub(1);
        let cells = cells.into_iter().enumerate();
        let shown = cells.map(|(at, cell)| if at == last { plain(&cell) } else { clipped(&plain(&cell), WIDEST) });
        self.rows.push(shown.collect());
    }

    /// Writes it, two blanks between columns and none at line ends.
    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut widths = vec![0; self.rows[0].len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell.width() + 2));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Without what could move a terminal's cursor: strangers wrote some of what is shown.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn clipped(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut width = 0;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width < most
    };
    let mut shown: String = text.chars().take_while(fits).collect();
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(table: &Table) -> String {
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let mut table = Table::new(&["NAME", "ROLE", "X"]);
        table.row(["愛".to_owned(), "author".to_owned(), String::new()]);
        table.row(["Zoë".to_owned(), "member".to_owned(), "y".to_owned()]);
        assert_eq!(printed(&table), "NAME  ROLE    X\n愛    author\nZoë   member  y\n");
    }

    #[test]
    fn a_long_cell_is_clipped_but_not_the_last() {
        let mut table = Table::new(&["A", "B"]);
        table.row(["愛".repeat(40), "b".repeat(99)]);
        let text = printed(&table);
        assert!(text.contains(&format!("{}…  b", "愛".repeat(21))), "{text}");
        assert!(text.contains(&"b".repeat(99)));
    }

    #[test]
    fn nothing_in_a_table_steers_the_terminal() {
        let mut table = Table::new(&["A", "B"]);
        table.row(["\x1b[2J\r".to_owned(), "a\nb".to_owned()]);
        assert!(!printed(&table).contains(['\x1b', '\r']));
        assert_eq!(printed(&table).lines().count(), 2);
    }
}
