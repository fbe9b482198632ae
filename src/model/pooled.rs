//! Latencies of many rounds together.

use std::collections::BTreeMap;

use super::{Block, EndpointName, Histogram};

/// The latencies of rounds together, of each pass and endpoint: one histogram, however many rounds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pooled(BTreeMap<Block, BTreeMap<EndpointName, Histogram>>);

impl Pooled {
    /// Adds what `endpoint` gave in a round of the pass `block`.
    pub fn add(&mut self, block: Block, endpoint: &EndpointName, latency: Histogram) {
        let pass = self.0.entry(block).or_default();
        match pass.get_mut(endpoint) {
            Some(pooled) => pooled.merge(&latency),
            None => drop(pass.insert(endpoint.clone(), latency)),
        }
    }

    /// How much memory the counts take.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.0.values().flat_map(BTreeMap::values).map(Histogram::bytes).sum()
    }

    /// What `endpoint` gave in these passes.
    #[must_use]
    pub fn over(&self, blocks: &[Block], endpoint: &EndpointName) -> Histogram {
        let mut over = Histogram::new();
        for pooled in blocks.iter().filter_map(|block| self.0.get(block)?.get(endpoint)) {
            over.merge(pooled);
        }
        over
    }
}
