use crate::cancellation::CancelToken;
use crate::event_handle::EventHandle;
use crate::locks::lock;
use crate::services::Services;
use crate::text::failure_record;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A record that no terminate followed is repeated after this time, then after twice as long each time.
const FIRST_REPEAT: Duration = Duration::from_secs(2);
const LONGEST_REPEAT: Duration = Duration::from_secs(60);

/// One online of one resource, from its start until it is offline or terminated: the time in which it can fail.
pub(crate) struct Life {
    pub(crate) incarnation: u32,
    pub(crate) event_handle: String,
    /// The beginning of a failure record: `web-1@7`.
    pub(crate) failure_record: String,
    /// Cancelled when this life ends.
    pub(crate) cancellation: CancelToken,
    services: Arc<Services>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The record of its failure, which no terminate has answered yet.
    record: Option<String>,
    /// An offline began: that the thing disappears is no failure now.
    leaving: bool,
    ended: bool,
    /// How many failures were told of; repetitions of an earlier one end.
    failures: u64,
}

impl Life {
    pub(crate) fn new(
        incarnation: u32,
        event_handle: String,
        failure_record: String,
        services: Arc<Services>,
    ) -> Arc<Self> {
        Arc::new(Life {
            incarnation,
            event_handle,
            failure_record,
            cancellation: CancelToken::default(),
            services,
            state: Mutex::default(),
        })
    }

    pub(crate) fn has_failed(&self) -> bool {
        lock(&self.state).record.is_some()
    }

    /// Writes the failure record now, and again until terminate comes or the record is dismissed: a daemon may have died with
    /// it in hand. Only the first failure counts.
    pub(crate) fn fail(self: &Arc<Self>, reason: &str) {
        let mut state = lock(&self.state);
        if state.record.is_some() || state.leaving || state.ended {
            return;
        }
        let record = failure_record(&self.failure_record, reason);
        state.record = Some(record.clone());
        state.failures += 1;
        self.event_pipe().write(&self.failure_record, record);
        self.repeat_after(FIRST_REPEAT, state.failures);
    }

    /// Tells an unanswered failure once more, because another daemon may be there.
    pub(crate) fn tell_again(&self) {
        if let Some(record) = &lock(&self.state).record {
            self.event_pipe()
                .write(&self.failure_record, record.clone());
        }
    }

    /// The daemon verified the record and found the resource alive.
    pub(crate) fn dismiss(&self) {
        self.stop_telling(&mut lock(&self.state));
    }

    pub(crate) fn set_leaving(&self, leaving: bool) {
        lock(&self.state).leaving = leaving;
    }

    pub(crate) fn end(&self, reason: &str) {
        let mut state = lock(&self.state);
        state.ended = true;
        self.stop_telling(&mut state);
        self.cancellation.cancel(reason);
    }

    fn stop_telling(&self, state: &mut State) {
        state.record = None;
        self.event_pipe().forget(&self.failure_record);
    }

    fn repeat_after(self: &Arc<Self>, wait: Duration, failure: u64) {
        let own = self.clone();
        self.services.timers.after(wait, move || {
            if own.has_failed() && lock(&own.state).failures == failure {
                own.tell_again();
                own.repeat_after(LONGEST_REPEAT.min(wait * 2), failure);
            }
        });
    }

    fn event_pipe(&self) -> &Arc<EventHandle> {
        &self.services.event_handle
    }
}
