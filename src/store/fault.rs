//! Fault points: named places at which a test lets the process end.

use std::sync::Arc;

use super::StoreError;

/// Asked at each named point whether the process ends there. In service it never does.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<dyn Fn(&'static str) -> bool + Send + Sync>>);

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self(None)
    }

    /// Faults where `ends_here` says so.
    pub fn at(ends_here: impl Fn(&'static str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ends_here)))
    }

    /// Passes the point `name`, or ends: then nothing more is written, as after `kill -9`.
    pub(super) fn pass(&self, name: &'static str) -> Result<(), StoreError> {
        match &self.0 {
            Some(ends_here) if ends_here(name) => Err(StoreError::Closed),
            _ => Ok(()),
        }
    }
}
