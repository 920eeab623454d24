//! The rule trace: what each rule expected, received and concluded.
//!
//! Rules call [`Observer::step`] with closures; with [`Silent`] they are compiled away, so that
//! the gateway's permit path formats and allocates nothing.

use crate::Rule;

/// What one rule concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule is satisfied and, where it is the proof asked for, ends the search.
    Pass,
    /// The rule does not apply to this request; the next one decides.
    Skip,
    /// The rule refuses.
    Refuse,
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// Its conclusion.
    pub outcome: Outcome,
    /// What it wants to see.
    pub expected: String,
    /// What it saw.
    pub received: String,
}

/// Collects the trace, or does not.
pub trait Observer {
    /// Whether steps are wanted; a constant, so that unwanted ones cost nothing.
    const WANTED: bool;

    /// Takes a step.
    fn take(&mut self, step: Step);

    /// Notes a step, whose texts are made only if wanted.
    #[inline(always)]
    fn step(&mut self, rule: Rule, outcome: Outcome, texts: impl FnOnce() -> (String, String)) {
        if Self::WANTED {
            let (expected, received) = texts();
            self.take(Step { rule, outcome, expected, received });
        }
    }
}

/// Wants no trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    const WANTED: bool = false;
    fn take(&mut self, _: Step) {}
}

/// Keeps every step in order.
#[derive(Clone, Debug, Default)]
pub struct Trace(pub Vec<Step>);

impl Observer for Trace {
    const WANTED: bool = true;
    fn take(&mut self, step: Step) {
        self.0.push(step);
    }
}
