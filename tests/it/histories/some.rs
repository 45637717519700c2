//! Histories of little and overlapping content, so that names collide and all kinds of change come up.

use std::time::Duration;

use connect_emulator::{Operation, Profile};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::simulator::{
    ANOTHER_OWNER, Carries, Delivery, Fate, History, Kind, Outage, StackName, Stated, Step, Template, Text,
    Trouble, stated,
};
use crate::world::OWNER_TAG;

/// Two that are free, one that is nobody's, another owner's, a default profile, and AWS's own.
const NAMES: [Text; 9] =
    ["Agents", "Agents", "Agents", "Billing", "Billing", "Chat", "Escalation", "QualityAnalyst", "Managed"];

fn before() -> Vec<Profile> {
    let chat = Profile::named("Chat").described("Handles chats").tagged("team", "chat");
    let escalation = Profile::named("Escalation").with_permission("Users.View");
    vec![
        chat.with_permission("BasicAgentAccess").with_permission("Users.View"),
        escalation.tagged(OWNER_TAG, ANOTHER_OWNER),
    ]
}

fn some_stated() -> impl Strategy<Value = Stated> {
    let permissions: Vec<Vec<Text>> =
        vec![vec![], vec!["BasicAgentAccess"], vec!["BasicAgentAccess", "OutboundCallAccess"]];
    let tags: Vec<Vec<(Text, Text)>> = vec![vec![], vec![("a", "1")], vec![("a", "2"), ("team", "billing")]];
    (
        select(NAMES.to_vec()),
        option::of(select(vec!["", "x", "y"])),
        option::of(select(permissions)),
        option::of(select(tags)),
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(name, description, permissions, tags, adopt, retain)| Stated {
            description,
            permissions,
            tags,
            adopt,
            retain,
            ..stated(name)
        })
}

fn some_template() -> impl Strategy<Value = Template> {
    btree_map(select(vec!["A", "B", "C"]), some_stated(), 1..4).prop_map(Template)
}

fn some_time(longest: u64) -> impl Strategy<Value = Duration> {
    (0..longest / 10).prop_map(|tens| Duration::from_millis(tens * 10))
}

fn some_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        5 => Just(Fate::Good),
        2 => Just(Fate::SiblingFails),
        1 => some_time(300).prop_map(Fate::SiblingFailsMeanwhile),
    ]
}

fn some_step() -> impl Strategy<Value = Step> {
    let stack = || select(vec![StackName::First, StackName::First, StackName::Second]);
    let carries = select(vec![Carries::OldId, Carries::NewId]);
    prop_oneof![
        6 => (stack(), some_template(), some_fate(), carries).prop_map(
            |(stack, template, fate, rollback_carries)| Step::Deploy { stack, template, fate, rollback_carries }
        ),
        2 => stack().prop_map(|stack| Step::Delete { stack }),
        1 => (stack(), any::<bool>())
            .prop_map(|(stack, skip_resources)| Step::ContinueRollback { stack, skip_resources }),
    ]
}

fn some_delivery() -> impl Strategy<Value = Delivery> {
    prop_oneof![
        Just(Delivery::Twice),
        Just(Delivery::AnswerLost),
        Just(Delivery::Unheard),
        Just(Delivery::Never),
        some_time(300).prop_map(Delivery::AtOnce),
        some_time(300).prop_map(Delivery::Killed),
        some_time(300).prop_map(Delivery::KilledTwice),
        some_time(300).prop_map(Delivery::KilledForGood),
        some_time(800).prop_map(|time| Delivery::CutOff(time + Duration::from_millis(1))),
    ]
}

fn some_trouble() -> impl Strategy<Value = Trouble> {
    let operation = select(vec![
        Operation::CreateSecurityProfile,
        Operation::UpdateSecurityProfile,
        Operation::DeleteSecurityProfile,
        Operation::TagResource,
        Operation::UntagResource,
        Operation::DescribeSecurityProfile,
        Operation::ListSecurityProfiles,
        Operation::ListSecurityProfilePermissions,
    ]);
    (operation, 1..7_u64, some_kind()).prop_map(|(operation, nth, kind)| {
        // Only what makes a profile can be one too many.
        let operation = if kind == Kind::Full { Operation::CreateSecurityProfile } else { operation };
        Trouble { operation, nth, kind }
    })
}

/// What Connect may be thought to do: an answer of success is true.
fn some_kind() -> impl Strategy<Value = Kind> {
    let usual = vec![
        Kind::LostBefore,
        Kind::LostAfter,
        Kind::FailedAfter,
        Kind::Failed,
        Kind::Throttled,
        Kind::Denied,
        Kind::Full,
    ];
    let odd = vec![
        Kind::Slow,
        Kind::SlowAfter,
        Kind::CutAfter,
        Kind::PageAfter,
        Kind::Busy,
        Kind::BusyAfter,
        Kind::OtherJsonAfter,
    ];
    prop_oneof![3 => select(usual), 1 => select(odd)]
}

fn some_outage() -> impl Strategy<Value = Outage> {
    let kinds = vec![Kind::Slow, Kind::SlowAfter, Kind::Denied, Kind::Failed, Kind::Throttled];
    (some_time(300), select(kinds)).prop_map(|(after, kind)| Outage { after, kind })
}

pub(super) fn some_history() -> impl Strategy<Value = History> {
    let read_lag = prop_oneof![3 => Just(0), 1 => 2_000..4_000_u64].prop_map(Duration::from_millis);
    (
        vec(some_step(), 2..6),
        btree_map(0..12_usize, some_delivery(), 0..3),
        vec(some_trouble(), 0..3),
        btree_map(0..12_usize, some_outage(), 0..2),
        read_lag,
        // What the profile that is nobody's holds.
        option::weighted(0.2, Just("Users.View")),
    )
        .prop_map(|(steps, mut deliveries, troubles, outages, read_lag, denied)| {
            // What reads do not show yet can be told only by waiting, for which there has to be time.
            deliveries.retain(|_, delivery| read_lag.is_zero() || !matches!(delivery, Delivery::CutOff(_)));
            History { before: before(), read_lag, steps, deliveries, troubles, outages, denied }
        })
}

/// A history without what the provider waits for in seconds.
pub(super) fn some_quick_history() -> impl Strategy<Value = History> {
    let deliveries = select(vec![Delivery::Twice, Delivery::AtOnce(Duration::ZERO), Delivery::AnswerLost]);
    (vec(some_step(), 2..6), btree_map(0..12_usize, deliveries, 0..4)).prop_map(|(steps, deliveries)| {
        let steps = steps.into_iter().map(quick).collect();
        History { before: before(), steps, deliveries, ..History::default() }
    })
}

/// What may have been adopted or is to be retained is looked for when it is gone, and so is what was cancelled.
fn quick(step: Step) -> Step {
    let Step::Deploy { stack, mut template, fate, rollback_carries } = step else { return step };
    for stated in template.0.values_mut() {
        let is_there = !matches!(stated.name, "Agents" | "Billing");
        (stated.adopt, stated.retain) = (stated.adopt && is_there, false);
    }
    let fate = if fate == Fate::Good { fate } else { Fate::SiblingFails };
    Step::Deploy { stack, template, fate, rollback_carries }
}
