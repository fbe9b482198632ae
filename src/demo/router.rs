//! Routes to handlers.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Router, middleware};

use super::Route;
use super::gate::{Gate, pass};
use super::problem::Problem;
use super::routes::{
    agents, auth, builds, counter, dashboard, faults, files, machine, platform, socket,
};
use super::service::Service;

type Methods = MethodRouter<Arc<Service>>;

/// The whole service.
pub(super) fn router(service: &Arc<Service>) -> Router {
    let mut router = Router::new();
    for route in Route::ALL {
        let gate = Gate { service: Arc::clone(service), route };
        let gated = handler(route).route_layer(middleware::from_fn_with_state(gate, pass));
        router = router.route(route.path(), gated);
    }
    router
        .route("/_demo/faults", get(faults::show).post(faults::set).delete(faults::clear))
        .fallback(|| async { Problem::not_found("no such route") })
        .method_not_allowed_fallback(|method: Method| async move {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("this route has no {method}"))
        })
        .with_state(Arc::clone(service))
}

fn handler(route: Route) -> Methods {
    match route {
        Route::Health => get(platform::health),
        Route::Config => get(platform::config),
        Route::Capabilities => get(platform::capabilities),
        Route::Workflows => get(platform::workflows),
        Route::Workflow => get(platform::workflow),
        Route::Metrics => get(platform::metrics),
        Route::Analysis => post(platform::analysis),
        Route::Optimisation => post(platform::optimisation),
        Route::Snapshot => get(dashboard::snapshot),
        Route::Clients => get(dashboard::clients),
        Route::Signals => get(dashboard::signals),
        Route::Patterns => get(dashboard::patterns),
        Route::CostToServe => get(dashboard::cost_to_serve),
        Route::Login => post(auth::login),
        Route::TestToken => post(auth::test_token),
        Route::CreateBuild => post(builds::create),
        Route::ListBuilds => get(builds::list),
        Route::Build => get(builds::status),
        Route::BuildCode => get(builds::code),
        Route::DeleteBuild => delete(builds::remove),
        Route::Stats => get(builds::stats),
        Route::AgentExecutions => get(agents::executions),
        Route::AgentMetrics => get(agents::metrics),
        Route::Execute => post(agents::execute),
        Route::Counter => get(counter::read),
        Route::Increment => post(counter::increment),
        Route::Machine => get(machine::read),
        Route::Transition => post(machine::transition),
        Route::Socket => get(socket::open),
        Route::LatestWorkflow => get(platform::latest_workflow),
        Route::Upload => post(files::upload),
    }
}
