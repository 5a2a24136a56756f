//! One line of exposition text.

use std::borrow::Cow;

use promql::ObservedKind;

/// Why a line cannot be read, and at which of its bytes.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) reason: String,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(in crate::sources) enum Line<'t> {
    /// Nothing, or a remark for people.
    Nothing,
    Type(Cow<'t, str>, ObservedKind),
    Help(Cow<'t, str>, Cow<'t, str>),
    Unit(Cow<'t, str>, &'t str),
    Sample(Sample<'t>),
    /// `# EOF`.
    End,
}

/// Names with values.
pub(in crate::sources) type Labels<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

/// One series, and its number.
#[derive(Debug, PartialEq)]
pub(in crate::sources) struct Sample<'t> {
    pub(in crate::sources) name: Cow<'t, str>,
    /// In order of their names, each once; none is empty.
    pub(in crate::sources) labels: Labels<'t>,
    pub(in crate::sources) value: f64,
}

impl Fault {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

impl<'t> Line<'t> {
    pub(super) fn read(line: &'t str) -> Result<Self, Fault> {
        let mut reader = Reader { line, at: 0 };
        reader.skip_blanks();
        if reader.rest().is_empty() {
            return Ok(Self::Nothing);
        }
        if reader.take("#") { reader.remark() } else { reader.sample().map(Self::Sample) }
    }
}

/// Reads a line from left to right.
struct Reader<'t> {
    line: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.line[self.at..]
    }

    fn fault<T>(&self, reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(self.at, reason))
    }

    fn take(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        // Only ASCII is ever part, so the end is between two characters.
        let end = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn skip_blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Up to the next blank.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What follows `#`: whatever is not one of the format's own words is for people.
    fn remark(&mut self) -> Result<Line<'t>, Fault> {
        self.skip_blanks();
        let word = self.word();
        self.skip_blanks();
        match word {
            "EOF" if self.rest().is_empty() => Ok(Line::End),
            "TYPE" => {
                let name = self.metric_name()?;
                self.skip_blanks();
                let at = self.at;
                let word = self.word();
                if word.is_empty() {
                    return self.fault("the line ends before the type");
                }
                let kind = ObservedKind::named(word).filter(|kind| *kind != ObservedKind::NativeHistogram);
                let kind = kind.ok_or_else(|| {
                    let reason = format!(
                        "`{word}` is no type; there are counter, gauge, histogram, summary, untyped, and in OpenMetrics also \
                         unknown, info, stateset, gaugehistogram"
                    );
                    Fault::new(at, reason)
                })?;
                self.end()?;
                Ok(Line::Type(name, kind))
            }
            "HELP" => {
                let name = self.metric_name()?;
                self.skip_blanks();
                Ok(Line::Help(name, unescaped(self.rest())))
            }
            "UNIT" => {
                let name = self.metric_name()?;
                self.skip_blanks();
                Ok(Line::Unit(name, self.word()))
            }
            _ => Ok(Line::Nothing),
        }
    }

    fn sample(&mut self) -> Result<Sample<'t>, Fault> {
        let start = self.at;
        let name = if self.rest().starts_with('{') { None } else { Some(self.metric_name()?) };
        self.skip_blanks();
        let (quoted, labels) = if self.take("{") { self.labels(name.is_none())? } else { (None, Vec::new()) };
        let name = name.or(quoted).ok_or_else(|| Fault::new(start, "this sample names no metric"))?;
        self.skip_blanks();
        let value = self.number("the sample's value")?;
        self.skip_blanks();
        if !self.rest().is_empty() && !self.rest().starts_with('#') {
            self.number("the sample's time")?;
            self.skip_blanks();
        }
        if self.take("#") {
            self.exemplar()?;
        }
        self.end()?;
        Ok(Sample { name, labels, value })
    }

    /// A trace that stands for the sample. Nothing is concluded from it.
    fn exemplar(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        if !self.take("{") {
            return self.fault("after `#` the labels of an exemplar are expected, in braces");
        }
        self.labels(false)?;
        self.skip_blanks();
        self.number("the exemplar's value")?;
        self.skip_blanks();
        if !self.rest().is_empty() {
            self.number("the exemplar's time")?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        if self.rest().is_empty() {
            Ok(())
        } else {
            self.fault(format!("`{}` is too much here", shortened(self.rest())))
        }
    }

    fn number(&mut self, what: &str) -> Result<f64, Fault> {
        let at = self.at;
        let word = self.word();
        if word.is_empty() {
            return self.fault(format!("the line ends before {what}"));
        }
        word.parse().map_err(|_| Fault::new(at, format!("{what}, `{}`, is no number", shortened(word))))
    }

    fn metric_name(&mut self) -> Result<Cow<'t, str>, Fault> {
        self.name("a metric's name", |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
    }

    /// A name that is plain, or in quotes.
    fn name(&mut self, what: &str, is_part: impl Fn(u8) -> bool) -> Result<Cow<'t, str>, Fault> {
        let at = self.at;
        if self.take("\"") {
            let name = self.string()?;
            return if name.is_empty() { Err(Fault::new(at, "a name is empty")) } else { Ok(name) };
        }
        if self.rest().starts_with(|letter: char| letter.is_ascii_digit()) {
            return self.fault(format!("{what} cannot begin with a digit"));
        }
        let name = self.take_while(is_part);
        match self.rest().chars().next() {
            None if name.is_empty() => self.fault(format!("the line ends before {what}")),
            Some(letter) if name.is_empty() || !(letter.is_ascii_whitespace() || "{}=,".contains(letter)) => {
                let reason =
                    format!("`{letter}` cannot stand in {what}; such names are written in quotes within the braces");
                self.fault(reason)
            }
            _ => Ok(name.into()),
        }
    }

    /// The rest of what stands in quotes; the opening one is read.
    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let (opening, rest) = (self.at - 1, self.rest());
        let mut is_escaped = false;
        let end = rest.bytes().position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        });
        let end = end.ok_or_else(|| Fault::new(opening, "this quote is never closed"))?;
        self.at += end + 1;
        Ok(unescaped(&rest[..end]))
    }

    /// Labels up to the closing brace; a name in quotes among them is the metric's, where that may be.
    fn labels(&mut self, may_name: bool) -> Result<(Option<Cow<'t, str>>, Labels<'t>), Fault> {
        let (start, mut metric, mut labels) = (self.at, None, Vec::new());
        loop {
            self.skip_blanks();
            if self.take("}") {
                break;
            }
            let (at, is_quoted) = (self.at, self.rest().starts_with('"'));
            let key = self.name("a label's name", |byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
            self.skip_blanks();
            if self.take("=") {
                self.skip_blanks();
                if !self.take("\"") {
                    return self.fault(format!("the value of `{key}` is expected here, in quotes"));
                }
                labels.push((key, self.string()?));
            } else if is_quoted && may_name && metric.is_none() {
                metric = Some(key);
            } else {
                return Err(Fault::new(at, format!("`{key}` has no value; labels are written {key}=\"…\"")));
            }
            self.skip_blanks();
            if !self.take(",") && !self.rest().starts_with('}') {
                return self.fault("`,` or `}` is expected here");
            }
        }
        labels.sort_by(|(left, _), (right, _)| left.cmp(right));
        if let Some(twice) = labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Fault::new(start, format!("the label `{}` is given twice", twice[0].0)));
        }
        // An empty value is an absent label.
        labels.retain(|(_, value)| !value.is_empty());
        Ok((metric, labels))
    }
}

/// The text that is written with `\\`, `\"` and `\n`; a backslash before anything else is one.
fn unescaped(written: &str) -> Cow<'_, str> {
    if !written.contains('\\') {
        return written.into();
    }
    let mut text = String::with_capacity(written.len());
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        let meant = match (letter, letters.peek()) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some(escaped @ ('\\' | '"'))) => Some(*escaped),
            _ => None,
        };
        if meant.is_some() {
            letters.next();
        }
        text.push(meant.unwrap_or(letter));
    }
    text.into()
}

/// The beginning of a text, short enough for a sentence.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
