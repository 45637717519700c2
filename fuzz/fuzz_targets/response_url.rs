//! The check of the URL that an answer goes to, against a second reading of the rule; and what it is made of: the stack's ARN
//! and the operator's origins. The input is a stack's ARN, a line break and a URL. The function is where the stack is, and then
//! in another region.
//!
//! The modules are those of `custom-resource` itself, which does not show them: the whole crate would send something.

#![no_main]
#![allow(dead_code, reason = "the modules have more than is tried here")]

#[path = "../../crates/custom-resource/src/function_arn.rs"]
mod function_arn;
#[path = "../../crates/custom-resource/src/origin.rs"]
mod origin;
#[path = "../../crates/custom-resource/src/response_url.rs"]
mod response_url;
#[path = "../../crates/custom-resource/src/stack_arn.rs"]
mod stack_arn;

use libfuzzer_sys::fuzz_target;

use function_arn::FunctionArn;
use origin::Origin;
use response_url::ResponseUrl;
use stack_arn::StackArn;

const ALLOWED: &str = "http://127.0.0.1:9000";

fuzz_target!(|text: &str| {
    let (stack, url) = text.split_once('\n').unwrap_or(("", text));
    let stack = stack.parse::<StackArn>().ok().inspect(|arn| parts_make_the_whole(arn, stack));
    let allowed = [ALLOWED.parse::<Origin>().expect("an origin")];
    let own = stack.as_ref().and_then(|stack| function(stack.partition(), stack.region()));
    let checked = ResponseUrl::check(url, stack.as_ref(), own.as_ref(), &allowed);
    assert_eq!(checked, ResponseUrl::check(url, stack.as_ref(), own.as_ref(), &allowed));
    let elsewhere = ResponseUrl::check(url, stack.as_ref(), function("aws", "xx-else-1").as_ref(), &allowed);
    assert!(
        elsewhere.is_err()
            || is_of(url, ALLOWED)
            || stack.as_ref().is_some_and(|it| it.region() == "xx-else-1"),
        "{url}"
    );
    nothing_of_the_query_is_shown(url, &format!("{checked:?}"));
    match &checked {
        Ok(accepted) => {
            assert_eq!(accepted.expose().as_str(), url, "it is sent as it was given");
            nothing_of_the_query_is_shown(url, &accepted.to_string());
            assert!(url.is_ascii() && !url.contains(['\\', '#', ' ', '\t']), "{url}");
            assert!(is_of(url, ALLOWED) || is_of_cloudformation(url, stack.as_ref()), "{url}");
            if let (Some(signed), Some(expires)) = (accepted.signed_at(), accepted.expires_at()) {
                assert!(signed <= expires);
            }
        }
        Err(refusal) => {
            nothing_of_the_query_is_shown(url, &refusal.to_string());
            assert!(refusal.to_string().len() < 1000, "a refusal is a line");
        }
    }
    if let Ok(origin) = url.parse::<Origin>() {
        assert_eq!(origin.to_string().parse::<Origin>().as_ref(), Ok(&origin));
        let within = format!("{origin}/key?X-Amz-Signature=s");
        assert!(ResponseUrl::check(&within, None, None, &[origin]).is_ok(), "{within}");
    }
});

fn function(partition: &str, region: &str) -> Option<FunctionArn> {
    format!("arn:{partition}:lambda:{region}:123456789012:function:f").parse().ok()
}

fn is_of(url: &str, origin: &str) -> bool {
    url.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'))
}

/// The rule once more, on the text alone: `https`, one of three hosts, and then the path at once.
fn is_of_cloudformation(url: &str, stack: Option<&StackArn>) -> bool {
    let (Some(stack), Some(rest)) =
        (stack, url.strip_prefix("https://cloudformation-custom-resource-response-"))
    else {
        return false;
    };
    let Some((host, path)) = rest.split_once('/') else { return false };
    let (region, flat) = (stack.region(), stack.region().replace('-', ""));
    let end = if stack.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let hosts = [
        format!("{flat}.s3.{region}.{end}"),
        format!("{flat}.s3-{region}.{end}"),
        format!("{flat}.s3.{end}"),
    ];
    let is_known = ["aws", "aws-cn", "aws-us-gov"].contains(&stack.partition());
    is_known && hosts.iter().any(|known| known == host) && path.contains('?') && path.contains("Signature=")
}

fn nothing_of_the_query_is_shown(url: &str, shown: &str) {
    let Some((before, query)) = url.split_once('?') else { return };
    // As it is read: tabs and line breaks are skipped wherever they are.
    let before = before.to_lowercase().replace(['\t', '\r', '\n'], "");
    // What may be a signature: no word of ours, and not what the rest of the URL holds too.
    for word in query.split(|character: char| !character.is_ascii_alphanumeric()) {
        let is_code = word.len() >= 12 && word.bytes().filter(u8::is_ascii_digit).count() >= 3;
        if is_code && !before.contains(&word.to_lowercase()) {
            assert!(!shown.contains(word), "{shown}");
        }
    }
}

fn parts_make_the_whole(arn: &StackArn, text: &str) {
    let (partition, region, account) = (arn.partition(), arn.region(), arn.account());
    let whole =
        format!("arn:{partition}:cloudformation:{region}:{account}:stack/{}/{}", arn.name(), arn.id());
    assert_eq!(whole, text);
    assert_eq!(arn.as_str(), text);
}
