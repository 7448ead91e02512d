use crate::cancellation::CancelToken;
use crate::error::{guarded, CallError, ErrorCode};
use crate::json::{object, Value};
use crate::life::Life;
use crate::operation::Operation;
use crate::properties::Properties;
use crate::services::{in_background, Services};
use crate::text::cut;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }
}

/// Values beside a resource in `andon status`. Absent ones stay as they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// One line that says how the resource is.
    pub status_text: Option<String>,
    pub data1: Option<f64>,
    pub data2: Option<f64>,
}

/// What an entry point is given: the resource, and the call that it answers. Clones may outlive the call, in any thread: a
/// watcher keeps that of `online` and calls [`fail`](Resource::fail) on it.
#[derive(Clone)]
pub struct Resource {
    pub(crate) name: Arc<str>,
    pub(crate) properties: Arc<Properties>,
    pub(crate) call: CancelToken,
    pub(crate) life: Option<Arc<Life>>,
    pub(crate) operation: Option<Arc<Operation>>,
    /// The id of the control that runs.
    pub(crate) control: Option<Arc<str>>,
    pub(crate) services: Arc<Services>,
}

impl Resource {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The private properties as they were at the last online; before it, those given to `open`.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Number of the current or last online; 0 before the first.
    pub fn incarnation(&self) -> u32 {
        self.life.as_ref().map_or(0, |life| life.incarnation)
    }

    /// Path of the named pipe for failure records; empty before the first online.
    pub fn event_handle(&self) -> &str {
        self.life.as_ref().map_or("", |life| &life.event_handle)
    }

    /// What a failure record of this incarnation begins with, such as `web-1@7`; empty before the first online. For a program
    /// that reports its failure itself.
    pub fn failure_record(&self) -> &str {
        self.life.as_ref().map_or("", |life| &life.failure_record)
    }

    /// Cancelled when nobody wants the result of this call any more. That of `online` belongs to the whole incarnation: it is
    /// cancelled too once the resource is offline or terminated.
    pub fn cancellation(&self) -> &CancelToken {
        &self.call
    }

    /// Tells the daemon at once that this incarnation has failed; terminate follows. Only the first call counts, and only
    /// while the incarnation lives and no offline has begun, so a watcher need not know why what it watches ended.
    pub fn fail(&self, reason: &str) {
        if let Some(life) = &self.life {
            life.fail(reason);
        }
    }

    /// Runs `watch` in a thread. What it returns is why the resource has failed; so is a panic.
    pub fn watch(&self, watch: impl FnOnce() -> String + Send + 'static) -> Result<(), CallError> {
        let own = self.clone();
        in_background(&self.name, move || match guarded(|| Ok(watch())) {
            Ok(reason) => own.fail(&reason),
            Err(error) => own.fail(&format!("its watcher {}", error.message())),
        })?;
        Ok(())
    }

    /// Says that a long `online` or `offline` has come further, which starts its limit of silence again. An error: give up,
    /// because the daemon or a terminate ended it.
    pub fn progress(&self, text: &str) -> Result<(), CallError> {
        match &self.operation {
            Some(operation) => operation.progress(text),
            None => self.call.check(),
        }
    }

    /// Gives the control that runs this much time, counted from now. Waits for the daemon's word.
    pub fn extend_control(&self, limit: Duration) -> Result<(), CallError> {
        let call = self.control.as_deref();
        let call = call.ok_or_else(|| {
            CallError::new(ErrorCode::InvalidState, "only a control can be extended")
        })?;
        let ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).max(1);
        let params = object([("callId", call.into()), ("ms", ms.into())]);
        self.services.link.ask("extendControl", params).map(drop)
    }

    /// One more named pipe for this host; the same name is the same pipe. Waits for the daemon, which makes it.
    pub fn create_event_handle(&self, name: &str) -> Result<String, CallError> {
        let result = self
            .services
            .link
            .ask("createEventHandle", object([("name", name.into())]))?;
        let handle = result
            .get("eventHandle")
            .and_then(Value::as_str)
            .map(str::to_owned);
        handle.ok_or_else(|| {
            CallError::new(
                ErrorCode::Internal,
                format!("the daemon named no event handle: {result}"),
            )
        })
    }

    /// Shows values in `andon status`. In memory only: gone when this host ends.
    pub fn set_properties(&self, shown: &Shown) {
        let params = object([("resourceId", self.name().into())])
            .with("statusText", shown.status_text.as_deref().map(cut))
            .with("data1", shown.data1)
            .with("data2", shown.data2);
        self.services.show(self.name(), params);
    }

    /// Adds an event to the daemon's log under this resource's name.
    pub fn log(&self, level: LogLevel, text: &str) {
        self.services.log(level, text, Some(self.name()));
    }
}
