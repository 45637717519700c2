//! A history as data: what there is at first, what people ask of CloudFormation, and what goes wrong on the way.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use connect_emulator::{Fault, Operation, Profile};

use super::template::{Template, Text};

/// Everything that decides a run. What it leaves open is the jitter, which the simulator seeds.
#[derive(Clone, Default)]
pub(crate) struct History {
    /// Profiles that are there before, beside the default ones.
    pub(crate) before: Vec<Profile>,
    /// How far reads lag behind writes.
    pub(crate) read_lag: Duration,
    pub(crate) steps: Vec<Step>,
    /// How events are delivered, by their number from 0; all others once.
    pub(crate) deliveries: BTreeMap<usize, Delivery>,
    pub(crate) troubles: Vec<Trouble>,
    /// Events that Connect fails in the midst of, by their number from 0.
    pub(crate) outages: BTreeMap<usize, Outage>,
    /// The permission that the operator denies, if any.
    pub(crate) denied: Option<Text>,
}

/// One thing that somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Creates the stack, or updates it. Nothing happens in a state in which CloudFormation refuses that.
    Deploy { stack: StackName, template: Template, fate: Fate, rollback_carries: Carries },
    /// Deletes the stack, again if need be.
    Delete { stack: StackName },
    /// `ContinueUpdateRollback`, after a rollback that failed.
    ContinueRollback { stack: StackName, skip_resources: bool },
    /// Somebody else's hand.
    Outside(Outside),
}

/// One of the stacks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum StackName {
    First,
    Second,
}

/// How the resources of other providers fare, that the same stack has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// Nothing of them fails.
    Good,
    /// One fails when all of ours are done.
    SiblingFails,
    /// One fails so long after the Create of our last resource was sent: CloudFormation stops listening to the Create and
    /// sends a Delete with an id that it makes up. As `SiblingFails` where the last event is no Create.
    SiblingFailsMeanwhile(Duration),
}

/// Which id the Update of a rollback carries after a replacement; AWS does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carries {
    OldId,
    NewId,
}

/// How one event gets to the function, and its answer back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Delivery {
    Once,
    /// Twice, one after the other.
    Twice,
    /// Twice, the second so long after the first.
    AtOnce(Duration),
    /// It is acted upon, the answer does not get through, and Lambda delivers it again.
    AnswerLost,
    /// The process ends so long after the event came, and Lambda delivers it again.
    Killed(Duration),
    /// The process ends so long after the event came, and so does the next; Lambda's third try is the last, and succeeds.
    KilledTwice(Duration),
    /// As `KilledTwice`, but the third try is killed, too.
    KilledForGood(Duration),
    /// Lambda leaves it no more time than this.
    CutOff(Duration),
    /// It is acted upon, and no answer ever gets through.
    Unheard,
    /// It never comes.
    Never,
}

impl Delivery {
    /// Whether the event may be acted upon more than once.
    pub(crate) fn is_repeated(self) -> bool {
        !matches!(self, Self::Once | Self::CutOff(_))
    }
}

/// What somebody does in the console.
#[derive(Clone, Debug)]
pub(crate) enum Outside {
    /// A user is given the profile.
    Uses(Text),
    /// The user lets go of it after so long.
    LetsGo(Text, Duration),
    /// The profile is removed.
    Removes(Text),
    /// The owner tag is taken off.
    TakesOwnerTagOff(Text),
    /// The profile is given another owner's tag.
    HandsOver(Text),
    /// The profile gets another name.
    Renames(Text, Text),
    /// The profile gets another description and a tag.
    Edits(Text),
    /// The profile gets another permission.
    Empowers(Text, Text),
}

/// Something that goes wrong with one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    pub(crate) operation: Operation,
    /// Which call of the operation in the whole history, counted from 1.
    pub(crate) nth: u64,
    pub(crate) kind: Kind,
}

/// Every call goes wrong, from so long after the event was sent until Lambda has no more time for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outage {
    pub(crate) after: Duration,
    pub(crate) kind: Kind,
}

/// What goes wrong. `After` is after the call took effect; what does not say so is before, and it takes none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    LostBefore,
    LostAfter,
    FailedAfter,
    Failed,
    Throttled,
    Denied,
    /// The instance holds as many profiles as it may.
    Full,
    /// No answer comes for an hour.
    Slow,
    SlowAfter,
    /// The answer ends in the midst of its JSON.
    Cut,
    CutAfter,
    /// A page for people, with the status of success.
    Page,
    PageAfter,
    /// A page for people, with a status that says that something is too busy to answer.
    Busy,
    BusyAfter,
    /// JSON that is something else.
    OtherJson,
    OtherJsonAfter,
    /// A JSON document without a member.
    EmptyJson,
    EmptyJsonAfter,
}

impl fmt::Debug for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before: Vec<&str> = self.before.iter().map(|profile| profile.name.as_str()).collect();
        formatter
            .debug_struct("History")
            .field("before", &before)
            .field("read_lag", &self.read_lag)
            .field("steps", &self.steps)
            .field("deliveries", &self.deliveries)
            .field("troubles", &self.troubles)
            .field("outages", &self.outages)
            .field("denied", &self.denied)
            .finish()
    }
}

impl Trouble {
    pub(crate) fn fault(self) -> Fault {
        self.kind.of(Fault::on(self.operation).nth(self.nth))
    }
}

impl Outage {
    pub(crate) fn faults(self) -> impl Iterator<Item = Fault> {
        Operation::ALL.iter().map(move |operation| self.kind.of(Fault::on(*operation).always()))
    }
}

impl Kind {
    fn of(self, fault: Fault) -> Fault {
        const AN_HOUR: Duration = Duration::from_hours(1);
        const JSON: &str = "application/json";
        const CUT: &str = "{\"SecurityProf";
        const PAGE: &str = "<html>Please sign in</html>";
        const OTHER: &str = "[{\"Id\": 1}]";
        match self {
            Self::LostBefore => fault.lose(),
            Self::LostAfter => fault.lose_after(),
            Self::FailedAfter => fault.error_after(500, "InternalServiceException"),
            Self::Failed => fault.error(500, "InternalServiceException"),
            Self::Throttled => fault.error(429, "TooManyRequestsException"),
            Self::Denied => fault.error(403, "AccessDeniedException"),
            Self::Full => fault.error(429, "LimitExceededException"),
            Self::Slow => fault.delay(AN_HOUR),
            Self::SlowAfter => fault.delay_after(AN_HOUR),
            Self::Cut => fault.raw(200, JSON, CUT),
            Self::CutAfter => fault.raw_after(200, JSON, CUT),
            Self::Page => fault.raw(200, "text/html", PAGE),
            Self::PageAfter => fault.raw_after(200, "text/html", PAGE),
            Self::Busy => fault.raw(503, "text/html", PAGE),
            Self::BusyAfter => fault.raw_after(503, "text/html", PAGE),
            Self::OtherJson => fault.raw(200, JSON, OTHER),
            Self::OtherJsonAfter => fault.raw_after(200, JSON, OTHER),
            Self::EmptyJson => fault.raw(200, JSON, "{}"),
            Self::EmptyJsonAfter => fault.raw_after(200, JSON, "{}"),
        }
    }
}

/// Creates or updates the first stack; everything goes well beside it.
pub(crate) fn deploy(template: Template) -> Step {
    deploy_as(template, Fate::Good, Carries::OldId)
}

/// Creates or updates the first stack, with a fate.
pub(crate) fn deploy_as(template: Template, fate: Fate, rollback_carries: Carries) -> Step {
    Step::Deploy { stack: StackName::First, template, fate, rollback_carries }
}

/// Deletes the first stack.
pub(crate) fn delete() -> Step {
    Step::Delete { stack: StackName::First }
}
