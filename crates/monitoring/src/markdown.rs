//! Markdown, as the rendered pages write it.

use crate::{File, note};

/// A page below its title, with the note on where it comes from.
pub(crate) fn page(path: &str, source: &str, title: &str, body: &str) -> File {
    let contents = format!("<!-- {} -->\n\n# {title}\n\n{}\n", note(source), body.trim_end());
    File { path: path.to_owned(), contents }
}

/// A block of code, and an empty line.
pub(crate) fn block(language: &str, code: &str) -> String {
    format!("```{language}\n{code}\n```\n\n")
}

/// A table, and an empty line.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let row = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<_> = cells.map(|cell| cell.replace('\n', " ").replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = row(&mut head.iter().map(|cell| (*cell).to_owned()));
    text += &format!("|{}\n", "---|".repeat(head.len()));
    text.extend(rows.iter().map(|cells| row(&mut cells.iter().cloned())));
    text + "\n"
}

pub(crate) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A link on the page at `from` to the file at `to`; both are paths from the repository's root, `to` may name a heading after `#`.
pub(crate) fn link(text: &str, from: &str, to: &str) -> String {
    format!("[{text}]({})", relative(from, to))
}

fn relative(from: &str, to: &str) -> String {
    let (to, heading) = to.split_once('#').map_or((to, None), |(to, heading)| (to, Some(heading)));
    let (from, to): (Vec<_>, Vec<_>) = (from.split('/').collect(), to.split('/').collect());
    let mut path = Vec::new();
    if from != to {
        let shared = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
        path = vec![".."; from.len() - shared - 1];
        path.extend(&to[shared..]);
    }
    path.join("/") + &heading.map_or_else(String::new, |heading| format!("#{heading}"))
}

/// The name that GitHub gives to a heading: small letters, digits, `-` and `_`, with `-` for each space.
pub(crate) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || ['-', '_', ' '].contains(char));
    kept.map(|char| if char == ' ' { '-' } else { char.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_link(from: &str, to: &str, expect: &str) {
        assert_eq!(relative(from, to), expect);
    }

    #[test]
    fn a_link_leads_from_page_to_file() {
        check_link("docs/signals.md", "docs/runbooks/A.md", "runbooks/A.md");
        check_link("docs/runbooks/A.md", "docs/signals.md#one", "../signals.md#one");
        check_link("docs/runbooks/A.md", "crates/a/src/lib.rs", "../../crates/a/src/lib.rs");
        check_link("docs/signals.md", "docs/signals.md#one", "#one");
    }

    #[test]
    fn a_heading_is_found_by_its_anchor() {
        assert_eq!(anchor("`api:error_rate` of a route"), "apierror_rate-of-a-route");
    }

    #[test]
    fn a_cell_cannot_end_its_row() {
        assert_eq!(table(&["a"], &[vec!["b|c\nd".to_owned()]]), "| a |\n|---|\n| b\\|c d |\n\n");
    }
}
