//! `perfbase ab`: two services side by side on one machine.

mod alternation;
mod side;
mod verb;

pub(super) use verb::ab;
