//! The few calls of POSIX that the standard library lacks. All of `unsafe` is here.

use std::io;
use std::os::raw::{c_int, c_void};
use std::os::unix::io::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};

pub(crate) const SIGINT: c_int = 2;
pub(crate) const SIGKILL: c_int = 9;
pub(crate) const SIGTERM: c_int = 15;
const F_SETFD: c_int = 2;
const FD_CLOEXEC: c_int = 1;
const SIG_ERR: usize = usize::MAX;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const O_NONBLOCK: c_int = 0o4000;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const O_NONBLOCK: c_int = 4;

extern "C" {
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn kill(pid: c_int, signal: c_int) -> c_int;
    fn setsid() -> c_int;
    fn signal(signal: c_int, handler: usize) -> usize;
    fn write(fd: c_int, bytes: *const c_void, count: usize) -> isize;
}

/// Programs that this process starts do not inherit `fd`.
pub(crate) fn close_on_exec(fd: RawFd) -> io::Result<()> {
    // SAFETY: F_SETFD takes an int and touches no memory of this process; a wrong descriptor is an error.
    succeeded(unsafe { fcntl(fd, F_SETFD, FD_CLOEXEC) })
}

/// Sends a signal to a whole process group.
pub(crate) fn signal_group(group: u32, signal: c_int) -> io::Result<()> {
    let group = other_process(group)?;
    // SAFETY: kill takes two numbers and touches no memory of this process.
    succeeded(unsafe { kill(-group, signal) })
}

/// Sends a signal to one process.
pub(crate) fn signal_process(pid: u32, signal: c_int) -> io::Result<()> {
    let pid = other_process(pid)?;
    // SAFETY: as above.
    succeeded(unsafe { kill(pid, signal) })
}

/// To kill, 0 is the own group and -1 every process there is.
fn other_process(pid: u32) -> io::Result<c_int> {
    let pid = c_int::try_from(pid).ok().filter(|pid| *pid > 1);
    pid.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no process to signal"))
}

/// The program begins a session of its own, which is a process group too.
pub(crate) fn own_session(command: &mut Command) {
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; setsid is one, and so is reading errno.
    unsafe { command.pre_exec(|| succeeded(setsid())) };
}

/// Where the handler of signals writes; -1 before there is one.
static SIGNAL_PIPE: AtomicI32 = AtomicI32::new(-1);

/// A stream that becomes readable when this process is asked to end, by SIGTERM or SIGINT.
pub(crate) fn end_requests() -> io::Result<UnixStream> {
    let (reading, writing) = UnixStream::pair()?;
    writing.set_nonblocking(true)?;
    SIGNAL_PIPE.store(writing.as_raw_fd(), Ordering::SeqCst);
    // The handler may run as long as the process does.
    std::mem::forget(writing);
    for number in [SIGTERM, SIGINT] {
        // SAFETY: `on_signal` has the signature of a handler, and does only what is async-signal-safe.
        let previous = unsafe { signal(number, on_signal as extern "C" fn(c_int) as usize) };
        if previous == SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(reading)
}

extern "C" fn on_signal(_number: c_int) {
    let byte = 1_u8;
    // SAFETY: write is async-signal-safe, the byte lives through the call, and the descriptor is never closed. It does not
    // block; when the pipe is full the end was asked for before.
    unsafe {
        write(
            SIGNAL_PIPE.load(Ordering::SeqCst),
            std::ptr::addr_of!(byte).cast(),
            1,
        )
    };
}

fn succeeded(returned: c_int) -> io::Result<()> {
    if returned == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
