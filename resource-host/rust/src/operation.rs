use crate::cancellation::CancelToken;
use crate::error::{CallError, ErrorCode};
use crate::json::{object, Value};
use crate::link::{Answer, Link};
use crate::locks::lock;
use crate::services::Services;
use crate::text::cut;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Longer work is answered `pending`; below the 300 ms after which the daemon warns of a slow call.
const PEND_AFTER: Duration = Duration::from_millis(100);

/// Where the answer to one request goes.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) link: Arc<Link>,
    pub(crate) generation: u64,
    pub(crate) id: String,
}

impl Reply {
    pub(crate) fn send(self, answer: &Answer) {
        self.link.respond(self.generation, &self.id, answer);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Online,
    Offline,
    Terminate,
}

/// One online, offline or terminate: it runs once, however often the daemon asks for it under the same id.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) cancellation: CancelToken,
    link: Arc<Link>,
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Default)]
struct State {
    replies: Vec<Reply>,
    pended: bool,
    /// A terminate overtook it: its result changes nothing any more.
    superseded: bool,
    answer: Option<Answer>,
    checkpoint: i64,
}

impl Operation {
    pub(crate) fn begin(
        id: &str,
        kind: Kind,
        cancellation: CancelToken,
        services: &Services,
    ) -> Arc<Self> {
        let operation = Arc::new(Operation {
            id: id.to_owned(),
            kind,
            cancellation,
            link: services.link.clone(),
            state: Mutex::default(),
            settled: Condvar::new(),
        });
        if kind != Kind::Terminate {
            let pending = operation.clone();
            services
                .timers
                .after(PEND_AFTER, move || pending.pend(&mut lock(&pending.state)));
        }
        operation
    }

    /// Answers a request for this operation: with its end, or that it is pending, whichever comes first.
    pub(crate) fn answer_to(&self, reply: Reply) {
        let mut state = lock(&self.state);
        if state.superseded {
            reply.send(&self.terminated());
        } else if let Some(answer) = &state.answer {
            reply.send(answer);
        } else if state.pended {
            reply.send(&pending());
        } else {
            state.replies.push(reply);
        }
    }

    pub(crate) fn is_superseded(&self) -> bool {
        lock(&self.state).superseded
    }

    /// A terminate overtakes it.
    pub(crate) fn supersede(&self, reason: &str) {
        let mut state = lock(&self.state);
        state.superseded = true;
        state.answer_all(&self.terminated());
        self.link.withdraw(&self.id);
        self.cancellation.cancel(reason);
    }

    /// Its work is done, and the resource is in the state that the answer tells.
    pub(crate) fn settle(self: &Arc<Self>, answer: Answer) {
        let mut state = lock(&self.state);
        state.answer_all(&answer);
        if state.pended && !state.superseded {
            self.report(&mut state, final_report(self.kind, &answer));
        }
        state.answer = Some(answer);
        self.settled.notify_all();
    }

    /// Waits until its work is done, whoever asked for it to end. True: it succeeded.
    pub(crate) fn wait(&self) -> bool {
        let running = |state: &mut State| state.answer.is_none();
        let state = self
            .settled
            .wait_while(lock(&self.state), running)
            .unwrap_or_else(PoisonError::into_inner);
        matches!(state.answer, Some(Ok(_)))
    }

    /// The author's word that it has come further. Only a pended operation may report, so this makes it one.
    pub(crate) fn progress(self: &Arc<Self>, text: &str) -> Result<(), CallError> {
        self.cancellation.check()?;
        let mut state = lock(&self.state);
        if state.answer.is_none() && !state.superseded {
            self.pend(&mut state);
            let name = if self.kind == Kind::Online {
                "onlinePending"
            } else {
                "offlinePending"
            };
            self.report(
                &mut state,
                object([("state", name.into()), ("text", cut(text).into())]),
            );
        }
        Ok(())
    }

    fn pend(&self, state: &mut State) {
        if state.answer.is_none() && !state.superseded && !state.pended {
            state.pended = true;
            state.answer_all(&pending());
        }
    }

    fn report(self: &Arc<Self>, state: &mut State, report: Value) {
        state.checkpoint += 1;
        let report = report
            .with("operationId", Some(self.id.as_str()))
            .with("checkpoint", Some(state.checkpoint));
        let own = self.clone();
        let on_answer = move |answer: &Answer| {
            let word = answer
                .as_ref()
                .ok()
                .and_then(|result| result.get("answer"))
                .and_then(Value::as_str);
            if word == Some("terminate") {
                own.cancellation
                    .cancel("the daemon answered a status report with terminate");
            }
        };
        self.link
            .post(&self.id, "statusReport", report, Some(Arc::new(on_answer)));
    }

    fn terminated(&self) -> Answer {
        Err(CallError::new(
            ErrorCode::Cancelled,
            format!("{}: terminated meanwhile", self.id),
        ))
    }
}

impl State {
    fn answer_all(&mut self, answer: &Answer) {
        for reply in self.replies.drain(..) {
            reply.send(answer);
        }
    }
}

fn pending() -> Answer {
    Ok(object([("pending", true.into())]))
}

/// The final state, and for an online the contract.
fn final_report(kind: Kind, answer: &Answer) -> Value {
    match (kind, answer) {
        (_, Err(error)) => object([
            ("state", "failed".into()),
            ("text", cut(error.message()).into()),
        ]),
        (Kind::Online, Ok(contract)) => ["eventHandle", "looksAliveMs", "isAliveMs"]
            .into_iter()
            .fold(object([("state", "online".into())]), |report, name| {
                report.with(name, contract.get(name).cloned())
            }),
        (_, Ok(_)) => object([("state", "offline".into())]),
    }
}
