//! A Connect and a CloudFormation on ports of the loopback interface, for the built program.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use connect_emulator::{Configuration, Emulator, Profile, Server, serve};
use tokio::runtime::Runtime;

use crate::program::{Run, run_with};
use crate::reader;

pub(crate) const INSTANCE_ID: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const INSTANCE: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555";
/// An instance that the reader may read, and that is not there.
pub(crate) const GONE: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/77777777-2222-3333-4444-555555555555";
pub(crate) const PROFILE_ID: &str = "99999999-8888-7777-6666-555555555555";
pub(crate) const STACK: &str =
    "arn:aws:cloudformation:us-east-1:000000000000:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4";
pub(crate) const OWNER_TAG: &str = "custom-connect-security-profile:owner";

/// An emulator that is served as long as it is there.
pub(crate) struct Served {
    pub(crate) emulator: Emulator,
    server: Server,
    _runtime: Runtime,
}

impl Served {
    pub(crate) fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let emulator = Emulator::new(reader::with_reader(Configuration::default(), &[GONE]));
        let server = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            serve(emulator.clone(), listener).await
        });
        Self { emulator, server, _runtime: runtime }
    }

    pub(crate) fn with(profiles: impl IntoIterator<Item = Profile>) -> Self {
        let served = Self::new();
        profiles.into_iter().for_each(|profile| served.emulator.put_profile(INSTANCE_ID, profile));
        served
    }

    /// Runs the program on it as a reader, whose policy must allow all that it calls.
    pub(crate) fn read_only(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let endpoint = self.server.endpoint();
        let environment = [&reader::KEYS[..], environment].concat();
        let run = run_with(&[arguments, &["--endpoint-url", &endpoint]].concat(), &environment);
        let journal = self.emulator.journal();
        assert!(journal.iter().all(|call| !call.operation.is_write()), "{journal:#?}");
        assert!(!journal.iter().any(reader::is_refused), "{journal:#?}");
        run
    }
}

/// The profile `Agents`, as the resource of that name made it.
pub(crate) fn ours() -> Profile {
    let mut profile = Profile::named("Agents").described("Takes calls").with_permission("BasicAgentAccess");
    PROFILE_ID.clone_into(&mut profile.id);
    profile.with_permission("OutboundCallAccess").tagged("team", "support").tagged(
        OWNER_TAG,
        "v1/created/us-east-1/000000000000/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4/Agents/contact-centre",
    )
}

/// A CloudFormation that knows one stack, for as long as the test runs. Its address.
pub(crate) fn cloudformation(
    template: &str,
    parameters: &[(&str, &str)],
    resources: &[(&str, &str)],
) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let member = |fields: &[(&str, &str)]| {
        let fields = fields.iter().fold(String::new(), |text, (name, value)| {
            text + &format!("<{name}>{}</{name}>", escaped(value))
        });
        format!("<member>{fields}</member>")
    };
    let parameters: String = parameters
        .iter()
        .map(|(name, value)| member(&[("ParameterKey", name), ("ParameterValue", value)]))
        .collect();
    let resources: String = resources
        .iter()
        .map(|(logical, physical)| {
            let kind = ("ResourceType", "Custom::ConnectSecurityProfile");
            let when = ("LastUpdatedTimestamp", "2026-11-20T12:00:00Z");
            let state = ("ResourceStatus", "CREATE_COMPLETE");
            member(&[("LogicalResourceId", logical), ("PhysicalResourceId", physical), kind, when, state])
        })
        .collect();
    let stack = format!(
        "<Stacks><member><StackId>{STACK}</StackId><StackName>contact-centre</StackName>\
         <CreationTime>2026-11-20T12:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
         <Parameters>{parameters}</Parameters></member></Stacks>"
    );
    let template = format!("<TemplateBody>{}</TemplateBody>", escaped(template));
    let resources = format!("<StackResourceSummaries>{resources}</StackResourceSummaries>");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = answer(
                stream,
                &[("DescribeStacks", &stack), ("GetTemplate", &template), ("ListStackResources", &resources)],
            );
        }
    });
    address
}

fn answer(mut stream: TcpStream, answers: &[(&str, &str)]) -> std::io::Result<()> {
    let (mut request, mut buffer) = (String::new(), [0; 4096]);
    while !request.contains("Action=") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    let found = answers.iter().find(|(action, _)| request.contains(&format!("Action={action}&")));
    let (status, body) = match found.filter(|_| request.contains("StackName=contact-centre")) {
        Some((action, result)) => (
            "200 OK",
            format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"),
        ),
        None => (
            "400 Bad Request",
            "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
             <Message>Stack with id other does not exist</Message></Error></ErrorResponse>"
                .to_owned(),
        ),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
