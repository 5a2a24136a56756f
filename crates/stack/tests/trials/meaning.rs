//! Every rendered expression answers what it means, and slightly wrong ones do not.

use monitoring::trials::{Known, Meaning, Verdict, ask, each};
use promql::Checker;
use shop_monitoring::{Place, definitions, symbols};

use crate::promtool;

#[test]
fn every_expression_of_the_shop_answers_what_it_means() {
    let definitions = definitions(&Place::local());
    let symbols = definitions.symbols(&symbols());
    let texts: Vec<String> = definitions.asked(&symbols).iter().map(|asked| asked.as_asked(&asked.query)).collect();
    assert!(texts.len() > 100, "only {} expressions were found", texts.len());
    let known = Known::of(&Checker::new(&symbols), texts.iter().map(String::as_str));
    let folder = tempfile::tempdir().expect("a folder");
    let places: Vec<usize> = (0..texts.len()).collect();
    let wrong = each(&places, |place| {
        let text = &texts[*place];
        let meaning = Meaning::of(text, &known).map_err(|error| error.to_string())?;
        match ask(&promtool(), folder.path(), &place.to_string(), &meaning, &[text])
            .map_err(|error| error.to_string())?
        {
            verdicts if verdicts == [Verdict::Same] => Ok(()),
            verdicts => Err(format!("{verdicts:?}: {text}")),
        }
    });
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One of each way of being wrong that values can tell.
#[test]
fn an_expression_that_is_slightly_wrong_answers_something_else() {
    let right = r#"sum by (service) (rate(requests_count{code=~"5..|_OTHER"}[5m])) / sum by (service) (rate(requests_count[5m])) or 0 * sum by (service) (rate(requests_count[5m]))"#;
    let meaning = Meaning::of(right, &Known::default()).unwrap_or_else(|error| panic!("{error}"));
    let wrong: Vec<String> = [
        ("by (service)", "by (code)"),
        ("by (service) (rate(requests_count[", "by (service, copy) (rate(requests_count["),
        (r#"{code=~"5..|_OTHER"}"#, ""),
        ("|_OTHER", ""),
        ("5..", "5."),
        ("[5m])) /", "[6m])) /"),
        ("[5m])) or", "[5m] offset 1m)) or"),
        ("rate(requests_count[5m])) or", "increase(requests_count[5m])) or"),
        ("/ sum", "/ avg"),
        ("or 0 *", "and 0 *"),
        ("0 *", "1 *"),
    ]
    .into_iter()
    .map(|(part, instead)| {
        assert!(right.contains(part), "{part} is no part of it");
        right.replacen(part, instead, 1)
    })
    .collect();
    let texts: Vec<&str> = [right].into_iter().chain(wrong.iter().map(String::as_str)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let verdicts = ask(&promtool(), folder.path(), "wrong", &meaning, &texts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(verdicts[0], Verdict::Same);
    for (verdict, text) in verdicts.iter().zip(&texts).skip(1) {
        assert!(matches!(verdict, Verdict::Differs(_)), "{verdict}: {text}");
    }
}
