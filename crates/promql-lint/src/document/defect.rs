//! What is wrong with how a file is written, whatever its queries say.

use std::ops::Range;

use promql::nearest;

/// A kind of mistake in how a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefectCode {
    /// A field that nobody reads.
    UnknownField,
    /// A field that stands twice in one mapping.
    RepeatedField,
    /// A field that must be there is not.
    MissingField,
    /// A field that may not stand where it does.
    MisplacedField,
    /// A list where a text is due, or the like.
    WrongShape,
    /// A duration that is none.
    UnreadableDuration,
    /// A name that Prometheus refuses.
    UnreadableName,
    /// A matcher of Alertmanager that cannot be read.
    UnreadableMatcher,
    /// A name that is given twice where it must be unique.
    RepeatedName,
    /// A document behind the first, which nobody reads.
    UnreadDocument,
    /// A receiver that is not defined.
    UndefinedReceiver,
    /// A time interval that is not defined.
    UndefinedTimeInterval,
    /// A variable that the dashboard does not define.
    UnknownVariable,
    /// A comment that looks like a waiver and is none.
    UnreadableWaiver,
}

impl DefectCode {
    /// All of them.
    pub const ALL: [DefectCode; 14] = [
        DefectCode::UnknownField,
        DefectCode::RepeatedField,
        DefectCode::MissingField,
        DefectCode::MisplacedField,
        DefectCode::WrongShape,
        DefectCode::UnreadableDuration,
        DefectCode::UnreadableName,
        DefectCode::UnreadableMatcher,
        DefectCode::RepeatedName,
        DefectCode::UnreadDocument,
        DefectCode::UndefinedReceiver,
        DefectCode::UndefinedTimeInterval,
        DefectCode::UnknownVariable,
        DefectCode::UnreadableWaiver,
    ];

    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DefectCode::UnknownField => "unknown-field",
            DefectCode::RepeatedField => "repeated-field",
            DefectCode::MissingField => "missing-field",
            DefectCode::MisplacedField => "misplaced-field",
            DefectCode::WrongShape => "wrong-shape",
            DefectCode::UnreadableDuration => "unreadable-duration",
            DefectCode::UnreadableName => "unreadable-name",
            DefectCode::UnreadableMatcher => "unreadable-matcher",
            DefectCode::RepeatedName => "repeated-name",
            DefectCode::UnreadDocument => "unread-document",
            DefectCode::UndefinedReceiver => "undefined-receiver",
            DefectCode::UndefinedTimeInterval => "undefined-time-interval",
            DefectCode::UnknownVariable => "unknown-variable",
            DefectCode::UnreadableWaiver => "unreadable-waiver",
        }
    }
}

/// One mistake in how a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    pub code: DefectCode,
    /// What it is about, such as `alert ApiDown` or `group availability`; empty for the file as a whole.
    pub place: String,
    /// The bytes of the file that are wrong.
    pub at: Range<usize>,
    /// What is so, and why.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

/// More defects than this nobody reads; a file that has them is of another kind than it seems.
const MOST: usize = 1_000;

/// How many names are listed when none is near.
const LISTED: usize = 10;

/// Gathers the defects of a file.
#[derive(Default)]
pub(super) struct Defects {
    pub(super) found: Vec<Defect>,
    /// What is being read.
    pub(super) place: String,
}

impl Defects {
    /// Whether further defects are dropped.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    pub(super) fn add(
        &mut self,
        code: DefectCode,
        at: Range<usize>,
        reason: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.is_full() {
            self.found.push(Defect { code, place: self.place.clone(), at, reason: reason.into(), help: help.into() });
        }
    }
}

/// Advice for a name that is not among `known`: the nearest of them, or some.
pub(super) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let mut names = known.into_iter().map(|name| format!("`{name}`"));
    let listed: Vec<String> = names.by_ref().take(LISTED).collect();
    let more = names.count();
    match listed.as_slice() {
        some if more > 0 => format!("there are {} and {more} more", some.join(", ")),
        [] => "there is none to choose from".to_owned(),
        [only] => format!("there is only {only}"),
        [first @ .., last] => format!("there are {} and {last}", first.join(", ")),
    }
}
