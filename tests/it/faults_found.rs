//! Histories that once broke a law or left something behind, as short as they could be made.

use std::time::Duration;

use connect_emulator::{Operation, Profile};

use crate::simulator::{
    Carries, Delivery, Fate, History, Kind, Step, Trouble, deploy, deploy_as, run, stated, template,
};

/// Nobody's, with content.
fn chat() -> Profile {
    Profile::named("Chat").described("Handles chats").with_permission("Users.View").tagged("team", "chat")
}

fn played(steps: Vec<Step>) -> History {
    History { before: vec![chat()], steps, ..History::default() }
}

fn fails(operation: Operation, kinds: &[Kind]) -> Vec<Trouble> {
    (1..).zip(kinds).map(|(nth, kind)| Trouble { operation, nth, kind: *kind }).collect()
}

async fn leaves_nothing_wrong(history: History) {
    let outcome = run(&history).await;
    assert_eq!((outcome.violations, outcome.strays), (Vec::new(), Vec::new()), "{}", outcome.told);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_puts_back_what_reads_do_not_show_as_changed_yet() {
    let billing = || stated("Billing").permits(&["BasicAgentAccess"]);
    let steps = vec![
        deploy(template([("A", billing())])),
        deploy_as(template([("A", billing().permits(&[]))]), Fate::SiblingFails, Carries::OldId),
    ];
    leaves_nothing_wrong(History { read_lag: Duration::from_secs(2), ..played(steps) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_denied_create_is_not_sure_that_an_earlier_delivery_made_nothing() {
    let troubles = vec![Trouble { operation: Operation::CreateSecurityProfile, nth: 2, kind: Kind::Denied }];
    let steps = vec![deploy(template([("A", stated("Agents"))]))];
    leaves_nothing_wrong(History {
        troubles,
        deliveries: [(0, Delivery::AnswerLost)].into(),
        ..played(steps)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_and_whose_repetition_was_denied_is_taken_off() {
    let troubles = fails(Operation::TagResource, &[Kind::LostAfter, Kind::Denied]);
    let steps = vec![deploy(template([("A", stated("Chat").adopt())]))];
    leaves_nothing_wrong(History { troubles, ..played(steps) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_and_whose_repetition_was_denied_is_put_back() {
    let troubles = fails(Operation::UpdateSecurityProfile, &[Kind::LostAfter, Kind::Denied]);
    let steps = vec![deploy(template([("A", stated("Chat").permits(&[]).adopt())]))];
    leaves_nothing_wrong(History { troubles, ..played(steps) }).await;
}

#[tokio::test(start_paused = true)]
async fn an_adoption_that_is_cancelled_before_its_claim_leaves_no_claim() {
    let cancelled = Fate::SiblingFailsMeanwhile(Duration::ZERO);
    let steps = vec![deploy_as(template([("A", stated("Chat").adopt())]), cancelled, Carries::OldId)];
    leaves_nothing_wrong(played(steps)).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_create_that_lost_its_answer_does_not_make_again_what_its_delete_removed() {
    for millis in (0..200).step_by(20) {
        let cancelled = Fate::SiblingFailsMeanwhile(Duration::from_millis(millis));
        let steps = vec![deploy_as(template([("A", stated("Agents"))]), cancelled, Carries::OldId)];
        let troubles = fails(Operation::CreateSecurityProfile, &[Kind::LostAfter]);
        leaves_nothing_wrong(History { troubles, ..played(steps) }).await;
    }
}
