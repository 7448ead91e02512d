//! online, offline and terminate. Each begins in the thread that reads, so that a terminate finds what it overtakes, and works in
//! a thread of its own.

use crate::cancellation::CancelToken;
use crate::error::{guarded, CallError, ErrorCode};
use crate::instance::{Instance, Phase, State};
use crate::json::object;
use crate::life::Life;
use crate::link::Answer;
use crate::operation::{Kind, Operation, Reply};
use crate::params::Params;
use crate::properties::Properties;
use crate::services::in_background;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// Counts what came online in this host.
static ONLINES: AtomicU64 = AtomicU64::new(0);

impl Instance {
    pub(crate) fn online(
        self: &Arc<Self>,
        params: &Params,
        reply: Reply,
    ) -> Result<(), (CallError, Reply)> {
        let begun = self.begin(Kind::Online, reply, |own, state, id| {
            let (incarnation, properties) = (params.incarnation()?, params.properties()?);
            let (handle, record) = (params.text("eventHandle")?, params.text("failureRecord")?);
            if incarnation <= state.incarnation {
                own.refuse_older(state, incarnation)?;
                return Err(own.wrong_state(
                    state,
                    "online",
                    "each online has a larger incarnation",
                ));
            }
            if !matches!(state.phase, Phase::Offline | Phase::Terminated) || state.running.is_some()
            {
                return Err(own.wrong_state(state, "online", "terminate it first"));
            }
            let life = Life::new(
                incarnation,
                handle.to_owned(),
                record.to_owned(),
                own.services.clone(),
            );
            let operation =
                Operation::begin(id, Kind::Online, life.cancellation.clone(), &own.services);
            state.incarnation = incarnation;
            state.phase = Phase::OnlinePending;
            state.properties = Arc::new(Properties::new(properties));
            state.may_run = true;
            state.contract = None;
            state.life = Some(life);
            state.running = Some(operation.clone());
            Ok(operation)
        })?;
        if let Some(operation) = begun {
            self.work(&operation, Instance::bring_online);
        }
        Ok(())
    }

    pub(crate) fn offline(
        self: &Arc<Self>,
        params: &Params,
        reply: Reply,
    ) -> Result<(), (CallError, Reply)> {
        let begun = self.begin(Kind::Offline, reply, |own, state, id| {
            let incarnation = params.incarnation()?;
            own.refuse_older(state, incarnation)?;
            if state.running.is_some() {
                return Err(own.wrong_state(state, "offline", "terminate it or wait"));
            }
            let operation =
                Operation::begin(id, Kind::Offline, CancelToken::default(), &own.services);
            state.incarnation = incarnation;
            state.phase = Phase::OfflinePending;
            if let Some(life) = &state.life {
                life.set_leaving(true);
            }
            state.running = Some(operation.clone());
            Ok(operation)
        })?;
        if let Some(operation) = begun {
            self.work(&operation, Instance::take_offline);
        }
        Ok(())
    }

    pub(crate) fn terminate(
        self: &Arc<Self>,
        params: &Params,
        reply: Reply,
    ) -> Result<(), (CallError, Reply)> {
        let mut earlier = None;
        let mut overtaken = None;
        let begun = self.begin(Kind::Terminate, reply, |own, state, id| {
            let incarnation = params.incarnation()?;
            own.refuse_older(state, incarnation)?;
            let reason = format!(
                "terminate: {}",
                params.text("reason").unwrap_or("no reason given")
            );
            state.incarnation = incarnation;
            state.phase = Phase::Failed;
            state.overtake(&reason);
            earlier = state.last(Kind::Terminate).cloned();
            overtaken = state.running.clone();
            Ok(Operation::begin(
                id,
                Kind::Terminate,
                CancelToken::default(),
                &own.services,
            ))
        })?;
        if let Some(operation) = begun {
            self.work(&operation, move |own, _| own.clean_up(earlier, overtaken));
        }
        Ok(())
    }

    /// `None`: it had begun before, and this request for it is answered from memory.
    fn begin(
        self: &Arc<Self>,
        kind: Kind,
        reply: Reply,
        check: impl FnOnce(&Self, &mut State, &str) -> Result<Arc<Operation>, CallError>,
    ) -> Result<Option<Arc<Operation>>, (CallError, Reply)> {
        let mut state = self.state();
        if let Some(known) = state.last(kind).filter(|known| known.id == reply.id) {
            known.answer_to(reply);
            return Ok(None);
        }
        let operation = match check(self, &mut state, &reply.id) {
            Ok(operation) => operation,
            Err(error) => return Err((error, reply)),
        };
        operation.answer_to(reply);
        state.remember(operation.clone());
        Ok(Some(operation))
    }

    fn work(
        self: &Arc<Self>,
        operation: &Arc<Operation>,
        work: impl FnOnce(&Self, &Arc<Operation>) -> Answer + Send + 'static,
    ) {
        let (own, working) = (self.clone(), operation.clone());
        let started = in_background(&self.name, move || {
            let answer = work(&own, &working);
            own.finish(&working, answer);
        });
        if let Err(error) = started {
            let problem = format!("{}: this host can start no thread: {error}", operation.id);
            self.finish(operation, Err(CallError::new(ErrorCode::Internal, problem)));
        }
    }

    fn bring_online(&self, operation: &Arc<Operation>) -> Answer {
        let mut resource = self.resource(&self.state(), operation.cancellation.clone());
        resource.operation = Some(operation.clone());
        let contract = guarded(|| self.entry_points.online(&resource))?;
        contract.to_json(resource.event_handle())
    }

    fn take_offline(&self, operation: &Arc<Operation>) -> Answer {
        let (mut resource, may_run) = {
            let state = self.state();
            (
                self.resource(&state, operation.cancellation.clone()),
                state.may_run,
            )
        };
        resource.operation = Some(operation.clone());
        if may_run {
            guarded(|| self.entry_points.offline(&resource))?;
        }
        Ok(object([]))
    }

    /// Answered only when nothing is left: so it waits for what it overtook, and cleans up after that once more.
    fn clean_up(
        &self,
        earlier: Option<Arc<Operation>>,
        overtaken: Option<Arc<Operation>>,
    ) -> Answer {
        if let Some(earlier) = earlier {
            earlier.wait();
        }
        let (resource, may_run) = {
            let state = self.state();
            (self.resource(&state, CancelToken::default()), state.may_run)
        };
        let clean_up = || guarded(|| self.entry_points.terminate(&resource));
        let cleaned = if may_run { clean_up() } else { Ok(()) };
        let came_online = overtaken.map_or(false, |operation| {
            operation.wait() && operation.kind == Kind::Online
        });
        let cleaned = if came_online { clean_up() } else { cleaned };
        cleaned.map(|()| object([]))
    }

    /// First the state of the resource, then the answer: whoever reads the answer finds the state.
    fn finish(&self, operation: &Arc<Operation>, answer: Answer) {
        self.enter_final_state(operation, &answer);
        operation.settle(answer);
    }

    fn enter_final_state(&self, operation: &Operation, answer: &Answer) {
        let mut state = self.state();
        if operation.kind != Kind::Terminate {
            state.running = None;
        }
        if operation.is_superseded() {
            return;
        }
        state.finished(operation, answer.is_ok());
        match (operation.kind, answer) {
            (Kind::Terminate, Ok(_)) => {
                state.may_run = false;
                state.phase = Phase::Terminated;
            }
            (Kind::Online, Ok(contract)) => {
                state.phase = Phase::Online;
                state.contract = contract.get("contract").cloned();
                state.online_since = ONLINES.fetch_add(1, Ordering::Relaxed);
            }
            (Kind::Offline, Ok(_)) => {
                state.phase = Phase::Offline;
                state.may_run = false;
                state.end_life("offline");
            }
            (_, Err(_)) => {
                state.phase = Phase::Failed;
                state.life.iter().for_each(|life| life.set_leaving(false));
            }
        }
    }
}

impl State {
    /// Ends what runs of this incarnation, and its failures with it.
    pub(crate) fn overtake(&mut self, reason: &str) {
        if let Some(running) = &self.running {
            running.supersede(reason);
        }
        self.cancel_in_flight(reason);
        self.end_life(reason);
    }

    fn end_life(&self, reason: &str) {
        if let Some(life) = &self.life {
            life.end(reason);
        }
    }
}
