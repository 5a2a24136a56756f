//! Reads a file into a model in which every text knows which bytes of the file wrote it.

mod comment;
mod dashboard;
mod defect;
mod duration;
mod fields;
mod json;
mod located;
mod node;
mod position;
mod recognise;
mod routing;
mod rules;
mod scalar;
mod waiver;
mod yaml;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

pub use dashboard::{
    Annotation, Dashboard, Interpolated, Open, Override, OverrideOf, Panel, Role, Target, Variable, VariableKind,
    VariableQuery,
};
pub use defect::{Defect, DefectCode};
pub use fields::{Entry, Said};
pub use located::Located;
pub use position::Position;
pub use routing::{Condition, Inhibition, Receiver, Route, Routing};
pub use rules::{Group, Rule, RuleKind};
pub use waiver::{WAIVER_SYNTAX, Waived, Waiver};

use defect::Defects;
use node::{Node, Trouble};
use position::Lines;
use waiver::Block;

/// A file that was read.
#[derive(Debug)]
pub struct Document {
    /// The file's name, as it was given.
    pub file: String,
    /// The text of the file.
    pub source: String,
    pub content: Content,
    /// What lets findings stand.
    pub waivers: Vec<Waiver>,
    /// What is wrong with how it is written; what could be read nevertheless is in `content`.
    pub defects: Vec<Defect>,
    lines: Lines,
}

/// What a file says, by its kind.
#[derive(Clone, Debug)]
pub enum Content {
    /// A rule file, or the PrometheusRule manifests of a file.
    Rules(Vec<Group>),
    /// A dashboard of Grafana.
    Dashboard(Box<Dashboard>),
    /// A configuration of Alertmanager.
    Routing(Box<Routing>),
}

/// A file that could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file's name, as it was given.
    pub file: String,
    pub position: Position,
    /// What is so.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable { file, position, reason, help } = self;
        write!(f, "{file}:{position}: {reason}; {help}")
    }
}

impl std::error::Error for Unreadable {}

impl Document {
    /// Reads the bytes of a file, whose kind is recognised by what is in it. The windows of dashboards that Grafana chooses presuppose
    /// the interval between scrapes.
    ///
    /// # Errors
    ///
    /// When it is not text, neither YAML nor JSON, or of no kind that is read.
    pub fn read(file: &str, bytes: &[u8], scrape_interval: Duration) -> Result<Self, Unreadable> {
        let source = decode(file, bytes)?;
        let lines = Lines::of(&source);
        let (documents, comments) = match parse(&source) {
            Ok(read) => read,
            Err(trouble) => return Err(unreadable(file, &source, &lines, trouble)),
        };
        let mut defects = Defects::default();
        let content = recognise::read(&documents, scrape_interval, &mut defects).map_err(|(at, reason, help)| {
            Unreadable { file: file.to_owned(), position: lines.position(&source, at), reason, help }
        })?;
        let mut comments: Vec<Located> =
            comments.into_iter().map(|range| Located::verbatim(&source[range.clone()], range.start)).collect();
        comments.extend(content.queries().into_iter().flat_map(waiver::comments_of_query));
        defects.place.clear();
        let mut waivers: Vec<Waiver> =
            comments.iter().filter_map(|comment| waiver::read(comment, &mut defects)).collect();
        if !waivers.is_empty() {
            let blocks = content.blocks(&documents);
            waivers.iter_mut().for_each(|waiver| waiver.scope = waiver::scope(&source, &waiver.range, &blocks));
        }
        Ok(Self { file: file.to_owned(), source, content, waivers, defects: defects.found, lines })
    }

    /// The line and column of a byte of the file.
    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.source, offset)
    }

    /// Whether a waiver lets a finding stand that has this code and is about these bytes of the file. The waiver counts as used.
    pub fn waives(&self, code: &str, at: &Range<usize>) -> bool {
        self.waivers.iter().any(|waiver| waiver.allows(code, at.start))
    }
}

impl Content {
    /// The texts in PromQL.
    fn queries(&self) -> Vec<&Located> {
        match self {
            Content::Rules(groups) => groups.iter().flat_map(|group| &group.rules).map(|rule| &rule.expr).collect(),
            Content::Dashboard(dashboard) => dashboard.queries().map(|query| &query.written).collect(),
            Content::Routing(_) => Vec::new(),
        }
    }

    /// What a waiver can hold for.
    fn blocks(&self, documents: &[Node]) -> Vec<Block> {
        let mut blocks = Vec::new();
        match self {
            Content::Dashboard(dashboard) => blocks.extend(dashboard.blocks()),
            Content::Routing(routing) => blocks.extend(routing.blocks()),
            Content::Rules(groups) => {
                for group in groups {
                    let first = group.rules.first().map_or(group.range.end, |rule| rule.range.start);
                    blocks.push(Block::around(group.range.clone(), first));
                    blocks.extend(group.rules.iter().map(|rule| Block::single(rule.range.clone())));
                }
            }
        }
        let mut start = 0;
        for document in documents {
            let range = start..document.range.end;
            let first = blocks.iter().map(|block| block.range.start).filter(|start| range.contains(start)).min();
            start = range.end;
            blocks.push(Block::around(range.clone(), first.unwrap_or(range.end)));
        }
        blocks
    }
}

/// The file as text.
fn decode(file: &str, bytes: &[u8]) -> Result<String, Unreadable> {
    let refuse = |position, reason: &str, help: &str| Unreadable {
        file: file.to_owned(),
        position,
        reason: reason.to_owned(),
        help: help.to_owned(),
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let position = Lines::of(&before).position(&before, before.len());
            return Err(refuse(position, "from here on this is not text in UTF-8", "save the file as UTF-8"));
        }
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if let Some(at) = text.find(control) {
        let position = Lines::of(text).position(text, at);
        return Err(refuse(position, "a control character stands here", "write it as an escape between double quotes"));
    }
    Ok(text.to_owned())
}

/// The values in a file and the places of its comments.
fn parse(source: &str) -> Result<(Vec<Node>, Vec<Range<usize>>), Trouble> {
    let text = source.trim_start_matches('\u{feff}');
    let start = source.len() - text.len();
    let as_json = text.trim_start().starts_with(['{', '[']).then(|| json::read(source, start));
    match as_json {
        Some(Ok(node)) => Ok((vec![node], Vec::new())),
        Some(Err(trouble)) => yaml::read(source, start).map_err(|_| trouble).map(split),
        None => yaml::read(source, start).map(split),
    }
}

fn split(stream: yaml::Stream) -> (Vec<Node>, Vec<Range<usize>>) {
    (stream.documents, stream.comments)
}

fn unreadable(file: &str, source: &str, lines: &Lines, trouble: Trouble) -> Unreadable {
    let help = if source.contains("{{") && source.contains(".Values") || source.contains("{{-") {
        "this looks like a template of Helm: give what it renders"
    } else {
        "mend the file's syntax at this place or shortly before it"
    };
    let position = lines.position(source, trouble.at);
    Unreadable { file: file.to_owned(), position, reason: trouble.reason, help: help.to_owned() }
}
