use crate::contract::Contract;
use crate::error::CallError;
use crate::json::Value;
use crate::resource::Resource;
use std::sync::Arc;

/// What `open` found and keeps.
#[derive(Debug)]
pub struct Opened<State> {
    state: State,
    running: bool,
}

impl<State> Opened<State> {
    /// Nothing of the resource runs.
    pub fn nothing(state: State) -> Self {
        Opened {
            state,
            running: false,
        }
    }

    /// An earlier host left it running; the `online` that follows adopts or stops what runs, and never starts beside it.
    pub fn running(state: State) -> Self {
        Opened {
            state,
            running: true,
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alive {
    Yes,
    /// Why not, for the administrator.
    No(String),
}

impl Alive {
    /// `Yes` if it holds, else this reason.
    pub fn when(alive: bool, reason_if_not: impl Into<String>) -> Self {
        if alive {
            Alive::Yes
        } else {
            Alive::No(reason_if_not.into())
        }
    }
}

/// The entry points of one type of resources.
///
/// For each resource the daemon makes one call at a time. `terminate` alone overlaps all others but `open` and `close`; and
/// while an `online` or `offline` takes longer than 100 ms, checks and controls may come. An error or a panic of an entry point
/// is the answer to its call and ends nothing else.
pub trait ResourceType: Send + Sync + 'static {
    /// What the host keeps of one resource between its calls.
    type State: Send + Sync + 'static;

    /// The name under which the type is registered.
    fn name(&self) -> &str;

    /// Before the first resource of the type is opened.
    fn startup(&self) -> Result<(), CallError> {
        Ok(())
    }

    /// Makes the state of a resource, and starts nothing. `recover`: an earlier host died, and what it had brought online may
    /// still run; find out.
    fn open(&self, resource: &Resource, recover: bool) -> Result<Opened<Self::State>, CallError>;

    /// Starts it. An error: it is not online, and `terminate` follows. Gives up when the call is cancelled.
    fn online(&self, resource: &Resource, state: &Self::State) -> Result<Contract, CallError>;

    /// Stops it in good order. One that is gone already is offline. After an error `terminate` follows.
    fn offline(&self, resource: &Resource, state: &Self::State) -> Result<(), CallError>;

    /// Cleans up whatever is left of it, now, also while another entry point runs; returns when nothing of it can act any more.
    fn terminate(&self, resource: &Resource, state: &Self::State) -> Result<(), CallError>;

    /// A cheap check, only asked under a poll contract. `No` is a suspicion, and `is_alive` follows.
    fn looks_alive(&self, _resource: &Resource, _state: &Self::State) -> Result<Alive, CallError> {
        Ok(Alive::Yes)
    }

    /// A thorough check. `No` is a failure. By default it is alive as long as it has not reported a failure.
    fn is_alive(&self, _resource: &Resource, _state: &Self::State) -> Result<Alive, CallError> {
        Ok(Alive::Yes)
    }

    /// A command that only this type understands.
    fn control(
        &self,
        _resource: &Resource,
        _state: &Self::State,
        code: &str,
        _input: &Value,
    ) -> Result<Value, CallError> {
        Err(CallError::unknown_code(code))
    }

    /// The same for the type as a whole.
    fn type_control(&self, code: &str, _input: &Value) -> Result<Value, CallError> {
        Err(CallError::unknown_code(code))
    }

    /// The resource, which is offline, is forgotten.
    fn close(&self, _resource: &Resource, _state: &Self::State) -> Result<(), CallError> {
        Ok(())
    }
}

/// A type with the state of its resources hidden.
pub(crate) trait ServedType: Send + Sync {
    fn name(&self) -> &str;
    fn startup(&self) -> Result<(), CallError>;
    fn open(
        self: Arc<Self>,
        resource: &Resource,
        recover: bool,
    ) -> Result<(Arc<dyn EntryPoints>, bool), CallError>;
    fn control(&self, code: &str, input: &Value) -> Result<Value, CallError>;
}

/// One resource with its state hidden.
pub(crate) trait EntryPoints: Send + Sync {
    fn online(&self, resource: &Resource) -> Result<Contract, CallError>;
    fn offline(&self, resource: &Resource) -> Result<(), CallError>;
    fn terminate(&self, resource: &Resource) -> Result<(), CallError>;
    fn looks_alive(&self, resource: &Resource) -> Result<Alive, CallError>;
    fn is_alive(&self, resource: &Resource) -> Result<Alive, CallError>;
    fn control(&self, resource: &Resource, code: &str, input: &Value) -> Result<Value, CallError>;
    fn close(&self, resource: &Resource) -> Result<(), CallError>;
}

impl<T: ResourceType> ServedType for T {
    fn name(&self) -> &str {
        ResourceType::name(self)
    }
    fn startup(&self) -> Result<(), CallError> {
        ResourceType::startup(self)
    }
    fn open(
        self: Arc<Self>,
        resource: &Resource,
        recover: bool,
    ) -> Result<(Arc<dyn EntryPoints>, bool), CallError> {
        let Opened { state, running } = ResourceType::open(&*self, resource, recover)?;
        Ok((
            Arc::new(Stateful {
                of_type: self,
                state,
            }),
            running,
        ))
    }
    fn control(&self, code: &str, input: &Value) -> Result<Value, CallError> {
        self.type_control(code, input)
    }
}

struct Stateful<T: ResourceType> {
    of_type: Arc<T>,
    state: T::State,
}

impl<T: ResourceType> EntryPoints for Stateful<T> {
    fn online(&self, resource: &Resource) -> Result<Contract, CallError> {
        self.of_type.online(resource, &self.state)
    }
    fn offline(&self, resource: &Resource) -> Result<(), CallError> {
        self.of_type.offline(resource, &self.state)
    }
    fn terminate(&self, resource: &Resource) -> Result<(), CallError> {
        self.of_type.terminate(resource, &self.state)
    }
    fn looks_alive(&self, resource: &Resource) -> Result<Alive, CallError> {
        self.of_type.looks_alive(resource, &self.state)
    }
    fn is_alive(&self, resource: &Resource) -> Result<Alive, CallError> {
        self.of_type.is_alive(resource, &self.state)
    }
    fn control(&self, resource: &Resource, code: &str, input: &Value) -> Result<Value, CallError> {
        self.of_type.control(resource, &self.state, code, input)
    }
    fn close(&self, resource: &Resource) -> Result<(), CallError> {
        self.of_type.close(resource, &self.state)
    }
}
