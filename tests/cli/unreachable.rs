//! Services that are not there, or not to be trusted.

use super::project::{BRIEF, Finished, Project, snapshot};
use super::server::{answering, nobody, quick, self_signed};

/// `perfbase run` of `url` in an empty folder, where it is to fail before anything was measured.
#[track_caller]
fn refused(url: &str, more: &[&str]) -> Finished {
    let project = Project::new();
    let finished = project.run_briefly(url, more).exits(4);
    assert_eq!(finished.stdout, "", "nothing was measured");
    assert!(!project.baseline().exists());
    project.run(&["history"]).never_says("light").never_says("running");
    finished
}

#[test]
fn a_port_where_nobody_listens_is_named_with_what_to_check() {
    let url = format!("http://{}/health", nobody());
    snapshot!("nobody", refused(&url, &[]));
}

#[test]
fn a_name_that_no_server_knows_is_named() {
    refused("http://does-not-exist.invalid/health", &[])
        .says("http://does-not-exist.invalid cannot be reached (dns)")
        .says("hint: check the host name in the URL");
}

#[test]
fn a_service_that_does_not_become_ready_is_given_up_in_time() {
    let address = answering("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\nready = \"GET /ready\"\nready_timeout = \"300ms\"\n[endpoints.\"GET /a\"]\n"
    ));
    let finished = project.run(&[&["run"], &BRIEF[..]].concat());
    snapshot!("not_ready", finished.exits(4));
}

#[test]
fn readiness_of_an_unreachable_service_is_given_up_in_time() {
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{}\"\nready = \"GET /ready\"\nready_timeout = \"300ms\"\n[endpoints.\"GET /a\"]\n",
        nobody()
    ));
    project
        .run(&[&["run"], &BRIEF[..]].concat())
        .exits(4)
        .says("was not ready within 300ms")
        .says("refused")
        .says("hint: nothing seems to listen there");
}

#[test]
fn a_port_without_tls_fails_the_handshake() {
    let service = quick();
    let url = format!("https://{}/health", service.address());
    snapshot!("no_tls", refused(&url, &[]));
}

#[test]
fn a_self_signed_certificate_is_refused_and_the_way_out_named() {
    let (address, _) = self_signed();
    let url = format!("https://localhost:{}/", address.port());
    refused(&url, &[]).says("cannot be reached (tls)").says("SSL_CERT_FILE").says("--insecure");
}

#[test]
fn a_self_signed_certificate_is_accepted_when_told_so() {
    let (address, _) = self_signed();
    let url = format!("https://localhost:{}/", address.port());
    let project = Project::new();
    project.run_briefly(&url, &["--insecure"]).measured().says("GET /");
}

#[test]
fn a_certificate_is_accepted_from_an_authority_that_is_named() {
    let (address, certificate) = self_signed();
    let project = Project::new();
    project.write("authority.pem", certificate);
    let file = project.path("authority.pem");
    let project = project.variable("SSL_CERT_FILE", file.to_str().unwrap());
    let url = format!("https://localhost:{}/", address.port());
    project.run_briefly(&url, &[]).measured();
    let other = format!("https://{address}/");
    project.run_briefly(&other, &[]).exits(4).says("cannot be reached (tls)");
}

#[test]
fn recording_and_comparing_an_unreachable_service_leave_the_baseline_alone() {
    let address = nobody();
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n{}",
        super::steady::SCENARIO
    ));
    let baseline = &super::steady::RECORDED.baseline;
    project.write("performance_baselines.json", baseline);
    for verb in ["record", "compare"] {
        project.run(&[verb, "--scenario", "steady"]).exits(4).says("cannot be reached (connect)");
        assert_eq!(&project.read("performance_baselines.json"), baseline);
    }
}
