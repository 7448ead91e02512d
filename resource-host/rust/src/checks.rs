//! Checks and controls: the calls that change no state of a resource.

use crate::cancellation::CancelToken;
use crate::error::{guarded, CallError};
use crate::instance::{Instance, Phase};
use crate::json::{object, Value};
use crate::link::Answer;
use crate::params::output;
use crate::resource::Resource;
use crate::resource_type::Alive;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    LooksAlive,
    IsAlive,
}

impl Instance {
    /// Notes a call that begins, so that it can be cancelled.
    pub(crate) fn enter(&self, id: &str) -> Resource {
        let token = CancelToken::default();
        let mut state = self.state();
        state.in_flight.insert(id.to_owned(), token.clone());
        let mut resource = self.resource(&state, token);
        resource.control = Some(id.into());
        resource
    }

    pub(crate) fn leave(&self, id: &str) {
        self.state().in_flight.remove(id);
    }

    pub(crate) fn check(&self, check: Check, incarnation: u32, resource: &Resource) -> Answer {
        match self.judged_without_asking(incarnation)? {
            Some(alive) => Ok(alive_result(alive)),
            None => guarded(|| match check {
                Check::LooksAlive => self.entry_points.looks_alive(resource),
                Check::IsAlive => self.entry_points.is_alive(resource),
            })
            .map(alive_result),
        }
    }

    pub(crate) fn control(&self, code: &str, input: &Value, resource: &Resource) -> Answer {
        guarded(|| self.entry_points.control(resource, code, input)).map(output)
    }

    fn judged_without_asking(&self, incarnation: u32) -> Result<Option<Alive>, CallError> {
        let state = self.state();
        self.refuse_older(&state, incarnation)?;
        if incarnation > state.incarnation {
            return Err(self.wrong_state(
                &state,
                &format!("a check of @{incarnation}"),
                "bring it online first",
            ));
        }
        let may_live = matches!(state.phase, Phase::Online | Phase::OnlinePending);
        Ok(Some(Alive::No("it is not online".to_owned())).filter(|_| !may_live))
    }
}

fn alive_result(alive: Alive) -> Value {
    match alive {
        Alive::Yes => object([("alive", true.into())]),
        Alive::No(reason) => object([
            ("alive", false.into()),
            ("reason", crate::text::cut(&reason).into()),
        ]),
    }
}
