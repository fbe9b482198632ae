//! Numbers on slices; knows no word of the domain.
//!
//! Every function is pure: the same slices (and, where something is drawn at random, the same seed)
//! give the same answer. None panics and none answers with NaN or an infinity: where there is no
//! answer (nothing given, a value that is not finite, a parameter out of range) the result is
//! `None`, or what the function's own page says.

mod adjusted_p;
mod bootstrap;
mod detectable;
mod e_divisive;
mod effective_sample_size;
mod estimate;
mod finite;
mod hodges_lehmann;
mod kneedle;
mod mann_kendall;
mod mann_whitney;
mod median;
mod moderated_t;
mod normal;
#[cfg(test)]
mod properties;
mod quantile;
mod quantile_interval;
mod ranks;
mod signed_rank;
mod theil_sen;
mod usl;
mod wilson;

pub use adjusted_p::{benjamini_hochberg, holm};
pub use bootstrap::{Blocks, Bootstrap, block_bootstrap, block_length};
pub use detectable::{detectable_ratio, smallest_detectable_ratio};
pub use e_divisive::{ChangePoint, EDivisive, e_divisive, strongest_change};
pub use effective_sample_size::effective_sample_size;
pub use estimate::Estimate;
pub use hodges_lehmann::{Shift, hodges_lehmann, hodges_lehmann_ratio};
pub use kneedle::{Bend, Direction, kneedle};
pub use mann_kendall::{MannKendall, mann_kendall};
pub use mann_whitney::{MannWhitney, mann_whitney};
pub use median::{MAD_TO_SIGMA, mad, median};
pub use moderated_t::{ModeratedT, Moderation, moderated_t};
pub use quantile::{harrell_davis, quantile};
pub use quantile_interval::{QuantileInterval, quantile_interval, samples_for_bound};
pub use signed_rank::{SignedRank, signed_rank};
pub use theil_sen::{TheilSen, theil_sen};
pub use usl::{Usl, fit_usl};
pub use wilson::wilson_interval;
