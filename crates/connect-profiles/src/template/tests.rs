//! What a template says, where it stands, and what of it is unknown.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(text: &str) -> Template {
    Template::read("t", text).unwrap_or_else(|error| panic!("{error}"))
}

fn only(text: &str, values: &Values) -> Resource {
    let mut resources = read(text).resolve(values);
    assert_eq!(resources.len(), 1);
    resources.remove(0)
}

/// The properties of a resource whose YAML is given, and its unknown paths.
#[expect(clippy::format_collect, reason = "short texts")]
fn properties(yaml: &str, more: &str) -> (Value, Vec<(String, String)>) {
    let indented: String = yaml.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!("{more}\nResources:\n  R:\n    Type: X\n    Properties:\n{indented}");
    let values = Values { region: Some("eu-west-2".to_owned()), ..Values::default() };
    let resource = only(&text, &values);
    let unknown = resource.unknown.into_iter().map(|unknown| (unknown.path, unknown.what)).collect();
    (Value::Object(resource.properties), unknown)
}

fn error(text: &str) -> String {
    Template::read("t", text).unwrap_err().to_string()
}

#[test]
fn scalars_are_delivered_as_strings() {
    let (values, unknown) =
        properties("a: yes\nb: 14\nc: \"no\"\nd: [1.10, true]\ne: |\n  two\n  lines\nf: 2012-10-17", "");
    assert_eq!(
        values,
        json!({"a": "true", "b": "14", "c": "no", "d": ["1.10", "true"], "e": "two\nlines\n", "f": "2012-10-17"})
    );
    assert_eq!(unknown, []);
}

#[test]
fn a_dynamic_reference_is_known_to_a_deployment_only() {
    let (values, unknown) =
        properties("a: '{{resolve:ssm:/instance}}'\nb: !Sub 'x {{resolve:secretsmanager:y}}'\nc: [z]", "");
    assert_eq!(values["c"], json!(["z"]));
    let paths: Vec<&str> = unknown.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["a", "b"]);
}

#[test]
fn functions_are_worked_out_as_far_as_that_is_known() {
    let more = "
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
  Name: {Type: String, Default: Agents}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name}
  Instance: {Type: String}
Mappings:
  ByRegion: {eu-west-2: {Team: north, All: [x, y]}}
Conditions:
  InEurope: !Equals [!Ref AWS::Region, eu-west-2]
  NotInEurope: !Not [{Condition: InEurope}]
  Both: !And [!Condition InEurope, !Condition NotInEurope]
  Open: !Equals [!Ref Instance, x]
  Decided: !Or [!Condition Open, !Condition InEurope]
  Round: !Not [!Condition Round]
";
    for (yaml, expected, unknown) in [
        ("v: !Ref Name", json!("Agents"), None),
        ("v: {Ref: Names}", json!(["a", "b"]), None),
        ("v: !Ref Secret", Value::Null, Some("${Secret}")),
        ("v: !Ref Instance", Value::Null, Some("${Instance}")),
        ("v: !GetAtt R.Arn", Value::Null, Some("${R.Arn}")),
        ("v: !GetAtt [R, Arn]", Value::Null, Some("${R.Arn}")),
        ("v: !Sub '${Name}-${AWS::Partition}-${!x}'", json!("Agents-aws-${x}"), None),
        ("v: !Sub 'arn:${AWS::AccountId}'", Value::Null, Some("arn:${AWS::AccountId}")),
        ("v: !Sub ['${a}${Name}', {a: !Select [1, !Ref Names]}]", json!("bAgents"), None),
        ("v: {Fn::Sub: '${R}'}", Value::Null, Some("${R}")),
        ("v: !Join ['-', [a, !Ref Name]]", json!("a-Agents"), None),
        ("v: !Join ['-', [a, !Ref Instance]]", Value::Null, Some("a-${Instance}")),
        ("v: !Split [',', 'p,q']", json!(["p", "q"]), None),
        ("v: !FindInMap [ByRegion, !Ref AWS::Region, Team]", json!("north"), None),
        ("v: !FindInMap [ByRegion, !Ref AWS::Region, All]", json!(["x", "y"]), None),
        ("v: !FindInMap [ByRegion, mars, Team, {DefaultValue: none}]", json!("none"), None),
        ("v: !If [InEurope, yes, 'no']", json!("true"), None),
        ("v: !If [Both, a, b]", json!("b"), None),
        ("v: !If [Decided, a, b]", json!("a"), None),
        ("v: !If [Open, a, b]", Value::Null, Some("!If [Open, a, b]")),
        ("v: !If [Round, a, b]", Value::Null, Some("!If [Round, a, b]")),
        ("v: !ImportValue\n  Fn::Sub: x", Value::Null, Some("!ImportValue Fn::Sub: x")),
        ("v: !Base64 x", Value::Null, Some("!Base64 x")),
    ] {
        let (values, paths) = properties(yaml, more);
        assert_eq!(values, json!({"v": expected}), "{yaml}");
        let unknown = unknown.map(|what| ("v".to_owned(), what.to_owned()));
        assert_eq!(paths, Vec::from_iter(unknown), "{yaml}");
    }
}

#[test]
fn what_is_no_value_is_absent_and_moves_what_follows() {
    let (values, unknown) =
        properties("a: !Ref AWS::NoValue\nb: [!Ref AWS::NoValue, x, !Ref AWS::AccountId]", "");
    assert_eq!(values, json!({"b": ["x", null]}));
    assert_eq!(unknown, [("b[1]".to_owned(), "${AWS::AccountId}".to_owned())]);
}

#[test]
fn what_comes_of_a_macro_is_unknown_and_what_stands_beside_it_is_known() {
    let (values, unknown) =
        properties("a: 1\nFn::Transform: {Name: AWS::Include}\nb:\n  Fn::ForEach::x: []", "");
    assert_eq!(values, json!({"a": "1", "b": {}}));
    let paths: Vec<_> = unknown.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["b", ""]);
}

#[test]
fn a_resource_has_its_attributes_and_each_value_its_place() {
    let text = "\
Conditions: {Never: !Equals [a, b]}
Resources:
  A:
    Type: X
    Condition: Never
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    DependsOn: [B, C]
    Properties:
      Tags:
        - Key: é
          Value: !Sub
            - ${a}
            - {a: x}
";
    let template = read(text);
    let resource = template.resolve(&Values::default()).remove(0);
    assert_eq!(resource.is_made, Some(false));
    assert_eq!(resource.deletion_policy.as_deref(), Some("Retain"));
    assert_eq!(resource.update_replace_policy.as_deref(), Some("Delete"));
    assert_eq!(resource.depends_on, ["B", "C"]);
    let place = resource.place("Tags[0].Value");
    assert_eq!(&text[place.key.unwrap().range()], "Value");
    assert_eq!(&text[place.value.range()], "!Sub\n            - ${a}\n            - {a: x}");
    assert_eq!(template.position(place.value.start).to_string(), "12:18");
    assert_eq!(resource.place("Tags[0].Nothing"), resource.place("Tags[0]"));
    assert_eq!(&text[resource.place("Missing").value.range()], "Properties");
}

#[test]
fn brackets_and_lines_are_told_apart_and_end_where_they_end() {
    let text = "a:\n- {x: 1}\nb: [1, 2, ]\nc: {x: 1, # y\n  }\nd: !Sub [a]\ne:\n  - [1]\nf: &f {}\n";
    let template = read(text);
    for (name, source, is_flow) in [
        ("a", "{x: 1}", false),
        ("b", "[1, 2, ]", true),
        ("c", "{x: 1, # y\n  }", true),
        ("d", "!Sub [a]", true),
        ("e", "- [1]", false),
        ("f", "&f {}", true),
    ] {
        let layout = template.layout(&[name]).unwrap();
        assert_eq!((&text[layout.span.range()], layout.is_flow), (source, is_flow));
    }
}

#[test]
fn json_is_read_with_all_its_escapes() {
    let text = r#"{"Resources":{"A":{"Type":"X","Properties":{"a\/b":"\ud83d\ude00é\u0041","n":1.50,"t":true,"z":null,
        "l":[{"Fn::GetAtt":["A","Arn"]}]}}}}"#;
    let resource = only(text, &Values::default());
    assert_eq!(
        Value::Object(resource.properties.clone()),
        json!({"a/b": "😀éA", "n": "1.50", "t": "true", "z": null, "l": [null]})
    );
    assert_eq!(&text[resource.place("n").value.range()], "1.50");
    let long = format!("{{\"Resources\":{{\"{}\":{{\"Type\":\"X\"}}}}}}", "k".repeat(2000));
    assert_eq!(only(&long, &Values::default()).logical_id.len(), 2000);
}

#[test]
fn a_flow_mapping_of_yaml_is_no_bad_json() {
    assert_eq!(only("{Resources: {A: {Type: X}}} # done", &Values::default()).kind, "X");
}

#[test]
fn what_is_no_template_is_told_with_its_place() {
    for (text, expected) in [
        ("", "t:1:1: is empty"),
        ("# nothing\n", "t:2:1: is empty"),
        ("- a\n", "t:1:1: a template is a mapping with `Resources` in it"),
        ("{\"a\": 1,}", "t:1:9: is not JSON: a string is expected here"),
        ("{\"a\": 01}", "t:1:7: is not JSON: a value is expected here"),
        ("{\"a\": \"\\ud83d\"}", "t:1:7: unexpected end of hex escape"),
        ("a: &x [*x]", "t:1:8: is an alias of what it stands in"),
        ("a: 1\n---\nb: 2\n", "t:2:1: is a second document; a template is one"),
        ("[a]: 1\n", "t:1:1: a key must be text"),
    ] {
        assert_eq!(error(text), expected, "{text:?}");
    }
    assert!(error("a: [1\nb: 2").starts_with("t:2:"));
}

#[test]
fn aliases_and_merges_are_written_out_and_told() {
    let (values, _) = properties("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a", "");
    assert_eq!(
        values,
        json!({"a": {"x": "1", "y": "2"}, "b": {"y": "3", "x": "1"}, "c": {"x": "1", "y": "2"}})
    );
    let template = read("Resources: {}\na: &a x\nb: *a\nc: *a\n");
    assert_eq!(template.notices().len(), 1);
    assert_eq!(template.notices()[0].kind, NoticeKind::Unsupported);
}

#[test]
fn a_key_that_stands_twice_is_told_and_the_last_counts() {
    let template = read("Resources: {A: {Type: X, Type: Y}}");
    assert_eq!(template.notices()[0].kind, NoticeKind::Duplicate);
    assert_eq!(template.resolve(&Values::default())[0].kind, "Y");
}

#[test]
fn laughs_by_the_billion_and_depths_without_end_are_refused() {
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let one = format!("*a{},", level - 1);
        writeln!(laughs, "a{level}: &a{level} [{}]", one.repeat(10)).unwrap();
    }
    assert!(error(&laughs).contains("when its aliases are written out"));
    let mut merges = "m0: &m0 {k: v}\n".to_owned();
    for level in 1..3000 {
        writeln!(merges, "m{level}: &m{level} {{<<: *m{}, k{level}: v}}", level - 1).unwrap();
    }
    assert!(error(&merges).contains("when its merges are written out"));
    for text in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!("a: {}", "{a: ".repeat(5000)),
        "- ".repeat(5000),
    ] {
        assert!(Template::read("t", text).is_err());
    }
    let blocks = (0..500).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
    assert!(error(&blocks).contains("levels deep"));
}

#[test]
fn parameters_are_checked_as_a_deployment_would() {
    let template = read(
        "Parameters:\n  A: {Type: Number, Default: 1}\n  B: {Type: String, AllowedValues: ['true', 'false']}\nResources: {}\n",
    );
    let pairs = ["A=x", "B=yes", "Bee=1"].map(str::to_owned);
    let values = Values::of_pairs(&pairs).unwrap();
    let mistakes: Vec<String> = template.value_mistakes(&values).iter().map(ToString::to_string).collect();
    assert_eq!(
        mistakes,
        [
            "parameter `Bee` is not one of the template",
            "parameter `A` has type Number, and `x` is no number",
            "parameter `B` is `yes`; allowed are `true`, `false`",
        ]
    );
    assert_eq!(Values::of_pairs(&["nonsense".to_owned()]), Err("nonsense"));
}

#[test]
fn long_chains_of_conditions_end() {
    let mut text = "Conditions:\n".to_owned();
    for index in 0..5000 {
        writeln!(text, "  C{index}: !Not [!Condition C{}]", index + 1).unwrap();
    }
    text.push_str("Resources: {A: {Type: X, Condition: C0}}\n");
    assert_eq!(only(&text, &Values::default()).is_made, None);
}

/// Whatever it is given, the reader ends, and what it says lies within the text.
fn holds_for(text: &str) -> Result<(), TestCaseError> {
    let Ok(template) = Template::read("t", text) else { return Ok(()) };
    let is_inside = |span: Span| text.get(span.range()).is_some();
    for resource in template.resolve(&Values::default()) {
        for (path, place) in resource.places() {
            prop_assert!(is_inside(place.value) && place.key.is_none_or(is_inside), "{path} {place:?}");
        }
        prop_assert!(is_inside(resource.span) && is_inside(resource.key));
    }
    Ok(())
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Resources:",
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        "\n      - ",
        "A:",
        "Type: X",
        "Properties:",
        "a: ",
        "!Ref ",
        "!Sub ",
        "é",
        "${",
        "}",
        "{",
        "[",
        "]",
        ",",
        ": ",
        "- ",
        "&a ",
        "*a",
        "<<: ",
        "|\n",
        ">-\n",
        "'",
        "\"",
        "\\",
        "#",
        " ",
        "\t",
        "!If ",
        "x",
        "😀",
        "? ",
        "---\n",
        "%TAG ! x\n",
        "!!str ",
        "\r\n",
        "Fn::Join: ",
        "\u{feff}",
        "null",
        "~",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_the_reader_panic(text in pieces()) {
        holds_for(&text)?;
        holds_for(&format!("Resources:\n  A:\n    Type: X\n    Properties:\n      a: {text}"))?;
        holds_for(&format!("Resources: {{A: {{Type: X, Properties: {{a: {text}}}}}}}"))?;
    }

    #[test]
    fn nothing_makes_the_reader_of_json_panic(text in r#"[\[\]{}":,\\ué0-9eE.+ ntf-]{0,60}"#) {
        holds_for(&format!(r#"{{"Resources":{{"A":{{"Type":"X","Properties":{{"a":{text}}}}}}}}}"#))?;
    }

    #[test]
    fn any_text_survives_in_json(text in any::<String>(), key in any::<String>()) {
        let source = json!({"Resources": {"A": {"Type": "X", "Properties": {"p": {"k": text.clone(), key.clone(): [text.clone()]}}}}});
        for source in [source.to_string(), serde_json::to_string_pretty(&source).unwrap()] {
            let resource = only(&source, &Values::default());
            if !["Ref", "k"].contains(&key.as_str()) {
                prop_assert_eq!(&resource.properties["p"], &json!({"k": text.clone(), key.clone(): [text.clone()]}));
            }
            holds_for(&source)?;
        }
    }
}
