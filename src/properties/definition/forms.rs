//! The words in which the tables are written.

use super::super::limits::{self, Lengths};
use super::{Form, Needs, Property, Text};

pub(super) const NAME: Form = text(limits::NAME);

pub(super) const ANY_TEXT: Form = Form::Text(Text { shortest: 0, longest: None, pattern: None });

pub(super) const OPTIONAL: Property = Property {
    name: "",
    form: ANY_TEXT,
    required: false,
    replaces: false,
    default: None,
    needs: Needs::Nothing,
    about: "",
    example: "",
};

pub(super) const REQUIRED: Property = Property { required: true, ..OPTIONAL };

impl Property {
    pub(super) const fn named(self, name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, about, ..self }
    }
}

pub(super) const fn text(lengths: Lengths) -> Form {
    Form::Text(Text { shortest: lengths.0, longest: Some(lengths.1), pattern: None })
}

pub(super) const fn object(name: &'static str, keys: &'static [Property]) -> Form {
    Form::Object { name, keys }
}

pub(super) const fn list(item: &'static Form, least: usize, most: usize) -> Form {
    Form::List { item, least, most }
}
