//! Ready questions: queries for people who look into something, each with what it is good for.

use promql::{AnyQuery, Measure};

use crate::{File, markdown};

/// Where the questions are, from the repository's root.
pub(crate) const PATH: &str = "docs/queries.md";

/// A query that somebody may want to ask by hand.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked, in a line.
    pub title: &'static str,
    pub query: AnyQuery,
    /// What it is good for, and how to read the answer.
    pub reading: &'static str,
}

/// A query that somebody may want to ask by hand.
pub fn question(title: &'static str, reading: &'static str, query: impl Into<AnyQuery>) -> Question {
    Question { title, query: query.into(), reading }
}

/// Questions about one subject.
#[derive(Clone, Debug)]
pub struct Chapter {
    pub title: &'static str,
    pub questions: Vec<Question>,
}

/// The page of all questions; `how_to_ask` is the command that asks one.
pub(crate) fn page(chapters: &[Chapter], source: &str, how_to_ask: &str) -> File {
    let mut body = "Queries to look into something by hand. Each is checked against the declarations of what it reads, like those of \
        the dashboards and alerts. Paste one into Prometheus' or Grafana's query field, or ask from a shell:\n\n"
        .to_owned();
    body += &markdown::block("sh", how_to_ask);
    for chapter in chapters {
        let link = |question: &Question| format!("[{}](#{})", question.title, markdown::anchor(question.title));
        let titles: Vec<_> = chapter.questions.iter().map(link).collect();
        body += &format!("- {}: {}\n", chapter.title, titles.join(", "));
    }
    for chapter in chapters {
        body += &format!("\n## {}\n", chapter.title);
        for Question { title, query, reading } in &chapter.questions {
            body += &format!("\n### {title}\n\n{}", markdown::block("promql", &query.to_string()));
            body += &format!("{reading} Its value is {}.\n", in_words(query.measure));
        }
    }
    markdown::page(PATH, source, "Queries", &body)
}

const fn in_words(measure: Measure) -> &'static str {
    match measure {
        Measure::Seconds => "a time in seconds",
        Measure::Bytes => "in bytes",
        Measure::Ratio => "a share between 0 and 1",
        Measure::Percent => "a share in percent",
        Measure::Count => "a number",
        Measure::CountPerSecond => "a number a second",
        Measure::CountPerMinute => "a number a minute",
        Measure::Factor => "how many times as much",
        Measure::Utilisation => "seconds of work a second: 1 is one processor, thread or device",
        Measure::BytesPerSecond => "in bytes a second",
        Measure::State => "1 for yes and 0 for no",
    }
}
