use crate::error::CallError;
use crate::json::{object, Value};
use std::time::Duration;

/// The shortest poll interval that the daemon takes.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// What `online` answers: who notices a failure of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Event {
        handle: Option<String>,
    },
    Poll {
        looks_alive: Option<Duration>,
        is_alive: Option<Duration>,
    },
}

impl Contract {
    /// This host calls [`Resource::fail`](crate::Resource::fail) the moment the resource fails. Nobody asks.
    pub fn event() -> Self {
        Contract(Kind::Event { handle: None })
    }

    /// The same, over a handle that [`Resource::create_event_handle`](crate::Resource::create_event_handle) returned.
    pub fn event_on(handle: impl Into<String>) -> Self {
        Contract(Kind::Event {
            handle: Some(handle.into()),
        })
    }

    /// The daemon asks, at the intervals of the type, else every 5 s whether it looks alive and every 60 s whether it is.
    pub fn poll() -> Self {
        Contract(Kind::Poll {
            looks_alive: None,
            is_alive: None,
        })
    }

    /// The daemon asks at these intervals; each is at least 10 ms.
    pub fn poll_every(looks_alive: Duration, is_alive: Duration) -> Self {
        Contract(Kind::Poll {
            looks_alive: Some(looks_alive),
            is_alive: Some(is_alive),
        })
    }

    /// The members of the result of `online`. `own_handle` is the event handle that the call named.
    pub(crate) fn to_json(&self, own_handle: &str) -> Result<Value, CallError> {
        match &self.0 {
            Kind::Event { handle } => {
                let handle = handle.as_deref().unwrap_or(own_handle);
                Ok(object([
                    ("contract", "event".into()),
                    ("eventHandle", handle.into()),
                ]))
            }
            Kind::Poll {
                looks_alive,
                is_alive,
            } => Ok(object([("contract", "poll".into())])
                .with("looksAliveMs", interval("looksAlive", *looks_alive)?)
                .with("isAliveMs", interval("isAlive", *is_alive)?)),
        }
    }
}

fn interval(check: &str, interval: Option<Duration>) -> Result<Option<i64>, CallError> {
    match interval {
        Some(interval) if interval < SHORTEST_INTERVAL => Err(CallError::failed(format!(
            "online asks for a {check} every {interval:?}; the shortest interval is {SHORTEST_INTERVAL:?}"
        ))),
        _ => Ok(interval.map(|interval| i64::try_from(interval.as_millis()).unwrap_or(i64::MAX))),
    }
}
