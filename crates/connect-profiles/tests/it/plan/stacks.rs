//! `plan` and `drift` of stacks of which not everything is known or can be seen.

use std::path::PathBuf;

use connect_emulator::Profile;

use super::arn;
use crate::program::Run;
use crate::served::{INSTANCE, OWNER_TAG, Served, cloudformation, ours};

/// A template in a file of its own, for the time of a test.
struct File(PathBuf);

impl File {
    fn of(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("connect-profiles-{name}-{}.yaml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A stack as it is deployed: its template, its parameters and its profiles.
struct Stack<'a> {
    template: &'a str,
    parameters: &'a [(&'a str, &'a str)],
    physical: &'a [(&'a str, &'a str)],
}

impl Stack<'_> {
    fn run(&self, served: &Served, arguments: &[&str]) -> Run {
        let endpoint = cloudformation(self.template, self.parameters, self.physical);
        let environment = [("AWS_ENDPOINT_URL_CLOUDFORMATION", endpoint.as_str())];
        served.read_only(&[arguments, &["--stack", "contact-centre"]].concat(), &environment)
    }

    fn drift(&self, served: &Served) -> Run {
        self.run(served, &["drift"])
    }

    fn plan(&self, served: &Served, test: &str, template: &str) -> Run {
        let file = File::of(test, template);
        self.run(served, &["plan", &file.0.display().to_string(), "--calls"])
    }
}

/// A template with `Agents` as it is live, and more of its properties, and more before it.
fn template(before: &str, more: &str) -> String {
    let service_token =
        if more.contains("ServiceToken") { "" } else { "ServiceToken: !ImportValue provider" };
    format!(
        "{before}
Resources:
  Agents:
    Type: Custom::ConnectSecurityProfile
    Properties:
      {service_token}
      InstanceArn: {INSTANCE}
      SecurityProfileName: Agents
      Description: Takes calls
      Permissions: [BasicAgentAccess, OutboundCallAccess]
      Tags: [{{ Key: team, Value: support }}]
{more}"
    )
}

const BY_TAG: &str = "
      TagRestrictedResources: [User]
      AllowedAccessControlTags: [{ Key: team, Value: !ImportValue team }]
";

const BY_HIERARCHY: &str = "
      HierarchyRestrictedResources: [User]
      AllowedAccessControlHierarchyGroupId: !ImportValue group
";

#[test]
fn a_restriction_of_which_one_half_is_unknown_is_never_shown_as_dropped() {
    let restricted = |more: &dyn Fn(&mut Profile)| {
        let mut profile = ours();
        more(&mut profile);
        Served::with([profile])
    };
    let by_tag = restricted(&|profile| {
        profile.tag_restricted_resources.insert("User".to_owned());
        profile.allowed_access_control_tags.insert("team".to_owned(), "team".to_owned());
    });
    let by_hierarchy = restricted(&|profile| {
        profile.hierarchy_restricted_resources.insert("User".to_owned());
        profile.allowed_access_control_hierarchy_group_id = "group".to_owned();
    });
    let physical = [("Agents", arn())];
    let physical = [(physical[0].0, physical[0].1.as_str())];
    for (test, served, more) in [("tag", by_tag, BY_TAG), ("hierarchy", by_hierarchy, BY_HIERARCHY)] {
        // What was stated before is known.
        let deployed = template("", &more.replace("!ImportValue ", ""));
        let stack = Stack { template: &deployed, parameters: &[], physical: &physical };
        let run = stack.plan(&served, test, &template("", more).replace("Takes calls", "Takes them"));
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(!run.out.contains("dropped") && !run.out.contains("[]"), "{}", run.out);
        assert!(!run.out.contains("Resources: cleared"), "{}", run.out);
        let run = stack.drift(&served);
        assert_eq!(run.code, 0, "{}", run.all());
    }
}

#[test]
fn a_lost_restriction_is_found_or_listed_as_unknown() {
    let physical = [("Agents", arn())];
    let physical = [(physical[0].0, physical[0].1.as_str())];
    let drift = |more: &str| {
        let template = template("", more);
        let stack = Stack { template: &template, parameters: &[], physical: &physical };
        stack.drift(&Served::with([ours()]))
    };
    let by_tag = drift(BY_TAG);
    for path in ["AllowedAccessControlTags[0].Value", "TagRestrictedResources"] {
        assert!(by_tag.out.contains(&format!("    {path}: (known after deploy)\n")), "{}", by_tag.out);
    }
    let by_hierarchy = drift(BY_HIERARCHY);
    assert_eq!(by_hierarchy.code, 2, "{}", by_hierarchy.all());
    assert!(by_hierarchy.out.contains("HierarchyRestrictedResources:\n      + User"), "{}", by_hierarchy.out);
}

#[test]
fn an_instance_that_cannot_be_seen_is_an_error_and_not_a_difference() {
    let elsewhere = arn().replace("11111111-2222", "77777777-2222");
    let instance = INSTANCE.replace("11111111-2222", "77777777-2222");
    let template = template("", "").replace(INSTANCE, &instance);
    let stack = Stack { template: &template, parameters: &[], physical: &[("Agents", &elsewhere)] };
    let served = Served::new();
    for run in [stack.drift(&served), stack.plan(&served, "elsewhere", &template)] {
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.all());
        assert!(run.err.contains(&format!("there is no instance {instance}")), "{}", run.err);
        assert!(run.err.contains("--profile"), "{}", run.err);
    }
}

#[test]
fn what_would_be_refused_is_not_taken_for_a_difference() {
    let (arn, template) = (arn(), template("", ""));
    let endpoint = cloudformation(&template, &[], &[("Agents", &arn)]);
    let environment =
        [("AWS_ENDPOINT_URL_CLOUDFORMATION", endpoint.as_str()), ("PROTECTED_PROFILE_NAMES", "Agents")];
    let file = File::of("refused", &template);
    let served = Served::with([ours().described("By hand")]);
    let plan = ["plan", &file.0.display().to_string(), "--stack", "contact-centre"];
    let run = served.read_only(&plan, &environment);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out.contains("would be refused"), "{}", run.out);
    assert!(!run.out.contains("the live profile differs,"), "{}", run.out);
}

#[test]
fn a_template_may_drop_a_parameter_but_none_may_be_given_that_it_has_not() {
    let (arn, text) = (arn(), template("Parameters: { Unused: { Type: String } }", ""));
    let stack = Stack { template: &text, parameters: &[("Unused", "x")], physical: &[("Agents", &arn)] };
    let served = Served::with([ours()]);
    let run = stack.plan(&served, "dropped", &template("", ""));
    assert_eq!(run.code, 0, "{}", run.all());
    let file = File::of("stranger", &template("", ""));
    let run = stack.run(&served, &["plan", &file.0.display().to_string(), "--parameter", "Unused=y"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.err.contains("`Unused` is not one of the template"), "{}", run.err);
}

#[test]
fn a_value_that_is_not_echoed_is_unknown_and_hides_no_resource() {
    let before = "
Parameters:
  Secret: { Type: Number, NoEcho: true, Default: 1 }
Conditions:
  Chosen: !Equals [!Ref Secret, '7']
  Other: !Not [!Condition Chosen]";
    let more = format!(
        "      Revision: !Ref Secret
    Condition: Chosen
  NotMade:
    Type: Custom::ConnectSecurityProfile
    Condition: Other
    Properties: {{ InstanceArn: {INSTANCE}, SecurityProfileName: Not made }}
"
    );
    let (arn, template) = (arn(), template(before, &more));
    let stack =
        Stack { template: &template, parameters: &[("Secret", "****")], physical: &[("Agents", &arn)] };
    let drift = |profile: Profile| stack.drift(&Served::with([profile]));
    let same = drift(ours());
    assert_eq!(same.code, 0, "{}", same.all());
    assert!(same.out.contains("    Revision: (known after deploy)\n"), "{}", same.out);
    assert!(same.out.ends_with("Drift: 0 of 1 resources\n"), "{}", same.out);
    let edited = drift(ours().described("By hand"));
    assert_eq!(edited.code, 2, "{}", edited.all());
    assert!(edited.out.ends_with("Drift: 1 of 1 resources\n"), "{}", edited.out);
    let plan = stack.plan(&Served::with([ours()]), "not-echoed", &template);
    assert!(plan.out.contains("Agents  no change"), "{}", plan.all());
}

#[test]
fn drift_is_found_whichever_account_serves_the_stack() {
    let arn = arn();
    let served_elsewhere = template(
        "",
        "      ServiceToken: arn:aws:lambda:us-east-1:111111111111:function:provider
      RoleArn: arn:aws:iam::000000000000:role/connect\n",
    );
    let stack = Stack { template: &served_elsewhere, parameters: &[], physical: &[("Agents", &arn)] };
    let run = stack.drift(&Served::with([ours()]));
    assert_eq!(run.code, 0, "{}", run.all());
    // The stack is the one that the tag names, and no token tells the account of the function.
    let tag = ours().tags[OWNER_TAG].replace("000000000000", "222222222222");
    let file = File::of("account", &template("", ""));
    let served = Served::with([ours().tagged(OWNER_TAG, tag)]);
    let run = served.read_only(&["drift", &file.0.display().to_string()], &[]);
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn what_no_event_is_sent_for_takes_no_name_from_another() {
    let (arn, deployed) = (arn(), template("", ""));
    let stack = Stack { template: &deployed, parameters: &[], physical: &[("Agents", &arn)] };
    let second = format!(
        "  Second:
    Type: Custom::ConnectSecurityProfile
    Properties: {{ InstanceArn: {INSTANCE}, SecurityProfileName: Agents, Permissions: [BasicAgentAccess] }}
"
    );
    // `Agents` is gone, and nothing makes it again.
    let served = Served::new();
    let run = stack.plan(&served, "gone", &template("", &second));
    assert!(run.out.contains("the live profile differs,"), "{}", run.out);
    assert!(run.out.contains("+ Second  create `Agents`"), "{}", run.out);
    assert_eq!(run.code, 2, "{}", run.all());
}
