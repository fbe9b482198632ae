//! The method, rule by rule, on whole runs.

mod baseline;
mod counters;
mod decision;
mod invariant_numbers;
mod invariants;
mod limiter;
mod measures;
mod metric;
mod monte_carlo;
mod mutation;
mod noise;
mod paired;
mod repeated;
mod requirements;
mod settled;
mod warnings;
mod whole;
mod wrong;
