//! Where variables stand in a text, in the three ways that Grafana has of writing them
//! (<https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/>).

use std::ops::Range;

/// A variable in a text: `$name`, `${name}`, `${name:format}` or `[[name]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    pub(super) range: Range<usize>,
    pub(super) name: &'a str,
    pub(super) format: Option<&'a str>,
    /// Whether it stands in square brackets, which may just as well be something else.
    pub(super) is_old: bool,
}

/// No name with its format is longer, so a bracket that is never closed is not searched for its end again and again.
const LONGEST: usize = 256;

/// The variables in a text, in order. What begins with a digit is a group of a pattern, such as `$1`.
pub(super) fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['$', '[']) {
        let start = at + offset;
        match reference(text, start) {
            Some(reference) => {
                at = reference.range.end;
                found.push(reference);
            }
            None => at = start + 1,
        }
    }
    found
}

fn reference(text: &str, start: usize) -> Option<Reference<'_>> {
    let rest = &text[start..];
    let (inner, length, is_old) = if let Some(inner) = rest.strip_prefix("${") {
        let end = near(inner).find('}')?;
        (&inner[..end], end + 3, false)
    } else if let Some(inner) = rest.strip_prefix("[[") {
        let end = near(inner).find("]]")?;
        (&inner[..end], end + 4, true)
    } else {
        let inner = rest.strip_prefix('$')?;
        let end = inner.find(|c| !is_word(c)).unwrap_or(inner.len());
        (&inner[..end], end + 1, false)
    };
    let (path, format) = inner.split_once(':').map_or((inner, None), |(path, format)| (path, Some(format)));
    let name = path.split_once('.').map_or(path, |(name, _)| name);
    let is_name = !name.is_empty() && name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| Reference { range: start..start + length, name, format, is_old })
}

fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, Option<&str>)]) {
        let found = references(text);
        let found: Vec<_> =
            found.iter().map(|reference| (&text[reference.range.clone()], reference.name, reference.format)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn variables_are_found_in_every_way_of_writing_them() {
        check(
            "a{b=~\"$x|${y:regex}|[[z]]\"}[$__range]",
            &[
                ("$x", "x", None),
                ("${y:regex}", "y", Some("regex")),
                ("[[z]]", "z", None),
                ("$__range", "__range", None),
            ],
        );
        check(
            "${__user.login} ${__from:date:seconds} $größe",
            &[
                ("${__user.login}", "__user", None),
                ("${__from:date:seconds}", "__from", Some("date:seconds")),
                ("$gr", "gr", None),
            ],
        );
    }

    #[test]
    fn what_only_looks_like_a_variable_is_none() {
        check("$1 ${2} $ $$ ^a$ [[:alpha:]] ${ ${a b} [[ x", &[]);
    }
}
