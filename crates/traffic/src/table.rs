//! A table in plain text: columns as wide as their widest cell.

/// Lays out rows, the first of which is the head. Columns named in `right` are aligned to the right.
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            if right.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A time in seconds as people read it, the shorter the finer.
pub(crate) fn time(seconds: f64) -> String {
    let milliseconds = seconds * 1000.0;
    match milliseconds {
        ..0.1 if milliseconds > 0.0 => format!("{milliseconds:.3} ms"),
        ..10.0 => format!("{milliseconds:.2} ms"),
        ..1000.0 => format!("{milliseconds:.1} ms"),
        _ => format!("{seconds:.2} s"),
    }
}
