//! Points in time, durations, and the retry policy that is made of them.

use std::time::Duration;

use prost_wkt_types as wkt;
use sempre::model::{RetryPolicy, Timestamp};
use temporalio_protos::temporal::api::common::v1 as common;

use super::{Field, Malformed};

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// What Go writes for a time that is not set: the beginning of the year 1.
const GO_ZERO: wkt::Timestamp = wkt::Timestamp {
    seconds: -62_135_596_800,
    nanos: 0,
};
/// The longest duration that protobuf defines, ten thousand years; a longer one has no end either.
const DURATION_MAX: Duration = Duration::from_secs(315_576_000_000);

impl Field<Option<wkt::Duration>> for Duration {
    fn to_field(&self) -> Option<wkt::Duration> {
        let duration = DURATION_MAX.min(*self);
        Some(wkt::Duration {
            seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
        })
    }

    fn from_field(field: &Option<wkt::Duration>) -> Result<Self, Malformed> {
        let Some(field) = field else {
            return Ok(Self::ZERO);
        };
        let negative = |_| Malformed("duration is negative");
        let seconds = u64::try_from(field.seconds).map_err(negative)?;
        let nanos = u32::try_from(field.nanos).map_err(negative)?;
        Ok(Self::from_secs(seconds).saturating_add(Self::from_nanos(nanos.into())))
    }
}

/// No limit: Temporal's servers write it as zero, sempre as `None`.
impl Field<Option<wkt::Duration>> for Option<Duration> {
    fn to_field(&self) -> Option<wkt::Duration> {
        self.as_ref().and_then(Field::to_field)
    }

    fn from_field(field: &Option<wkt::Duration>) -> Result<Self, Malformed> {
        Duration::from_field(field).map(|it| Some(it).filter(|it| !it.is_zero()))
    }
}

impl Field<Option<wkt::Timestamp>> for Timestamp {
    fn to_field(&self) -> Option<wkt::Timestamp> {
        let nanos = self.as_nanos();
        Some(wkt::Timestamp {
            seconds: i64::try_from(nanos / NANOS_PER_SECOND).unwrap_or(i64::MAX),
            nanos: i32::try_from(nanos % NANOS_PER_SECOND).unwrap_or_default(),
        })
    }

    fn from_field(field: &Option<wkt::Timestamp>) -> Result<Self, Malformed> {
        let Some(field) = field.filter(|field| *field != GO_ZERO) else {
            return Ok(Self::EPOCH);
        };
        let early = |_| Malformed("time is before 1970");
        let seconds = u64::try_from(field.seconds).map_err(early)?;
        let nanos = u64::try_from(field.nanos).map_err(early)?;
        Ok(Self::from_secs(seconds).after(Duration::from_nanos(nanos)))
    }
}

impl Field<Option<wkt::Timestamp>> for Option<Timestamp> {
    fn to_field(&self) -> Option<wkt::Timestamp> {
        self.as_ref().and_then(Field::to_field)
    }

    fn from_field(field: &Option<wkt::Timestamp>) -> Result<Self, Malformed> {
        if field.is_none_or(|field| field == GO_ZERO) {
            return Ok(None);
        }
        Timestamp::from_field(field).map(Some)
    }
}

impl Field<Option<common::RetryPolicy>> for Option<Box<RetryPolicy>> {
    fn to_field(&self) -> Option<common::RetryPolicy> {
        self.as_deref().and_then(Field::to_field)
    }

    fn from_field(field: &Option<common::RetryPolicy>) -> Result<Self, Malformed> {
        let policy = field.as_ref().map(|_| RetryPolicy::from_field(field));
        Ok(policy.transpose()?.map(Box::new))
    }
}

impl Field<Option<common::RetryPolicy>> for RetryPolicy {
    fn to_field(&self) -> Option<common::RetryPolicy> {
        Some(common::RetryPolicy {
            initial_interval: self.initial_interval.to_field(),
            backoff_coefficient: self.backoff,
            maximum_interval: self.max_interval.to_field(),
            maximum_attempts: self.max_attempts.to_field(),
            non_retryable_error_types: self.non_retryable.clone(),
        })
    }

    fn from_field(field: &Option<common::RetryPolicy>) -> Result<Self, Malformed> {
        let Some(field) = field else {
            return Ok(Self::default());
        };
        let default = Self::default();
        let initial: Option<Duration> = Field::from_field(&field.initial_interval)?;
        Ok(Self {
            initial_interval: initial.unwrap_or(default.initial_interval),
            // Not set is 0, which would be no factor at all.
            backoff: match field.backoff_coefficient {
                0.0 => default.backoff,
                factor => factor,
            },
            max_interval: Field::from_field(&field.maximum_interval)?,
            max_attempts: Field::from_field(&field.maximum_attempts)?,
            non_retryable: field.non_retryable_error_types.clone(),
        })
    }
}
