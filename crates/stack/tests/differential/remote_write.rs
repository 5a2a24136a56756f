//! Samples on their way into Prometheus by remote write, version 1, with whatever times and stale marks they have
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec/>).

use std::collections::BTreeMap;

/// What says that a series is no longer there (<https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers>).
pub(crate) const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// One series with all its samples.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Its labels, the name among them.
    pub labels: BTreeMap<String, String>,
    /// Milliseconds since 1970, growing, with the value then.
    pub samples: Vec<(i64, f64)>,
    /// Of a native histogram, what was measured until then; its samples are stale marks only.
    pub measured: Vec<(i64, Spread)>,
}

/// How measurements are spread over the buckets of a native histogram: up to 1, to 2, to 4 and so on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    pub sum: f64,
    pub buckets: Vec<u64>,
}

/// The body of a request that writes these series.
pub(crate) fn request(series: &[Series]) -> Vec<u8> {
    let mut message = Vec::new();
    for one in series {
        field(&mut message, 1, &time_series(one));
    }
    snappy(&message)
}

fn time_series(series: &Series) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, value) in &series.labels {
        let mut label = Vec::new();
        field(&mut label, 1, key.as_bytes());
        field(&mut label, 2, value.as_bytes());
        field(&mut message, 1, &label);
    }
    for (at, value) in &series.samples {
        let mut sample = vec![(1 << 3) | 1];
        sample.extend(value.to_le_bytes());
        sample.push(2 << 3);
        varint(&mut sample, at.cast_unsigned());
        field(&mut message, 2, &sample);
    }
    for (at, spread) in &series.measured {
        field(&mut message, 4, &native_histogram(*at, spread));
    }
    message
}

/// A histogram whose buckets are powers of two (schema 0), beginning with that up to 1
/// (<https://prometheus.io/docs/specs/native_histograms/>).
fn native_histogram(at: i64, spread: &Spread) -> Vec<u8> {
    let mut message = vec![1 << 3];
    varint(&mut message, spread.buckets.iter().sum());
    message.push((3 << 3) | 1);
    message.extend(spread.sum.to_le_bytes());
    message.push((5 << 3) | 1);
    message.extend(1e-128_f64.to_le_bytes());
    let mut span = vec![2 << 3];
    varint(&mut span, spread.buckets.len() as u64);
    field(&mut message, 11, &span);
    // Of each bucket but the first, how it differs from the one before.
    let (mut differences, mut before) = (Vec::new(), 0);
    for count in spread.buckets.iter().map(|count| count.cast_signed()) {
        let difference = count - before;
        varint(&mut differences, ((difference << 1) ^ (difference >> 63)).cast_unsigned());
        before = count;
    }
    field(&mut message, 12, &differences);
    message.push(15 << 3);
    varint(&mut message, at.cast_unsigned());
    message
}

/// A field of bytes of a protocol buffer.
fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push((number << 3) | 2);
    varint(message, bytes.len() as u64);
    message.extend(bytes);
}

fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

/// The bytes as Snappy's block format, which allows them to stand there as they are
/// (<https://github.com/google/snappy/blob/main/format_description.txt>).
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    varint(&mut block, bytes.len() as u64);
    for literal in bytes.chunks(1 << 16) {
        // A literal whose length, less one, stands in the next two bytes.
        block.push(61 << 2);
        block.extend(((literal.len() - 1) as u16).to_le_bytes());
        block.extend(literal);
    }
    block
}
