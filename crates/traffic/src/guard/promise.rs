//! Within which time a guard stops a run after errors begin: what lies between an error and the poll that sees it.

use std::{collections::BTreeMap, time::Duration};

use promql::syntax::{Expr, Offset, parse};

use crate::prometheus::RuleGroup;

/// Rules that read one another are followed so far; more is a circle.
const DEEPEST: usize = 20;

/// How Prometheus is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    pub scrape: Duration,
    /// What is recorded under a name: how often, and from which query.
    rules: BTreeMap<String, Vec<(Duration, String)>>,
}

/// What the time is made of: until the errors are scraped, recorded, and fill all that the query looks back on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delay {
    pub scrape: Duration,
    pub rules: Duration,
    /// Ranges and offsets.
    pub window: Duration,
}

impl Delay {
    pub(super) fn sum(self) -> Duration {
        self.scrape.saturating_add(self.rules).saturating_add(self.window)
    }
}

impl Pace {
    pub(super) fn new(scrape: Duration, groups: Vec<RuleGroup>) -> Self {
        let mut rules: BTreeMap<String, Vec<(Duration, String)>> = BTreeMap::new();
        for RuleGroup { interval, rules: recorded } in groups {
            let interval = Duration::try_from_secs_f64(interval).unwrap_or(Duration::ZERO);
            for rule in recorded {
                rules.entry(rule.name).or_default().push((interval, rule.query));
            }
        }
        Self { scrape, rules }
    }

    /// The longest way from an error to a query's value.
    pub(super) fn delay(&self, expr: &Expr) -> Delay {
        self.within(expr, 0)
    }

    fn within(&self, expr: &Expr, depth: usize) -> Delay {
        let (mut delay, back) = match expr {
            Expr::VectorSelector(selector) => {
                (self.behind(selector.name.as_deref(), depth), offset(selector.shift.offset))
            }
            Expr::MatrixSelector(matrix) => {
                let back = offset(matrix.vs.shift.offset) + matrix.range.unwrap_or_default();
                (self.behind(matrix.vs.name.as_deref(), depth), back)
            }
            Expr::Subquery(subquery) => {
                let back = offset(subquery.shift.offset) + subquery.range.unwrap_or_default();
                (self.within(&subquery.expr, depth), back)
            }
            _ => {
                let parts = expr.parts().into_iter().map(|part| self.within(part, depth));
                (parts.max_by_key(|delay| delay.sum()).unwrap_or_default(), Duration::ZERO)
            }
        };
        delay.window = delay.window.saturating_add(back);
        delay
    }

    /// Until a metric of this name tells: when it is scraped or, if it is recorded, when its rule has been worked out.
    fn behind(&self, name: Option<&str>, depth: usize) -> Delay {
        let scraped = Delay { scrape: self.scrape, ..Delay::default() };
        let Some(rules) = name.and_then(|name| self.rules.get(name)).filter(|_| depth < DEEPEST) else {
            return scraped;
        };
        let recorded = rules.iter().map(|(interval, query)| {
            let mut delay = parse(query).map_or(scraped, |expr| self.within(&expr, depth + 1));
            delay.rules = delay.rules.saturating_add(*interval);
            delay
        });
        recorded.max_by_key(|delay| delay.sum()).unwrap_or(scraped)
    }
}

fn offset(offset: Offset) -> Duration {
    match offset {
        Offset::Fixed(milliseconds) => Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)),
        Offset::Computed => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::RecordingRule;

    #[track_caller]
    fn check(query: &str, scrape: u64, rules: u64, window: u64) {
        let rule = |name: &str, query: &str| RecordingRule { name: name.to_owned(), query: query.to_owned() };
        let groups = vec![
            RuleGroup { interval: 30.0, rules: vec![rule("api:error_rate", "sum(rate(e[5m])) / sum(rate(a[5m]))")] },
            RuleGroup { interval: 60.0, rules: vec![rule("api:worst", "max_over_time(api:error_rate[10m])")] },
            RuleGroup { interval: 15.0, rules: vec![rule("circle", "circle")] },
        ];
        let pace = Pace::new(Duration::from_secs(5), groups);
        let delay = pace.delay(&parse(query).expect("a query"));
        let seconds = |time: Duration| time.as_secs();
        assert_eq!((seconds(delay.scrape), seconds(delay.rules), seconds(delay.window)), (scrape, rules, window));
    }

    #[test]
    fn a_query_waits_for_its_scrape_its_rules_and_its_windows() {
        check("up", 5, 0, 0);
        check("sum(rate(e[2m])) / sum(rate(a[1m]))", 5, 0, 120);
        check("api:error_rate", 5, 30, 300);
        check("api:worst", 5, 90, 900);
        check("up or api:error_rate offset 1m", 5, 30, 360);
        check("max_over_time(rate(e[1m])[3m:10s])", 5, 0, 240);
        check("up offset -1m", 5, 0, 0);
    }

    #[test]
    fn a_circle_of_rules_comes_to_an_end() {
        check("circle", 5, 15 * DEEPEST as u64, 0);
    }
}
