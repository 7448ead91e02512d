use crate::error::{CallError, ErrorCode};
use crate::json::Value;

/// The private properties of a resource, as its type declared them.
#[derive(Debug, Clone, PartialEq)]
pub struct Properties(Value);

impl Properties {
    pub(crate) fn new(values: Value) -> Self {
        Properties(values)
    }

    /// A property with any value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A property that must be there, and text.
    pub fn text(&self, name: &str) -> Result<&str, CallError> {
        self.read(name, Value::as_str, "text")?
            .ok_or_else(|| missing(name))
    }

    /// A property that must be there, and a whole number.
    pub fn integer(&self, name: &str) -> Result<i64, CallError> {
        self.read(name, Value::as_integer, "a whole number")?
            .ok_or_else(|| missing(name))
    }

    pub fn text_or<'own>(
        &'own self,
        name: &str,
        default: &'own str,
    ) -> Result<&'own str, CallError> {
        Ok(self.read(name, Value::as_str, "text")?.unwrap_or(default))
    }

    pub fn integer_or(&self, name: &str, default: i64) -> Result<i64, CallError> {
        Ok(self
            .read(name, Value::as_integer, "a whole number")?
            .unwrap_or(default))
    }

    pub fn boolean_or(&self, name: &str, default: bool) -> Result<bool, CallError> {
        Ok(self
            .read(name, Value::as_bool, "true or false")?
            .unwrap_or(default))
    }

    fn read<'own, T>(
        &'own self,
        name: &str,
        read: impl Fn(&'own Value) -> Option<T>,
        wanted: &str,
    ) -> Result<Option<T>, CallError> {
        let value = self.get(name).filter(|value| **value != Value::Null);
        let wrong = |value| {
            CallError::new(
                ErrorCode::InvalidParams,
                format!("property {name} is {value}; it must be {wanted}"),
            )
        };
        value
            .map(|value| read(value).ok_or_else(|| wrong(value)))
            .transpose()
    }
}

fn missing(name: &str) -> CallError {
    CallError::new(
        ErrorCode::InvalidParams,
        format!("property {name} is missing; set it: andon resource set NAME {name}=…"),
    )
}
