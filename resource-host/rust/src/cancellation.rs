use crate::error::{CallError, ErrorCode};
use crate::locks::lock;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Tells code that runs that nobody wants its result any more. Clones are the same token.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    reason: Mutex<Option<String>>,
    cancelled: Condvar,
}

impl CancelToken {
    pub fn is_cancelled(&self) -> bool {
        lock(&self.shared.reason).is_some()
    }

    /// For the `?` of a long piece of work: an error once the token is cancelled.
    pub fn check(&self) -> Result<(), CallError> {
        match &*lock(&self.shared.reason) {
            None => Ok(()),
            Some(reason) => Err(CallError::new(ErrorCode::Cancelled, reason.clone())),
        }
    }

    /// Sleeps, but not beyond the cancellation. True: it is cancelled.
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        let waiting = |reason: &mut Option<String>| reason.is_none();
        let waited =
            self.shared
                .cancelled
                .wait_timeout_while(lock(&self.shared.reason), limit, waiting);
        let (reason, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        reason.is_some()
    }

    /// The first reason counts.
    pub(crate) fn cancel(&self, reason: &str) {
        lock(&self.shared.reason).get_or_insert_with(|| reason.to_owned());
        self.shared.cancelled.notify_all();
    }
}
