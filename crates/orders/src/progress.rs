//! The words in which it is stored how far an order has come.

use shop::{code::Code, messages::OrderStatus};

signals::labels! {
    /// A call to another service, or several of one kind.
    #[derive(PartialOrd, Ord)]
    pub enum Step = "step" {
        Price = "price",
        Reserve = "reserve",
        Authorise = "authorise",
        /// The point of no return: from its intent on an order only goes forward.
        Capture = "capture",
        Commit = "commit",
        Void = "void",
        Release = "release",
    }

    /// What is known of a step.
    pub enum StepState = "state" { Intent = "intent", Done = "done", Failed = "failed" }
}

impl Step {
    /// Reads a step.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.as_str() == text)
    }
}

impl StepState {
    /// Reads a state.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }
}

/// What is to be written down about a step.
#[derive(Clone, Copy, Debug)]
pub struct Note(pub Step, pub StepState, pub Option<Code>);

impl Note {
    /// The call will be made.
    pub const fn intent(step: Step) -> Self {
        Self(step, StepState::Intent, None)
    }

    /// The call had its effect.
    pub const fn done(step: Step) -> Self {
        Self(step, StepState::Done, None)
    }

    /// The call was refused, or nobody knows.
    pub const fn failed(step: Step, code: Code) -> Self {
        Self(step, StepState::Failed, Some(code))
    }
}

/// Why an order is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A step failed, in the word that the client was told.
    Failure(Code),
    /// Its worker went away before the point of no return.
    Interrupted,
}

impl Reason {
    /// The reason as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Failure(code) => code.as_str(),
            Reason::Interrupted => "interrupted",
        }
    }

    /// Reads a reason.
    pub fn parse(text: &str) -> Option<Self> {
        if text == Reason::Interrupted.as_str() {
            Some(Reason::Interrupted)
        } else {
            Code::parse(text).map(Self::Failure)
        }
    }

    /// What an order is in the end that was undone for it.
    pub const fn status(self) -> OrderStatus {
        match self {
            Reason::Failure(_) => OrderStatus::Failed,
            Reason::Interrupted => OrderStatus::Cancelled,
        }
    }

    /// Whether the cause was ours and not the customer's, so that the same order may well succeed later.
    pub const fn is_ours(self) -> bool {
        match self {
            Reason::Failure(code) => code.status() >= 500,
            Reason::Interrupted => true,
        }
    }
}

/// Where an order turns with a write.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Stay,
    /// Forward to a step.
    To(Step),
    /// Back, for this reason; there is no way forward again.
    Back(Reason),
}
