//! Which of the names that were seen somebody certainly meant, when others may exist that were not.

/// In shorter names another letter mostly makes another word: `code` is no slip of `node`.
const SHORTEST: usize = 5;
/// `state` is no slip of `stage`: a letter in place of another is one only in longer words.
const SHORTEST_REPLACED: usize = 6;

/// The candidate that `name`, which is none of them, is certainly a slip of: one letter of one word too many, too few or in the wrong
/// place, in a longer word also a wrong one, or nothing but capitals instead of small letters. Names that differ in a digit are different
/// things, and so are those that differ in a whole word, such as `reads` and `writes`.
pub fn slip<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().find(|candidate| *candidate != name && is_slip(name, candidate))
}

fn is_slip(name: &str, meant: &str) -> bool {
    if name.eq_ignore_ascii_case(meant) {
        return true;
    }
    let separators = |letter: char| !letter.is_alphanumeric();
    let mut words = name.split(separators).zip(meant.split(separators)).filter(|(word, meant)| word != meant);
    let has_as_many = name.split(separators).count() == meant.split(separators).count();
    let only = words.next().filter(|_| has_as_many && words.next().is_none());
    only.is_some_and(|(word, meant)| is_one_letter_off(word, meant))
}

/// Whether a letter is added, dropped, replaced or two neighbours have changed places.
fn is_one_letter_off(word: &str, meant: &str) -> bool {
    let (word, meant): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    if word.len().max(meant.len()) < SHORTEST {
        return false;
    }
    let start = word.iter().zip(&meant).take_while(|(left, right)| left == right).count();
    let (word, meant) = (&word[start..], &meant[start..]);
    let end = word.iter().rev().zip(meant.iter().rev()).take_while(|(left, right)| left == right).count();
    let length = start + word.len().max(meant.len());
    let (word, meant) = (&word[..word.len() - end], &meant[..meant.len() - end]);
    if word.iter().chain(meant).any(char::is_ascii_digit) {
        return false;
    }
    match (word, meant) {
        ([_], []) | ([], [_]) => true,
        ([_], [_]) => length >= SHORTEST_REPLACED,
        ([first, second], [left, right]) => first == right && second == left,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, seen: &[&str], meant: Option<&str>) {
        assert_eq!(slip(name, seen.iter().copied()), meant, "{name}");
    }

    #[test]
    fn one_letter_off_is_a_slip() {
        check("http_request_total", &["http_requests_total"], Some("http_requests_total"));
        check("http_reqeusts_total", &["http_requests_total"], Some("http_requests_total"));
        check("node_cpu_secnds_total", &["node_cpu_seconds_total"], Some("node_cpu_seconds_total"));
        check("node_memory_memfree_bytes", &["node_memory_MemFree_bytes"], Some("node_memory_MemFree_bytes"));
        check("instnce", &["instance"], Some("instance"));
        check("nethod", &["method"], Some("method"));
    }

    #[test]
    fn another_word_is_another_thing() {
        check("node_disk_reads_completed_total", &["node_disk_reads_merged_total"], None);
        check("node_sockstat_UDP_inuse", &["node_sockstat_TCP_inuse"], None);
        check("node_load5", &["node_load1"], None);
        check("node_netstat_Tcp6_inuse", &["node_netstat_Tcp_inuse"], None);
        check("go_memstats_alloc_bytes", &["go_memstats_alloc_bytes_total"], None);
        check("stage", &["state"], None);
        check("node", &["code", "mode"], None);
        check("state", &["state"], None);
    }

    #[test]
    fn words_of_any_letters_are_compared() {
        check("größen_total", &["größe_total"], Some("größe_total"));
        check("", &["a"], None);
        check("___", &["a_b_c"], None);
    }
}
