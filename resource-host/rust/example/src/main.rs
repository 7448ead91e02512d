//! mounted is a resource type of andon: a file system is mounted at a path, and stays mounted. It mounts and unmounts nothing.

mod mount_table;

use andon_resource_host::{Alive, CallError, Contract, Host, Opened, Resource, ResourceType};
use mount_table::{is_mounted, Changes};
use std::collections::BTreeMap;
use std::io;
use std::process::{abort, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

fn main() -> ExitCode {
    let mounted = Mounted::default();
    Host::new("mounted", env!("CARGO_PKG_VERSION"))
        .serve(mounted)
        .run()
}

/// The resources that are online, by name. One thread watches for all of them.
#[derive(Default, Clone)]
struct Mounted(Arc<Mutex<BTreeMap<String, Resource>>>);

impl Mounted {
    fn online(&self) -> MutexGuard<'_, BTreeMap<String, Resource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, resource: &Resource) {
        self.online().remove(resource.name());
    }

    /// After each change of the mount table, whoever is not mounted any more has failed.
    fn watch(&self, changes: &Changes) -> io::Result<()> {
        loop {
            changes.wait()?;
            for resource in self.online().values() {
                if let Alive::No(reason) = state_of(resource) {
                    resource.fail(&reason);
                }
            }
        }
    }
}

impl ResourceType for Mounted {
    type State = ();

    fn name(&self) -> &str {
        "mounted"
    }

    fn startup(&self) -> Result<(), CallError> {
        let (own, changes) = (self.clone(), Changes::new()?);
        thread::Builder::new()
            .name("mount table".to_owned())
            .spawn(move || {
                if let Err(error) = own.watch(&changes) {
                    // Nobody would notice a failure any more. The daemon starts another host.
                    eprintln!("mounted: cannot watch the mount table: {error}");
                    abort();
                }
            })?;
        Ok(())
    }

    fn open(&self, _: &Resource, _recover: bool) -> Result<Opened<()>, CallError> {
        Ok(Opened::nothing(()))
    }

    /// First it is watched and then looked at, so that no change falls between.
    fn online(&self, resource: &Resource, _: &()) -> Result<Contract, CallError> {
        self.online()
            .insert(resource.name().to_owned(), resource.clone());
        match state_of(resource) {
            Alive::Yes => Ok(Contract::event()),
            Alive::No(reason) => {
                self.forget(resource);
                Err(CallError::failed(format!("{reason}; mount it first")))
            }
        }
    }

    fn offline(&self, resource: &Resource, state: &()) -> Result<(), CallError> {
        self.terminate(resource, state)
    }

    fn terminate(&self, resource: &Resource, _: &()) -> Result<(), CallError> {
        self.forget(resource);
        Ok(())
    }

    fn is_alive(&self, resource: &Resource, _: &()) -> Result<Alive, CallError> {
        Ok(state_of(resource))
    }
}

fn state_of(resource: &Resource) -> Alive {
    let path = match resource.properties().text("path") {
        Ok(path) => path,
        Err(error) => return Alive::No(error.message().to_owned()),
    };
    match is_mounted(path) {
        Ok(mounted) => Alive::when(mounted, format!("nothing is mounted at {path}")),
        Err(error) => Alive::No(format!("cannot read the mount table: {error}")),
    }
}
