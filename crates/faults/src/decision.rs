//! Which requests are hit, and how hard: functions of the trace id and the seed.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

impl Fault {
    /// Whether the request of this trace is hit, as far as the share decides. All services answer alike, and so does the same drill
    /// tomorrow; of the requests of one trace, all are hit or none.
    pub fn hits(&self, trace_id: [u8; 16]) -> bool {
        let [chance, ..] = self.draw(trace_id);
        chance < self.share.get()
    }

    /// How long the request of this trace is held up, by a kind that does so.
    pub fn delay(&self, trace_id: [u8; 16]) -> Option<Duration> {
        let [_, first, second, _] = self.draw(trace_id);
        Some(self.kind.latency()?.at(first, second))
    }

    /// Four numbers from 0 to below 1, as good as drawn evenly and apart from each other. By SHA-256, since trace ids need not be
    /// random: they may be counted up, and neighbours must not be hit alike.
    fn draw(&self, trace_id: [u8; 16]) -> [f64; 4] {
        let digest = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(trace_id).finalize();
        let mut numbers = [0.0; 4];
        for (number, bytes) in numbers.iter_mut().zip(digest.chunks_exact(8)) {
            let whole = bytes.iter().fold(0_u64, |whole, byte| whole << 8 | u64::from(*byte));
            *number = fraction(whole);
        }
        numbers
    }
}

/// The upper 53 bits, which a double holds exactly: so 1 is never reached, and a share of 1 hits all.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn fraction(whole: u64) -> f64 {
    (whole >> 11) as f64 / (1_u64 << 53) as f64
}
