//! Reads YAML into nodes with places, aliases and merge keys resolved.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::comment;
use super::located::Located;
use super::node::{DEEPEST, Node, Trouble, Value};
use super::scalar;

/// How much aliases may unfold to, in nodes and in stretches of text: far above what people write, far below what hurts.
const LARGEST: usize = 200_000;

/// How many bytes of text weigh as much as a node.
const STRETCH: usize = 64;

/// What YAML keeps a mapping's inherited entries under (<https://yaml.org/type/merge.html>).
const MERGE: &str = "<<";

/// The documents of a file, and where its comments stand.
pub(super) struct Stream {
    pub(super) documents: Vec<Node>,
    pub(super) comments: Vec<Range<usize>>,
}

/// Reads all documents of `source` from the byte `start` on, which lies behind a byte order mark if there is one.
pub(super) fn read(source: &str, start: usize) -> Result<Stream, Trouble> {
    let offsets = Offsets::of(source, start);
    let mut tree = Tree::default();
    let mut scalars = Vec::new();
    let mut parser = Parser::new_from_str(&source[start..]);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let reason = format!("this is not YAML: {}", error.info());
            Trouble { at: offsets.byte(error.marker()), reason }
        })?;
        let range = offsets.range(span);
        match &event {
            Event::Scalar(text, style, anchor, tag) if !text.is_empty() || *style != ScalarStyle::Plain => {
                let located = scalar::locate(source, *style, text, range.start, range.end);
                let range = located.range();
                scalars.push(range.clone());
                let is_bare = *style == ScalarStyle::Plain && tag.is_none();
                let value = if is_bare { Value::Bare(located) } else { Value::Text(located) };
                tree.add_anchored(value, *anchor, range)?;
            }
            _ => tree.take(event, range)?,
        }
    }
    Ok(Stream { documents: tree.documents, comments: comment::find(source, start, &scalars) })
}

/// A list or a mapping that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    children: Vec<Node>,
    is_mapping: bool,
}

/// A node that an alias may repeat.
struct Anchored {
    node: Node,
    weight: usize,
    height: usize,
}

#[derive(Default)]
struct Tree {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    copied: usize,
}

impl Tree {
    fn take(&mut self, event: Event, range: Range<usize>) -> Result<(), Trouble> {
        match event {
            Event::SequenceStart(anchor, _) => self.open(range.start, anchor, false),
            Event::MappingStart(anchor, _) => self.open(range.start, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            Event::Scalar(_, _, anchor, _) => {
                let nothing = Located::empty(range.start..range.start);
                self.add_anchored(Value::Bare(nothing), anchor, range.start..range.start)
            }
            Event::Alias(anchor) => {
                let (node, height) = self.repeat(anchor, range)?;
                self.add(node, height)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, start: usize, anchor: usize, is_mapping: bool) -> Result<(), Trouble> {
        self.open.push(Open { start, anchor, children: Vec::new(), is_mapping });
        self.stay_shallow(0, start)
    }

    fn stay_shallow(&self, height: usize, at: usize) -> Result<(), Trouble> {
        if self.open.len() + height <= DEEPEST {
            return Ok(());
        }
        Err(Trouble { at, reason: format!("lists and mappings lie in one another more than {DEEPEST} deep") })
    }

    fn close(&mut self, range: Range<usize>) -> Result<(), Trouble> {
        let Some(Open { start, anchor, children, is_mapping }) = self.open.pop() else { return Ok(()) };
        let last = children.last().map_or(start, |node| node.range.end);
        let first = children.first().map_or(start, |node| node.range.start.min(start));
        let is_flow = range.start < range.end;
        let end = if is_flow { range.end.max(last) } else { last };
        let value = if is_mapping { Value::Mapping(self.pair(children)?) } else { Value::List(children) };
        self.add_anchored(value, anchor, first..end)
    }

    /// Makes entries of alternating keys and values, with those that the mapping inherits behind its own.
    fn pair(&mut self, children: Vec<Node>) -> Result<Vec<(Node, Node)>, Trouble> {
        let mut entries = Vec::with_capacity(children.len() / 2);
        let mut inherited = Vec::new();
        let mut children = children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let merges = matches!(&key.value, Value::Bare(name) if name.text == MERGE);
            match value.value {
                Value::Mapping(more) if merges => inherited.extend(more),
                Value::List(items) if merges => {
                    inherited.extend(items.into_iter().flat_map(|item| match item.value {
                        Value::Mapping(more) => more,
                        _ => Vec::new(),
                    }));
                }
                _ if merges => {
                    let reason = format!("`{MERGE}` takes over the fields of a mapping, and this is {}", value.what());
                    return Err(Trouble { at: value.range.start, reason });
                }
                _ => entries.push((key, value)),
            }
        }
        if !inherited.is_empty() {
            let name = |key: &Node| key.text().map(|name| name.text.clone());
            let mut own: HashSet<String> = entries.iter().filter_map(|(key, _)| name(key)).collect();
            entries.extend(inherited.into_iter().filter(|(key, _)| name(key).is_none_or(|name| own.insert(name))));
        }
        Ok(entries)
    }

    fn repeat(&mut self, anchor: usize, range: Range<usize>) -> Result<(Node, usize), Trouble> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Trouble { at: range.start, reason: "this alias stands within what it repeats".to_owned() });
        };
        self.copied += anchored.weight;
        if self.copied > LARGEST {
            let reason = format!("the aliases up to here unfold to more than {LARGEST} values");
            return Err(Trouble { at: range.start, reason });
        }
        Ok((anchored.node.clone(), anchored.height))
    }

    fn add_anchored(&mut self, value: Value, anchor: usize, range: Range<usize>) -> Result<(), Trouble> {
        let node = Node { range, value };
        if anchor == 0 {
            return self.add(node, 0);
        }
        let (weight, height) = (weight(&node), height(&node));
        self.copied += weight;
        if self.copied > LARGEST {
            let reason = format!("what is anchored up to here comes to more than {LARGEST} values");
            return Err(Trouble { at: node.range.start, reason });
        }
        self.anchors.insert(anchor, Anchored { node: node.clone(), weight, height });
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, height: usize) -> Result<(), Trouble> {
        self.stay_shallow(height, node.range.start)?;
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }
}

fn weight(node: &Node) -> usize {
    match &node.value {
        Value::Text(text) | Value::Bare(text) => 1 + text.text.len() / STRETCH,
        Value::List(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Mapping(entries) => 1 + entries.iter().map(|(key, value)| weight(key) + weight(value)).sum::<usize>(),
    }
}

fn height(node: &Node) -> usize {
    match &node.value {
        Value::Text(_) | Value::Bare(_) => 0,
        Value::List(items) => 1 + items.iter().map(height).max().unwrap_or(0),
        Value::Mapping(entries) => {
            1 + entries.iter().map(|(key, value)| height(key).max(height(value))).max().unwrap_or(0)
        }
    }
}

/// Turns the parser's counts of characters into bytes.
struct Offsets {
    start: usize,
    end: usize,
    /// For each character longer than a byte: which one comes behind it, and how many bytes more than characters lie before that.
    wide: Vec<(usize, usize)>,
}

impl Offsets {
    fn of(source: &str, start: usize) -> Self {
        let mut wide = Vec::new();
        let mut surplus = 0;
        for (index, character) in source[start..].chars().enumerate().filter(|(_, character)| !character.is_ascii()) {
            surplus += character.len_utf8() - 1;
            wide.push((index + 1, surplus));
        }
        Self { start, end: source.len(), wide }
    }

    fn byte(&self, marker: &Marker) -> usize {
        let before = self.wide.partition_point(|&(index, _)| index <= marker.index());
        let surplus = before.checked_sub(1).map_or(0, |last| self.wide[last].1);
        (self.start + marker.index() + surplus).min(self.end)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(&span.start);
        start..self.byte(&span.end).max(start)
    }
}
