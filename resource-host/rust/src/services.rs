use crate::event_handle::EventHandle;
use crate::json::{object, Value};
use crate::link::Link;
use crate::resource::LogLevel;
use crate::text::cut;
use crate::timers::Timers;
use std::io;
use std::sync::Arc;
use std::thread;

/// What all resources of a host share.
pub(crate) struct Services {
    pub(crate) link: Arc<Link>,
    pub(crate) timers: Arc<Timers>,
    pub(crate) event_handle: Arc<EventHandle>,
    pub(crate) host_id: String,
}

impl Services {
    /// An event for the administrator; without a daemon it goes to standard error.
    pub(crate) fn log(&self, level: LogLevel, text: &str, resource: Option<&str>) {
        let params = object([("level", level.name().into()), ("text", cut(text).into())])
            .with("resourceId", resource);
        if !self.link.notify("log", params) && level != LogLevel::Debug {
            let resource = resource.map(|name| format!("{name}: ")).unwrap_or_default();
            eprintln!("andon host {}: {resource}{text}", self.host_id);
        }
    }

    /// Values beside the resource in `andon status`; the next daemon is told them again.
    pub(crate) fn show(&self, resource: &str, params: Value) {
        self.link.post(
            &format!("{resource} properties"),
            "setProperties",
            params,
            None,
        );
    }

    pub(crate) fn forget(&self, resource: &str) {
        self.link.withdraw(&format!("{resource} properties"));
    }
}

/// A thread for work that may take long.
pub(crate) fn in_background(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // A name cannot hold the byte 0, and a resource cannot have it in its name either.
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}
