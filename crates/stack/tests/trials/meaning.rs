//! Every rendered expression answers what it means, and slightly wrong ones do not.

use std::{collections::BTreeMap, time::Duration};

use monitoring::{
    Asked,
    trials::{AlertRule, Known, Meaning, Verdict, Wait, ask, each, waits},
};
use promql::Checker;
use shop_monitoring::{Place, definitions, symbols};

use crate::{promtool, shop::rules};

#[test]
fn every_expression_of_the_shop_answers_what_it_means() {
    let definitions = definitions(&Place::local());
    let symbols = definitions.symbols(&symbols());
    let asked = definitions.asked(&symbols);
    assert!(asked.len() > 100, "only {} expressions were found", asked.len());
    let chosen =
        |asked: &Asked| asked.choices().into_iter().map(|choice| asked.as_asked(&asked.query, choice)).collect();
    let texts: Vec<String> = asked.iter().flat_map(|asked| -> Vec<String> { chosen(asked) }).collect();
    let known = Known::of(&Checker::new(&symbols), texts.iter().map(String::as_str));
    let folder = tempfile::tempdir().expect("a folder");
    let places: Vec<usize> = (0..texts.len()).collect();
    let wrong = each(&places, |place| {
        let text = &texts[*place];
        let meaning = Meaning::of(text, &known).map_err(|error| error.to_string())?;
        let verdicts = ask(&promtool(), folder.path(), &place.to_string(), &meaning, &[text]);
        match verdicts.map_err(|error| error.to_string())? {
            verdicts if verdicts == [Verdict::Same] => Ok(()),
            verdicts => Err(format!("{verdicts:?}: {text}")),
        }
    });
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_alert_of_the_shop_waits_as_long_as_it_is_meant_to() {
    let rules = rules();
    let meant: BTreeMap<&str, Duration> =
        definitions(&Place::local()).each_alert().map(|alert| (alert.name, alert.held)).collect();
    let wait = |rule: &AlertRule| Wait { held: rule.held, meant: meant[rule.name.as_str()] };
    let asked: Vec<Wait> = rules.alerts().iter().map(wait).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let waits = |asked: &[Wait]| waits(&promtool(), folder.path(), asked).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(waits(&asked), vec![true; meant.len()]);
    let minutes = Duration::from_mins;
    for (held, is_right) in [(minutes(5), true), (minutes(4), false), (minutes(6), false), (minutes(0), false)] {
        assert_eq!(waits(&[Wait { held, meant: minutes(5) }]), [is_right], "{held:?}");
    }
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
        assert!(matches!(verdict, Verdict::Differs(..)), "{verdict}: {text}");
    }
}
