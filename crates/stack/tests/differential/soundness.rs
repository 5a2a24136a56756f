//! Thousands of queries, each asked of the checker and of Prometheus.

use std::{
    collections::BTreeMap,
    env, fmt,
    io::{self, Write as _},
    time::Instant,
};

use futures_util::{StreamExt as _, stream};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    generate::Generator,
    judge::{Judge, Verdict},
    node::Node,
    prometheus::Prometheus,
    shrink::smaller,
    world::World,
};

/// How many queries are asked unless the environment says it.
const QUERIES: usize = 5_000;
/// What everything is made of unless the environment says it.
pub(crate) const SEED: u64 = 1;
/// So many queries are asked of a world.
const OF_A_WORLD: usize = 1_000;
/// So many queries are recorded in each.
const RECORDED: usize = 4;
/// So many queries are with Prometheus at a time.
const AT_A_TIME: usize = 4;
/// More contradictions than these are not told, but counted.
const MOST_TOLD: usize = 20;

/// A query that was made from a number.
struct Asked {
    number: usize,
    node: Node,
    at_ms: i64,
    verdict: Verdict,
}

/// A number from the environment.
pub(crate) fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    match env::var(name) {
        Err(_) => otherwise,
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text}, which is no number")),
    }
}

#[tokio::test]
async fn whatever_prometheus_answers_lies_within_what_is_inferred() {
    let (seed, queries) = (setting("DIFFERENTIAL_SEED", SEED), setting("DIFFERENTIAL_QUERIES", QUERIES));
    let begun = Instant::now();
    let prometheus = Prometheus::start().await;
    let (mut tally, mut told) = (Tally::default(), BTreeMap::new());
    let worlds = queries.div_ceil(OF_A_WORLD);
    for number in 0..worlds {
        let mut rng = StdRng::seed_from_u64(seed ^ (number as u64 + 1) << 40);
        let mut world = World::random(number, &mut rng);
        prometheus.write(&world.series).await;
        for _ in 0..RECORDED {
            let query = Generator::new(&world, &mut rng).recorded().to_string();
            world.record(&prometheus, &query).await;
        }
        let judge = Judge::new(&world, &prometheus);
        let numbers = (number..queries).step_by(worlds);
        let mut asked = stream::iter(numbers.map(|number| ask(&judge, seed, number))).buffer_unordered(AT_A_TIME);
        while let Some(asked) = asked.next().await {
            if asked.verdict.contradiction.is_some() && told.len() < MOST_TOLD {
                let (skeleton, text) = tell(&judge, &asked).await;
                told.entry(skeleton).or_insert(text);
            }
            tally.count(&asked.verdict);
        }
    }
    let _ = writeln!(io::stderr(), "seed {seed}: {tally}, {:.1} s", begun.elapsed().as_secs_f64());
    assert!(
        told.is_empty(),
        "{} contradictions with seed {seed}\n\n{}",
        tally.contradictions,
        told.into_values().collect::<Vec<_>>().join("\n\n")
    );
}

/// Makes the query of a number, always the same, and looks into it.
async fn ask(judge: &Judge<'_>, seed: u64, number: usize) -> Asked {
    let mut rng = StdRng::seed_from_u64(seed.rotate_left(32) ^ number as u64);
    let node = Generator::new(judge.world, &mut rng).query();
    let at_ms = judge.world.moment(&mut rng);
    let verdict = judge.judge(&node, at_ms).await;
    Asked { number, node, at_ms, verdict }
}

/// Cuts a query back while something still contradicts, and says all that one needs to look into it.
async fn tell(judge: &Judge<'_>, asked: &Asked) -> (String, String) {
    let mut node = asked.node.clone();
    let mut how = asked.verdict.contradiction.clone().unwrap_or_default();
    'smaller: loop {
        for candidate in smaller(&node) {
            if let Some(contradiction) = judge.judge(&candidate, asked.at_ms).await.contradiction {
                (node, how) = (candidate, contradiction);
                continue 'smaller;
            }
        }
        break;
    }
    let Asked { number, node: made, at_ms, .. } = asked;
    let text = format!("query {number} in {}, at {at_ms} ms: {made}\n  in short: {node}\n  {how}", judge.world.name);
    (node.skeleton(), text)
}

/// How often what happened.
#[derive(Default)]
struct Tally {
    queries: usize,
    contradictions: usize,
    how: BTreeMap<&'static str, usize>,
    claimed: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        self.queries += 1;
        self.contradictions += usize::from(verdict.contradiction.is_some());
        *self.how.entry(verdict.how).or_default() += 1;
        for code in &verdict.claimed {
            *self.claimed.entry(code).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} queries", self.queries)?;
        for (how, number) in &self.how {
            write!(f, ", {:.1} % {how}", 100.0 * *number as f64 / self.queries as f64)?;
        }
        let claimed: Vec<String> = self.claimed.iter().map(|(code, number)| format!("{number} {code}")).collect();
        write!(f, "; claims tried: {}; {} contradictions", claimed.join(", "), self.contradictions)
    }
}
