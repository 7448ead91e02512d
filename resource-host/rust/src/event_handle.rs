use crate::locks::lock;
use crate::posix::O_NONBLOCK;
use crate::timers::Timers;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::io::RawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Wait before a full or absent pipe is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// The named pipe of this host. Writing never blocks, never makes a file, and never loses a record: what the pipe does not take
/// now stays here, at most one record for each incarnation, until it is taken or forgotten.
pub(crate) struct EventHandle {
    path: PathBuf,
    inherited: Option<RawFd>,
    timers: Arc<Timers>,
    writing: Mutex<Writing>,
}

#[derive(Default)]
struct Writing {
    pipe: Option<File>,
    waiting: BTreeMap<String, String>,
    retrying: bool,
    /// What was said last about a pipe that cannot be written to.
    trouble: String,
}

impl EventHandle {
    pub(crate) fn new(path: PathBuf, inherited: Option<RawFd>, timers: Arc<Timers>) -> Arc<Self> {
        let writing = Mutex::default();
        Arc::new(EventHandle {
            path,
            inherited,
            timers,
            writing,
        })
    }

    /// Writes a whole record at once: now if the pipe takes it, else as soon as it does.
    pub(crate) fn write(self: &Arc<Self>, key: &str, record: String) {
        let mut writing = lock(&self.writing);
        writing.waiting.insert(key.to_owned(), record);
        if !writing.retrying {
            self.flush(&mut writing);
        }
    }

    /// The record is not needed any more.
    pub(crate) fn forget(&self, key: &str) {
        lock(&self.writing).waiting.remove(key);
    }

    fn flush(self: &Arc<Self>, writing: &mut Writing) {
        match self.write_what_waits(writing) {
            Ok(()) => return writing.trouble.clear(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => self.complain(writing, &error),
        }
        writing.retrying = true;
        let own = self.clone();
        self.timers.after(RETRY_AFTER, move || {
            let mut writing = lock(&own.writing);
            writing.retrying = false;
            own.flush(&mut writing);
        });
    }

    fn complain(&self, writing: &mut Writing, error: &io::Error) {
        writing.pipe = None;
        let trouble = format!(
            "cannot write to the event handle {}: {error}",
            self.path.display()
        );
        if trouble != writing.trouble {
            eprintln!("andon host: {trouble}; trying again");
        }
        writing.trouble = trouble;
    }

    fn write_what_waits(&self, writing: &mut Writing) -> io::Result<()> {
        while let Some((key, record)) = writing.waiting.iter().next() {
            let key = key.clone();
            let mut pipe = match &writing.pipe {
                Some(pipe) => pipe,
                None => writing.pipe.insert(self.open()?),
            };
            // A record is shorter than PIPE_BUF, so a pipe takes all of it or nothing.
            pipe.write_all(record.as_bytes())?;
            writing.waiting.remove(&key);
        }
        Ok(())
    }

    /// Opens the pipe anew: the inherited descriptor blocks, and changing that would change it for all who share it. Opening
    /// through the descriptor works even when the path is gone.
    fn open(&self) -> io::Result<File> {
        let inherited = self
            .inherited
            .and_then(|fd| open_pipe(Path::new(&format!("/proc/self/fd/{fd}"))).ok());
        inherited.map_or_else(|| open_pipe(&self.path), Ok)
    }
}

/// Without a create flag: a path that is gone must not become a regular file that nobody reads.
fn open_pipe(path: &Path) -> io::Result<File> {
    let pipe = OpenOptions::new()
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(path)?;
    if pipe.metadata()?.file_type().is_fifo() {
        return Ok(pipe);
    }
    Err(io::Error::new(
        ErrorKind::InvalidInput,
        "it is no named pipe",
    ))
}
