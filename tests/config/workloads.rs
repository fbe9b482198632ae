//! What makes runs comparable.

use super::*;

fn digest(text: &str) -> String {
    let plan = planned(text, &Overrides::default());
    plan.workload.endpoints.values().next().unwrap().clone()
}

#[test]
fn a_digest_depends_on_the_request_alone_and_stays_what_it_is() {
    assert_eq!(digest(SMALL), "6fbcc67f8ad3");
    let same = SMALL.replace("8000", "9000") + "target = \"5ms\"\nfactor = 3\n";
    assert_eq!(digest(&same), digest(SMALL));
}

#[test]
fn every_part_of_a_request_changes_its_digest() {
    let additions = [
        "",
        "path = \"/b\"\n",
        "headers = { x = \"1\" }\n",
        "headers = { x = \"${TOKEN}\" }\n",
        "text = \"x\"\n",
        "text = \"y\"\n",
        "json = \"x\"\n",
        "file = \"body.json\"\n",
        "expect = 200\n",
    ];
    let digests: BTreeSet<_> =
        additions.iter().map(|addition| digest(&format!("{SMALL}{addition}"))).collect();
    assert_eq!(digests.len(), additions.len());
}

#[test]
fn the_value_of_a_secret_has_no_part_in_a_digest() {
    let text = format!("{SMALL}headers = {{ x = \"${{TOKEN}}\" }}\n");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("perfbase.toml"), &text).unwrap();
    let other = Config::load(None, directory.path(), &|_| Some("other".into())).unwrap();
    let other = other.plan(&Overrides::default()).unwrap();
    assert_eq!(other.workload, planned(&text, &Overrides::default()).workload);
}

#[test]
fn more_rounds_of_the_same_length_are_the_same_workload() {
    let of = |seconds, rounds| {
        let asked = Overrides {
            duration: Some(Duration::from_secs(seconds)),
            rounds: count(rounds),
            ..Overrides::default()
        };
        planned(SMALL, &asked).workload
    };
    assert_eq!(of(10, 5), of(20, 10));
    assert_ne!(of(10, 5), of(10, 10));
}

#[test]
fn the_load_is_written_in_words() {
    let part = |change: fn(&mut Overrides), name: &str| {
        planned(SMALL, &asked(change)).workload.parts[name].clone()
    };
    assert_eq!(part(|_| (), "load"), "1 user");
    assert_eq!(part(|_| (), "order"), "one after the other");
    assert_eq!(part(|asked| asked.users = count(5), "load"), "5 users");
    assert_eq!(part(|asked| asked.users = count(5), "order"), "mixed");
    let open: fn(&mut Overrides) = |asked| asked.rate = Rate::per_second(200.0);
    assert_eq!(part(open, "load"), "200/s, at most 1000 connections");
}
