//! Load that changes, users that are added, arrivals at random.

use super::*;

/// [`SMALL`] with more, planned for the scenario `s`.
fn staged(more: &str) -> Plan {
    planned(&format!("{SMALL}{more}"), &asked(|asked| asked.scenario = Some("s".into())))
}

fn stage(from: f64, to: f64, seconds: u64) -> Stage {
    Stage { from, to, over: Duration::from_secs(seconds), success: None }
}

#[test]
fn stages_go_from_the_value_before_and_one_without_time_jumps() {
    let plan = staged(
        "[scenarios.s]\nstages = [{ users = 1, over = \"0s\" }, { users = 1, over = \"5s\" },
         { users = 100, over = \"10s\" }, { users = 100, over = \"30s\", success = \"99%\" }]\n",
    );
    let Load::StagedUsers(stages) = &plan.load else { panic!("{:?}", plan.load) };
    let top = Stage { success: Some(Share::new(0.99)), ..stage(100.0, 100.0, 30) };
    assert_eq!(stages.quantity, Quantity::Users);
    assert_eq!(stages.stages, [stage(1.0, 1.0, 5), stage(1.0, 100.0, 10), top]);
    assert_eq!(plan.rounds.get(), 3);
    assert_eq!(plan.duration, Duration::from_secs(3 * 45));
}

#[test]
fn stages_of_a_rate_take_connections_and_arrivals() {
    let plan = staged(
        "[scenarios.s]\nrounds = 5\nconnections = 20\narrivals = \"poisson\"\n\
         stages = [{ rate = \"200/s\", over = \"2s\" }, { rate = \"0/s\", over = \"1s\" }]\n",
    );
    let Load::StagedRate { stages, arrivals, connections } = &plan.load else { panic!() };
    assert_eq!((connections.get(), *arrivals), (20, Arrivals::Poisson));
    assert_eq!(stages.stages, [stage(0.0, 200.0, 2), stage(200.0, 0.0, 1)]);
    assert_eq!(plan.rounds.get(), 5);
    assert_eq!(plan.workload.parts["arrivals"], "poisson");
}

#[test]
fn levels_are_jumps_that_hold_and_have_to_succeed() {
    let plan = staged(
        "[scenarios.s]\nhold = \"7s\"\nlevels = [{ users = 10, success = \"100%\" }, { users = 50 }]\n",
    );
    let Load::StagedUsers(stages) = &plan.load else { panic!("{:?}", plan.load) };
    let first = Stage { success: Some(Share::new(1.0)), ..stage(10.0, 10.0, 7) };
    assert_eq!(stages.stages, [first, stage(50.0, 50.0, 7)]);
}

#[test]
fn spike_and_levels_need_no_text() {
    let built_in = |name: &str, text: &str| {
        let text = format!("{SMALL}{text}");
        let plan = planned(&text, &asked(|asked| asked.scenario = Some(name.into())));
        plan.load.stages().unwrap_or_else(|| panic!("{:?}", plan.load)).clone()
    };
    let spike = built_in("spike", "");
    let loads: Vec<_> = spike.stages.iter().map(|it| (it.from, it.to, it.over.as_secs())).collect();
    let expected = [(1, 1, 10), (1, 100, 10), (100, 100, 20), (100, 1, 5), (1, 1, 15)];
    assert_eq!(loads, expected.map(|(from, to, over)| (f64::from(from), f64::from(to), over)));
    let levels = built_in("levels", "[scenarios.levels]\nhold = \"3s\"\n");
    let floors: Vec<_> = levels
        .stages
        .iter()
        .map(|it| (it.to, it.over.as_secs(), it.success.unwrap().to_string()))
        .collect();
    let expected = [(10, "100%"), (50, "100%"), (100, "99%"), (200, "95%"), (500, "90%")];
    assert_eq!(floors, expected.map(|(users, share)| (f64::from(users), 3, share.to_owned())));
}

#[test]
fn users_over_a_built_in_scenario_take_the_place_of_its_stages() {
    let text = format!("{SMALL}[scenarios.spike]\nusers = 7\nduration = \"9s\"\n");
    let plan = planned(&text, &asked(|asked| asked.scenario = Some("spike".into())));
    assert_eq!(plan.load, Load::Users(count(7).unwrap()));
    assert_eq!(plan.duration, Duration::from_secs(9));
}

#[test]
fn an_amount_in_place_of_stages_has_a_duration() {
    for (name, amount) in [("spike", "users = 7"), ("levels", "rate = \"9/s\"")] {
        let text = format!("{SMALL}[scenarios.{name}]\n{amount}\n");
        let plan = planned(&text, &asked(|asked| asked.scenario = Some(name.into())));
        assert_eq!(plan.duration, Duration::from_secs(10), "{name}");
    }
}

#[test]
fn an_environment_does_not_change_stages_and_adds_users_elsewhere() {
    let file = "[service]\nurl = \"http://a\"\n[env.e]\nusers = 50\nduration = \"9s\"\n\
                spawn_rate = \"5/s\"\n[endpoints.\"GET /a\"]\n";
    let of = |scenario: &str| {
        let asked = asked(|asked| {
            asked.scenario = Some(scenario.into());
            asked.environment = Some("e".into());
        });
        planned(file, &asked)
    };
    let spike = of("spike");
    assert_eq!((spike.load.most_users(), spike.warm_up.spawn_rate), (100, None));
    assert_eq!(spike.duration, Duration::from_mins(3));
    let light = of("light");
    assert_eq!((light.load.most_users(), light.duration), (50, Duration::from_secs(9)));
    assert_eq!(light.warm_up.spawn_rate, Rate::per_second(5.0));
    assert_eq!(light.workload.parts["spawn"], "5/s");
}

#[test]
fn the_workload_has_the_stages_and_which_are_judged_and_not_how_much_has_to_succeed() {
    let parts = |more: &str| staged(&format!("[scenarios.s]\n{more}\n")).workload.parts;
    let stages = "stages = [{ users = 1, over = \"0s\" }, { users = 1, over = \"5s\" }, \
                  { users = 9, over = \"2s\" }, { users = 9, over = \"4s\"SUCCESS }]";
    let of = |success: &str| parts(&stages.replace("SUCCESS", success));
    assert_eq!(of("")["load"], "1 user for 5s, 1 user → 9 users for 2s, 9 users for 4s");
    assert_eq!(of(""), of(", success = \"100%\""));
    assert_eq!(of(", success = \"90%\""), of(", success = \"95%\""));
    assert_eq!(of(", success = \"90%\"")["judged"], "stage 1");
    assert!(!of("").contains_key("judged"));
    let ramp = "stages = [{ users = 9, over = \"2s\", success = \"90%\" }]";
    assert!(!parts(ramp).contains_key("judged"));
    assert_eq!(of("")["round"], "11s");
    assert!(["spawn", "arrivals"].iter().all(|part| !of("").contains_key(*part)));
    assert!(!parts("rate = \"5/s\"\narrivals = \"even\"").contains_key("arrivals"));
    let two = "stages = [{ users = 9, over = \"2s\" }, { users = 9, over = \"9s\" }]";
    assert_ne!(of(""), parts(two));
}

#[test]
fn flags_do_not_change_stages_and_say_so() {
    for (change, flag) in [
        ((|asked| asked.users = count(5)) as fn(&mut Overrides), "--users"),
        (|asked| asked.rate = Rate::per_second(5.0), "--rate"),
        (|asked| asked.duration = Some(Duration::from_secs(5)), "--duration"),
        (|asked| asked.spawn_rate = Rate::per_second(5.0), "--spawn-rate"),
    ] {
        let mut asked = asked(change);
        asked.scenario = Some("spike".into());
        let error = loaded(SMALL).plan(&asked).unwrap_err().render(false, WIDTH);
        let told = format!("`{flag}` cannot change the scenario `spike`: its stages are its load");
        assert!(error.contains(&told), "{error}");
        assert!(error.contains("[scenarios.spike]"), "{error}");
    }
}

/// What is wrong with the scenario `s` of this text under the environment `e`; nothing if it can be
/// planned.
fn wrong(text: &str, change: impl FnOnce(&mut Overrides)) -> String {
    let text = format!("[service]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n{text}\n");
    let mut asked = asked(change);
    asked.scenario = Some("s".into());
    asked.environment = text.contains("[env.e]").then(|| "e".into());
    let planned = load_for(&text, Some(&asked)).and_then(|config| config.plan(&asked));
    planned.err().map_or_else(String::new, |error| error.render(false, WIDTH))
}

#[test]
fn what_has_no_effect_on_the_load_is_refused_wherever_it_is_said() {
    let nothing: fn(&mut Overrides) = |_| {};
    let rate: fn(&mut Overrides) = |asked| asked.rate = Rate::per_second(5.0);
    let users: fn(&mut Overrides) = |asked| asked.users = count(5);
    let connections: fn(&mut Overrides) = |asked| asked.connections = count(5);
    let spawn: fn(&mut Overrides) = |asked| asked.spawn_rate = Rate::per_second(5.0);
    let both: fn(&mut Overrides) = |asked| {
        asked.spawn_rate = Rate::per_second(5.0);
        asked.rate = Rate::per_second(5.0);
    };
    for (text, change, told) in [
        ("[scenarios.s]\narrivals = \"poisson\"", nothing, "`arrivals` and `users`"),
        ("[scenarios.s]\nusers = 2\nconnections = 5", nothing, "`users` and `connections`"),
        ("[scenarios.s]\nconnections = 5", nothing, "`connections` and `users`"),
        ("[scenarios.s]\nusers = 2", connections, "`--connections` and `users`"),
        (
            "[scenarios.s]\nconnections = 5\nlevels = [{ users = 5 }]",
            nothing,
            "`connections` and `users`",
        ),
        (
            "[env.e]\nrate = \"5/s\"\n[scenarios.s]\nusers = 9\nspawn_rate = \"2/s\"",
            nothing,
            "`spawn_rate` and `rate`",
        ),
        (
            "[env.e]\nusers = 5\n[scenarios.s]\nrate = \"5/s\"\narrivals = \"poisson\"",
            nothing,
            "`arrivals` and `users`",
        ),
        ("[scenarios.s]\nrate = \"5/s\"", spawn, "`--spawn-rate` and `rate`"),
        ("[scenarios.s]\nusers = 5", both, "`--spawn-rate` and `--rate`"),
    ] {
        let found = wrong(text, change);
        let told = format!("{told} cannot stand together");
        assert_eq!(found.matches("cannot stand together").count(), 1, "{text}: {found}");
        assert!(found.contains(&told), "{text}: {told}: {found}");
    }
    for (text, change) in [
        // Another amount in the call takes the place of all that belongs to that of the file.
        ("[scenarios.s]\nusers = 9\nspawn_rate = \"2/s\"", rate),
        ("[scenarios.s]\nrate = \"5/s\"\nconnections = 9\narrivals = \"poisson\"", users),
        // An environment speaks for scenarios of both.
        (
            "[env.e]\nspawn_rate = \"2/s\"\narrivals = \"poisson\"\n[scenarios.s]\nusers = 9",
            nothing,
        ),
        ("[env.e]\nspawn_rate = \"2/s\"\n[scenarios.s]\nrate = \"9/s\"", nothing),
        ("[scenarios.s]\nrate = \"5/s\"", connections),
    ] {
        assert_eq!(wrong(text, change), "", "{text}");
    }
}

#[test]
fn users_are_there_within_a_day() {
    let rise = |rate: &str| {
        wrong(&format!("[scenarios.s]\nusers = 1000\nspawn_rate = \"{rate}\""), |_| {})
    };
    assert_eq!(rise("0.0116/s"), "");
    let told = rise("0.001/s");
    assert!(told.contains("`spawn_rate` must be so fast that all 1000 users"), "{told}");
    let told = wrong("[scenarios.s]\nusers = 1000", |asked| {
        asked.spawn_rate = Rate::per_second(0.001);
    });
    assert!(told.contains("`--spawn-rate` must be so fast"), "{told}");
}

#[test]
fn requests_and_stages_are_those_of_one_kind() {
    let kind = |kind: &str, more: &str| {
        wrong(&format!("[scenarios.s]\nkind = \"{kind}\"\n{more}"), |_| {})
    };
    for (told, found) in [
        ("`requests` and `kind = \"load\"`", kind("load", "requests = 50")),
        ("`requests` and `kind = \"limiter\"`", kind("limiter", "requests = 50")),
    ] {
        assert!(found.contains(told), "{found}");
    }
    let text = format!("{SMALL}[scenarios.spike]\nkind = \"correctness\"\nrequests = 50\n");
    let spike = |text: &str| {
        let asked = asked(|asked| asked.scenario = Some("spike".into()));
        loaded(text).plan(&asked).map_err(|error| error.render(false, WIDTH))
    };
    let told = spike(&text).unwrap_err();
    assert!(told.contains("`stages` and `kind = \"correctness\"` cannot stand"), "{told}");
    assert!(spike(&format!("{text}users = 5\n")).is_ok());
}
