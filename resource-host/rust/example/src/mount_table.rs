//! The mount table of this process's mount namespace. The kernel tells when it changes.

use std::fs::{self, File};
use std::io;
use std::os::raw::{c_int, c_short, c_ulong};
use std::os::unix::io::AsRawFd;

const MOUNT_TABLE: &str = "/proc/self/mountinfo";
const POLLPRI: c_short = 2;
const NO_LIMIT: c_int = -1;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

extern "C" {
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
}

/// Changes of the mount table since this was made.
pub struct Changes(File);

impl Changes {
    pub fn new() -> io::Result<Self> {
        File::open(MOUNT_TABLE).map(Changes)
    }

    /// Waits until the mount table changes; a change since the last call, or since `new`, is not missed.
    pub fn wait(&self) -> io::Result<()> {
        let mut watched = PollFd {
            fd: self.0.as_raw_fd(),
            events: POLLPRI,
            revents: 0,
        };
        // SAFETY: one PollFd of the layout of struct pollfd is given, and lives through the call.
        if unsafe { poll(&mut watched, 1, NO_LIMIT) } == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

/// Whether something is mounted exactly there.
pub fn is_mounted(path: &str) -> io::Result<bool> {
    let table = fs::read_to_string(MOUNT_TABLE)?;
    let mut mount_points = table.lines().filter_map(|line| line.split(' ').nth(4));
    Ok(mount_points.any(|mount_point| unescaped(mount_point) == path))
}

/// The kernel writes a blank as `\040`, and so three more characters.
fn unescaped(mount_point: &str) -> String {
    let mut parts = mount_point.split('\\');
    let mut path = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(3));
        let byte = u8::from_str_radix(digits, 8).unwrap_or(b'\\');
        path.push(char::from(byte));
        path.push_str(rest);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_mounted_and_what_does_not_exist_is_not() {
        assert!(is_mounted("/proc").unwrap());
        assert!(!is_mounted("/proc/self/there is no such mount").unwrap());
    }

    #[test]
    fn escapes_of_the_kernel_are_read() {
        assert_eq!(unescaped("/media/my\\040disk"), "/media/my disk");
        assert_eq!(unescaped("/a\\134040b"), "/a\\040b");
    }
}
