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
