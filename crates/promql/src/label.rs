//! Labels in queries: keys to group by, and conditions on values. Which labels a query's series carry is part of its type.

use std::{borrow::Cow, fmt, marker::PhantomData};

use signals::{Carries, LabelKey, at};

/// A label's key. OpenTelemetry writes dots, Prometheus underscores: `http.route` becomes `http_route`.
pub struct Key<K>(PhantomData<fn() -> K>);

impl<K> Clone for Key<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Key<K> {}

impl<K: LabelKey> Default for Key<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: LabelKey> Key<K> {
    /// The key of a signal's label, as its declaration spells it.
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The key as Prometheus writes it.
    pub fn name(self) -> String {
        LabelName::of(K::KEY).to_string()
    }

    /// The label has this value.
    pub fn is(self, value: &str) -> Matcher<K> {
        self.matching("=", value.to_owned())
    }

    /// The label has another value, or is not there.
    pub fn is_not(self, value: &str) -> Matcher<K> {
        self.matching("!=", value.to_owned())
    }

    /// The whole value matches one of these patterns (RE2), such as `5..`.
    pub fn any_of<'a>(self, patterns: impl IntoIterator<Item = &'a str>) -> Matcher<K> {
        self.matching("=~", patterns.into_iter().collect::<Vec<_>>().join("|"))
    }

    /// The whole value matches none of these patterns (RE2), or the label is not there.
    pub fn none_of<'a>(self, patterns: impl IntoIterator<Item = &'a str>) -> Matcher<K> {
        self.matching("!~", patterns.into_iter().collect::<Vec<_>>().join("|"))
    }

    fn matching(self, operator: &'static str, value: String) -> Matcher<K> {
        Matcher { condition: LabelCondition { name: LabelName::of(K::KEY), operator, value }, key: self }
    }
}

impl<K: LabelKey> fmt::Display for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LabelName::of(K::KEY).fmt(f)
    }
}

impl<K: LabelKey> fmt::Debug for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LabelName::of(K::KEY).fmt(f)
    }
}

/// A condition on the label `K`.
#[derive(Clone)]
pub struct Matcher<K> {
    condition: LabelCondition,
    key: Key<K>,
}

impl<K> Matcher<K> {
    /// The label that it is about.
    pub const fn key(&self) -> Key<K> {
        self.key
    }
}

impl<K> fmt::Display for Matcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

impl<K> fmt::Debug for Matcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

/// A label's key as data, in its declaration's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelName(Cow<'static, str>);

impl LabelName {
    /// Bucket bounds; only where a histogram's buckets are read.
    pub(crate) const LE: Self = Self::of("le");

    const fn of(key: &'static str) -> Self {
        Self(Cow::Borrowed(key))
    }
}

impl fmt::Display for LabelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('.', "_"))
    }
}

/// A bucket's bound as Prometheus 3 stores it after a scrape: with a decimal point, or with an exponent of two digits where Go would
/// write one (below 0.0001 and from a million; format `g` of <https://pkg.go.dev/strconv#FormatFloat>).
pub(crate) fn written_bound(bound: f64) -> String {
    if bound.is_infinite() {
        return if bound > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let scientific = format!("{bound:e}");
    match scientific.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
        Some((digits, Ok(exponent))) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{bound:?}"),
    }
}

/// A condition on a label, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelCondition {
    name: LabelName,
    operator: &'static str,
    value: String,
}

impl LabelCondition {
    /// The bucket that ends here.
    pub(crate) fn bucket(bound: f64) -> Self {
        Self { name: LabelName::LE, operator: "=", value: written_bound(bound) }
    }

    /// The whole value matches the pattern.
    pub(crate) fn pattern(key: &str, pattern: &str) -> Self {
        Self { name: LabelName(key.to_owned().into()), operator: "=~", value: pattern.to_owned() }
    }
}

impl fmt::Display for LabelCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "{}{}\"{value}\"", self.name, self.operator)
    }
}

/// A label that the scrape gives to every series of a target; [`target_labels!`](crate::target_labels) declares it.
pub trait TargetLabel: LabelKey {}

/// Declares labels that the scrape gives to every series of a target, each a type.
#[macro_export]
macro_rules! target_labels {
    ($($(#[$meta:meta])* $vis:vis $Name:ident = $key:literal;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $Name;

        impl $crate::LabelKey for $Name {
            const KEY: &'static str = $key;
        }
        impl $crate::TargetLabel for $Name {}
    )+ };
}

/// The labels of series as they are scraped: the signal's own and those of its target.
#[derive(Clone, Copy, Debug)]
pub struct Scraped<L>(PhantomData<L>);

/// Where a label of scraped series comes from: for the compiler only.
#[derive(Clone, Copy, Debug)]
pub struct OfTarget;

impl<L, K: TargetLabel> Carries<K, OfTarget> for Scraped<L> {}
impl<L: Carries<K, At>, K, At> Carries<K, at::First<At>> for Scraped<L> {}

/// The labels that an aggregation kept, as a tuple of their types.
#[derive(Clone, Copy, Debug)]
pub struct By<Keys>(PhantomData<Keys>);

/// A place in a tuple: for the compiler only.
#[derive(Clone, Copy, Debug)]
pub struct Position<const N: usize>;

/// Labels to group the series of `L` by: one [`Key`] or a tuple of them. `At` says where they stand; the compiler finds it.
pub trait Grouping<L, At> {
    /// Their types, as a tuple.
    type Keys;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only the builder calls it")]
    fn names(&self) -> Vec<LabelName>;
}

/// Conditions on labels of `L`, all of which must hold: one [`Matcher`] or a tuple of them.
pub trait Matching<L, At> {
    /// The types of the labels, as a tuple.
    type Keys;

    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only the builder calls it")]
    fn conditions(&self) -> Vec<LabelCondition>;
}

/// Everything together, as one group.
#[expect(private_interfaces, reason = "only the builder calls it")]
impl<L> Grouping<L, ()> for () {
    type Keys = ();

    fn names(&self) -> Vec<LabelName> {
        Vec::new()
    }
}

#[expect(private_interfaces, reason = "only the builder calls it")]
impl<L: Carries<K, At>, K: LabelKey, At> Grouping<L, At> for Key<K> {
    type Keys = (K,);

    fn names(&self) -> Vec<LabelName> {
        vec![LabelName::of(K::KEY)]
    }
}

#[expect(private_interfaces, reason = "only the builder calls it")]
impl<L: Carries<K, At>, K, At> Matching<L, At> for Matcher<K> {
    type Keys = (K,);

    fn conditions(&self) -> Vec<LabelCondition> {
        vec![self.condition.clone()]
    }
}

macro_rules! tuples {
    ($(($($K:ident $At:ident $n:tt),+))+) => { $(
        #[expect(private_interfaces, reason = "only the builder calls it")]
        impl<L, $($K, $At),+> Grouping<L, ($($At,)+)> for ($(Key<$K>,)+)
        where
            $(L: Carries<$K, $At>, $K: LabelKey),+
        {
            type Keys = ($($K,)+);

            fn names(&self) -> Vec<LabelName> {
                vec![$(LabelName::of($K::KEY)),+]
            }
        }

        #[expect(private_interfaces, reason = "only the builder calls it")]
        impl<L, $($K, $At),+> Matching<L, ($($At,)+)> for ($(Matcher<$K>,)+)
        where
            $(L: Carries<$K, $At>),+
        {
            type Keys = ($($K,)+);

            fn conditions(&self) -> Vec<LabelCondition> {
                vec![$(self.$n.condition.clone()),+]
            }
        }
    )+ };
}

tuples! {
    (A P 0, B Q 1)
    (A P 0, B Q 1, C R 2)
    (A P 0, B Q 1, C R 2, D S 3)
    (A P 0, B Q 1, C R 2, D S 3, E T 4)
    (A P 0, B Q 1, C R 2, D S 3, E T 4, F U 5)
}

macro_rules! carried {
    ($(($($K:ident),+) $Carried:ident $n:literal)+) => { $(
        impl<$($K),+> Carries<$Carried, Position<$n>> for By<($($K,)+)> {}
    )+ };
}

carried! {
    (A) A 0
    (A, B) A 0  (A, B) B 1
    (A, B, C) A 0  (A, B, C) B 1  (A, B, C) C 2
    (A, B, C, D) A 0  (A, B, C, D) B 1  (A, B, C, D) C 2  (A, B, C, D) D 3
    (A, B, C, D, E) A 0  (A, B, C, D, E) B 1  (A, B, C, D, E) C 2  (A, B, C, D, E) D 3  (A, B, C, D, E) E 4
    (A, B, C, D, E, F) A 0  (A, B, C, D, E, F) B 1  (A, B, C, D, E, F) C 2  (A, B, C, D, E, F) D 3  (A, B, C, D, E, F) E 4  (A, B, C, D, E, F) F 5
    (A, B, C, D, E, F, G) A 0  (A, B, C, D, E, F, G) B 1  (A, B, C, D, E, F, G) C 2  (A, B, C, D, E, F, G) D 3
    (A, B, C, D, E, F, G) E 4  (A, B, C, D, E, F, G) F 5  (A, B, C, D, E, F, G) G 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_written_as_prometheus_stores_it() {
        let bounds = [0.00001, 0.0001, 0.25, 1.0, 100_000.0, 1e6, 1_234_567.0, f64::INFINITY];
        let written = bounds.map(written_bound);
        assert_eq!(written, ["1e-05", "0.0001", "0.25", "1.0", "100000.0", "1e+06", "1.234567e+06", "+Inf"]);
    }
}
