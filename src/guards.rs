//! What the operator of the function allows: who may ask, and what may be done. Decided on properties and plans, purely.
//!
//! Who may ask binds every event, a Delete too. What may be done binds Create and Update, and there only what would be
//! written: a rollback to what is live already passes, and so does every release. The event itself is not authenticated: a
//! forger may name any stack, so who may ask stops mistakes and honest stacks only; what may be done holds for all.

mod list;
mod pattern;

use std::collections::BTreeSet;
use std::fmt;

use crate::arn::{InstanceArn, RoleArn};
use crate::listing::listed;
use crate::names::{Permission, ProfileName, words};
use crate::observed::Observed;
use crate::plan::{Plan, Step};
use crate::properties::Desired;
use crate::settings::Member;
pub use list::{EntryError, Kind, List, unmatched_permissions};
pub use pattern::Pattern;

/// The guards. By default only profiles called `Admin` are protected.
#[derive(Clone, Debug)]
pub struct Guards {
    /// Accounts whose stacks are served. Empty: the function's own.
    pub stack_accounts: BTreeSet<String>,
    /// Roles that `RoleArn` may name. Empty: none.
    pub roles: Vec<Pattern>,
    /// Instances whose profiles may be changed. Empty: any.
    pub instances: Vec<Pattern>,
    /// Permissions that no update may add and no profile that is created or adopted may hold.
    pub denied_permissions: Vec<Pattern>,
    /// Names of profiles that are not created, adopted, changed or replaced onto.
    pub protected_names: Vec<Pattern>,
}

/// A guard, by the variable of the function's environment that sets it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// `ALLOWED_STACK_ACCOUNTS`
    StackAccounts,
    /// `ALLOWED_ROLE_ARNS`
    Roles,
    /// `ALLOWED_INSTANCE_ARNS`
    Instances,
    /// `DENIED_PERMISSIONS`
    DeniedPermissions,
    /// `PROTECTED_PROFILE_NAMES`
    ProtectedNames,
}

/// What a guard forbids.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{guard} forbids {what}; it is set in the environment of this provider's function, and whoever operates the function can \
     change it"
)]
pub struct Forbidden {
    /// The guard.
    pub guard: Guard,
    /// What it forbids, with the rule by which it does.
    pub what: String,
    /// The permissions that it refuses, if it is those.
    pub denied: Vec<String>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            stack_accounts: BTreeSet::new(),
            roles: Vec::new(),
            instances: Vec::new(),
            denied_permissions: Vec::new(),
            protected_names: vec![Pattern::any_case("Admin")],
        }
    }
}

impl Guards {
    /// Whether stacks of `account` are served by a function in `own`.
    pub fn admit_stack(&self, account: &str, own: &str) -> Result<(), Forbidden> {
        let is_allowed = if self.stack_accounts.is_empty() {
            account == own
        } else {
            self.stack_accounts.contains(account)
        };
        let allowed = match self.stack_accounts.len() {
            0 => format!("its own account, {own},"),
            _ => listed(&self.stack_accounts),
        };
        let what = || format!("to serve a stack of account {account}: only those of {allowed} are served");
        permit(is_allowed, Guard::StackAccounts, what)
    }

    /// Whether the role may be assumed.
    pub fn admit_role(&self, role: &RoleArn) -> Result<(), Forbidden> {
        let is_allowed = self.roles.iter().any(|pattern| pattern.matches(&role.to_string()));
        permit(is_allowed, Guard::Roles, || {
            format!("the role `{role}`: it allows {}", patterns(&self.roles, "none"))
        })
    }

    /// Whether profiles of the instance may be changed at all.
    pub fn admit_instance(&self, instance: &InstanceArn) -> Result<(), Forbidden> {
        let text = instance.to_string();
        let is_allowed =
            self.instances.is_empty() || self.instances.iter().any(|pattern| pattern.matches(&text));
        permit(is_allowed, Guard::Instances, || {
            format!("the instance `{instance}`: it allows {}", patterns(&self.instances, "any"))
        })
    }

    /// Whether a profile may be made as desired.
    pub fn admit_create(&self, desired: &Desired) -> Result<(), Forbidden> {
        self.admit_instance(&desired.instance)?;
        self.admit_name(desired.name.as_str())?;
        self.admit_permissions(desired.settings.permissions.iter().flatten())
    }

    /// Whether a profile that is nobody's may be taken over. Unless its permissions are stated, those that it holds must
    /// have been read: see [`Guards::judged_of_an_adoption`].
    pub fn admit_adoption(&self, desired: &Desired, live: &Observed) -> Result<(), Forbidden> {
        self.admit_instance(&desired.instance)?;
        self.admit_name(desired.name.as_str())?;
        let held = desired.settings.permissions.as_ref().or(live.settings.permissions.as_ref());
        self.admit_permissions(held.into_iter().flatten())
    }

    /// Whether a profile that lost its ownership tag may be changed by the update of its resource, which adopts it. It meets
    /// what an adoption meets, under the name in the template and the one in Connect. Unless its permissions are stated,
    /// those that it holds must have been read.
    pub fn admit_claim_again(&self, desired: &Desired, live: &Observed) -> Result<(), Forbidden> {
        self.admit_instance(live.arn.instance())?;
        self.admit_name(&live.name)?;
        self.admit_adoption(desired, live)
    }

    /// Whether the plan for a profile of ours may be carried out. A plan that writes nothing may.
    pub fn admit_update(&self, plan: &Plan, name: &ProfileName, live: &Observed) -> Result<(), Forbidden> {
        if plan.is_empty() {
            return Ok(());
        }
        self.admit_instance(live.arn.instance())?;
        // In the console it may have got a name that is protected, or one that is not.
        self.admit_name(name.as_str())?;
        self.admit_name(&live.name)?;
        for step in &plan.steps {
            if let Step::Update { changes, before, .. } = step {
                let (none, before) = (BTreeSet::new(), before.permissions.as_ref());
                let added = changes.permissions.iter().flatten();
                self.admit_permissions(
                    added.filter(|permission| !before.unwrap_or(&none).contains(permission)),
                )?;
            }
        }
        Ok(())
    }

    /// The members that must be read of a profile to tell whether it may be adopted as desired.
    #[must_use]
    pub fn judged_of_an_adoption(&self, desired: &Desired) -> BTreeSet<Member> {
        let is_judged = desired.settings.permissions.is_none() && !self.denied_permissions.is_empty();
        is_judged.then_some(Member::Permissions).into_iter().collect()
    }

    /// Spaces around and between the words make no other name: people do not see them, and Connect may not either.
    fn admit_name(&self, name: &str) -> Result<(), Forbidden> {
        let words = words(name);
        let by = self.protected_names.iter().find(|pattern| pattern.matches(name) || pattern.matches(&words));
        permit(by.is_none(), Guard::ProtectedNames, || {
            format!("profiles called `{name}` (by `{}`)", by.map(ToString::to_string).unwrap_or_default())
        })
    }

    fn admit_permissions<'a>(
        &self,
        permissions: impl Iterator<Item = &'a Permission>,
    ) -> Result<(), Forbidden> {
        if self.denied_permissions.is_empty() {
            return Ok(());
        }
        let (denied, reasons): (Vec<String>, Vec<String>) = permissions
            .filter_map(|permission| {
                let name = permission.as_str();
                let by = self.denied_permissions.iter().find(|pattern| pattern.matches(name));
                let by = by.map(|pattern| format!("`{permission}` (by `{pattern}`)"));
                // Whether Connect takes it for one that is denied is not known.
                let is_odd = !name.bytes().all(|byte| byte.is_ascii_graphic());
                let odd = || {
                    format!("`{permission}` (a name with spaces or foreign letters may stand for another)")
                };
                Some((name.to_owned(), by.or_else(|| is_odd.then(odd))?))
            })
            .unzip();
        let what = || format!("the permissions {}", listed(reasons));
        let permitted = permit(denied.is_empty(), Guard::DeniedPermissions, what);
        permitted.map_err(|forbidden| Forbidden { denied, ..forbidden })
    }
}

fn permit(is_allowed: bool, guard: Guard, what: impl FnOnce() -> String) -> Result<(), Forbidden> {
    if is_allowed { Ok(()) } else { Err(Forbidden { guard, what: what(), denied: Vec::new() }) }
}

fn patterns(patterns: &[Pattern], none: &str) -> String {
    match patterns {
        [] => none.to_owned(),
        patterns => listed(patterns.iter().map(|pattern| format!("`{pattern}`"))),
    }
}

impl Guard {
    /// Every guard.
    pub const ALL: [Self; 5] =
        [Self::StackAccounts, Self::Roles, Self::Instances, Self::DeniedPermissions, Self::ProtectedNames];

    /// The variable of the function's environment that sets it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::StackAccounts => "ALLOWED_STACK_ACCOUNTS",
            Self::Roles => "ALLOWED_ROLE_ARNS",
            Self::Instances => "ALLOWED_INSTANCE_ARNS",
            Self::DeniedPermissions => "DENIED_PERMISSIONS",
            Self::ProtectedNames => "PROTECTED_PROFILE_NAMES",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.variable())
    }
}

#[cfg(test)]
mod tests;
