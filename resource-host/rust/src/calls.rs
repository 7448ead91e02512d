use crate::checks::Check;
use crate::error::{guarded, CallError, ErrorCode};
use crate::instance::Instance;
use crate::json::{object, Value};
use crate::link::Answer;
use crate::locks::lock;
use crate::operation::Reply;
use crate::params::{output, Params};
use crate::resource_type::ServedType;
use crate::services::{in_background, Services};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The types and the open resources of a host. Answers every request of the daemon, whatever it holds and whatever an author's
/// code does.
pub(crate) struct Calls {
    types: Vec<Arc<dyn ServedType>>,
    instances: Mutex<BTreeMap<String, Arc<Instance>>>,
    services: Arc<Services>,
}

impl Calls {
    pub(crate) fn new(types: Vec<Arc<dyn ServedType>>, services: Arc<Services>) -> Self {
        let instances = Mutex::default();
        Calls {
            types,
            instances,
            services,
        }
    }

    pub(crate) fn instances(&self) -> Vec<Arc<Instance>> {
        lock(&self.instances).values().cloned().collect()
    }

    /// Begins a call, and never waits: whoever reads goes on reading.
    pub(crate) fn begin(self: &Arc<Self>, method: &str, params: Value, reply: Reply) {
        let begun = match method {
            "online" | "offline" | "terminate" => self.operation(method, &params, reply),
            "looksAlive" => self.check(Check::LooksAlive, method, params, reply),
            "isAlive" => self.check(Check::IsAlive, method, params, reply),
            "resourceControl" => self.control(method, params, reply),
            "ping" => {
                reply.send(&Ok(object([])));
                Ok(())
            }
            "startup" => self.in_background(method, params, reply, Calls::startup),
            "open" => self.in_background(method, params, reply, Calls::open),
            "close" => self.in_background(method, params, reply, Calls::close),
            "resourceTypeControl" => self.in_background(method, params, reply, Calls::type_control),
            _ => {
                let problem = format!("this host knows no method \"{method}\"");
                Err((CallError::new(ErrorCode::NotSupported, problem), reply))
            }
        };
        if let Err((error, reply)) = begun {
            reply.send(&Err(error));
        }
    }

    pub(crate) fn cancel(&self, id: &str, reason: &str) {
        self.instances()
            .iter()
            .for_each(|instance| instance.cancel(id, reason));
    }

    pub(crate) fn record_dismissed(&self, params: &Value) -> Result<(), CallError> {
        let params = Params::new("recordDismissed", params);
        self.find(params.text("resourceId")?)?
            .record_dismissed(params.incarnation()?);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<Arc<Instance>, CallError> {
        let unknown = || {
            CallError::new(
                ErrorCode::UnknownResource,
                format!("resource \"{name}\" is not open in this host"),
            )
        };
        lock(&self.instances).get(name).cloned().ok_or_else(unknown)
    }

    fn find_for(&self, method: &str, params: &Value) -> Result<Arc<Instance>, CallError> {
        self.find(Params::new(method, params).text("resourceId")?)
    }

    fn operation(
        &self,
        method: &str,
        params: &Value,
        reply: Reply,
    ) -> Result<(), (CallError, Reply)> {
        let instance = match self.find_for(method, params) {
            Ok(instance) => instance,
            // What is not open here has nothing left to clean up.
            Err(error) if method == "terminate" && error.code() == ErrorCode::UnknownResource => {
                reply.send(&Ok(object([])));
                return Ok(());
            }
            Err(error) => return Err((error, reply)),
        };
        let params = Params::new(method, params);
        match method {
            "online" => instance.online(&params, reply),
            "offline" => instance.offline(&params, reply),
            _ => instance.terminate(&params, reply),
        }
    }

    fn check(
        &self,
        check: Check,
        method: &str,
        params: Value,
        reply: Reply,
    ) -> Result<(), (CallError, Reply)> {
        let found = self.find_for(method, &params);
        let incarnation = Params::new(method, &params).incarnation();
        match found.and_then(|instance| Ok((instance, incarnation?))) {
            Ok((instance, incarnation)) => run(&instance, reply, move |own, resource| {
                own.check(check, incarnation, resource)
            }),
            Err(error) => Err((error, reply)),
        }
    }

    fn control(&self, method: &str, params: Value, reply: Reply) -> Result<(), (CallError, Reply)> {
        let found = self.find_for(method, &params);
        let read = Params::new(method, &params);
        match found.and_then(|instance| Ok((instance, read.text("code")?.to_owned(), read.input())))
        {
            Ok((instance, code, input)) => run(&instance, reply, move |own, resource| {
                own.control(&code, &input, resource)
            }),
            Err(error) => Err((error, reply)),
        }
    }

    fn in_background(
        self: &Arc<Self>,
        method: &str,
        params: Value,
        reply: Reply,
        act: fn(&Calls, &Params) -> Answer,
    ) -> Result<(), (CallError, Reply)> {
        let (own, name) = (self.clone(), method.to_owned());
        answer_in_background(method, reply, move || {
            act(&own, &Params::new(&name, &params))
        })
    }

    fn startup(&self, params: &Params) -> Answer {
        let wanted = params.texts("types")?;
        let served: Vec<_> = self
            .types
            .iter()
            .filter(|known| wanted.contains(&known.name()))
            .collect();
        for of_type in &served {
            guarded(|| of_type.startup())?;
        }
        let names: Vec<Value> = served.iter().map(|of_type| of_type.name().into()).collect();
        Ok(object([("resourceTypes", names.into())]))
    }

    fn open(&self, params: &Params) -> Answer {
        let (name, of_type) = (
            params.text("resourceId")?,
            self.type_named(params.text("type")?)?,
        );
        let (properties, recover) = (params.properties()?, params.flag("recover")?);
        // The answer to an earlier open was lost; what it made was never used. What it found is looked for again.
        if let Ok(earlier) = self.find(name) {
            earlier.discard()?;
            lock(&self.instances).remove(name);
        }
        let (instance, running) =
            Instance::open(of_type, name, properties, recover, self.services.clone())?;
        lock(&self.instances).insert(name.to_owned(), instance);
        let found = if running { "running" } else { "nothing" };
        Ok(object([("found", found.into())]))
    }

    /// What is not open here is closed already.
    fn close(&self, params: &Params) -> Answer {
        let name = params.text("resourceId")?;
        if let Ok(instance) = self.find(name) {
            instance.close()?;
            lock(&self.instances).remove(name);
        }
        Ok(object([]))
    }

    fn type_control(&self, params: &Params) -> Answer {
        let (of_type, code) = (self.type_named(params.text("type")?)?, params.text("code")?);
        guarded(|| of_type.control(code, &params.input())).map(output)
    }

    fn type_named(&self, name: &str) -> Result<Arc<dyn ServedType>, CallError> {
        let known = self.types.iter().find(|of_type| of_type.name() == name);
        known.cloned().ok_or_else(|| {
            let names: Vec<&str> = self.types.iter().map(|of_type| of_type.name()).collect();
            let problem = format!(
                "this host has no type \"{name}\"; it has: {}",
                names.join(", ")
            );
            CallError::new(ErrorCode::InvalidParams, problem)
        })
    }
}

/// Runs a check or control of a resource, which can be cancelled from now on.
fn run(
    instance: &Arc<Instance>,
    reply: Reply,
    act: impl FnOnce(&Instance, &crate::Resource) -> Answer + Send + 'static,
) -> Result<(), (CallError, Reply)> {
    let (own, id) = (instance.clone(), reply.id.clone());
    let resource = instance.enter(&id);
    answer_in_background(&instance.name, reply, move || {
        let answer = act(&own, &resource);
        own.leave(&id);
        answer
    })
}

fn answer_in_background(
    name: &str,
    reply: Reply,
    act: impl FnOnce() -> Answer + Send + 'static,
) -> Result<(), (CallError, Reply)> {
    // A thread that cannot start takes with it what it was given, and the answer is owed all the same.
    let refusal = reply.clone();
    in_background(name, move || reply.send(&act())).map_err(|error| {
        let problem = format!("this host can start no thread: {error}");
        (CallError::new(ErrorCode::Busy, problem), refusal)
    })
}
