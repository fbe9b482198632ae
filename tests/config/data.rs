//! Where values come from.

use super::*;
use perfbase::model::{Data, Per, Pick, Supply, TimeFormat};

/// The source `v` of a file in which one endpoint sends all of `names`.
fn source(data: &str, names: &[&str]) -> Data {
    let sent = format!("/{{{}}}", names.join("}/{"));
    let file = format!(
        "[service]\nurl = \"http://a\"\n{data}\n[endpoints.\"GET /a\"]\npath = \"{sent}\"\n"
    );
    let plan = planned(&file, &Overrides::default());
    let [data] = plan.behaviour.data.as_slice() else { panic!("one source") };
    let of = |name: &&str| plan.behaviour.values.iter().position(|value| value == name).unwrap();
    let slots: Vec<_> = data.slots.iter().map(|slot| slot.0).collect();
    assert_eq!(slots, names.iter().map(of).collect::<Vec<_>>());
    data.clone()
}

/// The rows as texts, with quotes around what is a text.
fn rows(data: &Data) -> Vec<Vec<String>> {
    let Supply::Rows(rows, _) = &data.supply else { panic!("{:?}", data.supply) };
    let cell = |value: &perfbase::model::Value| {
        let quote = if value.is_text() { "'" } else { "" };
        format!("{quote}{}{quote}", value.as_str())
    };
    rows.as_slice().iter().map(|row| row.iter().map(cell).collect()).collect()
}

#[test]
fn generators_make_values_of_each_request() {
    for (text, supply) in [
        ("uuid", Supply::Uuid),
        ("int 1..500", Supply::Integer(1, 500)),
        ("sequence", Supply::Sequence(1)),
        ("sequence 100", Supply::Sequence(100)),
        ("timestamp", Supply::Timestamp(TimeFormat::Rfc3339)),
        ("timestamp seconds", Supply::Timestamp(TimeFormat::Seconds)),
        ("timestamp milliseconds", Supply::Timestamp(TimeFormat::Milliseconds)),
    ] {
        let found = source(&format!("[data]\nv = \"{text}\""), &["v"]);
        assert_eq!((found.supply, found.per), (supply.clone(), Per::Request), "{text}");
        let of_user = format!("[data.v]\ngenerate = \"{text}\"\nper = \"user\"");
        let found = source(&of_user, &["v"]);
        assert_eq!((found.supply, found.per), (supply, Per::User), "{text}");
    }
}

#[test]
fn a_list_gives_one_of_its_values_at_random() {
    let list = source("[data]\nv = [\"a\", 5, 1.50, true, [\"x\", \"{y}\"], 1979-05-27]", &["v"]);
    let expected = ["'a'", "5", "1.5", "true", "[\"x\",\"{y}\"]", "'1979-05-27'"];
    assert_eq!(rows(&list), expected.map(|cell| vec![cell.to_owned()]));
    assert!(matches!(list.supply, Supply::Rows(_, Pick::Random)));
    assert_eq!(list.per, Per::Request);
}

#[test]
fn a_list_may_refer_to_the_environment_but_not_to_values() {
    let list = source("[data]\nv = [\"${TOKEN}\", \"$${TOKEN} {v}\"]", &["v"]);
    assert_eq!(rows(&list), [["'hunter2'"], ["'${TOKEN} {v}'"]]);
    assert!(!format!("{list:?}").contains(SECRET));
}

#[test]
fn a_list_of_tables_has_columns() {
    let list = "[data]\nv = [{ b = \"x\", a = 1 }, { a = 2, b = \"y\" }]";
    let found = source(list, &["v.a", "v.b"]);
    assert_eq!(rows(&found), [["1", "'x'"], ["2", "'y'"]]);
}

#[test]
fn a_csv_file_has_texts_below_its_header() {
    let found = source("[data.v]\ncsv = \"accounts.csv\"", &["v.name", "v.password"]);
    assert_eq!(rows(&found), [["'load1'", "'hunter2'"], ["'load,2'", "'hunter2\"'"]]);
}

#[test]
fn a_json_file_has_objects_or_single_values() {
    let found = source("[data.v]\njson = \"agents.json\"", &["v.id", "v.name"]);
    assert_eq!(rows(&found), [["7", "'hunter2'"], ["8", "null"]]);
    let found = source("[data.v]\njson = \"numbers.json\"", &["v"]);
    let expected = ["1", "2.5", "'x'", "true", "[1]"];
    assert_eq!(rows(&found), expected.map(|cell| vec![cell.to_owned()]));
}

#[test]
fn rows_are_picked_and_drawn_as_the_file_says() {
    let of = |more: &str| {
        let found = source(&format!("[data.v]\nlist = [1, 2]\n{more}"), &["v"]);
        let Supply::Rows(_, pick) = found.supply else { panic!("rows") };
        (pick, found.per)
    };
    assert_eq!(of(""), (Pick::Random, Per::Request));
    assert_eq!(of("per = \"user\""), (Pick::Random, Per::User));
    assert_eq!(of("pick = \"sequential\""), (Pick::Sequential, Per::Request));
    assert_eq!(of("pick = \"unique\""), (Pick::Unique, Per::User));
    assert_eq!(of("pick = \"unique\"\nper = \"user\""), (Pick::Unique, Per::User));
}

#[test]
fn every_user_and_every_connection_needs_a_row_of_its_own() {
    let file = "[service]\nurl = \"http://a\"\n[data.v]\nlist = [1, 2]\npick = \"unique\"\n\
                [endpoints.\"GET /{v}\"]\n[endpoints.\"GET /b\"]\n\
                [scenarios.other]\nendpoints = [\"GET /b\"]\nusers = 5\n";
    let fails = |change: fn(&mut Overrides)| loaded(file).plan(&asked(change)).is_err();
    assert!(!fails(|asked| asked.users = count(2)));
    assert!(fails(|asked| asked.users = count(3)));
    assert!(fails(|asked| asked.rate = Rate::per_second(1.0)));
    assert!(!fails(|asked| {
        asked.rate = Rate::per_second(1.0);
        asked.connections = count(2);
    }));
    assert!(!fails(|asked| asked.scenario = Some("other".into())), "nobody needs one there");
}

#[test]
fn a_file_of_more_than_64_mib_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let large = std::fs::File::create(directory.path().join("large.csv")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    let file = "[service]\nurl = \"http://a\"\n[data.v]\ncsv = \"large.csv\"\n";
    std::fs::write(directory.path().join("perfbase.toml"), file).unwrap();
    let error = Config::load(None, directory.path(), &env).unwrap_err().render(false, WIDTH);
    assert!(error.contains("it has 67108865 bytes"), "{error}");
}
