//! The lives themselves, as data.

use std::time::Duration;

use connect_emulator::Profile;

use crate::simulator::{
    ANOTHER_OWNER, Carries, Delivery, Fate, History, Outside, StackName, Step, delete, deploy, deploy_as,
    stated, template,
};
use crate::world::OWNER_TAG;

pub(super) struct Lifecycle {
    pub(super) name: &'static str,
    pub(super) history: History,
    /// It waits for nothing, so that it can be run in real time.
    pub(super) is_quick: bool,
}

const AT_ONCE: Duration = Duration::from_millis(0);

/// Nobody's, with content.
fn chat() -> Profile {
    let chat = Profile::named("Chat").described("Handles chats").tagged("team", "chat");
    chat.with_permission("BasicAgentAccess").with_permission("Users.View")
}

/// Another owner's.
fn escalation() -> Profile {
    Profile::named("Escalation").with_permission("BasicAgentAccess").tagged(OWNER_TAG, ANOTHER_OWNER)
}

fn outside(hand: Outside) -> Step {
    Step::Outside(hand)
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn lifecycles() -> Vec<Lifecycle> {
    let agents =
        || stated("Agents").described("Takes calls").permits(&["BasicAgentAccess"]).tagged(&[("a", "1")]);
    let agents_2 = || stated("Agents").permits(&["Users.View"]).tagged(&[("b", "2")]);
    let renamed = || stated("Renamed").permits(&["Users.View"]);
    let billing = || stated("Billing").described("Bills").permits(&["OutboundCallAccess"]);
    let adopted = || stated("Chat").permits(&["BasicAgentAccess"]).tagged(&[("a", "1")]).adopt();
    let adopted_2 = || stated("Chat").described("Chats").permits(&["Users.View"]).adopt();
    let fails = |template| deploy_as(template, Fate::SiblingFails, Carries::OldId);
    let fails_carrying = |template, carries| deploy_as(template, Fate::SiblingFails, carries);
    let quick = |name, steps: Vec<Step>| Lifecycle {
        name,
        history: History { before: vec![chat(), escalation()], steps, ..History::default() },
        is_quick: true,
    };
    let described = |description| stated("Agents").described(description);
    let guarded = |name, steps| {
        let mut lifecycle = quick(name, steps);
        lifecycle.history.denied = Some("Users.View");
        lifecycle
    };
    let slow = |name, steps| Lifecycle { is_quick: false, ..quick(name, steps) };
    let unanswered = |name, delivery, steps| {
        let mut lifecycle = slow(name, steps);
        lifecycle.history.deliveries.insert(0, delivery);
        lifecycle
    };
    // The third event is the Update of the rollback.
    let rollback_unheard = |name, steps| {
        let mut lifecycle = slow(name, steps);
        lifecycle.history.deliveries.insert(2, Delivery::Never);
        lifecycle
    };
    let cancelled = |name, after| {
        let fate = Fate::SiblingFailsMeanwhile(Duration::from_millis(after));
        let both = template([("A", agents()), ("B", billing())]);
        slow(name, vec![deploy_as(both, fate, Carries::OldId), delete()])
    };
    vec![
        quick("create", vec![deploy(template([("A", agents()), ("B", billing())]))]),
        quick(
            "create_update_delete",
            vec![
                deploy(template([("A", agents()), ("B", billing())])),
                deploy(template([("A", agents_2()), ("B", billing()), ("C", renamed())])),
                deploy(template([("A", agents_2())])),
                delete(),
            ],
        ),
        quick(
            "tags_only",
            vec![
                deploy(template([("A", agents())])),
                deploy(template([("A", agents().tagged(&[("a", "2"), ("c", "3")]))])),
                deploy(template([("A", agents().tagged(&[]))])),
            ],
        ),
        quick(
            "replacement_with_clean_up",
            vec![
                deploy(template([("A", agents()), ("B", billing())])),
                deploy(template([("A", renamed()), ("B", billing())])),
                delete(),
            ],
        ),
        quick(
            "replacement_rolled_back_with_the_old_id",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", renamed())]), Carries::OldId),
                delete(),
            ],
        ),
        quick(
            "replacement_rolled_back_with_the_new_id",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", renamed())]), Carries::NewId),
                delete(),
            ],
        ),
        quick(
            "update_rolled_back_because_a_sibling_fails",
            vec![
                deploy(template([("A", agents()), ("B", billing())])),
                fails(template([("A", agents_2()), ("C", renamed())])),
                delete(),
            ],
        ),
        quick(
            "update_rolled_back_because_a_name_is_taken",
            vec![
                deploy(template([("A", agents())])),
                deploy(template([("A", agents_2()), ("B", stated("Chat")), ("C", renamed())])),
            ],
        ),
        quick(
            "create_rolled_back_because_a_sibling_fails",
            vec![fails(template([("A", agents()), ("B", billing())])), delete()],
        ),
        quick(
            "create_rolled_back_because_a_name_is_taken",
            vec![deploy(template([("A", agents()), ("B", stated("Chat")), ("C", billing())])), delete()],
        ),
        quick(
            "stack_made_again_under_its_name",
            vec![deploy(template([("A", agents())])), delete(), deploy(template([("A", agents_2())]))],
        ),
        quick(
            "adopted_updated_deleted",
            vec![
                deploy(template([("A", adopted()), ("B", billing())])),
                deploy(template([("A", adopted_2()), ("B", billing())])),
                delete(),
            ],
        ),
        quick(
            "adoption_of_anothers_refused",
            vec![deploy(template([("A", stated("Escalation").adopt())])), delete()],
        ),
        quick(
            "adoption_of_aws_managed_refused",
            vec![deploy(template([("A", stated("Managed").adopt())])), delete()],
        ),
        quick(
            "adoption_rolled_back",
            vec![fails(template([("A", adopted()), ("B", adopted_2())])), delete()],
        ),
        quick(
            "adoption_rolled_back_because_a_sibling_fails",
            vec![fails(template([("A", adopted())])), delete()],
        ),
        quick(
            "adopted_update_rolled_back",
            vec![deploy(template([("A", adopted())])), fails(template([("A", adopted_2())])), delete()],
        ),
        quick(
            "adopted_handed_over_and_rolled_back",
            vec![
                deploy(template([("A", adopted())])),
                outside(Outside::HandsOver("Chat")),
                deploy(template([("A", adopted_2())])),
                delete(),
            ],
        ),
        quick(
            "replacement_onto_an_adopted_target",
            vec![deploy(template([("A", agents())])), deploy(template([("A", adopted_2())])), delete()],
        ),
        quick(
            "replacement_onto_an_adopted_target_rolled_back_with_the_old_id",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", adopted_2())]), Carries::OldId),
                delete(),
            ],
        ),
        quick(
            "replacement_onto_an_adopted_target_rolled_back_with_the_new_id",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", adopted_2())]), Carries::NewId),
                delete(),
            ],
        ),
        quick(
            "replacement_of_an_adopted_one_rolled_back_with_the_new_id",
            vec![
                deploy(template([("A", adopted())])),
                fails_carrying(template([("A", renamed())]), Carries::NewId),
                delete(),
            ],
        ),
        quick(
            "retained",
            vec![
                deploy(template([("A", agents().retain()), ("B", billing())])),
                deploy(template([("A", renamed().retain()), ("B", billing())])),
                delete(),
            ],
        ),
        quick(
            "retained_and_adopted_by_another_stack",
            vec![
                deploy(template([("A", agents().retain())])),
                delete(),
                Step::Deploy {
                    stack: StackName::Second,
                    template: template([("A", agents_2().adopt())]),
                    fate: Fate::Good,
                    rollback_carries: Carries::OldId,
                },
                Step::Delete { stack: StackName::Second },
            ],
        ),
        quick(
            "gone_and_made_again",
            vec![
                deploy(template([("A", agents())])),
                outside(Outside::Removes("Agents")),
                deploy(template([("A", agents_2())])),
                delete(),
            ],
        ),
        quick(
            "owner_tag_gone_and_claimed_again",
            vec![
                deploy(template([("A", agents())])),
                outside(Outside::TakesOwnerTagOff("Agents")),
                deploy(template([("A", agents_2())])),
                delete(),
            ],
        ),
        guarded(
            "owner_tag_gone_and_not_claimed_again",
            vec![
                deploy(template([("A", described("Takes calls"))])),
                outside(Outside::Empowers("Agents", "Users.View")),
                outside(Outside::TakesOwnerTagOff("Agents")),
                deploy(template([("A", described("Takes chats"))])),
                delete(),
            ],
        ),
        quick(
            "edited_and_renamed_by_hand",
            vec![
                deploy(template([("A", agents())])),
                outside(Outside::Edits("Agents")),
                outside(Outside::Renames("Agents", "Other")),
                deploy(template([("A", agents_2())])),
                delete(),
            ],
        ),
        slow(
            "deleted_while_in_use",
            vec![
                deploy(template([("A", agents())])),
                outside(Outside::Uses("Agents")),
                outside(Outside::LetsGo("Agents", Duration::from_secs(12))),
                delete(),
            ],
        ),
        slow(
            "delete_fails_and_is_done_again",
            vec![
                deploy(template([("A", agents()), ("B", billing())])),
                outside(Outside::Uses("Agents")),
                delete(),
                outside(Outside::LetsGo("Agents", AT_ONCE)),
                delete(),
            ],
        ),
        cancelled("cancelled_before_it_is_made", 5),
        cancelled("cancelled_when_it_is_made", 30),
        cancelled("cancelled_when_it_is_read_back", 70),
        unanswered(
            "create_never_delivered",
            Delivery::Never,
            vec![deploy(template([("A", agents())])), delete()],
        ),
        unanswered(
            "create_never_heard",
            Delivery::Unheard,
            vec![deploy(template([("A", agents())])), delete()],
        ),
        unanswered(
            "adoption_never_heard",
            Delivery::Unheard,
            vec![deploy(template([("A", adopted())])), delete()],
        ),
        rollback_unheard(
            "rollback_fails_and_is_continued",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", agents_2())]), Carries::OldId),
                Step::ContinueRollback { stack: StackName::First, skip_resources: false },
                delete(),
            ],
        ),
        rollback_unheard(
            "rollback_of_a_replacement_fails_and_is_continued",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", renamed())]), Carries::NewId),
                Step::ContinueRollback { stack: StackName::First, skip_resources: false },
                delete(),
            ],
        ),
        rollback_unheard(
            "rollback_fails_and_is_skipped",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", agents_2())]), Carries::OldId),
                Step::ContinueRollback { stack: StackName::First, skip_resources: true },
                deploy(template([("A", agents_2().tagged(&[("c", "3")]))])),
                delete(),
            ],
        ),
        rollback_unheard(
            "rollback_fails_and_the_stack_is_deleted",
            vec![
                deploy(template([("A", agents())])),
                fails_carrying(template([("A", renamed())]), Carries::OldId),
                delete(),
            ],
        ),
        slow(
            "clean_up_that_fails_three_times",
            vec![
                deploy(template([("A", agents())])),
                outside(Outside::Uses("Agents")),
                deploy(template([("A", renamed())])),
                deploy(template([("A", agents_2())])),
                outside(Outside::LetsGo("Agents", AT_ONCE)),
                delete(),
            ],
        ),
    ]
}
