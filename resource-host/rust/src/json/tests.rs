use super::*;

fn text(json: &str) -> String {
    parse(json.as_bytes()).expect(json).to_string()
}

#[test]
fn integers_are_exact() {
    for json in [
        "0",
        "-1",
        "4294967295",
        "9007199254740991",
        "-9007199254740992",
        "9223372036854775807",
    ] {
        assert_eq!(text(json), json);
    }
    assert_eq!(parse(b"7.0").unwrap().as_integer(), Some(7));
    assert_eq!(parse(b"7e2").unwrap().as_integer(), Some(700));
    assert_eq!(parse(b"7.5").unwrap().as_integer(), None);
    assert_eq!(parse(b"1e300").unwrap().as_integer(), None);
    assert_eq!(parse(b"99999999999999999999").unwrap(), Value::Float(1e20));
}

#[test]
fn strings_survive() {
    assert_eq!(
        parse(br#""\u00e4\ud83d\ude00\n\/""#).unwrap().as_str(),
        Some("ä😀\n/")
    );
    assert_eq!(parse("\"ä😀\"".as_bytes()).unwrap().as_str(), Some("ä😀"));
    assert_eq!(text(r#""\u0001\f\"\\""#), r#""\u0001\u000c\"\\""#);
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    assert_eq!(parse(br#""\ud800""#).unwrap().as_str(), Some("\u{fffd}"));
    assert_eq!(parse(br#""\udc00x""#).unwrap().as_str(), Some("\u{fffd}x"));
    assert_eq!(
        parse(br#""\ud800\u0041""#).unwrap().as_str(),
        Some("\u{fffd}A")
    );
    assert_eq!(
        parse(br#""\ud800\ud83d\ude00""#).unwrap().as_str(),
        Some("\u{fffd}😀")
    );
}

#[test]
fn what_is_no_json_is_refused() {
    let texts = [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "nul",
        "\"\n\"",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12ä\"",
        "\"\\u+123\"",
        "1 2",
        "{\"a\" 1}",
        "[1 2]",
        "\u{feff}{}",
    ];
    for json in texts {
        assert!(parse(json.as_bytes()).is_err(), "{json:?} was read");
    }
    assert!(parse(b"\"\xff\"").is_err());
    assert!(parse(b"\"\xed\xa0\x80\"").is_err());
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(100).as_bytes()).is_ok());
    assert!(parse(nested(1000).as_bytes()).is_err());
    assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn members_are_found_and_the_last_of_equals_counts() {
    let value = parse(br#" {"a" : [1, {"b": true}], "c": null, "c": 2} "#).unwrap();
    assert_eq!(value.get("c").and_then(Value::as_integer), Some(2));
    assert_eq!(
        value.get("a").and_then(Value::as_array).map(<[Value]>::len),
        Some(2)
    );
    assert_eq!(value.get("d"), None);
    assert_eq!(value.to_string(), r#"{"a":[1,{"b":true}],"c":2}"#);
}

#[test]
fn what_is_not_finite_is_written_as_null() {
    assert_eq!(Value::Float(f64::NAN).to_string(), "null");
    assert_eq!(Value::Float(0.5).to_string(), "0.5");
}
