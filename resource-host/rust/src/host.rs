use crate::calls::Calls;
use crate::connection::Connection;
use crate::environment::Environment;
use crate::event_handle::EventHandle;
use crate::json::{object, Value};
use crate::link::Link;
use crate::posix::end_requests;
use crate::resource_type::{ResourceType, ServedType};
use crate::services::{in_background, Services};
use crate::shutdown::take_all_offline;
use crate::timers::Timers;
use std::io::{self, Read};
use std::process::ExitCode;
use std::sync::mpsc::{sync_channel, SyncSender};
use std::sync::Arc;

/// No daemon started this process.
const EXIT_WITHOUT_DAEMON: u8 = 2;
/// The daemon did not take this host.
const EXIT_REFUSED: u8 = 1;

/// Why a host ends.
pub(crate) enum End {
    Shutdown(String),
    Orphaned(String),
    Refused,
}

/// What the host is called, for the administrator.
#[derive(Debug, Clone)]
pub(crate) struct Software {
    name: String,
    version: String,
}

impl Software {
    pub(crate) fn to_json(&self) -> Value {
        object([
            ("name", self.name.as_str().into()),
            ("version", self.version.as_str().into()),
        ])
    }
}

/// A resource host: the types that it serves, until the daemon has no more use for it.
pub struct Host {
    software: Software,
    types: Vec<Arc<dyn ServedType>>,
}

impl Host {
    /// Name and version are shown to the administrator.
    pub fn new(name: &str, version: &str) -> Self {
        let software = Software {
            name: name.to_owned(),
            version: version.to_owned(),
        };
        Host {
            software,
            types: Vec::new(),
        }
    }

    /// Adds a type.
    ///
    /// # Panics
    ///
    /// If there is a type of this name.
    #[must_use]
    pub fn serve(mut self, of_type: impl ResourceType) -> Self {
        let of_type: Arc<dyn ServedType> = Arc::new(of_type);
        let twice = self
            .types
            .iter()
            .any(|known| known.name() == of_type.name());
        assert!(
            !twice,
            "two types of this host are named \"{}\"",
            of_type.name()
        );
        self.types.push(of_type);
        self
    }

    /// Serves the daemon that started this process until it says goodbye, until SIGTERM or SIGINT, or until no daemon came for
    /// the orphan period; what is online then is taken offline, the last that came online first. Call it at the beginning of
    /// `main` and return what it returns. The exit code is 0 after an orderly end, 1 if the daemon refused this host, and 2,
    /// with a word on standard error, if no daemon started it.
    pub fn run(self) -> ExitCode {
        let environment = match Environment::take() {
            Some(environment) => environment,
            None => return self.explain(),
        };
        match self.serve_daemon(environment) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("andon host: this system lets no host begin: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn serve_daemon(self, environment: Environment) -> io::Result<ExitCode> {
        let timers = Timers::start()?;
        let event_handle = EventHandle::new(
            environment.event_handle.clone(),
            environment.event_fd,
            timers.clone(),
        );
        let link = Arc::new(Link::default());
        let host_id = environment.host_id.clone();
        let services = Arc::new(Services {
            link,
            timers,
            event_handle,
            host_id,
        });
        let calls = Arc::new(Calls::new(self.types, services.clone()));
        let (end, ends) = sync_channel(1);
        end_on_signals(end.clone())?;
        let connection = Connection::new(
            environment,
            self.software,
            calls.clone(),
            services.clone(),
            end,
        );
        in_background("daemon", move || connection.serve())?;
        let why = ends.recv().unwrap_or(End::Refused);
        services.link.close();
        match why {
            End::Refused => return Ok(EXIT_REFUSED.into()),
            End::Shutdown(reason) | End::Orphaned(reason) => {
                take_all_offline(calls.instances(), &reason)
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn explain(&self) -> ExitCode {
        let names: Vec<&str> = self.types.iter().map(|of_type| of_type.name()).collect();
        let name = names.first().copied().unwrap_or("TYPE");
        eprintln!(
            "This is a resource host of andon, for: {}.",
            names.join(", ")
        );
        eprintln!("andond starts it, and tells it in ANDON_SOCKET where to connect; by hand it has nothing to do.");
        eprintln!("Register it:  andon type register --name {name} -- COMMAND");
        eprintln!("Try it:       andon host check --type {name} -- COMMAND");
        EXIT_WITHOUT_DAEMON.into()
    }
}

fn end_on_signals(end: SyncSender<End>) -> io::Result<()> {
    let mut requests = end_requests()?;
    in_background("signals", move || {
        // An error would mean that no signal can come any more.
        if requests.read_exact(&mut [0]).is_ok() {
            // Nobody listens when the host is ending already.
            let _ = end.try_send(End::Shutdown("a signal asked the host to end".to_owned()));
        }
    })
}
