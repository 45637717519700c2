//! Scripted faults.

use std::time::Duration;

use connect_emulator::{Fault, Lost, Operation};
use serde_json::json;
use tokio::time::Instant;

use crate::caller::{Caller, INSTANCE};

const CREATE: &[u8] = br#"{"SecurityProfileName":"Dispatcher"}"#;

/// Creates the profile `Dispatcher` under a fault.
async fn create_under(fault: Fault) -> (Caller, Result<(u16, String), Lost>) {
    let caller = Caller::default();
    caller.emulator.script(fault);
    let answer = caller.try_call("PUT", &format!("/security-profiles/{INSTANCE}"), CREATE).await;
    (caller, answer.map(|answer| (answer.status, answer.code.unwrap_or_default())))
}

#[tokio::test]
async fn each_fault_answers_as_scripted_and_takes_effect_or_not() {
    let fault = || Fault::on(Operation::CreateSecurityProfile);
    let internal = || Ok((500, "InternalServiceException".to_owned()));
    for (fault, answered, effect) in [
        (fault().error(500, "InternalServiceException"), internal(), false),
        (fault().error_after(500, "InternalServiceException"), internal(), true),
        (fault().lose(), Err(Lost), false),
        (fault().lose_after(), Err(Lost), true),
        (fault().raw(502, "text/html", "<html>"), Ok((502, String::new())), false),
        (
            fault().raw_after(200, "application/json", r#"{"SecurityProfileId":"#),
            Ok((200, String::new())),
            true,
        ),
        (fault().nth(2).lose(), Ok((200, String::new())), true),
    ] {
        let scripted = format!("{fault:?}");
        let second = scripted.contains("nth: 2");
        let (caller, answer) = create_under(fault).await;
        assert_eq!(answer, answered, "{scripted}");
        assert_eq!(caller.emulator.profile(INSTANCE, "Dispatcher").is_some(), effect, "{scripted}");
        let call = caller.emulator.journal().remove(0);
        assert_eq!((call.effect, call.scripted), (effect, !second), "{scripted}");
        assert_eq!(call.status, answered.map_or(0, |(status, _)| status), "{scripted}");
    }
}

#[tokio::test]
async fn a_fault_after_the_effect_cannot_make_a_refused_call_take_effect() {
    let caller = Caller::default();
    caller.emulator.script(Fault::on(Operation::CreateSecurityProfile).lose_after());
    let lost = caller.try_call("PUT", "/security-profiles/unknown", CREATE).await;
    assert_eq!(lost, Err(Lost));
    assert!(!caller.emulator.journal()[0].effect);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_takes_effect_late_and_a_late_answer_at_once() {
    for (fault, at_once) in [
        (Fault::on(Operation::CreateSecurityProfile).delay(Duration::from_secs(30)), false),
        (Fault::on(Operation::CreateSecurityProfile).delay_after(Duration::from_secs(30)), true),
    ] {
        let caller = Caller::default();
        caller.emulator.script(fault);
        let started = Instant::now();
        let other = caller.clone();
        let create = tokio::spawn(async move { other.created("Dispatcher", json!({})).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(caller.emulator.profile(INSTANCE, "Dispatcher").is_some(), at_once);
        assert_eq!(caller.emulator.journal()[0].status, 0);
        create.await.unwrap();
        assert_eq!(started.elapsed(), Duration::from_secs(30));
        assert_eq!(caller.emulator.journal()[0].status, 200);
    }
}

#[tokio::test]
async fn a_scripted_message_is_said() {
    let caller = Caller::default();
    let fault =
        Fault::on(Operation::CreateSecurityProfile).error(403, "AccessDeniedException").message("not you");
    caller.emulator.script(fault);
    assert_eq!(caller.create("Dispatcher", json!({})).await.body, json!({ "Message": "not you" }));
}
