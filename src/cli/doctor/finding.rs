//! What a check found, and how it is told.

use std::io::Write;

use serde::Serialize;

use super::super::table::plain;
use super::super::wording::json;
use crate::dkim::Record;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    /// Worth knowing, or not needed yet.
    Warning,
    /// To be mended.
    Fault,
}

/// What one check found.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The check's name: one word.
    pub check: &'static str,
    pub state: State,
    /// What is, in a sentence or two.
    pub found: String,
    /// What to do about it.
    pub advice: String,
    /// What to publish in DNS.
    pub records: Vec<Record>,
}

impl Finding {
    pub fn new(check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { check, state, found: found.into(), advice: String::new(), records: Vec::new() }
    }

    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Ok, found)
    }

    pub fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Warning, found)
    }

    pub fn fault(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Fault, found)
    }

    /// What to do.
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// A record to publish.
    pub fn publish(mut self, record: Record) -> Self {
        self.records.push(record);
        self
    }

    /// A line, and the records under it; or an object.
    pub fn tell(&self, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
        if as_json {
            return json(out, &Row::of(self));
        }
        let state = match self.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Fault => "fault",
        };
        let blank = if self.advice.is_empty() { "" } else { " " };
        let line = format!("{}{blank}{}", self.found, self.advice);
        writeln!(out, "{state:<8} {:<12} {}", self.check, plain(&line))?;
        if self.state != State::Ok {
            self.records.iter().try_for_each(|record| tell_record(record, out))?;
        }
        Ok(())
    }
}

/// A record as zone files have it, and where that differs, as web forms do.
pub(in super::super) fn tell_record(record: &Record, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "    {}", plain(&record.zone_line()))?;
    if record.is_split() {
        writeln!(out, "    or where a web form asks for one value:\n    {}", plain(&record.value))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Row<'a> {
    check: &'a str,
    state: State,
    found: &'a str,
    #[serde(rename = "do")]
    advice: Option<&'a str>,
    records: Vec<RecordRow<'a>>,
}

#[derive(Serialize)]
struct RecordRow<'a> {
    name: &'a str,
    r#type: &'a str,
    value: &'a str,
}

impl<'a> Row<'a> {
    fn of(finding: &'a Finding) -> Self {
        let records = finding.records.iter();
        let records = records.map(|one| RecordRow { name: &one.name, r#type: one.kind, value: &one.value }).collect();
        let advice = Some(finding.advice.as_str()).filter(|advice| !advice.is_empty());
        Self { check: finding.check, state: finding.state, found: &finding.found, advice, records }
    }
}
