//! What each code means: a page with a wrong and a right example, for the terminal and for docs/.

use std::fmt::Write as _;

use promql::Code;

use crate::report::Severity;

/// What is told of a code. Its text lies in `codes/`: a line for lists, then paragraphs, examples and when to waive it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    /// The severity, where the checker of queries does not know the code.
    own_severity: Option<Severity>,
    text: &'static str,
}

/// What a file of an example is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is there in both, such as the metrics.
    Given,
    /// The finding is in it.
    Wrong,
    /// It is as it should be.
    Right,
}

/// A file of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    pub role: Role,
    /// Its name; the ending says what it is.
    pub file: &'static str,
    pub text: &'static str,
}

/// A piece of a page.
enum Piece {
    Paragraph(&'static str),
    Example(Example),
}

macro_rules! pages {
    (of the checker: $($checked:literal)*; $($severity:ident: $($code:literal)*;)*) => {
        const PAGES: &[Page] = &[
            $(Page { code: $checked, own_severity: None, text: include_str!(concat!("codes/", $checked, ".md")) },)*
            $($(Page {
                code: $code,
                own_severity: Some(Severity::$severity),
                text: include_str!(concat!("codes/", $code, ".md")),
            },)*)*
        ];
    };
}

pages! {
    of the checker:
    "unreadable"
    "unsupported-syntax"
    "unknown-metric"
    "undefined-recording"
    "unknown-label"
    "unknown-value"
    "not-a-bucket-bound"
    "threshold-beyond-buckets"
    "never-true"
    "always-true"
    "no-comparison"
    "quantile-without-le"
    "quantile-out-of-range"
    "sides-never-match"
    "matches-one-by-one"
    "rate-of-aggregate"
    "rate-of-gauge"
    "counter-without-rate"
    "delta-of-counter"
    "over-time-of-counter"
    "average-of-quantiles"
    "average-of-ratios"
    "average-over-time-of-ratio"
    "sum-without-le"
    "mixed-units-summed"
    "count-of-comparison"
    "age-forgotten"
    "exact-comparison"
    "stray-vector"
    "window-too-short"
    "beyond-retention"
    "many-to-many"
    "label-aggregated-away"
    "nothing-to-record"
    "template-unknown-label"
    "template-unreadable"
    "value-in-label"
    "labels-collide"
    "for-below-interval"
    "for-outlasts-window"
    "missed-first-increase"
    "silent-when-missing"
    "order-of-rules"
    "recording-cycle"
    "naming"
    "missing-severity"
    "missing-owner"
    "missing-summary"
    "missing-runbook"
    "missing-panel"
    "unreachable-route"
    "unit-mismatch"
    "same-identity"
    "empty-text"
    ;
    Error:
    "undefined-receiver"
    "undefined-time-interval"
    "inhibits-everything"
    "legend-unknown-label"
    "unknown-variable"
    "unknown-field"
    "repeated-field"
    "missing-field"
    "misplaced-field"
    "wrong-shape"
    "unreadable-duration"
    "unreadable-name"
    "unreadable-matcher"
    "repeated-name"
    "unread-document"
    ;
    Warning:
    "rate-interval"
    "waiver-without-reason"
    "unused-waiver"
    "unreadable-waiver"
    ;
}

impl Page {
    /// Every page: those of queries first, then those of what is around them.
    pub fn all() -> &'static [Self] {
        PAGES
    }

    /// The page of a code.
    pub fn of(code: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.code == code)
    }

    /// The severity that most findings of this code have.
    pub fn severity(&self) -> Severity {
        let of_checker = Code::ALL.iter().find(|code| code.as_str() == self.code).map(|code| code.severity());
        of_checker.or(self.own_severity).unwrap_or(Severity::Error)
    }

    /// What the code says, in one line.
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The files of its examples.
    pub fn examples(&self) -> impl Iterator<Item = Example> {
        self.pieces().into_iter().filter_map(|piece| match piece {
            Piece::Example(example) => Some(example),
            Piece::Paragraph(_) => None,
        })
    }

    /// The page for a terminal.
    pub fn plain(&self) -> String {
        let mut page = format!("{} ({})\n", self.code, self.severity());
        for piece in self.pieces() {
            match piece {
                Piece::Paragraph(text) => _ = write!(page, "\n{text}\n"),
                Piece::Example(example) => {
                    _ = write!(page, "\n{}\n\n", example.heading(""));
                    for line in example.text.lines() {
                        page += "    ";
                        page += line;
                        page.truncate(page.trim_end_matches(' ').len());
                        page.push('\n');
                    }
                }
            }
        }
        page
    }

    /// The page as Markdown, for a folder of documentation.
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\nSeverity: {}.\n", self.code, self.severity());
        for piece in self.pieces() {
            match piece {
                Piece::Paragraph(text) => _ = write!(page, "\n{text}\n"),
                Piece::Example(example) => {
                    _ = write!(page, "\n{}\n\n```{}\n{}```\n", example.heading("`"), example.language(), example.text);
                }
            }
        }
        page
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (index, part) in self.text.split("```").enumerate() {
            // Inside of fences is every second part; the info string is its first line.
            let inside = index % 2 == 1;
            if let Some((info, text)) = part.split_once('\n').filter(|_| inside) {
                pieces.extend(Example::read(info, text).map(Piece::Example));
            } else {
                let paragraphs = part.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
                pieces.extend(paragraphs.map(Piece::Paragraph));
            }
        }
        pieces
    }
}

impl Example {
    fn read(info: &'static str, text: &'static str) -> Option<Self> {
        let (role, file) = info.split_once(' ')?;
        let role = match role {
            "given" => Role::Given,
            "wrong" => Role::Wrong,
            "right" => Role::Right,
            _ => return None,
        };
        Some(Self { role, file, text })
    }

    /// Whether it is the text of a scrape, and no file to check.
    pub fn is_metrics(&self) -> bool {
        self.language() == "text"
    }

    fn heading(&self, mark: &str) -> String {
        let role = match self.role {
            Role::Given => "Given",
            Role::Wrong => "Wrong",
            Role::Right => "Right",
        };
        format!("{role}, {mark}{}{mark}:", self.file)
    }

    fn language(&self) -> &'static str {
        match self.file.rsplit_once('.') {
            Some((_, "yml" | "yaml")) => "yaml",
            Some((_, "json")) => "json",
            _ => "text",
        }
    }
}

/// Every code with its severity and one line.
pub fn list(command: &str) -> String {
    let width = PAGES.iter().map(|page| page.code.len()).max().unwrap_or_default();
    let row = |page: &Page| format!("{:<width$}  {:<11}  {}\n", page.code, page.severity().as_str(), page.summary());
    PAGES.iter().map(row).collect::<String>() + &format!("\n{command} --explain CODE says more\n")
}

/// Every page as Markdown, and an index, with their paths in this folder of a repository.
pub fn pages(folder: &str) -> Vec<(String, String)> {
    let page = |page: &Page| {
        let source = format!("crates/promql-lint/src/codes/{}.md", page.code);
        (format!("{folder}/{}.md", page.code), noted(&source, &page.markdown()))
    };
    let index = (format!("{folder}/README.md"), noted("crates/promql-lint/src/codes", &index()));
    PAGES.iter().map(page).chain([index]).collect()
}

fn noted(source: &str, page: &str) -> String {
    format!("<!-- Rendered by cargo xtask render from {source}; do not edit. -->\n\n{page}")
}

fn index() -> String {
    let row = |page: &Page| {
        let code = page.code;
        format!("| [{code}]({code}.md) | {} | {} |\n", page.severity(), page.summary())
    };
    let rows: String = PAGES.iter().map(row).collect();
    format!("# What promql-lint finds\n\n| code | severity | |\n|---|---|---|\n{rows}")
}
