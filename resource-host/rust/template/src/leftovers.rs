//! What runs of a resource, also what an earlier host started and left behind when it was killed. All of it inherited an
//! environment that names the resource and the daemon. Only Linux shows the environment of a process.

use andon_resource_host::process::{signal_process, Signal};
use std::path::Path;
use std::time::Duration;
use std::{env, fs, thread};

pub fn leftovers(resource: &str) -> Vec<u32> {
    let entries = [
        format!("ANDON_RESOURCE={resource}"),
        format!("ANDON_SOCKET={}", env::var("ANDON_SOCKET").unwrap_or_default()),
    ];
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.filter(|pid| has_entries(*pid, &entries)).collect()
}

/// Returns when nothing of this resource runs any more.
pub fn kill_leftovers(resource: &str) {
    loop {
        let pids = leftovers(resource);
        if pids.is_empty() {
            return;
        }
        for pid in pids {
            // An error means that it has ended already.
            let _ = signal_process(pid, Signal::Kill);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A process that has ended, or is somebody else's, has no environment to read: it is not ours.
fn has_entries(pid: u32, wanted: &[String]) -> bool {
    let path = Path::new("/proc").join(pid.to_string()).join("environ");
    let environment = fs::read(path).unwrap_or_default();
    let entries: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
    wanted.iter().all(|entry| entries.contains(&entry.as_bytes()))
}
