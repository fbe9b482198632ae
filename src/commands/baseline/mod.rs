//! `perfbase baseline`: governance of the committed file.

mod amend;
mod choice;
mod verb;
mod view;

pub(super) use verb::baseline;
