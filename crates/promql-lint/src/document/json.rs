//! Reads JSON (RFC 8259) into nodes with places: faster than as YAML, and strict where YAML would accept a slip.

use super::located::Located;
use super::node::{DEEPEST, Node, Trouble, Value};

/// Reads the one value of `source` from the byte `start` on, which lies behind a byte order mark if there is one.
pub(super) fn read(source: &str, start: usize) -> Result<Node, Trouble> {
    let mut reader = Reader { source, at: start };
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < source.len() {
        return Err(reader.trouble("the value has ended, and more follows"));
    }
    Ok(node)
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Trouble> {
        self.skip_space();
        let start = self.at;
        if depth > DEEPEST {
            return Err(self.trouble(&format!("lists and objects lie in one another more than {DEEPEST} deep")));
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            _ => self.bare()?,
        };
        Ok(Node { range: start..self.at, value })
    }

    fn object(&mut self, depth: usize) -> Result<Value, Trouble> {
        let mut entries = Vec::new();
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Value::Mapping(entries));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.trouble("a field's name in double quotes is due here"));
            }
            let name = self.string()?;
            if !self.takes(b':') {
                return Err(self.trouble("a `:` is due here, between the field's name and its value"));
            }
            let value = self.value(depth + 1)?;
            entries.push((Node { range: name.range(), value: Value::Text(name) }, value));
            if self.takes(b'}') {
                return Ok(Value::Mapping(entries));
            }
            if !self.takes(b',') {
                return Err(self.trouble("a `,` or a `}` is due here, behind a field's value"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Trouble> {
        let mut items = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.takes(b']') {
                return Ok(Value::List(items));
            }
            if !self.takes(b',') {
                return Err(self.trouble("a `,` or a `]` is due here, behind an item of a list"));
            }
        }
    }

    fn string(&mut self) -> Result<Located, Trouble> {
        let bytes = self.source.as_bytes();
        let start = self.at;
        let mut text = Located::empty(start..start);
        self.at += 1;
        let mut copied = self.at;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    text.copy(&self.source[copied..self.at], copied);
                    self.escape(&mut text)?;
                    copied = self.at;
                }
                Some(0..0x20) => {
                    return Err(self.trouble("a text holds a line break or tab as it is: write `\\n` or `\\t`"));
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = start;
                    return Err(self.trouble("the text that begins here is never closed"));
                }
            }
        }
        text.copy(&self.source[copied..self.at], copied);
        self.at += 1;
        text.set_range(start..self.at);
        Ok(text)
    }

    fn escape(&mut self, text: &mut Located) -> Result<(), Trouble> {
        let start = self.at;
        let meant = match self.source.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(text),
            _ => return Err(self.trouble("JSON knows no such escape")),
        };
        self.at += 2;
        text.write(meant.encode_utf8(&mut [0; 4]), start..self.at);
        Ok(())
    }

    /// Reads one `\u` and four digits, or two of them that are a pair; half a pair is no character and becomes the one for such cases.
    fn unicode(&mut self, text: &mut Located) -> Result<(), Trouble> {
        let start = self.at;
        let first = self.unit(start).ok_or_else(|| self.trouble("`\\u` wants four hexadecimal digits behind it"))?;
        self.at += 6;
        let second = self.unit(self.at);
        let units = [Some(first), second.filter(|_| (0xd800..0xdc00).contains(&first))];
        let mut read = char::decode_utf16(units.into_iter().flatten());
        let character = match read.next() {
            Some(Ok(pair)) if pair.len_utf16() == 2 => {
                self.at += 6;
                pair
            }
            Some(Ok(single)) => single,
            _ => char::REPLACEMENT_CHARACTER,
        };
        text.write(character.encode_utf8(&mut [0; 4]), start..self.at);
        Ok(())
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.source.get(at..at + 6)?.strip_prefix("\\u")?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u16::from_str_radix(digits, 16).ok()
    }

    fn bare(&mut self) -> Result<Value, Trouble> {
        let start = self.at;
        let rest = &self.source[start..];
        let length =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.')).unwrap_or(rest.len());
        let word = &rest[..length];
        if !matches!(word, "true" | "false" | "null") && (!is_number_like(word) || word.parse::<f64>().is_err()) {
            return Err(self.trouble(match word {
                "" if rest.is_empty() => "the file ends where a value is due",
                "" => "a value is due here",
                _ => "this is neither a number nor `true`, `false` or `null`; texts stand in double quotes",
            }));
        }
        self.at += length;
        Ok(Value::Bare(Located::verbatim(word, start)))
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        let bytes = self.source.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn trouble(&self, reason: &str) -> Trouble {
        Trouble { at: self.at, reason: format!("this is not JSON: {reason}") }
    }
}

fn is_number_like(word: &str) -> bool {
    word.strip_prefix('-').unwrap_or(word).starts_with(|digit: char| digit.is_ascii_digit())
}
