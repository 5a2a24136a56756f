//! Labels: every set of them is finite, given by its type, and a point of it is a small integer.

use std::borrow::Cow;

use crate::Service;

/// One key with its value, as OpenTelemetry writes them (dots in keys; Prometheus sees underscores).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    pub key: &'static str,
    pub value: Cow<'static, str>,
}

impl Label {
    pub fn new(key: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { key, value: value.into() }
    }

    /// The key as Prometheus writes it: `http.route` becomes `http_route`.
    pub fn prometheus_key(&self) -> String {
        prometheus_label(self.key)
    }
}

pub(crate) fn prometheus_label(key: &str) -> String {
    key.replace('.', "_")
}

/// A label's key as a type, so that what a query groups by and matches on is known while compiling.
pub trait LabelKey: 'static {
    /// The key, with dots.
    const KEY: &'static str;
}

/// Series of this label set carry the label `K`. `At` says where in the set it stands; the compiler finds it.
#[diagnostic::on_unimplemented(
    message = "series of `{Self}` have no label `{K}`",
    note = "a query can only match on and group by labels that its series carry"
)]
pub trait Carries<K, At> {}

/// Where a label stands in its set: for the compiler only.
pub mod at {
    use std::marker::PhantomData;

    /// It is the set, or one of a declared list.
    pub struct Here;
    /// In the first part of a product.
    pub struct First<At>(PhantomData<At>);
    /// In the second part of a product.
    pub struct Second<At>(PhantomData<At>);
}

impl<A: Carries<K, At>, B, K, At> Carries<K, at::First<At>> for (A, B) {}
impl<A, B: Carries<K, At>, K, At> Carries<K, at::Second<At>> for (A, B) {}

/// The labels of one series.
pub type Point = Vec<Label>;

/// A way to label a signal: a finite list of points, fixed before anything is recorded.
///
/// Three kinds of it exist. *Closed*: an enum made by [`labels!`](crate::labels) holds the key and the values. *Of the service*:
/// the key stands here, the values in the service's row. *A sum*: a type that lists exactly the combinations that can happen, such
/// as [`http::ServerRequest`](crate::http::ServerRequest). Tuples are products. What cannot be listed is no label set: see
/// [`Bounded`](crate::Bounded).
pub trait LabelSet: Copy + Send + Sync + 'static {
    /// Whether a point has any label at all.
    const HAS_LABELS: bool = true;

    /// The keys that its points use, in order.
    fn keys() -> Vec<&'static str>;

    /// Every point that can be reached in this service, in the order of [`LabelSet::index`].
    fn points(service: &Service) -> Vec<Point>;

    /// How many points there are.
    fn count(service: &Service) -> usize {
        Self::points(service).len()
    }

    /// Where this value stands among the points. A value that the service's row does not know lies past the end.
    fn index(self, service: &Service) -> usize;
}

impl LabelSet for () {
    const HAS_LABELS: bool = false;

    fn keys() -> Vec<&'static str> {
        Vec::new()
    }

    fn points(_: &Service) -> Vec<Point> {
        vec![Vec::new()]
    }

    fn count(_: &Service) -> usize {
        1
    }

    #[inline]
    fn index(self, _: &Service) -> usize {
        0
    }
}

impl<A: LabelSet, B: LabelSet> LabelSet for (A, B) {
    const HAS_LABELS: bool = A::HAS_LABELS || B::HAS_LABELS;

    fn keys() -> Vec<&'static str> {
        [A::keys(), B::keys()].concat()
    }

    fn points(service: &Service) -> Vec<Point> {
        let seconds = B::points(service);
        let with_each = |first: Point| seconds.iter().map(move |second| [first.clone(), second.clone()].concat());
        A::points(service).into_iter().flat_map(with_each).collect()
    }

    fn count(service: &Service) -> usize {
        A::count(service) * B::count(service)
    }

    #[inline]
    fn index(self, service: &Service) -> usize {
        let (width, second) = (B::count(service), self.1.index(service));
        // A second part that is unknown must not slide into the next row of the first.
        if second < width { self.0.index(service).saturating_mul(width).saturating_add(second) } else { usize::MAX }
    }
}
