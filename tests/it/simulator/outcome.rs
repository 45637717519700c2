//! What a run comes to, in words that are the same in each run of the same history: names instead of ids, no times.

use std::sync::LazyLock;
use std::time::Duration;

use connect_emulator::{Call, Configuration, Emulator, Profile};
use serde_json::json;

use super::answers::{NONE, UNKNOWN, by_id, owner, profile_id};
use super::laws::Stray;
use super::stack::{Event, Request};
use super::{Simulator, shorten_the_longest};
use crate::world::{Answer, INSTANCE_ID, OWNER_TAG};

/// An event as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) until: Duration,
    /// CloudFormation stops listening to it.
    pub(crate) is_cancelled: bool,
    /// What is asked for and what is there. The provider remembers nothing, so that an event whose scene is the same comes to
    /// the same.
    pub(crate) scene: String,
    /// What CloudFormation heard.
    pub(crate) answer: Option<Answer>,
}

pub(crate) struct Outcome {
    /// Each event with its answer, each step with its end, and what is there in the end.
    pub(crate) told: String,
    /// The laws that were broken.
    pub(crate) violations: Vec<String>,
    /// What is left that cannot be helped.
    pub(crate) strays: Vec<Stray>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) calls: Vec<Call>,
    /// How long it took beside what passes between events.
    pub(crate) took: Duration,
}

impl Simulator {
    pub(super) fn tell(&mut self, line: String) {
        self.told.push(line);
    }

    pub(super) fn tell_answer(&mut self, event: &Event, answer: Option<&Answer>) {
        let profiles = self.truth();
        self.names.extend(profiles.into_iter().map(|profile| (profile.id, profile.name)));
        let request = match &event.request {
            Request::Create => format!("Create {:?}", event.stated),
            Request::Update { id, .. } => format!("Update of {} to {:?}", self.name(id), event.stated),
            Request::Delete { id } => format!("Delete of {}", self.name(id)),
        };
        let answer = match answer {
            None => "not heard".to_owned(),
            Some(Answer { status, physical_id, data, .. }) => {
                let data = data["SecurityProfileName"].as_str().zip(data["Origin"].as_str());
                let data = data.map(|(name, origin)| format!(", {origin} `{name}`")).unwrap_or_default();
                format!("{status} {}{data}", self.name(physical_id))
            }
        };
        self.tell(format!("  {} {request}: {answer}", event.logical_id));
    }

    fn name(&self, id: &str) -> String {
        match (id, profile_id(id)) {
            (NONE, _) => "*none*".to_owned(),
            (UNKNOWN, _) => "*unknown*".to_owned(),
            (_, Some(id)) => self.names.get(id).map_or("a profile gone", String::as_str).to_owned(),
            _ => "an id made up".to_owned(),
        }
    }

    pub(super) fn scene(&self, event: &Event) -> String {
        let request = match &event.request {
            Request::Create => "Create".to_owned(),
            Request::Update { id, old } => format!("Update of {} from {old:?}", self.name(id)),
            Request::Delete { id } => format!("Delete of {}", self.name(id)),
        };
        let there: Vec<String> =
            self.truth().iter().filter(|profile| !is_as_every_instance_has_it(profile)).map(show).collect();
        let Event { uuid, logical_id, stated, .. } = event;
        format!("{request} {uuid} {logical_id} {stated:?}: {there:?}")
    }

    pub(super) fn end(mut self) -> Outcome {
        let calls = self.function.connect().journal();
        self.function.connect().clear_journal();
        self.ledger.judge_calls(&calls);
        let (start, now) = (self.ledger.start().to_vec(), self.truth());
        for profile in &start {
            match by_id(&now, &profile.id) {
                None => self.tell(format!("Gone: {}", profile.name)),
                Some(live) if live != profile => self.tell(format!("Changed: {}", show(live))),
                Some(_) => {}
            }
        }
        for profile in now.iter().filter(|profile| by_id(&start, &profile.id).is_none()) {
            self.tell(format!("New: {}", show(profile)));
        }
        let told = self.told.join("\n");
        let strays = self.ledger.strays();
        let took = self.began.elapsed().saturating_sub(self.function.paused());
        Outcome { told, violations: self.ledger.violations(), strays, sent: self.sent, calls, took }
    }
}

/// Whether it is a default profile that nobody has touched.
fn is_as_every_instance_has_it(profile: &Profile) -> bool {
    static DEFAULTS: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        let connect = Emulator::new(Configuration::default());
        shorten_the_longest(&connect);
        connect.profiles(INSTANCE_ID)
    });
    let same = |other: &&Profile| {
        (&other.name, &other.description, &other.permissions, &other.tags)
            == (&profile.name, &profile.description, &profile.permissions, &profile.tags)
    };
    DEFAULTS.iter().any(|default| same(&default))
}

/// What a profile holds, without its id and times.
pub(super) fn show(profile: &Profile) -> String {
    let mut value = serde_json::to_value(profile).unwrap();
    let members = value.as_object_mut().unwrap();
    if let (Some((origin, uuid, logical_id)), Some(tag)) =
        (owner(profile), members["Tags"].get_mut(OWNER_TAG))
    {
        let (stack, _) = uuid.split_once('-').unwrap();
        *tag = json!(format!("{origin} by {logical_id} of {stack}"));
    }
    members.retain(|key, value| {
        let is_empty = [json!([]), json!(""), json!({})].contains(value);
        let is_passing = key.starts_with("LastModified") || key == "Id" || key == "Type";
        !is_empty && !is_passing && key != "GranularAccessControlConfiguration"
    });
    value.to_string()
}
