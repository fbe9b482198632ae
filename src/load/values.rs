//! What one user knows at the moment.

use crate::model::{Slot, Value};

/// One user's values, by slot. A slot stays empty until something is drawn or saved for it.
#[derive(Debug, Clone)]
pub(crate) struct Values(Box<[Option<Value>]>);

impl Values {
    /// A user who knows nothing yet, of a plan with this many slots.
    pub(crate) fn new(slots: usize) -> Self {
        Self(vec![None; slots].into())
    }

    /// The slot's value, if the user has it.
    pub(crate) fn get(&self, slot: Slot) -> Option<&Value> {
        self.0[slot.0].as_ref()
    }

    /// Puts a copy of `value` into the slot.
    pub(crate) fn set(&mut self, slot: Slot, value: &Value) {
        let copy = if value.is_text() { self.text(slot) } else { self.json(slot) };
        copy.push_str(value.as_str());
    }

    /// Makes the slot's value an empty text, to be written in the memory that the last value had.
    pub(crate) fn text(&mut self, slot: Slot) -> &mut String {
        self.value(slot).rewrite_text()
    }

    /// Makes the slot's value JSON, to be written in the memory that the last value had.
    pub(crate) fn json(&mut self, slot: Slot) -> &mut String {
        self.value(slot).rewrite_json()
    }

    fn value(&mut self, slot: Slot) -> &mut Value {
        self.0[slot.0].get_or_insert_with(|| Value::text(String::new()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slot_is_empty_until_something_is_put_there() {
        let mut values = Values::new(3);
        values.set(Slot(1), &Value::text("a"));
        values.json(Slot(2)).push('7');
        assert_eq!(values.get(Slot(0)), None);
        assert_eq!(values.get(Slot(1)), Some(&Value::text("a")));
        assert_eq!(values.get(Slot(2)), Some(&Value::json("7")));
    }

    #[test]
    fn a_value_takes_the_memory_of_the_last_one() {
        let mut values = Values::new(1);
        let memory = |values: &Values| values.get(Slot(0)).map(|value| value.as_str().as_ptr());
        values.set(Slot(0), &Value::text("a long one"));
        let before = memory(&values);
        values.set(Slot(0), &Value::json("1"));
        assert_eq!(memory(&values), before);
        assert_eq!(values.get(Slot(0)), Some(&Value::json("1")));
    }

    proptest! {
        #[test]
        fn a_slot_holds_what_was_put_there_last(
            puts in prop::collection::vec((0_usize..4, ".{0,20}", any::<bool>()), 0..20),
        ) {
            let mut values = Values::new(4);
            let mut expected = vec![None; 4];
            for (slot, text, is_text) in puts {
                let value = if is_text { Value::text(text) } else { Value::json(text) };
                values.set(Slot(slot), &value);
                expected[slot] = Some(value);
            }
            for (slot, value) in expected.iter().enumerate() {
                prop_assert_eq!(values.get(Slot(slot)), value.as_ref());
            }
        }
    }
}
