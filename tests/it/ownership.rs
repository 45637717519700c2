//! Whose profile it is: every row of the table at Connect, the document that shows the table, and its edges.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use connect_emulator::Profile;
use connect_security_profile::owner::{Origin, Ownership};
use connect_security_profile::ownership::{Course, Parting, Wish, course, parting};
use connect_security_profile::properties::OnDelete;
use serde_json::{Value, json};

use crate::world::{
    Answer, INSTANCE, INSTANCE_ID, OWNER_TAG, PROFILE_ID, World, adopted, agents, anothers, nobodys, ours,
    owner_tag,
};

/// What an event finds under the name it is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Standing {
    Free,
    Created,
    Adopted,
    Nobody,
    Another,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Wish(Wish),
    Delete(OnDelete),
}

/// What the table says: what happens, and what there is then.
struct Row {
    event: Event,
    from: Standing,
    what: &'static str,
    to: Standing,
}

const STANDINGS: [Standing; 5] =
    [Standing::Free, Standing::Created, Standing::Adopted, Standing::Nobody, Standing::Another];

const EVENTS: [Event; 7] = [
    Event::Wish(Wish::Create { adopt: false }),
    Event::Wish(Wish::Create { adopt: true }),
    Event::Wish(Wish::Update),
    Event::Wish(Wish::Replace { adopt: false }),
    Event::Wish(Wish::Replace { adopt: true }),
    Event::Delete(OnDelete::Delete),
    Event::Delete(OnDelete::Retain),
];

/// The whole table, from the provider's own functions; only the free name, which is no profile, is said here.
fn rows() -> Vec<Row> {
    let each = EVENTS.into_iter().flat_map(|event| STANDINGS.map(|from| (event, from)));
    each.map(|(event, from)| {
        let (what, to) = match (event, ownership(from)) {
            (Event::Wish(_), None) => ("made", Standing::Created),
            (Event::Delete(_), None) => ("nothing to do", Standing::Free),
            (Event::Wish(wish), Some(ownership)) => match course(wish, &ownership) {
                Course::MakeAsFresh => ("made as new", from),
                Course::Converge => ("converged", from),
                Course::Merge => ("merged", from),
                Course::Claim => ("claimed, then merged", Standing::Adopted),
                Course::ClaimAgain => ("claimed again, then merged", Standing::Adopted),
                Course::LeaveOrFail => ("left: SUCCESS if as stated, else FAILED", from),
                Course::Refuse => ("left: FAILED", from),
            },
            (Event::Delete(on_delete), Some(ownership)) => match parting(on_delete, &ownership) {
                Parting::Delete => ("deleted", Standing::Free),
                Parting::Release => ("released", Standing::Nobody),
                Parting::Leave => ("left, with a warning", from),
            },
        };
        Row { event, from, what, to }
    })
    .collect()
}

fn ownership(standing: Standing) -> Option<Ownership> {
    Some(match standing {
        Standing::Free => return None,
        Standing::Created => Ownership::Ours(Origin::Created),
        Standing::Adopted => Ownership::Ours(Origin::Adopted),
        Standing::Nobody => Ownership::Nobody,
        Standing::Another => Ownership::Another("another".to_owned()),
    })
}

fn profile(standing: Standing) -> Option<Profile> {
    Some(match standing {
        Standing::Free => return None,
        Standing::Created => ours(),
        Standing::Adopted => adopted(),
        Standing::Nobody => nobodys(),
        Standing::Another => anothers(),
    })
}

fn standing(profile: Option<&Profile>) -> Standing {
    match profile.map(|profile| profile.tags.get(OWNER_TAG).cloned()) {
        None => Standing::Free,
        Some(None) => Standing::Nobody,
        Some(Some(tag)) if tag == owner_tag("created", "Agents") => Standing::Created,
        Some(Some(tag)) if tag == owner_tag("adopted", "Agents") => Standing::Adopted,
        Some(Some(_)) => Standing::Another,
    }
}

/// Sends the event about the profile `Agents`; a replacement comes from a profile called `Before`, which is there.
async fn send(event: Event, world: &World) -> Answer {
    let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    let wanted = |adopt: bool| agents(json!({"Description": "New", "Adopt": adopt}));
    match event {
        Event::Wish(Wish::Create { adopt }) => world.create(wanted(adopt)).await,
        Event::Wish(Wish::Update) => {
            world.update(&arn, wanted(false), agents(json!({"Description": "Takes calls"}))).await
        }
        Event::Wish(Wish::Replace { adopt }) => {
            let before = format!("{INSTANCE}/security-profile/00000000-8888-7777-6666-555555555555");
            let old = agents(json!({"SecurityProfileName": "Before"}));
            world.update(&before, wanted(adopt), old).await
        }
        Event::Delete(OnDelete::Delete) => world.delete(&arn, agents(json!({}))).await,
        Event::Delete(OnDelete::Retain) => world.delete(&arn, agents(json!({"OnDelete": "Retain"}))).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_table_holds_at_connect() {
    let mut tasks = tokio::task::JoinSet::new();
    for row in rows() {
        // A Delete that may not delete unseen looks for twenty seconds for what is not there: another test's, on another clock.
        if matches!((row.event, row.from), (Event::Delete(OnDelete::Retain), Standing::Free)) {
            continue;
        }
        tasks.spawn(async move { check(&row).await });
    }
    while let Some(checked) = tasks.join_next().await {
        checked.unwrap();
    }
}

async fn check(row: &Row) {
    let Row { event, from, what, to } = row;
    let case = format!("{event:?} of {from:?}, to be {what}");
    let world = World::start().await;
    let before = ours().tagged(OWNER_TAG, owner_tag("created", "Agents"));
    let before =
        Profile { id: "00000000-8888-7777-6666-555555555555".into(), name: "Before".into(), ..before };
    world.connect.put_profile(INSTANCE_ID, before.clone());
    if let Some(profile) = profile(*from) {
        world.connect.put_profile(INSTANCE_ID, profile);
    }
    let (old, found) = (world.profile("Before"), world.profile("Agents"));
    let answer = send(*event, &world).await;
    assert_eq!(answer.status == "FAILED", what.contains("FAILED"), "{case}: {answer:?}");
    let live = world.profile("Agents");
    assert_eq!(standing(live.as_ref()), *to, "{case}: {answer:?}");
    assert_eq!(world.profile("Before"), old, "{case}: the old profile is never touched");
    if what.starts_with("left") || *what == "nothing to do" {
        assert_eq!(live, found, "{case}: byte for byte");
        let refused = world.writes();
        let allowed = if matches!(event, Event::Wish(Wish::Update) | Event::Delete(OnDelete::Retain)) {
            ""
        } else if matches!(event, Event::Delete(_)) {
            "DeleteSecurityProfile"
        } else {
            "CreateSecurityProfile"
        };
        assert!(refused.iter().all(|name| name == allowed), "{case}: {refused:?}");
        assert!(*from == Standing::Free || !refused.contains(&"DeleteSecurityProfile".to_owned()), "{case}");
        return;
    }
    let description = live.as_ref().map(|live| live.description.as_str());
    match what.split([',', ';', ':']).next().unwrap() {
        "deleted" => assert_eq!(description, None, "{case}"),
        "released" => assert_eq!(description, Some("Takes calls"), "{case}"),
        _ => assert_eq!(description, Some("New"), "{case}"),
    }
    let had_permissions = found.as_ref().is_some_and(|found| !found.permissions.is_empty());
    if had_permissions && *what != "deleted" {
        let kept = !live.unwrap().permissions.is_empty();
        assert_eq!(kept, *what != "made as new", "{case}: what was never stated");
    }
}

/// The table and the picture as `docs/ownership.md` shows them.
fn drawn() -> String {
    let mut text =
        String::from("| | the name is free | ours, created | ours, adopted | nobody's | another's |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    let rows = rows();
    for of_event in rows.chunks(STANDINGS.len()) {
        let cells: Vec<&str> = of_event.iter().map(|row| row.what).collect();
        let _ = writeln!(text, "| **{}** | {} |", title(of_event[0].event), cells.join(" | "));
    }
    text.push_str("\n```mermaid\nstateDiagram-v2\n");
    for (standing, name) in [
        (Standing::Free, "the name is free"),
        (Standing::Created, "ours, created"),
        (Standing::Adopted, "ours, adopted"),
        (Standing::Nobody, "nobody's"),
        (Standing::Another, "another's"),
    ] {
        let _ = writeln!(text, "    state \"{name}\" as {standing:?}");
    }
    let mut edges: BTreeMap<(Standing, Standing), Vec<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.from != row.to) {
        edges.entry((row.from, row.to)).or_default().push(title(row.event));
    }
    for ((from, to), events) in edges {
        // Mermaid reads some marks in a label as its own.
        let label = events.join(", ").replace(['`', ':'], "");
        let _ = writeln!(text, "    {from:?} --> {to:?}: {label}");
    }
    text.push_str("```\n");
    text
}

fn title(event: Event) -> &'static str {
    match event {
        Event::Wish(Wish::Create { adopt: false }) => "Create",
        Event::Wish(Wish::Create { adopt: true }) => "Create with `Adopt`",
        Event::Wish(Wish::Update) => "Update",
        Event::Wish(Wish::Replace { adopt: false }) => "Rename onto it",
        Event::Wish(Wish::Replace { adopt: true }) => "Rename onto it with `Adopt`",
        Event::Delete(OnDelete::Delete) => "Delete",
        Event::Delete(OnDelete::Retain) => "Delete with `OnDelete: Retain`",
    }
}

/// `make snapshots` writes the table into the document.
#[test]
fn the_document_shows_the_table_that_the_code_goes_by() {
    const BEGIN: &str = "<!-- The table: drawn from src/ownership.rs by `make snapshots`. -->\n";
    const END: &str = "<!-- The end of the table. -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ownership.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).expect("the table's beginning");
    let (shown, tail) = rest.split_once(END).expect("the table's end");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, format!("{head}{BEGIN}{}{END}{tail}", drawn())).unwrap();
    } else {
        assert_eq!(shown, drawn(), "`make snapshots` draws it anew");
    }
}

#[tokio::test]
async fn other_stacks_other_logical_ids_and_unreadable_tags_are_other_owners_with_adopt_too() {
    let of_another_stack =
        "v1/created/us-east-1/000000000000/ffffffff-7b4f-11f0-9a55-0affd1a2b3c4/Agents/other";
    for (tag, owner) in [
        (of_another_stack, "resource `Agents` of stack `other` (ffffffff-7b4f-11f0-9a55-0affd1a2b3c4)"),
        (&owner_tag("adopted", "Others"), "resource `Others` of this same stack"),
        ("v2/created/x", "an owner whose tag cannot be read"),
        ("", "an owner whose tag cannot be read"),
    ] {
        for adopt in [false, true] {
            let world = World::start().await;
            world.connect.put_profile(INSTANCE_ID, ours().tagged(OWNER_TAG, tag));
            let before = world.profile("Agents");
            let answer = world.create(agents(json!({"Adopt": adopt, "Permissions": []}))).await;
            let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
            let command = format!(
                "aws connect untag-resource --region us-east-1 --resource-arn {arn} --tag-keys {OWNER_TAG}"
            );
            for part in [owner, &arn, &command, "`Adopt: true`"] {
                assert!(answer.why().contains(part), "{part}: {answer:?}");
            }
            assert_eq!(answer.physical_id, "connect-security-profile:none");
            assert_eq!(world.writes(), ["CreateSecurityProfile"], "the one that was refused");
            assert_eq!(world.profile("Agents"), before);
        }
    }
}

#[tokio::test]
async fn a_profile_moves_to_another_logical_id_by_the_command_that_the_refusal_names() {
    let world = World::start().await;
    let properties = agents(json!({"Permissions": ["A"]}));
    let id = world.create(properties.clone()).await.id();
    let adopting = agents(json!({"Adopt": true, "Permissions": ["A", "B"]}));
    let of_new = |mut event: Value| {
        event["LogicalResourceId"] = json!("NewName");
        event
    };
    let create = of_new(crate::world::event("Create", None, &adopting, None));
    let refused = world.send(&create).await;
    assert!(refused.why().contains("untag-resource"), "{refused:?}");
    let mut untagged = world.profile("Agents").unwrap();
    untagged.tags.remove(OWNER_TAG);
    world.connect.remove_profile(INSTANCE_ID, "Agents");
    world.connect.put_profile(INSTANCE_ID, untagged);
    assert_eq!(world.send(&create).await.id(), id, "the same profile");
    world.calls();
    world.delete(&id, properties).await.id();
    assert_eq!(world.writes(), [""; 0], "the old logical id's Delete leaves it");
    assert_eq!(world.profile("Agents").unwrap().tags[OWNER_TAG], owner_tag("adopted", "NewName"));
}

#[tokio::test]
async fn dropping_or_adding_adopt_later_changes_nothing() {
    let world = World::start().await;
    let (with, without) = (agents(json!({"Adopt": "true"})), agents(json!({"Adopt": "false"})));
    let id = world.create(with.clone()).await.id();
    world.calls();
    assert_eq!(world.update(&id, without.clone(), with.clone()).await.data["Origin"], "created");
    assert_eq!(world.update(&id, with.clone(), without).await.data["Origin"], "created");
    assert_eq!(world.writes(), [""; 0]);
    world.delete(&id, with).await.id();
    assert_eq!(world.profile("Agents"), None, "it was created, whatever `Adopt` says");
}

#[tokio::test]
async fn a_resource_that_lost_its_tag_claims_it_again_and_warns() {
    let world = World::start().await;
    world.connect.put_profile(INSTANCE_ID, profile(Standing::Nobody).unwrap());
    let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
    let same = agents(json!({"Description": "Takes calls"}));
    let answer = world.update(&arn, same.clone(), agents(json!({"Permissions": ["X"]}))).await;
    assert_eq!(answer.data["Origin"], "adopted");
    assert_eq!(world.writes(), ["TagResource"]);
    assert_eq!(
        world.profile("Agents").unwrap().permissions.len(),
        2,
        "not emptied: whose it was is not proved"
    );
    assert!(world.function.logs().contains("the owner tag was gone and is put back"));
    world.update(&arn, same.clone(), same).await.id();
    assert_eq!(world.writes(), [""; 0], "claimed once");
}

#[tokio::test]
async fn the_tags_key_in_another_spelling_is_refused_in_a_template_and_is_no_tag_of_ours_in_connect() {
    for key in [
        "Custom-Connect-Security-Profile:Owner",
        " custom-connect-security-profile:owner",
        "custom-connect-\u{17f}ecurity-profile:owner\u{a0}",
    ] {
        let world = World::start().await;
        let tags = json!([{"Key": key, "Value": owner_tag("created", "Agents")}]);
        let refused = world.create(agents(json!({"Tags": tags}))).await;
        assert!(
            refused.why().contains("Tags[0].Key is `custom-connect-security-profile:owner` in another"),
            "{refused:?}"
        );
        assert_eq!(world.calls(), [""; 0]);

        // What a stack had already is left as it is, neither set nor taken off.
        world.connect.put_profile(INSTANCE_ID, ours().tagged(key, "theirs"));
        let arn = format!("{INSTANCE}/security-profile/{PROFILE_ID}");
        let (held, without) = (agents(json!({"Tags": tags})), agents(json!({})));
        world.update(&arn, held.clone(), held.clone()).await.id();
        world.update(&arn, without.clone(), held.clone()).await.id();
        assert_eq!(world.writes(), [""; 0]);
        let brought_in = world.update(&arn, held, without).await;
        assert!(brought_in.why().contains("in another spelling"), "{brought_in:?}");

        // Without the tag itself beside it, it neither gives the profile to a stack nor leaves it free.
        world.connect.put_profile(INSTANCE_ID, nobodys().tagged(key, owner_tag("created", "Agents")));
        let before = world.profile("Agents");
        for properties in [agents(json!({})), agents(json!({"Adopt": true}))] {
            let refused = world.create(properties).await;
            assert!(
                refused.why().contains("an owner whose tag cannot be read: its key is written"),
                "{refused:?}"
            );
        }
        world.delete(&arn, agents(json!({}))).await.id();
        assert_eq!(world.profile("Agents"), before);
    }
}
