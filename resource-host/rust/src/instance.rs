use crate::cancellation::CancelToken;
use crate::error::{guarded, CallError, ErrorCode};
use crate::json::{object, Value};
use crate::life::Life;
use crate::locks::lock;
use crate::operation::{Kind, Operation};
use crate::properties::Properties;
use crate::resource::Resource;
use crate::resource_type::{EntryPoints, ServedType};
use crate::services::Services;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Offline,
    OnlinePending,
    Online,
    OfflinePending,
    Failed,
    /// Told as Failed: whether it counts as a failure is for the daemon to say.
    Terminated,
}

/// One resource that is open in this host: its state, what runs, and how the last operations ended.
pub(crate) struct Instance {
    pub(crate) name: Arc<str>,
    pub(crate) entry_points: Arc<dyn EntryPoints>,
    pub(crate) services: Arc<Services>,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) incarnation: u32,
    pub(crate) life: Option<Arc<Life>>,
    pub(crate) properties: Arc<Properties>,
    /// Something of it may run, so that offline and terminate must ask the author.
    pub(crate) may_run: bool,
    /// `event` or `poll`.
    pub(crate) contract: Option<Value>,
    /// The online or offline whose work is not done.
    pub(crate) running: Option<Arc<Operation>>,
    remembered: Vec<Arc<Operation>>,
    last_finished: Option<(String, bool)>,
    /// Checks and controls that run, by the id of their call.
    pub(crate) in_flight: BTreeMap<String, CancelToken>,
    /// When it came online: the reverse of this order is that of an orderly end.
    pub(crate) online_since: u64,
}

impl Instance {
    /// Opens a resource; answers too whether it was found running.
    pub(crate) fn open(
        of_type: Arc<dyn ServedType>,
        name: &str,
        properties: Value,
        recover: bool,
        services: Arc<Services>,
    ) -> Result<(Arc<Self>, bool), CallError> {
        let opening = Resource {
            name: name.into(),
            properties: Arc::new(Properties::new(properties)),
            call: CancelToken::default(),
            life: None,
            operation: None,
            control: None,
            services: services.clone(),
        };
        let (entry_points, running) = guarded(|| of_type.open(&opening, recover))?;
        let state = State {
            phase: Phase::Offline,
            incarnation: 0,
            life: None,
            properties: opening.properties,
            may_run: recover || running,
            contract: None,
            running: None,
            remembered: Vec::new(),
            last_finished: None,
            in_flight: BTreeMap::new(),
            online_since: 0,
        };
        let state = Mutex::new(state);
        Ok((
            Arc::new(Instance {
                name: opening.name,
                entry_points,
                services,
                state,
            }),
            running,
        ))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// As a hello tells it.
    pub(crate) fn describe(&self) -> Value {
        let state = self.state();
        let failed = state.life.as_ref().map_or(false, |life| life.has_failed());
        let word = match state.phase {
            Phase::Online if failed => "Failed",
            Phase::Offline => "Offline",
            Phase::OnlinePending => "OnlinePending",
            Phase::Online => "Online",
            Phase::OfflinePending => "OfflinePending",
            Phase::Failed | Phase::Terminated => "Failed",
        };
        let last = state.last_finished.as_ref();
        object([
            ("id", (*self.name).into()),
            ("incarnation", state.incarnation.into()),
            ("state", word.into()),
        ])
        .with("failed", Some(true).filter(|_| failed))
        .with(
            "lastOp",
            last.map(|(id, ok)| object([("id", id.as_str().into()), ("ok", (*ok).into())])),
        )
        .with(
            "contract",
            state.contract.clone().filter(|_| word == "Online"),
        )
    }

    /// What an entry point is given for one call.
    pub(crate) fn resource(&self, state: &State, call: CancelToken) -> Resource {
        Resource {
            name: self.name.clone(),
            properties: state.properties.clone(),
            call,
            life: state.life.clone(),
            operation: None,
            control: None,
            services: self.services.clone(),
        }
    }

    /// Asks the call of this id to give up; its answer is still owed.
    pub(crate) fn cancel(&self, id: &str, reason: &str) {
        let state = self.state();
        let operation = state
            .running
            .as_ref()
            .filter(|operation| operation.id == id);
        let token = operation
            .map(|operation| &operation.cancellation)
            .or_else(|| state.in_flight.get(id));
        if let Some(token) = token {
            token.cancel(reason);
        }
    }

    /// Checks and controls that nobody waits for any more. Operations go on.
    pub(crate) fn cancel_checks_and_controls(&self, reason: &str) {
        self.state().cancel_in_flight(reason);
    }

    pub(crate) fn record_dismissed(&self, incarnation: u32) {
        if let Some(life) = self
            .state()
            .life
            .as_ref()
            .filter(|life| life.incarnation == incarnation)
        {
            life.dismiss();
        }
    }

    pub(crate) fn tell_failure_again(&self) {
        if let Some(life) = &self.state().life {
            life.tell_again();
        }
    }

    pub(crate) fn close(&self) -> Result<(), CallError> {
        let resource = {
            let state = self.state();
            if state.may_run || state.running.is_some() {
                return Err(self.wrong_state(&state, "close", "take it offline first"));
            }
            self.resource(&state, CancelToken::default())
        };
        self.end(&resource)
    }

    /// Ends an instance that was opened and never used; what runs of it is left as it is.
    pub(crate) fn discard(&self) -> Result<(), CallError> {
        let resource = {
            let state = self.state();
            if state.phase != Phase::Offline || state.running.is_some() {
                return Err(self.wrong_state(&state, "open", "take it offline first"));
            }
            self.resource(&state, CancelToken::default())
        };
        self.end(&resource)
    }

    fn end(&self, resource: &Resource) -> Result<(), CallError> {
        guarded(|| self.entry_points.close(resource))?;
        self.services.forget(&self.name);
        Ok(())
    }

    /// Refuses a call of an incarnation that is over.
    pub(crate) fn refuse_older(&self, state: &State, incarnation: u32) -> Result<(), CallError> {
        if incarnation >= state.incarnation {
            return Ok(());
        }
        let message = format!(
            "{}@{incarnation} is over; this host has @{}",
            self.name, state.incarnation
        );
        Err(CallError::new(ErrorCode::StaleIncarnation, message))
    }

    pub(crate) fn wrong_state(&self, state: &State, call: &str, remedy: &str) -> CallError {
        let message = format!(
            "{call} of {}@{}: it is {:?}; {remedy}",
            self.name, state.incarnation, state.phase
        );
        CallError::new(ErrorCode::InvalidState, message)
    }
}

impl State {
    pub(crate) fn remember(&mut self, operation: Arc<Operation>) {
        self.remembered
            .retain(|earlier| earlier.kind != operation.kind);
        self.remembered.push(operation);
    }

    /// The last operation of this kind.
    pub(crate) fn last(&self, kind: Kind) -> Option<&Arc<Operation>> {
        self.remembered
            .iter()
            .find(|operation| operation.kind == kind)
    }

    pub(crate) fn finished(&mut self, operation: &Operation, ok: bool) {
        self.last_finished = Some((operation.id.clone(), ok));
    }

    pub(crate) fn cancel_in_flight(&self, reason: &str) {
        for token in self.in_flight.values() {
            token.cancel(reason);
        }
    }
}
