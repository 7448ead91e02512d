use crate::posix::close_on_exec;
use std::env;
use std::os::unix::io::RawFd;
use std::path::PathBuf;

/// What the daemon tells a host through its environment.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) socket: PathBuf,
    pub(crate) host_id: String,
    pub(crate) token: String,
    pub(crate) event_handle: PathBuf,
    /// The event handle again, open already: it keeps unread records through a crash of the daemon.
    pub(crate) event_fd: Option<RawFd>,
}

impl Environment {
    /// Takes the token out of the environment, so that nothing that a resource starts can speak as this host. `None` when no
    /// daemon started this process.
    pub(crate) fn take() -> Option<Self> {
        let token = env::var("ANDON_TOKEN").unwrap_or_default();
        env::remove_var("ANDON_TOKEN");
        let socket = env::var_os("ANDON_SOCKET").filter(|path| !path.is_empty())?;
        let event_fd = env::var("ANDON_EVENT_FD")
            .ok()
            .and_then(|fd| fd.parse().ok())
            .filter(|fd| *fd > 2);
        Some(Environment {
            socket: socket.into(),
            host_id: env::var("ANDON_HOST_ID").unwrap_or_default(),
            token,
            event_handle: env::var_os("ANDON_EVENT_HANDLE").unwrap_or_default().into(),
            event_fd: event_fd.filter(|fd| close_on_exec(*fd).is_ok()),
        })
    }
}
