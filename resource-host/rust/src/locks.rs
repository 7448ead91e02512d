use std::sync::{Mutex, MutexGuard, PoisonError};

/// No lock of this library is held while code of an author runs, so a panic never leaves what it guards half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
