/// Longest text on the wire, in UTF-16 units.
const MAX_TEXT_LENGTH: usize = 1_024;
/// Longest failure record, its LF included: what POSIX guarantees to write whole.
const MAX_FAILURE_RECORD_BYTES: usize = 512;

/// A text for people, cut to what the daemon takes, between two characters.
pub(crate) fn cut(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > MAX_TEXT_LENGTH
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// One line for the event handle: the beginning that `online` named, and as much of the reason as fits.
pub(crate) fn failure_record(beginning: &str, reason: &str) -> String {
    let mut line = format!("{beginning} ");
    for character in reason.trim().chars() {
        let shown = if character.is_control() {
            ' '
        } else {
            character
        };
        if line.len() + shown.len_utf8() + 1 > MAX_FAILURE_RECORD_BYTES {
            break;
        }
        line.push(shown);
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ä".repeat(2_000)).chars().count(), 1_024);
        // Such a character has two UTF-16 units, and is not halved.
        assert_eq!(
            cut(&format!("x{}", "😀".repeat(2_000))).chars().count(),
            512
        );
    }

    #[test]
    fn a_record_is_one_line_of_512_bytes_at_most() {
        assert_eq!(
            failure_record("web-1@7", "disk gone"),
            "web-1@7 disk gone\n"
        );
        assert_eq!(failure_record("web-1@7", ""), "web-1@7\n");
        assert_eq!(
            failure_record("web-1@7", "a\nb\tc\u{85}"),
            "web-1@7 a b c\n"
        );
        let long = failure_record("web-1@7", &"😀".repeat(500));
        assert!(long.len() <= 512 && long.len() > 508 && long.ends_with("😀\n"));
    }
}
