use crate::error::{CallError, ErrorCode};
use crate::frames::{encode, MAX_FRAME_BYTES};
use crate::json::{object, Value};
use crate::locks::lock;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) type Answer = Result<Value, CallError>;
/// Is told how the daemon answered a posted request.
pub(crate) type OnAnswer = Arc<dyn Fn(&Answer) + Send + Sync>;

/// The daemon answers from memory, so a longer silence means that the connection is of no use.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Log lines are lost while the daemon has not read this much: it is slow, and they are only words.
const MAX_LOG_BACKLOG_BYTES: usize = 1_048_576;

/// What leaves this host. Connections come and go; nobody who sends ever waits for the daemon to read.
#[derive(Default)]
pub(crate) struct Link {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Number of the newest connection.
    generation: u64,
    last_id: u64,
    asked: BTreeMap<String, Asker>,
    postings: BTreeMap<String, Posting>,
    closed: bool,
}

struct Connection {
    outbox: Sender<Vec<u8>>,
    backlog: Arc<AtomicUsize>,
    socket: UnixStream,
    welcomed: bool,
}

enum Asker {
    Caller(Sender<Answer>),
    Posting(String),
}

/// A request of which only the newest counts, sent again after each welcome until it is answered.
struct Posting {
    method: &'static str,
    params: Value,
    on_answer: Option<OnAnswer>,
    in_flight: bool,
    /// Newer than what is in flight.
    changed: bool,
}

impl Link {
    /// Begins a connection with the frames of the hello; answers its number. `None`: this host is ending.
    pub(crate) fn open(
        &self,
        socket: UnixStream,
        mut writing: UnixStream,
        hello: Vec<Vec<u8>>,
    ) -> Option<u64> {
        let (outbox, frames): (_, Receiver<Vec<u8>>) = channel();
        let backlog = Arc::new(AtomicUsize::new(0));
        let unwritten = backlog.clone();
        let write_all = move || {
            for frame in frames {
                if writing.write_all(&frame).is_err() {
                    // The reader of this connection sees its end too, and makes another.
                    let _ = writing.shutdown(Shutdown::Both);
                    return;
                }
                unwritten.fetch_sub(frame.len(), Ordering::Relaxed);
            }
        };
        let mut state = lock(&self.state);
        if state.closed || crate::services::in_background("frames", write_all).is_err() {
            return None;
        }
        state.generation += 1;
        let connection = state.connection.insert(Connection {
            outbox,
            backlog,
            socket,
            welcomed: false,
        });
        for frame in hello {
            connection.send(frame);
        }
        Some(state.generation)
    }

    /// From now on this host may ask and tell; what was asked of the daemon before and not answered is asked again.
    pub(crate) fn welcomed(&self) {
        let mut state = lock(&self.state);
        if let Some(connection) = &mut state.connection {
            connection.welcomed = true;
        }
        let keys: Vec<String> = state.postings.keys().cloned().collect();
        for key in keys {
            state.send_posting(&key);
        }
    }

    pub(crate) fn is_welcomed(&self) -> bool {
        lock(&self.state).welcomed_connection().is_some()
    }

    /// The connection is gone, and with it every answer.
    pub(crate) fn lost(&self) {
        let mut state = lock(&self.state);
        state.connection = None;
        for asker in std::mem::take(&mut state.asked).into_values() {
            if let Asker::Caller(caller) = asker {
                // A caller that has given up does not listen any more.
                let _ = caller.send(Err(no_daemon()));
            }
        }
        for posting in state.postings.values_mut() {
            posting.in_flight = false;
        }
    }

    /// Ends the connection for good.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        if let Some(connection) = &state.connection {
            // An error means that the daemon has ended it already.
            let _ = connection.socket.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// Answers a request, if the connection that brought it still stands.
    pub(crate) fn respond(&self, generation: u64, id: &str, answer: &Answer) {
        let mut frame = encode("response", response(id, answer));
        if frame.len() > MAX_FRAME_BYTES {
            let problem = format!(
                "the answer has {} bytes; the limit is {MAX_FRAME_BYTES}",
                frame.len()
            );
            frame = encode("response", response(id, &Err(CallError::failed(problem))));
        }
        let state = lock(&self.state);
        if let Some(connection) = state
            .connection
            .as_ref()
            .filter(|_| state.generation == generation)
        {
            connection.send(frame);
        }
    }

    /// False: there is no daemon now, or it does not read.
    pub(crate) fn notify(&self, method: &str, params: Value) -> bool {
        let state = lock(&self.state);
        let idle = |connection: &&Connection| {
            connection.backlog.load(Ordering::Relaxed) < MAX_LOG_BACKLOG_BYTES
        };
        let connection = state.welcomed_connection().filter(idle);
        connection.map_or(false, |connection| {
            connection.send(encode(
                "notify",
                object([("method", method.into()), ("params", params)]),
            ));
            true
        })
    }

    /// Asks the daemon, and waits for its answer.
    pub(crate) fn ask(&self, method: &'static str, params: Value) -> Answer {
        let (caller, answer) = channel();
        if !lock(&self.state).send_request(method, params, Asker::Caller(caller)) {
            return Err(no_daemon());
        }
        let late = |_| {
            Err(CallError::new(
                ErrorCode::Timeout,
                format!("the daemon did not answer {method} within {ANSWER_LIMIT:?}"),
            ))
        };
        answer.recv_timeout(ANSWER_LIMIT).unwrap_or_else(late)
    }

    /// Tells the daemon now or after the next welcome, without waiting. Takes the place of what was posted under this key.
    /// Without `on_answer` it is kept for later daemons too.
    pub(crate) fn post(
        &self,
        key: &str,
        method: &'static str,
        params: Value,
        on_answer: Option<OnAnswer>,
    ) {
        let mut state = lock(&self.state);
        let in_flight = state
            .postings
            .get(key)
            .map_or(false, |earlier| earlier.in_flight);
        let posting = Posting {
            method,
            params,
            on_answer,
            in_flight,
            changed: true,
        };
        state.postings.insert(key.to_owned(), posting);
        state.send_posting(key);
    }

    pub(crate) fn withdraw(&self, key: &str) {
        lock(&self.state).postings.remove(key);
    }

    /// Takes a response of the daemon; one that nobody waits for is ignored.
    pub(crate) fn answered(&self, data: &Value) {
        let answer = match data.get("ok").and_then(Value::as_bool) {
            Some(true) => Ok(data.get("result").cloned().unwrap_or(Value::Null)),
            _ => Err(CallError::from_json(data.get("error"))),
        };
        let mut state = lock(&self.state);
        match data
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| state.asked.remove(id))
        {
            Some(Asker::Caller(caller)) => drop(caller.send(answer)),
            Some(Asker::Posting(key)) => {
                let on_answer = state.posting_answered(&key);
                drop(state);
                if let Some(on_answer) = on_answer {
                    on_answer(&answer);
                }
            }
            None => {}
        }
    }
}

impl State {
    fn welcomed_connection(&self) -> Option<&Connection> {
        self.connection
            .as_ref()
            .filter(|connection| connection.welcomed)
    }

    fn send_request(&mut self, method: &str, params: Value, asker: Asker) -> bool {
        let id = format!("h{}", self.last_id + 1);
        let request = object([
            ("id", id.as_str().into()),
            ("method", method.into()),
            ("params", params),
        ]);
        match self.welcomed_connection() {
            Some(connection) => connection.send(encode("request", request)),
            None => return false,
        }
        self.last_id += 1;
        self.asked.insert(id, asker);
        true
    }

    fn send_posting(&mut self, key: &str) {
        let posting = self.postings.get(key).filter(|posting| !posting.in_flight);
        let request = posting.map(|posting| (posting.method, posting.params.clone()));
        let sent = request.map_or(false, |(method, params)| {
            self.send_request(method, params, Asker::Posting(key.to_owned()))
        });
        if let Some(posting) = self.postings.get_mut(key).filter(|_| sent) {
            posting.in_flight = true;
            posting.changed = false;
        }
    }

    fn posting_answered(&mut self, key: &str) -> Option<OnAnswer> {
        let posting = self.postings.get_mut(key)?;
        posting.in_flight = false;
        let on_answer = posting.on_answer.clone();
        if posting.changed {
            self.send_posting(key);
        } else if on_answer.is_some() {
            self.postings.remove(key);
        }
        on_answer
    }
}

impl Connection {
    fn send(&self, frame: Vec<u8>) {
        self.backlog.fetch_add(frame.len(), Ordering::Relaxed);
        // The writer ends only with its connection, and then nobody waits for this frame.
        let _ = self.outbox.send(frame);
    }
}

fn response(id: &str, answer: &Answer) -> Value {
    match answer {
        Ok(result) => object([
            ("id", id.into()),
            ("ok", true.into()),
            ("result", result.clone()),
        ]),
        Err(error) => object([
            ("id", id.into()),
            ("ok", false.into()),
            ("error", error.to_json()),
        ]),
    }
}

fn no_daemon() -> CallError {
    CallError::new(ErrorCode::Unavailable, "there is no daemon now")
}
