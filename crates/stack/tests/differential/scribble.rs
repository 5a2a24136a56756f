//! Texts at random that are queries, or nearly: what a parser is to take, and what it is to refuse.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

const NAMES: [&str; 16] = [
    "up",
    "a:b",
    "sum",
    "offset",
    "bool",
    "by",
    "on",
    "http_requests_total",
    "Inf",
    "nan",
    "start",
    "le",
    "group",
    "And",
    "atan2",
    "_x1",
];
const KEYS: [&str; 9] = ["a", "le", "by", "\"größe\"", "'x.y'", "__name__", "sum", "job", "\"a b\""];
const TEXTS: [&str; 11] = [
    r#""a""#,
    "'b'",
    "`c\\d`",
    r#""\"""#,
    r#""\n\x41\u00e9\101""#,
    r#""größe""#,
    "''",
    r#"".*""#,
    r#""a|b""#,
    r#""(""#,
    r#""[a-z]+""#,
];
const NUMBERS: [&str; 20] = [
    "0",
    "1",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1E-3",
    "0x1F",
    "017",
    "Inf",
    "NaN",
    "inf",
    "nan",
    "1_000",
    "5m",
    "1h30m",
    "0b1",
    "1e",
    "08",
    "9223372036854775808",
];
const DURATIONS: [&str; 14] =
    ["5m", "1h30m", "1d", "300", "1ms", "1y2w", "0s", "90s", "5", "1m1h", "-5m", "1.5m", "0x10", "1e2"];
const OPERATORS: [&str; 18] =
    ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless", "AND", "^"];
const AGGREGATORS: [&str; 14] = [
    "sum",
    "avg",
    "min",
    "max",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "quantile",
    "count_values",
    "limitk",
    "SUM",
];
const FUNCTIONS: [&str; 14] = [
    "rate",
    "abs",
    "vector",
    "time",
    "histogram_quantile",
    "label_replace",
    "hour",
    "round",
    "scalar",
    "absent",
    "clamp",
    "sort_by_label",
    "label_join",
    "quantile_over_time",
];
/// What is put in where it does not belong.
const LITTER: [&str; 24] = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "=",
    "=~",
    "@",
    "offset ",
    "bool ",
    "by (a)",
    "on (a)",
    "group_left ",
    "-",
    "\"",
    "#",
    " ",
    "5m",
    "ignoring (a)",
    "$x",
    "x",
];

/// Writes texts.
pub(crate) struct Scribbler<'r> {
    pub rng: &'r mut StdRng,
}

impl Scribbler<'_> {
    /// A query, or something that was one before it was spoilt.
    pub(crate) fn text(&mut self) -> String {
        let depth = self.rng.random_range(0..4);
        let mut text = self.expression(depth);
        for _ in 0..*[0, 0, 0, 1, 1, 2, 4].choose(self.rng).expect("some") {
            text = self.spoilt(&text);
        }
        text
    }

    fn expression(&mut self, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.operand() };
        match self.rng.random_range(0..12) {
            0..5 => {
                let [left, right] = [self.expression(depth), self.expression(depth)];
                format!("{left} {}{} {right}", self.pick(&OPERATORS), self.modifier())
            }
            5 => format!("{}{}", self.pick(&["-", "+", "- ", "--", "-+"]), self.expression(depth)),
            6 => format!("({})", self.expression(depth)),
            7 => {
                let (inner, range) = (self.expression(depth), self.pick(&DURATIONS));
                let step = self.pick(&["", "1m", "30s", "15", "0s"]);
                format!("({inner})[{range}:{step}]{}", self.shift())
            }
            8 | 9 => self.aggregation(depth),
            _ => {
                let arguments: Vec<String> = (0..self.rng.random_range(0..4)).map(|_| self.argument(depth)).collect();
                format!("{}({})", self.pick(&FUNCTIONS), arguments.join(", "))
            }
        }
    }

    fn argument(&mut self, depth: usize) -> String {
        match self.rng.random_range(0..4) {
            0 => format!("up[{}]", self.pick(&DURATIONS)),
            1 => self.pick(&TEXTS).to_owned(),
            _ => self.expression(depth),
        }
    }

    fn aggregation(&mut self, depth: usize) -> String {
        let operator = self.pick(&AGGREGATORS);
        let parameter = match operator {
            "topk" | "bottomk" | "quantile" | "limitk" => "1, ",
            "count_values" => "\"x\", ",
            _ => "",
        };
        let inner = self.expression(depth);
        let grouping = format!("{} {}", self.pick(&["by", "without", "BY"]), self.keys());
        match self.rng.random_range(0..3) {
            0 => format!("{operator}({parameter}{inner})"),
            1 => format!("{operator} {grouping} ({parameter}{inner})"),
            _ => format!("{operator}({parameter}{inner}) {grouping}"),
        }
    }

    fn operand(&mut self) -> String {
        match self.rng.random_range(0..8) {
            0 => self.pick(&NUMBERS).to_owned(),
            1 => self.pick(&TEXTS).to_owned(),
            2 => format!("{}[{}]{}", self.selector(), self.pick(&DURATIONS), self.shift()),
            _ => format!("{}{}", self.selector(), self.shift()),
        }
    }

    fn selector(&mut self) -> String {
        let matchers: Vec<String> = (0..self.rng.random_range(0..3)).map(|_| self.matcher()).collect();
        let comma = self.pick(&["", "", ","]);
        let matchers = matchers.join(", ");
        match self.rng.random_range(0..4) {
            0 => self.pick(&NAMES).to_owned(),
            1 => format!("{{{matchers}{comma}}}"),
            2 => format!("{{{}, {matchers}}}", self.pick(&TEXTS)),
            _ => format!("{}{{{matchers}{comma}}}", self.pick(&NAMES)),
        }
    }

    fn matcher(&mut self) -> String {
        format!("{}{}{}", self.pick(&KEYS), self.pick(&["=", "!=", "=~", "!~"]), self.pick(&TEXTS))
    }

    fn shift(&mut self) -> String {
        let offset = format!(" offset {}", self.pick(&DURATIONS));
        let at = format!(" @ {}", self.pick(&["1", "1.5", "start()", "end()", "-1", "Inf", "1e9", "0x10", "5m"]));
        match self.rng.random_range(0..12) {
            0 => offset,
            1 => at,
            2 => offset + &at,
            3 => at + &offset,
            _ => String::new(),
        }
    }

    fn modifier(&mut self) -> String {
        let mut modifier = String::new();
        if self.rng.random_bool(0.2) {
            modifier += " bool";
        }
        if self.rng.random_bool(0.35) {
            modifier += &format!(" {} {}", self.pick(&["on", "ignoring", "ON"]), self.keys());
            if self.rng.random_bool(0.4) {
                let keys = if self.rng.random_bool(0.5) { self.keys() } else { String::new() };
                modifier += &format!(" {}{keys}", self.pick(&["group_left", "group_right", "group_left "]));
            }
        }
        modifier
    }

    fn keys(&mut self) -> String {
        let keys: Vec<&str> = (0..self.rng.random_range(0..3)).map(|_| self.pick(&KEYS)).collect();
        format!("({}{})", keys.join(", "), self.pick(&["", "", "", ","]))
    }

    /// The text with a letter or a word dropped, doubled, put in or moved.
    fn spoilt(&mut self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let at = self.rng.random_range(0..=letters.len());
        let (before, after) = letters.split_at(at);
        let [before, after]: [String; 2] = [before.iter().collect(), after.iter().collect()];
        match self.rng.random_range(0..5) {
            0 => before + after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default(),
            1 => format!("{before}{}{after}", self.pick(&LITTER)),
            2 => format!("{before} # {}\n{after}", self.pick(&["c", "(", "\""])),
            3 => {
                let mut words: Vec<&str> = text.split(' ').collect();
                words.swap_remove(self.rng.random_range(0..words.len()));
                words.join(" ")
            }
            _ => text.to_uppercase(),
        }
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(self.rng).expect("something to pick from")
    }
}
