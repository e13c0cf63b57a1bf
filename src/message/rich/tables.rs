//! Which tables say something as tables: most in mail only lay things out.

use super::bounds;
use super::record::{Container, Event};

/// An open table, and what was seen of it.
#[derive(Default)]
struct Table {
    begins: usize,
    rows: usize,
    cells: usize,
    in_row: usize,
    widest: usize,
    only_layout: bool,
}

/// For each event whether a table begins there that is shown as one: two rows and two columns at least, no table inside,
/// and nothing said beside its cells.
pub(super) fn shown(events: &[Event]) -> Vec<bool> {
    let mut shown = vec![false; events.len()];
    let mut tables: Vec<Table> = Vec::new();
    let mut open: Vec<Container> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::Open(container, _) => {
                begin(*container, place, &mut tables);
                open.push(*container);
            }
            Event::Close => {
                if let Some(Container::Table { .. }) = open.pop()
                    && let Some(table) = tables.pop()
                {
                    shown[table.begins] = table.is_shown();
                }
            }
            Event::Text { text, .. } if !text.trim_ascii().is_empty() => {
                if let Some(Container::Table { .. } | Container::Row) = open.last()
                    && let Some(table) = tables.last_mut()
                {
                    table.only_layout = true;
                }
            }
            _ => {}
        }
    }
    // What is never closed ends with the mail.
    for table in tables {
        shown[table.begins] = table.is_shown();
    }
    shown
}

fn begin(container: Container, place: usize, tables: &mut Vec<Table>) {
    match (container, tables.last_mut()) {
        (Container::Table { layout }, outer) => {
            if let Some(outer) = outer {
                outer.only_layout = true;
            }
            tables.push(Table { begins: place, only_layout: layout, ..Table::default() });
        }
        (Container::Row, Some(table)) => {
            table.rows += 1;
            table.in_row = 0;
        }
        (Container::Cell { .. }, Some(table)) => {
            table.cells += 1;
            table.in_row += 1;
            table.widest = table.widest.max(table.in_row);
        }
        _ => {}
    }
}

impl Table {
    fn is_shown(&self) -> bool {
        !self.only_layout && self.rows >= 2 && self.widest >= 2 && self.cells <= bounds::TABLE_CELLS
    }
}
