use crate::calls::Calls;
use crate::environment::Environment;
use crate::frames::{encode, Frame, FrameReader};
use crate::host::{End, Software};
use crate::json::{object, Value};
use crate::link::Link;
use crate::operation::Reply;
use crate::resource::LogLevel;
use crate::services::Services;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// From the hello to the welcome or goodbye.
const WELCOME_LIMIT: Duration = Duration::from_secs(10);
const SHORTEST_RETRY_MS: u64 = 100;
const LONGEST_RETRY_MS: u64 = 2_000;
/// Until a daemon has said otherwise.
const DEFAULT_ORPHAN_PERIOD_MS: i64 = 600_000;
/// Resources in one frame of a hello are not longer than this.
const MAX_HELLO_RESOURCES_BYTES: usize = 262_144;

/// The connection to the daemon: it is made again for ever, and each time the daemon hears the truth of that moment.
pub(crate) struct Connection {
    environment: Environment,
    software: Software,
    calls: Arc<Calls>,
    services: Arc<Services>,
    end: SyncSender<End>,
    orphan_period_ms: AtomicI64,
    /// How often a daemon came or went: what an orphan period began with.
    changes: AtomicU64,
    trouble_told: AtomicBool,
}

impl Connection {
    pub(crate) fn new(
        environment: Environment,
        software: Software,
        calls: Arc<Calls>,
        services: Arc<Services>,
        end: SyncSender<End>,
    ) -> Arc<Self> {
        Arc::new(Connection {
            environment,
            software,
            calls,
            services,
            end,
            orphan_period_ms: AtomicI64::new(DEFAULT_ORPHAN_PERIOD_MS),
            changes: AtomicU64::new(0),
            trouble_told: AtomicBool::new(false),
        })
    }

    /// Serves one daemon after the other until this host ends.
    pub(crate) fn serve(self: &Arc<Self>) {
        self.begin_orphan_period();
        let mut failures = 0;
        while !self.link().is_closed() {
            let trouble = self.serve_one().err();
            let was_welcomed = self.link().is_welcomed();
            self.link().lost();
            if self.link().is_closed() {
                return;
            }
            self.complain(trouble);
            if was_welcomed {
                failures = 0;
                self.begin_orphan_period();
                for instance in self.calls.instances() {
                    instance.cancel_checks_and_controls("the daemon is gone");
                }
            }
            failures += 1;
            thread::sleep(retry_after(failures));
        }
    }

    fn link(&self) -> &Arc<Link> {
        &self.services.link
    }

    /// Until the connection ends. Ok: the daemon closed it.
    fn serve_one(self: &Arc<Self>) -> io::Result<()> {
        let mut reading = UnixStream::connect(&self.environment.socket)?;
        reading.set_read_timeout(Some(WELCOME_LIMIT))?;
        let generation =
            match self
                .link()
                .open(reading.try_clone()?, reading.try_clone()?, self.hello())
            {
                Some(generation) => generation,
                None => return Ok(()),
            };
        let mut frames = FrameReader::default();
        let mut piece = vec![0; 65_536];
        loop {
            let length = match reading.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            for frame in frames.push(&piece[..length])? {
                self.take(frame, generation, &reading)?;
            }
        }
    }

    fn take(
        self: &Arc<Self>,
        frame: Frame,
        generation: u64,
        socket: &UnixStream,
    ) -> io::Result<()> {
        match frame.kind.as_str() {
            "welcome" => {
                socket.set_read_timeout(None)?;
                self.welcomed(&frame.data);
            }
            "goodbye" => self.goodbye(&frame.data),
            "request" => self.request(frame.data, generation),
            "response" => self.link().answered(&frame.data),
            "notify" => self.notification(&frame.data),
            // A later version may know more.
            _ => {}
        }
        Ok(())
    }

    fn welcomed(&self, data: &Value) {
        let period = data
            .get("limits")
            .and_then(|limits| limits.get("orphanPeriodMs"))
            .and_then(Value::as_integer);
        self.orphan_period_ms
            .store(period.unwrap_or(DEFAULT_ORPHAN_PERIOD_MS), Ordering::SeqCst);
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.trouble_told.store(false, Ordering::SeqCst);
        self.link().welcomed();
        for instance in self.calls.instances() {
            instance.tell_failure_again();
        }
    }

    fn goodbye(&self, data: &Value) {
        let member = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let (code, message) = (member("code"), member("message"));
        if code == "shutdown" {
            // Whoever waits for the end has got one already if nobody takes this.
            let _ = self
                .end
                .try_send(End::Shutdown("the daemon ends".to_owned()));
            return;
        }
        eprintln!(
            "andon host {}: the daemon said goodbye: {code}: {message}",
            self.environment.host_id
        );
        if self.calls.instances().is_empty() {
            let _ = self.end.try_send(End::Refused);
        }
    }

    fn request(&self, data: Value, generation: u64) {
        let member = |name| data.get(name).and_then(Value::as_str);
        if let (Some(id), Some(method)) = (member("id"), member("method")) {
            let reply = Reply {
                link: self.link().clone(),
                generation,
                id: id.to_owned(),
            };
            let params = data.get("params").cloned().unwrap_or(Value::Null);
            self.calls.begin(method, params, reply);
        }
    }

    fn notification(&self, data: &Value) {
        let params = data.get("params").unwrap_or(&Value::Null);
        match data.get("method").and_then(Value::as_str) {
            Some("cancel") => {
                let member = |name| params.get(name).and_then(Value::as_str);
                self.calls.cancel(
                    member("id").unwrap_or_default(),
                    member("reason").unwrap_or("the daemon cancelled it"),
                );
            }
            Some("recordDismissed") => {
                if let Err(error) = self.calls.record_dismissed(params) {
                    self.services.log(
                        LogLevel::Warn,
                        &format!("ignored recordDismissed: {error}"),
                        None,
                    );
                }
            }
            _ => {}
        }
    }

    /// The frames that introduce this host.
    fn hello(&self) -> Vec<Vec<u8>> {
        let resources: Vec<Value> = self
            .calls
            .instances()
            .iter()
            .map(|instance| instance.describe())
            .collect();
        let count = u32::try_from(resources.len()).unwrap_or(u32::MAX);
        let mut pieces = in_pieces(resources).into_iter();
        let hello = object([
            ("protocols", vec!["andon/1".into()].into()),
            ("token", self.environment.token.as_str().into()),
            ("hostId", self.environment.host_id.as_str().into()),
            ("pid", std::process::id().into()),
            ("software", self.software.to_json()),
            ("concurrency", "perResource".into()),
            ("capabilities", object([("remembersResults", true.into())])),
            ("resourceCount", count.into()),
            ("resources", pieces.next().unwrap_or_default().into()),
        ]);
        let rest = pieces.map(|piece| {
            object([
                ("method", "resources".into()),
                ("params", object([("resources", piece.into())])),
            ])
        });
        std::iter::once(encode("hello", hello))
            .chain(rest.map(|data| encode("notify", data)))
            .collect()
    }

    fn begin_orphan_period(self: &Arc<Self>) {
        let began = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        let period = u64::try_from(self.orphan_period_ms.load(Ordering::SeqCst)).unwrap_or(0);
        if period == 0 {
            return;
        }
        let own = self.clone();
        self.services
            .timers
            .after(Duration::from_millis(period), move || {
                if own.changes.load(Ordering::SeqCst) == began {
                    let _ = own
                        .end
                        .send(End::Orphaned(format!("no daemon came within {period} ms")));
                }
            });
    }

    /// Once for each absence of the daemon.
    fn complain(&self, trouble: Option<io::Error>) {
        if !self.trouble_told.swap(true, Ordering::SeqCst) {
            let why = trouble.map_or_else(
                || "the daemon closed the connection".to_owned(),
                |error| error.to_string(),
            );
            let (host, socket) = (&self.environment.host_id, self.environment.socket.display());
            eprintln!("andon host {host}: no daemon at {socket}: {why}; trying again");
        }
    }
}

/// Between 0.1 s and 2 s; at random, so that the hosts of a daemon do not all come at once.
fn retry_after(failures: u32) -> Duration {
    let longest = LONGEST_RETRY_MS.min(SHORTEST_RETRY_MS << failures.min(5));
    let random = RandomState::new().build_hasher().finish();
    Duration::from_millis(SHORTEST_RETRY_MS + random % (longest - SHORTEST_RETRY_MS + 1))
}

/// Cuts the resources so that no piece is too long for one frame of a hello.
fn in_pieces(resources: Vec<Value>) -> Vec<Vec<Value>> {
    let mut pieces = vec![Vec::new()];
    let mut length = 2;
    for resource in resources {
        let more = resource.to_string().len() + 1;
        if length + more > MAX_HELLO_RESOURCES_BYTES {
            pieces.push(Vec::new());
            length = 2;
        }
        length += more;
        pieces
            .last_mut()
            .expect("there is always a piece")
            .push(resource);
    }
    pieces
}
