use crate::json::{self, object, Value};
use std::io;

/// Ends each frame; it cannot occur inside JSON.
const FRAME_END: u8 = 0x0c;
/// A frame without its end is never longer.
pub(crate) const MAX_FRAME_BYTES: usize = 1_048_576;

/// The bytes of one frame.
pub(crate) fn encode(kind: &str, data: Value) -> Vec<u8> {
    let mut bytes = object([("type", kind.into()), ("data", data)])
        .to_string()
        .into_bytes();
    bytes.push(FRAME_END);
    bytes
}

/// What a frame holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// Puts frames together from pieces of any length.
#[derive(Default)]
pub(crate) struct FrameReader {
    begun: Vec<u8>,
}

impl FrameReader {
    /// The frames that end in this piece. After an error the connection is of no use.
    pub(crate) fn push(&mut self, piece: &[u8]) -> io::Result<Vec<Frame>> {
        let mut frames = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == FRAME_END) {
            let (text, ends) = match part.split_last() {
                Some((&FRAME_END, text)) => (text, true),
                _ => (part, false),
            };
            self.begun.extend_from_slice(text);
            if self.begun.len() > MAX_FRAME_BYTES {
                return Err(invalid(format!(
                    "a frame is longer than {MAX_FRAME_BYTES} bytes"
                )));
            }
            if ends {
                frames.push(decode(&self.begun)?);
                self.begun.clear();
            }
        }
        Ok(frames)
    }
}

fn decode(text: &[u8]) -> io::Result<Frame> {
    let value =
        json::parse(text).map_err(|error| invalid(format!("a frame is no JSON: {error}")))?;
    let kind = value.get("type").and_then(Value::as_str);
    let kind = kind
        .ok_or_else(|| invalid("a frame has no type".to_owned()))?
        .to_owned();
    let data = value.get("data").cloned().unwrap_or(Value::Null);
    Ok(Frame { kind, data })
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let bytes = [
            encode("request", "ä😀".into()),
            encode("notify", true.into()),
        ]
        .concat();
        for length in 1..bytes.len() {
            let mut reader = FrameReader::default();
            let frames: Vec<Frame> = bytes
                .chunks(length)
                .flat_map(|piece| reader.push(piece).unwrap())
                .collect();
            let kinds: Vec<&str> = frames.iter().map(|frame| frame.kind.as_str()).collect();
            assert_eq!(kinds, ["request", "notify"]);
            assert_eq!(frames[0].data.as_str(), Some("ä😀"));
        }
    }

    #[test]
    fn a_frame_may_have_the_greatest_length_and_no_more() {
        let around = encode("x", "".into()).len() - 1;
        let longest = encode("x", "a".repeat(MAX_FRAME_BYTES - around).into());
        assert_eq!(FrameReader::default().push(&longest).unwrap().len(), 1);
        let longer = encode("x", "a".repeat(MAX_FRAME_BYTES - around + 1).into());
        assert!(FrameReader::default().push(&longer).is_err());
        assert!(FrameReader::default()
            .push(&vec![b' '; MAX_FRAME_BYTES + 1])
            .is_err());
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for bytes in [
            &b"\x0c"[..],
            b"7\x0c",
            b"{}\x0c",
            b"{\"type\":1}\x0c",
            b"{\"type\":\"\xff\"}\x0c",
        ] {
            assert!(FrameReader::default().push(bytes).is_err());
        }
        assert!(FrameReader::default()
            .push(b"{\"type\":\"news\",\"more\":[]}\n\x0c")
            .is_ok());
    }
}
