//! Texts in quotes, as Go reads them (<https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals>).

/// How many bytes a text in quotes takes, and what it says.
///
/// # Errors
/// After how many bytes it goes wrong, and how.
pub(super) fn leading(text: &str) -> Result<(usize, String), (usize, String)> {
    let quote = text.as_bytes()[0];
    if quote == b'`' {
        let end = text[1..].find('`').ok_or((text.len(), "the text is not closed".to_owned()))?;
        return Ok((end + 2, text[1..=end].to_owned()));
    }
    let (mut bytes, mut at) = (Vec::new(), 1);
    loop {
        let Some(&byte) = text.as_bytes().get(at) else { return Err((at, "the text is not closed".to_owned())) };
        match byte {
            b'\n' => return Err((at, "a text in quotes ends on its line; in backticks it may go on".to_owned())),
            b'\\' => at += escape(&text[at..], quote, &mut bytes).map_err(|reason| (at, reason))?,
            byte if byte == quote => return Ok((at + 1, String::from_utf8_lossy(&bytes).into_owned())),
            byte => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
}

/// How many bytes an escape takes. What it says is added.
fn escape(text: &str, quote: u8, bytes: &mut Vec<u8>) -> Result<usize, String> {
    let code = *text.as_bytes().get(1).ok_or("the text is not closed")?;
    let number = |digits: usize, radix: u32, from: usize| {
        let digits = text.get(from..from + digits).ok_or_else(|| "an escape is cut short".to_owned())?;
        u32::from_str_radix(digits, radix).map_err(|_| format!("`{digits}` is no number of an escape"))
    };
    let letter = |number: u32| char::from_u32(number).ok_or_else(|| format!("there is no letter {number:#x}"));
    let simple = match code {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        code if code == quote => quote,
        b'x' => u8::try_from(number(2, 16, 2)?).map_err(|error| error.to_string())?,
        b'0'..=b'7' => u8::try_from(number(3, 8, 1)?).map_err(|_| "an octal escape ends at \\377".to_owned())?,
        b'u' | b'U' => {
            let digits = if code == b'u' { 4 } else { 8 };
            let letter = letter(number(digits, 16, 2)?)?;
            bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            return Ok(2 + digits);
        }
        _ => {
            let code = text[1..].chars().next().unwrap_or_default();
            return Err(format!("`\\{code}` is no escape; in a pattern write `\\\\{code}`"));
        }
    };
    bytes.push(simple);
    Ok(match code {
        b'x' | b'0'..=b'7' => 4,
        _ => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(leading(text), Ok((text.len(), expect.to_owned())));
    }

    #[test]
    fn escapes_say_what_they_say_in_go() {
        check(r#""a\"b\\c""#, "a\"b\\c");
        check(r"'it\'s'", "it's");
        check(r"`\d+`", r"\d+");
        check(r#""\x41\101\u00e4\U0001F600\n""#, "AAä😀\n");
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        for (text, at) in [("\"abc", 4), (r#""\d""#, 1), ("\"a\nb\"", 2), (r#""\'""#, 1), ("`abc", 4), (r#""\u12"#, 1)]
        {
            assert_eq!(leading(text).map_err(|(at, _)| at), Err(at), "{text}");
        }
    }
}
