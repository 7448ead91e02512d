//! Resource hosts for andon.
//!
//! A resource host is a process that `andond` starts. It brings resources online, takes them offline, and reports their
//! failures at once. Implement [`ResourceType`], hand it to a [`Host`], and call [`Host::run`]: the library speaks the protocol.
//!
//! ```no_run
//! use andon_resource_host::{CallError, Contract, Host, Opened, Resource, ResourceType};
//! use std::process::{Command, ExitCode};
//!
//! struct Printer;
//!
//! impl ResourceType for Printer {
//!     type State = ();
//!
//!     fn name(&self) -> &str {
//!         "printer"
//!     }
//!     fn open(&self, _: &Resource, _recover: bool) -> Result<Opened<()>, CallError> {
//!         Ok(Opened::nothing(()))
//!     }
//!     fn online(&self, printer: &Resource, _: &()) -> Result<Contract, CallError> {
//!         let queue = printer.properties().text("queue")?;
//!         Command::new("cupsenable").arg(queue).status()?;
//!         Ok(Contract::poll())
//!     }
//!     fn offline(&self, printer: &Resource, state: &()) -> Result<(), CallError> {
//!         self.terminate(printer, state)
//!     }
//!     fn terminate(&self, printer: &Resource, _: &()) -> Result<(), CallError> {
//!         Command::new("cupsdisable").arg(printer.properties().text("queue")?).status()?;
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     Host::new("printer-host", "1.0.0").serve(Printer).run()
//! }
//! ```

mod calls;
mod cancellation;
mod checks;
mod connection;
mod contract;
mod environment;
mod error;
mod event_handle;
mod frames;
mod host;
mod instance;
pub mod json;
mod life;
mod link;
mod locks;
mod operation;
mod operations;
mod params;
mod posix;
pub mod process;
mod properties;
mod resource;
mod resource_type;
mod services;
mod shutdown;
mod text;
mod timers;

pub use cancellation::CancelToken;
pub use contract::Contract;
pub use error::{CallError, ErrorCode};
pub use host::Host;
pub use json::Value;
pub use properties::Properties;
pub use resource::{LogLevel, Resource, Shown};
pub use resource_type::{Alive, Opened, ResourceType};
