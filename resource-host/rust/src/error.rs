use crate::json::{object, Value};
use crate::text::cut;
use std::any::Any;
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// What kind of error a call ended with. Names as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// No such method or control code: the daemon applies its default handling to a control.
    NotSupported,
    InvalidParams,
    UnknownResource,
    InvalidState,
    StaleIncarnation,
    /// Not now; the same call may succeed later.
    Busy,
    /// Waited for something in vain.
    Timeout,
    /// Given up because of a terminate or a cancel.
    Cancelled,
    /// Tried, and did not succeed.
    Failed,
    /// Something that it needs is missing.
    Unavailable,
    /// A fault of the host itself.
    Internal,
    ShuttingDown,
}

impl ErrorCode {
    const NAMES: [(ErrorCode, &'static str); 12] = [
        (ErrorCode::NotSupported, "notSupported"),
        (ErrorCode::InvalidParams, "invalidParams"),
        (ErrorCode::UnknownResource, "unknownResource"),
        (ErrorCode::InvalidState, "invalidState"),
        (ErrorCode::StaleIncarnation, "staleIncarnation"),
        (ErrorCode::Busy, "busy"),
        (ErrorCode::Timeout, "timeout"),
        (ErrorCode::Cancelled, "cancelled"),
        (ErrorCode::Failed, "failed"),
        (ErrorCode::Unavailable, "unavailable"),
        (ErrorCode::Internal, "internal"),
        (ErrorCode::ShuttingDown, "shuttingDown"),
    ];

    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("failed", |(_, name)| name)
    }

    /// An unknown code counts as `failed`.
    fn named(name: Option<&str>) -> Self {
        let known = Self::NAMES.iter().find(|(_, known)| Some(*known) == name);
        known.map_or(ErrorCode::Failed, |(code, _)| *code)
    }
}

/// Why a call has no result. The message is for people: what failed, with names and values, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    code: ErrorCode,
    message: String,
}

impl CallError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        CallError { code, message }
    }

    /// It was tried and did not succeed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Failed, message)
    }

    /// For a control code that the type does not know.
    pub fn unknown_code(code: &str) -> Self {
        Self::new(
            ErrorCode::NotSupported,
            format!("no control code \"{code}\""),
        )
    }

    pub fn code(&self) -> ErrorCode {
        self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn to_json(&self) -> Value {
        object([
            ("code", self.code.name().into()),
            ("message", cut(&self.message).into()),
            ("retryable", (self.code == ErrorCode::Busy).into()),
        ])
    }

    pub(crate) fn from_json(error: Option<&Value>) -> Self {
        let member = |name| {
            error
                .and_then(|error| error.get(name))
                .and_then(Value::as_str)
        };
        Self::new(
            ErrorCode::named(member("code")),
            member("message").unwrap_or("an error without a message"),
        )
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.name(), self.message)
    }
}
impl std::error::Error for CallError {}

impl From<std::io::Error> for CallError {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

/// Runs code of an author. A panic ends the call, never the host.
pub(crate) fn guarded<R>(code: impl FnOnce() -> Result<R, CallError>) -> Result<R, CallError> {
    catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|panic| {
        Err(CallError::failed(format!(
            "panicked: {}",
            panic_text(&*panic)
        )))
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
