//! What the parts cost that run once a request, once a round or once a comparison.
//!
//! ```sh
//! cargo bench --bench micro
//! ```

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot begin should stop")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use perfbase::judge::{self, Mode};
use perfbase::load::{Schedule, Slope};
use perfbase::model::{
    Acceptance, Anchors, BaselineFile, BaselineKey, Block, EndpointName, FailOn, Gate,
    GeneratorHealth, Histogram, MachineClass, Outcome, Policy, Pooled, Rate, Receipt, Round, Run,
    RunEndpoint, RunState, Sample, Session, Share, Strictness, Validity, Workload,
};
use perfbase::store::{BaselineStore, Store};

const ENDPOINTS: u32 = 30;
const ROUNDS: u32 = 5;

/// The `n`-th of a sequence of latencies from 0.5 to 20 ms, most of them short.
fn latency(n: u32) -> Duration {
    // Multiplying by an odd constant visits all residues in an order without a pattern.
    let share = f64::from(n.wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24);
    Duration::from_micros(500).mul_f64(40_f64.powf(share * share))
}

fn sample(endpoint: u32, round: u32) -> Sample {
    let mut sample = Sample { measured: Duration::from_secs(2), ..Sample::default() };
    for n in 0..1000 {
        let latency = latency(n * ENDPOINTS + endpoint + round);
        sample.latency.record(latency);
        sample.received(latency, Receipt::AtOnce);
        sample.lag.record(latency / 1000);
        sample.outcomes.record(Outcome::Success);
    }
    sample.settle_phases();
    sample
}

fn name(endpoint: u32) -> EndpointName {
    format!("GET /endpoint/{endpoint}").parse().unwrap()
}

fn round(index: u32) -> Round {
    Round {
        index,
        block: Block::First,
        started: Timestamp::UNIX_EPOCH,
        measured: Duration::from_mins(1),
        validity: Validity::Valid,
        anchors: Anchors {
            cpu_kernel: Duration::from_millis(20),
            null_p50: Duration::from_micros(30),
            null_p95: Duration::from_micros(50),
        },
        generator: GeneratorHealth {
            busy: Share::new(0.1),
            steal: Share::new(0.0),
            crowding: Share::new(0.0),
            lag_p95: Duration::from_micros(10),
            lag_p99: None,
            poll_delay_p95: None,
            poll_delay_p99: None,
            intended: 0,
            sent: 0,
        },
        staged: None,
        samples: (0..ENDPOINTS).map(|endpoint| (name(endpoint), sample(endpoint, index))).collect(),
        counts: std::collections::BTreeMap::new(),
    }
}

fn run(rounds: u32) -> Run {
    Run {
        session: Session {
            run: "0198f1a2-7c3d-7e4f-8a5b-000000000001".parse().unwrap(),
            started: Timestamp::UNIX_EPOCH,
            perfbase: "0.1.0".to_owned(),
            git: None,
            ci: None,
        },
        scenario: "baseline".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://127.0.0.1:8000".to_owned(),
        lookup: None,
        workload: Workload { parts: BTreeMap::new(), endpoints: BTreeMap::new() },
        endpoints: (0..ENDPOINTS).map(|endpoint| RunEndpoint::new(name(endpoint))).collect(),
        seed: 1,
        machine: MachineClass {
            cpu: "any".to_owned(),
            cpus: 2,
            arch: "x86_64".to_owned(),
            quota_percent: None,
            virtualised: false,
        },
        state: RunState::Complete,
        rounds: (0..rounds).map(round).collect(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

fn key(run: &Run) -> BaselineKey {
    BaselineKey {
        scenario: run.scenario.clone(),
        environment: run.environment.clone(),
        machine: run.machine.clone(),
    }
}

fn acceptance() -> Acceptance {
    Acceptance { at: Timestamp::UNIX_EPOCH, by: None, reason: None, overruled: Vec::new() }
}

fn schedule(criterion: &mut Criterion) {
    let hour = Duration::from_hours(1);
    let constant = Schedule::constant(Rate::per_second(1000.0).unwrap(), hour);
    let ramp = Schedule::slopes([
        Slope { from: 0.0, to: 1000.0, over: hour },
        Slope { from: 1000.0, to: 0.0, over: hour },
    ]);
    criterion.bench_function("schedule: an arrival at a constant rate", |b| {
        b.iter(|| constant.arrival(black_box(1_234_567)));
    });
    criterion.bench_function("schedule: an arrival in the second ramp", |b| {
        b.iter(|| ramp.arrival(black_box(2_345_678)));
    });
}

fn histogram(criterion: &mut Criterion) {
    let filled = sample(0, 0).latency;
    criterion.bench_function("histogram: record", |b| {
        let (mut histogram, mut n) = (Histogram::new(), 0_u32);
        b.iter(|| {
            n = n.wrapping_add(1);
            histogram.record(black_box(Duration::from_nanos(u64::from(n % 20_000_000))));
        });
    });
    criterion.bench_function("histogram: merge", |b| {
        let mut sum = Histogram::new();
        b.iter(|| sum.merge(black_box(&filled)));
    });
    criterion.bench_function("histogram: p95", |b| b.iter(|| black_box(&filled).quantile(0.95)));
}

/// What a success costs the recorder: three histograms, and what its phases add to them.
fn phases(criterion: &mut Criterion) {
    let mut success = |name: &str, receipt: fn(Duration) -> Option<Receipt>| {
        criterion.bench_function(&format!("recorder: a success, {name}"), |b| {
            let (mut sample, mut n) = (Sample::default(), 0_u32);
            b.iter(|| {
                n = n.wrapping_add(1);
                let time = black_box(Duration::from_nanos(u64::from(n % 20_000_000)));
                sample.latency.record(time);
                sample.lag.record(time / 1024);
                match black_box(receipt(time)) {
                    None => sample.service_time.record(time),
                    Some(receipt) => sample.received(time, receipt),
                }
            });
        });
    };
    success("without phases", |_| None);
    success("answered at once", |_| Some(Receipt::AtOnce));
    success("answered in parts", |time| Some(Receipt::InParts { wait: time / 2, body: time / 2 }));
}

fn comparison(criterion: &mut Criterion) {
    let run = run(ROUNDS);
    let key = key(&run);
    let baseline = judge::accept_anyway(&run, acceptance());
    let policy = Policy {
        gate: Gate::default(),
        endpoints: BTreeMap::new(),
        strictness: Strictness::Full,
        fail_on: FailOn::Red,
        leasts: BTreeMap::new(),
        throughputs: BTreeMap::new(),
        allow_missing: false,
    };
    criterion.bench_function("judge: compare 30 endpoints, 5 rounds", |b| {
        b.iter(|| {
            judge::compare(&run, &key, &baseline, &policy, Mode::Stored, Timestamp::UNIX_EPOCH)
        });
    });
}

fn baseline(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("performance_baselines.json");
    let run = run(ROUNDS);
    let file = BaselineFile {
        baselines: BTreeMap::from([(key(&run), judge::accept_anyway(&run, acceptance()))]),
    };
    criterion.bench_function("baseline file: write 30 endpoints", |b| {
        b.iter(|| BaselineStore::write(&path, &file));
    });
    criterion.bench_function("baseline file: read 30 endpoints", |b| {
        b.iter(|| BaselineStore::read(&path));
    });
}

fn store(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let run = run(1);
    let mut files = 0;
    criterion.bench_function("store: save a round of 30 endpoints", |b| {
        b.iter_batched(
            || {
                files += 1;
                let mut store = Store::open(directory.path().join(format!("{files}.db"))).unwrap();
                let number = store.begin_run(&run).unwrap();
                (store, number)
            },
            |(mut store, number)| store.save_round(number, &run.rounds[0]),
            BatchSize::PerIteration,
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = schedule, histogram, phases, comparison, baseline, store
}
criterion_main!(benches);
