//! `template.yaml` and the code say the same, and the template keeps to what the documents promise of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use connect_security_profile::guards::Guard;
use connect_security_profile::operation::Operation;
use connect_security_profile::owner::OWNER_TAG;
use connect_security_profile::physical_id::PhysicalId;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn template() -> String {
    file("template.yaml")
}

/// A parameter, condition, resource or output: what is indented below its name.
fn part(name: &str) -> String {
    let template = template();
    let (_, rest) = template.split_once(&format!("\n  {name}:\n")).unwrap_or_else(|| panic!("no {name}"));
    let is_within = |line: &&str| line.is_empty() || line.starts_with("   ");
    rest.lines().take_while(is_within).collect::<Vec<_>>().join("\n")
}

/// The actions of a role's policies, without that of its trust policy, and without EC2's.
fn actions(role: &str) -> BTreeSet<String> {
    actions_of(&part(role))
}

fn actions_of(role: &str) -> BTreeSet<String> {
    let (_, policies) = role.split_once("Policies:").unwrap();
    policies
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.trim_start_matches("Action:").split([' ', '[', ']', ',']))
        .filter(|word| {
            word.split_once(':').is_some_and(|(service, action)| {
                ["connect", "lambda", "logs", "sts"].contains(&service)
                    && !action.is_empty()
                    && !action.ends_with(':')
            })
        })
        .map(ToOwned::to_owned)
        .collect()
}

/// A text without what stands between two others, and that.
fn without(text: &str, from: &str, to: &str) -> (String, String) {
    let (before, rest) = text.split_once(from).unwrap();
    let (within, after) = rest.split_once(to).unwrap();
    (format!("{before}{after}"), within.to_owned())
}

fn parameters() -> Vec<String> {
    let template = template();
    let (_, rest) = template.split_once("\nParameters:\n").unwrap();
    rest.lines()
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn the_role_allows_exactly_the_operations_that_the_code_calls() {
    let mut called: BTreeSet<String> = Operation::ALL.iter().map(ToString::to_string).collect();
    called.extend(
        ["lambda:InvokeFunction", "logs:CreateLogStream", "logs:PutLogEvents", "sts:AssumeRole"]
            .map(ToOwned::to_owned),
    );
    assert_eq!(actions("ProviderRole"), called);
}

#[test]
fn the_role_of_the_example_for_another_account_allows_the_same_calls_to_connect() {
    let called: BTreeSet<String> = Operation::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(actions_of(&file("examples/other-account-role.yaml")), called);
}

#[test]
fn no_action_is_allowed_on_everything_and_no_statement_allows_every_action() {
    // What EC2 has no narrower resource for, and what is denied: both of a function in a VPC only.
    let (template, network) = without(&template(), "- PolicyName: NetworkInterfaces", "- !Ref AWS::NoValue");
    assert_eq!(network.matches("Resource: \"*\"").count(), 2);
    let (_, look) = network.split_once("- Sid: Look").unwrap();
    let (look, deny) = look.split_once("- Sid: NotByTheCode").unwrap();
    assert!(look.contains("Action: [ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets]\n"));
    assert!(deny.contains("Effect: Deny\n"));
    for line in template.lines().map(str::trim) {
        for key in ["Resource:", "Action:", "-"] {
            let value = line.strip_prefix(key).unwrap_or_default().trim().trim_matches(['"', '\'', '[', ']']);
            assert!(!value.starts_with('*') && !value.ends_with(":*"), "{line}");
        }
    }
    for name in ["InstanceArns", "AllowedRoleArns"] {
        let part = part(name);
        let (_, pattern) = part.split_once("AllowedPattern: ").unwrap();
        assert!(pattern.starts_with("^arn:") || pattern.starts_with("^(arn:"), "{name} may not be a `*`");
    }
}

#[test]
fn roles_can_be_assumed_only_where_the_operator_names_some_and_only_those() {
    let part = part("ProviderRole");
    let (_, statement) = part.split_once("- HasAllowedRoles").unwrap();
    let (statement, _) = statement.split_once("AWS::NoValue").unwrap();
    assert!(statement.contains("Action: sts:AssumeRole\n"));
    assert!(statement.contains("Resource: !Split [\",\", !Ref AllowedRoleArns]\n"));
    // The other is the trust policy's, of Lambda.
    assert_eq!(part.matches("sts:AssumeRole").count(), 2);
}

/// The statements of the role's policy for Connect, each with its text.
fn statements(role: &str) -> Vec<String> {
    let (_, policy) = role.split_once("PolicyName: SecurityProfiles").unwrap();
    let policy = policy.split_once("PolicyName: LastResort").map_or(policy, |(policy, _)| policy);
    policy.split("- Sid: ").skip(1).map(ToOwned::to_owned).collect()
}

#[test]
fn the_ownership_tag_is_a_condition_of_denials_only_and_only_where_it_is_asked_for() {
    let part = part("ProviderRole");
    assert_eq!(part.matches(&format!("aws:ResourceTag/{OWNER_TAG}: v1/*")).count(), 1);
    assert_eq!(part.matches(&format!("aws:RequestTag/{OWNER_TAG}: v1/*")).count(), 1);
    assert_eq!(part.matches(&format!("aws:RequestTag/{OWNER_TAG}: \"false\"")).count(), 1);
    for statement in statements(&part).iter().filter(|it| it.contains("Effect: Allow")) {
        assert!(!statement.contains("Condition:"), "{statement}");
    }
    assert_eq!(part.matches("- IsOnlyOwnedProfiles\n").count(), part.matches("/custom-connect").count() - 1);
}

#[test]
fn the_example_for_another_account_has_the_statements_of_the_role() {
    let actions = |role: &str| -> Vec<Vec<String>> {
        let allowed =
            statements(role).into_iter().filter(|it| it.contains("Effect: Allow") && it.contains("connect:"));
        allowed
            .map(|it| {
                let (actions, _) = it.split_once("Resource:").unwrap();
                actions.lines().map(|line| line.trim().to_owned()).collect()
            })
            .collect()
    };
    let ours = actions(&part("ProviderRole"));
    assert_eq!(ours.len(), 3);
    assert_eq!(actions(&file("examples/other-account-role.yaml")), ours);
}

#[test]
fn every_guard_reaches_the_function() {
    let part = part("ProviderFunction");
    for guard in Guard::ALL {
        assert!(part.contains(&format!("          {guard}: ")), "{guard}");
    }
    assert!(part.contains("          RESPONSE_URL_ALLOWED_ORIGINS:"));
    // Set without a condition: an empty list protects nothing, and no variable protects the default.
    assert!(part.contains("PROTECTED_PROFILE_NAMES: !Ref ProtectedProfileNames\n"));
    assert!(part.contains("ALLOWED_INSTANCE_ARNS: !Join [\",\", !Ref InstanceArns]\n"));
}

#[test]
fn every_parameter_is_used_and_described() {
    let template = template();
    let parameters = parameters();
    assert!(parameters.len() > 10);
    for name in parameters {
        assert!(part(&name).contains("    Description: "), "{name}");
        assert!(template.contains(&format!("!Ref {name}")), "{name}");
    }
}

#[test]
fn the_console_shows_every_parameter_in_one_group_with_a_label() {
    let template = template();
    let (_, interface) = template.split_once("  AWS::CloudFormation::Interface:\n").unwrap();
    let (interface, _) = interface.split_once("\nParameters:\n").unwrap();
    let (groups, labels) = interface.split_once("    ParameterLabels:\n").unwrap();
    let grouped = groups.lines().filter_map(|line| line.trim().strip_prefix("Parameters: ["));
    let grouped: Vec<&str> =
        grouped.flat_map(|list| list.trim_end_matches(']').split(", ")).collect::<Vec<_>>();
    let labelled: Vec<&str> =
        labels.lines().filter_map(|line| Some(line.trim().split_once(": {")?.0)).collect();
    let known: BTreeSet<String> = parameters().into_iter().collect();
    for list in [grouped, labelled] {
        assert_eq!(list.len(), known.len());
        assert_eq!(list.into_iter().map(ToOwned::to_owned).collect::<BTreeSet<_>>(), known);
    }
}

#[test]
fn what_the_application_repository_is_told_is_what_it_takes_and_what_is_true() {
    let template = template();
    let (_, stated) = template.split_once("  AWS::ServerlessRepo::Application:\n").unwrap();
    let value = |name: &str| {
        let (_, rest) = stated.split_once(&format!("    {name}: ")).unwrap_or_else(|| panic!("no {name}"));
        let folded: String = rest.lines().skip(1).take_while(|line| line.starts_with("      ")).collect();
        let first = rest.lines().next().unwrap();
        if first == ">-" { folded.trim().to_owned() } else { first.to_owned() }
    };
    assert_eq!(value("SemanticVersion"), env!("CARGO_PKG_VERSION"));
    assert_eq!(value("SpdxLicenseId"), env!("CARGO_PKG_LICENSE"));
    // Files that `sam package` uploads.
    for name in ["LicenseUrl", "ReadmeUrl"] {
        let bytes = file(&value(name)).len();
        assert!(bytes > 1000 && bytes < 5_000_000, "{name}");
    }
    // The repository's own limits.
    let is = |text: &str, also: &str| text.chars().all(|it| it.is_ascii_alphanumeric() || also.contains(it));
    assert!(is(&value("Name"), "-") && value("Name").len() <= 140);
    assert!((1..=256).contains(&value("Description").len()), "{}", value("Description").len());
    assert!(is(&value("Author"), "-") && value("Author") == value("Author").to_lowercase());
    let labels = value("Labels");
    let labels: Vec<&str> = labels.trim_matches(['[', ']']).split(", ").collect();
    assert!(labels.len() <= 10 && labels.iter().all(|it| is(it, "+-_:/@")));
    assert!(value("HomePageUrl").starts_with("https://"));
    // CAPABILITY_NAMED_IAM is asked of those who deploy an application only where a role has a name.
    assert!(!template.contains("RoleName:"));
    assert!(template.len() < 51_200, "CloudFormation takes no more in the request itself");
}

#[test]
fn the_token_is_exported_and_kept_in_a_parameter_that_systems_manager_accepts_whatever_the_stack_s_name() {
    assert!(part("ServiceTokenParameter").contains("Value: !GetAtt ProviderFunction.Arn"));
    let template = template();
    let (_, name) = template.split_once("      Name: !Sub \"/").unwrap();
    assert!(!["aws", "ssm"].iter().any(|word| name.to_lowercase().starts_with(word)));
    assert!(name.starts_with("connect-security-profiles/${AWS::StackName}/ServiceToken\"\n"));
    // As CloudFormation refuses to change a token, what it names has a name of its own.
    for fixed in ["FunctionName: !Sub \"${AWS::StackName}-", "TopicName: !Sub \"${AWS::StackName}-"] {
        assert!(template.contains(fixed), "{fixed}");
    }
}

#[test]
fn the_topic_is_there_only_if_it_is_asked_for_and_only_the_accounts_stated_may_publish() {
    for name in ["Topic", "TopicPolicy", "TopicSubscription", "TopicPermission", "TopicDeliveryAlarm"] {
        assert!(part(name).contains("    Condition: HasStackTopic"), "{name}");
    }
    assert!(part("StackTopic").contains("Default: \"false\""));
    let policy = part("TopicPolicy");
    assert_eq!(policy.matches("Sid:").count(), 1);
    assert!(policy.contains("AWS: !Split [\",\", !Ref AllowedStackAccounts]\n"));
    assert!(policy.contains("Action: sns:Publish\n"));
    assert!(part("TopicPermission").contains("SourceArn: !Ref Topic"));
}

#[test]
fn f4_what_the_provider_cannot_answer_goes_to_the_last_resort() {
    let provider = part("ProviderFunction");
    let (_, destination) = provider.split_once("OnFailure:").unwrap();
    assert!(destination.contains("Type: Lambda\n"));
    assert!(destination.contains("Destination: !GetAtt LastResortFunction.Arn"));
    let role = part("ProviderRole");
    let (_, invoke) = role.split_once("Action: lambda:InvokeFunction\n").unwrap();
    assert_eq!(invoke.lines().next().unwrap().trim(), "Resource: !GetAtt LastResortFunction.Arn");
}

#[test]
fn f4_the_last_resort_shares_nothing_with_the_provider_and_may_only_write_its_log() {
    let last_resort = part("LastResortFunction");
    assert!(last_resort.contains("        ZipFile: |") && !last_resort.contains("CodeUri"));
    assert!(last_resort.contains("Role: !GetAtt LastResortRole.Arn"));
    assert!(last_resort.contains(&format!("\"{}\"", PhysicalId::Unknown)), "its id for a Create");
    let logs = ["logs:CreateLogStream", "logs:PutLogEvents"].map(ToOwned::to_owned);
    assert_eq!(actions("LastResortRole"), logs.into());
    let role = part("LastResortRole");
    let (_, groups) = role.split_once("Resource:\n").unwrap();
    let written: Vec<&str> = groups
        .lines()
        .map_while(|line| line.trim().strip_prefix("- "))
        .filter(|line| line.contains("LogGroup.Arn"))
        .collect();
    assert_eq!(
        written,
        [
            "!GetAtt LastResortLogGroup.Arn",
            "!If [HasRetainedLogs, !GetAtt RetainedFallbackLogGroup.Arn, !Ref AWS::NoValue]",
        ]
    );
}

#[test]
fn h8_each_function_has_a_log_group_that_outlives_it_and_cannot_make_another() {
    for (name, retained) in [("Provider", "RetainedProvider"), ("LastResort", "RetainedFallback")] {
        assert!(part(&format!("{name}Function")).contains(&format!(
            "LogGroup: !If [HasRetainedLogs, !Ref {retained}LogGroup, !Ref {name}LogGroup]"
        )));
        let group = part(&format!("{name}LogGroup"));
        assert!(group.contains("LogGroupName: !Sub ") && group.contains("DeletionPolicy: Delete\n"));
        // Whatever RetainLogs says: a group whose condition no longer holds would be deleted with what it holds.
        assert!(!group.contains("Condition:"));
        let kept = part(&format!("{retained}LogGroup"));
        assert!(kept.contains("Condition: HasRetainedLogs\n"));
        assert!(kept.contains("    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n"));
        assert!(!kept.contains("LogGroupName"), "it would stand in the way of the next stack of that name");
        for group in [group, kept] {
            assert!(group.contains("RetentionInDays: !Ref LogRetentionInDays"));
            assert!(group.contains("KmsKeyId: !If [HasKmsKey, !Ref KmsKeyArn, !Ref AWS::NoValue]"));
        }
        assert!(!actions(&format!("{name}Role")).contains("logs:CreateLogGroup"));
    }
    // The one that has to be packed is SAM's.
    assert_eq!(template().matches("Type: AWS::Serverless::Function\n").count(), 1);
    let functions = ["Serverless", "Lambda"]
        .map(|service| template().matches(&format!("Type: AWS::{service}::Function\n")).count())
        .iter()
        .sum::<usize>();
    assert_eq!(2 * functions, template().matches("Type: AWS::Logs::LogGroup").count());
}

#[test]
fn a_key_of_the_operator_encrypts_everything_that_the_template_keeps_and_the_roles_may_only_decrypt() {
    let uses = [
        ("ProviderFunction", "KmsKeyArn"),
        ("LastResortFunction", "KmsKeyArn"),
        ("ProviderLogGroup", "KmsKeyId"),
        ("RetainedProviderLogGroup", "KmsKeyId"),
        ("LastResortLogGroup", "KmsKeyId"),
        ("RetainedFallbackLogGroup", "KmsKeyId"),
        ("Topic", "KmsMasterKeyId"),
    ];
    for (resource, property) in uses {
        let wanted = format!("      {property}: !If [HasKmsKey, !Ref KmsKeyArn, !Ref AWS::NoValue]");
        assert!(part(resource).contains(&wanted), "{resource}");
    }
    for role in ["ProviderRole", "LastResortRole"] {
        let role = part(role);
        let (_, policy) = role.split_once("        - !If\n          - HasKmsKey\n").unwrap();
        assert!(policy.contains("Action: kms:Decrypt\n                  Resource: !Ref KmsKeyArn\n"));
        assert_eq!(role.matches("kms:").count(), 1);
    }
    assert!(part("KmsKeyArn").contains("Default: \"\""));
}

#[test]
fn the_dashboard_is_there_unless_the_operator_leaves_it_out() {
    assert!(part("CreateDashboard").contains("Default: \"true\""));
    // Of the resource and of the output.
    assert_eq!(template().matches("    Condition: HasDashboard\n").count(), 2);
}

#[test]
fn each_alarm_says_what_it_means_and_is_sent_where_the_operator_wants() {
    let template = template();
    let alarms: Vec<&str> = template.split("Type: AWS::CloudWatch::Alarm").skip(1).collect();
    assert!(alarms.len() >= 6);
    let metrics: BTreeSet<&str> = alarms
        .iter()
        .map(|alarm| {
            let (alarm, _) = alarm.split_once("\n\n").unwrap();
            assert!(alarm.contains("AlarmDescription: "));
            assert!(
                alarm.contains("AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]")
            );
            assert!(alarm.contains("TreatMissingData: notBreaching"));
            alarm.split_once("MetricName: ").unwrap().1.lines().next().unwrap()
        })
        .collect();
    let expected = [
        "AsyncEventsDropped",
        "DestinationDeliveryFailures",
        "Duration",
        "Errors",
        "Failures",
        "Invocations",
        "NumberOfNotificationsFailed",
        "Throttles",
    ];
    assert_eq!(metrics, expected.into());
    // Any guard's refusal, by the class that all of them are counted as.
    let guard = part("GuardAlarm");
    assert!(guard.contains("- { Name: Class, Value: Forbidden }\n") && guard.contains("Threshold: 1\n"));
    assert!(part("DurationAlarm").contains(&format!("Threshold: {}", 800 * timeout())), "four fifths");
}

/// The provider's, in seconds.
fn timeout() -> u32 {
    number("Timeout")
}

fn number(name: &str) -> u32 {
    let provider = part("ProviderFunction");
    let (_, rest) = provider.split_once(&format!("{name}: ")).unwrap();
    rest.lines().next().unwrap().parse().unwrap()
}

#[test]
fn h2_the_release_profile_unwinds() {
    let manifest = file("Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    assert!(
        release.lines().take_while(|line| !line.starts_with('[')).any(|line| line == "panic = \"unwind\"")
    );
    assert!(!manifest.lines().any(|line| line.starts_with("default-members")), "it would unify features");
}

#[test]
fn h6_the_provider_is_in_a_vpc_only_if_it_is_asked_for_and_the_documents_say_what_one_needs() {
    let provider = part("ProviderFunction");
    let (_, network) = provider.split_once("      VpcConfig: !If\n        - HasVpc\n").unwrap();
    assert!(network.contains("        - !Ref AWS::NoValue\n"));
    // The last resort stays outside: it answers where the network fails.
    assert_eq!(template().matches("VpcConfig").count(), 1);
    let role = part("ProviderRole");
    assert!(role.contains("        - !If\n          - HasVpc\n          - PolicyName: NetworkInterfaces\n"));
    for name in ["SubnetIds", "SecurityGroupIds"] {
        assert!(part(name).contains("Default: \"\""), "{name}");
    }
    let readme = file("README.md");
    assert!(readme.contains("VPC") && readme.contains("cloudformation-custom-resource-response-"));
    for needed in ["com.amazonaws.<region>.connect", "com.amazonaws.<region>.sts", "gateway endpoint"] {
        assert!(file("docs/operations.md").contains(needed), "{needed}");
    }
}

#[test]
fn h7_the_permissions_are_part_of_the_role_so_they_outlive_the_function() {
    let template = template();
    assert!(!template.contains("AWS::IAM::Policy") && !template.contains("AWS::IAM::ManagedPolicy"));
    assert!(template.contains("Role: !GetAtt ProviderRole.Arn"));
}

#[test]
fn f3_h5_retries_event_age_and_time_are_set_on_purpose() {
    assert_eq!(number("MaximumRetryAttempts"), 2);
    // Three runs and Lambda's waits of one and two minutes fit in, and the last resort is within CloudFormation's hour.
    assert!((3 * timeout() + 180..3600 - 120).contains(&number("MaximumEventAgeInSeconds")));
    assert!((60..=900).contains(&timeout()));
}

#[test]
fn each_word_of_a_reason_that_the_operations_document_explains_is_one_that_a_reason_has() {
    let mut told = template();
    for folder in ["src", "crates/custom-resource/src"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut told);
    }
    // As the compiler and YAML read texts of more than one line.
    let told = told.replace("\\\n", "\n").split_whitespace().collect::<Vec<_>>().join(" ");
    let document = file("docs/operations.md");
    let (_, table) = document.split_once("| a reason that says |").unwrap();
    let words: Vec<&str> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .flat_map(|line| line.split('|').nth(1).unwrap().split('"').skip(1).step_by(2))
        .collect();
    assert!(words.len() > 20);
    for word in words {
        assert!(told.contains(word), "no reason says `{word}`");
    }
}

fn gather(folder: &Path, told: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, told);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            told.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
