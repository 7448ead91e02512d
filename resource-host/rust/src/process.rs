//! Programs that a resource consists of.

use crate::posix;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// How to ask a program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: it may clean up.
    Terminate,
    /// SIGKILL: it cannot refuse.
    Kill,
}

/// The program begins a session, and so a process group of its own: what it starts can be signalled with it.
pub fn own_session(command: &mut Command) -> &mut Command {
    posix::own_session(command);
    command
}

impl Signal {
    fn number(self) -> i32 {
        match self {
            Signal::Terminate => posix::SIGTERM,
            Signal::Kill => posix::SIGKILL,
        }
    }
}

/// Signals the process group that the program with this pid leads. That there is none any more is success.
pub fn signal_group(leader: u32, signal: Signal) -> io::Result<()> {
    gone_is_success(posix::signal_group(leader, signal.number()))
}

/// Signals one process. That there is none any more is success.
pub fn signal_process(pid: u32, signal: Signal) -> io::Result<()> {
    gone_is_success(posix::signal_process(pid, signal.number()))
}

fn gone_is_success(signalled: io::Result<()>) -> io::Result<()> {
    const ESRCH: i32 = 3;
    match signalled {
        Err(error) if error.raw_os_error() == Some(ESRCH) => Ok(()),
        other => other,
    }
}

/// `exited with code 3` or `killed by SIGKILL`: how a program ended, as the reason of a failure.
pub fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("killed by {}", signal_name(signal)),
        (None, None) => status.to_string(),
    }
}

/// The numbers that all systems share have names.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}
