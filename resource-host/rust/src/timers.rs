use crate::locks::lock;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// One thread for everything that is to happen later. What it runs must not wait for anything.
pub(crate) struct Timers {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    entries: BinaryHeap<Reverse<Entry>>,
    last_number: u64,
}

struct Entry {
    at: Instant,
    /// Keeps the order of what is due at one moment.
    number: u64,
    act: Box<dyn FnOnce() + Send>,
}

impl Timers {
    pub(crate) fn start() -> io::Result<Arc<Self>> {
        let timers = Arc::new(Timers {
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        let own = timers.clone();
        thread::Builder::new()
            .name("timers".to_owned())
            .spawn(move || own.run())?;
        Ok(timers)
    }

    /// Whoever loses interest before says so to `act`, which looks whether it is still wanted.
    pub(crate) fn after(&self, delay: Duration, act: impl FnOnce() + Send + 'static) {
        let mut queue = lock(&self.queue);
        queue.last_number += 1;
        let number = queue.last_number;
        let at = Instant::now() + delay;
        let act = Box::new(act);
        queue.entries.push(Reverse(Entry { at, number, act }));
        self.changed.notify_one();
    }

    fn run(&self) {
        loop {
            let act = self.next();
            act();
        }
    }

    fn next(&self) -> Box<dyn FnOnce() + Send> {
        let mut queue = lock(&self.queue);
        loop {
            let now = Instant::now();
            let wait = queue
                .entries
                .peek()
                .map(|Reverse(entry)| entry.at.saturating_duration_since(now));
            queue = match wait {
                None => self
                    .changed
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => match queue.entries.pop() {
                    Some(Reverse(entry)) => return entry.act,
                    None => queue,
                },
                Some(wait) => {
                    self.changed
                        .wait_timeout(queue, wait)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}
