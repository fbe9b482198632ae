//! How the model's values are written into columns and read back.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

use crate::model::{Histogram, Share};

/// Nanoseconds as a column holds them, 292 years at most.
pub(super) fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A count as a column holds it.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A length or a position as a column holds it.
pub(super) fn size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Nanoseconds since 1970, within the years 1678 to 2262.
pub(super) fn instant(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// `HdrHistogram` V2 with compression, which tools of other languages read too.
pub(super) fn blob(histogram: &Histogram) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram.inner(), &mut bytes)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(bytes)
}

/// Reads columns by name into the model's types; a value that is none of them means that the
/// database is damaged.
pub(super) trait Columns {
    fn duration(&self, column: &str) -> rusqlite::Result<Duration>;
    fn maybe_duration(&self, column: &str) -> rusqlite::Result<Option<Duration>>;
    fn count(&self, column: &str) -> rusqlite::Result<u64>;
    fn maybe_count(&self, column: &str) -> rusqlite::Result<Option<u64>>;
    fn size(&self, column: &str) -> rusqlite::Result<usize>;
    fn share(&self, column: &str) -> rusqlite::Result<Share>;
    fn instant(&self, column: &str) -> rusqlite::Result<Timestamp>;
    fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(
        &self,
        column: &str,
    ) -> rusqlite::Result<T>;
    fn histogram(
        &self,
        column: &str,
        deserializer: &mut Deserializer,
    ) -> rusqlite::Result<Histogram>;
}

impl Columns for Row<'_> {
    fn duration(&self, column: &str) -> rusqlite::Result<Duration> {
        self.count(column).map(Duration::from_nanos)
    }

    fn maybe_duration(&self, column: &str) -> rusqlite::Result<Option<Duration>> {
        Ok(self.maybe_count(column)?.map(Duration::from_nanos))
    }

    fn count(&self, column: &str) -> rusqlite::Result<u64> {
        let value: i64 = self.get(column)?;
        u64::try_from(value).map_err(|error| unreadable(Type::Integer, error))
    }

    fn maybe_count(&self, column: &str) -> rusqlite::Result<Option<u64>> {
        let value: Option<i64> = self.get(column)?;
        value.map(|_| self.count(column)).transpose()
    }

    fn size(&self, column: &str) -> rusqlite::Result<usize> {
        let value: i64 = self.get(column)?;
        usize::try_from(value).map_err(|error| unreadable(Type::Integer, error))
    }

    fn share(&self, column: &str) -> rusqlite::Result<Share> {
        self.get(column).map(Share::new)
    }

    fn instant(&self, column: &str) -> rusqlite::Result<Timestamp> {
        let nanos: i64 = self.get(column)?;
        Timestamp::from_nanosecond(nanos.into()).map_err(|error| unreadable(Type::Integer, error))
    }

    fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(
        &self,
        column: &str,
    ) -> rusqlite::Result<T> {
        let text: String = self.get(column)?;
        text.parse().map_err(|error| unreadable(Type::Text, error))
    }

    fn histogram(
        &self,
        column: &str,
        deserializer: &mut Deserializer,
    ) -> rusqlite::Result<Histogram> {
        let mut bytes = self.get_ref(column)?.as_blob()?;
        deserializer
            .deserialize(&mut bytes)
            .map(Histogram::from_inner)
            .map_err(|error| unreadable(Type::Blob, error))
    }
}

/// A value that is there and makes no sense.
pub(super) fn unreadable(
    kind: Type,
    error: impl Into<Box<dyn Error + Send + Sync + 'static>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(histogram: &Histogram) -> Histogram {
        let bytes = blob(histogram).unwrap();
        Deserializer::new().deserialize(&mut bytes.as_slice()).map(Histogram::from_inner).unwrap()
    }

    #[test]
    fn histograms_come_back_as_they_were() {
        let mut histogram = Histogram::new();
        assert_eq!(there_and_back(&histogram), histogram);
        for micros in 1..2000 {
            histogram.record(Duration::from_micros(micros * micros));
        }
        assert_eq!(there_and_back(&histogram), histogram);
        histogram.record(Duration::ZERO);
        histogram.record(Duration::from_hours(100));
        assert_eq!(there_and_back(&histogram), histogram);
        let mut back = there_and_back(&histogram);
        back.merge(&histogram);
        assert_eq!(back.count(), 2 * histogram.count());
    }

    #[test]
    fn a_value_beyond_every_range_comes_back() {
        let mut histogram = Histogram::new();
        histogram.record(Duration::MAX);
        let back = there_and_back(&histogram);
        assert_eq!((back.count(), back.max()), (1, histogram.max()));
    }

    #[test]
    fn times_beyond_the_range_of_a_column_are_its_ends() {
        assert_eq!(nanos(Duration::MAX), i64::MAX);
        assert_eq!(count(u64::MAX), i64::MAX);
        assert_eq!(instant(Timestamp::MAX), i64::MAX);
        assert_eq!(instant(Timestamp::MIN), i64::MIN);
    }
}
