//! {{name}} is a resource type of andon: it runs a command and reports its end the moment it comes.

mod leftovers;

use andon_resource_host::process::{how_it_ended, own_session, signal_group, Signal};
use andon_resource_host::{
    Alive, CallError, Contract, ErrorCode, Host, Opened, Resource, ResourceType, Value,
};
use leftovers::{kill_leftovers, leftovers};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A daemon that waits for a terminate ends this host earlier.
const FOREVER: Duration = Duration::from_secs(86_400);

fn main() -> ExitCode {
    Host::new("{{name}}", env!("CARGO_PKG_VERSION"))
        .serve(Program)
        .run()
}

/// A resource is a command that runs while it is online.
struct Program;

/// The pid of the program while it runs.
#[derive(Default)]
struct Running {
    pid: Mutex<Option<u32>>,
    ended: Condvar,
}

impl Running {
    fn pid(&self) -> MutexGuard<'_, Option<u32>> {
        self.pid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signals the program and what it started, and waits for its end, but no longer than this.
    fn signal_and_wait(&self, signal: Signal, limit: Duration) -> Result<(), CallError> {
        let pid = self.pid();
        if let Some(leader) = *pid {
            signal_group(leader, signal)?;
        }
        let waited = self.ended.wait_timeout_while(pid, limit, |pid| pid.is_some());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

impl ResourceType for Program {
    type State = Arc<Running>;

    fn name(&self) -> &str {
        "{{name}}"
    }

    /// Finds out whether an earlier host, which was killed, left the program running.
    fn open(&self, program: &Resource, recover: bool) -> Result<Opened<Arc<Running>>, CallError> {
        let state = Arc::default();
        if recover && !leftovers(program.name()).is_empty() {
            return Ok(Opened::running(state));
        }
        Ok(Opened::nothing(state))
    }

    /// Starts the program, and promises to report its end, so that nobody has to ask. There must not be two of it.
    fn online(&self, program: &Resource, running: &Arc<Running>) -> Result<Contract, CallError> {
        let command = program.properties().text("command")?;
        kill_leftovers(program.name());
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null());
        let mut child = own_session(&mut shell)
            .env("ANDON_RESOURCE", program.name())
            .spawn()
            .map_err(|error| CallError::failed(format!("cannot run \"{command}\": {error}")))?;
        *running.pid() = Some(child.id());
        let running = running.clone();
        program.watch(move || {
            let status = child.wait();
            *running.pid() = None;
            running.ended.notify_all();
            status.map_or_else(|error| error.to_string(), how_it_ended)
        })?;
        Ok(Contract::event())
    }

    /// Lets the program stop by itself, for a while.
    fn offline(&self, program: &Resource, running: &Arc<Running>) -> Result<(), CallError> {
        let limit = program.properties().integer_or("stopTimeoutMs", 5_000)?;
        let limit = Duration::from_millis(u64::try_from(limit).unwrap_or(0));
        running.signal_and_wait(Signal::Terminate, limit)?;
        self.terminate(program, running)
    }

    /// Returns when nothing of the program is left, also nothing that it started.
    fn terminate(&self, program: &Resource, running: &Arc<Running>) -> Result<(), CallError> {
        running.signal_and_wait(Signal::Kill, FOREVER)?;
        kill_leftovers(program.name());
        Ok(())
    }

    /// Asked when somebody else reported a failure of this resource.
    fn is_alive(&self, _: &Resource, running: &Arc<Running>) -> Result<Alive, CallError> {
        Ok(Alive::when(running.pid().is_some(), "it does not run"))
    }

    /// Answers `andon control NAME pid`.
    fn control(
        &self,
        program: &Resource,
        running: &Arc<Running>,
        code: &str,
        _: &Value,
    ) -> Result<Value, CallError> {
        if code != "pid" {
            return Err(CallError::unknown_code(code));
        }
        (*running.pid()).map(Value::from).ok_or_else(|| {
            let problem = format!("{} does not run, so it has no pid", program.name());
            CallError::new(ErrorCode::InvalidState, problem)
        })
    }
}
