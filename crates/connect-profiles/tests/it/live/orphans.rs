//! `list --orphans`, beside a stand-in for CloudFormation.

use std::io::{Read, Write};
use std::net::TcpListener;

use connect_emulator::Profile;

use super::{INSTANCE, INSTANCE_ARN, OWNER, World, finish, owned_by, program};

/// Answers `DescribeStacks` and `DescribeStackResource` by the name of the stack; the resource `Agents` holds `physical_id`.
fn cloudformation(physical_id: String) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = vec![0; 65_536];
            let mut length = 0;
            let body = loop {
                length += stream.read(&mut bytes[length..]).unwrap();
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let wanted = head
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .unwrap()
                    .lines()
                    .next()
                    .unwrap()
                    .to_owned();
                if body.len() >= wanted.parse().unwrap() {
                    break body.to_owned();
                }
            };
            let (status, answer) = answer(&body, &physical_id);
            let length = answer.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
            );
            stream.write_all(format!("{head}{answer}").as_bytes()).unwrap();
        }
    });
    endpoint
}

/// The actions of CloudFormation that the policy for a reader allows.
fn of_reader() -> Vec<String> {
    let written = finish(&mut program(&["policy", "--for", "reader", "--instance-arn", INSTANCE_ARN]));
    let words = written.out.split('"').filter(|word| word.starts_with("cloudformation:"));
    words.map(ToOwned::to_owned).collect()
}

fn answer(body: &str, physical_id: &str) -> (u16, String) {
    let error = |status: u16, code: &str, message: &str| {
        let error =
            format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
        (status, format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"))
    };
    let field = |name: &str| {
        let value =
            body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
        value.replace("%3A", ":").replace("%2F", "/")
    };
    let action = format!("cloudformation:{}", field("Action"));
    if !of_reader().contains(&action) {
        return error(403, "AccessDenied", &format!("not authorized to perform: {action}"));
    }
    let stack = field("StackName");
    if stack.contains("/gone/") {
        return error(400, "ValidationError", "Stack with id gone does not exist");
    }
    if stack.contains("/denied/") {
        return error(403, "AccessDenied", "not yours");
    }
    if field("Action") == "DescribeStacks" {
        let status = if stack.contains("/deleted/") { "DELETE_COMPLETE" } else { "UPDATE_COMPLETE" };
        let member = format!(
            "<StackId>{stack}</StackId><StackName>s</StackName><StackStatus>{status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        );
        let result = format!(
            "<DescribeStacksResult><Stacks><member>{member}</member></Stacks></DescribeStacksResult>"
        );
        return (200, format!("<DescribeStacksResponse>{result}</DescribeStacksResponse>"));
    }
    if field("LogicalResourceId") != "Agents" {
        return error(400, "ValidationError", "Resource does not exist for stack");
    }
    let detail = format!(
        "<LogicalResourceId>Agents</LogicalResourceId><PhysicalResourceId>{physical_id}</PhysicalResourceId><ResourceType>Custom::ConnectSecurityProfile</ResourceType><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
    );
    let result = format!(
        "<DescribeStackResourceResult><StackResourceDetail>{detail}</StackResourceDetail></DescribeStackResourceResult>"
    );
    (200, format!("<DescribeStackResourceResponse>{result}</DescribeStackResourceResponse>"))
}

#[test]
fn orphans_are_those_whose_stack_or_resource_is_gone_and_nobody_else() {
    let world = World::new();
    for (name, stack, resource) in [
        ("Held", "contact-centre", "Agents"),
        ("Removed from its stack", "contact-centre", "Supervisors"),
        ("Replaced", "other-stack", "Agents"),
        ("Stack deleted", "deleted", "Agents"),
        ("Stack long gone", "gone", "Agents"),
        ("Stack of others", "denied", "Agents"),
    ] {
        world.put(Profile::named(name).tagged(OWNER, owned_by(stack, resource)));
    }
    let elsewhere = owned_by("contact-centre", "Agents").replace("000000000000/", "999999999999/");
    world.put(Profile::named("Another account").tagged(OWNER, elsewhere));
    world.put(Profile::named("Unreadable").tagged(OWNER, "mine"));
    let held = world.connect.profile_arn(INSTANCE, "Held").unwrap();
    let endpoint = cloudformation(held);
    let columns = ["--columns", "name,owner", "--cloudformation-endpoint-url", &endpoint];
    let run = world.run(&[&["list", "--orphans"], &columns[..]].concat());
    insta::assert_snapshot!(run.shown());
}

#[test]
fn without_cloudformation_nothing_is_an_orphan() {
    let world = World::new();
    world.put(Profile::named("Owned").tagged(OWNER, owned_by("contact-centre", "Agents")));
    let run = world.run(&[
        "list",
        "--orphans",
        "--cloudformation-endpoint-url",
        "http://127.0.0.1:1",
        "--format",
        "json",
    ]);
    let rows = run.json()["rows"].clone();
    assert_eq!((run.code, &rows[0]["orphan"]), (0, &"unknown".into()), "{rows}");
}
