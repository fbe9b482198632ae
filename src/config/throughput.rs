//! `throughput = { "GET /health" = "1000/s" }` of a scenario: how much its endpoints must get done.

use std::ops::Range;

use crate::model::{Action, EndpointName, Load, Plan, Rate};

use super::error::Problems;
use super::names::EndpointNames;
use super::problem::Problem;
use super::section::{Reading, Section, wrong_type};
use super::socket::SocketText;

/// What one endpoint must get done in a scenario.
#[derive(Debug, Clone)]
pub(super) struct Demanded {
    /// The endpoint as the file has it, until it is known which one is meant.
    written: String,
    name: Option<EndpointName>,
    least: Rate,
    span: Range<usize>,
}

impl Demanded {
    /// Reads the table of a scenario; nothing if there is none.
    pub(super) fn read(section: &Section<'_>) -> Option<Vec<Self>> {
        const EXPECTED: &str =
            "a table of endpoints with their rates, such as { \"GET /health\" = \"1000/s\" }";
        section.value("throughput")?;
        let entries = section.entries("throughput", EXPECTED).into_iter();
        let demanded = entries.filter_map(|(key, value)| {
            let written = key.get_ref().to_string();
            let Some(text) = value.get_ref().as_str() else {
                let expected = "a rate in quotes, such as \"200/s\"";
                let problem = wrong_type(&written, expected, value.get_ref());
                section.reading.problems.at(value.span(), problem);
                return None;
            };
            match text.parse() {
                Ok(least) => Some(Self { written, name: None, least, span: key.span() }),
                Err(error) => {
                    let problem = Problem::Unit { key: written, error };
                    section.reading.problems.at(value.span(), problem);
                    None
                }
            }
        });
        Some(demanded.collect())
    }

    /// Finds the endpoint that is meant, or the messages of one of `sockets`; tells it if there is
    /// none.
    pub(super) fn refer(
        &mut self,
        names: &EndpointNames,
        sockets: &[SocketText],
        reading: &Reading<'_>,
    ) {
        let name = names.refer(&self.written, self.span.clone(), "endpoint", &[], reading);
        self.name = name.map(|name| {
            let socket = sockets.iter().find(|socket| socket.name == name);
            socket.map_or(name, |socket| socket.message.name.clone())
        });
    }

    /// The endpoint with what it must get done.
    pub(super) fn pair(&self) -> Option<(EndpointName, Rate)> {
        Some((self.name.clone()?, self.least))
    }
}

/// Gives the endpoints of `plan` what they must get done. Tells those that the scenario does not
/// send, and those that its rate can never let get so much done.
pub(super) fn demand(plan: &mut Plan, demanded: &[Demanded], problems: &Problems) {
    let even_share = even_share(plan);
    for Demanded { name, least, span, .. } in demanded {
        let Some(name) = name else { continue };
        let Some(row) = plan.endpoints.iter().position(|endpoint| endpoint.name == *name) else {
            let scenario = plan.scenario.to_string();
            let endpoint = name.to_string();
            problems.at(span.clone(), Problem::NotSent { endpoint, scenario });
            continue;
        };
        plan.endpoints[row].budgets.throughput = Some(*least);
        let most = even_share
            .and_then(|share| Rate::per_second(share.get() * f64::from(times(plan, row))));
        if let Some(most) = most.filter(|most| least > most) {
            let (endpoint, least) = (name.to_string(), *least);
            problems.at(span.clone(), Problem::ThroughputAboveRate { endpoint, least, most });
        }
    }
}

/// How often at most an arrival does what is measured in `row`.
fn times(plan: &Plan, row: usize) -> u32 {
    let Action::Messages(socket) = plan.endpoints[row].action else { return 1 };
    match &plan.endpoints[socket].action {
        Action::Socket(socket) => socket.messages.get(),
        _ => 1,
    }
}

/// Arrivals a second that each endpoint gets of an open loop; where classes choose, none gets more
/// than all.
fn even_share(plan: &Plan) -> Option<Rate> {
    let Load::Rate { rate, .. } = plan.load else { return None };
    if !plan.behaviour.classes.is_empty() {
        return Some(rate);
    }
    let done = plan.endpoints.iter().filter(|endpoint| endpoint.action.within().is_empty());
    Rate::per_second(rate.get() / done.count() as f64)
}
