//! What users do in one scenario: their requests, and all that these need.

use crate::model::{Behaviour, Endpoint, EndpointName, Steward};

use super::act::Act;
use super::document::Document;
use super::error::Problems;
use super::fit::Places;
use super::given::Exchange;
use super::headers::Header;
use super::metrics::{self, Metrics};
use super::target::{Call, Chosen, is_about_limiters};
use super::template::Resolving;
use super::values::Slots;

/// What a plan takes from the requests of the file.
pub(super) struct Described {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) behaviour: Behaviour,
    pub(super) steward: Steward,
    /// What the workload says of each source of data, by name.
    pub(super) data: Vec<(String, String)>,
}

/// The endpoints of a plan, what users do, and what the workload says of each source of data.
/// Tells everything that is missing.
pub(super) fn behaviour(
    document: &Document,
    chosen: &Chosen<'_>,
    environment: &[Header],
    call: &Call<'_>,
    problems: &Problems,
) -> Described {
    let slots = Slots::default();
    let login = document.login.as_ref();
    let then = login.map(|login| login.then.as_slice()).unwrap_or_default();
    let variables = &document.variables;
    let resolving = Resolving { variables, slots: &slots, problems, identity: &[] };
    let identified = Resolving { identity: then, ..resolving };
    let of_login = [document.service.headers.as_slice(), environment];
    // Where the login brings a header, it stands for that of the service, but not for the
    // endpoint's own.
    let brought = |header: &Header| {
        login.is_some_and(|login| login.then.iter().any(|then| then.name == header.name))
    };
    let kept = of_login.map(|headers| {
        headers.iter().filter(|header| !brought(header)).cloned().collect::<Vec<_>>()
    });
    let of_endpoints = [kept[0].as_slice(), kept[1].as_slice()];

    let mut endpoints: Vec<Endpoint> = Vec::new();
    let mut acts = Vec::new();
    for act in &chosen.acts {
        acts.push((endpoints.len(), *act));
        let rows = act.resolve(endpoints.len(), of_endpoints, &identified);
        endpoints.extend(rows.into_iter().flatten());
    }
    let Metrics { timers, counters, idle } = metrics::resolve(&document.metrics, &acts);
    endpoints.extend(timers);
    let all: Vec<_> = document.acts().collect();
    let exchange = Exchange {
        known: &document.known,
        data: &document.data,
        all: &all,
        setup: &document.steward.setup,
        login,
        of_login,
        of_endpoints,
    };
    check(&exchange, chosen, call, problems);
    exchange.check_steward(&document.steward, problems);
    exchange.check_cleanups(&chosen.acts, problems);
    Exchange::check_counts(&document.steward, &chosen.acts, problems);
    let login = login.and_then(|login| login.resolve(of_login, &resolving));
    let steward = document.steward.resolve(of_endpoints, &resolving);

    let needed: Vec<_> = document.data.iter().filter(|source| slots.needs(&source.name)).collect();
    let places = Places::of(&endpoints, login.as_ref());
    let supplies = needed.iter().filter_map(|source| {
        let data = source.resolve(call.users, &resolving)?;
        places.check(source, &data, problems);
        Some(data)
    });
    let supplies = supplies.collect();
    let names: Vec<&EndpointName> = endpoints.iter().map(Endpoint::called).collect();
    let classes = chosen.classes.iter().map(|class| class.resolve(&names)).collect();
    let values = slots.into_names();
    let behaviour =
        Behaviour { values, data: supplies, login, classes, counters, idle_metrics: idle };
    let data = needed.iter().map(|source| (source.name.clone(), source.workload())).collect();
    Described { endpoints, behaviour, steward, data }
}

fn check(exchange: &Exchange<'_>, chosen: &Chosen<'_>, call: &Call<'_>, problems: &Problems) {
    exchange.check_login(problems);
    let whom = call.scenario.map(|(name, _)| format!("in the scenario `{name}`"));
    let whom = whom.unwrap_or_default();
    if is_about_limiters(call.scenario) {
        // Each is asked by itself, and nothing is saved of its answers.
        chosen.acts.iter().for_each(|act| exchange.check(&[*act], &whom, problems));
    } else if chosen.classes.is_empty() {
        exchange.check(&chosen.acts, &whom, problems);
    }
    for class in &chosen.classes {
        let done = |act: &Act<'_>| class.endpoints().any(|name| name == act.name());
        let done: Vec<_> = chosen.acts.iter().copied().filter(done).collect();
        exchange.check(&done, &format!("to users of the class `{}`", class.name), problems);
    }
}
