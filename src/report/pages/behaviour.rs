//! What users do, for `check`: who they are, where their values come from, and what they keep.

use crate::model::{Behaviour, Data, Login, Pause, Plan, Save, Supply, UserClass, show_duration};
use crate::report::figure::{NONE, count};
use crate::report::page::{Block, Cell, Column, Grid, Page};
use crate::report::text::Text;

/// Adds what users do, as far as it is not the same for all.
pub(super) fn add(page: &mut Page, plan: &Plan) {
    let behaviour = &plan.behaviour;
    if !behaviour.classes.is_empty() {
        page.add(Block::Grid(classes(plan)));
    }
    if !behaviour.data.is_empty() {
        page.add(Block::Grid(data(behaviour)));
    }
}

/// What each user does first.
pub(super) fn login(login: &Login, behaviour: &Behaviour) -> Text {
    let mut text = Text::new().code(login.request.line());
    if !login.request.saves.is_empty() {
        text = text.say(" gives ").code(saves(&login.request.saves, behaviour));
    }
    if !login.then.is_empty() {
        let names: Vec<&str> = login.then.iter().map(|(name, _)| name.as_str()).collect();
        text = text.say(", sent in ").code(names.join(", "));
    }
    match login.renew {
        Some(renew) => text.say(format!("; again after {} or a 401", show_duration(renew))),
        None => text.say("; again after a 401"),
    }
}

/// The names that values are kept under.
pub(super) fn saves(saves: &[Save], behaviour: &Behaviour) -> String {
    let names: Vec<&str> = saves.iter().map(|save| name(save.slot.0, behaviour)).collect();
    names.join(", ")
}

fn name(slot: usize, behaviour: &Behaviour) -> &str {
    behaviour.values.get(slot).map_or(NONE, String::as_str)
}

fn classes(plan: &Plan) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("class"),
        Column::figure("weight"),
        Column::words("pace"),
        Column::names("task"),
        Column::figure("chance"),
    ]);
    for class in &plan.behaviour.classes {
        let weights: u64 = class.tasks.iter().map(|task| u64::from(task.weight)).sum();
        for (index, task) in class.tasks.iter().enumerate() {
            let chance = format!("{} of {}", count(u64::from(task.weight)), count(weights));
            let own = if index == 0 { of_class(class) } else { nothing() };
            let steps = task.steps.iter().filter_map(|step| plan.endpoints.get(*step));
            let mut steps = steps.map(|endpoint| endpoint.called().as_str());
            let first = [Cell::code(steps.next().unwrap_or(NONE)), Cell::plain(chance)];
            grid.row(own.into_iter().chain(first).collect());
            for next in steps {
                let next = [Cell::code(format!("→ {next}")), Cell::plain("")];
                grid.row(nothing().into_iter().chain(next).collect());
            }
        }
    }
    grid
}

fn nothing() -> [Cell; 3] {
    [(); 3].map(|()| Cell::plain(""))
}

fn of_class(class: &UserClass) -> [Cell; 3] {
    [Cell::code(&class.name), Cell::plain(count(u64::from(class.weight))), Cell::plain(pace(class))]
}

fn pace(class: &UserClass) -> String {
    match (class.rate, class.pause) {
        (Some(rate), _) => format!("{rate} a user"),
        (None, Pause::Constant(pause)) if pause.is_zero() => "no pause".to_owned(),
        (None, pause) => format!("pause {pause}"),
    }
}

/// Where values come from; no value is shown.
fn data(behaviour: &Behaviour) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("data"),
        Column::words("is"),
        Column::words("picked"),
        Column::words("drawn"),
    ]);
    for source in &behaviour.data {
        grid.row(vec![
            Cell::code(names(source, behaviour).join(", ")),
            Cell::plain(&source.supply),
            Cell::plain(match &source.supply {
                Supply::Rows(_, pick) => pick.to_string(),
                Supply::Uuid | Supply::Integer(..) | Supply::Sequence(_) | Supply::Timestamp(_) => {
                    NONE.to_owned()
                }
            }),
            Cell::plain(format!("for {}", source.per)),
        ]);
    }
    grid
}

fn names<'b>(source: &Data, behaviour: &'b Behaviour) -> Vec<&'b str> {
    source.slots.iter().map(|slot| name(slot.0, behaviour)).collect()
}
