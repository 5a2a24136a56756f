//! Many elements made one, by the labels that are kept.

use std::collections::BTreeMap;

use promql::syntax::{Aggregate, Aggregator, LabelModifier};

use super::{super::Error, Element, Evaluation, Vector};

impl Evaluation<'_> {
    pub(super) fn aggregate(&self, aggregate: &Aggregate, at: f64) -> Result<Vector, Error> {
        let mut groups: BTreeMap<Element, Vector> = BTreeMap::new();
        for (labels, value) in self.vector(&aggregate.expr, at)? {
            groups.entry(grouped(&labels, aggregate.modifier.as_ref())).or_default().push((labels, value));
        }
        let param = aggregate.param.as_ref().map(|param| self.scalar(param, at)).transpose()?;
        let mut vector = Vec::new();
        for (labels, members) in groups {
            let values: Vec<f64> = members.iter().map(|(_, value)| *value).collect();
            let value = match aggregate.op {
                Aggregator::Sum => values.iter().sum(),
                Aggregator::Avg => values.iter().sum::<f64>() / values.len() as f64,
                Aggregator::Min => lowest(&values),
                Aggregator::Max => highest(&values),
                Aggregator::Count => values.len() as f64,
                Aggregator::Group => 1.0,
                Aggregator::Quantile => quantile(param.unwrap_or_default(), values),
                Aggregator::Topk | Aggregator::Bottomk => {
                    let mut members = members;
                    members.sort_by(|(_, left), (_, right)| left.total_cmp(right));
                    if aggregate.op == Aggregator::Topk {
                        members.reverse();
                    }
                    members.truncate(param.unwrap_or_default() as usize);
                    vector.extend(members);
                    continue;
                }
                _ => {
                    let why = format!("the aggregation {} is not known", aggregate.op);
                    return Err(self.cannot(aggregate.place.0, &why));
                }
            };
            vector.push((labels, value));
        }
        Ok(vector)
    }
}

pub(super) fn grouped(labels: &Element, modifier: Option<&LabelModifier>) -> Element {
    match modifier {
        None => Element::new(),
        Some(LabelModifier::Include(keys)) => {
            labels.iter().filter(|(key, _)| keys.labels.contains(key)).map(owned).collect()
        }
        Some(LabelModifier::Exclude(keys)) => {
            labels.iter().filter(|(key, _)| !keys.labels.contains(key)).map(owned).collect()
        }
    }
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

/// Of what is no number, a number is both lower and higher.
fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::min)
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

pub(super) fn quantile(phi: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = phi * (values.len() as f64 - 1.0);
    let (low, high) = (rank.floor().max(0.0) as usize, rank.ceil().max(0.0) as usize);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * rank.fract(),
        _ => f64::NAN,
    }
}
