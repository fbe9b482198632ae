//! The file as it is written: names, nesting and what may be absent, nothing about sense.
//!
//! Fields are in the order of the alphabet. Figures that must not be absent are options all the
//! same where their absence shall be told with the endpoint's name.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{EndpointName, EnvironmentName, MachineClass, RunId, ScenarioName, Session};

/// The key that makes a JSON file perfbase's; its value is the schema version.
pub(super) const MARKER: &str = "perfbase_baseline";
/// The schema version that is written, and the only one there is.
pub(super) const VERSION: u64 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileShape {
    pub(super) perfbase_baseline: u64,
    pub(super) baselines: Vec<BaselineShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaselineShape {
    pub(super) accepted: AcceptedShape,
    pub(super) anchors_ms: AnchorsShape,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique")]
    pub(super) counters: BTreeMap<EndpointName, CounterShape>,
    #[serde(deserialize_with = "unique")]
    pub(super) endpoints: BTreeMap<EndpointName, EndpointShape>,
    pub(super) environment: EnvironmentName,
    pub(super) machine: MachineClass,
    pub(super) scenario: ScenarioName,
    pub(super) sessions: Vec<Session>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique")]
    pub(super) waivers: BTreeMap<EndpointName, WaiverShape>,
    pub(super) workload: WorkloadShape,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedShape {
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) overruled: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnchorsShape {
    pub(super) cpu_kernel: f64,
    pub(super) null_p50: f64,
    pub(super) null_p95: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterShape {
    pub(super) per_second: f64,
    pub(super) sessions: Vec<CounterSessionShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterSessionShape {
    pub(super) per_seconds: Vec<f64>,
    pub(super) run: RunId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) blessed: Option<AcceptedShape>,
    /// By quantile, as text because it is a key: `"0.95"`.
    #[serde(deserialize_with = "unique")]
    pub(super) ladder_ms: BTreeMap<String, f64>,
    pub(super) latency_ms: LatencyShape,
    pub(super) requests: RequestsShape,
    pub(super) sessions: Vec<EndpointSessionShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LatencyShape {
    pub(super) max: Option<f64>,
    pub(super) p50: Option<f64>,
    pub(super) p95: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p99: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestsShape {
    /// Left out where there is none, so that such files stay as they are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) allowed: u64,
    pub(super) failures: u64,
    /// Likewise.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) repeated: u64,
    pub(super) successes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointSessionShape {
    /// Left out where there is none, so that such files stay as they are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) allowed: u64,
    pub(super) failures: u64,
    pub(super) least_successes: u64,
    pub(super) max_ms: Option<f64>,
    pub(super) p50s_ms: Vec<f64>,
    pub(super) p95s_ms: Vec<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) p99s_ms: Vec<f64>,
    /// Likewise.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) repeated: u64,
    pub(super) run: RunId,
    pub(super) successes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaiverShape {
    pub(super) ceiling_ms: f64,
    pub(super) reason: String,
    pub(super) until: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkloadShape {
    #[serde(deserialize_with = "unique")]
    pub(super) endpoints: BTreeMap<EndpointName, String>,
    #[serde(deserialize_with = "unique")]
    pub(super) parts: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A map none of whose keys comes twice; the last one would silently win otherwise, which is how
/// a merge gone wrong would look.
fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    deserializer.deserialize_map(Unique(PhantomData))
}

struct Unique<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for Unique<K, V>
where
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    type Value = BTreeMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = entries.next_key::<K>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("`{key}` is there twice")));
            }
            map.insert(key, entries.next_value()?);
        }
        Ok(map)
    }
}
