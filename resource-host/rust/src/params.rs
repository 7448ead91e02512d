use crate::error::{CallError, ErrorCode};
use crate::json::{object, Value};

/// The parameters of one call. What does not have the form of the method is refused with `invalidParams`.
pub(crate) struct Params<'call> {
    method: &'call str,
    values: &'call Value,
}

impl<'call> Params<'call> {
    pub(crate) fn new(method: &'call str, values: &'call Value) -> Self {
        Params { method, values }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'call str, CallError> {
        let text = self
            .values
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(name, "a text"))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'call str>, CallError> {
        let elements = self.values.get(name).and_then(Value::as_array);
        let texts = elements.and_then(|elements| elements.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| self.wrong(name, "a list of texts"))
    }

    pub(crate) fn incarnation(&self) -> Result<u32, CallError> {
        let number = self.values.get("incarnation").and_then(Value::as_integer);
        let number = number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number > 0);
        number.ok_or_else(|| self.wrong("incarnation", "a whole number from 1 to 4294967295"))
    }

    pub(crate) fn properties(&self) -> Result<Value, CallError> {
        let properties = self
            .values
            .get("properties")
            .filter(|value| value.as_object().is_some());
        properties
            .cloned()
            .ok_or_else(|| self.wrong("properties", "an object"))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, CallError> {
        match self.values.get(name) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.wrong(name, "true or false")),
        }
    }

    pub(crate) fn input(&self) -> Value {
        self.values.get("input").cloned().unwrap_or(Value::Null)
    }

    fn wrong(&self, name: &str, wanted: &str) -> CallError {
        let given = self
            .values
            .get(name)
            .map_or_else(|| "missing".to_owned(), Value::to_string);
        let message = format!(
            "{}: params.{name} is {given}; it must be {wanted}",
            self.method
        );
        CallError::new(ErrorCode::InvalidParams, message)
    }
}

/// The result of a control.
pub(crate) fn output(output: Value) -> Value {
    object([]).with(
        "output",
        Some(output).filter(|output| *output != Value::Null),
    )
}
