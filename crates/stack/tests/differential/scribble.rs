//! Texts at random that are queries, or nearly: what a parser is to take, and what it is to refuse.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

const NAMES: [&str; 12] =
    ["up", "a:b", "up", "x", "http_requests_total", "y", "le", "offset", "start", "And", "_x1", "sum"];
const KEYS: [&str; 10] = ["a", "le", "by", "\"größe\"", "'x.y'", "job", "b", "sum", "__name__", "\"a b\""];
const TEXTS: [&str; 14] = [
    r#""a""#,
    r#""b""#,
    r#""c""#,
    "'b'",
    r"`c\d`",
    r#""\"""#,
    r#""\n\x41\u00e9\101""#,
    r#""größe""#,
    "''",
    r#"".*""#,
    r#""a|b""#,
    r#""(""#,
    r#""[a-z]+""#,
    r#""1""#,
];
const PATTERNS: [&str; 24] = [
    r#""[a&&b]""#,
    r#""[[]""#,
    r#""a{2}""#,
    r#""a{,3}""#,
    r#""(?i)A""#,
    r#""\\d+""#,
    r#""a**""#,
    r#""[^]]""#,
    r#""(?P<n>a)""#,
    r#""[[:alpha:]]""#,
    r#""(?=a)""#,
    r#""a\\z""#,
    r#""[b-a]""#,
    r#""{""#,
    r#""{id}""#,
    r#""a{2,1}""#,
    r#""(?<n>a)""#,
    r#""[]""#,
    r#""\\pL""#,
    r#""\\_""#,
    r#""a|*""#,
    r#""(a|b)+?""#,
    r#""[a-\\d]""#,
    r#""a{1001}""#,
];
const NUMBERS: [&str; 12] = ["0", "1", "2", "1.5", ".5", "5.", "1e3", "1E-3", "0x1F", "Inf", "NaN", "5m"];
const ODD_NUMBERS: [&str; 12] =
    ["017", "inf", "nan", "1_000", "1h30m", "0b1", "1e", "08", "9223372036854775808", "1__0", "0x", "+Inf"];
const DURATIONS: [&str; 8] = ["5m", "1h30m", "1d", "300", "1ms", "1y2w", "90s", "1.5"];
const ODD_DURATIONS: [&str; 9] = ["0s", "1m1h", "-5m", "1.5m", "0x10", "1e2", "5m+1m", "(2*1m)", "5"];
const OPERATORS: [&str; 17] =
    ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "+", "*", "^", "-"];
const SETS: [&str; 5] = ["and", "or", "unless", "AND", "or"];
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
        for _ in 0..*[0, 0, 0, 0, 1, 1, 2].choose(self.rng).expect("some") {
            text = self.spoilt(&text);
        }
        text
    }

    /// What comes to a vector, or mostly so.
    fn expression(&mut self, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.operand() };
        match self.rng.random_range(0..16) {
            0..5 => {
                let [left, right] = [self.expression(depth), self.expression(depth)];
                format!("{left} {}{} {right}", self.pick(&OPERATORS), self.modifier(true))
            }
            5 | 6 => {
                let [left, right] = [self.expression(depth), self.expression(depth)];
                format!("{left} {}{} {right}", self.pick(&SETS), self.modifier(false))
            }
            7 => format!("{}{}", self.pick(&["-", "+", "- ", "--", "-+"]), self.expression(depth)),
            8 => format!("({})", self.expression(depth)),
            9 => format!("{} ^ {}", self.pick(&["-1", "2", "-x", "x"]), self.expression(depth)),
            10..13 => self.aggregation(depth),
            _ => self.call(depth),
        }
    }

    fn call(&mut self, depth: usize) -> String {
        let (vector, range, number) = (self.expression(depth), self.range(depth), self.number());
        match self.rng.random_range(0..12) {
            0 => format!("abs({vector})"),
            1 => format!("rate({range})"),
            2 => format!("quantile_over_time({number}, {range})"),
            3 => format!("histogram_quantile({number}, {vector})"),
            4 => {
                let texts: Vec<&str> = (0..4).map(|_| self.pick(&TEXTS)).collect();
                format!("label_replace({vector}, {})", texts.join(", "))
            }
            5 => format!("label_join({vector}, \"x\", \"\", \"a\")"),
            6 => format!("clamp({vector}, {number}, scalar({vector}))"),
            7 => format!("vector({number})"),
            8 => format!("hour({})", self.pick(&["", "up", "up,"])),
            9 => format!("round({vector}{})", self.pick(&["", ", 5", ",", ", 1, 2"])),
            10 => {
                format!("{}({vector})", self.pick(&["ABS", "absent", "sort_by_label", "rate", "holt_winters", "time"]))
            }
            _ => format!("time() {} {number}", self.pick(&OPERATORS[..6])),
        }
    }

    fn range(&mut self, depth: usize) -> String {
        if self.rng.random_bool(0.6) {
            return format!("{}[{}]{}", self.selector(), self.duration(), self.shift());
        }
        let (inner, step) = (self.expression(depth), self.pick(&["", "1m", "30s", "15", "0s"]));
        format!("({inner})[{}:{step}]{}", self.duration(), self.shift())
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
            0 | 1 => self.number(),
            2 if self.rng.random_bool(0.1) => self.pick(&TEXTS).to_owned(),
            2 if self.rng.random_bool(0.1) => self.range(0),
            _ => format!("{}{}", self.selector(), self.shift()),
        }
    }

    fn number(&mut self) -> String {
        if self.rng.random_bool(0.1) { self.pick(&ODD_NUMBERS) } else { self.pick(&NUMBERS) }.to_owned()
    }

    fn duration(&mut self) -> &'static str {
        if self.rng.random_bool(0.1) { self.pick(&ODD_DURATIONS) } else { self.pick(&DURATIONS) }
    }

    fn selector(&mut self) -> String {
        let matchers: Vec<String> = (0..self.rng.random_range(0..3)).map(|_| self.matcher()).collect();
        let comma = self.pick(&["", "", ","]);
        let matchers = matchers.join(", ");
        match self.rng.random_range(0..8) {
            0 => format!("{{{matchers}{comma}}}"),
            1 => format!("{{{}, {matchers}}}", self.pick(&TEXTS)),
            2..5 => self.pick(&NAMES[..7]).to_owned(),
            _ => format!("{}{{{matchers}{comma}}}", self.pick(&NAMES)),
        }
    }

    fn matcher(&mut self) -> String {
        let (key, operator) = (self.pick(&KEYS), self.pick(&["=", "!=", "=~", "!~"]));
        let value = if self.rng.random_bool(0.2) { self.pick(&PATTERNS) } else { self.pick(&TEXTS) };
        format!("{key}{operator}{value}")
    }

    fn shift(&mut self) -> String {
        let offset = format!(" offset {}", self.duration());
        let at = format!(" @ {}", self.pick(&["1", "1.5", "start()", "end()", "-1", "Inf", "1e9", "0x10", "5m"]));
        match self.rng.random_range(0..12) {
            0 => offset,
            1 => at,
            2 => offset + &at,
            3 => at + &offset,
            _ => String::new(),
        }
    }

    fn modifier(&mut self, may_be_bool: bool) -> String {
        let mut modifier = String::new();
        if may_be_bool && self.rng.random_bool(0.1) {
            modifier += " bool";
        }
        if self.rng.random_bool(0.25) {
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
        format!("({}{})", keys.join(", "), if keys.is_empty() { "" } else { self.pick(&["", "", "", ","]) })
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

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of.choose(self.rng).expect("something to pick from")
    }
}
