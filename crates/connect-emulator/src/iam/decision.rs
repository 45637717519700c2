//! What a principal's policies say to one action on one resource: an explicit Deny wins, then an Allow, else no.

use std::cell::LazyCell;

use super::condition::Context;
use super::pattern::{Pattern, Written};
use super::policy::{Condition, Effect, Policy, Scope, Statement};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// The decision of all policies together. The context is made when the first statement asks for it.
pub(super) fn decide(
    policies: &[Policy],
    action: &str,
    resource: &str,
    context: impl FnOnce() -> Context,
) -> Decision {
    let action = action.to_lowercase();
    let context = LazyCell::new(context);
    let mut decision = Decision::ImplicitDeny;
    for statement in policies.iter().flat_map(|policy| &policy.statements) {
        if !statement.applies(&action, resource, || &*context) {
            continue;
        }
        match statement.effect {
            Effect::Deny => return Decision::ExplicitDeny,
            Effect::Allow => decision = Decision::Allowed,
        }
    }
    decision
}

impl Statement {
    fn applies<'context>(
        &self,
        action: &str,
        resource: &str,
        context: impl Fn() -> &'context Context,
    ) -> bool {
        let is_action = |pattern: &Pattern| pattern.matches(action);
        let is_resource = |pattern: &Pattern| pattern.matches_arn(resource);
        let holds = |Condition { operator, key, wanted }: &Condition| {
            operator.holds(key, wanted, context()).unwrap_or(false)
        };
        self.actions.contains(is_action, &context)
            && self.resources.contains(is_resource, &context)
            && self.conditions.iter().all(holds)
    }
}

impl Scope {
    /// A text with a variable that has no value puts nothing in the scope, not even as an exception.
    fn contains<'context>(
        &self,
        is_like: impl Fn(&Pattern) -> bool,
        context: impl Fn() -> &'context Context,
    ) -> bool {
        let is_like = |text: &Written| text.resolve(&context).map(|pattern| is_like(&pattern));
        match self {
            Self::These(these) => these.iter().any(|it| is_like(it) == Some(true)),
            Self::AllBut(these) => these.iter().all(|it| is_like(it) == Some(false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ARN: &str = "arn:aws:connect:us-east-1:000000000000:instance/i/security-profile/p";

    fn decided(statements: &Value) -> Decision {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let policies = [Policy::from_value(&document).unwrap()];
        let context = || Context::default().with("aws:ResourceTag/owner", ["v1/x"]);
        decide(&policies, "connect:UpdateSecurityProfile", ARN, context)
    }

    #[test]
    fn a_statement_applies_by_action_resource_and_condition() {
        let allow = |extra: Value| {
            let mut statement = json!({"Effect": "Allow"});
            statement.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!([statement])
        };
        for (statement, allowed) in [
            (json!({"Action": "CONNECT:updatesecurityprofile", "Resource": "*"}), true),
            (json!({"Action": ["connect:Create*", "connect:U*"], "Resource": ARN}), true),
            (json!({"Action": "lambda:*", "Resource": "*"}), false),
            (json!({"NotAction": "connect:Delete*", "Resource": "*"}), true),
            (json!({"NotAction": ["x:*", "connect:*"], "Resource": "*"}), false),
            (json!({"Action": "*", "NotResource": "arn:aws:connect:*:*:instance/j/*"}), true),
            (json!({"Action": "*", "NotResource": ["arn:aws:connect:*:*:instance/i/*"]}), false),
            (
                json!({"Action": "*", "NotResource": "arn:aws:connect:*:*:instance/${aws:PrincipalTag/none}/*"}),
                false,
            ),
            (json!({"Action": "*", "Resource": "arn:aws:connect:us-east-1:000000000000:instance/i"}), false),
            (
                json!({"Action": "*", "Resource": "*", "Condition":
                {"StringLike": {"aws:ResourceTag/OWNER": "v1/*"}, "Null": {"aws:RequestTag/a": "true"}}}),
                true,
            ),
            (
                json!({"Action": "*", "Resource": "*", "Condition":
                {"StringLike": {"aws:ResourceTag/owner": "v1/*", "aws:ResourceTag/team": "*"}}}),
                false,
            ),
        ] {
            let expected = if allowed { Decision::Allowed } else { Decision::ImplicitDeny };
            assert_eq!(decided(&allow(statement.clone())), expected, "{statement}");
        }
    }

    #[test]
    fn a_deny_wins_wherever_it_stands() {
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny = json!({"Effect": "Deny", "Action": "connect:Update*", "Resource": ARN});
        assert_eq!(decided(&json!([allow, deny])), Decision::ExplicitDeny);
        assert_eq!(decided(&json!([deny, allow])), Decision::ExplicitDeny);
        assert_eq!(decided(&json!([deny])), Decision::ExplicitDeny);
        assert_eq!(
            decided(&json!([{"Effect": "Allow", "Action": "x:*", "Resource": "*"}])),
            Decision::ImplicitDeny
        );
    }
}
