//! Reads exposition text: Prometheus' text format 0.0.4 and OpenMetrics 1.0, told apart by nobody, since what one of them says means the
//! same in the other.
//!
//! Formats: <https://prometheus.io/docs/instrumenting/exposition_formats/> and
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>; names in quotes are Prometheus 3's
//! (<https://prometheus.io/docs/guides/utf8/>). Numbers are looked at no further than the format demands: they change, and what is
//! concluded must not.

mod families;
mod line;

#[cfg(test)]
mod tests;

use promql::Observed;

use self::line::{Fault, Line};
pub(super) use self::{families::Families, line::Sample};
use super::Error;

/// What exposition text says of metrics, sorted by name. `source` is its file or address, for sentences.
///
/// # Errors
/// At the first line that is in neither format, with its place.
pub fn exposition(text: impl AsRef<[u8]>, source: &str) -> Result<Vec<Observed>, Error> {
    let bytes = text.as_ref();
    let failed = |line: usize, column: usize, reason: String| Error::Text {
        source: source.to_owned(),
        line: line + 1,
        column: column + 1,
        reason,
    };
    let text = str::from_utf8(bytes).map_err(|error| {
        let (valid, _) = bytes.split_at(error.valid_up_to());
        let line = valid.iter().filter(|byte| **byte == b'\n').count();
        let start = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let column = String::from_utf8_lossy(&valid[start..]).chars().count();
        failed(line, column, "this is no text in UTF-8".to_owned())
    })?;
    let mut families = Families::default();
    let mut has_ended = false;
    for (number, written) in text.split('\n').enumerate() {
        let written = written.strip_suffix('\r').unwrap_or(written);
        let read = Line::read(written).and_then(|line| match line {
            Line::Nothing => Ok(()),
            _ if has_ended => Err(Fault::new(0, "nothing may follow `# EOF`; give each text in a file of its own")),
            Line::End => {
                has_ended = true;
                Ok(())
            }
            line => families.add(line, number),
        });
        read.map_err(|Fault { at, reason }| {
            if let Some(other) = other_format(text).filter(|_| number == 0) {
                return failed(0, 0, other.to_owned());
            }
            let column = written.char_indices().take_while(|(start, _)| *start < at).count();
            failed(number, column, reason)
        })?;
    }
    Ok(families.observed(source))
}

/// What the text is instead, when its beginning tells.
fn other_format(text: &str) -> Option<&'static str> {
    match text.trim_start().as_bytes().first()? {
        b'<' => {
            Some("this begins like a page in HTML, not like metrics; most servers serve those under the path /metrics")
        }
        b'[' => Some("this begins like JSON, not like metrics"),
        b'{' if text.trim_start()[1..].trim_start().starts_with(['}', '\n']) || text.contains("\":") => {
            Some("this begins like JSON, not like metrics")
        }
        _ => None,
    }
}
